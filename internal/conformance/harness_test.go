package conformance

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
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

// principal is who logs in, and where it looks.
type principal struct{ id, secret, organization, project string }

var (
	// viewer looks at images.
	viewer = principal{
		"project-viewer-id", "project-viewer-secret-55c0fe",
		"0a1b2c3d-0000-4000-8000-00000000000a", "11111111-1111-4111-8111-111111111111",
	}
	// contributor moves channels.
	contributor = principal{
		"fleet-contributor-id", "fleet-contributor-secret-1d7ae5",
		"0a1b2c3d-0000-4000-8000-00000000000d", "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
	}
)

// start starts a fake HCP with the registry of testdata/registry.yaml, and makes both clients of it.
func start(t *testing.T, p principal) (*fakehcp.Server, terraform, program) {
	t.Helper()
	registry, err := fakehcp.Load(filepath.Join(root, "testdata/registry.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := server.WriteCA(ca); err != nil {
		t.Fatal(err)
	}
	hcp := server.Environment(ca)
	hcp["SSL_CERT_DIR"] = filepath.Dir(ca) // or each program parses all of the machine's certificates
	hcp["HCP_CLIENT_ID"], hcp["HCP_CLIENT_SECRET"] = p.id, p.secret
	hcp["HCP_ORGANIZATION_ID"], hcp["HCP_PROJECT_ID"] = p.organization, p.project
	terraform := newTerraform(t, hcp)
	path := filepath.Join(t.TempDir(), "step")
	output(t, exec.CommandContext(t.Context(), "go", "build", "-o", path, root))
	return server, terraform, program{path, hcp}
}

// output runs a command that has to succeed, and returns what it prints.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, &stdout, &stderr)
	}
	return stdout.String()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fromJSON(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// text is a string as it is, nothing for null, and anything else in JSON.
func text(t *testing.T, v any) value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return value(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return value(text)
}
