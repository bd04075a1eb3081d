package fakehcp

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/go-openapi/strfmt"
	"github.com/google/go-cmp/cmp"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

const histories = `
          os:
            channels:
              production:
                iteration: v3
                history:
                  - {iteration: v3, assigned_at: 2026-03-01T10:00:00.123Z, author_id: ci@example.com}
                  - {assigned_at: 2026-02-02T10:00:00.123Z}
                  - {iteration: v2, assigned_at: 2026-02-01T10:00:00.123Z, author_id: HCP Packer}
              staging: {iteration: v3, history: [{iteration: v1}]}
              unassigned: {}
            iterations:
              v1: {name: v1, builds: [{cloud_provider: aws, component_type: a, images: [{image_id: ami-1, region: r}]}]}
              v2: {name: v2, status: REVOKED}
              v3: {name: v3, list_leaves_out: [status]}
`

// history is what the SDK's client lists of a channel's history in pages of two,
// each row as author and fingerprint.
func history(t *testing.T, s *Server, channel string) []string {
	t.Helper()
	service := newer.New(sdk(t, s, "viewer"), strfmt.Default)
	size, next := int64(2), ""
	rows := []string{}
	for {
		answer, err := service.PackerServiceListChannelAssignmentHistory(newer.NewPackerServiceListChannelAssignmentHistoryParamsWithContext(t.Context()).
			WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("os").WithChannelName(channel).
			WithPaginationPageSize(&size).WithPaginationNextPageToken(&next), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range answer.Payload.History {
			rows = append(rows, row.AuthorID+" "+summarize(row.Version))
		}
		if next = answer.Payload.Pagination.NextPageToken; next == "" {
			return rows
		}
	}
}

func TestServer_history(t *testing.T) {
	t.Parallel()
	const v1, v2, v3 = "v1 with 0 builds, VERSION_ACTIVE", "v2 with 0 builds, VERSION_REVOKED", "v3 with 0 builds"
	promote := func(t *testing.T, s *Server) {
		body := newermodels.HashicorpCloudPacker20230101UpdateChannelBody{UpdateMask: "versionFingerprint", VersionFingerprint: "v1"}
		if _, err := newer.New(sdk(t, s, "contributor"), strfmt.Default).PackerServiceUpdateChannel(updateParams(t, body), nil); err != nil {
			t.Fatal(err)
		}
	}
	revoke := func(_ *testing.T, s *Server) {
		s.Change(func(r *Registry) { r.Bucket(images, "os").Revoke("v3", "security@example.com", "CVE-2026-1234") })
	}
	written := []string{"ci@example.com " + v3, "release-manager no version", "HCP Packer " + v2}
	for name, tc := range map[string]struct {
		channel string
		act     func(*testing.T, *Server)
		want    []string
	}{
		"written":     {"production", nil, written},
		"implied":     {"staging", nil, []string{"release-manager " + v3, "release-manager " + v1}},
		"unassigned":  {"unassigned", nil, []string{}},
		"promoted":    {"production", promote, append([]string{"contributor " + v1}, written...)},
		"rolled_back": {"staging", revoke, []string{"HCP Packer " + v1, "release-manager " + v3, "release-manager " + v1}},
		"emptied":     {"production", revoke, append([]string{"HCP Packer no version"}, written...)},
		"changed": {"staging", func(_ *testing.T, s *Server) {
			s.Change(func(r *Registry) { r.Bucket(images, "os").Channels["staging"].Iteration = "v2" })
		}, []string{"release-manager " + v2, "release-manager " + v3, "release-manager " + v1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t, histories)
			if tc.act != nil {
				tc.act(t, s)
			}
			if diff := cmp.Diff(tc.want, history(t, s, tc.channel)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestServer_pages_of_channels(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, "\n          os: {channels_page: 2, channels: {a: {}, b: {}}}\n")
	var got []string
	for _, query := range []string{"", "?pagination.next_page_token=2"} {
		_, body := send(t, s, "viewer", "GET", imagesNewer+"os/channels"+query, "")
		var page struct {
			Channels   []struct{ Name string }
			Pagination struct {
				Next string `json:"next_page_token"`
			}
		}
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		for _, channel := range page.Channels {
			got = append(got, channel.Name)
		}
		got = append(got, "next "+page.Pagination.Next)
	}
	if diff := cmp.Diff([]string{"a", "b", "next 2", "latest", "next "}, got); diff != "" {
		t.Error(diff)
	}
}

func startBuckets(t *testing.T, buckets string) *Server {
	t.Helper()
	reg, err := Parse([]byte(`
organizations:
  - id: ` + orgA + `
    projects:
      - id: ` + images + `
        buckets:` + buckets + `
principals:
  - {name: contributor, client_id: contributor-id, client_secret: secret, organization: ` + orgA + `, role: contributor}
  - {name: viewer, client_id: viewer-id, client_secret: secret, organization: ` + orgA + `, role: viewer}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// updateParams are those of an update of os/production.
func updateParams(t *testing.T, body newermodels.HashicorpCloudPacker20230101UpdateChannelBody) *newer.PackerServiceUpdateChannelParams {
	t.Helper()
	return newer.NewPackerServiceUpdateChannelParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("os").WithChannelName("production").WithBody(&body)
}

// releases has a version of each kind to assign.
const releases = `
          os:
            channels:
              production: {iteration: v1}
              vault: {iteration: v1, restricted: true}
            iterations:
              v1: {name: v1}
              v2: {name: v2}
              scheduled: {name: v3, status: REVOCATION_SCHEDULED, revoke_at: 2099-01-01T00:00:00Z}
              revoked: {name: v4, status: REVOKED}
              past: {name: v5, revoke_at: 2026-01-01T00:00:00Z}
              incomplete: {name: v0, status: INCOMPLETE}
              running: {name: v0, status: RUNNING}
              failed: {name: v0, status: FAILED}
              cancelled: {name: v0, status: CANCELLED}
          secret: {refused: true}
`

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
