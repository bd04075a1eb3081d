package conformance

import (
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakerunner"
)

// program is the action, built as for the container.
type program struct {
	path string
	hcp  map[string]string
}

func buildProgram(t *testing.T, hcp map[string]string) program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "step")
	output(t, exec.CommandContext(t.Context(), "go", "build", "-o", path, root))
	return program{path: path, hcp: hcp}
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
	given := map[string]string{}
	for name, text := range inputs {
		given["INPUT_"+strings.ToUpper(name)] = text
	}
	cmd := exec.CommandContext(t.Context(), p.path, args...)
	cmd.Env = environ(p.hcp, runner.Environment(), given)
	log, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	t.Logf("%v\n%s", inputs, log)
	set, err := runner.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	if cmd.ProcessState.ExitCode() != 0 {
		return set, fails
	}
	return set, passes
}

// read reads with the action what Terraform reads with a data source.
func (p program) read(t *testing.T, r reading, source, apiVersion string) attributes {
	t.Helper()
	inputs := r.actionInputs(source)
	inputs["api-version"] = apiVersion
	maps.Copy(inputs, r.inputs)
	set, result := p.run(t, inputs)
	got := set.version()
	if source == artifact {
		got = set.artifact(t)
	}
	got[outcome] = result
	return got
}

// version is what the outputs say in the words of the data source hcp_packer_version.
func (o outputs) version() attributes {
	name := o["incremental-version"]
	if name != "" {
		name = "v" + name
	}
	return attributes{
		"author_id":       value(o["author-id"]),
		"bucket_name":     value(o["bucket"]),
		"channel_name":    value(o["channel"]),
		"created_at":      value(o["created-at"]),
		"fingerprint":     value(o["fingerprint"]),
		"id":              value(o["iteration-id"]),
		"name":            value(name),
		"organization_id": value(o["organization-id"]),
		"project_id":      value(o["project-id"]),
		"revoke_at":       value(o["revoke-at"]),
		"updated_at":      value(o["updated-at"]),
	}
}

// artifact is what the outputs say in the words of the data source hcp_packer_artifact.
func (o outputs) artifact(t *testing.T) attributes {
	t.Helper()
	got := attributes{
		"bucket_name":         value(o["bucket"]),
		"build_id":            value(o["build-id"]),
		"channel_name":        value(o["channel"]),
		"component_type":      value(o["component-type"]),
		"external_identifier": value(o["image-id"]),
		"organization_id":     value(o["organization-id"]),
		"platform":            value(o["cloud-provider"]),
		"project_id":          value(o["project-id"]),
		"region":              value(o["region"]),
		"revoke_at":           value(o["revoke-at"]),
		"version_fingerprint": value(o["fingerprint"]),
	}
	if o["image-id"] != "" {
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
