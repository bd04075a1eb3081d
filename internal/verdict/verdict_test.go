package verdict_test

import (
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

var now = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// match is a match in bucket web, in us-east-1.
func match(id string, status registry.Status, change ...func(*registry.Match)) registry.Match {
	n := int64(3)
	m := registry.Match{
		Iteration:     &registry.Iteration{Bucket: "web", ID: id, Name: "v3", Number: &n, Status: status},
		CloudProvider: "aws",
		ComponentType: "amazon-ebs.web",
		Region:        "us-east-1",
	}
	for _, c := range change {
		c(&m)
	}
	return m
}

func revokedAt(t time.Time) func(*registry.Match) {
	return func(m *registry.Match) { m.Iteration.RevokeAt = registry.At(t) }
}

func incomplete(m *registry.Match) { *m.Iteration.Number = 0 }

// current is an iteration that a channel points at, with images of the kind of match.
func current(id string, status registry.Status, images ...string) map[string]*registry.Iteration {
	build := registry.Build{Status: registry.BuildDone, CloudProvider: "aws", ComponentType: "amazon-ebs.web"}
	for _, image := range images {
		build.Images = append(build.Images, registry.Image{ImageID: image, Region: "us-east-1"})
	}
	n := int64(4)
	return map[string]*registry.Iteration{
		"web": {Bucket: "web", Channel: "production", ID: id, Name: "v4", Number: &n, Status: status, Builds: []registry.Build{build}},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	never := gate.Policy{FailOn: gate.FailOnNever}
	scheduled := gate.Policy{FailOn: gate.FailOnScheduled, Horizon: 48 * time.Hour}
	soon, late := revokedAt(now.Add(47*time.Hour)), revokedAt(now.Add(49*time.Hour))
	for name, tc := range map[string]struct {
		matches     []registry.Match
		current     map[string]*registry.Iteration
		gate        gate.Policy
		kind        gate.Kind
		effect      gate.Effect
		replacement string
	}{
		"untracked":                       {kind: verdict.Untracked, effect: gate.Warn},
		"active":                          {matches: []registry.Match{match("a", registry.Active)}, kind: verdict.OK, effect: gate.Ignore},
		"revoked":                         {matches: []registry.Match{match("a", registry.Revoked)}, kind: gate.Revoked, effect: gate.Fail},
		"active_whose_time_has_passed":    {matches: []registry.Match{match("a", registry.Active, revokedAt(now))}, kind: gate.Revoked, effect: gate.Fail},
		"revoked_under_never":             {matches: []registry.Match{match("a", registry.Revoked)}, gate: never, kind: gate.Revoked, effect: gate.Warn},
		"revoked_incomplete_under_never":  {matches: []registry.Match{match("a", registry.Revoked, incomplete)}, gate: never, kind: gate.Unusable, effect: gate.Fail},
		"unknown":                         {matches: []registry.Match{match("a", registry.Unknown)}, kind: gate.Unusable, effect: gate.Fail},
		"unknown_under_never":             {matches: []registry.Match{match("a", registry.Unknown)}, gate: never, kind: gate.Unusable, effect: gate.Fail},
		"scheduled":                       {matches: []registry.Match{match("a", registry.RevocationScheduled, soon)}, kind: gate.RevocationScheduled, effect: gate.Warn},
		"scheduled_within_the_horizon":    {matches: []registry.Match{match("a", registry.Active, soon)}, gate: scheduled, kind: gate.RevocationScheduled, effect: gate.Fail},
		"scheduled_beyond_the_horizon":    {matches: []registry.Match{match("a", registry.Active, late)}, gate: scheduled, kind: gate.RevocationScheduled, effect: gate.Warn},
		"the_worst_of_several":            {matches: []registry.Match{match("a", registry.Active), match("b", registry.Revoked), match("c", registry.Unknown)}, kind: gate.Revoked, effect: gate.Fail},
		"what_fails_before_what_does_not": {matches: []registry.Match{match("a", registry.Revoked), match("b", registry.Unknown)}, gate: never, kind: gate.Unusable, effect: gate.Fail},
		"of_the_channel":                  {matches: []registry.Match{match("a", registry.Active)}, current: current("a", registry.Active, "new"), kind: verdict.OK, effect: gate.Ignore},
		"outdated":                        {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Active, "new"), kind: verdict.Outdated, effect: gate.Warn, replacement: "new"},
		"revoked_and_replaced":            {matches: []registry.Match{match("a", registry.Revoked)}, current: current("b", registry.Active, "new"), kind: gate.Revoked, effect: gate.Fail, replacement: "new"},
		"no_replacement_of_two":           {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Active, "x", "y"), kind: verdict.Outdated, effect: gate.Warn},
		"no_replacement_that_is_revoked":  {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Revoked, "new"), kind: verdict.Outdated, effect: gate.Warn},
		"no_replacement_by_itself":        {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Active, "old"), kind: verdict.Outdated, effect: gate.Warn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := verdict.Policy{Gate: tc.gate, Outdated: gate.Warn, Untracked: gate.Warn}
			if policy.Gate.FailOn == "" {
				policy.Gate.FailOn = gate.FailOnRevoked
			}
			got := verdict.Judge(imageids.Image{ID: "old"}, tc.matches, tc.current, policy, now)
			if got.Kind != tc.kind || got.Effect != tc.effect || got.Replacement != tc.replacement {
				t.Errorf("got %s, effect %s, replacement %q, want %s, %s, %q", got.Kind, got.Effect, got.Replacement, tc.kind, tc.effect, tc.replacement)
			}
			if got.Kind != verdict.OK && (!strings.Contains(got.Reason, `"old"`) || strings.HasSuffix(got.Reason, ".")) {
				t.Errorf("got the reason %q, want a sentence about the image without its full stop", got.Reason)
			}
		})
	}
}
