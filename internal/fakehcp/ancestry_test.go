package fakehcp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// family is a base that has moved on under some of its children, and is itself
// a child of tools.
const family = `
          base:
            channels: {production: {iteration: base-v2}, retired: {iteration: base-v1}, empty: {}}
            iterations: {base-v1: {name: v1}, base-v2: {name: v2, parents: [&new {bucket: tools, channel: production, iteration: tools-v1}]}}
          tools:
            channels: {production: {iteration: tools-v1}}
            iterations: {tools-v1: {name: v1}}
          child:
            channels:
              latest: {iteration: outdated, managed: true, restricted: true}
            iterations:
              current: {parents: [{bucket: base, channel: production, iteration: base-v2}]}
              outdated: {name: v3, parents: [&old {bucket: base, channel: production, iteration: base-v1}]}
              emptied: {parents: [{bucket: base, channel: empty, iteration: base-v1}]}
              no-channel: {parents: [&pinned {bucket: base, iteration: base-v2}]}
              channel-gone: {parents: [&gone {bucket: base, channel: gone, iteration: base-v2}]}
              one-outdated: {parents: [*pinned, *old, *new]}
              one-undetermined: {parents: [*gone, *new]}
              no-parents: {}
              said-undetermined: {parents_status: UNDETERMINED}
              said-otherwise: {parents: [*old], parents_status: SOMETHING_NEW}
              said-nothing: {parents: [*old], parents_status: ABSENT}
`

// startBuckets serves a registry with these buckets in the project "images".
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

func TestServer_parents(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, family)
	for fingerprint, want := range map[string]string{
		"current":           "UP_TO_DATE",
		"outdated":          "OUT_OF_DATE",
		"emptied":           "OUT_OF_DATE",
		"no-channel":        "UNDETERMINED",
		"channel-gone":      "UNDETERMINED",
		"one-outdated":      "OUT_OF_DATE",
		"one-undetermined":  "UNDETERMINED",
		"no-parents":        "",
		"said-undetermined": "UNDETERMINED",
		"said-otherwise":    "SOMETHING_NEW",
		"said-nothing":      "",
	} {
		_, body := get(t, s, "viewer", newerPath(orgA, images, "child")+"/versions/"+fingerprint)
		var answer struct {
			Version struct {
				Parents *struct{ Href, Status string }
			}
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		got := answer.Version.Parents
		if got == nil {
			if want != "" {
				t.Errorf("%s: no parents, want %s", fingerprint, want)
			}
			continue
		}
		if got.Status != want {
			t.Errorf("%s: got %q, want %q", fingerprint, got.Status, want)
		}
		if status, body := get(t, s, "viewer", got.Href); status != 200 {
			t.Errorf("%s: %s answers %d %s", fingerprint, got.Href, status, body)
		}
	}
}

func TestServer_parents_follow_the_channel(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, family)
	s.Change(func(r *Registry) { r.Bucket(images, "base").Channels["production"].Iteration = "base-v1" })
	_, body := get(t, s, "contributor", newerPath(orgA, images, "child")+"/channels/latest")
	answer := new(newermodels.HashicorpCloudPacker20230101GetChannelResponse)
	decode(t, body, answer)
	if got, want := *answer.Channel.Version.Parents.Status, newermodels.HashicorpCloudPacker20230101AncestryStatusUPTODATE; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestServer_ancestry(t *testing.T) {
	t.Parallel()
	const (
		outdated = "child/outdated v3 <- base/production base-v1 v1, now base-v2 v2: OUT_OF_DATE"
		pinned   = "child/one-outdated v1 <- base/ base-v2 v2, now none: UNDETERMINED"
		old      = "child/one-outdated v1 <- base/production base-v1 v1, now base-v2 v2: OUT_OF_DATE"
		base     = "base/base-v2 v2 <- tools/production tools-v1 v1, now tools-v1 v1: UP_TO_DATE"
		tools    = "child/one-outdated v1 <- tools/production tools-v1 v1, now tools-v1 v1: UP_TO_DATE"
	)
	s := startBuckets(t, family)
	tests := map[string]struct {
		path string
		want []string
	}{
		"latest_version":   {"child/ancestry", []string{outdated}},
		"of_one_version":   {"child/ancestry?type=ANCESTRY_TYPE_PARENTS&version_fingerprint=one-outdated", []string{pinned, old, tools}},
		"channel_is_empty": {"child/ancestry?version_fingerprint=emptied", []string{"child/emptied v1 <- base/empty base-v1 v1, now none: OUT_OF_DATE"}},
		"no_parents":       {"child/ancestry?type=ANCESTRY_TYPE_PARENTS&version_fingerprint=no-parents", nil},
		"children":         {"base/ancestry?type=ANCESTRY_TYPE_CHILDREN", []string{outdated}},
		"children_too":     {"base/ancestry", []string{base, outdated}},
		"both":             {"base/ancestry?type=ANCESTRY_TYPE_UNSET&channel_name=production", []string{base, outdated}},
		"of_a_channel":     {"base/ancestry?channel_name=retired", []string{base}},
		"parents_alone":    {"base/ancestry?type=ANCESTRY_TYPE_PARENTS", []string{base}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, body := get(t, s, "viewer", newerPath(orgA, images, tc.path))
			answer := new(newermodels.HashicorpCloudPacker20230101ListBucketAncestryResponse)
			decode(t, body, answer)
			var got []string
			for _, relation := range answer.Relations {
				got = append(got, describe(relation))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if got, want := int(answer.TotalCount), len(tc.want); got != want {
				t.Errorf("total count: got %d, want %d", got, want)
			}
		})
	}
}

