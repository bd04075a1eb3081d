package fakehcp

import (
	"strings"
	"testing"
	"time"
)

// document is a registry with one iteration, to which fields are added.
func document(iteration string) []byte {
	return []byte(`
organizations:
  - id: 0a1b2c3d-0000-4000-8000-00000000000a
    projects:
      - id: 11111111-1111-4111-8111-111111111111
        buckets:
          b:
            channels: {c: {iteration: f}, empty: }
            iterations:
              f: {` + iteration + `}
              older: {name: v2}
              empty:
principals:
  - name: p
    client_id: id
    client_secret: secret
    organization: 0a1b2c3d-0000-4000-8000-00000000000a
    role: viewer
`)
}

func TestParse_defaults(t *testing.T) {
	t.Parallel()
	reg, err := Parse(document("name: v3, generate: {builds: 2, images: 3}"))
	if err != nil {
		t.Fatal(err)
	}
	bucket := reg.Organizations[0].Projects[0].Buckets["b"]
	if got, want := bucket.Channels["latest"].Iteration, "f"; got != want {
		t.Errorf("latest: got %q, want %q", got, want)
	}
	f := bucket.Iterations["f"]
	if f.Status != "ACTIVE" || f.CreatedAt == "" || f.RevokeAt != "" || len(f.Builds) != 2 || len(f.Builds[1].Images) != 3 {
		t.Errorf("got %+v", f)
	}
	again, err := Parse(document("name: v3"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := again.Organizations[0].Projects[0].Buckets["b"].Iterations["f"].ID, f.ID; got != want {
		t.Errorf("id: got %q, want %q again", got, want)
	}
}

func TestParse_errors(t *testing.T) {
	t.Parallel()
	valid := string(document("name: v1"))
	tests := map[string]struct{ document, want string }{
		"empty":             {"", "EOF"},
		"unknown_key":       {string(document("nmae: v1")), "nmae"},
		"second_document":   {valid + "---\n{}\n", "more than one"},
		"bad_time":          {string(document("created_at: yesterday")), "yesterday"},
		"bad_distance":      {string(document("revoke_at: in a while")), "a while"},
		"bad_ulid":          {string(document("id: 01K")), `iteration "01K"`},
		"no_ancestor":       {string(document("revocation_inherited_from: {bucket: x, iteration: y}")), `no iteration "y" in a bucket "x"`},
		"no_parent":         {string(document("parents: [{bucket: b, iteration: x}]")), `no iteration "x" in a bucket "b"`},
		"bad_left_out":      {string(document("list_leaves_out: [status, builds]")), `list_leaves_out has "builds"`},
		"no_iteration":      {strings.Replace(valid, "iteration: f", "iteration: g", 1), `channel "c": no iteration "g"`},
		"bad_uuid":          {strings.Replace(valid, "- id: 1111", "- id: x", 1), "project"},
		"bad_role":          {strings.Replace(valid, "viewer", "admin", 1), `role is "admin"`},
		"no_secret":         {strings.Replace(valid, "client_secret: secret", "", 1), "client_secret"},
		"no_organization":   {strings.Replace(valid, "organization: 0a", "organization: 0b", 1), "no organization"},
		"no_project":        {valid + "    project: x\n", `no project "x"`},
		"bad_registry":      {strings.Replace(valid, "        buckets", "        registry: off\n        buckets", 1), `registry is "off"`},
		"bad_search":        {strings.Replace(valid, "        buckets", "        search: off\n        buckets", 1), `search is "off"`},
		"bucket_key":        {strings.Replace(valid, "channels:", "chanels:", 1), "chanels"},
		"bucket_id":         {strings.Replace(valid, "channels:", "id: 01K\n            channels:", 1), `bucket "01K"`},
		"bad_state":         {strings.Replace(valid, "        buckets", "        state: off\n        buckets", 1), `state is "off"`},
		"unknown_principal": {valid + "workload_identity_providers: [{resource_name: r, principal: q}]\n", `no principal "q"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(test.document)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestLoad_no_file(t *testing.T) {
	t.Parallel()
	if _, err := Load("nowhere.yaml"); err == nil {
		t.Error("got no error")
	}
}

func TestAbsoluteTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 20, 12, 0, 0, 0, time.FixedZone("", 7200))
	for text, want := range map[string]string{
		"in 48h":                         "2026-09-22T10:00:00.000Z",
		"90m ago":                        "2026-09-20T08:30:00.000Z",
		"2026-09-20T10:00:00.123456789Z": "2026-09-20T10:00:00.123456789Z",
	} {
		if got, err := absoluteTime(text, now); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestIteration_number(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int32{"v7": 7, "v0": 0, "7": 0, "v": 0, "v-1": 0, "v1.2": 0, "v2147483647": 2147483647, "v2147483648": 0} {
		if got := (&Iteration{Name: name}).number(); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
}
