package verdict_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
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

// current is an iteration that a channel points at, with images of the kind of match.
func current(id string, status registry.Status, images ...string) map[string]verdict.Current {
	build := registry.Build{Status: registry.BuildDone, CloudProvider: "aws", ComponentType: "amazon-ebs.web"}
	for _, image := range images {
		build.Images = append(build.Images, registry.Image{ImageID: image, Region: "us-east-1"})
	}
	n := int64(4)
	it := &registry.Iteration{Bucket: "web", Channel: "production", ID: id, Name: "v4", Number: &n, Status: status, Builds: []registry.Build{build}}
	return map[string]verdict.Current{"web": verdict.NewCurrent("production", it, nil, []registry.Match{match("a", registry.Active)})}
}

// unread is a channel that points at an iteration which could not be read any further, under a title.
func unread(id string, title problem.Title) map[string]verdict.Current {
	all := current(id, registry.Active, "new")
	web := all["web"]
	web.Problem = problem.New(title, "It is so.")
	all["web"] = web
	return all
}

// noChannel is a channel whose iteration is not known, under a title.
func noChannel(title problem.Title) map[string]verdict.Current {
	return map[string]verdict.Current{"web": {Channel: "production", Problem: problem.New(title, "It is so.")}}
}

func TestOf(t *testing.T) {
	t.Parallel()
	never := gate.Policy{FailOn: gate.FailOnNever}
	later := revokedAt(now.Add(49 * time.Hour))
	for name, tc := range map[string]struct {
		matches     []registry.Match
		current     map[string]verdict.Current
		gate        gate.Policy
		kind        gate.Kind
		effect      gate.Effect
		replacement string
		outdated    gate.Effect
		image       imageids.Image
	}{
		"untracked":                        {kind: verdict.Untracked, effect: gate.Warn},
		"active":                           {matches: []registry.Match{match("a", registry.Active)}, kind: verdict.OK, effect: gate.Ignore},
		"revoked":                          {matches: []registry.Match{match("a", registry.Revoked)}, kind: gate.Revoked, effect: gate.Fail},
		"revoked_under_never":              {matches: []registry.Match{match("a", registry.Revoked)}, gate: never, kind: gate.Revoked, effect: gate.Warn},
		"unknown":                          {matches: []registry.Match{match("a", registry.Unknown)}, kind: gate.Unusable, effect: gate.Fail},
		"scheduled":                        {matches: []registry.Match{match("a", registry.RevocationScheduled, later)}, kind: gate.RevocationScheduled, effect: gate.Warn},
		"the_worst_of_several":             {matches: []registry.Match{match("a", registry.Active), match("b", registry.Revoked), match("c", registry.Unknown)}, kind: gate.Revoked, effect: gate.Fail},
		"what_fails_before_what_does_not":  {matches: []registry.Match{match("a", registry.Revoked), match("b", registry.Unknown)}, gate: never, kind: gate.Unusable, effect: gate.Fail},
		"of_the_channel":                   {matches: []registry.Match{match("a", registry.Active)}, current: current("a", registry.Active, "new"), kind: verdict.OK, effect: gate.Ignore},
		"outdated":                         {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Active, "new"), kind: verdict.Outdated, effect: gate.Warn, replacement: "new"},
		"revoked_and_replaced":             {matches: []registry.Match{match("a", registry.Revoked)}, current: current("b", registry.Active, "new"), kind: gate.Revoked, effect: gate.Fail, replacement: "new"},
		"no_replacement_of_two":            {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Active, "x", "y"), kind: verdict.Outdated, effect: gate.Warn},
		"no_replacement_that_is_revoked":   {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Revoked, "new"), kind: verdict.Outdated, effect: gate.Warn},
		"scheduled_under_a_hard_outdated":  {matches: []registry.Match{match("a", registry.RevocationScheduled, later)}, current: current("b", registry.Active, "new"), outdated: gate.Fail, kind: verdict.Outdated, effect: gate.Fail, replacement: "new"},
		"scheduled_and_outdated":           {matches: []registry.Match{match("a", registry.RevocationScheduled, later)}, current: current("b", registry.Active, "new"), kind: gate.RevocationScheduled, effect: gate.Warn, replacement: "new"},
		"channel_missing":                  {matches: []registry.Match{match("a", registry.Active)}, current: noChannel(problem.NotFound), kind: verdict.NoChannel, effect: gate.Warn},
		"channel_missing_of_a_revoked_one": {matches: []registry.Match{match("a", registry.Revoked)}, current: noChannel(problem.NotFound), kind: gate.Revoked, effect: gate.Fail},
		"channel_unassigned":               {matches: []registry.Match{match("a", registry.Active)}, current: noChannel(problem.NoIterationAssigned), outdated: gate.Fail, kind: verdict.NoChannel, effect: gate.Fail},
		"channel_unreadable":               {matches: []registry.Match{match("a", registry.Active)}, current: noChannel(problem.PermissionDenied), outdated: gate.Ignore, kind: verdict.NoChannel, effect: gate.Fail},
		"other_builds_unreadable":          {matches: []registry.Match{match("a", registry.Active)}, current: unread("b", problem.PermissionDenied), kind: verdict.NoChannel, effect: gate.Fail},
		"other_builds_missing":             {matches: []registry.Match{match("a", registry.Active)}, current: unread("b", problem.NotFound), kind: verdict.NoChannel, effect: gate.Fail},
		"own_builds_missing":               {matches: []registry.Match{match("a", registry.Active)}, current: unread("a", problem.NotFound), kind: verdict.NoChannel, effect: gate.Fail},
		"floating":                         {image: imageids.Image{ID: "old", Floating: true}, kind: verdict.Floating, effect: gate.Warn},
		"may_float_and_is_not_known":       {image: imageids.Image{ID: "old", MayFloat: true}, kind: verdict.Floating, effect: gate.Warn},
		"may_float_and_is_known":           {image: imageids.Image{ID: "old", MayFloat: true}, matches: []registry.Match{match("a", registry.Active)}, kind: verdict.OK, effect: gate.Ignore},
		"no_replacement_by_itself":         {matches: []registry.Match{match("a", registry.Active)}, current: current("b", registry.Active, "old"), kind: verdict.Outdated, effect: gate.Warn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := verdict.Policy{Gate: tc.gate, Outdated: cmp.Or(tc.outdated, gate.Warn), Untracked: gate.Warn}
			image := tc.image
			image.ID = "old"
			if policy.Gate.FailOn == "" {
				policy.Gate.FailOn = gate.FailOnRevoked
			}
			got := verdict.Of(image, tc.matches, tc.current, policy, now)
			if got.Kind != tc.kind || got.Effect != tc.effect || got.Replacement != tc.replacement {
				t.Errorf("got %s, effect %s, replacement %q, want %s, %s, %q", got.Kind, got.Effect, got.Replacement, tc.kind, tc.effect, tc.replacement)
			}
			if reason := got.Reason(); !strings.HasPrefix(reason, `Image "old" `) || strings.HasSuffix(reason, ".") {
				t.Errorf("got the reason %q, want a sentence about the image without its full stop", reason)
			}
		})
	}
}

