package action_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// promotion are the inputs of a step that moves the channel from v6 to v7.
func promotion() map[string]string {
	return map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"}
}

// writes counts the requests that write.
func (w *world) writes() int { return w.asked(fakehcp.AssignRoute, fakehcp.CreateChannelRoute) }

// move and revokeV7 are what others do meanwhile.
func move(fingerprint string) func(*fakehcp.Registry) {
	return func(r *fakehcp.Registry) {
		r.Bucket(fleetProject, "golden").Channels["production"].Iteration = fingerprint
	}
}

func revokeV7(r *fakehcp.Registry) {
	r.Bucket(fleetProject, "golden").Iterations["golden-v7"].Status = "REVOKED"
}

const moved = "golden-v7"

// moveFaults are what a write can meet, each with how it ends. The channel points at v6, and v7 is promoted. What
// has to be waited for is in TestPromotionAsks.
func moveFaults() map[string]moveFault {
	const html = "<html>hello</html>"
	redirect := fakehcp.Fault{Status: 302, Header: map[string][]string{"Location": {"/elsewhere"}}}
	return map[string]moveFault{
		"reset_with_effect":    {fault: fakehcp.Fault{Reset: true, Effect: true}, warns: true, writes: 1},
		"reset":                {fault: fakehcp.Fault{Reset: true}, writes: 2},
		"dropped_with_effect":  {fault: fakehcp.Fault{Drop: true, Effect: true}, warns: true, writes: 1},
		"cut_with_effect":      {fault: fakehcp.Fault{Truncate: true}, warns: true, writes: 1},
		"503_with_effect":      {fault: fakehcp.Fault{Status: 503, Effect: true}, warns: true, writes: 1},
		"503":                  {fault: fakehcp.Fault{Status: 503}, writes: 2},
		"429_retry_after":      {fault: fakehcp.Fault{Status: 429, Header: map[string][]string{"Retry-After": {"1"}}}, writes: 2},
		"retry_after_too_long": {fault: fakehcp.Fault{Status: 429, Header: map[string][]string{"Retry-After": {"50"}}}, writes: 1, title: problem.HCPUnavailable, says: "it asked to wait 50s"},
		"redirect_with_effect": {fault: withEffect(redirect), warns: true, writes: 1},
		"redirect":             {fault: redirect, writes: 1, title: problem.UnexpectedResponse, says: "It still points at iteration v6, and may still move to v7 unless it did and was moved back."},
		"html_with_effect":     {fault: fakehcp.Fault{Body: html, Effect: true}, warns: true, writes: 1},
		"nothing_with_effect":  {fault: fakehcp.Fault{Effect: true}, warns: true, writes: 1},
		"200_without_effect":   {fault: fakehcp.Fault{Body: `{"channel":{}}`}, writes: 1, title: problem.ChannelMoved, says: "but the channel still points at iteration v6. It may still move, unless somebody else moved it back, or HCP did because v7 was revoked."},
		"overwrites_a_newer":   {fault: fakehcp.Fault{Pass: true, Before: move("golden-v8")}, writes: 1, title: problem.ChannelMoved, says: "has moved from iteration v6 to iteration v7, and that undid the move of somebody else to the newer iteration v8 meanwhile.", changed: true},
		"overwrites_an_older":  {fault: fakehcp.Fault{Pass: true, Before: move("golden-v5")}, writes: 1},
		"undone":               {fault: fakehcp.Fault{Pass: true, Then: move("golden-v8")}, writes: 1, title: problem.ChannelMoved, says: "has moved to iteration v7, and now it points at iteration v8"},
		"another_wins":         {fault: fakehcp.Fault{Status: 503, Then: move("golden-v8")}, writes: 1, title: problem.ChannelMoved, says: "points at iteration v8 now, and not at iteration v7"},
		"another_did_the_same": {fault: fakehcp.Fault{Status: 400, Then: move(moved)}, warns: true, writes: 1},
		"emptied":              {fault: fakehcp.Fault{Pass: true, Then: move("")}, writes: 1, title: problem.ChannelMoved, says: "and now it points at no iteration: somebody else moved it as well, or HCP did because v7 was revoked."},
		"revoked_meanwhile":    {fault: fakehcp.Fault{Pass: true, Then: revokeV7}, writes: 1, title: problem.ChannelMoved, says: "has moved from iteration v6 to iteration v7, which is revoked. Move it to another iteration, or back to v6 with allow-older.", changed: true},
		"refused":              {fault: fakehcp.Fault{Status: 400, Body: `{"code":9,"message":"no\n::error::way"}`}, writes: 1, title: problem.PromotionRefused, says: `"no\n: :error: :way". It still points`},
		"registry_deactivated": {fault: fakehcp.Fault{Status: 400, Body: `{"code":9,"message":"Registry not activated."}`}, writes: 1, title: problem.RegistryDeactivated, says: "Registry not activated."},
		"unauthorized":         {fault: fakehcp.Fault{Status: 401}, writes: 1, title: problem.NotAuthenticated, says: "HCP answered 401 Unauthorized. It still points at iteration v6. HCP had accepted the access token before"},
	}
}

