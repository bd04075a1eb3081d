package action_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// survived is how a fault ends that the step gets over.
const survived problem.Title = ""

// fault is one way in which HCP fails, and how it ends. The list of them is the table of faults in
// README.md, and each is run against both API generations and the token endpoint, over HTTP/1.1 and
// HTTP/2.
type fault struct {
	// name is the row of the table. Faults of the same name share it.
	name string
	// variant tells faults of the same name apart.
	variant string
	// fault is what the fake does to one request.
	fault fakehcp.Fault
	// api and token are how the step ends where the registry or the token endpoint fails so.
	api, token problem.Title
	// timeout is the input, where the default is too long for a test.
	timeout string
	// repeated is set where the step asks again until the timeout ends it.
	repeated bool
}

func faults() []fault {
	list := slices.Concat(passingFaults(), statusFaults(), answerFaults(), lastingFaults())
	return list
}

// passingFaults are met once, and the next try is answered.
func passingFaults() []fault {
	var list []fault
	bodies := map[string]string{
		"json":  `{"code": 14, "message": "try again", "details": []}`,
		"html":  "<html><body><h1>::error::down</h1></body></html>",
		"plain": "Gateway Timeout",
	}
	for _, status := range []int{500, 502, 503, 504} {
		for _, kind := range slices.Sorted(maps.Keys(bodies)) {
			list = append(list, fault{
				name:    fmt.Sprintf("%d %s", status, http.StatusText(status)),
				variant: kind,
				fault:   fakehcp.Fault{Status: status, Body: bodies[kind]},
			})
		}
	}
	inASecond := time.Now().Add(time.Second).UTC().Format(http.TimeFormat)
	return append(list,
		fault{name: "429 Too Many Requests", fault: fakehcp.Fault{Status: 429}},
		fault{name: "429 with `Retry-After` in seconds", fault: fakehcp.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}}}},
		fault{name: "429 with `Retry-After` as a date", fault: fakehcp.Fault{Status: 429, Header: http.Header{"Retry-After": {inASecond}}}},
		fault{name: "connection reset", fault: fakehcp.Fault{Reset: true}},
		fault{name: "connection closed without an answer", fault: fakehcp.Fault{Drop: true}},
		fault{name: "HTTP/2 stream reset", fault: fakehcp.Fault{StreamReset: true}},
		fault{name: "HTTP/2 GOAWAY", fault: fakehcp.Fault{GoAway: true}},
		fault{name: "body cut short", fault: fakehcp.Fault{Truncate: true}},
		fault{name: "no answer within a quarter of `timeout`", fault: fakehcp.Fault{Hang: true}, timeout: "32s"},
		fault{name: "slow answer", fault: fakehcp.Fault{Delay: 500 * time.Millisecond, Pass: true}},
	)
}

// statusFaults are errors that another try would not mend.
func statusFaults() []fault {
	rpc := func(status, code int, message string) fakehcp.Fault {
		return fakehcp.Fault{Status: status, Body: fmt.Sprintf(`{"code": %d, "message": %q, "details": []}`, code, message), Repeat: true}
	}
	refused := problem.NotAuthenticated
	return []fault{
		{name: "400 Bad Request", fault: rpc(400, 3, "invalid argument"), api: problem.UnexpectedResponse, token: refused},
		{name: "400 of an inactive registry", fault: rpc(400, 9, "Registry not activated."), api: problem.RegistryDeactivated, token: refused},
		{name: "401 Unauthorized", fault: rpc(401, 16, "unauthenticated"), api: problem.NotAuthenticated, token: refused},
		{name: "403 Forbidden", fault: rpc(403, 7, "permission denied"), api: problem.PermissionDenied, token: refused},
		{name: "403 Forbidden", variant: "html", fault: fakehcp.Fault{Status: 403, Body: "<html>no</html>", Repeat: true}, api: problem.PermissionDenied, token: refused},
		{name: "404 Not Found", fault: rpc(404, 5, "not found"), api: problem.NotFound, token: refused},
		{name: "409 Conflict", fault: rpc(409, 10, "no such fingerprint"), api: problem.NotFound, token: refused},
		{name: "any other 4xx status", variant: "418", fault: rpc(418, 2, "teapot"), api: problem.UnexpectedResponse, token: refused},
		{name: "any other status", variant: "501", fault: rpc(501, 12, "not here"), api: problem.UnexpectedResponse, token: problem.UnexpectedResponse},
		{name: "any other status", variant: "204", fault: fakehcp.Fault{Status: 204, Repeat: true}, api: problem.UnexpectedResponse, token: problem.UnexpectedResponse},
	}
}

