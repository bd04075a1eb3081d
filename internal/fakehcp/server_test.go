package fakehcp

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	iammodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	oldermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	projectmodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	sharedmodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"github.com/hashicorp/hcp-sdk-go/config"
)

// Ids of testdata/registry.yaml.
const (
	orgA        = "0a1b2c3d-0000-4000-8000-00000000000a"
	orgB        = "0a1b2c3d-0000-4000-8000-00000000000b"
	orgC        = "0a1b2c3d-0000-4000-8000-00000000000c"
	images      = "11111111-1111-4111-8111-111111111111"
	deactivated = "22222222-2222-4222-8222-222222222222"
	fleet       = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	solo        = "55555555-5555-4555-8555-555555555555"
)

// load reads the registry of the tests once, since nearly every test serves it.
var load = sync.OnceValues(func() (*Registry, error) { return Load("../../testdata/registry.yaml") })

func start(t *testing.T) *Server {
	t.Helper()
	reg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, reg)
}

func serve(t *testing.T, reg *Registry) *Server {
	t.Helper()
	s, err := Start(reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func trust(s *Server) *tls.Config {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA())
	return &tls.Config{RootCAs: roots}
}

// httpClient is a client of its own connections, over HTTP/2 or HTTP/1.1.
func httpClient(t testing.TB, s *Server, http2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: trust(s), ForceAttemptHTTP2: http2}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

type validator interface {
	Validate(strfmt.Registry) error
}

// decode reads body into an SDK model that knows every field of it.
func decode(t *testing.T, body []byte, model validator) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(model); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if err := model.Validate(strfmt.Default); err != nil {
		if unknown := strings.Contains(string(body), "SOMETHING_NEW"); !unknown || !strings.Contains(err.Error(), "status") {
			t.Errorf("invalid: %v", err)
		}
	}
}

const (
	newerRoot   = "/packer/2023-01-01/organizations/"
	olderRoot   = "/packer/2021-04-30/organizations/"
	imagesNewer = newerRoot + orgA + "/projects/" + images + "/buckets/"

	listProjects = "/resource-manager/2019-12-10/projects?scope.type=ORGANIZATION&scope.id="
)

// authorize gives a request a token of the principal's that it need not ask for.
func authorize(s *Server, request *http.Request, principal string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	request.Header.Set("Authorization", "Bearer "+s.grant(s.registry.principal(principal)))
}

