package action_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// TestAnswers edits the channel's answer, field by field, to what the API does not promise. The keys
// are those of 2023-01-01; rename2021 has those of the older generation.
func TestAnswers(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	for name, tc := range map[string]struct {
		path  string
		value any
		title problem.Title
	}{
		"no_version":              {"channel.version", nil, problem.NoIterationAssigned},
		"version_of_nothing":      {"channel.version", object{}, problem.UnexpectedResponse},
		"version_is_a_list":       {"channel.version", []any{}, problem.UnexpectedResponse},
		"channel_is_null":         {"channel", nil, problem.UnexpectedResponse},
		"no_id":                   {"channel.version.id", "", problem.UnexpectedResponse},
		"id_is_a_number":          {"channel.version.id", 7, problem.UnexpectedResponse},
		"time_is_no_time":         {"channel.version.created_at", "yesterday", problem.UnexpectedResponse},
		"time_is_a_number":        {"channel.version.revoke_at", 1, problem.UnexpectedResponse},
		"time_is_empty":           {"channel.version.revoke_at", "", passes},
		"time_is_null":            {"channel.version.revoke_at", nil, passes},
		"builds_null":             {"channel.version.builds", nil, passes},
		"builds_of_nothing":       {"channel.version.builds", []any{nil, nil}, passes},
		"builds_is_a_text":        {"channel.version.builds", "x", problem.UnexpectedResponse},
		"image_of_nothing":        {"channel.version.builds.0.artifacts", []any{object{}}, problem.UnexpectedResponse},
		"image_id_with_a_newline": {"channel.version.builds.0.artifacts.0.external_identifier", "ami-1\nami-2", problem.UnexpectedResponse},
		"image_id_with_a_nul":     {"channel.version.builds.0.artifacts.0.external_identifier", "ami-1\x00", problem.UnexpectedResponse},
		"labels_null":             {"channel.version.builds.0.labels", nil, passes},
		"labels_of_numbers":       {"channel.version.builds.0.labels", object{"a": 1}, problem.UnexpectedResponse},
		"unknown_field":           {"channel.version.sbom", object{"a": []any{1}}, passes},
		"ancestor_of_nothing":     {"channel.version.revocation_inherited_from", object{}, passes},
	} {
		for _, version := range []string{"2023-01-01", "2021-04-30"} {
			t.Run(name+"_"+version, func(t *testing.T) {
				t.Parallel()
				path := tc.path
				if version == "2021-04-30" {
					path = rename2021.Replace(path)
				}
				w := newWorld(t)
				w.server.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Edit: func(body []byte) []byte {
					return setField(t, body, strings.Split(path, "."), tc.value)
				}})
				got := w.runInProcess(t, t.Context(), time.Now, map[string]string{"bucket": "ubuntu", "channel": "production", "api-version": version})
				checkEnd(t, got, tc.title)
			})
		}
	}
}

var rename2021 = strings.NewReplacer("version", "iteration", "artifacts", "images", "external_identifier", "image_id")

// setField sets one field of a JSON document; a number in the path is an index.
func setField(t *testing.T, body []byte, path []string, value any) []byte {
	var document any
	if err := json.Unmarshal(body, &document); err != nil {
		t.Error(err)
	}
	at := document
	for _, key := range path[:len(path)-1] {
		if list, ok := at.([]any); ok {
			at = list[key[0]-'0']
		} else {
			at = at.(map[string]any)[key]
		}
	}
	at.(map[string]any)[path[len(path)-1]] = value
	edited, err := json.Marshal(document)
	if err != nil {
		t.Error(err)
	}
	return edited
}

// TestDefect has the flow panic: that is a failure too, and nothing to deploy.
func TestDefect(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"resolve": nil, "verify": {"verify"}, "audit": {"audit"}, "promote": {"promote"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := map[string]string{"bucket": "ubuntu", "channel": "production", "image-ids": "ami-0c000000000000001", "from-channel": "staging"}
			got := newWorld(t).runInProcess(t, t.Context(), func() time.Time { panic("a defect") }, inputs, args...)
			checkFailure(t, result{got.exitCode, strings.Replace(got.log, "panic: a defect", "", 1), got.outputs, got.summary}, problem.InternalError)
			if got.outputs["problem"] != string(problem.InternalError) || got.outputs["image-id"] != "" {
				t.Errorf("got outputs %q", got.outputs)
			}
		})
	}
}

