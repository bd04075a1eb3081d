package gate_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

var now = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// The times of a revocation, as seen from now.
var (
	unset  = registry.Time{}
	past   = registry.At(now.Add(-time.Nanosecond))
	sharp  = registry.At(now)
	future = registry.At(now.Add(time.Nanosecond))
)

// What the gate does: it lets an iteration pass, with a warning or without, or refuses it under a
// title.
const (
	pass      = "pass"
	warning   = "warning"
	revoked   = string(problem.ImageRevoked)
	scheduled = string(problem.RevocationScheduled)
	unusable  = string(problem.IterationNotUsable)
)

func outcome(d gate.Decision) string {
	switch {
	case d.Refusal() != nil:
		return string(d.Refusal().Problem("it").Title)
	case d.Warning() != nil:
		return warning
	default:
		return pass
	}
}

// iteration is v7 of the channel production.
func iteration(status registry.Status, revokeAt registry.Time) *registry.Iteration {
	number := int64(7)
	return &registry.Iteration{
		Bucket: "ubuntu", Channel: "production", ID: "01K6VERS10N", Name: "v7", Number: &number,
		Status: status, RevokeAt: revokeAt,
	}
}

// TestDecide has each status with each time of a revocation, under fail-on: revoked, scheduled and never.
func TestDecide(t *testing.T) {
	t.Parallel()
	type outcomes [3]string
	var (
		passes  = outcomes{pass, pass, pass}
		expires = outcomes{warning, scheduled, warning}
		ended   = outcomes{revoked, revoked, warning}
		broken  = outcomes{unusable, unusable, unusable}
		both    = outcomes{revoked, revoked, unusable} // ended and broken
	)
	for status, want := range map[registry.Status]struct{ unset, past, now, future outcomes }{
		registry.Active:              {passes, ended, ended, expires},
		registry.RevocationScheduled: {expires, ended, ended, expires},
		registry.Revoked:             {ended, ended, ended, ended},
		registry.Incomplete:          {broken, both, both, broken},
		registry.Running:             {broken, both, both, broken},
		registry.Failed:              {broken, both, both, broken},
		registry.Cancelled:           {broken, both, both, broken},
		registry.Unknown:             {broken, both, both, broken},
		"":                           {broken, both, both, broken},
	} {
		for revokeAt, want := range map[registry.Time]outcomes{unset: want.unset, past: want.past, sharp: want.now, future: want.future} {
			wantStatus := status
			switch want {
			case ended, both:
				wantStatus = registry.Revoked
			case expires:
				wantStatus = registry.RevocationScheduled
			}
			for i, failOn := range gate.FailOns() {
				d := gate.Decide(iteration(status, revokeAt), gate.Policy{FailOn: failOn}, now)
				if got := outcome(d); got != want[i] || d.Status != wantStatus {
					t.Errorf("%s until %q under %s: got %s, %s, want %s, %s", status, revokeAt, failOn, got, d.Status, want[i], wantStatus)
				}
			}
		}
	}
}

