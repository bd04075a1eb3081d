package fakehcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-openapi/strfmt"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	sharedmodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
	"golang.org/x/oauth2"
)

// Projects of testdata/registry.yaml without the search.
const (
	searchRefusedProject       = "66666666-6666-4666-8666-666666666666"
	searchAbsentProject        = "77777777-7777-4777-8777-777777777777"
	searchUnimplementedProject = "88888888-8888-4888-8888-888888888888"
)

// Image ids of testdata/registry.yaml that have more than one match.
const (
	sharedImage  = "ami-0b000000000000001"
	rebuiltImage = "ami-0d000000000000001"
	galleryImage = "/subscriptions/5f0c2a4e-0000-4000-8000-000000000001/resourceGroups/images/providers/Microsoft.Compute/galleries/acme/images/regions/versions/2.0.0"
	gceImage     = "projects/acme-images/global/images/regions"
)

func searchPath(org, project string) string {
	return "/packer/2023-01-01/organizations/" + org + "/projects/" + project + "/_search/external_artifact"
}

// authorized is a client that sends the principal's token, if there is one.
func authorized(t *testing.T, s *Server, principal string) *http.Client {
	t.Helper()
	plain := httpClient(t, s, true)
	if principal == "" {
		return plain
	}
	return oauth2.NewClient(context.WithValue(t.Context(), oauth2.HTTPClient, plain), credentials(t, s, principal))
}

// search returns the status and body of a search.
func search(t *testing.T, s *Server, c *http.Client, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", "https://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return do(t, c, request)
}

// searchParams are those of a search in the project "images".
func searchParams(t *testing.T, body newermodels.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody) *newer.PackerServiceSearchExternalArtifactParams {
	t.Helper()
	return newer.NewPackerServiceSearchExternalArtifactParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBody(&body)
}