// send returns the status and body of a request, as the principal where there is one.
func send(t *testing.T, s *Server, c *http.Client, principal, method, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if principal != "" {
		authorize(s, request, principal)
	}
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

// TestServer_answers_are_the_sdks_models reads what there is in two projects of the registry of the tests, but for what
// is only large.
func TestServer_answers_are_the_sdks_models(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := httpClient(t, s, true)
	read := func(principal, method, path, body string, model validator) {
		t.Helper()
		_, answer := send(t, s, client, principal, method, path, body)
		decode(t, answer, model)
	}
	check := func(principal, path string, model validator) {
		t.Helper()
		read(principal, "GET", path, "", model)
	}
	for id, principal := range map[string]string{images: "org-contributor", fleet: "fleet-contributor"} {
		project, org := s.registry.project(id)
		root := newerRoot + org.ID + "/projects/" + id + "/buckets"
		check(principal, root+"?pagination.page_size=100", new(newermodels.HashicorpCloudPacker20230101ListBucketsResponse))
		for name, bucket := range project.Buckets {
			newer, older := root+"/"+url.PathEscape(name), olderRoot+org.ID+"/projects/"+id+"/images/"+url.PathEscape(name)
			switch {
			case name == "many-images", name == "rebuilt":
				continue
			case bucket.Refused, bucket.Gone:
				check(principal, newer+"/channels", new(sharedmodels.GoogleRPCStatus))
				continue
			}
			check(principal, newer+"/channels", new(newermodels.HashicorpCloudPacker20230101ListChannelsResponse))
			for name := range bucket.Channels {
				channel := "/channels/" + url.PathEscape(name)
				check(principal, newer+channel, new(newermodels.HashicorpCloudPacker20230101GetChannelResponse))
				check(principal, newer+channel+"/history", new(newermodels.HashicorpCloudPacker20230101ListChannelAssignmentHistoryResponse))
				check(principal, older+channel, new(oldermodels.HashicorpCloudPackerGetChannelResponse))
			}
			for fingerprint := range bucket.Iterations {
				check(principal, newer+"/versions/"+fingerprint, new(newermodels.HashicorpCloudPacker20230101GetVersionResponse))
				check(principal, older+"/iteration?fingerprint="+fingerprint, new(oldermodels.HashicorpCloudPackerGetIterationResponse))
				check(principal, newer+"/ancestry?type=ANCESTRY_TYPE_PARENTS&version_fingerprint="+fingerprint, new(newermodels.HashicorpCloudPacker20230101ListBucketAncestryResponse))
			}
		}
	}
	check("org-contributor", "/iam/2019-12-10/caller-identity", new(iammodels.HashicorpCloudIamGetCallerIdentityResponse))
	check("org-contributor", "/resource-manager/2019-12-10/projects/"+images, new(projectmodels.HashicorpCloudResourcemanagerProjectGetResponse))
	check("org-contributor", listProjects+orgA, new(projectmodels.HashicorpCloudResourcemanagerProjectListResponse))
	var found newermodels.HashicorpCloudPacker20230101SearchExternalArtifactResponse
	read("org-viewer", "POST", newerRoot+orgA+"/projects/"+images+"/_search/external_artifact", `{"external_identifier":"ami-0b000000000000001"}`, &found)
	if len(found.Artifacts) != 2 || found.Artifacts[1].Bucket.Name != "shared-copy" {
		t.Errorf("got the matches %v", found.Artifacts)
	}
}

func TestServer_refuses_as_HCP_does(t *testing.T) {
	t.Parallel()
	const (
		packer  = newerRoot + orgA + "/projects/"
		search  = "POST " + newerRoot + orgC + "/projects/"
		assign  = "PATCH " + imagesNewer + "ubuntu/channels/"
		mask    = `{"update_mask":"versionFingerprint","version_fingerprint":"`
		viewer  = "org-viewer"
		writer  = "org-contributor"
		nothing = "no-search-contributor"
	)
	for name, tc := range map[string]struct {
		principal, request, body string
		status                   int
		answer                   string // code and message
	}{
		"no_token":         {"", imagesNewer + "ubuntu/channels/production", "", 401, "16 the request does not have a valid access token"},
		"fingerprint":      {viewer, imagesNewer + "ubuntu/versions/nope", "", 409, `10 no version with fingerprint "nope"`},
		"restricted":       {viewer, imagesNewer + "ubuntu/channels/latest", "", 403, `7 channel "latest" is restricted`},
		"deactivated":      {viewer, packer + deactivated + "/buckets", "", 400, "9 This HCP Packer registry was deactivated"},
		"foreign_project":  {viewer, newerRoot + orgB + "/projects/" + solo + "/buckets", "", 403, "7 the principal has no permission"},
		"ancestry_type":    {viewer, imagesNewer + "ubuntu/ancestry?version_fingerprint=ubuntu-2026-09-20", "", 400, "3 invalid type"},
		"list_foreign":     {viewer, listProjects + orgB, "", 403, "7 the principal may not list"},
		"list_at_project":  {"project-viewer", listProjects + orgA, "", 403, "7 the principal may not list"},
		"oidc":             {viewer, "/oidc/token?audience=x", "", 401, "0 Bad credentials"},
		"search_refused":   {nothing, search + "66666666-6666-4666-8666-666666666666/_search/external_artifact", "{}", 403, "7 the registry"},
		"assign_as_viewer": {viewer, assign + "production", mask + `x"}`, 403, "7 the principal has no permission to write"},
		"assign_unknown":   {writer, assign + "production", mask + `x"}`, 409, "10 no version"},
		"assign_revoked":   {writer, assign + "production", mask + `ubuntu-2026-08-20"}`, 400, `9 version "v6" is revoked`},
		"assign_managed":   {writer, assign + "latest", mask + `ubuntu-2026-09-20"}`, 400, `9 channel "latest" is managed`},
		"assign_no_mask":   {writer, assign + "production", "{}", 400, "3 update_mask"},
		"create_again":     {writer, "POST " + imagesNewer + "ubuntu/channels", `{"name":"production"}`, 409, `6 channel "production" already`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method, path, found := strings.Cut(tc.request, " ")
			if !found {
				method, path = "GET", tc.request
			}
			s := start(t)
			httpStatus, body := send(t, s, httpClient(t, s, true), tc.principal, method, path, tc.body)
			var got sharedmodels.GoogleRPCStatus
			decode(t, body, &got)
			if answer := fmt.Sprint(got.Code, " ", got.Message); httpStatus != tc.status || !strings.HasPrefix(answer, tc.answer) {
				t.Errorf("got %d %s, want %d %s", httpStatus, body, tc.status, tc.answer)
			}
		})
	}
}

