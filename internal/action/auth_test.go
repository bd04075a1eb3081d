package action_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

const (
	organization = "0a1b2c3d-0000-4000-8000-00000000000a"
	project      = "11111111-1111-4111-8111-111111111111"
	provider     = "iam/project/" + project + "/service-principal/project-contributor/workload-identity-provider/github"
	// audienceProvider takes tokens of audience only.
	audienceProvider = "iam/project/" + project + "/service-principal/project-viewer/workload-identity-provider/github-audience"
	audience         = "https://hcp.example.com/packer"
)

// way is one way in. It starts with no credentials and no ids at all.
type way struct {
	inputs, env map[string]string
	// file is the content of the credential file that HCP_CRED_FILE names, where it is not empty. In
	// it, ISSUER is the URL of GitHub's OIDC endpoint, BEARER the token for it, and JWT an OIDC token.
	file string
	// github is whether the job may ask for an OIDC token.
	github bool
	// title is how it ends, and says a part of the message.
	title problem.Title
	says  string
	// asks are the requests that the run makes, in order.
	asks []fakehcp.Route
}

// waysIn are all ways in, and all that end before one is found.
func waysIn() map[string]way {
	viewer := map[string]string{"client-id": "project-viewer-id", "client-secret": "project-viewer-secret-55c0fe"}
	ids := map[string]string{"organization-id": organization, "project-id": project}
	urlFile := fmt.Sprintf(`{"scheme": "workload", "workload": {"provider_resource_name": %q, "url": {"url": "ISSUER&audience=%s",
		"headers": {"Authorization": "Bearer BEARER"}, "format_type": "json", "subject_cred_pointer": "/value"}}}`, provider, strings.ReplaceAll(provider, "/", "%2F"))
	secretFile := `{"scheme": "service_principal_creds", "oauth": {"client_id": "project-viewer-id", "client_secret": "project-viewer-secret-55c0fe"}}`
	return map[string]way{
		"inputs_and_ids": {
			inputs: merged(viewer, ids),
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.ChannelRoute},
		},
		"inputs_alone": {
			inputs: viewer,
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"inputs_and_project": {
			inputs: merged(viewer, map[string]string{"project-id": project}),
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"inputs_and_organization": {
			inputs: merged(viewer, map[string]string{"organization-id": organization}),
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"variables": {
			env: map[string]string{"HCP_CLIENT_ID": "project-viewer-id", "HCP_CLIENT_SECRET": "project-viewer-secret-55c0fe",
				"HCP_ORGANIZATION_ID": organization, "HCP_PROJECT_ID": project},
			asks: []fakehcp.Route{fakehcp.TokenRoute, fakehcp.ChannelRoute},
		},
		"half_an_input_half_a_variable": {
			inputs: merged(ids, map[string]string{"client-id": "project-viewer-id"}),
			env:    map[string]string{"HCP_CLIENT_SECRET": "project-viewer-secret-55c0fe"},
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.ChannelRoute},
		},
		"inputs_before_variables": {
			inputs: merged(viewer, ids),
			env:    map[string]string{"HCP_CLIENT_ID": "other", "HCP_CLIENT_SECRET": "other", "HCP_PROJECT_ID": organization, "HCP_CRED_FILE": "/none"},
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.ChannelRoute},
		},
		"organization_of_several_projects": {
			inputs: map[string]string{"client-id": "org-viewer-id", "client-secret": "org-viewer-secret-7d31ea"},
			title:  problem.AmbiguousProject, says: `"images" (` + project + `)`,
			asks: []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ProjectsRoute},
		},
		"organization_and_project": {
			inputs: map[string]string{"client-id": "org-viewer-id", "client-secret": "org-viewer-secret-7d31ea", "project-id": project},
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"organization_of_one_active_project": {
			inputs: map[string]string{"client-id": "solo-contributor-id", "client-secret": "solo-contributor-secret-c62f18"},
			asks:   []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ProjectsRoute, fakehcp.ChannelRoute},
		},
		"provider_and_ids": {
			inputs: merged(ids, map[string]string{"workload-identity-provider": provider}), github: true,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.ChannelRoute},
		},
		"provider_alone": {
			inputs: map[string]string{"workload-identity-provider": provider}, github: true,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"provider_by_variable": {
			env: map[string]string{"HCP_WORKLOAD_IDENTITY_PROVIDER": provider}, github: true,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"provider_with_audience": {
			inputs: map[string]string{"workload-identity-provider": audienceProvider, "audience": audience}, github: true,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"provider_before_variables": {
			inputs: map[string]string{"workload-identity-provider": provider}, github: true,
			env:  map[string]string{"HCP_CLIENT_ID": "other", "HCP_CLIENT_SECRET": ""},
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"provider_with_wrong_audience": {
			inputs: map[string]string{"workload-identity-provider": audienceProvider}, github: true,
			title: problem.NotAuthenticated, says: "audience",
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute},
		},
		"provider_unknown": {
			inputs: map[string]string{"workload-identity-provider": provider + "-not"}, github: true,
			title: problem.NotAuthenticated, says: "provider's name",
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute},
		},
		"provider_without_permission": {
			inputs: map[string]string{"workload-identity-provider": provider},
			title:  problem.NotAuthenticated, says: "id-token: write",
		},
		"provider_with_blank_permission": {
			inputs: map[string]string{"workload-identity-provider": provider},
			env:    map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""},
			title:  problem.NotAuthenticated, says: "pull request from a fork",
		},
		"two_ways_at_once": {
			inputs: merged(viewer, map[string]string{"workload-identity-provider": provider}), github: true,
			title: problem.InvalidInput, says: "exclude",
		},
		"fork": {
			inputs: map[string]string{"client-id": "", "client-secret": ""},
			env:    map[string]string{"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": "", "HCP_CRED_FILE": ""},
			title:  problem.NotAuthenticated, says: "pull request from a fork",
		},
		"fork_with_an_id_that_is_no_secret": {
			env:   map[string]string{"HCP_CLIENT_ID": "project-viewer-id", "HCP_CLIENT_SECRET": ""},
			title: problem.InvalidInput, says: "pull request from a fork",
		},
		"file_with_secret": {
			file: secretFile,
			asks: []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"file_with_project": {
			file: strings.Replace(secretFile, "{", `{"project_id": "`+project+`", `, 1),
			asks: []fakehcp.Route{fakehcp.TokenRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"file_of_hcp_auth_action": {
			file: urlFile,
			asks: []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"file_with_token": {
			file: `{"scheme": "workload", "workload": {"provider_resource_name": "` + provider + `", "token": {"token": "JWT"}}}`,
			asks: []fakehcp.Route{fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"file_with_variable": {
			file: `{"scheme": "workload", "workload": {"provider_resource_name": "` + provider + `", "env": {"var": "SUBJECT_TOKEN"}}}`,
			asks: []fakehcp.Route{fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"file_with_variable_that_is_unset": {
			file:  `{"scheme": "workload", "workload": {"provider_resource_name": "` + provider + `", "env": {"var": "NOT_THERE"}}}`,
			title: problem.NotAuthenticated, says: "HCP_CRED_FILE",
		},
		"file_with_file": {
			file: `{"scheme": "workload", "workload": {"provider_resource_name": "` + provider + `", "file": {"path": "/home/runner/work/r/r/token.json", "format_type": "json", "subject_cred_pointer": "/a/0"}}}`,
			asks: []fakehcp.Route{fakehcp.ExchangeRoute, fakehcp.CallerIdentityRoute, fakehcp.ChannelRoute},
		},
		"file_with_aws": {
			file:  `{"scheme": "workload", "workload": {"provider_resource_name": "` + provider + `", "aws": {}}}`,
			title: problem.NotAuthenticated, says: "AWS",
		},
		"file_with_hostile_provider": {
			file:  `{"scheme": "workload", "workload": {"provider_resource_name": "iam/project/../../x/workload-identity-provider/x", "token": {"token": "JWT"}}}`,
			title: problem.NotAuthenticated, says: "HCP_CRED_FILE",
		},
		"file_absent":          {env: map[string]string{"HCP_CRED_FILE": "/home/runner/work/r/r/hcp_absent.json"}, title: problem.NotAuthenticated, says: "HCP_CRED_FILE"},
		"file_is_a_folder":     {env: map[string]string{"HCP_CRED_FILE": "/"}, title: problem.NotAuthenticated, says: "HCP_CRED_FILE"},
		"file_is_a_device":     {env: map[string]string{"HCP_CRED_FILE": "/dev/zero"}, title: problem.NotAuthenticated, says: "HCP_CRED_FILE"},
		"file_empty":           {file: " ", title: problem.NotAuthenticated, says: "not the JSON of one"},
		"file_broken":          {file: `{"scheme": "service_principal_creds", "oauth": {"client_secret": "s3cr3t"`, title: problem.NotAuthenticated, says: "not the JSON of one"},
		"file_of_no_scheme":    {file: `{"oauth": {"client_id": "s3cr3t", "client_secret": "s3cr3t"}}`, title: problem.NotAuthenticated, says: "HCP_CRED_FILE"},
		"file_of_other_scheme": {file: `{"scheme": "s3cr3t"}`, title: problem.NotAuthenticated, says: "HCP_CRED_FILE"},
		"file_of_wrong_type":   {file: `{"scheme": "workload", "workload": "s3cr3t"}`, title: problem.NotAuthenticated, says: "HCP_CRED_FILE"},
		"file_of_odd_project":  {file: strings.Replace(secretFile, "{", `{"project_id": "s3cr3t", `, 1), title: problem.NotAuthenticated, says: "project_id"},
		"file_with_old_secret": {
			file:  strings.Replace(secretFile, "55c0fe", "s3cr3t", 1),
			title: problem.NotAuthenticated, says: "HCP_CRED_FILE",
			asks: []fakehcp.Route{fakehcp.TokenRoute},
		},
	}
}

func TestWaysIn(t *testing.T) {
	t.Parallel()
	for name, w := range waysIn() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.check(t)
		})
	}
}

// check goes the way, and looks at how it ends, what it asked, and what it showed.
func (w way) check(t *testing.T) {
	world, got, masks, jwt := w.run(t)
	w.checkEnd(t, got)
	for _, token := range tokens(world.server) {
		if jwtBearer := world.server.OIDCEnvironment()["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]; token != jwtBearer && !slices.Contains(masks, "::add-mask::"+token) {
			t.Errorf("the token %q is not masked: %q", token, masks)
		}
	}
	for _, secret := range []string{"s3cr3t", "project-viewer-secret-55c0fe", jwt, world.server.OIDCEnvironment()["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]} {
		if strings.Contains(got.String(), secret) {
			t.Errorf("%q is shown:\n%s", secret, got)
		}
	}
	var asks []fakehcp.Route
	for _, request := range world.server.Requests() {
		asks = append(asks, request.Route)
	}
	if diff := cmp.Diff(w.asks, asks); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// run goes the way in a world of its own. The log is without the masks.
func (w way) run(t *testing.T) (world *world, got result, masks []string, jwt string) {
	t.Helper()
	world, inputs, jwt := w.prepare(t)
	got = world.run(t, inputs)
	masks, got.log = splitMasks(got.log)
	return world, got, masks, jwt
}

// prepare makes the world of the way, and its inputs.
func (w way) prepare(t *testing.T) (world *world, inputs map[string]string, jwt string) {
	t.Helper()
	world = newWorld(t)
	inputs = map[string]string{"bucket": "ubuntu", "channel": "staging", "client-id": "", "client-secret": "", "organization-id": "", "project-id": ""}
	if strings.Contains(w.inputs["client-id"], "solo") {
		inputs["channel"] = "production"
	}
	maps.Copy(inputs, w.inputs)
	maps.Copy(world.env, w.env)
	oidc := world.server.OIDCEnvironment()
	if w.github {
		maps.Copy(world.env, oidc)
	}
	jwt = world.server.IDToken(provider)
	if w.file != "" {
		workspace := t.TempDir()
		text := strings.NewReplacer("ISSUER", oidc["ACTIONS_ID_TOKEN_REQUEST_URL"], "BEARER", oidc["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], "JWT", jwt).Replace(w.file)
		for name, text := range map[string]string{"hcp_cred.json": text, "token.json": fmt.Sprintf(`{"a": [%q]}`, jwt)} {
			if err := os.WriteFile(filepath.Join(workspace, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// The path is the host's, as hashicorp/hcp-auth-action exports it.
		world.env["HCP_CRED_FILE"], world.env["GITHUB_WORKSPACE"], world.env["SUBJECT_TOKEN"] = "/home/runner/work/r/r/hcp_cred.json", workspace, jwt
	}
	world.env["GITHUB_ACTIONS"] = "true"
	return world, inputs, jwt
}

func (w way) checkEnd(t *testing.T, got result) {
	t.Helper()
	if w.title != survived {
		checkEnd(t, got, w.title)
	} else if got.exitCode != 0 || !strings.HasPrefix(got.outputs["image-id"], "ami-0") {
		t.Errorf("the step does not pass:\n%s", got)
	}
	if !strings.Contains(got.log, w.says) {
		t.Errorf("the message does not say %q:\n%s", w.says, got.log)
	}
}

func merged(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		maps.Copy(all, set)
	}
	return all
}

// TestDiscoveryFaults has the requests of the discovery fail: what passes is survived, and what
// stays ends the step.
func TestDiscoveryFaults(t *testing.T) {
	t.Parallel()
	level := func(name, secret string) map[string]string {
		return map[string]string{"client-id": name + "-id", "client-secret": secret, "organization-id": "", "project-id": ""}
	}
	for _, at := range []struct {
		route  fakehcp.Route
		inputs map[string]string
	}{
		{fakehcp.CallerIdentityRoute, level("project-viewer", "project-viewer-secret-55c0fe")},
		{fakehcp.ProjectsRoute, level("solo-contributor", "solo-contributor-secret-c62f18")},
	} {
		for name, tc := range map[string]struct {
			fault fakehcp.Fault
			title problem.Title
		}{
			"503":          {fakehcp.Fault{Status: 503}, survived},
			"reset":        {fakehcp.Fault{Reset: true}, survived},
			"401":          {fakehcp.Fault{Status: 401}, problem.NotAuthenticated},
			"403":          {fakehcp.Fault{Status: 403}, problem.PermissionDenied},
			"404":          {fakehcp.Fault{Status: 404}, problem.NotFound},
			"501":          {fakehcp.Fault{Status: 501}, problem.UnexpectedResponse},
			"redirect":     {fakehcp.Fault{Status: 302, Header: http.Header{"Location": {"/elsewhere"}}}, problem.UnexpectedResponse},
			"not_json":     {fakehcp.Fault{Body: "<html>"}, problem.UnexpectedResponse},
			"hostile_ids":  {fakehcp.Fault{Body: `{"principal": {"service": {"organization_id": "../x", "project_id": "y"}}, "projects": [{"id": "../x", "state": "ACTIVE"}]}`}, problem.UnexpectedResponse},
			"wrong_fields": {fakehcp.Fault{Body: `{"principal": 7, "projects": {}}`}, problem.UnexpectedResponse},
		} {
			t.Run(string(at.route)+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.server.Fail(at.route, tc.fault)
				got := w.run(t, merged(map[string]string{"bucket": "ubuntu", "channel": "production"}, at.inputs))
				way{title: tc.title}.checkEnd(t, got)
			})
		}
	}
}

// TestExchangeFaults has GitHub and the exchange fail, once or for good.
func TestExchangeFaults(t *testing.T) {
	t.Parallel()
	for _, route := range []fakehcp.Route{fakehcp.OIDCRoute, fakehcp.ExchangeRoute} {
		for name, tc := range map[string]struct {
			fault fakehcp.Fault
			title problem.Title
		}{
			"503":       {fakehcp.Fault{Status: 503, Body: "s3cr3t"}, survived},
			"429":       {fakehcp.Fault{Status: 429}, survived},
			"truncated": {fakehcp.Fault{Truncate: true}, survived},
			"drop":      {fakehcp.Fault{Drop: true}, survived},
			"hang":      {fakehcp.Fault{Hang: true}, survived},
			"400":       {fakehcp.Fault{Status: 400, Body: "s3cr3t"}, problem.NotAuthenticated},
			"403":       {fakehcp.Fault{Status: 403, Body: "s3cr3t"}, problem.NotAuthenticated},
			"501":       {fakehcp.Fault{Status: 501}, problem.UnexpectedResponse},
			"redirect":  {fakehcp.Fault{Status: 307, Header: http.Header{"Location": {"/elsewhere"}}}, problem.UnexpectedResponse},
			"html":      {fakehcp.Fault{Body: "<html>s3cr3t"}, problem.UnexpectedResponse},
			"no_token":  {fakehcp.Fault{Body: `{"x": "s3cr3t"}`}, problem.UnexpectedResponse},
			"empty":     {fakehcp.Fault{}, problem.UnexpectedResponse},
			"lasting":   {fakehcp.Fault{Status: 503, Repeat: true}, problem.HCPUnavailable},
		} {
			t.Run(string(route)+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.server.Fail(route, tc.fault)
				timeout := "8s"
				if tc.title == survived {
					// A quarter of it is what a try may take, on a machine that has much else to do.
					timeout = "32s"
				}
				maps.Copy(w.env, w.server.OIDCEnvironment())
				got := w.run(t, map[string]string{"bucket": "ubuntu", "channel": "staging", "client-id": "", "client-secret": "",
					"workload-identity-provider": provider, "timeout": timeout})
				way{title: tc.title}.checkEnd(t, got)
				if strings.Contains(got.String(), "s3cr3t") {
					t.Errorf("the answer is shown:\n%s", got)
				}
			})
		}
	}
}

// TestGeography has a proxy note where a run would go, and lets it go nowhere.
func TestGeography(t *testing.T) {
	t.Parallel()
	for geography, want := range map[string][]string{
		"us": {"auth.idp.hashicorp.com:443", "api.cloud.hashicorp.com:443", "https://portal.cloud.hashicorp.com/"},
		"eu": {"auth.idp.eu.hashicorp.com:443", "api.cloud.eu.hashicorp.com:443", "https://portal.cloud.eu.hashicorp.com/"},
	} {
		t.Run(geography, func(t *testing.T) {
			t.Parallel()
			given := map[string]string{"bucket": "ubuntu", "channel": "production", "timeout": "4s"}
			w := newWorld(t)
			auth, api := w.env["HCP_AUTH_URL"], w.env["HCP_API_ADDRESS"]
			proxy := newNotingProxy(t)
			w.env["HTTPS_PROXY"], w.env["HCP_GEOGRAPHY"] = proxy.url, geography

			w.env["HCP_AUTH_URL"], w.env["HCP_API_ADDRESS"] = "", ""
			checkEnd(t, w.run(t, given), problem.HCPUnavailable)
			w.env["HCP_AUTH_URL"] = auth
			checkEnd(t, w.run(t, given), problem.HCPUnavailable)
			if diff := cmp.Diff(want[:2], proxy.hosts()); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}

			// The development variables override the geography; the portal stays its own.
			w.env["HCP_API_ADDRESS"] = api
			given["timeout"] = "1m"
			got := w.run(t, given)
			checkEnd(t, got, survived)
			if !strings.Contains(got.summary, want[2]) {
				t.Errorf("the summary has no link to %s:\n%s", want[2], got.summary)
			}
		})
	}
}

// notingProxy is a proxy that notes where it is to go, and refuses.
type notingProxy struct {
	url   string
	mutex sync.Mutex
	asked []string
}

func newNotingProxy(t *testing.T) *notingProxy {
	t.Helper()
	p := &notingProxy{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		if !slices.Contains(p.asked, r.Host) {
			p.asked = append(p.asked, r.Host)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// hosts are where it was to go, each once.
func (p *notingProxy) hosts() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.asked
}
