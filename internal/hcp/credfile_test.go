package hcp

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The credential files of HCP.
const (
	secretFile = `{"scheme": "service_principal_creds", "oauth": {"client_id": "the-client", "client_secret": "` + clientSecret + `"}}`
	urlFile    = `{"scheme": "workload", "workload": {"provider_resource_name": "` + provider + `",
		"url": {"url": "https://` + issuerHost + `/token", "headers": {"Authorization": "Bearer ` + issuerBearer + `"},
			"format_type": "json", "subject_cred_pointer": "/value"}}}`
)

// workloadFile is one whose token comes from the given source.
func workloadFile(source string) string {
	return fmt.Sprintf(`{"scheme": "workload", "workload": {"provider_resource_name": %q, %s}}`, provider, source)
}

// fileConfig is a login with a credential file.
func fileConfig(t *testing.T, text string) Config {
	t.Helper()
	cfg := secretConfig()
	cfg.Credentials = Credentials{File: writeFile(t, "hcp_cred.json", text)}
	return cfg
}

// writeFile writes a file into a folder of its own.
func writeFile(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
