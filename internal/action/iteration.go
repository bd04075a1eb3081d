package action

import (
	"context"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/registry"
)

// findJudged reads the iteration that the query asks for, with its builds, and what the gate makes of it.
// An answer that refuses the iteration is final: nothing is read again that could overrule it. Of two
// answers the worse one counts.
func findJudged(ctx context.Context, s *step, session *hcp.Session, q registry.Query, policy gate.Policy) (*registry.Iteration, gate.Decision, error) {
	it, err := registry.Find(ctx, session, q)
	if err != nil {
		return nil, gate.Decision{}, err
	}
	decision := gate.Judge(it, policy, s.now())
	if decision.Refusal() != nil || len(it.Builds) > 0 || it.Fingerprint == "" || q.Channel == "" {
		return it, decision, nil
	}
	again, err := registry.Again(ctx, session, q, it)
	if err != nil {
		return it, decision, err
	}
	if second := gate.Judge(again, policy, s.now()); second.Compare(decision) < 0 {
		return again, second, nil
	}
	it.Builds = again.Builds
	return it, decision, nil
}
