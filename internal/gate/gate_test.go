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

func TestJudge(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status   registry.Status
		revokeAt registry.Time
		want     registry.Status
		// The outcomes under fail-on: revoked, scheduled and never.
		onRevoked, onScheduled, onNever string
	}{
		"active_unset":  {registry.Active, unset, registry.Active, pass, pass, pass},
		"active_past":   {registry.Active, past, registry.Revoked, revoked, revoked, warning},
		"active_now":    {registry.Active, sharp, registry.Revoked, revoked, revoked, warning},
		"active_future": {registry.Active, future, registry.RevocationScheduled, warning, scheduled, warning},

		"scheduled_unset":  {registry.RevocationScheduled, unset, registry.RevocationScheduled, warning, scheduled, warning},
		"scheduled_past":   {registry.RevocationScheduled, past, registry.Revoked, revoked, revoked, warning},
		"scheduled_now":    {registry.RevocationScheduled, sharp, registry.Revoked, revoked, revoked, warning},
		"scheduled_future": {registry.RevocationScheduled, future, registry.RevocationScheduled, warning, scheduled, warning},

		"revoked_unset":  {registry.Revoked, unset, registry.Revoked, revoked, revoked, warning},
		"revoked_past":   {registry.Revoked, past, registry.Revoked, revoked, revoked, warning},
		"revoked_now":    {registry.Revoked, sharp, registry.Revoked, revoked, revoked, warning},
		"revoked_future": {registry.Revoked, future, registry.Revoked, revoked, revoked, warning},

		"incomplete_unset":  {registry.Incomplete, unset, registry.Incomplete, unusable, unusable, unusable},
		"incomplete_past":   {registry.Incomplete, past, registry.Revoked, revoked, revoked, unusable},
		"incomplete_now":    {registry.Incomplete, sharp, registry.Revoked, revoked, revoked, unusable},
		"incomplete_future": {registry.Incomplete, future, registry.Incomplete, unusable, unusable, unusable},

		"running_unset":  {registry.Running, unset, registry.Running, unusable, unusable, unusable},
		"running_past":   {registry.Running, past, registry.Revoked, revoked, revoked, unusable},
		"running_now":    {registry.Running, sharp, registry.Revoked, revoked, revoked, unusable},
		"running_future": {registry.Running, future, registry.Running, unusable, unusable, unusable},

		"failed_unset":  {registry.Failed, unset, registry.Failed, unusable, unusable, unusable},
		"failed_past":   {registry.Failed, past, registry.Revoked, revoked, revoked, unusable},
		"failed_now":    {registry.Failed, sharp, registry.Revoked, revoked, revoked, unusable},
		"failed_future": {registry.Failed, future, registry.Failed, unusable, unusable, unusable},

		"cancelled_unset":  {registry.Cancelled, unset, registry.Cancelled, unusable, unusable, unusable},
		"cancelled_past":   {registry.Cancelled, past, registry.Revoked, revoked, revoked, unusable},
		"cancelled_now":    {registry.Cancelled, sharp, registry.Revoked, revoked, revoked, unusable},
		"cancelled_future": {registry.Cancelled, future, registry.Cancelled, unusable, unusable, unusable},

		"unknown_unset":  {registry.Unknown, unset, registry.Unknown, unusable, unusable, unusable},
		"unknown_past":   {registry.Unknown, past, registry.Revoked, revoked, revoked, unusable},
		"unknown_now":    {registry.Unknown, sharp, registry.Revoked, revoked, revoked, unusable},
		"unknown_future": {registry.Unknown, future, registry.Unknown, unusable, unusable, unusable},

		"missing_unset": {"", unset, "", unusable, unusable, unusable},
	}
	for name, tc := range tests {
		for failOn, want := range map[gate.FailOn]string{
			gate.FailOnRevoked: tc.onRevoked, gate.FailOnScheduled: tc.onScheduled, gate.FailOnNever: tc.onNever,
		} {
			t.Run(name+"_on_"+string(failOn), func(t *testing.T) {
				t.Parallel()
				v := gate.Decide(iteration(tc.status, tc.revokeAt), gate.Policy{FailOn: failOn}, now)
				if v.Status != tc.want {
					t.Errorf("status: got %s, want %s", v.Status, tc.want)
				}
				if got := outcome(v); got != want {
					t.Errorf("outcome: got %s, want %s", got, want)
				}
			})
		}
	}
}

