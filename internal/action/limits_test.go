package action_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hcp-packer-iteration/internal/action"
	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// watch is a log that does something once, when a text appears in it.
type watch struct {
	io.Writer
	text string
	do   func()
}

func (w *watch) Write(p []byte) (int, error) {
	if w.do != nil && bytes.Contains(p, []byte(w.text)) {
		w.do()
		w.do = nil
	}
	return w.Writer.Write(p)
}

// TestConnectionRefusedOnce has nobody listen until the step says that it will try again.
func TestConnectionRefusedOnce(t *testing.T) {
	t.Parallel()
	for name, variable := range map[string]string{"api": "HCP_API_ADDRESS", "token": "HCP_AUTH_URL"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			address := freeAddress(t)
			w.env[variable] = strings.Replace(w.env[variable], w.server.Addr(), address, 1)
			s := w.step(t, map[string]string{"bucket": "ubuntu", "channel": "production"})
			log := &watch{Writer: s.log, text: "connection refused", do: func() { forward(t, address, w.server.Addr()) }}
			s.cmd.Stdout, s.cmd.Stderr = log, log
			got := s.wait(t, s.cmd.Run())
			checkEnd(t, got, survived)
			if !strings.Contains(got.log, "connection refused") {
				t.Errorf("nothing was refused:\n%s", got)
			}
		})
	}
}

// freeAddress is an address of this machine where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// forward carries connections from one address to another until the test ends.
func forward(t *testing.T, from, to string) {
	listener, err := net.Listen("tcp", from)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for carry(listener, to, func(client io.Writer, server io.Reader) { _, _ = io.Copy(client, server) }) {
		}
	}()
}

// carry carries one connection, back by the given function, and says whether there was one.
func carry(listener net.Listener, to string, back func(client io.Writer, server io.Reader)) bool {
	client, err := listener.Accept()
	if err != nil {
		return false
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		client.Close()
		return false
	}
	go func() { _, _ = io.Copy(server, client); server.Close() }()
	go func() { back(client, server); client.Close() }()
	return true
}

// TestSilentConnection has the first connection fall silent once it has carried the request, as one
// does behind a router that forgot it. Over HTTP/2 all tries would go that way, were it not given up.
func TestSilentConnection(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]fakehcp.Option{"http1": {fakehcp.HTTP1()}, "http2": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options...)
			address := freeAddress(t)
			listener, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			asked := func() bool {
				return slices.ContainsFunc(w.server.Requests(), func(r fakehcp.Request) bool { return r.Route == fakehcp.ChannelRoute })
			}
			go func() {
				carry(listener, w.server.Addr(), func(client io.Writer, server io.Reader) { copyUntil(client, server, asked) })
				listener.Close()
				forward(t, address, w.server.Addr())
			}()
			w.env["HCP_API_ADDRESS"] = address
			checkEnd(t, w.run(t, map[string]string{"bucket": "ubuntu", "channel": "production", "timeout": "32s"}), survived)
		})
	}
}