// TestServer_history reads a channel's history in pages of two, each row as fingerprint and author.
func TestServer_history(t *testing.T) {
	t.Parallel()
	promote := func(t *testing.T, s *Server) {
		t.Helper()
		send(t, s, httpClient(t, s, true), "contributor", "PATCH", imagesNewer+"os/channels/history", `{"update_mask":"versionFingerprint","version_fingerprint":"v1"}`)
	}
	written := []string{"v3 by ci@example.com", "nothing by release-manager", "v2 by HCP Packer"}
	for name, tc := range map[string]struct {
		channel string
		act     func(*testing.T, *Server)
		want    []string
	}{
		"written":    {"history", nil, written},
		"implied":    {"implied", nil, []string{"v3 by release-manager", "v1 by release-manager"}},
		"unassigned": {"unassigned", nil, nil},
		"promoted":   {"history", promote, append([]string{"v1 by contributor"}, written...)},
		"changed": {"implied", func(_ *testing.T, s *Server) {
			s.Change(func(r *Registry) { r.Bucket(images, "os").Channels["implied"].Iteration = "v2" })
		}, []string{"v2 by release-manager", "v3 by release-manager", "v1 by release-manager"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t)
			if tc.act != nil {
				tc.act(t, s)
			}
			var rows []string
			for next := "0"; next != ""; {
				var page newermodels.HashicorpCloudPacker20230101ListChannelAssignmentHistoryResponse
				_, body := send(t, s, httpClient(t, s, true), "viewer", "GET",
					imagesNewer+"os/channels/"+tc.channel+"/history?pagination.page_size=2&pagination.next_page_token="+next, "")
				decode(t, body, &page)
				for _, row := range page.History {
					fingerprint := "nothing"
					if row.Version != nil {
						fingerprint = row.Version.Fingerprint
					}
					rows = append(rows, fingerprint+" by "+row.AuthorID)
				}
				next = page.Pagination.NextPageToken
			}
			if !slices.Equal(rows, tc.want) {
				t.Errorf("got %q, want %q", rows, tc.want)
			}
		})
	}
}

// startBuckets serves a registry of one bucket.
func startBuckets(t *testing.T) *Server {
	t.Helper()
	reg, err := Parse([]byte(`
organizations:
  - id: ` + orgA + `
    projects:
      - id: ` + images + `
        buckets:
          os:
            channels:
              production: {iteration: v1}
              history:
                iteration: v3
                history:
                  - {iteration: v3, assigned_at: 2026-03-01T10:00:00.123Z, author_id: ci@example.com}
                  - {assigned_at: 2026-02-02T10:00:00.123Z}
                  - {iteration: v2, assigned_at: 2026-02-01T10:00:00.123Z, author_id: HCP Packer}
              implied: {iteration: v3, history: [{iteration: v1}]}
              unassigned: {}
            iterations: {v1: {name: v1}, v2: {name: v2}, v3: {name: v3}}
principals:
  - {name: contributor, client_id: contributor-id, client_secret: secret, organization: ` + orgA + `, role: contributor}
  - {name: viewer, client_id: viewer-id, client_secret: secret, organization: ` + orgA + `, role: viewer}
`))
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, reg)
}

func TestServer_workload_identity(t *testing.T) {
	t.Parallel()
	s := start(t)
	byName, byAudience := s.registry.Providers[0].ResourceName, s.registry.Providers[1].ResourceName
	for name, tc := range map[string]struct{ provider, audience, principal, fault string }{
		"resource_name":        {byName, byName, "project-contributor", ""},
		"configured_audience":  {byAudience, "https://hcp.example.com/packer", "project-viewer", ""},
		"wrong_audience":       {byName, "https://hcp.example.com/packer", "", "status code 401"},
		"name_is_not_audience": {byAudience, byAudience, "", "status code 401"},
	} {
		token := s.idToken(tc.audience)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider, err := workload.New(&workload.IdentityProviderConfig{
				ProviderResourceName: tc.provider,
				Token:                &workload.CredentialTokenSource{Token: token},
			})
			if err != nil {
				t.Fatal(err)
			}
			api, err := config.NewHCPConfig(config.WithAPI(s.Addr(), trust(s)), config.WithClientCredentials("id", "secret"))
			if err != nil {
				t.Fatal(err)
			}
			provider.SetAPI(api)
			token, err := provider.Token()
			if tc.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fault) {
					t.Errorf("got %v, want %s", err, tc.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			request := &http.Request{Header: http.Header{}}
			token.SetAuthHeader(request)
			s.mutex.Lock()
			defer s.mutex.Unlock()
			if got := s.tokens[bearerToken(request)].Name; got != tc.principal {
				t.Errorf("got %q, want %q", got, tc.principal)
			}
		})
	}
}

func TestParse_refuses_what_would_hide_a_case(t *testing.T) {
	t.Parallel()
	const project = "organizations: [{id: o, projects: [{id: p, buckets: {b: {"
	for name, tc := range map[string]struct{ document, want string }{
		"unknown_key":  {project + "chanels: {}}}}]}]", "chanels"},
		"no_iteration": {project + "channels: {c: {iteration: f}}}}}]}]", `no iteration "f"`},
		"no_earlier":   {project + "channels: {c: {history: [{iteration: f}]}}}}}]}]", `no iteration "f"`},
		"bad_time":     {project + "iterations: {f: {revoke_at: in a while}}}}}]}]", "a while"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(tc.document)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
