package fakehcp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	iammodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	oldermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	projectmodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	sharedmodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/hashicorp/hcp-sdk-go/httpclient"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Ids of testdata/registry.yaml.
const (
	orgA           = "0a1b2c3d-0000-4000-8000-00000000000a"
	orgB           = "0a1b2c3d-0000-4000-8000-00000000000b"
	orgC           = "0a1b2c3d-0000-4000-8000-00000000000c"
	orgD           = "0a1b2c3d-0000-4000-8000-00000000000d"
	images         = "11111111-1111-4111-8111-111111111111"
	deactivated    = "22222222-2222-4222-8222-222222222222"
	neverActivated = "33333333-3333-4333-8333-333333333333"
	fleet          = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	solo           = "55555555-5555-4555-8555-555555555555"
	nowhere        = "99999999-9999-4999-8999-999999999999"
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

// credentials are a token source of the principal with this name.
func credentials(t *testing.T, s *Server, principal string) oauth2.TokenSource {
	t.Helper()
	p := s.registry.principal(principal)
	source := clientcredentials.Config{
		ClientID:       p.ClientID,
		ClientSecret:   p.ClientSecret,
		TokenURL:       "https://" + s.Addr() + "/oauth2/token",
		EndpointParams: url.Values{"audience": {apiAudience}},
		AuthStyle:      oauth2.AuthStyleInHeader,
	}
	return source.TokenSource(context.WithValue(t.Context(), oauth2.HTTPClient, httpClient(t, s, true)))
}

func hcpConfig(t *testing.T, s *Server, source oauth2.TokenSource) config.HCPConfig {
	t.Helper()
	cfg, err := config.NewHCPConfig(
		config.WithAPI(s.Addr(), trust(s)),
		config.WithAuth("https://"+s.Addr(), trust(s)),
		config.WithTokenSource(source),
		config.WithoutBrowserLogin(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// sdk is a runtime of the SDK that authenticates as the principal.
func sdk(t *testing.T, s *Server, principal string) *client.Runtime {
	t.Helper()
	runtime, err := httpclient.New(httpclient.Config{HCPConfig: hcpConfig(t, s, credentials(t, s, principal))})
	if err != nil {
		t.Fatal(err)
	}
	return runtime
}

func do(t *testing.T, c *http.Client, request *http.Request) (int, []byte) {
	t.Helper()
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
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
	imagesOlder = olderRoot + orgA + "/projects/" + images + "/images/"

	listProjects = "/resource-manager/2019-12-10/projects?scope.type=ORGANIZATION&scope.id="
)

// authorize gives a request a token of the principal's that it need not ask for.
func authorize(s *Server, request *http.Request, principal string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	request.Header.Set("Authorization", "Bearer "+s.grant(s.registry.principal(principal)))
}

// send returns the status and body of a request, as the principal where there is one.
func send(t *testing.T, s *Server, principal, method, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if principal != "" {
		authorize(s, request, principal)
	}
	return do(t, httpClient(t, s, true), request)
}

// TestServer_answers_are_the_sdks_models reads what there is in two projects of the registry of the tests, but for what
// is only large.
func TestServer_answers_are_the_sdks_models(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := httpClient(t, s, true)
	check := func(principal, path string, model validator) {
		t.Helper()
		request, _ := http.NewRequestWithContext(t.Context(), "GET", "https://"+s.Addr()+path, nil)
		authorize(s, request, principal)
		_, body := do(t, client, request)
		decode(t, body, model)
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
}

func TestServer_search(t *testing.T) {
	t.Parallel()
	const gallery = "/subscriptions/5f0c2a4e-0000-4000-8000-000000000001/resourceGroups/images/providers/Microsoft.Compute/galleries/acme/images/regions/versions/2.0.0"
	type body = newermodels.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody
	service := newer.New(sdk(t, start(t), "org-viewer"), strfmt.Default)
	for name, tc := range map[string]struct {
		body body
		want []string // buckets and fingerprints
	}{
		"no_match":               {body{ExternalIdentifier: "ami-00000000000000000"}, nil},
		"of_another_project":     {body{ExternalIdentifier: "ami-05010000000000001"}, nil},
		"two_buckets_in_order":   {body{ExternalIdentifier: "ami-0b000000000000001"}, []string{"shared/shared-v1", "shared-copy/shared-copy-v1"}},
		"two_regions_of_a_build": {body{ExternalIdentifier: gallery}, []string{"regions/regions-v2", "regions/regions-v2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := service.PackerServiceSearchExternalArtifact(newer.NewPackerServiceSearchExternalArtifactParamsWithContext(t.Context()).
				WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBody(&tc.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, match := range answer.Payload.Artifacts {
				got = append(got, match.Bucket.Name+"/"+match.Version.Fingerprint)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestServer_refuses_as_HCP_does(t *testing.T) {
	t.Parallel()
	const (
		packer  = newerRoot + orgA + "/projects/"
		token   = "POST /oauth2/token"
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
			httpStatus, body := send(t, start(t), tc.principal, method, path, tc.body)
			var got struct {
				Code        int
				Message     string
				Description string `json:"error_description"`
			}
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if answer := fmt.Sprint(got.Code, " ", got.Message, got.Description); httpStatus != tc.status || !strings.HasPrefix(answer, tc.answer) {
				t.Errorf("got %d %s, want %d %s", httpStatus, body, tc.status, tc.answer)
			}
		})
	}
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider, err := workload.New(&workload.IdentityProviderConfig{
				ProviderResourceName: tc.provider,
				Token:                &workload.CredentialTokenSource{Token: s.idToken(tc.audience)},
			})
			if err != nil {
				t.Fatal(err)
			}
			provider.SetAPI(hcpConfig(t, s, credentials(t, s, "org-viewer")))
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
