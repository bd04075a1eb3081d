package action_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// The project to promote in, and who may.
const fleetProject = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

func contributor() map[string]string {
	return map[string]string{
		"client-id":       "fleet-contributor-id",
		"client-secret":   "fleet-contributor-secret-1d7ae5",
		"organization-id": "0a1b2c3d-0000-4000-8000-00000000000d",
		"project-id":      fleetProject,
	}
}

// promoting prepares a step of promote.
func (w *world) promoting(t *testing.T, inputs map[string]string) *step {
	t.Helper()
	all := contributor()
	maps.Copy(all, inputs)
	return w.step(t, all, "promote")
}

func (w *world) promote(t *testing.T, inputs map[string]string) result {
	t.Helper()
	s := w.promoting(t, inputs)
	return s.wait(t, s.cmd.Run())
}

// asked counts the requests of a route.
func (w *world) asked(routes ...fakehcp.Route) int {
	count := 0
	for _, request := range w.server.Requests() {
		if slices.Contains(routes, request.Route) {
			count++
		}
	}
	return count
}

// writes counts the requests that write.
func (w *world) writes() int { return w.asked(fakehcp.AssignRoute, fakehcp.CreateChannelRoute) }

// TestPromote runs every case of testdata/promote, each in a registry of its own. The golden file has, besides
// what the runner gets, the writes and what the channel points at.
func TestPromote(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/promote/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(caseName(path), func(t *testing.T) {
			t.Parallel()
			w, inputs := newWorld(t), readInputs(t, path)
			got := w.promote(t, inputs)
			compareGolden(t, strings.TrimSuffix(path, ".yaml")+".golden", w.written(inputs["bucket"], inputs["channel"])+got.String(), true)
		})
	}
}

// written tells what was written, and what a channel points at.
func (w *world) written(bucket, channel string) string {
	text := "-- registry --\n"
	for _, request := range w.server.Requests() {
		if request.Method != "GET" && request.Route != fakehcp.TokenRoute {
			text += request.Method + " " + request.Path + "\n" + request.Body
		}
	}
	return text + fmt.Sprintf("the channel points at %q\n\n", w.server.Channel(fleetProject, bucket, channel))
}

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
		"reset_with_effect":    {faults: one(fakehcp.Fault{Reset: true, Effect: true}), warns: true, writes: 1},
		"reset":                {faults: one(fakehcp.Fault{Reset: true}), writes: 2},
		"dropped_with_effect":  {faults: one(fakehcp.Fault{Drop: true, Effect: true}), warns: true, writes: 1},
		"cut_with_effect":      {faults: one(fakehcp.Fault{Truncate: true}), warns: true, writes: 1},
		"503_with_effect":      {faults: one(fakehcp.Fault{Status: 503, Effect: true}), warns: true, writes: 1},
		"503":                  {faults: one(fakehcp.Fault{Status: 503}), writes: 2},
		"429_retry_after":      {faults: one(fakehcp.Fault{Status: 429, Header: map[string][]string{"Retry-After": {"1"}}}), writes: 2},
		"retry_after_too_long": {faults: one(fakehcp.Fault{Status: 429, Header: map[string][]string{"Retry-After": {"50"}}}), writes: 1, title: problem.HCPUnavailable, says: "it asked to wait 50s"},
		"redirect_with_effect": {faults: one(withEffect(redirect)), warns: true, writes: 1},
		"redirect":             {faults: one(redirect), writes: 1, title: problem.UnexpectedResponse, says: "It still points at iteration v6, and may still move to v7 unless it did and was moved back."},
		"html_with_effect":     {faults: one(fakehcp.Fault{Body: html, Effect: true}), warns: true, writes: 1},
		"nothing_with_effect":  {faults: one(fakehcp.Fault{Effect: true}), warns: true, writes: 1},
		"200_without_effect":   {faults: one(fakehcp.Fault{Body: `{"channel":{}}`}), writes: 1, title: problem.ChannelMoved, says: "but the channel still points at iteration v6. It may still move, unless somebody else moved it back, or HCP did because v7 was revoked."},
		"overwrites_a_newer":   {faults: one(fakehcp.Fault{Pass: true, Before: move("golden-v8")}), writes: 1, title: problem.ChannelMoved, says: "has moved from iteration v6 to iteration v7, and that undid the move of somebody else to the newer iteration v8 meanwhile.", changed: true},
		"overwrites_an_older":  {faults: one(fakehcp.Fault{Pass: true, Before: move("golden-v5")}), writes: 1},
		"undone":               {faults: one(fakehcp.Fault{Pass: true, Then: move("golden-v8")}), writes: 1, title: problem.ChannelMoved, says: "has moved to iteration v7, and now it points at iteration v8"},
		"another_wins":         {faults: one(fakehcp.Fault{Status: 503, Then: move("golden-v8")}), writes: 1, title: problem.ChannelMoved, says: "points at iteration v8 now, and not at iteration v7"},
		"another_did_the_same": {faults: one(fakehcp.Fault{Status: 400, Then: move(moved)}), warns: true, writes: 1},
		"emptied":              {faults: one(fakehcp.Fault{Pass: true, Then: move("")}), writes: 1, title: problem.ChannelMoved, says: "and now it points at no iteration: somebody else moved it as well, or HCP did because v7 was revoked."},
		"revoked_meanwhile":    {faults: one(fakehcp.Fault{Pass: true, Then: revokeV7}), writes: 1, title: problem.ChannelMoved, says: "has moved from iteration v6 to iteration v7, which is revoked. Move it to another iteration, or back to v6 with allow-older.", changed: true},
		"refused":              {faults: one(fakehcp.Fault{Status: 400, Body: `{"code":9,"message":"no\n::error::way"}`}), writes: 1, title: problem.PromotionRefused, says: `"no\n: :error: :way". It still points`},
		"registry_deactivated": {faults: one(fakehcp.Fault{Status: 400, Body: `{"code":9,"message":"Registry not activated."}`}), writes: 1, title: problem.RegistryDeactivated, says: "Registry not activated."},
		"unauthorized":         {faults: one(fakehcp.Fault{Status: 401}), writes: 1, title: problem.NotAuthenticated, says: "HCP answered 401 Unauthorized. It still points at iteration v6. HCP had accepted the access token before"},
	}
}

