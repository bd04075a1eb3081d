package hcp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// TestCredentialFileSecrets looks at what of a credential file is masked before the first request.
func TestCredentialFileSecrets(t *testing.T) {
	t.Parallel()
	url := func(url, headers string) string {
		return workloadFile(fmt.Sprintf(`"url": {"url": %q, "headers": {%s}, "format_type": "json", "subject_cred_pointer": "/value"}`, url, headers))
	}
	const at = issuerHost + "/token"
	for name, tc := range map[string]struct {
		file         string
		masked, open []string
	}{
		"header_with_a_scheme":    {url("https://"+at, `"Authorization": "Bearer s3cr3t-bearer"`), []string{"s3cr3t-bearer", "Bearer s3cr3t-bearer"}, nil},
		"header_without_a_scheme": {url("https://"+at, `"X-Key": "s3cr3t-key-of-it"`), []string{"s3cr3t-key-of-it"}, nil},
		"header_of_a_key":         {url("https://"+at, `"X-Key": "one s3cr3t of it"`), []string{"one s3cr3t of it", "s3cr3t of it"}, nil},
		"user_and_password":       {url("https://s3cr3t-user:s3cr3t-p%40ss@"+at, ``), []string{"s3cr3t-user", "s3cr3t-p@ss"}, nil},
		"what_is_no_secret":       {url("https://"+at+"?environment=production&audience="+provider, `"X-Environment": "production-eu"`), nil, []string{"production", "production-eu", provider}},
		"token":                   {workloadFile(`"token": {"token": "` + jwt + `"}`), []string{jwt}, nil},
		"client_secret":           {secretFile, []string{clientSecret}, nil},
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.session(t, fileConfig(t, tc.file))
			first := slices.IndexFunc(c.events, func(event string) bool { return strings.HasPrefix(event, "request") })
			for _, secret := range tc.masked {
				if !slices.Contains(c.events[:first], "mask of "+secret) {
					t.Errorf("%q is not masked: %q", secret, c.events)
				}
			}
			for _, text := range tc.open {
				if slices.Contains(c.events, "mask of "+text) {
					t.Errorf("%q is masked", text)
				}
			}
		})
	}
}