func withEffect(f fakehcp.Fault) fakehcp.Fault {
	f.Effect = true
	return f
}

type moveFault struct {
	fault  fakehcp.Fault
	warns  bool
	writes int
	// title is that of the failure, empty where the step passes, says what its message says, and changed the output.
	title   problem.Title
	says    string
	changed bool
}

// TestPromoteFaults has the write meet every fault.
func TestPromoteFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range moveFaults() {
		protocols := map[string][]fakehcp.Option{"http2": nil}
		if tc.fault.Reset || tc.fault.Drop || tc.fault.Truncate {
			protocols["http1"] = []fakehcp.Option{fakehcp.HTTP1()}
		}
		for protocol, options := range protocols {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options...)
				w.server.Fail(fakehcp.AssignRoute, tc.fault)
				tc.check(t, w, w.run(t, promotion(), "promote"))
			})
		}
	}
}

func (tc moveFault) check(t *testing.T, w *world, got result) {
	t.Helper()
	if writes := w.writes(); writes != tc.writes {
		t.Errorf("got %d writes, want %d", writes, tc.writes)
	}
	if warns := strings.Contains(got.log, "::warning title=Promotion not confirmed::"); warns != tc.warns {
		t.Errorf("got a warning: %t", warns)
	}
	if tc.title == "" {
		if got.exitCode != 0 || got.outputs["changed"] != "true" || w.server.Channel(fleetProject, "golden", "production") != moved {
			t.Errorf("the channel is not moved:\n%s", got)
		}
		return
	}
	checkPromotionFails(t, got, tc.title, tc.says)
	if changed := got.outputs["changed"]; changed != fmt.Sprint(tc.changed) {
		t.Errorf("got changed %q", changed)
	}
}

// checkPromotionFails checks all that the contract says of a failure.
func checkPromotionFails(t *testing.T, got result, title problem.Title, says string) {
	t.Helper()
	errors := annotation.FindAllStringSubmatch(got.log, -1)
	if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(title) || got.outputs["problem"] != string(title) || got.outputs["images"] != "[]" {
		t.Errorf("got no failure titled %q:\n%s", title, got)
	}
	if !strings.Contains(got.log, says) {
		t.Errorf("the message does not say %q:\n%s", says, got.log)
	}
}

// TestPromoteSeen has the list of channels say something else of the iteration than its own answer did, before it is
// promoted or after.
func TestPromoteSeen(t *testing.T) {
	t.Parallel()
	const active, revoked = `"fingerprint":"golden-v7","status":"VERSION_ACTIVE"`, `"fingerprint":"golden-v7","revoke_at":"2026-01-01T00:00:00Z"`
	for name, tc := range map[string]struct {
		channel string
		edited  string
		title   problem.Title
		says    string
		writes  int
	}{
		"moved_and_revoked":       {"production", revoked, problem.ChannelMoved, "is revoked as of 2026-01-01T00:00:00.000Z", 1},
		"there_and_revoked":       {"staging", revoked, problem.ImageRevoked, "is revoked as of 2026-01-01T00:00:00.000Z", 0},
		"there_as_another":        {"staging", `"fingerprint":"golden-v8","status":"VERSION_ACTIVE"`, problem.UnexpectedResponse, "another fingerprint", 0},
		"there_by_no_fingerprint": {"staging", `"status":"VERSION_REVOKED"`, problem.ImageRevoked, "is revoked", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			edit := fakehcp.Fault{Edit: func(body []byte) []byte { return []byte(strings.Replace(string(body), active, tc.edited, 1)) }}
			w.server.Fail(fakehcp.ChannelsRoute, slices.Repeat([]fakehcp.Fault{{Pass: true}}, tc.writes)...)
			w.server.Fail(fakehcp.ChannelsRoute, edit)
			got := w.run(t, map[string]string{"bucket": "golden", "channel": tc.channel, "fingerprint": "golden-v7"}, "promote")
			checkPromotionFails(t, got, tc.title, tc.says)
			if w.writes() != tc.writes {
				t.Errorf("got %d writes, want %d", w.writes(), tc.writes)
			}
		})
	}
}