// answerFaults are answers that the API does not promise.
func answerFaults() []fault {
	body := func(text string) fakehcp.Fault {
		return fakehcp.Fault{Body: text, Header: http.Header{"Content-Type": {"application/json"}}, Repeat: true}
	}
	list := []fault{
		{name: "HTML with status 200", fault: fakehcp.Fault{Body: "<html>hello</html>", Header: http.Header{"Content-Type": {"text/html"}}, Repeat: true}},
		{name: "empty body", fault: body("")},
		{name: "broken JSON", fault: body(`{"channel": {"id": "x", `)},
		{name: "broken JSON", variant: "trailing", fault: body(`{"channel": {}, "access_token": 1} <html>`)},
		{name: "broken JSON", variant: "deep", fault: body(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))},
		{name: "JSON of another type", variant: "array", fault: body(`[]`)},
		{name: "JSON of another type", variant: "number", fault: body(`{"channel": 7, "access_token": {}}`)},
		{name: "JSON without what was asked for", variant: "nothing", fault: body(`{}`)},
		{name: "JSON without what was asked for", variant: "null", fault: body(`null`)},
		{name: "JSON without what was asked for", variant: "null fields", fault: body(`{"channel": null, "access_token": null}`)},
		{name: "more than 16 MiB", fault: body(`{"x": "` + strings.Repeat("x", 16<<20) + `"}`)},
		{name: "more than 500,000 parts", fault: body(`{"channel": {"version": {"builds": [{}` + strings.Repeat(",{}", 600_000) + `]}}}`)},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		list = append(list, fault{
			name:    "redirect, which is not followed",
			variant: fmt.Sprint(status),
			fault:   fakehcp.Fault{Status: status, Header: http.Header{"Location": {"/elsewhere"}}, Repeat: true},
		})
	}
	for i := range list {
		list[i].api, list[i].token = problem.UnexpectedResponse, problem.UnexpectedResponse
	}
	return list
}

// lastingFaults are transient ones that outlast the timeout.
func lastingFaults() []fault {
	list := []fault{
		{name: "a transient fault that lasts", variant: "503", fault: fakehcp.Fault{Status: 503, Repeat: true}, timeout: "8s", repeated: true},
		{name: "a transient fault that lasts", variant: "hang", fault: fakehcp.Fault{Hang: true, Repeat: true}, timeout: "8s", repeated: true},
		{name: "a transient fault that lasts", variant: "reset", fault: fakehcp.Fault{Reset: true, Repeat: true}, timeout: "8s", repeated: true},
		{name: "`Retry-After` that does not fit in `timeout`", variant: "seconds", fault: fakehcp.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}, Repeat: true}},
		{name: "`Retry-After` that does not fit in `timeout`", variant: "date", fault: fakehcp.Fault{Status: 503, Header: http.Header{"Retry-After": {"Fri, 01 Jan 2100 00:00:00 GMT"}}, Repeat: true}},
	}
	for i := range list {
		list[i].api, list[i].token = problem.HCPUnavailable, problem.HCPUnavailable
	}
	return list
}

// endpoint is where a fault is met.
type endpoint struct {
	name   string
	route  fakehcp.Route
	inputs map[string]string
	title  func(fault) problem.Title
}

func endpoints() []endpoint {
	api := func(f fault) problem.Title { return f.api }
	production := func(version string) map[string]string {
		return map[string]string{"bucket": "ubuntu", "channel": "production", "api-version": version}
	}
	return []endpoint{
		{"channel_2023-01-01", fakehcp.ChannelRoute, production("2023-01-01"), api},
		{"channel_2021-04-30", fakehcp.ChannelRoute, production("2021-04-30"), api},
		{"token", fakehcp.TokenRoute, production("2023-01-01"), func(f fault) problem.Title { return f.token }},
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		for _, at := range endpoints() {
			for protocol, options := range map[string][]fakehcp.Option{"http1": {fakehcp.HTTP1()}, "http2": nil} {
				t.Run(strings.Join([]string{f.name, f.variant, at.name, protocol}, "/"), func(t *testing.T) {
					t.Parallel()
					meetFault(t, f, at, options)
				})
			}
		}
	}
}

// meetFault runs one step into the fault, and looks at how it ends and how often it asked.
func meetFault(t *testing.T, f fault, at endpoint, options []fakehcp.Option) {
	w := newWorld(t, options...)
	got := runIntoFault(t, f, at, w)
	title := at.title(f)
	checkEnd(t, got, title)
	tries := 0
	for _, request := range w.server.Requests() {
		switch request.Route {
		case at.route:
			tries++
		case "":
			t.Errorf("the step asked for %s, where a redirect or nothing leads", request.Path)
		}
	}
	once := title != survived || f.fault.Pass
	switch {
	case f.repeated && tries < 2, !f.repeated && once && tries != 1, !once && tries != 2:
		t.Errorf("got %d tries\n%s", tries, got)
	}
}

