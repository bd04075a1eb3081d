package hcp

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"hcp-packer-iteration/internal/problem"
)

// Kind is a kind of request. It decides what a refusal of it means, and what to do about that.
type Kind int

const (
	// Read is a request that reads, if it is none of those below.
	Read Kind = iota
	// ReadManaged reads the channel that HCP manages.
	ReadManaged
	// ReadVersion reads an iteration by what looks like the id or the name of a version, in place of its fingerprint.
	ReadVersion
	// ReadHistory reads what a channel pointed at.
	ReadHistory
	// Search looks for an image.
	Search
	// Write has a channel point at an iteration.
	Write

	// discover asks where the principal is.
	discover
)

// title is what a refusal means: all titles that a status of HTTP, with the gRPC code beside it, can have.
func (e *statusError) title(of Kind) problem.Title {
	// https://grpc.io/docs/guides/status-codes/
	const failedPrecondition, aborted = 9, 10
	switch status := e.status; {
	case of == Search && (status == http.StatusForbidden || status == http.StatusNotFound || status == http.StatusNotImplemented):
		return problem.SearchNotAvailable
	case status == http.StatusUnauthorized:
		return problem.NotAuthenticated
	case status == http.StatusForbidden:
		return problem.PermissionDenied
	case of == discover && status != http.StatusNotFound: // which is not about the registry
		return problem.UnexpectedResponse
	case e.saysDeleted(), of != Write && status == http.StatusBadRequest && e.code == failedPrecondition:
		return problem.RegistryDeactivated
	case of == Write && status < http.StatusInternalServerError:
		return problem.PromotionRefused
	// An unknown fingerprint is a conflict to HCP, not a missing version.
	case status == http.StatusNotFound, status == http.StatusConflict && e.code == aborted:
		return problem.NotFound
	default:
		return problem.UnexpectedResponse
	}
}

func (e *statusError) explain(of Kind, s *Session) *failure {
	f := &failure{Failure: Failure{Title: e.title(of), Says: e.Error(), Refused: e.status < http.StatusInternalServerError}}
	switch {
	case of == Write: // which the caller gives advice about
	case of == discover:
		f.advice = withoutDiscovery
	case f.Title == problem.NotAuthenticated:
		f.Says = fmt.Sprintf("HCP rejected the access token (%s)", f.Says)
		f.advice = "Run the job again; if that does not help, check that geography matches the service principal's."
	case f.Title == problem.PermissionDenied && of == ReadManaged:
		f.advice = "HCP manages this channel and restricts it, so the viewer role is not enough: " +
			"use a channel of your own, or grant the service principal the contributor role."
	case f.Title == problem.PermissionDenied && of == ReadHistory: // nobody documents which role it takes
		f.advice = fmt.Sprintf("It may take the contributor role: grant that to the service principal on the bucket or on project %s, or do not ask for the history.", s.ProjectID)
	case f.Title == problem.PermissionDenied:
		f.advice = fmt.Sprintf("Grant the service principal roles/viewer in project %s, or roles/contributor to promote or to read a restricted channel.", s.ProjectID)
	case f.Title == problem.RegistryDeactivated:
		f.Says = fmt.Sprintf("the HCP Packer registry of project %s is not active (%s)", s.ProjectID, f.Says)
		f.advice = "Ask an administrator of the project to activate it."
	case f.Title == problem.SearchNotAvailable: // a project that is not there looks the same
		f.verb = "could not be looked up"
		f.Says = fmt.Sprintf("the registry of project %s cannot be searched, or there is no such project (%s)", s.ProjectID, f.Says)
		f.advice = "Check project-id, the service principal's role and the edition of HCP Packer."
	case f.Title == problem.NotFound && of == ReadVersion:
		f.verb = "was not found"
		f.advice = "That looks like the id or the name of a version: " +
			"set fingerprint to its fingerprint, which job summaries and HCP's portal show, and what packer build ran under."
	case f.Title == problem.NotFound:
		f.verb = "was not found"
		f.advice = fmt.Sprintf("Check the names, and that they belong to project %s in organization %s.", s.ProjectID, s.OrganizationID)
	case e.status == http.StatusNotImplemented:
		f.advice = "The registry does not serve this API: set api-version to another one in the main action, or check HCP_API_ADDRESS."
	default:
		f.advice = reportIt
	}
	return f
}

const (
	withoutDiscovery = "Set organization-id and project-id, which makes this request unnecessary."
	reportIt         = "Run the job again; if the problem persists, report it to the action's maintainers."
	tryLater         = "Try again later, or raise timeout."
)