// copyUntil swallows what comes once silent says so.
func copyUntil(to io.Writer, from io.Reader, silent func() bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if !silent() {
			_, _ = to.Write(buffer[:n])
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for name, tc := range map[string]struct {
		env     map[string]string
		title   problem.Title
		says    string
		retried bool
	}{
		"unknown_name":       {map[string]string{"HCP_API_ADDRESS": "hcp.invalid"}, problem.HCPUnavailable, "no address for hcp.invalid", true},
		"unknown_auth_name":  {map[string]string{"HCP_AUTH_URL": "https://hcp.invalid"}, problem.HCPUnavailable, "no address for hcp.invalid", true},
		"refused":            {map[string]string{"HCP_API_ADDRESS": freeAddress(t)}, problem.HCPUnavailable, "connection refused", true},
		"unknown_authority":  {map[string]string{"SSL_CERT_FILE": os.DevNull}, problem.HCPUnavailable, "SSL_CERT_FILE", false},
		"no_tls":             {map[string]string{"HCP_API_ADDRESS": plain.Listener.Addr().String()}, problem.UnexpectedResponse, "not HTTP over TLS", false},
		"no_tls_at_the_auth": {map[string]string{"HCP_AUTH_URL": "https://" + plain.Listener.Addr().String()}, problem.UnexpectedResponse, "not HTTP over TLS", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for variable, value := range tc.env {
				w.env[variable] = value
			}
			got := w.run(t, map[string]string{"bucket": "ubuntu", "channel": "production", "timeout": "3s"})
			checkEnd(t, got, tc.title)
			if !strings.Contains(got.log, tc.says) {
				t.Errorf("the message does not say %q:\n%s", tc.says, got.log)
			}
			if retried := strings.Contains(got.log, "trying again"); retried != tc.retried {
				t.Errorf("got retried %t, want %t:\n%s", retried, tc.retried, got.log)
			}
		})
	}
}

// TestInsecureTLS warns of a run that checks no certificates, and of one without TLS.
func TestInsecureTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["HCP_API_TLS"], w.env["HCP_AUTH_TLS"], w.env["SSL_CERT_FILE"] = "insecure", "insecure", os.DevNull
	got := w.run(t, map[string]string{"bucket": "ubuntu", "channel": "production"})
	checkEnd(t, got, survived)
	if !strings.Contains(got.log, "::warning title=TLS verification is off::") {
		t.Errorf("there is no warning:\n%s", got.log)
	}
}

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
		"time_is_empty":           {"channel.version.revoke_at", "", survived},
		"time_is_null":            {"channel.version.revoke_at", nil, survived},
		"builds_null":             {"channel.version.builds", nil, survived},
		"builds_of_nothing":       {"channel.version.builds", []any{nil, nil}, survived},
		"builds_is_a_text":        {"channel.version.builds", "x", problem.UnexpectedResponse},
		"image_of_nothing":        {"channel.version.builds.0.artifacts", []any{object{}}, problem.UnexpectedResponse},
		"image_id_with_a_newline": {"channel.version.builds.0.artifacts.0.external_identifier", "ami-1\nami-2", problem.UnexpectedResponse},
		"image_id_with_a_nul":     {"channel.version.builds.0.artifacts.0.external_identifier", "ami-1\x00", problem.UnexpectedResponse},
		"labels_null":             {"channel.version.builds.0.labels", nil, survived},
		"labels_of_numbers":       {"channel.version.builds.0.labels", object{"a": 1}, problem.UnexpectedResponse},
		"unknown_field":           {"channel.version.sbom", object{"a": []any{1}}, survived},
		"ancestor_of_nothing":     {"channel.version.revocation_inherited_from", object{}, survived},
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
				got := w.run(t, map[string]string{"bucket": "ubuntu", "channel": "production", "api-version": version})
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

// TestCancelled signals a step that waits: for HCP, or for the next try.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		route  fakehcp.Route
		fault  fakehcp.Fault
		signal os.Signal
	}{
		"sigterm_at_the_registry":    {fakehcp.ChannelRoute, fakehcp.Fault{Hang: true, Repeat: true}, syscall.SIGTERM},
		"sigint_at_the_registry":     {fakehcp.ChannelRoute, fakehcp.Fault{Hang: true, Repeat: true}, os.Interrupt},
		"sigterm_at_the_token":       {fakehcp.TokenRoute, fakehcp.Fault{Hang: true, Repeat: true}, syscall.SIGTERM},
		"sigterm_between_two_tries":  {fakehcp.ChannelRoute, fakehcp.Fault{Status: 503, Header: http.Header{"Retry-After": {"1800"}}}, syscall.SIGTERM},
		"sigint_in_an_endless_body":  {fakehcp.ChannelRoute, fakehcp.Fault{Truncate: true, Hang: true}, os.Interrupt},
		"sigterm_between_two_tokens": {fakehcp.TokenRoute, fakehcp.Fault{Status: 429, Header: http.Header{"Retry-After": {"1800"}}}, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, tc.fault)
			s := w.step(t, map[string]string{"bucket": "ubuntu", "channel": "production", "timeout": "1h"})
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			asked := func(r fakehcp.Request) bool { return r.Route == tc.route }
			for !slices.ContainsFunc(w.server.Requests(), asked) {
				time.Sleep(time.Millisecond)
			}
			if err := s.cmd.Process.Signal(tc.signal); err != nil {
				t.Fatal(err)
			}
			checkEnd(t, s.wait(t, s.cmd.Wait()), problem.Cancelled)
		})
	}
}

