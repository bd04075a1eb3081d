package action_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// The tests of this file show that a whole process is wired: its signals, files, streams and certificates.

// ubuntu are the inputs of a step that passes.
func ubuntu() map[string]string {
	return map[string]string{"bucket": "ubuntu", "channel": "production"}
}

// runProcess runs a step as a process.
func (w *world) runProcess(t *testing.T, inputs map[string]string) result {
	t.Helper()
	s := w.step(t, inputs)
	return s.runCommand(t, s.command(t))
}

// TestInsecureTLS warns of a run that checks no certificates, and of one without TLS.
func TestInsecureTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["HCP_API_TLS"], w.env["HCP_AUTH_TLS"], w.env["SSL_CERT_FILE"] = "insecure", "insecure", os.DevNull
	got := w.runProcess(t, ubuntu())
	checkEnd(t, got, passes)
	if !strings.Contains(got.log, "::warning title=TLS verification is off::") {
		t.Errorf("there is no warning:\n%s", got.log)
	}
}

// TestPrivateCA trusts the file in SSL_CERT_FILE, and no server without it.
func TestPrivateCA(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	checkEnd(t, w.runProcess(t, ubuntu()), passes)
	w.env["SSL_CERT_FILE"] = os.DevNull
	checkEnd(t, w.runProcess(t, ubuntu()), problem.HCPUnavailable)
}

// TestGoLogs has Go itself log what it sends over HTTP/2: nothing of that is shown.
func TestGoLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["GODEBUG"] = "http2debug=2"
	got := w.runProcess(t, ubuntu())
	checkEnd(t, got, passes)
	if strings.Contains(got.log, "http2") {
		t.Errorf("there is more in the log than the action's own:\n%s", got.log)
	}
}

// TestProxy has a proxy refuse to carry anything: it is named without its password, and asked once.
func TestProxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	w := newWorld(t)
	host := proxy.Listener.Addr().String()
	w.env["HTTPS_PROXY"], w.env["HCP_API_ADDRESS"], w.env["HCP_AUTH_URL"] = "http://user:s3cr3t-password@"+host, "", ""
	got := w.runProcess(t, ubuntu())
	checkEnd(t, got, problem.HCPUnavailable)
	if message := got.outputs["message"]; !strings.Contains(message, "proxy") || !strings.Contains(message, host) || strings.Contains(got.String(), "s3cr3t") {
		t.Errorf("got %q", message)
	}
	if n := asked.Load(); n < 1 || n > 2 { // the token, and HCP's API ahead of its first request
		t.Errorf("the proxy was asked %d times", n)
	}
}

// TestCancelled signals a step that waits: for HCP, or for the next try.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  fakehcp.Fault
		signal os.Signal
	}{
		"sigterm_in_a_request": {fakehcp.Fault{Hang: true, Repeat: true}, syscall.SIGTERM},
		"sigint_between_tries": {fakehcp.Fault{Status: 503, Header: http.Header{"Retry-After": {"1800"}}, Repeat: true}, os.Interrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(fakehcp.ChannelRoute, tc.fault)
			s := w.step(t, merged(ubuntu(), map[string]string{"timeout": "1h"}))
			cmd := s.command(t)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-w.asks(t, 1, fakehcp.ChannelRoute).Done()
			if err := cmd.Process.Signal(tc.signal); err != nil {
				t.Fatal(err)
			}
			checkEnd(t, s.wait(t, cmd), problem.Cancelled)
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
			s := newWorld(t).step(t, ubuntu())
			s.env[variable] = "/" // a folder
			got := s.run(t)
			errors := annotation.FindAllStringSubmatch(got.log, -1)
			if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(problem.CannotWriteOutputs) || !strings.Contains(errors[0][2], variable) {
				t.Errorf("got no failure that names %s:\n%s", variable, got)
			}
			if strings.Contains(got.summary, "✅") || got.outputs["image-id"] != "" || strings.Contains(got.outputs["images"]+got.outputs["builds"], "{") {
				t.Errorf("there is something to deploy:\n%s", got)
			}
		})
	}
}

