package action_test

import (
	"cmp"
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
		"time_is_no_time":         {"channel.version.created_at", "yesterday", problem.UnexpectedResponse},
		"time_is_null":            {"channel.version.revoke_at", nil, passes},
		"builds_of_nothing":       {"channel.version.builds", []any{nil, nil}, passes},
		"image_of_nothing":        {"channel.version.builds.0.artifacts", []any{object{}}, problem.UnexpectedResponse},
		"image_id_with_a_newline": {"channel.version.builds.0.artifacts.0.external_identifier", "ami-1\nami-2", problem.UnexpectedResponse},
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
				checkEnd(t, w.run(t, map[string]string{"bucket": "ubuntu", "channel": "production", "api-version": version}), tc.title)
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
	for _, args := range allArgs(t) {
		t.Run(strings.Join(args, ""), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.now = func() time.Time { panic("a defect") }
			got := w.run(t, passing(args...), args...)
			got.log = strings.Replace(got.log, "panic: a defect", "", 1)
			checkFailure(t, got, problem.InternalError)
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
				got := w.run(t, at.inputs, at.args...)
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

// passing are inputs with which an action passes.
func passing(args ...string) map[string]string {
	inputs := map[string]string{"image-ids": "ami-0c000000000000001", "buckets": "golden", "channels": "staging", "bucket": "golden", "channel": "production", "from-channel": "staging"}
	if len(args) == 0 {
		return ubuntu()
	}
	return inputs
}

// TestMarkdown has the output whatever job-summary says, of steps that pass and that fail.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, args := range allArgs(t) {
		name := cmp.Or(strings.Join(args, ""), "resolve")
		for form, inputs := range map[string]map[string]string{"passing": passing(args...), "failing": {"timeout": "x"}} {
			t.Run(name+"_"+form, func(t *testing.T) {
				t.Parallel()
				with, without := newWorld(t).run(t, inputs, args...), newWorld(t).run(t, merged(inputs, map[string]string{"job-summary": "false"}), args...)
				want := "<!-- hcp-packer-iteration: " + name + " -->\n" + with.summary
				if with.outputs["markdown"] != want || without.outputs["markdown"] != want || without.summary != "" {
					t.Errorf("got %q and %q, want %q", with.outputs["markdown"], without.outputs["markdown"], want)
				}
			})
		}
	}
}
