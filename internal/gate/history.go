package gate

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"hcp-packer-iteration/internal/registry"
)

// History is what a channel pointed at, the newest first. An error ends it.
type History = iter.Seq2[registry.Assignment, error]

// RolledBackFrom is the newest revoked iteration that a channel pointed at before a revocation rolled it back to the
// present one or, where that is nil, emptied it; nil where none did. It reads as far as it has to.
func RolledBackFrom(rows History, present *registry.Iteration, now time.Time) (newest *registry.Assignment, err error) {
	isTop := present != nil // the rows at the top that are the present assignment
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		it := row.Iteration
		isTop = isTop && (it == nil || it.ID == present.ID)
		switch {
		case isTop, it == nil:
		case !isRevoked(it, now), present != nil && !isNewer(it, present, true):
			return newest, nil
		case newest == nil, isNewer(it, newest.Iteration, false):
			newest = &row
		}
	}
	return newest, nil
}

// WithRollback is the decision on the present iteration of a channel that was rolled back from another, if it was. The
// effect is not softened: [FailOnNever] lets revocations through, and this one is over.
func (d Decision) WithRollback(from *registry.Assignment, effect Effect) Decision {
	if from == nil || effect == Ignore {
		return d
	}
	d.Reasons = append(slices.Clip(d.Reasons), Reason{
		Kind: RolledBack, Effect: effect,
		Clause: "is what the channel was rolled back to: " + FormerClause(from),
		Advice: "Move the channel to a new iteration, or set rolled-back to warn to use what it has now.",
	})
	return d
}

// FormerClause says what a channel was rolled back from, or what was taken from it. It is safe to show.
func FormerClause(from *registry.Assignment) string {
	return fmt.Sprintf("iteration %s, which it had before, %s", from.Iteration.Version(), RevokedClause(from.Iteration))
}

// RevokedClause says of a revoked iteration since when, by whom and why. It is safe to show.
func RevokedClause(it *registry.Iteration) string { return "is revoked" + revocation(it, " as of ") }

// NewestUsable is the iteration with the highest number of those that a channel pointed at and that the policy does
// not refuse, nil where there is none. The one that was refused in another answer is none. It reads the whole history.
func NewestUsable(rows History, refused *registry.Iteration, policy Policy, now time.Time) (newest *registry.Iteration, err error) {
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		it := row.Iteration
		if it == nil || it.Number == nil || refused != nil && it.ID == refused.ID {
			continue
		}
		if (newest == nil || *it.Number > *newest.Number) && Decide(it, policy, now).Refusal() == nil {
			newest = it
		}
	}
	return newest, nil
}

// Previous is the iteration that a channel pointed at most recently before the present one, and that is not revoked;
// nil where there is none. Passed are the revoked ones that it pointed at since. It reads as far as it has to.
func Previous(rows History, present *registry.Iteration, now time.Time) (it *registry.Iteration, passed []*registry.Iteration, err error) {
	for row, err := range rows {
		switch it := row.Iteration; {
		case err != nil:
			return nil, nil, err
		case it == nil || present != nil && it.ID == present.ID:
		case !isRevoked(it, now):
			return it, passed, nil
		case !slices.ContainsFunc(passed, func(other *registry.Iteration) bool { return other.ID == it.ID }):
			passed = append(passed, it)
		}
	}
	return nil, passed, nil
}

// Overwritten is the newer iteration that a channel was moved to after it was seen, and that the move to the present one
// has undone; nil where there is none. Seen is nil where the channel pointed at nothing. It reads as far as it has to.
func Overwritten(rows History, present, seen *registry.Iteration, now time.Time) (*registry.Iteration, error) {
	moved := false
	for row, err := range rows {
		switch it := row.Iteration; {
		case err != nil:
			return nil, err
		case it != nil && it.ID == present.ID:
			moved = true
		case it == nil && seen == nil, it != nil && seen != nil && it.ID == seen.ID:
			return nil, nil
		case it == nil || !moved:
		case isNewer(it, present, false) && (seen != nil || !isRevoked(it, now)): // a revocation may empty a channel without a row
			return it, nil
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// isRevoked is whether an iteration of a history is revoked at the time now. One without a status is, where it names
// what it inherited a revocation from.
func isRevoked(it *registry.Iteration, now time.Time) bool {
	return effective(it, now) == registry.Revoked || !it.HasStatus() && it.RevocationInheritedFrom != nil
}

// isNewer is whether an iteration is newer than another, by number, or by creation where one has none. Where a creation
// time is missing as well, it is the answer that is given for a case of doubt.
func isNewer(it, other *registry.Iteration, inDoubt bool) bool {
	switch {
	case it.Number != nil && other.Number != nil:
		return *it.Number > *other.Number
	case it.CreatedAt.IsSet() && other.CreatedAt.IsSet():
		return it.CreatedAt.Compare(other.CreatedAt) > 0
	}
	return inDoubt
}