// TestLogThatCannotBeWritten fails a step that would pass, and loses no output: with a log on a full disk, and one that
// nobody reads any more.
func TestLogThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	reader, closed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	for name, log := range map[string]*os.File{"full_disk": full, "closed_pipe": closed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer log.Close()
			s := newWorld(t).step(t, map[string]string{"bucket": "revocations", "channel": "scheduled"})
			cmd := s.command(t)
			cmd.Stdout = log
			got := s.runCommand(t, cmd)
			if got.exitCode != 1 || got.outputs["problem"] != string(problem.CannotWriteOutputs) || got.outputs["image-id"] != "" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestFileSizeLimit cuts the step's files at every size: they hold the passing or the failing form, or nothing.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for blocks := range 8 {
		s := w.step(t, map[string]string{"bucket": "many-images", "channel": "everywhere"})
		limited := fmt.Sprintf(`ulimit -f %d; exec "$0"`, blocks) // of 512 bytes
		cmd := s.command(t)
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", limited, program}
		got := s.runCommand(t, cmd)
		written := len(got.outputs) > 0
		if got.exitCode == 0 && (!written || got.summary == "" || got.outputs["problem"] != "") ||
			got.exitCode != 0 && (got.outputs["images"] != "" && got.outputs["images"] != "[]" || strings.Contains(got.summary, "✅")) {
			t.Errorf("%d blocks: the files hold both forms:\n%s", blocks, got)
		}
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
			dir := t.TempDir()
			s.env = merged(s.env, map[string]string{"GITHUB_ACTIONS": "true", "HOME": dir, "TMPDIR": dir, "GITHUB_WORKSPACE": dir, "DEBUG": "1", "SWAGGER_DEBUG": "1", "RUNNER_DEBUG": "1"})
			cmd := s.command(t)
			cmd.Dir = dir
			got := s.runCommand(t, cmd)
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("the step left %v, %v", left, err)
			}
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

// TestLargestIteration bounds the memory of the largest iteration that is valid.
func TestLargestIteration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "registry.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const ordinary, one = "generate: {builds: 200, images: 3}", "generate: {builds: 1, images: 1}"
	if !strings.Contains(string(text), ordinary) {
		t.Fatalf("the registry has no %q", ordinary)
	}
	registry, err := fakehcp.Parse([]byte(strings.Replace(string(text), ordinary, one, 1)))
	if err != nil {
		t.Fatal(err)
	}
	w := worldOf(t, registry)
	w.server.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Repeat: true, Edit: func(body []byte) []byte {
		return repeatElement(repeatElement(repeatElement(body, "artifacts", 20), "images", 20), "builds", 2000)
	}})
	for _, version := range []string{"2023-01-01", "2021-04-30"} {
		s := w.step(t, map[string]string{"bucket": "many-images", "channel": "huge", "api-version": version, "timeout": "1h"}) // a busy machine is slow
		got, peak := s.runPeak(t)
		if images := strings.Count(got.outputs["images"], `"image_id":`); images != 40_000 {
			t.Errorf("got %d images", images)
		}
		t.Logf("%s: a peak of %d KiB", version, peak)
		if limit := 256 << 10; peak > limit { // from where on the collector works harder, see main.go
			t.Errorf("%s: got a peak of %d KiB, want at most %d", version, peak, limit)
		}
	}
}

// repeatElement has the list of this name, if the body has one, have its first element so many times.
func repeatElement(body []byte, list string, times int) []byte {
	before, rest, found := bytes.Cut(body, []byte(`"`+list+`":[`))
	element := json.NewDecoder(bytes.NewReader(rest))
	if !found || element.Decode(new(json.RawMessage)) != nil {
		return body
	}
	first, after := rest[:element.InputOffset()], rest[element.InputOffset():]
	return slices.Concat(before, []byte(`"`+list+`":[`), bytes.Repeat(append(first[:len(first):len(first)], ','), times-1), first, after)
}

// runPeak runs the step's process, and tells the most memory that it had when its summary was written, in KiB. A
// process's peak is gone with it, and what wait4 tells is at least the peak of this test, so the step is held
// at the last file that it writes until its peak is read.
func (s *step) runPeak(t *testing.T) (got result, kib int) {
	t.Helper()
	cmd, summary, output := s.command(t), s.env["GITHUB_STEP_SUMMARY"], s.env["GITHUB_OUTPUT"]
	if err := errors.Join(os.Remove(output), syscall.Mkfifo(output, 0o600), cmd.Start()); err != nil {
		t.Fatal(err)
	}
	for info, err := os.Stat(summary); err != nil || info.Size() == 0; info, err = os.Stat(summary) {
		time.Sleep(time.Millisecond)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, high, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscanf(high, "%d kB", &kib); err != nil {
		t.Fatal(err)
	}
	outputs, err := os.ReadFile(output)
	if err := errors.Join(err, os.Remove(output), os.WriteFile(output, outputs, 0o600)); err != nil {
		t.Fatal(err)
	}
	return s.wait(t, cmd), kib
}