func runIntoFault(t *testing.T, f fault, at endpoint, w *world) result {
	t.Helper()
	w.server.Fail(at.route, f.fault)
	inputs := maps.Clone(at.inputs)
	if f.timeout != "" {
		inputs["timeout"] = f.timeout
	}
	return w.run(t, inputs)
}

// checkEnd checks all that the contract says of every step that passes or fails.
func checkEnd(t *testing.T, got result, title problem.Title) {
	t.Helper()
	if title == survived {
		if got.exitCode != 0 || got.outputs["image-id"] != "ami-0123456789abcdef0" || strings.Contains(got.log, "::error") {
			t.Errorf("the step does not pass:\n%s", got)
		}
		return
	}
	for name, want := range map[string]string{"image-id": "", "images": "[]", "builds": "[]"} {
		if got.outputs[name] != want {
			t.Errorf("output %s: got %q, want %q", name, got.outputs[name], want)
		}
	}
	errors := annotation.FindAllStringSubmatch(got.log, -1)
	if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(title) {
		t.Fatalf("got no failure titled %q:\n%s", title, got)
	}
	if !strings.Contains(got.summary, string(title)) {
		t.Errorf("the summary does not tell:\n%s", got.summary)
	}
	if leak := internals.FindString(got.log + got.summary); leak != "" {
		t.Errorf("there is %q in:\n%s", leak, got)
	}
}

var (
	annotation = regexp.MustCompile(`(?m)^::error title=([^:]*)::(.*)$`)
	// internals are words that only a developer of the action should ever see.
	internals = regexp.MustCompile(`goroutine|panic|\*?models\.|\bjson:|oauth2:|HashicorpCloud|packer_service|PackerService|[pP]ayload|\{location|<html|nil pointer|unmarshal|context deadline`)
)

// faultTable is the table of faults in README.md.
func faultTable() string {
	var b strings.Builder
	b.WriteString("| fault | of the registry | of the token endpoint |\n| --- | --- | --- |\n")
	seen := map[string]bool{}
	for _, f := range faults() {
		if !seen[f.name] {
			seen[f.name] = true
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.name, ending(f.api), ending(f.token))
		}
	}
	return b.String()
}

func ending(title problem.Title) string {
	if title == survived {
		return "survived"
	}
	return "`" + string(title) + "`"
}

// TestMessages holds the message of every failure in one file, for people to read: those of
// testdata/steps, those of the ways in, and those of the faults, each as the registry and as the token
// endpoint meets it.
func TestMessages(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	messages := map[string]string{}
	t.Run("collect", func(t *testing.T) {
		collect := func(name string, run func(t *testing.T) result) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				// The last is the step's own; the second action has others at their places.
				if all := annotation.FindAllStringSubmatch(run(t).log, -1); len(all) > 0 {
					found := all[len(all)-1]
					mutex.Lock()
					defer mutex.Unlock()
					messages[name] = fmt.Sprintf("%s: %s", found[1], found[2])
				}
			})
		}
		for _, path := range stepCases(t) {
			collect("step "+caseName(path), func(t *testing.T) result { return newWorld(t).run(t, readInputs(t, path)) })
		}
		for _, folder := range verifyCases(t) {
			collect("verify "+filepath.Base(folder), func(t *testing.T) result { return newWorld(t).verifyCase(t, folder) })
		}
		for _, search := range []string{"refused", "absent", "unimplemented"} {
			collect("verify, search "+search, func(t *testing.T) result { return verifyWithout(t, search) })
		}
		collect("GITHUB_OUTPUT is a folder", func(t *testing.T) result { return unwritable(t, "GITHUB_OUTPUT", "production") })
		collect("GITHUB_STEP_SUMMARY is a folder", func(t *testing.T) result { return unwritable(t, "GITHUB_STEP_SUMMARY", "production") })
		collect("told to stop", func(t *testing.T) result {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return newWorld(t).inProcess(ctx, time.Now)
		})
		collect("panic", func(t *testing.T) result {
			return newWorld(t).inProcess(t.Context(), func() time.Time { panic("a defect") })
		})
		for name, w := range waysIn() {
			collect("way in: "+name, func(t *testing.T) result {
				_, got, _, _ := w.run(t)
				return got
			})
		}
		for _, f := range faults() {
			for _, at := range endpoints() {
				if at.title(f) == survived {
					continue
				}
				name := strings.TrimSpace(fmt.Sprintf("%s: %s %s", at.name, f.name, f.variant))
				collect(name, func(t *testing.T) result { return runIntoFault(t, f, at, newWorld(t, fakehcp.HTTP1())) })
			}
		}
	})
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		lines = append(lines, name+"\n    "+chance.ReplaceAllString(messages[name], "N tries")+"\n")
	}
	compareGolden(t, filepath.Join("testdata", "messages.golden"), withoutDays(strings.Join(lines, "\n")), true)
}

// chance is what differs from run to run, since waits are jittered.
var chance = regexp.MustCompile(`\d+ tries`)
