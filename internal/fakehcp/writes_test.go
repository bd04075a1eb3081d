package fakehcp

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-openapi/strfmt"
	newer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	newermodels "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

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

// send returns the status and body of a request of this method as the principal.
func send(t *testing.T, s *Server, principal, method, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return do(t, authorized(t, s, principal), request)
}

// updateParams are those of an update of os/production.
func updateParams(t *testing.T, body newermodels.HashicorpCloudPacker20230101UpdateChannelBody) *newer.PackerServiceUpdateChannelParams {
	t.Helper()
	return newer.NewPackerServiceUpdateChannelParamsWithContext(t.Context()).
		WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("os").WithChannelName("production").WithBody(&body)
}

func TestServer_assigns_a_version(t *testing.T) {
	t.Parallel()
	for name, fingerprint := range map[string]string{"newer": "v2", "the_same": "v1", "scheduled": "scheduled", "none": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t, releases)
			service := newer.New(sdk(t, s, "contributor"), strfmt.Default)
			answer, err := service.PackerServiceUpdateChannel(updateParams(t, newermodels.HashicorpCloudPacker20230101UpdateChannelBody{
				UpdateMask: "versionFingerprint", VersionFingerprint: fingerprint, Restricted: true,
			}), nil)
			if err != nil {
				t.Fatal(err)
			}
			channel := answer.Payload.Channel
			if got := s.Channel(images, "os", "production"); got != fingerprint || channel.Name != "production" || channel.Restricted {
				t.Errorf("got %q, %+v", got, channel)
			}
			if fingerprint == "" && channel.Version != nil || fingerprint != "" && channel.Version.Fingerprint != fingerprint {
				t.Errorf("answer: got %+v, want %q", channel.Version, fingerprint)
			}
		})
	}
}

func TestServer_restricts_a_channel(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, releases)
	service := newer.New(sdk(t, s, "contributor"), strfmt.Default)
	answer, err := service.PackerServiceUpdateChannel(updateParams(t, newermodels.HashicorpCloudPacker20230101UpdateChannelBody{
		UpdateMask: "restricted", Restricted: true,
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Channel(images, "os", "production"); got != "v1" || !answer.Payload.Channel.Restricted {
		t.Errorf("got %q, %+v", got, answer.Payload.Channel)
	}
	if status, _ := get(t, s, "viewer", newerPath(orgA, images, "os")+"/channels/production"); status != 403 {
		t.Errorf("viewer: got %d, want 403", status)
	}
}

func TestServer_creates_a_channel(t *testing.T) {
	t.Parallel()
	for name, fingerprint := range map[string]string{"with_a_version": "v2", "without": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t, releases)
			service := newer.New(sdk(t, s, "contributor"), strfmt.Default)
			create := func() (*newer.PackerServiceCreateChannelOK, error) {
				return service.PackerServiceCreateChannel(newer.NewPackerServiceCreateChannelParamsWithContext(t.Context()).
					WithLocationOrganizationID(orgA).WithLocationProjectID(images).WithBucketName("os").
					WithBody(&newermodels.HashicorpCloudPacker20230101CreateChannelBody{Name: "canary", VersionFingerprint: fingerprint}), nil)
			}
			answer, err := create()
			if err != nil {
				t.Fatal(err)
			}
			channel := answer.Payload.Channel
			if got := s.Channel(images, "os", "canary"); got != fingerprint || channel.Name != "canary" || channel.ID == "" || channel.Managed {
				t.Errorf("got %q, %+v", got, channel)
			}
			_, err = create()
			if refused, ok := err.(*newer.PackerServiceCreateChannelDefault); !ok || refused.Code() != 409 || refused.Payload.Code != 6 {
				t.Errorf("again: got %v, want 409/6", err)
			}
		})
	}
}

func TestServer_writes_are_the_sdks_models(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, releases)
	path := newerPath(orgA, images, "os") + "/channels"
	_, body := send(t, s, "contributor", "PATCH", path+"/production", `{"update_mask":"versionFingerprint","version_fingerprint":"v2"}`)
	decode(t, body, new(newermodels.HashicorpCloudPacker20230101UpdateChannelResponse))
	_, body = send(t, s, "contributor", "POST", path, `{"name":"canary","version_fingerprint":"v2"}`)
	decode(t, body, new(newermodels.HashicorpCloudPacker20230101CreateChannelResponse))
	routes := []Route{}
	for _, request := range s.Requests() {
		if request.Route != TokenRoute {
			routes = append(routes, request.Route)
		}
	}
	if len(routes) != 2 || routes[0] != AssignRoute || routes[1] != CreateChannelRoute {
		t.Errorf("got %q", routes)
	}
}