func TestDecide_horizon(t *testing.T) {
	t.Parallel()
	const left = 72 * time.Hour
	in := registry.At(now.Add(left))
	tests := map[string]struct {
		status   registry.Status
		revokeAt registry.Time
		failOn   gate.FailOn
		horizon  time.Duration
		want     string
	}{
		"none":                    {registry.RevocationScheduled, in, gate.FailOnScheduled, 0, scheduled},
		"just_nearer":             {registry.RevocationScheduled, in, gate.FailOnScheduled, left + 1, scheduled},
		"equal":                   {registry.RevocationScheduled, in, gate.FailOnScheduled, left, warning},
		"active_just_nearer":      {registry.Active, in, gate.FailOnScheduled, left + 1, scheduled},
		"without_time":            {registry.RevocationScheduled, unset, gate.FailOnScheduled, 1, scheduled},
		"in_force":                {registry.RevocationScheduled, past, gate.FailOnScheduled, 1, revoked},
		"centuries_away":          {registry.RevocationScheduled, registry.At(now.AddDate(1000, 0, 0)), gate.FailOnScheduled, left, warning},
		"not_of_fail_on_revoked":  {registry.RevocationScheduled, in, gate.FailOnRevoked, left + 1, warning},
		"policy_unknown":          {registry.Revoked, past, "whatever", 0, revoked},
		"does_not_soften_revoked": {registry.Revoked, registry.At(now.Add(2 * left)), gate.FailOnScheduled, left, revoked},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := gate.Decide(iteration(tc.status, tc.revokeAt), gate.Policy{FailOn: tc.failOn, Horizon: tc.horizon}, now)
			if got := outcome(v); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	sentence = regexp.MustCompile(`[.!?](\s|$)`)
	goism    = regexp.MustCompile(`%!|[*&]|\b[a-z]+\.[A-Z]|\b(nil|struct|int64)\b`)
)

// TestDecide_messages reads every message there is on what a hostile registry says: three sentences of ours at most, whole
// ones, nothing of Go's, and what others wrote quoted and clean.
func TestDecide_messages(t *testing.T) {
	t.Parallel()
	const hostile = "evil\"\n::error::##[error]\u202e"
	for _, status := range []registry.Status{
		registry.Active, registry.RevocationScheduled, registry.Revoked, registry.Incomplete,
		registry.Running, registry.Failed, registry.Cancelled, registry.Unknown,
	} {
		for _, at := range []registry.Time{unset, past, future, registry.At(now.Add(36 * time.Hour))} {
			for _, failOn := range gate.FailOns() {
				it := iteration(status, at)
				it.Name, it.Number = hostile, nil
				it.RevocationAuthor, it.RevocationMessage, it.UnknownStatus = hostile, hostile, hostile
				it.RevocationInheritedFrom = &registry.Ancestor{Bucket: hostile}
				reason := gate.Decide(it, gate.Policy{FailOn: failOn}, now).Worst()
				if reason == nil {
					continue
				}
				got := reason.Problem(it.String()).Message
				ours := quoted.ReplaceAllString(got, "…")
				if strings.ContainsAny(got, "\n\u202e") || strings.Contains(got, "##[") || strings.Contains(ours, "evil") ||
					len(sentence.FindAllString(ours, -1)) > 3 || !strings.HasSuffix(got, ".") || goism.MatchString(ours) {
					t.Errorf("%s, %s, fail-on %s: got %s", status, at, failOn, got)
				}
			}
		}
	}
}

// TestDecide_age_and_parents: both refuse what is otherwise usable, and the first reason is the one that is told.
func TestDecide_age_and_parents(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	created := registry.At(now.Add(-45 * day))
	base := registry.Parent{Bucket: "base", Channel: "production", BuiltOn: "v3", Now: "v4"}
	for name, tc := range map[string]struct {
		status  registry.Status
		created registry.Time
		parents registry.ParentsStatus
		policy  gate.Policy
		want    []string // kind and effect
		says    string   // the first reason
	}{
		"no_policy":                  {registry.Active, created, registry.OutOfDate, gate.Policy{}, nil, ""},
		"young_enough":               {registry.Active, created, "", gate.Policy{MaxAge: 45 * day}, nil, ""},
		"too_old":                    {registry.Active, created, "", gate.Policy{MaxAge: 45*day - 1}, []string{"too-old fail"}, "It was created 45 days ago, at 2026-08-17T00:00:00.000Z, and max-age is 44 days"},
		"too_old_let_through":        {registry.Active, created, "", gate.Policy{MaxAge: day, FailOn: gate.FailOnNever}, []string{"too-old warn"}, "It was created 45 days ago"},
		"without_a_creation_time":    {registry.Active, unset, "", gate.Policy{MaxAge: 3650 * day}, []string{"too-old fail"}, "It has no creation time, and max-age is 3650 days"},
		"created_in_the_future":      {registry.Active, registry.At(now.Add(day)), "", gate.Policy{MaxAge: day}, nil, ""},
		"up_to_date":                 {registry.Active, created, registry.UpToDate, gate.Policy{Parents: gate.Fail}, nil, ""},
		"undetermined":               {registry.Active, created, registry.Undetermined, gate.Policy{Parents: gate.Fail}, nil, ""},
		"no_word_on_parents":         {registry.Active, created, "", gate.Policy{Parents: gate.Fail}, nil, ""},
		"out_of_date":                {registry.Active, created, registry.OutOfDate, gate.Policy{Parents: gate.Fail}, []string{"parent-out-of-date fail"}, `It was built on iteration "v3" of bucket "base", whose channel "production" now points at "v4"`},
		"out_of_date_warns":          {registry.Active, created, registry.OutOfDate, gate.Policy{Parents: gate.Warn}, []string{"parent-out-of-date warn"}, ""},
		"out_of_date_is_ignored":     {registry.Active, created, registry.OutOfDate, gate.Policy{Parents: gate.Ignore}, nil, ""},
		"out_of_date_let_through":    {registry.Active, created, registry.OutOfDate, gate.Policy{Parents: gate.Fail, FailOn: gate.FailOnNever}, []string{"parent-out-of-date warn"}, ""},
		"both":                       {registry.Active, created, registry.OutOfDate, gate.Policy{Parents: gate.Fail, MaxAge: day}, []string{"parent-out-of-date fail", "too-old fail"}, "It was built on"},
		"revoked_first":              {registry.Revoked, created, registry.OutOfDate, gate.Policy{Parents: gate.Fail, MaxAge: day}, []string{"revoked fail", "parent-out-of-date fail", "too-old fail"}, "It is revoked"},
		"revoked_let_through_is_old": {registry.Revoked, created, "", gate.Policy{MaxAge: day, FailOn: gate.FailOnNever}, []string{"revoked warn", "too-old warn"}, "It is revoked"},
		"incomplete_under_never":     {registry.Incomplete, created, "", gate.Policy{MaxAge: day, FailOn: gate.FailOnNever}, []string{"unusable fail", "too-old warn"}, "It is not usable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := iteration(tc.status, unset)
			it.CreatedAt, it.ParentsStatus, it.Parents = tc.created, tc.parents, []registry.Parent{base}
			var got []string
			d := gate.Decide(it, tc.policy, now)
			for _, r := range d.Reasons {
				got = append(got, string(r.Kind)+" "+string(r.Effect))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if len(got) > 0 && !strings.HasPrefix(d.Reasons[0].Sentence("it"), tc.says) {
				t.Errorf("got %q, want %q", d.Reasons[0].Sentence("it"), tc.says)
			}
		})
	}
}

func TestDecide_counts_days(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		status            registry.Status
		created, revokeAt registry.Time
		age, left         string
	}{
		"unset":           {registry.Active, unset, unset, "", ""},
		"age":             {registry.Active, registry.At(now.Add(-2 * day)), unset, "2", ""},
		"age_rounds_down": {registry.Active, registry.At(now.Add(-2*day + 1)), unset, "1", ""},
		"age_to_come":     {registry.Active, registry.At(now.Add(2 * day)), unset, "0", ""},
		"scheduled":       {registry.RevocationScheduled, unset, registry.At(now.Add(3*day - 1)), "", "2"},
		"active_to_be":    {registry.Active, unset, registry.At(now.Add(3 * day)), "", "3"},
		"in_force":        {registry.RevocationScheduled, unset, past, "", ""},
		"revoked_to_come": {registry.Revoked, unset, future, "", ""},
		"without_a_time":  {registry.RevocationScheduled, unset, unset, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := iteration(tc.status, tc.revokeAt)
			it.CreatedAt = tc.created
			d := gate.Decide(it, gate.Policy{FailOn: gate.FailOnRevoked}, now)
			show := func(n *int) string {
				if n == nil {
					return ""
				}
				return strconv.Itoa(*n)
			}
			if age, left := show(d.AgeDays), show(d.DaysToRevocation); age != tc.age || left != tc.left {
				t.Errorf("got age %q and %q left, want %q and %q", age, left, tc.age, tc.left)
			}
		})
	}
}

