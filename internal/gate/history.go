package gate

import (
	"cmp"
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
	for row, err := range before(rows, present) {
		if err != nil {
			return nil, err
		}
		if !isRevoked(row.Iteration, now) || present != nil && !mayBeNewer(row.Iteration, present) {
			break
		}
		if newest == nil || isNewer(row.Iteration, newest.Iteration) {
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
		Kind:   RolledBack,
		Effect: effect,
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
	for row, err := range before(rows, nil) {
		if err != nil {
			return nil, err
		}
		it := row.Iteration
		if refused != nil && it.ID == refused.ID {
			continue
		}
		if it.Number != nil && (newest == nil || *it.Number > *newest.Number) && Judge(it, policy, now).Refusal() == nil {
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
		case isNewer(it, present) && (seen != nil || !isRevoked(it, now)): // a revocation may empty a channel without a row
			return it, nil
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// before are the rows with an iteration behind those at the top that are the present assignment.
func before(rows History, present *registry.Iteration) History {
	return func(yield func(registry.Assignment, error) bool) {
		atTop := present != nil
		for row, err := range rows {
			atTop = atTop && (row.Iteration == nil || row.Iteration.ID == present.ID)
			if err == nil && (atTop || row.Iteration == nil) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// isRevoked is whether an iteration of a history is revoked at the time now. One without a status is, where it names
// what it inherited a revocation from.
func isRevoked(it *registry.Iteration, now time.Time) bool {
	return effective(it, now) == registry.Revoked || !it.HasStatus() && it.RevocationInheritedFrom != nil
}

// isNewer is whether an iteration is known to be newer than another, and mayBeNewer whether it is not known to be
// older.
func isNewer(it, other *registry.Iteration) bool {
	age, known := compareAge(it, other)
	return known && age > 0
}

func mayBeNewer(it, other *registry.Iteration) bool {
	age, known := compareAge(it, other)
	return !known || age > 0
}

// compareAge is positive where an iteration is newer than another, by number, or by creation where one has none. It is
// not known where a creation time is missing as well.
func compareAge(it, other *registry.Iteration) (age int, known bool) {
	if it.Number != nil && other.Number != nil {
		return cmp.Compare(*it.Number, *other.Number), true
	}
	return it.CreatedAt.Compare(other.CreatedAt), it.CreatedAt.IsSet() && other.CreatedAt.IsSet()
}
