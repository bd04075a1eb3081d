package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
)

// The tests of this file show what a container has of its own; internal/action shows the program.

// step is a docker run of the action, outside of any runner, where it prints its outputs.
type step struct {
	cmd *exec.Cmd
	log bytes.Buffer
}

// newStep prepares a step: the options are those of docker run, and the arguments the action's.
func newStep(t *testing.T, hcp *fakehcp.Server, inputs map[string]string, options []string, args ...string) *step {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := hcp.WriteCA(ca); err != nil {
		t.Fatal(err)
	}
	all := []string{"run", "--rm", "--network", "host", "-v", ca + ":" + ca}
	all = append(all, assignments("--env", hcp.Environment(ca))...)
	for name, value := range inputs {
		all = append(all, "--env", "INPUT_"+strings.ToUpper(name)+"="+value)
	}
	s := &step{cmd: exec.CommandContext(t.Context(), "docker", slices.Concat(all, options, []string{image(t)}, args)...)}
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	return s
}

// wantEnd checks how the step ended, and that its log has the lines.
func (s *step) wantEnd(t *testing.T, exitCode int, lines ...string) {
	t.Helper()
	if got := s.cmd.ProcessState.ExitCode(); got != exitCode {
		t.Errorf("exit code %d, want %d:\n%s", got, exitCode, &s.log)
	}
	for _, line := range lines {
		if !strings.Contains("\n"+s.log.String(), "\n"+line) {
			t.Errorf("no line begins with %q:\n%s", line, &s.log)
		}
	}
}

// The runner stops a step with a signal, and the action is the container's first process, for which
// the kernel has no defaults.
func TestStopped(t *testing.T) {
	t.Parallel()
	hcp := startHCP(t)
	hcp.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Hang: true})
	name := "hcp-packer-iteration-e2e-" + rand.Text()
	s := newStep(t, hcp, map[string]string{
		"bucket": "ubuntu", "channel": "production", "client-id": clientID, "client-secret": clientSecret, "timeout": "1h",
	}, []string{"--name", name})
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	asked := func(r fakehcp.Request) bool { return r.Route == fakehcp.ChannelRoute }
	for !slices.ContainsFunc(hcp.Requests(), asked) {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := command("docker", "kill", "--signal", "TERM", name); err != nil {
		t.Error(err)
	}
	_ = s.cmd.Wait()
	s.wantEnd(t, 1, "::error title=Cancelled::")
}

// The largest answers, eight at once, fit in the memory that the contract allows: a step that takes more is killed.
func TestAuditMemory(t *testing.T) {
	t.Parallel()
	const (
		bound = 16 << 20
		from  = `{"channels": [{"name": "production", "version": {"id": "ID", "status": "VERSION_ACTIVE", "builds": [{}`
		build = `, {"id": "01K6BV11D00000000000000001", "labels": {"a": "b"}, "artifacts": [{"external_identifier": "ami-1"}]}`
		to    = `]}}]}`
	)
	hcp := startHCP(t)
	hcp.Fail(fakehcp.ChannelsRoute, fakehcp.Fault{
		Body:   from + strings.Repeat(build, (bound-len(from)-len(to))/len(build)) + to,
		Delay:  300 * time.Millisecond, // or the first would be there before the last is asked for
		Repeat: true,
	})
	s := newStep(t, hcp, map[string]string{
		"buckets": "*\n!*name*\n!*escape\n!empty", "client-id": "fleet-viewer-id", "client-secret": "fleet-viewer-secret-e0b92c",
		"timeout": "1h", // a busy machine takes its time for so much
	}, []string{"--memory", "400m", "--memory-swap", "400m"}, "audit")
	run(t, s.cmd)
	s.wantEnd(t, 0, "buckets=8\n", "checked=8\n")
}

// mostBytes is what an image may have, unpacked.
const mostBytes = 11_500_000

// Another user than root could not write GITHUB_OUTPUT, which is the runner's own.
func TestImage(t *testing.T) {
	t.Parallel()
	text, err := command("docker", "image", "inspect", "-f", "{{.Size}} {{.Config.User}}", image(t))
	if err != nil {
		t.Fatal(err)
	}
	var size int
	var user string
	fmt.Sscan(text, &size, &user)
	if size == 0 || size > mostBytes || user != "" {
		t.Errorf("the image has %d bytes, want at most %d, and runs as %q, want root", size, mostBytes, user)
	}
}
