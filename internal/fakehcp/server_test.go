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

func start(t *testing.T, opts ...Option) *Server {
	t.Helper()
	reg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(reg, opts...)
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
	if p == nil {
		t.Fatalf("no principal %q", principal)
	}
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

// send returns the status and body of a request as the principal, with a token that it need not ask for.
func send(t *testing.T, s *Server, principal, method, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if p := s.registry.principal(principal); p != nil {
		request.Header.Set("Authorization", "Bearer "+s.grant(p))
	}
	return do(t, httpClient(t, s, true), request)
}

// TestServer_answers_are_the_sdks_models reads everything that there is in the registry of the tests.
func TestServer_answers_are_the_sdks_models(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := httpClient(t, s, true)
	check := func(principal, path string, model validator) {
		t.Helper()
		request, _ := http.NewRequestWithContext(t.Context(), "GET", "https://"+s.Addr()+path, nil)
		request.Header.Set("Authorization", "Bearer "+s.grant(s.registry.principal(principal)))
		_, body := do(t, client, request)
		decode(t, body, model)
	}
	for _, org := range s.registry.Organizations {
		principal := map[string]string{orgA: "org-contributor", orgB: "solo-contributor", orgC: "no-search-contributor", orgD: "fleet-contributor"}[org.ID]
		for _, project := range org.Projects {
			if project.Registry != "" {
				continue
			}
			root := newerRoot + org.ID + "/projects/" + project.ID + "/buckets"
			check(principal, root+"?pagination.page_size=100", new(newermodels.HashicorpCloudPacker20230101ListBucketsResponse))
			for name, bucket := range project.Buckets {
				if bucket.Refused || bucket.Gone {
					check(principal, root+"/"+name+"/channels", new(sharedmodels.GoogleRPCStatus))
					continue
				}
				newerBucket, olderBucket := root+"/"+url.PathEscape(name), olderRoot+org.ID+"/projects/"+project.ID+"/images/"+url.PathEscape(name)
				check(principal, newerBucket+"/channels", new(newermodels.HashicorpCloudPacker20230101ListChannelsResponse))
				for name := range bucket.Channels {
					channel := "/channels/" + url.PathEscape(name)
					check(principal, newerBucket+channel, new(newermodels.HashicorpCloudPacker20230101GetChannelResponse))
					check(principal, newerBucket+channel+"/history", new(newermodels.HashicorpCloudPacker20230101ListChannelAssignmentHistoryResponse))
					check(principal, olderBucket+channel, new(oldermodels.HashicorpCloudPackerGetChannelResponse))
				}
				for fingerprint := range bucket.Iterations {
					check(principal, newerBucket+"/versions/"+fingerprint, new(newermodels.HashicorpCloudPacker20230101GetVersionResponse))
					check(principal, olderBucket+"/iteration?fingerprint="+fingerprint, new(oldermodels.HashicorpCloudPackerGetIterationResponse))
					check(principal, newerBucket+"/ancestry?type="+parentsOnly+"&version_fingerprint="+fingerprint, new(newermodels.HashicorpCloudPacker20230101ListBucketAncestryResponse))
				}
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
		"no_token":           {"", imagesNewer + "ubuntu/channels/production", "", 401, "16 the request does not have a valid access token"},
		"bucket":             {viewer, imagesNewer + "nope/channels/production", "", 404, `5 bucket "nope" not found`},
		"bucket_older":       {viewer, imagesOlder + "nope/channels/production", "", 404, `5 bucket "nope" not found`},
		"bucket_with_slash":  {viewer, imagesNewer + "..%2F..%2Fx/channels/production", "", 404, `5 bucket "../../x" not found`},
		"channel":            {viewer, imagesNewer + "ubuntu/channels/nope", "", 404, `5 channel "nope" not found`},
		"fingerprint":        {viewer, imagesNewer + "ubuntu/versions/nope", "", 409, `10 no version with fingerprint "nope"`},
		"fingerprint_older":  {viewer, imagesOlder + "ubuntu/iteration?fingerprint=nope", "", 409, `10 no version with fingerprint "nope"`},
		"restricted":         {viewer, imagesNewer + "ubuntu/channels/latest", "", 403, `7 channel "latest" is restricted`},
		"restricted_history": {viewer, imagesNewer + "ubuntu/channels/latest/history", "", 403, `7 channel "latest" is restricted`},
		"deactivated":        {viewer, packer + deactivated + "/buckets", "", 400, "9 This HCP Packer registry was deactivated"},
		"never_activated":    {"never-activated-contributor", packer + neverActivated + "/buckets", "", 400, "9 Registry not activated"},
		"organization":       {viewer, newerRoot + nowhere + "/projects/" + images + "/buckets", "", 404, "5 organization"},
		"project":            {viewer, packer + nowhere + "/buckets", "", 404, "5 project"},
		"foreign_project":    {viewer, newerRoot + orgB + "/projects/" + solo + "/buckets", "", 403, "7 the principal has no permission"},
		"order":              {viewer, packer + images + "/buckets?sorting.order_by=created_at", "", 400, "3 cannot sort"},
		"page":               {viewer, packer + images + "/buckets?pagination.next_page_token=x", "", 400, "3 the pagination"},
		"ancestry_type":      {viewer, imagesNewer + "ubuntu/ancestry?version_fingerprint=ubuntu-2026-09-20", "", 400, "3 invalid type"},
		"get_project":        {viewer, "/resource-manager/2019-12-10/projects/" + nowhere, "", 404, "5 project"},
		"list_foreign":       {viewer, listProjects + orgB, "", 403, "7 the principal may not list"},
		"list_at_project":    {"project-viewer", listProjects + orgA, "", 403, "7 the principal may not list"},
		"endpoint":           {viewer, "/packer/2019-01-01/nope", "", 404, "5 Not Found"},
		"oidc":               {viewer, "/oidc/token?audience=x", "", 401, "0 Bad credentials"},
		"exchange_unknown":   {"", "POST /2019-12-10/iam/project/x/exchange-token", "{}", 404, "5 workload identity provider"},
		"token_of_nobody":    {"", token, "grant_type=client_credentials", 401, "0 Client authentication failed"},
		"token_of_no_grant":  {"", token, "", 400, "0 The request is malformed"},
		"search_refused":     {nothing, search + "66666666-6666-4666-8666-666666666666/_search/external_artifact", "{}", 403, "7 the registry"},
		"search_absent":      {nothing, search + "77777777-7777-4777-8777-777777777777/_search/external_artifact", "{}", 404, "5 Not Found"},
		"search_none":        {nothing, search + "88888888-8888-4888-8888-888888888888/_search/external_artifact", "{}", 501, "12 Method"},
		"assign_as_viewer":   {viewer, assign + "production", mask + `x"}`, 403, "7 the principal has no permission to write"},
		"assign_unknown":     {writer, assign + "production", mask + `x"}`, 409, "10 no version"},
		"assign_revoked":     {writer, assign + "production", mask + `ubuntu-2026-08-20"}`, 400, `9 version "v6" is revoked`},
		"assign_managed":     {writer, assign + "latest", mask + `ubuntu-2026-09-20"}`, 400, `9 channel "latest" is managed`},
		"assign_no_mask":     {writer, assign + "production", "{}", 400, "3 update_mask"},
		"assign_by_a_name":   {writer, assign + "production", `{"fingerprint":""}`, 400, "3 the request is not the JSON"},
		"create_again":       {writer, "POST " + imagesNewer + "ubuntu/channels", `{"name":"production"}`, 409, `6 channel "production" already`},
		"create_no_name":     {writer, "POST " + imagesNewer + "ubuntu/channels", "{}", 400, "3 name is required"},
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
				Token:                &workload.CredentialTokenSource{Token: s.IDToken(tc.audience)},
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
			if got := s.bearer(request).Name; got != tc.principal {
				t.Errorf("got %q, want %q", got, tc.principal)
			}
		})
	}
}

func TestParse_refuses_what_would_hide_a_case(t *testing.T) {
	t.Parallel()
	const project = "organizations: [{id: o, projects: [{id: p, buckets: {b: {"
	for name, tc := range map[string]struct{ document, want string }{
		"unknown_key":   {project + "chanels: {}}}}]}]", "chanels"},
		"no_iteration":  {project + "channels: {c: {iteration: f}}}}}]}]", `no iteration "f"`},
		"no_parent":     {project + "iterations: {f: {parents: [{bucket: x, iteration: y}]}}}}}]}]", `no iteration "y" in a bucket "x"`},
		"no_earlier":    {project + "channels: {c: {history: [{iteration: f}]}}}}}]}]", `no iteration "f"`},
		"bad_time":      {project + "iterations: {f: {revoke_at: in a while}}}}}]}]", "a while"},
		"two_documents": {"{}\n---\n{}\n", "more than one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(tc.document)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
