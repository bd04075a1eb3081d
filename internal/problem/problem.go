// Package problem describes a failure as a user meets it: the title and the message of the step's
// one error annotation. Titles are part of the action's contract.
package problem

import (
	"fmt"
	"slices"
	"strings"
)

// Title names the kind of a failure. It is the title of the annotation and the heading of the
// summary, and workflows may match on it.
type Title string

// The titles of the contract, each with what causes it.
const (
	InvalidInput        Title = "Invalid input"         // any of them, before any network traffic
	NotAuthenticated    Title = "Not authenticated"     // a run without credentials that HCP accepts
	AmbiguousProject    Title = "Ambiguous project"     // a principal that sees several projects, with none given
	PermissionDenied    Title = "Permission denied"     // a 403 of HCP
	NotFound            Title = "Not found"             // no such bucket, channel, fingerprint, organization or project
	RegistryDeactivated Title = "Registry deactivated"  // a registry that is deactivated or deleted
	NoIterationAssigned Title = "No iteration assigned" // a channel that points at nothing
	ImageRevoked        Title = "Image revoked"         // an iteration whose revocation is in force
	RevocationScheduled Title = "Revocation scheduled"  // an iteration to be revoked, where the user asked to fail on one
	IterationNotUsable  Title = "Iteration not usable"  // an iteration that is neither active, scheduled nor revoked
	ParentOutOfDate     Title = "Parent out of date"    // of an iteration, where the user asked to fail on one
	ImageTooOld         Title = "Image too old"         // an iteration created longer ago than the user allows
	ChannelRolledBack   Title = "Channel rolled back"   // by a revocation, where the user asked to fail on one
	NoMatchingImage     Title = "No matching image"     // a selection that leaves nothing
	AmbiguousImage      Title = "Ambiguous image"       // a selection that leaves more than one
	ImagesRefused       Title = "Images refused"        // images that a plan, a file or a list names
	ImagesUnknown       Title = "Images unknown"        // known only after apply, where the user asked to fail
	SearchNotAvailable  Title = "Search not available"  // a registry that cannot be searched for images
	ChannelsRefused     Title = "Channels refused"      // channels that hand out images which the gate refuses
	NoEarlierIteration  Title = "No earlier iteration"  // a channel that had none that it could go back to
	ImagesMissing       Title = "Images missing"        // an iteration without an image that the user requires
	OlderIteration      Title = "Older iteration"       // an iteration that a channel would go back to
	PromotionRefused    Title = "Promotion refused"     // HCP's refusal to move a channel
	ChannelMoved        Title = "Channel moved"         // what a channel points at after its promotion is not right
	HCPUnavailable      Title = "HCP unavailable"       // a network or a service that did not work in time
	UnexpectedResponse  Title = "Unexpected response"   // an answer that is not what the API promises
	Cancelled           Title = "Cancelled"             // by a signal
	CannotWriteOutputs  Title = "Cannot write outputs"  // a file of the runner that cannot be written
	InternalError       Title = "Internal error"        // a bug of the action
)

// Problem is a failure that ends the step. Its message says what was asked for, what went wrong and
// what to do about it, in at most three sentences, and is safe to show: text that the user or the
// registry wrote goes into it through [Quote] or [List] only.
type Problem struct {
	Title   Title
	Message string
}

// maxMessage is how many bytes a message has at most. GitHub cuts one at 4,096 characters, and with them the
// advice at its end.
const maxMessage = 4000

// New makes a problem. The format's operands must be safe to show, see [Quote]. Where the message would be
// too long, the longest of them are cut.
func New(title Title, format string, operands ...any) *Problem {
	operands = slices.Clone(operands)
	message := fmt.Sprintf(format, operands...)
	for range operands {
		if excess := len(message) - maxMessage; excess > 0 {
			cutLongest(operands, excess)
			message = fmt.Sprintf(format, operands...)
		}
	}
	return &Problem{Title: title, Message: message}
}

// cutLongest cuts the excess off the longest operand, as far as that has it.
func cutLongest(operands []any, excess int) {
	longest, text := -1, ""
	for i, operand := range operands {
		if shown := fmt.Sprint(operand); longest < 0 || len(shown) > len(text) {
			longest, text = i, shown
		}
	}
	sign := "…"
	kept := strings.ToValidUTF8(text[:max(0, len(text)-excess-len(sign+`"`))], "")
	if strings.Count(kept, `"`)%2 == 1 {
		sign += `"` // or what follows would look quoted
	}
	operands[longest] = kept + sign
}

// Error is the problem as one line of text.
func (p *Problem) Error() string { return string(p.Title) + ": " + p.Message }
