package conformance

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
)

// TestAuditsAgree compares what an audit finds with what Terraform reads of the same lists: the names of the
// buckets as a data source, and what each channel points at by an import.
func TestAuditsAgree(t *testing.T) {
	t.Parallel()
	server, hcp := startHCP(t)
	asContributor(hcp)
	set, _ := buildProgram(t, hcp).run(t, map[string]string{"max-age": "1s"}, "audit") // so that every channel is a finding
	var findings []finding
	fromJSON(t, set["findings"], &findings)
	imports, want := importable(findings)
	if len(want) < 30 {
		t.Fatalf("there are %d channels to compare: %v", len(want), want)
	}

	terraform := newTerraform(t, hcp)
	config := configuration(nil)
	delete(config, "check")
	maps.Copy(config, imports)
	config["data"] = object{"hcp_packer_bucket_names": object{"all": object{}}}
	writeFile(t, filepath.Join(terraform.dir, "main.tf.json"), toJSON(t, config))
	terraform.run(t, "apply", "-auto-approve", "-no-color")
	var shown state
	fromJSON(t, string(terraform.run(t, "show", "-json")), &shown)

	got := map[string]string{}
	for _, r := range shown.Values.RootModule.Resources {
		if r.Name != "all" {
			got[fmt.Sprintf("%s/%s", r.Values["bucket_name"], r.Values["channel_name"])] = fmt.Sprint(r.Values["version_fingerprint"])
			continue
		}
		if names := r.Values["names"].([]any); strconv.Itoa(len(names)) != set["buckets"] {
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

// finding is an object of the output "findings".
type finding struct{ Bucket, Channel, Kind, Fingerprint string }

// importable are the channels that Terraform takes, as what to import, and what the action says that each points
// at.
func importable(findings []finding) (config object, fingerprints map[string]string) {
	managed := []string{"golden/newest"} // which is not Terraform's to assign
	var imports []object
	assignments, fingerprints := object{}, map[string]string{}
	for _, f := range findings {
		channel := f.Bucket + "/" + f.Channel
		if !terraformName.MatchString(f.Bucket) || !terraformName.MatchString(f.Channel) || slices.Contains(managed, channel) {
			continue
		}
		fingerprints[channel] = f.Fingerprint
		if f.Kind == "unassigned" {
			fingerprints[channel] = "none" // Terraform's word
		}
		name := fmt.Sprintf("channel_%d", len(imports))
		imports = append(imports, object{"to": "hcp_packer_channel_assignment." + name, "id": f.Bucket + ":" + f.Channel})
		assignments[name] = object{"bucket_name": f.Bucket, "channel_name": f.Channel, "version_fingerprint": fingerprints[channel]}
	}
	return object{"import": imports, "resource": object{"hcp_packer_channel_assignment": assignments}}, fingerprints
}

// terraformName are the names that the provider takes.
var terraformName = regexp.MustCompile(`^[A-Za-z0-9-]{3,36}$`)