// TestFilesThatCannotBeWritten fails a step that would pass: what it wrote of an image before is taken
// back.
func TestFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			got := unwritable(t, variable, "production")
			errors := annotation.FindAllStringSubmatch(got.log, -1)
			if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(problem.CannotWriteOutputs) || !strings.Contains(errors[0][2], variable) {
				t.Errorf("got no failure that names %s:\n%s", variable, got)
			}
			if variable == "GITHUB_OUTPUT" && (strings.Contains(got.summary, "✅") || !strings.Contains(got.summary, string(problem.CannotWriteOutputs))) {
				t.Errorf("the summary does not tell:\n%s", got.summary)
			}
			if variable == "GITHUB_STEP_SUMMARY" && (got.outputs["image-id"] != "" || got.outputs["images"] != "[]" || got.outputs["builds"] != "[]") {
				t.Errorf("there is something to deploy:\n%s", got)
			}
		})
	}
	t.Run("refused_iteration", func(t *testing.T) {
		t.Parallel()
		got := unwritable(t, "GITHUB_OUTPUT", "unassigned")
		if errors := annotation.FindAllStringSubmatch(got.log, -1); len(errors) != 1 || errors[0][1] != string(problem.NoIterationAssigned) {
			t.Errorf("the reason is lost:\n%s", got)
		}
	})
}

// TestPipeThatNobodyReads ends at the timeout, or when it is told to.
func TestPipeThatNobodyReads(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		timeout string
		signal  os.Signal
		title   problem.Title
	}{
		"timeout": {"2s", nil, problem.CannotWriteOutputs},
		"sigterm": {"1h", syscall.SIGTERM, problem.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			s := w.step(t, map[string]string{"bucket": "ubuntu", "channel": "production", "timeout": tc.timeout})
			s.cmd.Env = append(s.cmd.Env, "GITHUB_OUTPUT="+pipe)
			if err := s.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if tc.signal != nil {
				for !slices.ContainsFunc(w.server.Requests(), func(r fakehcp.Request) bool { return r.Route == fakehcp.ChannelRoute }) {
					time.Sleep(time.Millisecond)
				}
				if err := s.cmd.Process.Signal(tc.signal); err != nil {
					t.Fatal(err)
				}
			}
			got := s.wait(t, s.cmd.Wait())
			if found := annotation.FindAllStringSubmatch(got.log, -1); got.exitCode != 1 || len(found) != 1 || found[0][1] != string(tc.title) {
				t.Errorf("got no failure titled %q:\n%s", tc.title, got)
			}
		})
	}
}

// unwritable runs a step for which a file of the runner is a folder.
func unwritable(t *testing.T, variable, channel string) result {
	t.Helper()
	s := newWorld(t).step(t, map[string]string{"bucket": "ubuntu", "channel": channel})
	s.cmd.Env = append(s.cmd.Env, variable+"=/")
	return s.wait(t, s.cmd.Run())
}

