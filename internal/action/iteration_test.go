package action_test

import (
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// TestTwoAnswers has a channel's answer come without builds, so that the iteration is read once more, and
// the two answers disagree. The worse one counts, and a first one that refuses is final.
func TestTwoAnswers(t *testing.T) {
	t.Parallel()
	const (
		active  = `"status":"VERSION_ACTIVE"`
		revoked = `"status":"VERSION_REVOKED"`
		past    = `"status":"VERSION_ACTIVE","revoke_at":"2026-01-01T00:00:00Z"`
		comes   = `"status":"VERSION_ACTIVE","revoke_at":"2999-01-01T00:00:00Z"`
	)
	for name, tc := range map[string]struct {
		first, second, failOn string
		status, image         string
		asked                 int
	}{
		"both_active":            {active, active, "revoked", "active", "ami-0ddddddddddddddd1", 2},
		"first_revoked":          {revoked, active, "revoked", "revoked", "", 1},
		"first_past":             {past, active, "revoked", "revoked", "", 1},
		"first_past_let_through": {past, active, "never", "revoked", "ami-0ddddddddddddddd1", 2},
		"first_scheduled":        {comes, active, "revoked", "revocation-scheduled", "ami-0ddddddddddddddd1", 2},
		"second_worse":           {comes, past, "never", "revoked", "ami-0ddddddddddddddd1", 2},
		"second_revoked":         {active, revoked, "revoked", "revoked", "", 2},
		"second_past":            {active, past, "revoked", "revoked", "", 2},
		"second_scheduled":       {active, comes, "revoked", "revocation-scheduled", "ami-0ddddddddddddddd1", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for route, status := range map[fakehcp.Route]string{fakehcp.ChannelRoute: tc.first, fakehcp.IterationRoute: tc.second} {
				w.server.Fail(route, fakehcp.Fault{Edit: func(body []byte) []byte {
					return []byte(strings.Replace(string(body), active, status, 1))
				}})
			}
			got := w.run(t, map[string]string{"bucket": "many-images", "channel": "builds-by-fingerprint", "fail-on": tc.failOn})
			if got.outputs["status"] != tc.status || got.outputs["image-id"] != tc.image {
				t.Errorf("got status %q and image %q, want %q and %q:\n%s", got.outputs["status"], got.outputs["image-id"], tc.status, tc.image, got)
			}
			if asked := w.asked(fakehcp.ChannelRoute, fakehcp.IterationRoute); asked != tc.asked {
				t.Errorf("got %d requests, want %d", asked, tc.asked)
			}
		})
	}
}

// TestTwoAnswersOfParents has both answers say that parents are out of date, which are asked for once.
func TestTwoAnswersOfParents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, route := range []fakehcp.Route{fakehcp.ChannelRoute, fakehcp.IterationRoute} {
		w.server.Fail(route, fakehcp.Fault{Edit: func(body []byte) []byte {
			return []byte(strings.Replace(string(body), `"builds":[`, `"parents":{"status":"OUT_OF_DATE"},"builds":[`, 1))
		}})
	}
	w.server.Fail(fakehcp.AncestryRoute, fakehcp.Fault{Body: `{"relations":[{"status":"OUT_OF_DATE","parent":{"bucket_name":"base"}}]}`, Repeat: true})
	w.run(t, map[string]string{"bucket": "many-images", "channel": "builds-by-fingerprint", "parents": "warn"})
	if got := w.counts(); got != "ancestry 1, channel 1, iteration 1" {
		t.Errorf("got %s", got)
	}
}

// TestIterationWithoutFingerprint cannot be read once more.
func TestIterationWithoutFingerprint(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2023-01-01", "2021-04-30"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Edit: func(body []byte) []byte {
				return []byte(strings.Replace(string(body), `"fingerprint":"no-builds"`, `"fingerprint":""`, 1))
			}})
			got := w.run(t, map[string]string{"bucket": "many-images", "channel": "no-builds", "api-version": version})
			if got.exitCode != 0 || len(w.server.Requests()) != 2 {
				t.Errorf("got %d requests, want the token's and the channel's:\n%s", len(w.server.Requests()), got)
			}
		})
	}
}
