package action

import (
	"context"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/registry"
)

// checker reads iterations, and has the gate decide on them.
type checker struct {
	step    *step
	session *hcp.Session
	policy  gate.Policy
}

// find decides on the iteration that the query asks for, with its builds; the decision is on none where there was no
// answer. An answer that refuses the iteration is final: nothing is read again that could overrule it.
func (c checker) find(ctx context.Context, q registry.Query) (gate.Decision, error) {
	it, err := registry.Find(ctx, c.session, q)
	if err != nil {
		return gate.Decision{}, err
	}
	first, err := c.decide(ctx, it)
	if err != nil || first.Refusal() != nil || len(it.Builds) > 0 || it.Fingerprint == "" || q.Channel == "" {
		return first, err
	}
	again, err := registry.Again(ctx, c.session, q.APIVersion, it)
	if err != nil {
		return first, err
	}
	again.Parents = it.Parents // which are not asked for twice
	second, err := c.decide(ctx, again)
	if err != nil {
		return second, err
	}
	counts := gate.Worse(first, second)
	counts.Iteration.Builds = again.Builds
	return counts, nil
}

// decide has the gate decide on an iteration. Parents that are out of date are read, once, so that the message can
// name them, unless it tells something worse.
func (c checker) decide(ctx context.Context, it *registry.Iteration) (decision gate.Decision, err error) {
	decision = gate.Decide(it, c.policy, c.step.Now())
	// Without a fingerprint HCP would tell of the bucket's latest version.
	if it.Parents != nil || it.Fingerprint == "" || !decision.Tells(gate.ParentOutOfDate) {
		return decision, nil
	}
	if it.Parents, err = registry.ReadParents(ctx, c.session, it); err != nil {
		return decision, err
	}
	return gate.Decide(it, c.policy, c.step.Now()), nil
}

// decideUnnamed is decide, for which the names of parents that cannot be read are no reason to fail: that they are out
// of date is known.
func (c checker) decideUnnamed(ctx context.Context, it *registry.Iteration) (gate.Decision, error) {
	decision, err := c.decide(ctx, it)
	_, err = ownProblem(err)
	return decision, err
}

// refusal is the problem of the first reason that fails the step, nil where the iteration may be used.
func refusal(d gate.Decision) error {
	if reason := d.Refusal(); reason != nil {
		return reason.Problem(d.Iteration.String())
	}
	return nil
}

// tellsStatus is whether a list says how an iteration stands. It may leave the status out, but a revocation whose
// time has passed is in force without one. Where that is let through, the status decides on the rest.
func tellsStatus(d gate.Decision) bool {
	reason := d.Refusal()
	return d.Iteration.HasStatus() || reason != nil && reason.Kind == gate.Revoked
}
