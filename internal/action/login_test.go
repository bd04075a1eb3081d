package action_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

const provider = "iam/project/" + project + "/service-principal/project-contributor/workload-identity-provider/github"

// TestLogin logs in by each way that a job has, and counts what each asks. What may go wrong on them is tested in
// internal/hcp.
func TestLogin(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		inputs, env map[string]string
		github      bool // whether the job may ask for an OIDC token
		file        bool // whether hashicorp/hcp-auth-action left a credential file
		title       problem.Title
		asks        []fakehcp.Route
	}{
		"secret_and_ids": {
			inputs: merged(principal()),
			asks:   []fakehcp.Route{fakehcp.ChannelRoute},
		},
		"secret": {
			inputs: map[string]string{"client-id": "project-viewer-id", "client-secret": "project-viewer-secret-55c0fe"},
			asks:   []fakehcp.Route{fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"variables": {
			env: map[string]string{"HCP_CLIENT_ID": "project-viewer-id", "HCP_CLIENT_SECRET": "project-viewer-secret-55c0fe",
				"HCP_ORGANIZATION_ID": organization, "HCP_PROJECT_ID": project},
			asks: []fakehcp.Route{fakehcp.ChannelRoute},
		},
		"provider": {
			inputs: map[string]string{"workload-identity-provider": provider}, github: true,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"provider_without_permission": {
			inputs: map[string]string{"workload-identity-provider": provider},
			title:  problem.NotAuthenticated,
		},
		"file": {
			file: true, github: true,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"fork": {
			env:   map[string]string{"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": "", "HCP_CRED_FILE": ""},
			title: problem.NotAuthenticated,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			env := merged(w.env, tc.env, map[string]string{"GITHUB_ACTIONS": "true"})
			if tc.github {
				env = merged(env, w.server.OIDCEnvironment())
			}
			if tc.file {
				env = merged(env, credentialFile(t, w))
			}
			w.env = env
			none := map[string]string{"client-id": "", "client-secret": "", "organization-id": "", "project-id": ""}
			got := w.run(t, merged(map[string]string{"bucket": "ubuntu", "channel": "production"}, none, tc.inputs))
			_, got.log = splitMasks(got.log)
			checkEnd(t, got, tc.title)
			if diff := cmp.Diff(tc.asks, w.routes()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			checkNothingShown(t, w, got)
		})
	}
}

// credentialFile is what hashicorp/hcp-auth-action leaves: a file in the workspace, and its path on the host.
func credentialFile(t *testing.T, w *world) map[string]string {
	t.Helper()
	workspace, oidc := t.TempDir(), w.server.OIDCEnvironment()
	text := fmt.Sprintf(`{"scheme": "workload", "workload": {"provider_resource_name": %q, "url": {"url": "%s&audience=%s",
		"headers": {"Authorization": "Bearer %s"}, "format_type": "json", "subject_cred_pointer": "/value"}}}`,
		provider, oidc["ACTIONS_ID_TOKEN_REQUEST_URL"], url.QueryEscape(provider), oidc["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	if err := os.WriteFile(filepath.Join(workspace, "hcp_cred.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"HCP_CRED_FILE": "/home/runner/work/r/r/hcp_cred.json", "GITHUB_WORKSPACE": workspace}
}

// checkNothingShown finds no secret and no token in what the runner gets.
func checkNothingShown(t *testing.T, w *world, got result) {
	t.Helper()
	for _, secret := range slices.Concat(tokens(w.server), []string{"project-viewer-secret-55c0fe"}) {
		if strings.Contains(got.String(), secret) {
			t.Errorf("%q is shown:\n%s", secret, got)
		}
	}
}
