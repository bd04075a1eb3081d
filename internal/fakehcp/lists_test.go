package fakehcp

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/go-openapi/strfmt"
	"github.com/google/go-cmp/cmp"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// shelf has buckets that are out of order, refused and gone.
const shelf = `
          web:
            labels: {team: web}
            channels:
              staging: {iteration: web-v2}
              production: {iteration: web-v1}
              internal: {iteration: web-v2, restricted: true}
              unassigned: {}
            iterations:
              web-v1:
                name: v1
                parents: &parents [{bucket: base, channel: production, iteration: base-v1}]
                list_leaves_out: [status, parents]
                builds:
                  - {cloud_provider: gce, component_type: googlecompute.web, images: [{image_id: web-v1, region: europe-west3-a}]}
              web-v2:
                name: v2
                parents: *parents
                builds:
                  - {cloud_provider: gce, component_type: googlecompute.web, images: [{image_id: web-v2, region: europe-west3-a}]}
                  - {cloud_provider: aws, component_type: amazon-ebs.web, images: [{image_id: ami-2, region: us-east-1}]}
                  - {cloud_provider: aws, component_type: amazon-ebs.other, images: [{image_id: ami-3, region: us-east-1}]}
          base:
            channels: {production: {iteration: base-v1}}
            iterations: {base-v1: {name: v1}}
          secret: {refused: true}
          lost: {gone: true}
          empty: {}
`