func TestServer_refuses_writes(t *testing.T) {
	t.Parallel()
	assign := func(fingerprint string) string {
		return `{"update_mask":"versionFingerprint","version_fingerprint":"` + fingerprint + `"}`
	}
	const (
		patch = "PATCH os/channels/production"
		post  = "POST os/channels"
	)
	tests := map[string]struct {
		principal, to, body string
		status, code        int
		message             string
	}{
		"no_token":          {"", patch, assign("v2"), 401, 16, "access token"},
		"viewer":            {"viewer", patch, assign("v2"), 403, 7, `write to bucket "os"`},
		"viewer_creates":    {"viewer", post, `{"name":"canary"}`, 403, 7, `write to bucket "os"`},
		"no_bucket":         {"contributor", "PATCH nope/channels/production", assign("v2"), 404, 5, `bucket "nope"`},
		"refused_bucket":    {"contributor", "POST secret/channels", `{"name":"canary"}`, 403, 7, `bucket "secret"`},
		"no_channel":        {"contributor", "PATCH os/channels/nope", assign("v2"), 404, 5, `channel "nope"`},
		"fingerprint":       {"contributor", patch, assign("nope"), 409, 10, `fingerprint "nope"`},
		"revoked":           {"contributor", patch, assign("revoked"), 400, 9, `"v4" is revoked`},
		"revoked_by_time":   {"contributor", patch, assign("past"), 400, 9, `"v5" is revoked`},
		"incomplete":        {"contributor", patch, assign("incomplete"), 400, 9, `"v0" is not complete`},
		"running":           {"contributor", patch, assign("running"), 400, 9, `"v0" is not complete`},
		"failed":            {"contributor", patch, assign("failed"), 400, 9, `"v0" is not complete`},
		"cancelled":         {"contributor", patch, assign("cancelled"), 400, 9, `"v0" is not complete`},
		"managed":           {"contributor", "PATCH os/channels/latest", assign("v2"), 400, 9, `"latest" is managed`},
		"no_mask":           {"contributor", patch, `{"version_fingerprint":"v2"}`, 400, 3, "update_mask"},
		"unknown_mask":      {"contributor", patch, `{"update_mask":"versionFingerprint,name","version_fingerprint":"v2"}`, 400, 3, "update_mask"},
		"unknown_field":     {"contributor", patch, `{"update_mask":"versionFingerprint","fingerprint":"v2"}`, 400, 3, "JSON"},
		"no_body":           {"contributor", patch, "", 400, 3, "JSON"},
		"create_no_name":    {"contributor", post, `{"version_fingerprint":"v2"}`, 400, 3, "name"},
		"create_again":      {"contributor", post, `{"name":"production","version_fingerprint":"v2"}`, 409, 6, `"production" already exists`},
		"create_managed":    {"contributor", post, `{"name":"latest"}`, 409, 6, `"latest" already exists`},
		"create_incomplete": {"contributor", post, `{"name":"canary","version_fingerprint":"incomplete"}`, 400, 9, "not complete"},
		"create_no_body":    {"contributor", post, "x", 400, 3, "JSON"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t, releases)
			method, path, _ := strings.Cut(tc.to, " ")
			httpStatus, body := send(t, s, tc.principal, method, newerPath(orgA, images, path), tc.body)
			checkRefusal(t, httpStatus, body, tc.status, tc.code, tc.message)
			if got := s.Channel(images, "os", "production") + s.Channel(images, "os", "canary"); got != "v1" {
				t.Errorf("now at %q", got)
			}
		})
	}
}

func TestServer_managed_channel_can_be_restricted(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, releases)
	httpStatus, body := send(t, s, "contributor", "PATCH", newerPath(orgA, images, "os")+"/channels/latest", `{"update_mask":"restricted"}`)
	var got getChannel2023
	if err := json.Unmarshal(body, &got); err != nil || httpStatus != 200 || got.Channel.Restricted || got.Channel.Version == nil {
		t.Errorf("got %d %s", httpStatus, body)
	}
}
