package fakehcp

import (
	"fmt"
	"net/http"
)

// The states of a project's HCP Packer registry.
const (
	registryActive         = "active"
	registryDeactivated    = "deactivated"
	registryNeverActivated = "never-activated"
)

// absent is the status that leaves the field out of an answer.
const absent = "ABSENT"

// found is what a Packer request is about: a channel, an iteration, or both.
// Both API generations are rendered from it.
type found struct {
	org         *Organization
	project     *Project
	bucket      string
	channelName string
	channel     *Channel
	fingerprint string
	iteration   *Iteration // nil where the channel is unassigned
}

// findProject finds the request's project, or says in HCP's words why not.
func (s *Server) findProject(c call) (found, *answer) {
	orgID, projectID := c.PathValue("org"), c.PathValue("project")
	project, org := s.registry.project(projectID)
	switch {
	case s.registry.organization(orgID) == nil:
		return not(http.StatusNotFound, codeNotFound, "organization %q not found", orgID)
	case project == nil || org.ID != orgID:
		return not(http.StatusNotFound, codeNotFound, "project %q not found", projectID)
	case !c.principal.sees(org, project):
		return not(http.StatusForbidden, codePermissionDenied, "the principal has no permission for project %q", projectID)
	case project.Registry == registryDeactivated:
		return not(http.StatusBadRequest, codeFailedPrecondition, "This HCP Packer registry was deactivated by the administrator. Reactivate the registry to use it.")
	case project.Registry == registryNeverActivated:
		return not(http.StatusBadRequest, codeFailedPrecondition, "Registry not activated. Activate the HCP Packer registry of the project to use it.")
	}
	return found{org: org, project: project}, nil
}

func not(httpStatus, code int, format string, args ...any) (found, *answer) {
	refusal := refuse(httpStatus, code, format, args...)
	return found{}, &refusal
}

// findBucket finds the request's bucket, or says in HCP's words why not.
func (s *Server) findBucket(c call) (found, *Bucket, *answer) {
	f, refusal := s.findProject(c)
	if refusal != nil {
		return f, nil, refusal
	}
	f.bucket = c.PathValue("bucket")
	bucket := f.project.Buckets[f.bucket]
	switch {
	case bucket == nil, bucket.Gone:
		refusal := refuse(http.StatusNotFound, codeNotFound, "bucket %q not found", f.bucket)
		return f, nil, &refusal
	case bucket.Refused:
		refusal := refuse(http.StatusForbidden, codePermissionDenied, "the principal has no permission for bucket %q", f.bucket)
		return f, nil, &refusal
	}
	return f, bucket, nil
}

// findChannel finds the request's channel and what it points at.
func (s *Server) findChannel(c call) (found, *answer) {
	f, bucket, refusal := s.findBucket(c)
	if refusal != nil {
		return f, refusal
	}
	f.channelName = c.PathValue("channel")
	f.channel = bucket.Channels[f.channelName]
	if f.channel == nil {
		refusal := refuse(http.StatusNotFound, codeNotFound, "channel %q not found in bucket %q", f.channelName, f.bucket)
		return f, &refusal
	}
	if f.channel.hiddenFrom(c.principal) {
		refusal := refuse(http.StatusForbidden, codePermissionDenied, "channel %q is restricted, the principal has no permission to read it", f.channelName)
		return f, &refusal
	}
	f.fingerprint = f.channel.Iteration
	f.iteration = bucket.Iterations[f.fingerprint]
	return f, nil
}

// hiddenFrom says whether p may not see what ch points at.
func (ch *Channel) hiddenFrom(p *Principal) bool {
	return ch.Restricted && p.Role == roleViewer
}

// findIteration finds the iteration with a fingerprint.
func (s *Server) findIteration(c call, fingerprint string) (found, *answer) {
	f, bucket, refusal := s.findBucket(c)
	if refusal != nil {
		return f, refusal
	}
	f.fingerprint = fingerprint
	f.iteration = bucket.Iterations[fingerprint]
	if f.iteration == nil {
		refusal := refuse(http.StatusConflict, codeAborted, "no version with fingerprint %q in bucket %q", fingerprint, f.bucket)
		return f, &refusal
	}
	return f, nil
}

// builds are the iteration's builds; without, in a channel's answer that comes
// without them, none.
func (f found) builds() []Build {
	if f.channel != nil && f.iteration.BuildsLeftOut {
		return nil
	}
	return f.iteration.Builds
}

// path is the path of a bucket of the same project, below a generation's root.
func (f found) path(generation, kind, bucket string) string {
	return fmt.Sprintf("/packer/%s/organizations/%s/projects/%s/%s/%s", generation, f.org.ID, f.project.ID, kind, bucket)
}

// prefixed is a status as an API spells it, and empty where it is left out.
func prefixed(prefix, status string) string {
	if status == absent {
		return ""
	}
	return prefix + status
}

// channelAuthor is who last changed every channel.
const channelAuthor = "release-manager"

// labels are l, an empty object without any.
func labels(l map[string]string) map[string]string {
	if l == nil {
		return map[string]string{}
	}
	return l
}