func listBuckets(t *testing.T, service newer.ClientService, change func(*newer.PackerServiceListBucketsParams)) *newermodels.HashicorpCloudPacker20230101ListBucketsResponse {
	t.Helper()
	params := newer.NewPackerServiceListBucketsParamsWithContext(t.Context()).WithLocationOrganizationID(orgA).WithLocationProjectID(images)
	change(params)
	list, err := service.PackerServiceListBuckets(params, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list.Payload
}

func TestServer_buckets_come_in_pages(t *testing.T) {
	t.Parallel()
	service := newer.New(sdk(t, startBuckets(t, shelf), "viewer"), strfmt.Default)
	size, next := int64(2), ""
	var got [][]string
	for {
		list := listBuckets(t, service, func(p *newer.PackerServiceListBucketsParams) {
			p.WithPaginationPageSize(&size).WithPaginationNextPageToken(&next)
		})
		var page []string
		for _, bucket := range list.Buckets {
			page = append(page, bucket.Name)
		}
		got = append(got, page)
		if next = list.Pagination.NextPageToken; next == "" {
			break
		}
	}
	if diff := cmp.Diff([][]string{{"web", "base"}, {"secret", "lost"}, {"empty"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestServer_buckets_in_order_of_name(t *testing.T) {
	t.Parallel()
	service := newer.New(sdk(t, startBuckets(t, shelf), "viewer"), strfmt.Default)
	list := listBuckets(t, service, func(p *newer.PackerServiceListBucketsParams) { p.WithSortingOrderBy([]string{"name"}) })
	var got []string
	for _, bucket := range list.Buckets {
		got = append(got, bucket.Name)
	}
	if diff := cmp.Diff([]string{"base", "empty", "lost", "secret", "web"}, got); diff != "" {
		t.Error(diff)
	}
	web := list.Buckets[4]
	if web.LatestVersion.Fingerprint != "web-v2" || web.VersionCount != "2" || web.Location.ProjectID != images || web.Labels["team"] != "web" {
		t.Errorf("got %+v", web)
	}
	if diff := cmp.Diff([]string{"aws", "gce"}, web.Platforms); diff != "" {
		t.Error(diff)
	}
	if empty := list.Buckets[1]; empty.LatestVersion != nil || len(empty.Platforms) > 0 {
		t.Errorf("got %+v", empty)
	}
}

// summarize is what a test looks at of a listed channel's version.
func summarize(v *newermodels.HashicorpCloudPacker20230101Version) string {
	if v == nil {
		return "no version"
	}
	summary := fmt.Sprintf("%s with %d builds", v.Fingerprint, len(v.Builds))
	if v.Status != nil {
		summary += ", " + string(*v.Status)
	}
	if v.Parents != nil {
		summary += ", " + string(*v.Parents.Status)
	}
	return summary
}

func TestServer_channels(t *testing.T) {
	t.Parallel()
	const whole = "web-v2 with 3 builds, VERSION_ACTIVE, UP_TO_DATE"
	s := startBuckets(t, shelf)
	for principal, restricted := range map[string]string{"contributor": whole, "viewer": "no version"} {
		t.Run(principal, func(t *testing.T) {
			t.Parallel()
			list, err := newer.New(sdk(t, s, principal), strfmt.Default).PackerServiceListChannels(newer.NewPackerServiceListChannelsParamsWithContext(t.Context()).
				WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("web"), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, channel := range list.Payload.Channels {
				got[channel.Name] = summarize(channel.Version)
			}
			want := map[string]string{
				"internal":   restricted,
				"latest":     restricted,
				"production": "web-v1 with 1 builds",
				"staging":    whole,
				"unassigned": "no version",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestServer_list_leaves_out_what_the_fingerprint_gives(t *testing.T) {
	t.Parallel()
	_, body := get(t, startBuckets(t, shelf), "viewer", newerPath(orgA, images, "web")+"/versions/web-v1")
	answer := new(newermodels.HashicorpCloudPacker20230101GetVersionResponse)
	decode(t, body, answer)
	if v := answer.Version; v.Status == nil || v.Parents == nil {
		t.Errorf("got %s", body)
	}
}

func TestServer_lists_refuse(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, shelf)
	tests := map[string]struct {
		path         string
		status, code int
		message      string
	}{
		"order":           {bucketsPath(orgA, images) + "?sorting.order_by=created_at", 400, 3, `"created_at"`},
		"page":            {bucketsPath(orgA, images) + "?pagination.next_page_token=x", 400, 3, "pagination"},
		"project":         {bucketsPath(orgA, nowhere), 404, 5, "project"},
		"no_bucket":       {newerPath(orgA, images, "nope") + "/channels", 404, 5, `bucket "nope"`},
		"refused_bucket":  {newerPath(orgA, images, "secret") + "/channels", 403, 7, `bucket "secret"`},
		"refused_channel": {newerPath(orgA, images, "secret") + "/channels/latest", 403, 7, `bucket "secret"`},
		"refused_version": {newerPath(orgA, images, "secret") + "/versions/x", 403, 7, `bucket "secret"`},
		"gone_bucket":     {newerPath(orgA, images, "lost") + "/channels", 404, 5, `bucket "lost"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			httpStatus, body := get(t, s, "contributor", tc.path)
			checkRefusal(t, httpStatus, body, tc.status, tc.code, tc.message)
		})
	}
}

func TestServer_generated_buckets(t *testing.T) {
	t.Parallel()
	reg, err := Parse(generated)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	service := newer.New(sdk(t, s, "p"), strfmt.Default)
	size, next := int64(100), "900"
	list := listBuckets(t, service, func(p *newer.PackerServiceListBucketsParams) {
		p.WithPaginationPageSize(&size).WithPaginationNextPageToken(&next)
	})
	if got := list.Buckets[99].Name; len(list.Buckets) != 100 || got != "generated-1000" || list.Pagination.NextPageToken != "" {
		t.Errorf("got %d buckets, the last %q, and %+v", len(list.Buckets), got, list.Pagination)
	}
	for channel, want := range map[string]string{"channel-1": "generated-1000-v1", "channel-3": "generated-1000-v3", "latest": "generated-1000-v3"} {
		if got := s.Channel(images, "generated-1000", channel); got != want {
			t.Errorf("%s: got %q, want %q", channel, got, want)
		}
	}
	_, body := get(t, s, "p", newerPath(orgA, images, "generated-0001")+"/channels")
	channels := new(newermodels.HashicorpCloudPacker20230101ListChannelsResponse)
	decode(t, body, channels)
	if got := channels.Channels[2].Version.Builds[0].Artifacts; len(channels.Channels) != 4 || len(got) != 1 {
		t.Errorf("got %s", body)
	}
}

// generated is a registry of 1,000 buckets of three channels.
var generated = []byte(`
organizations:
  - id: ` + orgA + `
    projects: [{id: ` + images + `, generate: {buckets: 1000, channels: 3}}]
principals:
  - {name: p, client_id: id, client_secret: secret, organization: ` + orgA + `, role: contributor}
`)

// BenchmarkServer_lists is what the server works for a sweep of all buckets.
func BenchmarkServer_lists(b *testing.B) {
	reg, err := Parse(generated)
	if err != nil {
		b.Fatal(err)
	}
	s, err := Start(reg)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	paths := []string{}
	for page := range 10 {
		paths = append(paths, fmt.Sprintf("%s?pagination.page_size=100&pagination.next_page_token=%d", bucketsPath(orgA, images), 100*page))
	}
	for name := range s.registry.Organizations[0].Projects[0].Buckets {
		paths = append(paths, newerPath(orgA, images, name)+"/channels")
	}
	token, client := s.grant(&s.registry.Principals[0]), httpClient(b, s, true)
	for b.Loop() {
		for _, path := range paths {
			request, _ := http.NewRequestWithContext(b.Context(), "GET", "https://"+s.Addr()+path, nil)
			request.Header.Set("Authorization", "Bearer "+token)
			response, err := client.Do(request)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != 200 {
				b.Fatal(response.Status, err)
			}
			response.Body.Close()
		}
	}
}
