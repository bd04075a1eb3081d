package hcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"hcp-packer-iteration/internal/problem"
)

// The gRPC codes that HCP's errors carry and that mean more than the HTTP status beside them.
// https://grpc.io/docs/guides/status-codes/
const (
	codeFailedPrecondition = 9
	codeAborted            = 10
)

// statusError is an error answer of HCP: {"code": <gRPC>, "message": "...", "details": []}.
type statusError struct {
	peer    string // who answered
	status  int    // of HTTP
	code    int    // of gRPC, 0 where the body has none
	message string // HCP's own, empty where the body has none
	shown   string // the message without secrets
}

func (e *statusError) Error() string { return e.describe() }

// describe tells the status and the peer's own words, if there are any, in a form that is safe to
// show.
func (e *statusError) describe() string {
	text := strings.TrimSpace(fmt.Sprintf("%s answered %d %s", e.peer, e.status, http.StatusText(e.status)))
	if e.shown == "" {
		return text
	}
	return text + ": " + problem.Quote(e.shown)
}

// newStatusError reads what there is to read in an error body. One that is not JSON says nothing
// that a user should see.
func newStatusError(peer string, status int, body []byte) *statusError {
	var answer struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return &statusError{peer: peer, status: status}
	}
	return &statusError{peer: peer, status: status, code: answer.Code, message: answer.Message, shown: answer.Message}
}

// unexpectedError is an answer that is not what the API promises. It is asked for once.
type unexpectedError struct {
	says  string
	cause error // nil, or errNotJSON
}

func (e *unexpectedError) Error() string { return e.says }
func (e *unexpectedError) Unwrap() error { return e.cause }

// errNotJSON is an answer that is no JSON of the API's.
var errNotJSON = errors.New("not JSON")

// unreachableError is a peer to which there is no way that another try would find.
type unreachableError struct{ says, advice string }

func (e *unreachableError) Error() string { return e.says }

// transientError is a failure of one try that the next may not meet.
type transientError struct {
	cause error         // safe to show
	wait  time.Duration // what the server asked for in Retry-After, or 0
}

func (e *transientError) Error() string { return e.cause.Error() }

// Unwrap tells the back-off how long the server asked to wait. Less than the shortest wait is left
// to the back-off: a server that says 0 is not to be asked in a tight loop.
func (e *transientError) Unwrap() []error {
	if e.wait < firstWait {
		return []error{e.cause}
	}
	return []error{e.cause, &backoff.RetryAfterError{Duration: e.wait}}
}

// unavailableError is a request that was given up.
type unavailableError struct {
	cause error // safe to show
	tries int
	wait  time.Duration // the Retry-After that did not fit, or 0
}

func (e *unavailableError) Error() string { return e.cause.Error() }
func (e *unavailableError) Unwrap() error { return e.cause }

// Explain turns an error of a request into the problem to show. Asked is what was asked for, as the
// beginning of a sentence that goes on with a verb.
func (s *Session) Explain(err error, asked string) error {
	var status *statusError
	if errors.As(err, &status) && !isTransient(status.status) {
		return s.explainStatus(status, asked)
	}
	return failureOf(err, s.timeout).problem(asked)
}

// explainStatus tells what HCP refused, and why.
func (s *Session) explainStatus(e *statusError, asked string) error {
	says := e.describe()
	switch {
	case e.status == http.StatusUnauthorized:
		return problem.New(problem.NotAuthenticated, "%s could not be read: HCP rejected the access token (%s). "+
			"Run the job again; if that does not help, check that geography matches the service principal's.", asked, says)
	case e.status == http.StatusForbidden:
		return problem.New(problem.PermissionDenied, "%s could not be read: %s. "+
			"Grant the service principal roles/viewer in project %s, or roles/contributor to promote or to read a restricted channel.", asked, says, s.ProjectID)
	case e.status == http.StatusBadRequest && e.code == codeFailedPrecondition, e.saysDeleted():
		return problem.New(problem.RegistryDeactivated, "%s could not be read: the HCP Packer registry of project %s is not active (%s). "+
			"Ask an administrator of the project to activate it.", asked, s.ProjectID, says)
	// An unknown fingerprint is a conflict to HCP, not a missing version.
	case e.status == http.StatusNotFound, e.status == http.StatusConflict && e.code == codeAborted:
		return problem.New(problem.NotFound, "%s was not found: %s. "+
			"Check the names, and that they belong to project %s in organization %s.", asked, says, s.ProjectID, s.OrganizationID)
	case e.status == http.StatusNotImplemented:
		return problem.New(problem.UnexpectedResponse, "%s could not be read: %s. "+
			"The registry does not serve this API: set api-version to another one in the main action, or check HCP_API_ADDRESS.", asked, says)
	default:
		return Unexpected(asked, says)
	}
}

