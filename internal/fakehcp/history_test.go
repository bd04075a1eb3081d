package fakehcp

import (
	"testing"

	"github.com/go-openapi/strfmt"
	"github.com/google/go-cmp/cmp"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

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
			fingerprint := "nothing"
			if row.Version != nil {
				fingerprint = row.Version.Fingerprint
			}
			rows = append(rows, fingerprint+" by "+row.AuthorID)
		}
		if next = answer.Payload.Pagination.NextPageToken; next == "" {
			return rows
		}
	}
}

func TestServer_history(t *testing.T) {
	t.Parallel()
	promote := func(t *testing.T, s *Server) {
		t.Helper()
		if _, err := newer.New(sdk(t, s, "contributor"), strfmt.Default).PackerServiceUpdateChannel(newer.NewPackerServiceUpdateChannelParamsWithContext(t.Context()).
			WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("os").WithChannelName("history").
			WithBody(&newermodels.HashicorpCloudPacker20230101UpdateChannelBody{UpdateMask: "versionFingerprint", VersionFingerprint: "v1"}), nil); err != nil {
			t.Fatal(err)
		}
	}
	written := []string{"v3 by ci@example.com", "nothing by release-manager", "v2 by HCP Packer"}
	for name, tc := range map[string]struct {
		channel string
		act     func(*testing.T, *Server)
		want    []string
	}{
		"written":    {"history", nil, written},
		"implied":    {"implied", nil, []string{"v3 by release-manager", "v1 by release-manager"}},
		"unassigned": {"unassigned", nil, []string{}},
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
			if diff := cmp.Diff(tc.want, history(t, s, tc.channel)); diff != "" {
				t.Error(diff)
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
