package action_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// auditFields are those of an object of the output "findings".
type auditFields struct {
	Bucket, Channel, Kind, Effect string
}

func findings(t *testing.T, got result) []auditFields {
	t.Helper()
	var list []auditFields
	if err := json.Unmarshal([]byte(got.outputs["findings"]), &list); err != nil {
		t.Fatalf("findings %q: %v", got.outputs["findings"], err)
	}
	return list
}

// generatedRegistry is a fleet of so many buckets and channels.
func generatedRegistry(t *testing.T, buckets, channels int) *fakehcp.Registry {
	t.Helper()
	registry, err := fakehcp.Parse([]byte(strings.NewReplacer("BUCKETS", strconv.Itoa(buckets), "CHANNELS", strconv.Itoa(channels)).Replace(`
organizations:
  - id: 0a1b2c3d-0000-4000-8000-00000000000d
    projects: [{id: aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa, name: fleet, generate: {buckets: BUCKETS, channels: CHANNELS}}]
principals:
  - name: fleet-viewer
    client_id: fleet-viewer-id
    client_secret: fleet-viewer-secret-e0b92c
    organization: 0a1b2c3d-0000-4000-8000-00000000000d
    project: aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa
    role: viewer
`)))
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

// TestAuditFaults has a request of each kind fail. What lasts ends the step, and nothing is told of what was
// read until then; what is of one bucket or version is told of that.
func TestAuditFaults(t *testing.T) {
	t.Parallel()
	forbidden := fakehcp.Fault{Status: 403, Body: `{"code": 7, "message": "no"}`}
	tooLate := fakehcp.Fault{Status: 503, Header: http.Header{"Retry-After": {"3600"}}}
	html := fakehcp.Fault{Body: "<html>"}
	for name, tc := range map[string]struct {
		route  fakehcp.Route
		fault  fakehcp.Fault
		inputs map[string]string
		title  problem.Title
		kinds  []string
	}{
		"buckets_retried":           {fakehcp.BucketsRoute, fakehcp.Fault{Status: 503}, nil, passes, nil},
		"buckets_forbidden":         {fakehcp.BucketsRoute, forbidden, nil, problem.PermissionDenied, nil},
		"buckets_too_late":          {fakehcp.BucketsRoute, tooLate, nil, problem.HCPUnavailable, nil},
		"buckets_of_nothing":        {fakehcp.BucketsRoute, fakehcp.Fault{Body: `{"buckets": [null]}`}, map[string]string{"buckets": "*"}, problem.ChannelsRefused, []string{"unreadable"}},
		"channels_retried":          {fakehcp.ChannelsRoute, fakehcp.Fault{Status: 503}, nil, passes, nil},
		"channels_forbidden":        {fakehcp.ChannelsRoute, forbidden, nil, problem.ChannelsRefused, []string{"unreadable"}},
		"channels_html":             {fakehcp.ChannelsRoute, html, nil, problem.ChannelsRefused, []string{"unreadable"}},
		"channels_404_of_a_gateway": {fakehcp.ChannelsRoute, fakehcp.Fault{Status: 404, Body: "<html>nginx 404</html>"}, nil, problem.ChannelsRefused, []string{"unreadable"}},
		"version_404_of_a_gateway":  {fakehcp.IterationRoute, fakehcp.Fault{Status: 404, Body: "404 page not found"}, map[string]string{"buckets": "summaries", "channels": "ok"}, problem.ChannelsRefused, []string{"unreadable"}},
		"ancestry_of_another": {fakehcp.AncestryRoute, fakehcp.Fault{Body: `{"relations": [{"child": {"bucket_name": "other"}, "status": "OUT_OF_DATE", "parent": {"bucket_name": "x"}}]}`},
			map[string]string{"buckets": "children", "channels": "outdated", "parents": "fail"}, problem.ChannelsRefused, []string{"parent-out-of-date"}},
		"channels_deactivated": {fakehcp.ChannelsRoute, fakehcp.Fault{Status: 400, Body: `{"code": 9, "message": "Registry not activated."}`}, nil,
			problem.RegistryDeactivated, nil},
		"channels_unauthorized": {fakehcp.ChannelsRoute, fakehcp.Fault{Status: 401}, nil, problem.NotAuthenticated, nil},
		"version_forbidden":     {fakehcp.IterationRoute, forbidden, map[string]string{"buckets": "summaries", "channels": "ok*"}, problem.ChannelsRefused, []string{"unreadable", "unreadable"}},
		"version_html":          {fakehcp.IterationRoute, html, map[string]string{"buckets": "summaries", "channels": "ok"}, problem.ChannelsRefused, []string{"unreadable"}},
		"version_too_late":      {fakehcp.IterationRoute, tooLate, map[string]string{"buckets": "summaries", "channels": "ok"}, problem.HCPUnavailable, nil},
		"history_forbidden":     {fakehcp.HistoryRoute, forbidden, map[string]string{"rolled-back": "warn"}, problem.ChannelsRefused, []string{"unreadable"}},
		"history_html":          {fakehcp.HistoryRoute, html, map[string]string{"rolled-back": "warn"}, problem.ChannelsRefused, []string{"unreadable"}},
		"history_too_late":      {fakehcp.HistoryRoute, tooLate, map[string]string{"rolled-back": "warn"}, problem.HCPUnavailable, nil},
		"history_unasked":       {fakehcp.HistoryRoute, forbidden, nil, passes, nil},
		"ancestry_forbidden": {fakehcp.AncestryRoute, forbidden, map[string]string{"buckets": "children", "channels": "outdated", "parents": "fail"},
			problem.ChannelsRefused, []string{"parent-out-of-date"}},
		"ancestry_too_late": {fakehcp.AncestryRoute, tooLate, map[string]string{"buckets": "children", "channels": "outdated", "parents": "fail"}, problem.HCPUnavailable, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, tc.fault)
			got := w.run(t, merged(map[string]string{"buckets": "golden", "channels": "production"}, tc.inputs), "audit")
			kinds := kindsOf(t, got.outputs["findings"])
			if diff := cmp.Diff(tc.kinds, kinds); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
			if tc.title == passes {
				if got.exitCode != 0 || got.outputs["result"] != "pass" {
					t.Errorf("the step does not pass:\n%s", got)
				}
				return
			}
			if got.exitCode != 1 || got.outputs["result"] != "fail" || got.outputs["problem"] != string(tc.title) || got.outputs["rebuild"] != rebuildOf(kinds) {
				t.Errorf("the step does not fail as %s:\n%s", tc.title, got)
			}
		})
	}
}

