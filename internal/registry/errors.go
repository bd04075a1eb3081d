package registry

import (
	"errors"
	"net/http"
	"strings"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// What HCP's refusals mean for what is asked of the registry, where that is more than [hcp.Session.Explain] knows.

// explainChannel tells why a channel could not be read.
func explainChannel(s *hcp.Session, err error, q Query, asked string) error {
	if status, says := hcp.Refused(err); status == http.StatusForbidden && q.Channel == ManagedChannel {
		return problem.New(problem.PermissionDenied, "%s could not be read: %s. "+
			"HCP manages this channel and restricts it, so the viewer role is not enough: "+
			"use a channel of your own, or grant the service principal the contributor role.", asked, says)
	}
	return s.Explain(err, asked)
}

// explainFingerprint knows what people take for a fingerprint: the ULID of a version, or its name.
//
// https://github.com/ulid/spec
func explainFingerprint(s *hcp.Session, err error, fingerprint, asked string) error {
	explained := s.Explain(err, asked)
	var p *problem.Problem
	isULID := len(fingerprint) == 26 && strings.Trim(fingerprint, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ""
	if !errors.As(explained, &p) || p.Title != problem.NotFound || number(fingerprint) == nil && !isULID {
		return explained
	}
	_, says := hcp.Refused(err)
	return problem.New(p.Title, "%s was not found: %s. That looks like the id or the name of a version: "+
		"set fingerprint to its fingerprint, which job summaries and HCP's portal show, and what packer build ran under.", asked, says)
}

// explainSearch knows that not every registry can be searched. A project that is not there looks the same.
func explainSearch(s *hcp.Session, err error, asked string) error {
	switch status, says := hcp.Refused(err); status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusNotImplemented:
		return problem.New(problem.SearchNotAvailable, "%s could not be looked up: the registry of project %s cannot be searched, or there is no such project (%s). "+
			"Check project-id, the service principal's role and the edition of HCP Packer.", asked, s.ProjectID, says)
	}
	return s.Explain(err, asked)
}

// explainHistory knows that nobody documents which role a history takes.
func explainHistory(s *hcp.Session, err error, asked string) error {
	if status, says := hcp.Refused(err); status == http.StatusForbidden {
		return problem.New(problem.PermissionDenied, "%s could not be read: %s. "+
			"It may take the contributor role: grant that to the service principal on the bucket or on project %s, or do not ask for the history.", asked, says, s.ProjectID)
	}
	return s.Explain(err, asked)
}

// Failure is what went wrong with a write.
type Failure struct {
	// Title is that of the problem, where the write had no effect.
	Title problem.Title
	// Says is a clause about HCP, safe to show: "HCP answered 503 Service Unavailable".
	Says string
	// Refused is whether HCP will not do it, so that it has no effect later either.
	Refused bool
}

// ExplainWrite tells what went wrong with a write.
func ExplainWrite(s *hcp.Session, err error) Failure {
	status, says := hcp.Refused(err)
	switch {
	case status < http.StatusBadRequest || status >= http.StatusInternalServerError:
		title, says := s.Failure(err)
		return Failure{Title: title, Says: says}
	case status == http.StatusUnauthorized:
		return Failure{problem.NotAuthenticated, says, true}
	case status == http.StatusForbidden:
		return Failure{problem.PermissionDenied, says, true}
	case hcp.Deactivated(err):
		return Failure{problem.RegistryDeactivated, says, true}
	default:
		return Failure{problem.PromotionRefused, says, true}
	}
}