// TestConceal has what goes wrong with the search for a sensitive id told without it.
func TestConceal(t *testing.T) {
	t.Parallel()
	image := imageids.Image{ID: "ami-1", Sensitive: true, Places: []imageids.Place{{File: "plan.json", Address: `aws_instance.web["a"]`}}}
	err := problem.New(problem.UnexpectedResponse, "The origin of image %s could not be read: HCP answered 400: %s. Run the job again.", problem.Quote("ami-1"), problem.Quote("no AMI-1"))
	want := `Unexpected response: The origin of image "aws_instance.web['a']" could not be read: HCP answered 400: (not shown). Run the job again.`
	if got := verdict.Conceal(image, err); got.Error() != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	image.Sensitive = false
	if got := verdict.Conceal(image, err); got.Error() != err.Error() {
		t.Errorf("got %s for an image that is not sensitive", got)
	}
}

// TestReplacementOfAnyRegion has an image whose id stands for it in several regions, and so does the new one's.
func TestReplacementOfAnyRegion(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		region      string // of the match
		images      []registry.Image
		replacement string
	}{
		"one_id_of_two_regions":  {"", []registry.Image{{ImageID: "new", Region: "a"}, {ImageID: "new", Region: "b"}}, "new"},
		"two_ids_of_two_regions": {"", []registry.Image{{ImageID: "new", Region: "a"}, {ImageID: "newer", Region: "b"}}, ""},
		"one_id_of_the_region":   {"a", []registry.Image{{ImageID: "new", Region: "a"}, {ImageID: "newer", Region: "b"}}, "new"},
		"another_region":         {"a", []registry.Image{{ImageID: "new", Region: "b"}}, ""},
		"an_id_that_hides_signs": {"a", []registry.Image{{ImageID: "new\u202e", Region: "a"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := match("a", registry.Active, func(m *registry.Match) { m.Region = tc.region })
			it := &registry.Iteration{Bucket: "web", ID: "b", Status: registry.Active, Builds: []registry.Build{
				{Status: registry.BuildDone, CloudProvider: "aws", ComponentType: "amazon-ebs.web", Images: tc.images},
				{Status: "RUNNING", CloudProvider: "aws", ComponentType: "amazon-ebs.web", Images: []registry.Image{{ImageID: "running", Region: "a"}}},
				{Status: registry.BuildDone, CloudProvider: "aws", ComponentType: "other", Images: []registry.Image{{ImageID: "other", Region: "a"}}},
			}}
			current := map[string]verdict.Current{"web": verdict.NewCurrent("production", it, nil, []registry.Match{m})}
			got := verdict.Of(imageids.Image{ID: "old"}, []registry.Match{m}, current, verdict.Policy{Outdated: gate.Warn}, now)
			if got.Replacement != tc.replacement {
				t.Errorf("got %q, want %q", got.Replacement, tc.replacement)
			}
		})
	}
}

// TestNewCurrentKeepsNoBuilds, of which sixty channels at once may have more than there is memory.
func TestNewCurrentKeepsNoBuilds(t *testing.T) {
	t.Parallel()
	it := &registry.Iteration{ID: "b", Builds: make([]registry.Build, 3)}
	if got := verdict.NewCurrent("production", it, nil, nil); got.Iteration.ID != "b" || got.Iteration.Builds != nil || len(it.Builds) != 3 {
		t.Errorf("got %d builds, and %d of what was given", len(got.Iteration.Builds), len(it.Builds))
	}
}

// TestUnknown counts all places and names twenty.
func TestUnknown(t *testing.T) {
	t.Parallel()
	var u verdict.Unknown
	if got := u.Problem(); got != nil {
		t.Errorf("got %s for no places", got)
	}
	for i := range 25 {
		u.Places = append(u.Places, imageids.Place{File: "plan.json", Address: fmt.Sprintf("a.b%d", i)})
	}
	got := u.Problem().Error()
	if !strings.HasPrefix(got, "Images unknown: The images of 25 places in the plan are known only after apply") || !strings.Contains(got, `"a.b19" and 5 more. `) {
		t.Errorf("got %s", got)
	}
}
