package conformance

import (
	"cmp"
	"os/exec"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakerunner"
)

// program is the action, built as for the container.
type program struct {
	path string
	hcp  map[string]string
}

// outputs are what a step sets.
type outputs map[string]string

// run runs a step, and says whether it passed.
func (p program) run(t *testing.T, inputs map[string]string, args ...string) (outputs, value) {
	t.Helper()
	runner, err := fakerunner.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	passed, log, err := runner.Run(exec.CommandContext(t.Context(), p.path, args...), inputs, p.hcp)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v\n%s", inputs, log)
	set, err := runner.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	if !passed {
		return set, fails
	}
	return set, passes
}

// read reads with the action what Terraform reads with a data source.
func (p program) read(t *testing.T, r reading, source string) attributes {
	t.Helper()
	set, result := p.run(t, r.actionInputs(source))
	got := set.attributes(t, source)
	got[outcome] = result
	return got
}

// actionName is what an argument or an attribute of a data source is called as an input or an output.
func actionName(name string) string {
	return cmp.Or(map[string]string{
		"bucket_name":         "bucket",
		"channel_name":        "channel",
		"external_identifier": "image-id",
		"id":                  "iteration-id",
		"name":                "incremental-version",
		"platform":            "cloud-provider",
		"version_fingerprint": "fingerprint",
	}[name], strings.ReplaceAll(name, "_", "-"))
}

// attributes are what the outputs say in the words of a data source.
func (o outputs) attributes(t *testing.T, source string) attributes {
	t.Helper()
	names := "bucket_name channel_name organization_id project_id revoke_at "
	if source == version {
		names += "author_id created_at fingerprint id name updated_at"
	} else {
		names += "build_id component_type external_identifier platform region version_fingerprint"
	}
	got := attributes{}
	for _, name := range strings.Fields(names) {
		got[name] = value(o[actionName(name)])
	}
	if got["name"] != "" {
		got["name"] = "v" + got["name"]
	}
	if got["external_identifier"] != "" {
		o.addFromJSON(t, got)
	}
	return got
}

// addFromJSON adds what is only in the outputs in JSON: of the one image, its build and its labels.
func (o outputs) addFromJSON(t *testing.T, got attributes) {
	t.Helper()
	var images, builds []object
	var labels object
	fromJSON(t, o["images"], &images)
	fromJSON(t, o["builds"], &builds)
	fromJSON(t, o["labels"], &labels)
	got["id"], got["created_at"] = text(t, images[0]["id"]), text(t, images[0]["created_at"])
	got["labels"] = text(t, labels)
	for _, build := range builds {
		if build["id"] == o["build-id"] {
			got["packer_run_uuid"] = text(t, build["packer_run_uuid"])
		}
	}
}