// TestPromoteStopped has a signal come before the write, while HCP has it, and while the channel is looked at
// afterwards.
func TestPromoteStopped(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		route  fakehcp.Route
		faults []fakehcp.Fault
		// while counts the requests of the route that come before the signal.
		while  int
		writes int
		says   string
	}{
		"before":      {fakehcp.ChannelsRoute, []fakehcp.Fault{{Hang: true}}, 1, 0, "The step was cancelled before it was done. Run the job again.\n"},
		"at_write":    {fakehcp.AssignRoute, []fakehcp.Fault{{Hang: true, Effect: true}}, 1, 1, "Channel production of bucket golden may have moved from iteration v6 to iteration v7, or may still move."},
		"before_look": {fakehcp.ChannelsRoute, []fakehcp.Fault{{Pass: true}, {Hang: true}}, 2, 1, "Channel production of bucket golden may have moved from iteration v6 to iteration v7, or may still move."},
		"between":     {fakehcp.AssignRoute, []fakehcp.Fault{{Status: 503, Header: map[string][]string{"Retry-After": {"20"}}}}, 1, 1, "may have moved from iteration v6 to iteration v7, or may still move."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, tc.faults...)
			got := w.step(t, promotion(), "promote").runUntil(t, w.asks(t, tc.while, tc.route))
			checkPromotionFails(t, got, problem.Cancelled, tc.says)
			if w.writes() != tc.writes || got.outputs["changed"] != "false" {
				t.Errorf("got %d writes:\n%s", w.writes(), got)
			}
		})
	}
}

// TestPromoteCannotWriteOutputs has the promotion succeed, and nobody hear of it but in the log.
func TestPromoteCannotWriteOutputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.step(t, promotion(), "promote")
	s.env["GITHUB_OUTPUT"] = "/dev/full"
	got := s.run(t)
	want := "Channel production of bucket golden has moved from iteration v6 to iteration v7."
	if got.exitCode != 1 || !strings.Contains(got.log, want) || !strings.Contains(got.summary, want) {
		t.Errorf("it does not say %q:\n%s", want, got)
	}
}

// TestPromoteAsksForParentsOnce has the iteration come without its builds, and nobody tell which parents are out of date.
func TestPromoteAsksForParentsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Edit: func(body []byte) []byte { return bytes.Replace(body, []byte(`"builds"`), []byte(`"other"`), 1) }})
	w.server.Fail(fakehcp.AncestryRoute, fakehcp.Fault{Body: `{}`})
	got := w.run(t, map[string]string{"bucket": "golden", "channel": "unassigned", "from-channel": "production", "parents": "warn"}, "promote")
	if got.exitCode != 0 || w.asked(fakehcp.AncestryRoute) != 1 || !strings.Contains(got.log, "::warning title=Parent out of date::") {
		t.Errorf("it does not pass with a warning, or asks again:\n%s", got)
	}
}

// TestPromoteWithoutAncestry has the parents be out of date once the channel has moved, and nobody tell which: that is
// a warning all the same.
func TestPromoteWithoutAncestry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parents := regexp.MustCompile(`"parents":\{[^}]*\}`)
	outOfDate := func(body []byte) []byte {
		return parents.ReplaceAll(body, []byte(`"parents":{"status":"OUT_OF_DATE"}`))
	}
	w.server.Fail(fakehcp.ChannelsRoute, fakehcp.Fault{Pass: true}, fakehcp.Fault{Edit: outOfDate})
	w.server.Fail(fakehcp.AncestryRoute, fakehcp.Fault{Status: 403, Body: `{"code": 7, "message": "no"}`})
	got := w.run(t, merged(promotion(), map[string]string{"parents": "warn"}), "promote")
	if got.exitCode != 0 || got.outputs["changed"] != "true" || w.asked(fakehcp.AncestryRoute) != 1 || !strings.Contains(got.log, "::warning title=Parent out of date::") {
		t.Errorf("it does not pass with a warning:\n%s", got)
	}
}