// inProcess runs the flow in this process, for what no process can be brought to do.
func (w *world) inProcess(ctx context.Context, now func() time.Time) result {
	env := merged(w.env, map[string]string{"HCP_API_TLS": "insecure", "HCP_AUTH_TLS": "insecure"})
	for name, value := range merged(principal(), map[string]string{"bucket": "ubuntu", "channel": "production"}) {
		env["INPUT_"+strings.ToUpper(name)] = value
	}
	var log bytes.Buffer
	got := result{exitCode: 1}
	if (action.Action{LookupEnv: lookup(env), Stdout: &log, Now: now}).Main(ctx, nil) {
		got.exitCode = 0
	}
	got.log = log.String()
	return got
}

// TestDefect has the flow panic: that is a failure too, and nothing to deploy.
func TestDefect(t *testing.T) {
	t.Parallel()
	got := newWorld(t).inProcess(t.Context(), func() time.Time { panic("a defect") })
	errors := annotation.FindAllStringSubmatch(got.log, -1)
	if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(problem.InternalError) ||
		!strings.Contains(got.log, "\nimage-id=\n") || !strings.Contains(got.log, "\nimages=[]\n") {
		t.Errorf("got no failure titled %q:\n%s", problem.InternalError, got.log)
	}
	if strings.Contains(got.log, "goroutine") {
		t.Errorf("there is a stack trace:\n%s", got.log)
	}
}

// TestNothingIsLeftBehind searches every byte that a step leaves for its secrets, and finds no file
// but those that the runner asked for.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	secret := principal()["client-secret"]
	const echoToken = "echoes the token"
	echo := fakehcp.Fault{Status: 403, Body: `{"code": 7, "message": "denied to ` + secret + `", "details": []}`}
	for name, tc := range map[string]struct {
		inputs map[string]string
		route  fakehcp.Route
		fault  []fakehcp.Fault
	}{
		"passing":                {map[string]string{"channel": "production"}, fakehcp.AnyRoute, nil},
		"revoked":                {map[string]string{"fingerprint": "ubuntu-2026-08-20"}, fakehcp.AnyRoute, nil},
		"invalid":                {map[string]string{"channel": "::"}, fakehcp.AnyRoute, nil},
		"echoed_by_registry":     {map[string]string{"channel": "production"}, fakehcp.ChannelRoute, []fakehcp.Fault{echo}},
		"token_in_the_iteration": {map[string]string{"channel": "production"}, fakehcp.ChannelRoute, []fakehcp.Fault{{Body: echoToken}}},
		"echoed_by_the_token":    {map[string]string{"channel": "production"}, fakehcp.TokenRoute, []fakehcp.Fault{echo}},
		// Cut at 300 characters, the message would hold all but the end of the secret.
		"echoed_and_cut_short": {map[string]string{"channel": "production"}, fakehcp.TokenRoute, []fakehcp.Fault{{
			Status: 503, Body: `{"code": 14, "message": "` + strings.Repeat("x", 300-len(secret)+4) + secret + `", "details": []}`,
		}}},
		"unavailable": {map[string]string{"channel": "production", "timeout": "2s"}, fakehcp.TokenRoute, []fakehcp.Fault{{Reset: true, Repeat: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, f := range tc.fault {
				if f.Body == echoToken {
					f = fakehcp.Fault{Edit: func(body []byte) []byte {
						return setField(t, body, []string{"channel", "version", "author_id"}, tokens(w.server)[0])
					}}
				}
				w.server.Fail(tc.route, f)
			}
			tc.inputs["bucket"] = "ubuntu"
			s := w.step(t, tc.inputs)
			s.cmd.Dir = t.TempDir()
			s.cmd.Env = append(s.cmd.Env, "GITHUB_ACTIONS=true", "HOME="+s.cmd.Dir, "TMPDIR="+s.cmd.Dir, "GITHUB_WORKSPACE="+s.cmd.Dir, "DEBUG=1", "SWAGGER_DEBUG=1", "RUNNER_DEBUG=1")
			got := s.wait(t, s.cmd.Run())
			checkNoFiles(t, s.cmd.Dir)
			masks, rest := splitMasks(got.log)
			if !strings.HasPrefix(got.log, "::add-mask::"+secret+"\n") {
				t.Errorf("the secret is not masked before anything else:\n%s", got.log)
			}
			for _, value := range append(tokens(w.server), secret) {
				if got, want := slices.Index(masks, "::add-mask::"+value) >= 0, true; got != want {
					t.Errorf("%q is not masked:\n%s", value, masks)
				}
				for place, text := range map[string]string{"log": rest, "result": got.String()[strings.Index(got.String(), "-- outputs --"):]} {
					if strings.Contains(text, value[:20]) { // a part of it is too much
						t.Errorf("%q is in the %s:\n%s", value, place, text)
					}
				}
			}
		})
	}
}

