package action

import (
	"context"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/registry"
)

// findJudged reads the iteration that the query asks for, with its builds, and what the gate makes of it.
// An answer that refuses the iteration is final: nothing is read again that could overrule it.
func findJudged(ctx context.Context, s *step, session *hcp.Session, q registry.Query, policy gate.Policy) (*registry.Iteration, gate.Decision, error) {
	it, err := registry.Find(ctx, session, q)
	if err != nil {
		return nil, gate.Decision{}, err
	}
	decision, err := judge(ctx, s, session, it, policy)
	if err != nil || decision.Refusal() != nil || len(it.Builds) > 0 || it.Fingerprint == "" || q.Channel == "" {
		return it, decision, err
	}
	again, err := registry.Again(ctx, session, q.APIVersion, it)
	if err != nil {
		return it, decision, err
	}
	second, err := judge(ctx, s, session, again, policy)
	if err != nil {
		return again, second, err
	}
	counts := gate.Worse(decision, second)
	counts.Iteration.Builds = again.Builds
	return counts.Iteration, counts, nil
}

// judge has the gate decide on an iteration. Parents that are out of date are read, once, so that the message can
// name them, unless it tells something worse.
func judge(ctx context.Context, s *step, session *hcp.Session, it *registry.Iteration, policy gate.Policy) (decision gate.Decision, err error) {
	decision = gate.Decide(it, policy, s.now())
	// Without a fingerprint HCP would tell of the bucket's latest version.
	if len(it.Parents) > 0 || it.Fingerprint == "" || !decision.Tells(gate.ParentOutOfDate) {
		return decision, nil
	}
	if it.Parents, err = registry.ReadParents(ctx, session, it); err != nil {
		return decision, err
	}
	return gate.Decide(it, policy, s.now()), nil
}

// tellsStatus is whether a list says how an iteration stands. It may leave the status out, but a revocation whose
// time has passed is in force without one. Where that is let through, the status decides on the rest.
func tellsStatus(it *registry.Iteration, decision gate.Decision) bool {
	refusal := decision.Refusal()
	return it.HasStatus() || refusal != nil && refusal.Kind == gate.Revoked
}
