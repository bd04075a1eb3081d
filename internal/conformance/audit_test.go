package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
)

// terraformName are the names that the provider takes.
var terraformName = regexp.MustCompile(`^[A-Za-z0-9-]{3,36}$`)

// TestAuditsAgree compares what an audit finds with what Terraform reads of the same lists: the names of the
// buckets as a data source, and what each channel points at by an import.
func TestAuditsAgree(t *testing.T) {
	t.Parallel()
	server, terraform, action := start(t, contributor)
	set, _ := action.run(t, map[string]string{"max-age": "1s"}, "audit") // so that every channel is a finding
	var findings []struct{ Bucket, Channel, Kind, Fingerprint string }
	fromJSON(t, set["findings"], &findings)
	config, want := `data "hcp_packer_bucket_names" "all" {}`, map[string]string{}
	for _, f := range findings {
		channel := f.Bucket + "/" + f.Channel
		if !terraformName.MatchString(f.Bucket) || !terraformName.MatchString(f.Channel) ||
			channel == "golden/newest" { // it is managed, and not Terraform's to assign
			continue
		}
		want[channel] = f.Fingerprint
		if f.Kind == "unassigned" {
			want[channel] = "none" // Terraform's word
		}
		name := fmt.Sprintf("channel_%d", len(want))
		config += assignment(name, f.Bucket, f.Channel, want[channel]) +
			fmt.Sprintf("import {\n  to = hcp_packer_channel_assignment.%s\n  id = %q\n}\n", name, f.Bucket+":"+f.Channel)
	}
	if len(want) < 30 {
		t.Fatalf("there are %d channels to compare: %v", len(want), want)
	}

	got := map[string]string{}
	for _, r := range terraform.apply(t, config).Values.RootModule.Resources {
		if r.Name != "all" {
			got[fmt.Sprintf("%s/%s", r.Values["bucket_name"], r.Values["channel_name"])] = fmt.Sprint(r.Values["version_fingerprint"])
		} else if names := r.Values["names"].([]any); strconv.Itoa(len(names)) != set["buckets"] {
			t.Errorf("the action found %s buckets, and Terraform %v", set["buckets"], names)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what channels point at (-action +Terraform):\n%s", diff)
	}
	for _, request := range server.Requests() {
		if request.Route == fakehcp.AssignRoute {
			t.Errorf("Terraform would change %s", request.Path)
		}
	}
}