func describe(r *newermodels.HashicorpCloudPacker20230101BucketAncestry) string {
	now := "none"
	if v := r.Parent.ChannelVersion; v != nil {
		now = v.Fingerprint + " " + v.Name
	}
	return fmt.Sprintf("%s/%s %s <- %s/%s %s %s, now %s: %s", r.Child.BucketName, r.Child.VersionFingerprint, r.Child.VersionName,
		r.Parent.BucketName, r.Parent.ChannelName, r.Parent.VersionFingerprint, r.Parent.VersionName, now, *r.Status)
}

func TestServer_ancestry_comes_in_pages(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, family)
	path := newerPath(orgA, images, "child") + "/ancestry?version_fingerprint=one-outdated&pagination.page_size=2"
	var got []int
	for next := ""; ; {
		_, body := get(t, s, "viewer", path+"&pagination.next_page_token="+next)
		answer := new(newermodels.HashicorpCloudPacker20230101ListBucketAncestryResponse)
		decode(t, body, answer)
		got = append(got, len(answer.Relations))
		if next = answer.Pagination.NextPageToken; next == "" {
			break
		}
	}
	if diff := cmp.Diff([]int{2, 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestServer_ancestry_refuses(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, family)
	tests := map[string]struct {
		path         string
		status, code int
		message      string
	}{
		"bucket":      {"nope/ancestry", 404, 5, `bucket "nope"`},
		"fingerprint": {"child/ancestry?version_fingerprint=nope", 409, 10, `fingerprint "nope"`},
		"type":        {"child/ancestry?type=parents", 400, 3, `type "parents"`},
		"page":        {"child/ancestry?pagination.page_size=-1", 400, 3, "pagination"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			httpStatus, body := get(t, s, "viewer", newerPath(orgA, images, tc.path))
			checkRefusal(t, httpStatus, body, tc.status, tc.code, tc.message)
		})
	}
}

// checkRefusal checks an error of HCP.
func checkRefusal(t *testing.T, httpStatus int, body []byte, wantStatus, wantCode int, message string) {
	t.Helper()
	var got status
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if httpStatus != wantStatus || got.Code != wantCode || !strings.Contains(got.Message, message) || got.Details == nil {
		t.Errorf("got %d %s, want %d/%d %q", httpStatus, body, wantStatus, wantCode, message)
	}
}

func TestServer_parents_of_the_fleet(t *testing.T) {
	t.Parallel()
	_, body := get(t, start(t), "fleet-viewer", newerPath(orgD, fleet, "children")+"/channels")
	answer := new(newermodels.HashicorpCloudPacker20230101ListChannelsResponse)
	decode(t, body, answer)
	got := map[string]string{}
	for _, channel := range answer.Channels {
		switch v := channel.Version; {
		case v == nil:
			got[channel.Name] = "hidden"
		case v.Parents == nil:
			got[channel.Name] = "no word"
		default:
			got[channel.Name] = string(*v.Parents.Status)
		}
	}
	want := map[string]string{
		"channel-gone":   "UNDETERMINED",
		"current":        "UP_TO_DATE",
		"latest":         "hidden",
		"one-of-three":   "OUT_OF_DATE",
		"outdated":       "OUT_OF_DATE",
		"pinned":         "UNDETERMINED",
		"rolled-back":    "OUT_OF_DATE",
		"status-unknown": "SOMETHING_NEW",
		"undetermined":   "UNDETERMINED",
		"unsaid":         "no word",
		"withdrawn":      "OUT_OF_DATE",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