func one(f fakehcp.Fault) []fakehcp.Fault { return []fakehcp.Fault{f} }

func withEffect(f fakehcp.Fault) fakehcp.Fault {
	f.Effect = true
	return f
}

type moveFault struct {
	faults []fakehcp.Fault
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
		for protocol, options := range map[string][]fakehcp.Option{"http1": {fakehcp.HTTP1()}, "http2": nil} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options...)
				w.server.Fail(fakehcp.AssignRoute, tc.faults...)
				inputs := map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"}
				got := w.promote(t, inputs)
				tc.check(t, w, got)
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
			got := w.promote(t, map[string]string{"bucket": "golden", "channel": tc.channel, "fingerprint": "golden-v7"})
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
		"before":      {fakehcp.ChannelsRoute, one(fakehcp.Fault{Hang: true}), 1, 0, "The step was cancelled before it was done. Run the job again.\n"},
		"at_write":    {fakehcp.AssignRoute, one(fakehcp.Fault{Hang: true, Effect: true}), 1, 1, "Channel production of bucket golden may have moved from iteration v6 to iteration v7, or may still move."},
		"before_look": {fakehcp.ChannelsRoute, []fakehcp.Fault{{Pass: true}, {Hang: true}}, 2, 1, "Channel production of bucket golden may have moved from iteration v6 to iteration v7, or may still move."},
		"between":     {fakehcp.AssignRoute, one(fakehcp.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"20"}}}), 1, 1, "may have moved from iteration v6 to iteration v7, or may still move."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, tc.faults...)
			s := w.promoting(t, map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"})
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for w.asked(tc.route) < tc.while {
				time.Sleep(10 * time.Millisecond)
			}
			if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			got := s.wait(t, s.cmd.Wait())
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
	s := w.promoting(t, map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"})
	s.cmd.Env = append(s.cmd.Env, "GITHUB_OUTPUT=/dev/full")
	got := s.wait(t, s.cmd.Run())
	want := "Channel production of bucket golden has moved from iteration v6 to iteration v7."
	if got.exitCode != 1 || !strings.Contains(got.log, want) || !strings.Contains(got.summary, want) {
		t.Errorf("it does not say %q:\n%s", want, got)
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
	got := w.promote(t, map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging", "parents": "warn"})
	if got.exitCode != 0 || got.outputs["changed"] != "true" || w.asked(fakehcp.AncestryRoute) != 1 || !strings.Contains(got.log, "::warning title=Parent out of date::") {
		t.Errorf("it does not pass with a warning:\n%s", got)
	}
}

// TestPromoteWithoutReader has nobody read the log when the channel has moved: the outputs tell that it has.
func TestPromoteWithoutReader(t *testing.T) {
	t.Parallel()
	s := newWorld(t).promoting(t, map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"})
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	s.cmd.Stdout = write
	defer write.Close()
	got := s.wait(t, s.cmd.Run())
	if got.exitCode != 1 || got.outputs["problem"] != string(problem.CannotWriteOutputs) || got.outputs["changed"] != "true" {
		t.Errorf("got %s", got)
	}
}

// TestPromoteAsks counts the requests of each kind.
func TestPromoteAsks(t *testing.T) {
	t.Parallel()
	const find, list, assign, create, history = fakehcp.ChannelRoute, fakehcp.ChannelsRoute, fakehcp.AssignRoute, fakehcp.CreateChannelRoute, fakehcp.HistoryRoute
	for name, tc := range map[string]struct {
		inputs map[string]string
		want   []fakehcp.Route
	}{
		"moved":             {map[string]string{"channel": "production", "from-channel": "staging"}, []fakehcp.Route{find, list, assign, list, history}},
		"by_fingerprint":    {map[string]string{"channel": "production", "fingerprint": "golden-v7"}, []fakehcp.Route{fakehcp.IterationRoute, list, assign, list, history}},
		"created":           {map[string]string{"channel": "canary", "from-channel": "staging", "create-channel": "true"}, []fakehcp.Route{find, list, create, list, history}},
		"there":             {map[string]string{"channel": "production", "fingerprint": "golden-v6"}, []fakehcp.Route{fakehcp.IterationRoute, list}},
		"dry_run":           {map[string]string{"channel": "production", "from-channel": "staging", "dry-run": "true"}, []fakehcp.Route{find, list}},
		"ancestry_once":     {map[string]string{"channel": "unassigned", "from-channel": "production", "parents": "warn"}, []fakehcp.Route{find, fakehcp.AncestryRoute, list, assign, list, history}},
		"list_leaves_out":   {map[string]string{"channel": "production", "from-channel": "summary", "allow-older": "true"}, []fakehcp.Route{find, list, assign, list, fakehcp.IterationRoute}},
		"previous":          {map[string]string{"channel": "production", "previous": "true"}, []fakehcp.Route{list, history, fakehcp.IterationRoute, assign, list, fakehcp.IterationRoute, history}},
		"previous_of_none":  {map[string]string{"channel": "staging", "previous": "true"}, []fakehcp.Route{list, history}},
		"refused_by_gate":   {map[string]string{"channel": "production", "from-channel": "revoked"}, []fakehcp.Route{find}},
		"refused_by_images": {map[string]string{"channel": "production", "from-channel": "staging", "require-images": "region=mars"}, []fakehcp.Route{find}},
		"refused_as_older":  {map[string]string{"channel": "dev", "from-channel": "staging"}, []fakehcp.Route{find, list}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.inputs["bucket"] = "golden"
			w.promote(t, tc.inputs)
			var asked []fakehcp.Route
			for _, request := range w.server.Requests() {
				asked = append(asked, request.Route)
			}
			if diff := cmp.Diff(append([]fakehcp.Route{fakehcp.TokenRoute}, tc.want...), asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPromoteOutputsAreDeclared compares the outputs of a passing step with those of promote/action.yml.
func TestPromoteOutputsAreDeclared(t *testing.T) {
	t.Parallel()
	checkOutputs(t, "promote", newWorld(t).promote(t, map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"}))
}
