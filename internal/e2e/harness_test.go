package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// root is the checkout, as seen from this package's folder, where its tests run.
const root = "../.."

// unavailable ends a test that cannot run on this machine: a skip for a developer, a failure in CI,
// where a check that did not run must not look like one that passed.
func unavailable(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// image builds the action's image, once for all tests, and returns its id. An id stays the same
// image whatever another checkout builds on the same machine meanwhile; a tag would not.
func image(t *testing.T) string {
	t.Helper()
	if err := dockerAnswers(); err != nil {
		unavailable(t, fmt.Sprintf("no Docker daemon: %v", err))
	}
	id, err := buildImage()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

var dockerAnswers = sync.OnceValue(func() error {
	_, err := command("docker", "version")
	return err
})

var buildImage = sync.OnceValues(func() (string, error) {
	if _, err := command("standin/golang.sh"); err != nil {
		return "", err
	}
	return command("docker", "build", "-q", "-t", "hcp-packer-iteration:e2e", root)
})

// command runs a program and returns what it prints on stdout; stderr is in the error.
func command(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// run runs a command to its end, and returns its exit code, whatever that is.
func run(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

// tool finds one of the project's tools: the one that make names in a variable of the tool's name, or else
// any of that name.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path := os.Getenv(strings.ToUpper(name)); path != "" {
		return path
	}
	path, err := exec.LookPath(name)
	if err != nil {
		unavailable(t, fmt.Sprintf("no %s here; `make e2e` installs it", name))
	}
	return path
}

// load reads the registry of the tests once. A server changes its own copy.
var load = sync.OnceValues(func() (*fakehcp.Registry, error) {
	return fakehcp.Load(filepath.Join(root, "testdata/registry.yaml"))
})

// startHCP starts a fake HCP with the registry of testdata/registry.yaml.
func startHCP(t *testing.T) *fakehcp.Server {
	t.Helper()
	registry, err := load()
	if err != nil {
		t.Fatal(err)
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// assignments are NAME=VALUE, each after the flag.
func assignments(flag string, values map[string]string) []string {
	var args []string
	for name, value := range values {
		args = append(args, flag, name+"="+value)
	}
	return args
}

// readFile reads a file of this package's folder or, by a path from there, of the checkout.
func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// writeFiles writes files, by path, into a folder.
func writeFiles(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// git runs Git in a folder.
func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	out, err := command("git", append([]string{"-C", folder, "-c", "user.name=e2e", "-c", "user.email=e2e@example.com"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