// TestDecide_revoked_and_broken: an unknown status is quoted whatever else is told, nothing is made up of one that is
// missing, and v0 was never complete.
func TestDecide_revoked_and_broken(t *testing.T) {
	t.Parallel()
	never := gate.Policy{FailOn: gate.FailOnNever}
	for name, tc := range map[string]struct {
		status        registry.Status
		unknownStatus string
		policy        gate.Policy
		want          string
	}{
		"unknown":           {registry.Unknown, "VERSION_NEW", gate.Policy{}, `is revoked as of 2026-09-01T00:00:00.000Z; its status is "VERSION_NEW", which this action does not know`},
		"missing":           {registry.Unknown, "", gate.Policy{}, "is revoked as of 2026-09-01T00:00:00.000Z"},
		"unknown_and_never": {registry.Unknown, "VERSION_NEW", never, `is revoked as of 2026-09-01T00:00:00.000Z; its status is "VERSION_NEW", which this action does not know`},
		"missing_and_never": {registry.Unknown, "", never, "is revoked as of 2026-09-01T00:00:00.000Z, and HCP gives no status"},
		"v0_and_never":      {registry.Revoked, "", never, "is revoked as of 2026-09-01T00:00:00.000Z, and never became complete"},
		"running_and_never": {registry.Running, "", never, "is revoked as of 2026-09-01T00:00:00.000Z, and its status is running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := iteration(tc.status, registry.At(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)))
			it.UnknownStatus, *it.Number = tc.unknownStatus, 0
			if got := gate.Decide(it, tc.policy, now).Refusal().Clause; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