// tokens are the access tokens with which the server was asked.
func tokens(server *fakehcp.Server) []string {
	var tokens []string
	for _, request := range server.Requests() {
		if token, found := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer "); found {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// splitMasks parts the masks, which the runner takes out of the log, from the rest. They stand first,
// but for what tells of a retry before the next secret is known.
func splitMasks(log string) (masks []string, rest string) {
	var before strings.Builder
	for strings.HasPrefix(log, "::add-mask::") || strings.HasPrefix(log, "HCP Packer: ") && strings.Contains(log, "\n::add-mask::") {
		var line string
		line, log, _ = strings.Cut(log, "\n")
		switch {
		case strings.HasPrefix(line, "::add-mask::"):
			masks = append(masks, line)
		case strings.Contains(line, "trying again"):
			before.WriteString(line + "\n")
		default:
			return masks, before.String() + line + "\n" + log
		}
	}
	return masks, before.String() + log
}

func checkNoFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			t.Errorf("the step left %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestLargestIteration bounds the memory of the largest iteration that is valid.
func TestLargestIteration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "registry.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const ordinary, largest = "generate: {builds: 200, images: 3}", "generate: {builds: 2000, images: 20}"
	if !strings.Contains(string(text), ordinary) {
		t.Fatalf("the registry has no %q", ordinary)
	}
	registry, err := fakehcp.Parse([]byte(strings.Replace(string(text), ordinary, largest, 1)))
	if err != nil {
		t.Fatal(err)
	}
	w := worldOf(t, registry)
	for _, version := range []string{"2023-01-01", "2021-04-30"} {
		s := w.step(t, map[string]string{"bucket": "many-images", "channel": "huge", "api-version": version})
		peak := s.peak(t)
		got := s.wait(t, s.cmd.Wait())
		var images []json.RawMessage
		if err := json.Unmarshal([]byte(got.outputs["images"]), &images); err != nil || len(images) != 40_000 {
			t.Errorf("got %d images, %v", len(images), err)
		}
		t.Logf("%s: a peak of %d KiB", version, peak)
		if limit := 200 << 10; peak > limit {
			t.Errorf("%s: got a peak of %d KiB, want at most %d", version, peak, limit)
		}
	}
}

// peak starts the step and returns the most memory that it had when its outputs were written, in
// KiB. A process's peak is gone with it, and what wait4 tells is at least the peak of this test, so
// the step is held at the last file that it writes until its peak is read.
func (s *step) peak(t *testing.T) (kib int) {
	t.Helper()
	summary, output := s.runner.Environment()["GITHUB_STEP_SUMMARY"], s.runner.Environment()["GITHUB_OUTPUT"]
	if err := errors.Join(os.Remove(summary), syscall.Mkfifo(summary, 0o600), s.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	for info, err := os.Stat(output); err != nil || info.Size() == 0; info, err = os.Stat(output) {
		time.Sleep(time.Millisecond)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, high, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscanf(high, "%d kB", &kib); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(summary); err != nil {
		t.Error(err)
	}
	if err := errors.Join(os.Remove(summary), os.WriteFile(summary, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	return kib
}
