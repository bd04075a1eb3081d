// Package gate decides whether an iteration may be used. It is the one place that knows what is refused.
package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// FailOn is which revocations the gate refuses.
type FailOn string

// The values of the input fail-on.
const (
	FailOnRevoked   FailOn = "revoked"   // refuses a revoked iteration
	FailOnScheduled FailOn = "scheduled" // refuses one whose revocation is scheduled, too
	FailOnNever     FailOn = "never"     // reports a revocation and lets the iteration through
)

// FailOns are the values of the input fail-on.
func FailOns() []FailOn { return []FailOn{FailOnRevoked, FailOnScheduled, FailOnNever} }

// Policy is what to refuse. The tags name inputs.
type Policy struct {
	FailOn FailOn `env:"FAIL_ON,default=revoked"`
	// Horizon is how near a scheduled revocation has to be for [FailOnScheduled] to refuse it; 0 is
	// any.
	Horizon time.Duration `env:"REVOCATION_HORIZON"`
	// MaxAge is how long ago an iteration may have been created; 0 is any time.
	MaxAge time.Duration `env:"MAX_AGE"`
	// Parents is how to treat an iteration that was built on another version than its parent's channel has now.
	Parents Effect `env:"PARENTS,default=ignore"`
}

// AsksForParents is whether the policy wants to know of parents that are out of date.
func (p Policy) AsksForParents() bool { return p.Parents == Fail || p.Parents == Warn }

// soften makes a warning of what fails, where the policy refuses nothing.
func (p Policy) soften(effect Effect) Effect {
	if p.FailOn == FailOnNever && effect == Fail {
		return Warn
	}
	return effect
}

// Effect is how a finding is treated.
type Effect string

// The effects.
const (
	Fail   Effect = "fail"   // fails the step
	Warn   Effect = "warn"   // is a warning
	Ignore Effect = "ignore" // says nothing
)

// Effects are the values of the inputs that say how to treat a finding, the hardest first.
func Effects() []Effect { return []Effect{Fail, Warn, Ignore} }

// Compare orders effects, the hardest first.
func (e Effect) Compare(other Effect) int {
	return slices.Index(Effects(), e) - slices.Index(Effects(), other)
}

// Kind is what is found out about an iteration or an image. Its text is that of the outputs.
type Kind string

// The kinds of reasons not to use an iteration.
const (
	Revoked             Kind = "revoked"              // a revocation that is in force
	Unusable            Kind = "unusable"             // any other status than active, scheduled and revoked
	RevocationScheduled Kind = "revocation-scheduled" // a revocation to come
	ParentOutOfDate     Kind = "parent-out-of-date"   // built on another version than its parent's channel has now
	TooOld              Kind = "too-old"              // created longer ago than [Policy.MaxAge]
	RolledBack          Kind = "rolled-back"          // its channel had a newer one, see [RolledBackFrom]
)

// Kinds are the kinds of reasons, in the order in which they are told.
func Kinds() []Kind {
	return []Kind{Revoked, Unusable, RevocationScheduled, ParentOutOfDate, TooOld, RolledBack}
}

var titles = map[Kind]problem.Title{
	Revoked:             problem.ImageRevoked,
	Unusable:            problem.IterationNotUsable,
	RevocationScheduled: problem.RevocationScheduled,
	ParentOutOfDate:     problem.ParentOutOfDate,
	TooOld:              problem.ImageTooOld,
	RolledBack:          problem.ChannelRolledBack,
}

// Title is that of a failure for a reason of this kind, and of the warning in its place.
func (k Kind) Title() problem.Title { return titles[k] }

// Reason is why an iteration should not be used.
type Reason struct {
	Kind Kind
	// Effect is [Fail] or [Warn].
	Effect Effect
	// Clause goes on with a sentence that begins with the iteration or its image: "is revoked as of …". It
	// has no full stop, and is safe to show.
	Clause string
	// Advice is the sentence that says what to do.
	Advice string
}

// Problem is the failure that the reason makes of what the subject names.
func (r Reason) Problem(subject string) *problem.Problem {
	return problem.New(r.Kind.Title(), "%s. %s", r.Sentence(subject), r.Advice)
}

// Sentence is the clause with its subject, without the full stop.
func (r Reason) Sentence(subject string) string {
	return strings.ToUpper(subject[:1]) + subject[1:] + " " + r.Clause
}

// Worse is the one of two answers on one thing that counts: the worse, or the first of two that are as bad.
func Worse[T interface{ Compare(other T) int }](first, second T) T {
	if second.Compare(first) < 0 {
		return second
	}
	return first
}