// rebuildOf is the output "rebuild" of findings of these kinds, all of the bucket children.
func rebuildOf(kinds []string) string {
	if slices.ContainsFunc(kinds, func(kind string) bool { return kind != "unreadable" }) {
		return `["children"]`
	}
	return "[]"
}

// TestAuditHorizon has a revocation come nearer than revocation-horizon, which no golden file can hold.
func TestAuditHorizon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for horizon, effect := range map[string]string{"47h": "warn", "49h": "fail"} {
		got := w.run(t, map[string]string{"buckets": "channels", "channels": "scheduled-soon", "fail-on": "scheduled", "revocation-horizon": horizon}, "audit")
		want := []auditFields{{"channels", "scheduled-soon", "revocation-scheduled", effect}}
		if diff := cmp.Diff(want, findings(t, got)); diff != "" {
			t.Errorf("horizon %s (-want +got):\n%s", horizon, diff)
		}
	}
}

// TestAuditTwoAnswers has a list of channels say something else of an iteration than its own answer does, or of one
// iteration several things.
func TestAuditTwoAnswers(t *testing.T) {
	t.Parallel()
	const of = `"version": {"id": "ID", "name": "v7", "fingerprint": "golden-v7", `
	active := of + `"status": "VERSION_ACTIVE"`
	today := time.Now().Format(time.RFC3339)
	for name, tc := range map[string]struct {
		channels []string // what the list has of each version
		version  string
		inputs   map[string]string
		want     []auditFields
	}{
		"revoked_by_time":        {[]string{of + `"revoke_at": "2026-09-01T00:00:00Z"`}, active, nil, []auditFields{{"golden", "a", "revoked", "fail"}}},
		"revoked_without_parent": {[]string{of + `"status": "VERSION_REVOKED"`}, active, map[string]string{"parents": "warn"}, []auditFields{{"golden", "a", "revoked", "fail"}}},
		"revoked_beside_active":  {[]string{active, of + `"status": "VERSION_REVOKED"`}, active, nil, []auditFields{{"golden", "b", "revoked", "fail"}}},
		"no_status":              {[]string{of + `"revoke_at": "2099-09-01T00:00:00Z"`}, active, nil, []auditFields{}},
		"let_through": {
			[]string{of + `"revoke_at": "2026-09-01T00:00:00Z"`}, of + `"status": "VERSION_REVOKED", "revoke_at": "2026-09-01T00:00:00Z"`,
			map[string]string{"fail-on": "never"}, []auditFields{{"golden", "a", "revoked", "warn"}},
		},
		"several_dates": {
			[]string{active + `, "created_at": "` + today + `"`, active + `, "created_at": "2024-01-01T00:00:00Z"`, active}, active,
			map[string]string{"max-age": "30d"}, []auditFields{{"golden", "b", "too-old", "fail"}, {"golden", "c", "too-old", "fail"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var channels []string
			for i, version := range tc.channels {
				channels = append(channels, fmt.Sprintf(`{"name": "%c", %s}}`, 'a'+i, version))
			}
			w.server.Fail(fakehcp.ChannelsRoute, fakehcp.Fault{Body: `{"channels": [` + strings.Join(channels, ", ") + `]}`})
			w.server.Fail(fakehcp.IterationRoute, fakehcp.Fault{Body: "{" + tc.version + `, "parents": {"status": "UP_TO_DATE"}}}`})
			got := w.run(t, merged(map[string]string{"buckets": "golden"}, tc.inputs), "audit")
			if diff := cmp.Diff(tc.want, findings(t, got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%s", diff, got)
			}
		})
	}
}

// TestAuditGone has something not be found that was listed. It was deleted if the list of buckets, read once more, does
// not have the bucket any more; otherwise it could not be read.
func TestAuditGone(t *testing.T) {
	t.Parallel()
	const channels, version, history = fakehcp.ChannelsRoute, fakehcp.IterationRoute, fakehcp.HistoryRoute
	gone := fakehcp.Fault{Status: 409, Body: `{"code": 10, "message": "gone"}`}
	for name, tc := range map[string]struct {
		status string // of the version in the list of channels
		route  fakehcp.Route
		again  fakehcp.Fault // the list of buckets, read once more
		title  problem.Title
		kinds  string
		says   string
	}{
		"bucket_deleted":           {"", channels, fakehcp.Fault{Body: `{"buckets": [{"name": "base"}]}`}, passes, "", "1 bucket or channel was deleted after the registry was listed"},
		"all_deleted":              {"", channels, fakehcp.Fault{Body: `{}`}, passes, "", "All that the inputs buckets and channels choose was deleted while the step ran"},
		"bucket_listed":            {"", channels, fakehcp.Fault{Pass: true}, problem.ChannelsRefused, "unreadable", "Nothing shows that the bucket was deleted"},
		"list_forbidden":           {"", channels, fakehcp.Fault{Status: 403, Body: `{"code": 7, "message": "no"}`}, problem.ChannelsRefused, "unreadable", "lost access to it"},
		"list_not_found":           {"", channels, gone, problem.ChannelsRefused, "unreadable", "lost access to it"},
		"list_html":                {"", channels, fakehcp.Fault{Body: "<html>"}, problem.ChannelsRefused, "unreadable", "lost access to it"},
		"list_too_late":            {"", channels, fakehcp.Fault{Status: 503, Header: http.Header{"Retry-After": {"3600"}}}, problem.HCPUnavailable, "", "list of buckets"},
		"version_deleted":          {`"status": "VERSION_ACTIVE"`, version, fakehcp.Fault{Body: `{"buckets": [{"name": "base"}]}`}, passes, "", "`golden/production`"},
		"version_of_listed_bucket": {`"status": "VERSION_ACTIVE"`, version, fakehcp.Fault{Pass: true}, problem.ChannelsRefused, "unreadable", "lost access to it"},
		"channel_deleted":          {`"status": "VERSION_ACTIVE", "parents": {"status": "UP_TO_DATE"}`, history, fakehcp.Fault{Body: `{"buckets": [{"name": "base"}]}`}, passes, "", "`golden/production`"},
		"channel_of_listed_bucket": {`"status": "VERSION_ACTIVE", "parents": {"status": "UP_TO_DATE"}`, history, fakehcp.Fault{Pass: true}, problem.ChannelsRefused, "unreadable", "lost access to it"},
		"scheduled":                {`"status": "VERSION_REVOCATION_SCHEDULED"`, version, fakehcp.Fault{Pass: true}, problem.ChannelsRefused, "unreadable", ""},
		"revoked":                  {`"status": "VERSION_REVOKED"`, version, fakehcp.Fault{Body: `{"buckets": []}`}, problem.ChannelsRefused, "revoked", ""},
		"no_status":                {`"name": "v7"`, version, fakehcp.Fault{Body: `{"buckets": []}`}, passes, "", "All that the inputs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tc.route != channels {
				w.server.Fail(channels, fakehcp.Fault{Body: `{"channels": [{"name": "production", "version": {"id": "ID", "fingerprint": "f", ` + tc.status + `}}]}`})
			}
			rolledBack := "ignore"
			if tc.route == history {
				rolledBack = "warn"
			}
			w.server.Fail(tc.route, gone)
			w.server.Fail(fakehcp.BucketsRoute, fakehcp.Fault{Pass: true}, tc.again)
			got := w.run(t, map[string]string{"buckets": "golden", "parents": "warn", "rolled-back": rolledBack}, "audit")
			if kinds := strings.Join(kindsOf(t, got.outputs["findings"]), " "); kinds != tc.kinds || got.outputs["problem"] != string(tc.title) || !strings.Contains(got.log+got.summary, tc.says) {
				t.Errorf("got %q, want %q and %q:\n%s", kinds, tc.kinds, tc.says, got)
			}
		})
	}
}

