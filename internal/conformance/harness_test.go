package conformance

import (
	"bytes"
	"encoding/json"
	"maps"
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

// startHCP starts a fake HCP with the registry of testdata/registry.yaml, and gives the variables
// with which a client gets there and logs in.
func startHCP(t *testing.T) (*fakehcp.Server, map[string]string) {
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
	env := server.Environment(ca)
	env["SSL_CERT_DIR"] = filepath.Dir(ca) // or each program parses all of the machine's certificates
	env["HCP_CLIENT_ID"] = "project-viewer-id"
	env["HCP_CLIENT_SECRET"] = "project-viewer-secret-55c0fe"
	env["HCP_ORGANIZATION_ID"] = "0a1b2c3d-0000-4000-8000-00000000000a"
	env["HCP_PROJECT_ID"] = "11111111-1111-4111-8111-111111111111"
	return server, env
}

// asContributor logs in where channels can be moved, and looks there.
func asContributor(hcp map[string]string) {
	maps.Copy(hcp, map[string]string{
		"HCP_CLIENT_ID":       "fleet-contributor-id",
		"HCP_CLIENT_SECRET":   "fleet-contributor-secret-1d7ae5",
		"HCP_ORGANIZATION_ID": "0a1b2c3d-0000-4000-8000-00000000000d",
		"HCP_PROJECT_ID":      "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
	})
}

// environ makes the whole environment of a process. Nothing of the developer's own is in it: a
// variable of Terraform's or HCP's there would change what is compared.
func environ(sets ...map[string]string) []string {
	var env []string
	for _, set := range sets {
		for name, value := range set {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// output runs a command that has to succeed, and returns what it prints.
func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, &stdout, &stderr)
	}
	return stdout.Bytes()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func fromJSON(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
