package fakehcp

import (
	"strings"
	"testing"
)

func TestServer_change(t *testing.T) {
	t.Parallel()
	reg, err := Load("../../testdata/registry.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var servers [2]*Server
	for i := range servers {
		if servers[i], err = Start(reg); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(servers[i].Close)
	}
	changed, other := servers[0], servers[1]
	changed.Change(func(r *Registry) {
		bucket := r.Bucket(images, "ubuntu")
		bucket.Channels["production"].Iteration = "ubuntu-2026-08-20"
		bucket.Channels["new"] = &Channel{ID: ulid("new"), Iteration: "ubuntu-2026-08-20"}
		bucket.Iterations["ubuntu-2026-08-20"].Builds[0].ComponentType = "changed"
	})
	if _, body := get(t, changed, "org-viewer", newerPath(orgA, images, "ubuntu")+"/channels/production"); !strings.Contains(string(body), `"changed"`) {
		t.Errorf("got %s", body)
	}
	if _, body := get(t, other, "org-viewer", newerPath(orgA, images, "ubuntu")+"/versions/ubuntu-2026-08-20"); strings.Contains(string(body), `"changed"`) {
		t.Errorf("the other server: got %s", body)
	}
	for channel, want := range map[string][2]string{
		"production": {"ubuntu-2026-08-20", "ubuntu-2026-09-20"},
		"new":        {"ubuntu-2026-08-20", ""},
		"staging":    {"ubuntu-2026-09-20", "ubuntu-2026-09-20"},
		"unassigned": {"", ""},
		"nope":       {"", ""},
	} {
		if got := [2]string{changed.Channel(images, "ubuntu", channel), other.Channel(images, "ubuntu", channel)}; got != want {
			t.Errorf("%s: got %q, want %q", channel, got, want)
		}
	}
	if got := changed.Channel(images, "nope", "production"); got != "" {
		t.Errorf("bucket: got %q", got)
	}
	if got := changed.Channel(nowhere, "ubuntu", "production"); got != "" {
		t.Errorf("project: got %q", got)
	}
}
