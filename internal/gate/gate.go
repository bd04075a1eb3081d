// Package gate decides whether an iteration may be used.
package gate

import (
	"fmt"
	"strings"
	"time"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// FailOn is what the user wants the gate to refuse.
type FailOn string

// The values of the input fail-on.
const (
	// FailOnRevoked refuses a revoked iteration.
	FailOnRevoked FailOn = "revoked"
	// FailOnScheduled refuses one whose revocation is scheduled, too.
	FailOnScheduled FailOn = "scheduled"
	// FailOnNever reports a revocation and lets the iteration through.
	FailOnNever FailOn = "never"
)

// Policy is what to refuse.
type Policy struct {
	FailOn FailOn
	// Horizon is how near a scheduled revocation has to be for [FailOnScheduled] to refuse it; 0 is
	// any.
	Horizon time.Duration
}

// Verdict is what the gate makes of an iteration.
type Verdict struct {
	// Status is that of the iteration at the time of the verdict: a revocation whose time has passed
	// is in force, whatever HCP calls the iteration.
	Status registry.Status
	// Refusal is the problem that ends the step, nil where the iteration may be used.
	Refusal *problem.Problem
	// Warning is what the user should know of an iteration that may be used, or empty.
	Warning string
}

// WarningTitle is the title to show a Warning under, the same as that of the refusal it stands for.
func (v Verdict) WarningTitle() string {
	if v.Status == registry.Revoked {
		return string(problem.ImageRevoked)
	}
	return string(problem.RevocationScheduled)
}

// Judge gives the verdict on an iteration at the time now. What it does not understand it refuses.
func Judge(it *registry.Iteration, policy Policy, now time.Time) Verdict {
	v := Verdict{Status: effective(it, now)}
	switch v.Status {
	case registry.Active:
	case registry.Revoked:
		v.judgeRevoked(it, policy)
	case registry.RevocationScheduled:
		v.judgeScheduled(it, policy, now)
	default:
		v.Refusal = notUsable(it)
	}
	return v
}

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

func (v *Verdict) judgeRevoked(it *registry.Iteration, policy Policy) {
	is := fmt.Sprintf("%s is revoked%s", upper(it.String()), revocation(it, " as of "))
	switch {
	case policy.FailOn != FailOnNever:
		v.Refusal = problem.New(problem.ImageRevoked, "%s. Do not deploy its images: "+
			"build a new iteration, or use one that is not revoked.", is)
	case !complete(it):
		// Never lifts the refusal for the revocation, not the one for what else is wrong.
		v.Refusal = problem.New(problem.IterationNotUsable, "%s, and never became complete. "+
			"Use an iteration that is active.", is)
	default:
		v.Warning = is + "; fail-on: never lets it through."
	}
}

func (v *Verdict) judgeScheduled(it *registry.Iteration, policy Policy, now time.Time) {
	left := it.RevokeAt.Until(now)
	is := fmt.Sprintf("%s will be revoked%s", upper(it.String()), revocation(it, " at "))
	// Without a time it is nearer than any horizon.
	near := policy.Horizon == 0 || !it.RevokeAt.IsSet() || left < policy.Horizon
	if it.RevokeAt.IsSet() {
		is += ", in " + problem.Duration(left)
	} else {
		is += ", at a time that HCP does not give"
	}
	if policy.FailOn == FailOnScheduled && near {
		v.Refusal = problem.New(problem.RevocationScheduled, "%s. Build a new iteration and move to it before then.", is)
		return
	}
	v.Warning = is + "."
}

// complete is whether HCP would vouch for a revoked iteration, were it not revoked. Where its status
// says no more than that it is revoked its number tells: that is 0 until the iteration is complete.
func complete(it *registry.Iteration) bool {
	switch it.Status {
	case registry.Active, registry.RevocationScheduled:
		return true
	case registry.Revoked:
		return it.Number == nil || *it.Number > 0
	default:
		return false
	}
}

func notUsable(it *registry.Iteration) *problem.Problem {
	advice := "Use an iteration that is active."
	if it.Status == registry.Incomplete || it.Status == registry.Running {
		advice = "Wait for its builds to complete, or use an iteration that is active."
	}
	return problem.New(problem.IterationNotUsable, "%s is not usable: its status is %s. %s", upper(it.String()), it.Status, advice)
}

// Revocation tells of a revocation, in force or to come, as far as HCP says: when, by whom, why. It is
// empty where there is none, and else goes on with a sentence.
func Revocation(it *registry.Iteration) string { return revocation(it, " as of ") }

// revocation tells when, by whom, why and inherited from what, as far as HCP says.
func revocation(it *registry.Iteration, preposition string) string {
	var b strings.Builder
	if it.RevokeAt.IsSet() {
		b.WriteString(preposition + it.RevokeAt.String())
	}
	if it.RevocationAuthor != "" {
		b.WriteString(" by " + problem.Quote(it.RevocationAuthor))
	}
	if it.RevocationMessage != "" {
		b.WriteString(" because of " + problem.Quote(it.RevocationMessage))
	}
	if a := it.RevocationInheritedFrom; a != nil {
		b.WriteString(", inherited from " + ancestor(a))
	}
	return b.String()
}

func ancestor(a *registry.Ancestor) string {
	if a.IncrementalVersion == nil {
		return "an iteration of bucket " + problem.Quote(a.Bucket)
	}
	return fmt.Sprintf("iteration v%d of bucket %s", *a.IncrementalVersion, problem.Quote(a.Bucket))
}

// upper begins a sentence.
func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