// TestAuditMany has more findings than a workflow shows, and than an output holds.
func TestAuditMany(t *testing.T) {
	t.Parallel()
	registry := generatedRegistry(t, 120, 3)
	for _, bucket := range registry.Organizations[0].Projects[0].Buckets {
		for _, iteration := range bucket.Iterations {
			iteration.Status, iteration.RevocationMessage = "REVOKED", strings.Repeat("é", 1500)
		}
	}
	w := worldOf(t, registry)
	got := w.run(t, map[string]string{"channels": "channel-*", "timeout": "1h"}, "audit")
	if pages := w.asked(fakehcp.BucketsRoute); pages != 2 {
		t.Errorf("got %d pages of buckets, want 2", pages)
	}
	if got.exitCode != 1 || got.outputs["refused"] != "360" {
		t.Errorf("got exit code %d, %s refused", got.exitCode, got.outputs["refused"])
	}
	if errors := strings.Count(got.log, "::error "); errors != 10 {
		t.Errorf("got %d errors, want 10:\n%s", errors, got.log)
	}
	if size := len([]rune(got.outputs["findings"])) + len([]rune(got.outputs["rebuild"])); size > 400_000 || size < 390_000 {
		t.Errorf("got %d characters of findings", size)
	}
	if left := fmt.Sprintf("is full: %d findings are left out, the mildest first.", 360-len(findings(t, got))); !strings.Contains(got.log, left) {
		t.Errorf("the log does not say that %s\n%s", left, got.log)
	}
	var rebuild []string
	if err := json.Unmarshal([]byte(got.outputs["rebuild"]), &rebuild); err != nil || len(rebuild) != 120 || !slices.IsSorted(rebuild) {
		t.Errorf("got %d buckets to rebuild, %v", len(rebuild), err)
	}
	if len(got.summary) > 1<<20 {
		t.Errorf("the summary has %d bytes", len(got.summary))
	}
}