func TestJudge_horizon(t *testing.T) {
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
		"farther":                 {registry.RevocationScheduled, in, gate.FailOnScheduled, left - 1, warning},
		"active_just_nearer":      {registry.Active, in, gate.FailOnScheduled, left + 1, scheduled},
		"active_equal":            {registry.Active, in, gate.FailOnScheduled, left, warning},
		"without_time":            {registry.RevocationScheduled, unset, gate.FailOnScheduled, 1, scheduled},
		"in_force":                {registry.RevocationScheduled, past, gate.FailOnScheduled, 1, revoked},
		"active_without_time":     {registry.Active, unset, gate.FailOnScheduled, left, pass},
		"centuries_away":          {registry.RevocationScheduled, registry.At(now.AddDate(1000, 0, 0)), gate.FailOnScheduled, left, warning},
		"not_of_fail_on_revoked":  {registry.RevocationScheduled, in, gate.FailOnRevoked, left + 1, warning},
		"not_of_fail_on_never":    {registry.RevocationScheduled, in, gate.FailOnNever, left + 1, warning},
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

func TestJudge_refuses_revoked_under_a_policy_it_does_not_know(t *testing.T) {
	t.Parallel()
	v := gate.Decide(iteration(registry.Revoked, past), gate.Policy{FailOn: "whatever"}, now)
	if got := outcome(v); got != revoked {
		t.Errorf("got %s, want %s", got, revoked)
	}
}

func TestJudge_warning_has_the_title_of_its_refusal(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		revokeAt registry.Time
		want     string
	}{
		"revoked":   {past, revoked},
		"scheduled": {future, scheduled},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := gate.Decide(iteration(registry.Active, tc.revokeAt), gate.Policy{FailOn: gate.FailOnNever}, now)
			if got := string(d.Warning().Kind.Title()); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// told is an iteration with all that HCP can say of a revocation.
func told(status registry.Status, revokeAt time.Time) *registry.Iteration {
	number := int64(3)
	it := iteration(status, registry.At(revokeAt))
	it.RevocationAuthor, it.RevocationMessage = "security@example.com", "CVE-2026-1234 in openssl"
	it.RevocationInheritedFrom = &registry.Ancestor{Bucket: "base-os", IterationID: "01K6BASE", IncrementalVersion: &number, Fingerprint: "base-os-v3"}
	return it
}

// message is what is told of an iteration: its refusal, or the warning.
func message(it *registry.Iteration, policy gate.Policy) string {
	switch d := gate.Decide(it, policy, now); {
	case d.Refusal() != nil:
		return d.Refusal().Problem(it.String()).Message
	case d.Warning() != nil:
		return d.Warning().Sentence(it.String()) + "."
	default:
		return ""
	}
}

func TestJudge_message_names(t *testing.T) {
	t.Parallel()
	began := now.Add(-30 * 24 * time.Hour)
	comes := now.Add(36 * time.Hour)
	facts := []string{"v7", "ubuntu", "production", "security@example.com", "CVE-2026-1234 in openssl", "v3", "base-os"}
	numberless := told(registry.Revoked, began)
	numberless.RevocationInheritedFrom.IncrementalVersion = nil
	pinned := told(registry.Revoked, began)
	pinned.Channel = ""
	tests := map[string]struct {
		it     *registry.Iteration
		failOn gate.FailOn
		want   []string
	}{
		"revoked":                    {told(registry.Revoked, began), gate.FailOnRevoked, append(facts, "2026-09-01T00:00:00.000Z")},
		"revoked_let_through":        {told(registry.Revoked, began), gate.FailOnNever, append(facts, "2026-09-01T00:00:00.000Z")},
		"revoked_ancestor_no_number": {numberless, gate.FailOnRevoked, []string{"base-os"}},
		"revoked_pinned":             {pinned, gate.FailOnRevoked, []string{"v7", "ubuntu"}},
		"scheduled":                  {told(registry.RevocationScheduled, comes), gate.FailOnScheduled, append(facts, "2026-10-02T12:00:00.000Z", "36h")},
		"scheduled_let_through":      {told(registry.RevocationScheduled, comes), gate.FailOnRevoked, append(facts, "2026-10-02T12:00:00.000Z", "36h")},
		"failed":                     {iteration(registry.Failed, unset), gate.FailOnRevoked, []string{"v7", "ubuntu", "production", "failed"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := message(tc.it, gate.Policy{FailOn: tc.failOn})
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
		})
	}
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"`)
	sentence  = regexp.MustCompile(`[.!?](\s|$)`)
	goism     = regexp.MustCompile(`%!|[*&]|\b[a-z]+\.[A-Z]|\b(nil|struct|int64)\b`)
	everyTime = []registry.Time{unset, past, future, registry.At(now.Add(36 * time.Hour))}
)

// TestJudge_messages reads every message there is: three sentences of ours at most, whole ones, and
// nothing of Go's.
func TestJudge_messages(t *testing.T) {
	t.Parallel()
	for _, status := range []registry.Status{
		registry.Active, registry.RevocationScheduled, registry.Revoked, registry.Incomplete,
		registry.Running, registry.Failed, registry.Cancelled, registry.Unknown,
	} {
		for _, at := range everyTime {
			for _, failOn := range []gate.FailOn{gate.FailOnRevoked, gate.FailOnScheduled, gate.FailOnNever} {
				it := told(status, now)
				it.RevokeAt = at
				got := message(it, gate.Policy{FailOn: failOn})
				ours := quoted.ReplaceAllString(got, "…")
				if n := len(sentence.FindAllString(ours, -1)); n > 3 {
					t.Errorf("%s, %s, fail-on %s: got %d sentences: %s", status, at, failOn, n, got)
				}
				if got != "" && !strings.HasSuffix(got, ".") {
					t.Errorf("%s, %s, fail-on %s: got no full stop: %s", status, at, failOn, got)
				}
				if goism.MatchString(ours) {
					t.Errorf("%s, %s, fail-on %s: got Go's own words: %s", status, at, failOn, got)
				}
			}
		}
	}
}

func TestJudge_quotes_what_others_wrote(t *testing.T) {
	t.Parallel()
	const hostile = "evil\"\n::error::##[error]\u202e"
	for _, status := range []registry.Status{registry.Revoked, registry.RevocationScheduled, registry.Failed} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			it := iteration(status, unset)
			it.Name, it.Number = hostile, nil
			it.RevocationAuthor, it.RevocationMessage = hostile, hostile
			it.RevocationInheritedFrom = &registry.Ancestor{Bucket: hostile}
			got := message(it, gate.Policy{FailOn: gate.FailOnScheduled})
			if strings.ContainsAny(got, "\n\u202e") || strings.Contains(got, "##[") {
				t.Errorf("got %q, which is not clean", got)
			}
			if strings.Contains(quoted.ReplaceAllString(got, ""), "evil") {
				t.Errorf("got %q, with text outside of quotes", got)
			}
		})
	}
}

// TestJudge_age_and_parents: both refuse what is otherwise usable, and the first reason is the one that is told.
func TestJudge_age_and_parents(t *testing.T) {
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

func TestJudge_counts_days(t *testing.T) {
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

// TestJudge_revoked_of_no_known_status: an unknown status is quoted whatever else is told, and nothing is made up of
// one that is missing.
func TestJudge_revoked_of_no_known_status(t *testing.T) {
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
		"running_and_never": {registry.Running, "", never, "is revoked as of 2026-09-01T00:00:00.000Z, and its status is running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := iteration(tc.status, registry.At(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)))
			it.UnknownStatus = tc.unknownStatus
			if got := gate.Decide(it, tc.policy, now).Refusal().Clause; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
