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
	// InvalidInput is any invalid input, found before any network traffic.
	InvalidInput Title = "Invalid input"
	// NotAuthenticated is a run without credentials that HCP accepts.
	NotAuthenticated Title = "Not authenticated"
	// AmbiguousProject is a principal that sees several projects, with none given.
	AmbiguousProject Title = "Ambiguous project"
	// PermissionDenied is a 403 of HCP.
	PermissionDenied Title = "Permission denied"
	// NotFound is a bucket, channel, fingerprint, organization or project that does not exist.
	NotFound Title = "Not found"
	// RegistryDeactivated is a registry that is deactivated or deleted.
	RegistryDeactivated Title = "Registry deactivated"
	// NoIterationAssigned is a channel that points at nothing.
	NoIterationAssigned Title = "No iteration assigned"
	// ImageRevoked is a revoked iteration.
	ImageRevoked Title = "Image revoked"
	// RevocationScheduled is a scheduled revocation, where the user asked to fail on one.
	RevocationScheduled Title = "Revocation scheduled"
	// IterationNotUsable is an iteration whose status is neither active, scheduled nor revoked.
	IterationNotUsable Title = "Iteration not usable"
	// ParentOutOfDate is an iteration built on another version than its parent's channel has now, where the
	// user asked to fail on one.
	ParentOutOfDate Title = "Parent out of date"
	// ImageTooOld is an iteration that was created longer ago than the user allows.
	ImageTooOld Title = "Image too old"
	// ChannelRolledBack is a channel that a revocation has rolled back, where the user asked to fail on one.
	ChannelRolledBack Title = "Channel rolled back"
	// NoMatchingImage is a selection that leaves nothing.
	NoMatchingImage Title = "No matching image"
	// AmbiguousImage is a selection that leaves more than one image.
	AmbiguousImage Title = "Ambiguous image"
	// ImagesRefused is a plan, a file or a list that names images which the gate refuses.
	ImagesRefused Title = "Images refused"
	// ImagesUnknown is a plan with images that are known only after apply, where the user asked to fail on them.
	ImagesUnknown Title = "Images unknown"
	// SearchNotAvailable is a registry that cannot be searched for images.
	SearchNotAvailable Title = "Search not available"
	// ChannelsRefused is a registry with channels that hand out images which the gate refuses.
	ChannelsRefused Title = "Channels refused"
	// NoEarlierIteration is a channel that had nothing before to go back to.
	NoEarlierIteration Title = "No earlier iteration"
	// ImagesMissing is an iteration without an image that the user requires of it.
	ImagesMissing Title = "Images missing"
	// OlderIteration is an iteration that a channel would go back to.
	OlderIteration Title = "Older iteration"
	// PromotionRefused is HCP's refusal to move a channel.
	PromotionRefused Title = "Promotion refused"
	// ChannelMoved is a channel that, once it was moved, points at something else, or at what was revoked
	// meanwhile, or whose move has undone that of another to a newer iteration.
	ChannelMoved Title = "Channel moved"
	// HCPUnavailable is a network or a service that did not work in time.
	HCPUnavailable Title = "HCP unavailable"
	// UnexpectedResponse is an answer that is not what the API promises.
	UnexpectedResponse Title = "Unexpected response"
	// Cancelled is a step that was cancelled.
	Cancelled Title = "Cancelled"
	// CannotWriteOutputs is a file of the runner that cannot be written.
	CannotWriteOutputs Title = "Cannot write outputs"
	// InternalError is a defect of the action.
	InternalError Title = "Internal error"
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
	message := fmt.Sprintf(format, operands...)
	operands = slices.Clone(operands)
	for range operands {
		if len(message) <= maxMessage {
			break
		}
		cutLongest(operands, len(message)-maxMessage)
		message = fmt.Sprintf(format, operands...)
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
	const sign = "…"
	keep := max(0, len(text)-excess-len(sign))
	operands[longest] = strings.ToValidUTF8(text[:keep], "") + sign
}

// Error is the problem as one line of text.
func (p *Problem) Error() string {
	return string(p.Title) + ": " + p.Message
}
