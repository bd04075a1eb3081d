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
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/client/iam_service"
	exchange "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/client/service_principals_service"
	iammodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	older "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/client/packer_service"
	oldermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	projects "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
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

// get returns the status and body of a GET as the principal, with a token that it need not ask for.
func get(t *testing.T, s *Server, principal, path string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := s.registry.principal(principal); p != nil {
		request.Header.Set("Authorization", "Bearer "+s.grant(p))
	}
	return do(t, httpClient(t, s, true), request)
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

func bucketsPath(org, project string) string {
	return "/packer/2023-01-01/organizations/" + org + "/projects/" + project + "/buckets"
}

func newerPath(org, project, bucket string) string { return bucketsPath(org, project) + "/" + bucket }

func olderPath(org, project, bucket string) string {
	return "/packer/2021-04-30/organizations/" + org + "/projects/" + project + "/images/" + bucket
}

func TestServer_answers_are_the_sdks_models(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, org := range s.registry.Organizations {
		principal := map[string]string{orgA: "org-contributor", orgB: "solo-contributor", orgC: "no-search-contributor", orgD: "fleet-contributor"}[org.ID]
		for _, project := range org.Projects {
			if project.Registry == registryActive {
				t.Run(project.Name, func(t *testing.T) {
					t.Parallel()
					_, body := get(t, s, principal, bucketsPath(org.ID, project.ID)+"?pagination.page_size=100")
					decode(t, body, new(newermodels.HashicorpCloudPacker20230101ListBucketsResponse))
				})
			}
			for name, bucket := range project.Buckets {
				t.Run(project.Name+"_"+name, func(t *testing.T) {
					t.Parallel()
					escaped := url.PathEscape(name)
					checkBucket(t, s, principal, newerPath(org.ID, project.ID, escaped), olderPath(org.ID, project.ID, escaped), bucket)
				})
			}
		}
	}
	checks := map[string]validator{
		"/iam/2019-12-10/caller-identity":                                                new(iammodels.HashicorpCloudIamGetCallerIdentityResponse),
		"/resource-manager/2019-12-10/projects/" + images:                                new(projectmodels.HashicorpCloudResourcemanagerProjectGetResponse),
		"/resource-manager/2019-12-10/projects?scope.type=ORGANIZATION&scope.id=" + orgA: new(projectmodels.HashicorpCloudResourcemanagerProjectListResponse),
		"/resource-manager/2019-12-10/projects/" + nowhere:                               new(sharedmodels.GoogleRPCStatus),
		newerPath(orgA, images, "nope") + "/channels/production":                         new(sharedmodels.GoogleRPCStatus),
		"/oidc/token/unknown":                                                            new(sharedmodels.GoogleRPCStatus),
	}
	for path, model := range checks {
		_, body := get(t, s, "org-contributor", path)
		decode(t, body, model)
	}
}

func checkBucket(t *testing.T, s *Server, principal, newerRoot, olderRoot string, bucket *Bucket) {
	t.Helper()
	if bucket.Refused || bucket.Gone {
		_, body := get(t, s, principal, newerRoot+"/channels")
		decode(t, body, new(sharedmodels.GoogleRPCStatus))
		return
	}
	_, body := get(t, s, principal, newerRoot+"/channels")
	decode(t, body, new(newermodels.HashicorpCloudPacker20230101ListChannelsResponse))
	for name := range bucket.Channels {
		channel := url.PathEscape(name)
		_, body := get(t, s, principal, newerRoot+"/channels/"+channel)
		decode(t, body, new(newermodels.HashicorpCloudPacker20230101GetChannelResponse))
		_, body = get(t, s, principal, olderRoot+"/channels/"+channel)
		decode(t, body, new(oldermodels.HashicorpCloudPackerGetChannelResponse))
	}
	for fingerprint := range bucket.Iterations {
		_, body := get(t, s, principal, newerRoot+"/versions/"+fingerprint)
		decode(t, body, new(newermodels.HashicorpCloudPacker20230101GetVersionResponse))
		_, body = get(t, s, principal, olderRoot+"/iteration?fingerprint="+fingerprint)
		decode(t, body, new(oldermodels.HashicorpCloudPackerGetIterationResponse))
		_, body = get(t, s, principal, newerRoot+"/ancestry?version_fingerprint="+fingerprint)
		decode(t, body, new(newermodels.HashicorpCloudPacker20230101ListBucketAncestryResponse))
	}
}

func TestServer_packer_newer(t *testing.T) {
	t.Parallel()
	s := start(t)
	service := newer.New(sdk(t, s, "org-contributor"), strfmt.Default)
	channel, err := service.PackerServiceGetChannel(newer.NewPackerServiceGetChannelParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("revocations").WithChannelName("inherited"), nil)
	if err != nil {
		t.Fatal(err)
	}
	version := channel.Payload.Channel.Version
	if got, want := *version.Status, newermodels.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED; got != want {
		t.Errorf("status: got %q, want %q", got, want)
	}
	if got, want := *version.RevocationType, newermodels.HashicorpCloudPacker20230101RevocationTypeINHERITED; got != want {
		t.Errorf("revocation type: got %q, want %q", got, want)
	}
	if got, want := version.RevocationInheritedFrom.VersionName, "v3"; got != want {
		t.Errorf("ancestor: got %q, want %q", got, want)
	}
	if got, want := *version.Builds[0].Status, newermodels.HashicorpCloudPacker20230101BuildStatusBUILDDONE; got != want {
		t.Errorf("build status: got %q, want %q", got, want)
	}
	byFingerprint, err := service.PackerServiceGetVersion(newer.NewPackerServiceGetVersionParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("revocations").WithFingerprint("inherited"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := byFingerprint.Payload.Version.ID, version.ID; got != want {
		t.Errorf("id: got %q, want %q", got, want)
	}
}

func TestServer_packer_older(t *testing.T) {
	t.Parallel()
	s := start(t)
	service := older.New(sdk(t, s, "org-contributor"), strfmt.Default)
	channel, err := service.PackerServiceGetChannel(older.NewPackerServiceGetChannelParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketSlug("revocations").WithSlug("inherited"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := channel.Payload.Channel.Iteration
	if !want.Complete || want.IncrementalVersion != 11 || want.RevocationInheritedFrom.IterationIncrementalVersion != 3 {
		t.Errorf("got %+v", want)
	}
	if got, want := *want.Builds[0].Status, oldermodels.HashicorpCloudPackerBuildStatusDONE; got != want {
		t.Errorf("build status: got %q, want %q", got, want)
	}
	ask := func() *older.PackerServiceGetIterationParams {
		return older.NewPackerServiceGetIterationParamsWithContext(t.Context()).
			WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketSlug("revocations")
	}
	fingerprint, number := "inherited", int32(11)
	for name, params := range map[string]*older.PackerServiceGetIterationParams{
		"fingerprint": ask().WithFingerprint(&fingerprint),
		"id":          ask().WithIterationID(&want.ID),
		"number":      ask().WithIncrementalVersion(&number),
	} {
		iteration, err := service.PackerServiceGetIteration(params, nil)
		if err != nil {
			t.Fatalf("by %s: %v", name, err)
		}
		if got := iteration.Payload.Iteration.ID; got != want.ID {
			t.Errorf("by %s: got %q, want %q", name, got, want.ID)
		}
	}
}

func TestServer_identity_and_projects(t *testing.T) {
	t.Parallel()
	s := start(t)
	tests := map[string]struct {
		organization, project, lists string
	}{
		"org-contributor":     {orgA, "", "images deactivated never-activated"},
		"solo-contributor":    {orgB, "", "retired solo"},
		"project-contributor": {orgA, images, ""},
	}
	for principal, test := range tests {
		t.Run(principal, func(t *testing.T) {
			t.Parallel()
			runtime := sdk(t, s, principal)
			identity, err := iam.New(runtime, strfmt.Default).IamServiceGetCallerIdentity(iam.NewIamServiceGetCallerIdentityParamsWithContext(t.Context()), nil)
			if err != nil {
				t.Fatal(err)
			}
			service := identity.Payload.Principal.Service
			if service.OrganizationID != test.organization || service.ProjectID != test.project || service.Name != principal {
				t.Errorf("got %+v", service)
			}
			scope := "ORGANIZATION"
			list, err := projects.New(runtime, strfmt.Default).ProjectServiceList(
				projects.NewProjectServiceListParamsWithContext(t.Context()).WithScopeType(&scope).WithScopeID(&test.organization), nil)
			if test.lists == "" {
				if refused, ok := err.(*projects.ProjectServiceListDefault); !ok || refused.Code() != 403 || refused.Payload.Code != 7 {
					t.Errorf("got %v, want 403/7", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, project := range list.Payload.Projects {
				names = append(names, project.Name)
			}
			if got, want := strings.Join(names, " "), test.lists; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			got, err := projects.New(runtime, strfmt.Default).ProjectServiceGet(
				projects.NewProjectServiceGetParamsWithContext(t.Context()).WithID(list.Payload.Projects[0].ID), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := got.Payload.Project.Parent.ID, test.organization; got != want {
				t.Errorf("parent: got %q, want %q", got, want)
			}
		})
	}
}

func TestServer_projects_come_in_pages(t *testing.T) {
	t.Parallel()
	s := start(t)
	service := projects.New(sdk(t, s, "org-contributor"), strfmt.Default)
	scope, id, size, next := "ORGANIZATION", orgA, int64(2), ""
	var pages []int
	for {
		list, err := service.ProjectServiceList(projects.NewProjectServiceListParamsWithContext(t.Context()).
			WithScopeType(&scope).WithScopeID(&id).WithPaginationPageSize(&size).WithPaginationNextPageToken(&next), nil)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(list.Payload.Projects))
		if next = list.Payload.Pagination.NextPageToken; next == "" {
			break
		}
	}
	if len(pages) != 2 || pages[0] != 2 || pages[1] != 1 {
		t.Errorf("got %v, want [2 1]", pages)
	}
}

func TestServer_refuses_as_HCP_does(t *testing.T) {
	t.Parallel()
	s := start(t)
	list := "/resource-manager/2019-12-10/projects?scope.type=ORGANIZATION&scope.id="
	tests := []struct {
		name, principal, path string
		status                int
		code                  int
		message               string
	}{
		{"no_token", "", newerPath(orgA, images, "ubuntu") + "/channels/production", 401, 16, "access token"},
		{"bucket", "org-viewer", newerPath(orgA, images, "nope") + "/channels/production", 404, 5, `bucket "nope"`},
		{"bucket_older", "org-viewer", olderPath(orgA, images, "nope") + "/channels/production", 404, 5, `bucket "nope"`},
		{"bucket_with_a_slash", "org-viewer", newerPath(orgA, images, "..%2F..%2Fx") + "/channels/production", 404, 5, `bucket "../../x"`},
		{"channel", "org-viewer", newerPath(orgA, images, "ubuntu") + "/channels/nope", 404, 5, `channel "nope"`},
		{"channel_older", "org-viewer", olderPath(orgA, images, "ubuntu") + "/channels/nope", 404, 5, `channel "nope"`},
		{"fingerprint", "org-viewer", newerPath(orgA, images, "ubuntu") + "/versions/nope", 409, 10, `fingerprint "nope"`},
		{"fingerprint_older", "org-viewer", olderPath(orgA, images, "ubuntu") + "/iteration?fingerprint=nope", 409, 10, `fingerprint "nope"`},
		{"iteration_id_older", "org-viewer", olderPath(orgA, images, "ubuntu") + "/iteration?iteration_id=nope", 404, 5, `iteration "nope"`},
		{"iteration_of_no_name", "org-viewer", olderPath(orgA, images, "ubuntu") + "/iteration", 400, 3, "required"},
		{"restricted", "org-viewer", newerPath(orgA, images, "ubuntu") + "/channels/latest", 403, 7, `channel "latest"`},
		{"restricted_older", "project-viewer", olderPath(orgA, images, "ubuntu") + "/channels/latest", 403, 7, `channel "latest"`},
		{"restricted_implicitly", "org-viewer", newerPath(orgA, images, "oddities") + "/channels/latest", 403, 7, `channel "latest"`},
		{"deactivated", "org-viewer", newerPath(orgA, deactivated, "ubuntu") + "/channels/production", 400, 9, "This HCP Packer registry was deactivated by the administrator"},
		{"deactivated_older", "deactivated-contributor", olderPath(orgA, deactivated, "ubuntu") + "/channels/production", 400, 9, "was deactivated by the administrator"},
		{"never_activated", "never-activated-contributor", newerPath(orgA, neverActivated, "ubuntu") + "/versions/x", 400, 9, "Registry not activated"},
		{"organization", "org-viewer", newerPath(nowhere, images, "ubuntu") + "/channels/production", 404, 5, "organization"},
		{"project", "org-viewer", newerPath(orgA, nowhere, "ubuntu") + "/channels/production", 404, 5, "project"},
		{"project_of_another_organization", "org-viewer", newerPath(orgB, images, "ubuntu") + "/channels/production", 404, 5, "project"},
		{"foreign_project", "org-viewer", newerPath(orgB, solo, "ubuntu") + "/channels/production", 403, 7, "permission"},
		{"sibling_project", "project-contributor", olderPath(orgA, deactivated, "ubuntu") + "/channels/production", 403, 7, "permission"},
		{"get_project", "org-viewer", "/resource-manager/2019-12-10/projects/" + nowhere, 404, 5, "project"},
		{"get_foreign_project", "org-viewer", "/resource-manager/2019-12-10/projects/" + solo, 403, 7, "permission"},
		{"list_nothing", "org-viewer", list + nowhere, 404, 5, "organization"},
		{"list_foreign", "org-viewer", list + orgB, 403, 7, "may not list"},
		{"list_without_scope", "org-viewer", "/resource-manager/2019-12-10/projects", 400, 3, "scope.type"},
		{"list_bad_page", "org-viewer", list + orgA + "&pagination.next_page_token=x", 400, 3, "pagination"},
		{"endpoint", "org-viewer", "/packer/2019-01-01/nope", 404, 5, "Not Found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			httpStatus, body := get(t, s, test.principal, test.path)
			checkRefusal(t, httpStatus, body, test.status, test.code, test.message)
		})
	}
}

func TestServer_keeps_the_precision_of_times(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{
		newerPath(orgA, images, "oddities") + "/channels/times",
		olderPath(orgA, images, "oddities") + "/channels/times",
	} {
		_, body := get(t, s, "org-viewer", path)
		for _, want := range []string{
			`"2026-09-20T10:00:00Z"`, `"2026-09-20T10:00:00.5Z"`, `"2026-09-20T10:00:00.123Z"`,
			`"2026-09-20T12:00:00.123456+02:00"`, `"2026-09-20T10:00:00.123456789Z"`,
		} {
			if !strings.Contains(string(body), want) {
				t.Errorf("%s: no %s in %s", path, want, body)
			}
		}
	}
}

func TestServer_revoke_at_unset(t *testing.T) {
	t.Parallel()
	s := start(t)
	for channel, want := range map[string]any{"unset-absent": nil, "unset-zero": "0001-01-01T00:00:00Z", "unset-epoch": "1970-01-01T00:00:00Z"} {
		var got struct {
			Channel struct{ Version map[string]any }
		}
		_, body := get(t, s, "org-viewer", newerPath(orgA, images, "oddities")+"/channels/"+channel)
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if got := got.Channel.Version["revoke_at"]; got != want {
			t.Errorf("%s: got %v, want %v", channel, got, want)
		}
		if got, want := got.Channel.Version["revocation_type"], "REVOCATION_TYPE_UNSET"; got != want {
			t.Errorf("%s: got %v, want %v", channel, got, want)
		}
	}
}

func TestServer_builds_left_out(t *testing.T) {
	t.Parallel()
	s := start(t)
	root := newerPath(orgA, images, "many-images")
	_, body := get(t, s, "org-viewer", root+"/channels/builds-by-fingerprint")
	if !strings.Contains(string(body), `"builds":[]`) {
		t.Errorf("got %s", body)
	}
	_, body = get(t, s, "org-viewer", root+"/versions/builds-by-fingerprint")
	if !strings.Contains(string(body), "ami-0ddddddddddddddd1") {
		t.Errorf("got %s", body)
	}
	_, body = get(t, s, "org-viewer", root+"/channels/huge")
	if got, want := strings.Count(string(body), "ami-0"), 600; got != want {
		t.Errorf("images: got %d, want %d", got, want)
	}
	_, body = get(t, s, "org-viewer", newerPath(orgA, images, "ubuntu")+"/channels/unassigned")
	if strings.Contains(string(body), `"version"`) {
		t.Errorf("got %s", body)
	}
}

func TestServer_token_errors(t *testing.T) {
	t.Parallel()
	s := start(t)
	tests := map[string]struct {
		secret, form string
		status       int
		want         string
	}{
		"wrong_secret":   {"wrong", "grant_type=client_credentials&audience=" + url.QueryEscape(apiAudience), 401, "invalid_client"},
		"no_grant_type":  {"org-viewer-secret-7d31ea", "", 400, "invalid_request"},
		"wrong_grant":    {"org-viewer-secret-7d31ea", "grant_type=password", 400, "unsupported_grant_type"},
		"wrong_audience": {"org-viewer-secret-7d31ea", "grant_type=client_credentials&audience=x", 403, "access_denied"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, _ := http.NewRequestWithContext(t.Context(), "POST", "https://"+s.Addr()+"/oauth2/token", strings.NewReader(test.form))
			request.SetBasicAuth("org-viewer-id", test.secret)
			httpStatus, body := do(t, httpClient(t, s, true), request)
			var got oauthError
			if err := json.Unmarshal(body, &got); err != nil || httpStatus != test.status || got.Error != test.want || got.Description == "" {
				t.Errorf("got %d %s, want %d %s", httpStatus, body, test.status, test.want)
			}
		})
	}
}

func TestServer_workload_identity(t *testing.T) {
	t.Parallel()
	s := start(t)
	byName, byAudience := s.registry.Providers[0].ResourceName, s.registry.Providers[1].ResourceName
	tests := map[string]struct {
		provider, audience, principal string
		status                        int
	}{
		"resource_name":        {byName, byName, "project-contributor", 200},
		"configured_audience":  {byAudience, "https://hcp.example.com/packer", "project-viewer", 200},
		"wrong_audience":       {byName, "https://hcp.example.com/packer", "", 401},
		"name_is_not_audience": {byAudience, byAudience, "", 401},
		"default_audience":     {byName, "", "", 401},
		"unknown_provider":     {byName + "x", byName, "", 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider, err := workload.New(&workload.IdentityProviderConfig{
				ProviderResourceName: test.provider,
				Token:                &workload.CredentialTokenSource{Token: githubToken(t, s, test.audience)},
			})
			if err != nil {
				t.Fatal(err)
			}
			provider.SetAPI(hcpConfig(t, s, credentials(t, s, "org-viewer")))
			token, err := provider.Token()
			if test.status != 200 {
				if want := fmt.Sprintf("status code %d", test.status); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want status %d", err, test.status)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			request, _ := http.NewRequestWithContext(t.Context(), "GET", "https://"+s.Addr()+"/", nil)
			token.SetAuthHeader(request)
			if got := s.bearer(request).Name; got != test.principal {
				t.Errorf("got %q, want %q", got, test.principal)
			}
		})
	}
}

// githubToken asks for a token as a job of GitHub does.
func githubToken(t *testing.T, s *Server, audience string) string {
	t.Helper()
	env := s.OIDCEnvironment()
	address, _ := url.Parse(env["ACTIONS_ID_TOKEN_REQUEST_URL"])
	query := address.Query()
	query.Set("audience", audience)
	address.RawQuery = query.Encode()
	request, _ := http.NewRequestWithContext(t.Context(), "GET", address.String(), nil)
	request.Header.Set("Authorization", "Bearer "+env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	_, body := do(t, httpClient(t, s, true), request)
	var got struct{ Value string }
	if err := json.Unmarshal(body, &got); err != nil || strings.Count(got.Value, ".") != 2 {
		t.Fatalf("got %s", body)
	}
	return got.Value
}

func TestServer_exchange_by_the_generated_client(t *testing.T) {
	t.Parallel()
	s := start(t)
	name := s.registry.Providers[0].ResourceName
	service := exchange.New(sdk(t, s, "org-viewer"), strfmt.Default)
	params := exchange.NewServicePrincipalsServiceExchangeWorkloadIdentityTokenParamsWithContext(t.Context()).WithResourceName(name)
	for jwt, want := range map[string]int{s.IDToken(name): 200, "made.up.token": 401, "": 400} {
		got, err := service.ServicePrincipalsServiceExchangeWorkloadIdentityToken(
			params.WithToken(&iammodels.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestToken{JwtToken: jwt}), nil)
		switch refused, ok := err.(*exchange.ServicePrincipalsServiceExchangeWorkloadIdentityTokenDefault); {
		case ok && refused.Code() != want, !ok && err != nil, err == nil && (want != 200 || got.Payload.AccessToken == ""):
			t.Errorf("%q: got %v, want %d", jwt, err, want)
		}
	}
}

func TestServer_oidc_needs_the_runners_token(t *testing.T) {
	t.Parallel()
	s := start(t)
	if got, _ := get(t, s, "org-viewer", "/oidc/token?audience=x"); got != 401 {
		t.Errorf("got %d, want 401", got)
	}
}

func TestServer_notes_requests(t *testing.T) {
	t.Parallel()
	for proto, opts := range map[string][]Option{"HTTP/2.0": nil, "HTTP/1.1": {HTTP1()}} {
		s := start(t, opts...)
		s.Fail(AnyRoute, Fault{Pass: true}, Fault{Status: 503, Body: "later"})
		path := newerPath(orgA, images, "ubuntu") + "/channels/production"
		if _, err := credentials(t, s, "org-viewer").Token(); err != nil {
			t.Fatal(err)
		}
		if got, body := get(t, s, "org-viewer", path+"?a=b"); got != 503 || string(body) != "later" {
			t.Errorf("got %d %s", got, body)
		}
		got := s.Requests()
		if len(got) != 2 || got[0].Route != TokenRoute || !strings.Contains(got[0].Body, "client_credentials") {
			t.Fatalf("got %+v", got)
		}
		if last := got[1]; last.Route != ChannelRoute || last.Method != "GET" || last.Path != path || last.Query != "a=b" ||
			last.Proto != proto || !strings.HasPrefix(last.Header.Get("Authorization"), "Bearer ") || last.Time.IsZero() {
			t.Errorf("got %+v", last)
		}
	}
}

func TestServer_environment(t *testing.T) {
	t.Parallel()
	s := start(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := s.WriteCA(file); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, s.CA()) {
		t.Errorf("got %s, %v", got, err)
	}
	env := s.Environment(file)
	if env["HCP_API_ADDRESS"] != s.Addr() || env["HCP_AUTH_URL"] != "https://"+s.Addr() || env["SSL_CERT_FILE"] != file {
		t.Errorf("got %v", env)
	}
}