// Explain turns an error of a request into the problem to show. Asked is what was asked for, as the
// beginning of a sentence that goes on with a verb.
func (s *Session) Explain(err error, of Kind, asked string) error {
	return s.failureOf(err, of).problem(asked)
}

// Failure is a request without an answer that could be used.
type Failure struct {
	// Title is that of its problem.
	Title problem.Title
	// Says is a clause about HCP, safe to show: "HCP answered 503 Service Unavailable".
	Says string
	// Refused is whether HCP will not do what was asked, so that it has no effect later either.
	Refused bool
}

// ExplainWrite tells what went wrong with a request of the kind [Write].
func (s *Session) ExplainWrite(err error) Failure { return s.failureOf(err, Write).Failure }

// Unexpected is the problem of an answer that is not what the API promises. Asked begins the sentence
// as for [Session.Explain], and says is a clause about HCP.
func Unexpected(asked, says string) error { return unexpected(says).problem(asked) }

func (s *Session) failureOf(err error, of Kind) *failure {
	if e := (*statusError)(nil); errors.As(err, &e) {
		return e.explain(of, s)
	}
	f := failureOf(err)
	if of == discover && (f.advice == reportIt || f.advice == tryLater) { // any other concerns all requests
		f.advice = withoutDiscovery
	}
	return f
}

// explain tells of a token endpoint that gave no token. Refused and advice are for one that refuses to.
func (l *login) explain(err error, asked, refused, advice string) error {
	if e := (*statusError)(nil); errors.As(err, &e) && e.status < http.StatusInternalServerError {
		return problem.New(problem.NotAuthenticated, "%s (%s). %s", refused, e.Error(), advice)
	}
	return failureOf(err).problem(asked)
}

// failure is a Failure, and how to tell of it. It is the error of a request that got no answer which could be used,
// other than a refusal.
type failure struct {
	Failure
	// verb is what became of what was asked for, if not that it could not be read.
	verb string
	// advice are sentences: what to do about it.
	advice string
	// passing is whether the next try may not meet it, and wait what the server asked for in Retry-After, or 0.
	passing bool
	wait    time.Duration
	// notJSON is whether there is an answer, but no JSON of the API's.
	notJSON bool
}

func (f *failure) Error() string { return f.Says }

func (f *failure) problem(asked string) error {
	return problem.New(f.Title, "%s %s: %s. %s", asked, cmp.Or(f.verb, "could not be read"), f.Says, f.advice)
}

// unexpected is an answer that is not what the API promises. It is asked for once.
func unexpected(says string) *failure {
	return &failure{Failure: Failure{Title: problem.UnexpectedResponse, Says: says}, advice: reportIt}
}

// unreachable is a peer to which there is no way that another try would find.
func unreachable(says, advice string) *failure {
	return &failure{Failure: Failure{Title: problem.HCPUnavailable, Says: says}, advice: advice}
}

func transient(says string) *failure {
	f := unreachable(says, tryLater)
	f.passing = true
	return f
}

// failureOf is the failure in an error that is no refusal.
func failureOf(err error) *failure {
	if f, isFailure := errors.AsType[*failure](err); isFailure {
		return f
	}
	if status, isStatus := errors.AsType[*statusError](err); isStatus {
		return unexpected(status.Error())
	}
	// What is left is a body that the SDK could not decode. Its words name Go types.
	return unexpected("the answer could not be decoded")
}

// statusError is an error answer that another try would not change: {"code": <gRPC>, "message": "...", "details": []}.
type statusError struct {
	peer    string // who answered
	status  int    // of HTTP
	code    int    // of gRPC, 0 where the body has none
	message string // HCP's own, empty where the body has none
	shown   string // the message without secrets
}

// Error tells the status and the peer's own words, if there are any, in a form that is safe to
// show.
func (e *statusError) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("%s answered %d %s", e.peer, e.status, http.StatusText(e.status)))
	if e.shown == "" {
		return text
	}
	return text + ": " + problem.Quote(e.shown)
}

// saysDeleted is whether HCP's words are about a registry that is no more, whatever the status. What it quotes is a
// name, and a bucket may be called a registry.
func (e *statusError) saysDeleted() bool {
	message := regexp.MustCompile(`"[^"]*("|$)`).ReplaceAllString(strings.ToLower(e.message), "")
	return strings.Contains(message, "registry") &&
		(strings.Contains(message, "deleted") || strings.Contains(message, "activated"))
}
