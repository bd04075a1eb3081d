package verdict

import (
	"fmt"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// Finding is what is found out about a channel, or about a bucket that could not be read.
type Finding struct {
	// Bucket and Channel are what it is about. They need not be valid names. Channel is empty where it is about
	// the bucket.
	Bucket, Channel string
	Kind            gate.Kind
	Effect          gate.Effect
	// Decision is the gate's on what the channel points at, on no iteration where that is nothing or not known.
	Decision gate.Decision
	// RolledBackFrom is what a revocation has taken from the channel, nil where none has, or nobody asked.
	RolledBackFrom *registry.Assignment
	// Hidden is whether the channel may point at an iteration that the service principal is not shown.
	Hidden bool
	// Waiver is what lets the channel through, nil where nothing has to.
	Waiver *Waiver
	// Message says it in a sentence or more, and is safe to show. It is empty of the kind [OK].
	Message string
}

// Place names what the finding is about, safe to show: "ubuntu/production".
func (f Finding) Place() string {
	name := f.Bucket
	if f.Channel != "" {
		name += "/" + f.Channel
	}
	if !registry.IsName(f.Bucket) || f.Channel != "" && !registry.IsName(f.Channel) {
		return problem.Quote(name)
	}
	return name
}

// Subjects counts what findings are about: "3 channels", or "3 channels and buckets" where a bucket could not be
// read.
func Subjects(findings []Finding) string {
	buckets := 0
	for _, f := range findings {
		if f.Channel == "" {
			buckets++
		}
	}
	what := "channel"
	switch {
	case buckets == len(findings):
		what = "bucket"
	case buckets > 0:
		what = "channels and bucket"
	}
	if len(findings) != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", len(findings), what)
}

// Compare orders findings, the worst first: what fails the step is worse than what does not.
func (f Finding) Compare(other Finding) int {
	return compare(f.Effect, other.Effect, f.Kind, other.Kind)
}

// OfDecision is the finding that the gate's decision makes of what a channel points at, which was rolled back from
// another iteration or, where that is nil, was not.
func OfDecision(c registry.Channel, decision gate.Decision, from *registry.Assignment) Finding {
	f := Finding{Bucket: c.Bucket, Channel: c.Name, Kind: OK, Effect: gate.Ignore, Decision: decision, RolledBackFrom: from}
	if worst := decision.Worst(); worst != nil {
		f.Kind, f.Effect = worst.Kind, worst.Effect
		f.Message = fmt.Sprintf("%s points at iteration %s, which %s.", subject(c.Bucket, c.Name), decision.Iteration.Version(), worst.Clause)
	}
	return f
}

// OfUnassigned is the finding on a channel without an iteration. Where that is ignored it is [OK], unless a revocation
// has emptied the channel, which has an effect of its own.
func OfUnassigned(c registry.Channel, effect gate.Effect, from *registry.Assignment, emptied gate.Effect) Finding {
	f := Finding{Bucket: c.Bucket, Channel: c.Name, Kind: Unassigned, Effect: effect, Hidden: c.Restricted, RolledBackFrom: from}
	if from != nil && emptied.Compare(effect) <= 0 {
		f.Kind, f.Effect = gate.RolledBack, emptied
	}
	switch {
	case f.Effect == gate.Ignore:
		f.Kind = OK
	case from != nil:
		f.Message = subject(c.Bucket, c.Name) + " points at no iteration: " + gate.FormerClause(from) + "."
	case f.Hidden:
		f.Message = subject(c.Bucket, c.Name) + " is restricted and shows no iteration: it has none, or the service principal may not see it, which needs the contributor role."
	default:
		f.Message = subject(c.Bucket, c.Name) + " points at no iteration."
	}
	return f
}

// OfUnreadable is the finding on a bucket, or with a name of a channel on what that points at, that could not be
// read because of the problem.
func OfUnreadable(bucket, channel string, p *problem.Problem) Finding {
	message := p.Message
	if channel != "" {
		message = subject(bucket, channel) + ": " + message
	}
	return Finding{Bucket: bucket, Channel: channel, Kind: Unreadable, Effect: gate.Fail, Message: message}
}

func subject(bucket, channel string) string {
	return fmt.Sprintf("Channel %s of bucket %s", shown(channel), shown(bucket))
}

// shown is a name, quoted where it is not a valid one.
func shown(name string) string {
	if registry.IsName(name) {
		return name
	}
	return problem.Quote(name)
}