// saysDeleted is whether HCP's words are about a registry that is no more, whatever the status.
func (e *statusError) saysDeleted() bool {
	message := strings.ToLower(e.message)
	return strings.Contains(message, "registry") &&
		(strings.Contains(message, "deleted") || strings.Contains(message, "activated"))
}

// Unexpected is the problem of an answer that is not what the API promises. Asked begins the sentence
// as for [Session.Explain], and says is a clause about HCP.
func Unexpected(asked, says string) error { return unexpected(says).problem(asked) }

// failure is a request without an answer that could be used.
type failure struct {
	title problem.Title
	says  string // a clause
	does  string // sentences: what to do about it
}

// problem is the failure to get what was asked for.
func (f failure) problem(asked string) error {
	return problem.New(f.title, "%s could not be read: %s. %s", asked, f.says, f.does)
}

func unexpected(says string) failure {
	return failure{problem.UnexpectedResponse, says, "Run the job again; if the problem persists, report it to the action's maintainers."}
}

// Failure tells of a request that got no answer which could be used, other than a refusal (see
// [Refused]): the title of its problem, and what went wrong as a clause that is safe to show.
func (s *Session) Failure(err error) (title problem.Title, says string) {
	f := failureOf(err, s.timeout)
	return f.title, f.says
}

func failureOf(err error, timeout time.Duration) failure {
	var (
		unavailable *unavailableError
		unreachable *unreachableError
		odd         *unexpectedError
		status      *statusError
	)
	switch {
	case errors.As(err, &unavailable) && strings.HasPrefix(unavailable.Error(), "the name of the proxy "):
		return failure{problem.HCPUnavailable, unavailable.describe(timeout), "Correct HTTPS_PROXY or HTTP_PROXY, or try again later."}
	case errors.As(err, &unavailable):
		return failure{problem.HCPUnavailable, unavailable.describe(timeout), "Try again later, or raise timeout."}
	case asTransient(err) != nil:
		return failure{problem.HCPUnavailable, asTransient(err).Error(), "Try again later."}
	case errors.As(err, &unreachable):
		return failure{problem.HCPUnavailable, unreachable.says, unreachable.advice}
	case errors.As(err, &odd):
		return unexpected(odd.says)
	case errors.As(err, &status):
		return unexpected(status.describe())
	case errors.Is(err, context.DeadlineExceeded):
		return failure{problem.HCPUnavailable, fmt.Sprintf("there was no time for it in the timeout of %s", problem.Duration(timeout)), "Try again later, or raise timeout."}
	}
	// What is left is a body that the SDK could not decode. Its words name Go types.
	return unexpected("the answer could not be decoded")
}

// describe names the last cause, the tries and the timeout that ended them.
func (e *unavailableError) describe(timeout time.Duration) string {
	end := fmt.Sprintf("the timeout of %s leaves no time for another", problem.Duration(timeout))
	if e.wait > 0 {
		end = fmt.Sprintf("it asked to wait %s, which does not fit in the timeout of %s",
			problem.Duration(e.wait), problem.Duration(timeout))
	}
	return fmt.Sprintf("%s (%s), and %s", e.cause, plural(e.tries, "try", "tries"), end)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Refused is the status with which HCP refused a request, and what it said, safe to show. It is 0
// where there was another failure than an answer that says so.
func Refused(err error) (status int, says string) {
	var refused *statusError
	if errors.As(err, &refused) && !isTransient(refused.status) {
		return refused.status, refused.describe()
	}
	return 0, ""
}

// Deactivated is whether HCP refused a request in words about a registry that is deactivated or deleted.
func Deactivated(err error) bool {
	var refused *statusError
	return errors.As(err, &refused) && !isTransient(refused.status) && refused.saysDeleted()
}