// Decision is what the gate makes of an iteration.
type Decision struct {
	// Iteration is the iteration, as the answer has it that was decided on.
	Iteration *registry.Iteration
	// Status is that of the iteration at the time of the decision: a revocation whose time has passed
	// is in force, whatever HCP calls the iteration.
	Status registry.Status
	// Reasons are all that there are not to use the iteration, in the order of [Kinds].
	Reasons []Reason
	// AgeDays are the whole days since the iteration was created, and DaysToRevocation those until a scheduled
	// revocation; nil where there is no such time.
	AgeDays, DaysToRevocation *int
}

// Refusal is the first reason that fails the step, nil where the iteration may be used.
func (d Decision) Refusal() *Reason { return d.first(Fail) }

// Warning is the first reason that is a warning, or nil.
func (d Decision) Warning() *Reason { return d.first(Warn) }

// Worst is the first reason that fails the step, or else the first that is a warning, or nil.
func (d Decision) Worst() *Reason { return cmp.Or(d.Refusal(), d.Warning()) }

// Tells is whether there is a reason of the kind, and none before it that fails the step.
func (d Decision) Tells(kind Kind) bool {
	i := slices.IndexFunc(d.Reasons, func(r Reason) bool { return r.Kind == kind || r.Effect == Fail })
	return i >= 0 && d.Reasons[i].Kind == kind
}

// Compare orders decisions by the effect of their worst reason, and then by its kind, the worse first.
func (d Decision) Compare(other Decision) int {
	none := Reason{Effect: Ignore}
	a, b := cmp.Or(d.Worst(), &none), cmp.Or(other.Worst(), &none)
	return cmp.Or(a.Effect.Compare(b.Effect), slices.Index(Kinds(), a.Kind)-slices.Index(Kinds(), b.Kind))
}

func (d Decision) first(effect Effect) *Reason {
	if i := slices.IndexFunc(d.Reasons, func(r Reason) bool { return r.Effect == effect }); i >= 0 {
		return &d.Reasons[i]
	}
	return nil
}

// Decide is the decision on an iteration at the time now. What it does not understand it refuses.
func Decide(it *registry.Iteration, policy Policy, now time.Time) Decision {
	d := Decision{Iteration: it, Status: effective(it, now)}
	switch d.Status {
	case registry.Active:
	case registry.Revoked:
		d.Reasons = revoked(it, policy)
	case registry.RevocationScheduled:
		d.Reasons = []Reason{scheduled(it, policy, now)}
	default:
		d.Reasons = []Reason{notUsable(it)}
	}
	if it.ParentsStatus == registry.OutOfDate && policy.AsksForParents() {
		d.Reasons = append(d.Reasons, parentOutOfDate(it, policy))
	}
	if policy.MaxAge > 0 && (!it.CreatedAt.IsSet() || it.CreatedAt.Since(now) > policy.MaxAge) {
		d.Reasons = append(d.Reasons, tooOld(it, policy, now))
	}
	if it.CreatedAt.IsSet() {
		d.AgeDays = wholeDays(it.CreatedAt.Since(now))
	}
	if d.Status == registry.RevocationScheduled && it.RevokeAt.IsSet() {
		d.DaysToRevocation = wholeDays(it.RevokeAt.Until(now))
	}
	return d
}

// wholeDays rounds down.
func wholeDays(d time.Duration) *int { return new(max(0, int(d/(24*time.Hour)))) }

// effective is the status with the revocation time taken into account. Revoked comes first.
func effective(it *registry.Iteration, now time.Time) registry.Status {
	switch {
	case it.RevokeAt.IsSet() && it.RevokeAt.Until(now) <= 0:
		return registry.Revoked
	case it.RevokeAt.IsSet() && it.Status == registry.Active:
		return registry.RevocationScheduled
	default:
		return it.Status
	}
}

// revoked are the reasons of a revocation in force: also what else is wrong, where the revocation is let through.
func revoked(it *registry.Iteration, policy Policy) []Reason {
	other := otherFlaw(it)
	r := Reason{
		Kind: Revoked, Effect: Fail,
		Clause: RevokedClause(it),
		Advice: "Do not deploy its images: build a new iteration, or use one that is not revoked.",
	}
	unusable := Reason{Kind: Unusable, Effect: Fail, Clause: r.Clause + other, Advice: "Use an iteration that is active."}
	if it.UnknownStatus != "" {
		r.Clause = unusable.Clause
	}
	if policy.FailOn != FailOnNever {
		return []Reason{r}
	}
	r.Effect = Warn
	r.Clause += "; fail-on: never lets it through"
	if other == "" {
		return []Reason{r}
	}
	return []Reason{r, unusable}
}