// TestFailuresOfRequests has a request of each kind fail for good, and one fail once: that HCP's answers are told
// as what was asked for. What becomes of each fault is tested in internal/hcp.
func TestFailuresOfRequests(t *testing.T) {
	t.Parallel()
	for _, at := range []struct {
		route     fakehcp.Route
		inputs    map[string]string
		args      []string
		says      string
		forbidden problem.Title
	}{
		{fakehcp.TokenRoute, map[string]string{"bucket": "ubuntu", "channel": "production"}, nil, "HCP", problem.NotAuthenticated},
		{fakehcp.ChannelRoute, map[string]string{"bucket": "ubuntu", "channel": "production"}, nil, "Channel production of bucket ubuntu", problem.PermissionDenied},
		{fakehcp.ChannelRoute, map[string]string{"bucket": "ubuntu", "channel": "production", "api-version": "2021-04-30"}, nil, "Channel production of bucket ubuntu", problem.PermissionDenied},
		{fakehcp.IterationRoute, map[string]string{"bucket": "ubuntu", "fingerprint": "ubuntu-2026-09-20"}, nil, "fingerprint", problem.PermissionDenied},
		{fakehcp.HistoryRoute, map[string]string{"bucket": "ubuntu", "channel": "production", "rolled-back": "warn"}, nil, "The history of channel production of bucket ubuntu", problem.PermissionDenied},
		{fakehcp.CallerIdentityRoute, map[string]string{"bucket": "ubuntu", "channel": "production", "organization-id": "", "project-id": ""}, nil, "identity", problem.PermissionDenied},
		{fakehcp.BucketsRoute, map[string]string{"buckets": "ubuntu", "channels": "production"}, []string{"audit"}, "list of buckets", problem.PermissionDenied},
		{fakehcp.SearchRoute, map[string]string{"image-ids": "ami-0c000000000000001"}, []string{"verify"}, "origin of image", problem.SearchNotAvailable},
	} {
		for name, tc := range map[string]struct {
			fault fakehcp.Fault
			title problem.Title
		}{
			"retried":    {fakehcp.Fault{Status: 503, Body: "s3cr3t"}, passes},
			"forbidden":  {fakehcp.Fault{Status: 403, Body: `{"code": 7, "message": "no"}`, Repeat: true}, at.forbidden},
			"redirected": {fakehcp.Fault{Status: 302, Header: http.Header{"Location": {"/elsewhere"}}, Repeat: true}, problem.UnexpectedResponse},
			"not_json":   {fakehcp.Fault{Body: "<html>", Repeat: true}, problem.UnexpectedResponse},
			"an_error":   {fakehcp.Fault{Body: `{"code": 5, "message": "not found"}`, Repeat: true}, problem.UnexpectedResponse},
			"null":       {fakehcp.Fault{Body: `null`, Repeat: true}, problem.UnexpectedResponse},
			"too_late":   {fakehcp.Fault{Status: 503, Header: http.Header{"Retry-After": {"3600"}}, Repeat: true}, problem.HCPUnavailable},
		} {
			t.Run(string(at.route)+"/"+at.inputs["api-version"]+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.server.Fail(at.route, tc.fault)
				got := w.runInProcess(t, t.Context(), time.Now, at.inputs, at.args...)
				if tc.title == passes {
					if got.exitCode != 0 || !strings.Contains(got.log, "503") || strings.Contains(got.log, "s3cr3t") {
						t.Errorf("the step does not pass:\n%s", got)
					}
					return
				}
				checkFailure(t, got, tc.title)
				if !strings.Contains(got.outputs["message"], at.says) {
					t.Errorf("got %q, want %q in it", got.outputs["message"], at.says)
				}
			})
		}
	}
}
