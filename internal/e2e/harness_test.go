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

	"go.yaml.in/yaml/v3"

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

// needDocker ends the test where there is no Docker daemon, or with go test -short.
func needDocker(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what needs Docker")
	}
	if err := dockerAnswers(); err != nil {
		unavailable(t, fmt.Sprintf("no Docker daemon: %v", err))
	}
}

var dockerAnswers = sync.OnceValue(func() error {
	_, err := command("docker", "version")
	return err
})

// image builds the action's image, once for all tests, and returns its id. An id stays the same
// image whatever another checkout builds on the same machine meanwhile; a tag would not.
func image(t *testing.T) string {
	t.Helper()
	needDocker(t)
	id, err := buildImage()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

var buildImage = sync.OnceValues(func() (string, error) {
	if _, err := command("standin/golang.sh"); err != nil {
		return "", err
	}
	return command("docker", "build", "-q", "-t", "hcp-packer-iteration:e2e", root)
})

// command runs a program and returns what it prints; what it prints besides is in the error.
func command(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// tool finds one of the project's tools: what make says, in a variable of the tool's name, or else
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

// startHCP starts a fake HCP with the registry of testdata/registry.yaml, edited.
func startHCP(t *testing.T, edits ...func(*fakehcp.Registry)) *fakehcp.Server {
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
	for _, edit := range edits {
		server.Change(edit)
	}
	return server
}

// A service principal of testdata/registry.yaml, and the project that it can read.
const (
	clientID       = "project-viewer-id"
	clientSecret   = "project-viewer-secret-55c0fe"
	organizationID = "0a1b2c3d-0000-4000-8000-00000000000a"
	projectID      = "11111111-1111-4111-8111-111111111111"
)

// caFile is the file that vouches for the fake HCP.
const caFile = "fake-hcp-ca.pem"

// metadata is an action.yml, as far as a runner heeds it.
type metadata struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Description string }
	Runs    struct {
		Image string
		Args  []string
	}
}

// readMetadata reads the action.yml of a folder of the checkout.
func readMetadata(t *testing.T, folder string) metadata {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, folder, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
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

// exitCode is the exit code of a command that ran, whatever it was.
func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit == nil {
		return 0
	}
	return exit.ExitCode()
}