func TestServer_search(t *testing.T) {
	t.Parallel()
	service := newer.New(sdk(t, start(t), "org-viewer"), strfmt.Default)
	type body = newermodels.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody
	tests := map[string]struct {
		body body
		want []string // bucket, fingerprint, status and type of revocation
	}{
		"no_match":             {body{ExternalIdentifier: "ami-00000000000000000"}, nil},
		"of_another_project":   {body{ExternalIdentifier: "ami-05010000000000001"}, nil},
		"not_a_part_of_an_id":  {body{ExternalIdentifier: "ami-0a00000000000010"}, nil},
		"active":               {body{ExternalIdentifier: "ami-0a000000000000301"}, []string{"web web-v3 VERSION_ACTIVE REVOCATION_TYPE_UNSET"}},
		"revoked":              {body{ExternalIdentifier: "ami-0a000000000000101"}, []string{"web web-v1 VERSION_REVOKED MANUAL"}},
		"inherited":            {body{ExternalIdentifier: "ami-0c000000000000003"}, []string{"lifecycle lifecycle-inherited VERSION_REVOKED INHERITED"}},
		"scheduled":            {body{ExternalIdentifier: "ami-0c000000000000006"}, []string{"lifecycle lifecycle-scheduled VERSION_REVOCATION_SCHEDULED MANUAL"}},
		"unfinished":           {body{ExternalIdentifier: "ami-0c00000000000000a"}, []string{"lifecycle lifecycle-running VERSION_RUNNING REVOCATION_TYPE_UNSET"}},
		"status_absent":        {body{ExternalIdentifier: "ami-0c00000000000000f"}, []string{"lifecycle lifecycle-status-absent - REVOCATION_TYPE_UNSET"}},
		"azure":                {body{ExternalIdentifier: strings.Replace(galleryImage, "regions/versions/2", "web/versions/1", 1)}, []string{"web web-v1 VERSION_REVOKED MANUAL"}},
		"builds_left_out":      {body{ExternalIdentifier: "ami-0ddddddddddddddd1"}, []string{"many-images builds-by-fingerprint VERSION_ACTIVE REVOCATION_TYPE_UNSET"}},
		"two_buckets_in_order": {body{ExternalIdentifier: sharedImage}, []string{"shared shared-v1 VERSION_ACTIVE REVOCATION_TYPE_UNSET", "shared-copy shared-copy-v1 VERSION_REVOKED MANUAL"}},
		"two_regions_of_a_build": {body{ExternalIdentifier: galleryImage}, []string{
			"regions regions-v2 VERSION_ACTIVE REVOCATION_TYPE_UNSET", "regions regions-v2 VERSION_ACTIVE REVOCATION_TYPE_UNSET",
		}},
		"two_regions_in_order": {body{ExternalIdentifier: gceImage}, []string{
			"regions regions-v2 VERSION_ACTIVE REVOCATION_TYPE_UNSET", "regions regions-v1 VERSION_REVOKED MANUAL",
		}},
		"one_of_two_regions":    {body{ExternalIdentifier: gceImage, Platform: "gce", Region: "europe-west3-a"}, []string{"regions regions-v1 VERSION_REVOKED MANUAL"}},
		"one_region_of_a_build": {body{ExternalIdentifier: galleryImage, Region: "northeurope"}, []string{"regions regions-v2 VERSION_ACTIVE REVOCATION_TYPE_UNSET"}},
		"another_platform":      {body{ExternalIdentifier: gceImage, Platform: "aws"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := service.PackerServiceSearchExternalArtifact(searchParams(t, test.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, match := range answer.Payload.Artifacts {
				status := newermodels.HashicorpCloudPacker20230101VersionStatus("-")
				if match.Version.Status != nil {
					status = *match.Version.Status
				}
				got = append(got, fmt.Sprintf("%s %s %s %s", match.Bucket.Name, match.Version.Fingerprint, status, *match.Version.RevocationType))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestServer_search_is_in_the_order_of_the_file(t *testing.T) {
	t.Parallel()
	s := start(t)
	var got []string
	for _, match := range s.registry.Organizations[0].Projects[0].search(searchRequest{ExternalIdentifier: "ami-0fffffffffffffff1"}) {
		got = append(got, match.Version.Fingerprint)
	}
	want := []string{
		"revoked", "inherited", "active-but-past", "scheduled-but-past", "revoked-without-time", "revoked-in-future",
		"scheduled", "scheduled-soon", "scheduled-without-time", "active-with-time", "incomplete-and-revoked",
		"status-unset", "status-absent", "status-unknown",
		"name-without-number", "unset-absent", "unset-zero", "unset-epoch",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServer_search_has_all_fields(t *testing.T) {
	t.Parallel()
	service := newer.New(sdk(t, start(t), "org-viewer"), strfmt.Default)
	body := newermodels.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{ExternalIdentifier: "ami-0a000000000000101"}
	answer, err := service.PackerServiceSearchExternalArtifact(searchParams(t, body), nil)
	if err != nil {
		t.Fatal(err)
	}
	channel, err := service.PackerServiceGetChannel(newer.NewPackerServiceGetChannelParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("web").WithChannelName("pinned"), nil)
	if err != nil {
		t.Fatal(err)
	}
	match, want := answer.Payload.Artifacts[0], channel.Payload.Channel.Version
	if match.Bucket.ID == "" || match.Bucket.Labels["team"] != "web" {
		t.Errorf("bucket: got %+v", match.Bucket)
	}
	if v := match.Version; v.ID != want.ID || v.Name != "v1" || v.AuthorID != want.AuthorID || v.RevokeAt != want.RevokeAt ||
		v.RevocationAuthor != "security@example.com" || v.RevocationMessage != "CVE-2026-5678 in nginx" {
		t.Errorf("version: got %+v, want %+v", v, want)
	}
	got, _ := json.Marshal(match.Build)
	if want, _ := json.Marshal(want.Builds[0]); string(got) != string(want) {
		t.Errorf("build: got %s, want %s", got, want)
	}
}

func TestServer_search_answers_are_the_sdks_models(t *testing.T) {
	t.Parallel()
	s := start(t)
	var ids []string
	for _, bucket := range s.registry.Organizations[0].Projects[0].Buckets {
		for _, iteration := range bucket.Iterations {
			if iteration.Generate.Builds == 200 {
				continue // 600 ids of one form
			}
			for _, build := range iteration.Builds {
				for _, image := range build.Images {
					ids = append(ids, image.ImageID)
				}
			}
		}
	}
	client := authorized(t, s, "org-viewer")
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		body, _ := json.Marshal(searchRequest{ExternalIdentifier: id})
		httpStatus, answer := search(t, s, client, searchPath(orgA, images)+"?pagination.page_size=200", string(body))
		var got newermodels.HashicorpCloudPacker20230101SearchExternalArtifactResponse
		decode(t, answer, &got)
		if httpStatus != 200 || len(got.Artifacts) == 0 || got.Pagination.NextPageToken != "" {
			t.Errorf("%s: got %d %s", id, httpStatus, answer)
		}
		for _, match := range got.Artifacts {
			if !slices.ContainsFunc(match.Build.Artifacts, func(a *newermodels.HashicorpCloudPacker20230101Artifact) bool {
				return a.ExternalIdentifier == id
			}) {
				t.Errorf("%s: not in the build of the match", id)
			}
		}
	}
	if _, got := search(t, s, client, searchPath(orgA, images), `{"external_identifier":"ami-00000000000000000"}`); !strings.Contains(string(got), `"artifacts":[]`) {
		t.Errorf("no match: got %s", got)
	}
}

func TestServer_search_comes_in_pages(t *testing.T) {
	t.Parallel()
	service := newer.New(sdk(t, start(t), "org-viewer"), strfmt.Default)
	tests := map[string]struct {
		size  int64
		pages []int
	}{
		"of_the_default_size": {0, []int{10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 1}},
		"of_a_hundred":        {100, []int{100, 21}},
		"that_are_full":       {121, []int{121}},
		"larger_than_needed":  {1000, []int{121}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := searchParams(t, newermodels.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{ExternalIdentifier: rebuiltImage}).
				WithPaginationPageSize(&test.size)
			var pages []int
			builds := map[string]bool{}
			page := func() *newermodels.HashicorpCloudPacker20230101SearchExternalArtifactResponse {
				answer, err := service.PackerServiceSearchExternalArtifact(params, nil)
				if err != nil {
					t.Fatal(err)
				}
				pages = append(pages, len(answer.Payload.Artifacts))
				for _, match := range answer.Payload.Artifacts {
					builds[match.Build.ID] = true
				}
				return answer.Payload
			}
			at := page()
			for at.Pagination.NextPageToken != "" {
				params.PaginationNextPageToken = &at.Pagination.NextPageToken
				at = page()
			}
			if !slices.Equal(pages, test.pages) || len(builds) != 121 {
				t.Errorf("got %v and %d builds, want %v", pages, len(builds), test.pages)
			}
			if got, want := at.Artifacts[len(at.Artifacts)-1].Version.Fingerprint, "rebuilt-v1"; got != want {
				t.Errorf("last: got %q, want %q", got, want)
			}
			pages, builds, params.PaginationNextPageToken = nil, map[string]bool{}, nil
			for at.Pagination.PreviousPageToken != "" {
				params.PaginationPreviousPageToken = &at.Pagination.PreviousPageToken
				at = page()
			}
			slices.Reverse(pages)
			if got, want := pages, test.pages[:len(test.pages)-1]; !slices.Equal(got, want) {
				t.Errorf("back: got %v, want %v", got, want)
			}
		})
	}
}

func TestServer_search_refuses_as_HCP_does(t *testing.T) {
	t.Parallel()
	s := start(t)
	const known = `{"external_identifier":"` + sharedImage + `"}`
	tests := []struct {
		name, principal, path, body string
		status, code                int
		message                     string
	}{
		{"no_token", "", searchPath(orgA, images), known, 401, 16, "access token"},
		{"no_token_where_it_is_absent", "", searchPath(orgC, searchAbsentProject), known, 401, 16, "access token"},
		{"no_body", "org-viewer", searchPath(orgA, images), "", 400, 3, "external_identifier is required"},
		{"no_id", "org-viewer", searchPath(orgA, images), `{"region":"us-east-1"}`, 400, 3, "external_identifier is required"},
		{"blank_id", "org-viewer", searchPath(orgA, images), `{"external_identifier":" "}`, 400, 3, "external_identifier is required"},
		{"no_json", "org-viewer", searchPath(orgA, images), "external_identifier=x", 400, 3, "JSON"},
		{"page", "org-viewer", searchPath(orgA, images) + "?pagination.page_size=-1", known, 400, 3, "pagination"},
		{"page_token", "org-viewer", searchPath(orgA, images) + "?pagination.next_page_token=x", known, 400, 3, "pagination"},
		{"page_after_the_end", "org-viewer", searchPath(orgA, images) + "?pagination.next_page_token=3", known, 400, 3, "pagination"},
		{"both_page_tokens", "org-viewer", searchPath(orgA, images) + "?pagination.next_page_token=1&pagination.previous_page_token=1", known, 400, 3, "pagination"},
		{"deactivated", "org-viewer", searchPath(orgA, deactivated), known, 400, 9, "This HCP Packer registry was deactivated by the administrator"},
		{"never_activated", "org-viewer", searchPath(orgA, neverActivated), known, 400, 9, "Registry not activated"},
		{"organization", "org-viewer", searchPath(nowhere, images), known, 404, 5, "organization"},
		{"project", "org-viewer", searchPath(orgA, nowhere), known, 404, 5, "project"},
		{"foreign_project", "org-viewer", searchPath(orgB, solo), known, 403, 7, "permission"},
		{"refused", "no-search-contributor", searchPath(orgC, searchRefusedProject), known, 403, 7, "search"},
		{"absent", "no-search-contributor", searchPath(orgC, searchAbsentProject), known, 404, 5, "Not Found"},
		{"unimplemented", "no-search-contributor", searchPath(orgC, searchUnimplementedProject), known, 501, 12, "Not Implemented"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			httpStatus, body := search(t, s, authorized(t, s, test.principal), test.path, test.body)
			decode(t, body, new(sharedmodels.GoogleRPCStatus))
			var got status
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if httpStatus != test.status || got.Code != test.code || !strings.Contains(got.Message, test.message) || got.Details == nil {
				t.Errorf("got %d %s, want %d/%d %q", httpStatus, body, test.status, test.code, test.message)
			}
		})
	}
	if got, _ := get(t, s, "org-viewer", searchPath(orgA, images)); got != 404 {
		t.Errorf("GET: got %d, want 404", got)
	}
}

func TestServer_search_refuses_the_generated_client(t *testing.T) {
	t.Parallel()
	service := newer.New(sdk(t, start(t), "no-search-contributor"), strfmt.Default)
	params := searchParams(t, newermodels.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{ExternalIdentifier: sharedImage}).
		WithLocationOrganizationID(orgC)
	for project, want := range map[string]int{searchRefusedProject: 403, searchAbsentProject: 404, searchUnimplementedProject: 501} {
		_, err := service.PackerServiceSearchExternalArtifact(params.WithLocationProjectID(project), nil)
		var refused *newer.PackerServiceSearchExternalArtifactDefault
		if !errors.As(err, &refused) || refused.Code() != want {
			t.Errorf("%s: got %v, want %d", project, err, want)
		}
	}
}

func TestServer_search_is_noted_and_fails(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.Fail(SearchRoute, Fault{Status: 503, Body: "later"})
	const body = `{"external_identifier":"ami-00000000000000000"}`
	client := authorized(t, s, "org-viewer")
	for _, want := range []int{503, 200} {
		if got, answer := search(t, s, client, searchPath(orgA, images), body); got != want {
			t.Errorf("got %d %s, want %d", got, answer, want)
		}
	}
	requests := s.Requests()
	if last := requests[len(requests)-1]; last.Route != SearchRoute || last.Method != "POST" || last.Body != body {
		t.Errorf("got %+v", last)
	}
}