// otherFlaw says why HCP would not vouch for a revoked iteration, were it not revoked; it is empty where it would.
// Where the status says no more than that it is revoked, its number does: that is 0 until the iteration is complete.
func otherFlaw(it *registry.Iteration) string {
	switch {
	case it.Status == registry.Active, it.Status == registry.RevocationScheduled:
		return ""
	case it.Status == registry.Revoked && (it.Number == nil || *it.Number > 0):
		return ""
	case it.Status == registry.Revoked, it.Status == registry.Incomplete:
		return ", and never became complete"
	case it.UnknownStatus != "":
		return "; " + statusClause(it)
	default:
		return ", and " + statusClause(it)
	}
}

// scheduled is the reason of a revocation to come. Without a time it is nearer than any horizon.
func scheduled(it *registry.Iteration, policy Policy, now time.Time) Reason {
	left := it.RevokeAt.Until(now)
	r := Reason{
		Kind: RevocationScheduled, Effect: Warn,
		Clause: "will be revoked" + revocation(it, " in "+problem.Duration(left)+", at "),
		Advice: "Build a new iteration and move to it before then.",
	}
	if !it.RevokeAt.IsSet() {
		r.Clause += ", at a time that HCP does not give"
	}
	near := policy.Horizon == 0 || !it.RevokeAt.IsSet() || left < policy.Horizon
	if policy.FailOn == FailOnScheduled && near {
		r.Effect = Fail
	}
	return r
}

func notUsable(it *registry.Iteration) Reason {
	advice := "Use an iteration that is active."
	if it.Status == registry.Incomplete || it.Status == registry.Running {
		advice = "Wait for its builds to complete, or use an iteration that is active."
	}
	return Reason{
		Kind: Unusable, Effect: Fail,
		Clause: "is not usable: " + statusClause(it),
		Advice: advice,
	}
}

func parentOutOfDate(it *registry.Iteration, policy Policy) Reason {
	parents := "a version that its parent's channel no longer has"
	if len(it.Parents) > 0 {
		parents = problem.ListOf(it.Parents, func(p registry.Parent) string {
			now := "no iteration"
			if p.Now != "" {
				now = problem.Quote(p.Now)
			}
			return fmt.Sprintf("iteration %s of bucket %s, whose channel %s now points at %s",
				problem.Quote(p.BuiltOn), problem.Quote(p.Bucket), problem.Quote(p.Channel), now)
		})
	}
	return Reason{
		Kind: ParentOutOfDate, Effect: policy.soften(policy.Parents),
		Clause: "was built on " + parents,
		Advice: "Rebuild the image on what its parent's channel has now.",
	}
}

// tooOld is the reason of an age. An iteration without a creation time is older than any.
func tooOld(it *registry.Iteration, policy Policy, now time.Time) Reason {
	clause := "has no creation time"
	if it.CreatedAt.IsSet() {
		clause = fmt.Sprintf("was created %s ago, at %s", problem.Duration(it.CreatedAt.Since(now)), it.CreatedAt)
	}
	return Reason{
		Kind: TooOld, Effect: policy.soften(Fail),
		Clause: clause + ", and max-age is " + problem.Duration(policy.MaxAge),
		Advice: "Rebuild the image, and move to the new iteration.",
	}
}

// statusClause quotes a status that the API does not promise.
func statusClause(it *registry.Iteration) string {
	switch {
	case it.Status != registry.Unknown:
		return "its status is " + string(it.Status)
	case it.UnknownStatus == "":
		return "HCP gives no status"
	default:
		return "its status is " + problem.Quote(it.UnknownStatus) + ", which this action does not know"
	}
}

// revocation says when, by whom, why and inherited from what, as far as HCP does.
func revocation(it *registry.Iteration, preposition string) string {
	var b strings.Builder
	if it.RevokeAt.IsSet() {
		b.WriteString(preposition + it.RevokeAt.String())
	}
	if it.RevocationAuthor != "" {
		b.WriteString(" by " + problem.Quote(it.RevocationAuthor))
	}
	if it.RevocationMessage != "" {
		b.WriteString(", reason: " + problem.Quote(it.RevocationMessage))
	}
	if a := it.RevocationInheritedFrom; a != nil {
		ancestor := "an iteration"
		if a.IncrementalVersion != nil {
			ancestor = fmt.Sprintf("iteration v%d", *a.IncrementalVersion)
		}
		b.WriteString(", inherited from " + ancestor + " of bucket " + problem.Quote(a.Bucket))
	}
	return b.String()
}
