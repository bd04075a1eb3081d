package imageids_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// folder is a workspace: the contents of files, or where links point after "-> ".
type folder map[string]string

// make makes the folder in another, and is its path.
func (f folder) make(t *testing.T, dir string) string {
	t.Helper()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, isLink := strings.CutPrefix(content, "-> "); isLink {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// find is Find that must find.
func find(t *testing.T, workspace string, sources imageids.Sources) *imageids.Found {
	t.Helper()
	found, err := imageids.Find(t.Context(), workspace, sources)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// refused is the message of the problem that Find must meet.
func refused(t *testing.T, workspace string, sources imageids.Sources) string {
	t.Helper()
	found, err := imageids.Find(t.Context(), workspace, sources)
	var p *problem.Problem
	if !errors.As(err, &p) || found != nil {
		t.Fatalf("got %v and the error %v, want a problem", found, err)
	}
	if p.Title != problem.InvalidInput {
		t.Errorf("got the title %q, want %q", p.Title, problem.InvalidInput)
	}
	return p.Message
}

// lines are what was found: an image a line, with its id and places, what is unknown, and warnings.
func lines(found *imageids.Found) []string {
	var lines []string
	for _, image := range found.Images {
		line := image.ID
		if image.Floating {
			line += " floating"
		}
		if image.MayFloat {
			line += " may-float"
		}
		if image.Sensitive {
			line += " sensitive"
		}
		for _, place := range image.Places {
			if line += " " + place.File; place.Line > 0 {
				line += fmt.Sprintf(":%d", place.Line)
			}
			if place.Address != "" {
				line += "#" + place.Address
			}
		}
		lines = append(lines, line)
	}
	for _, place := range found.Unknown {
		lines = append(lines, "unknown "+place.File+"#"+place.Address)
	}
	for _, warning := range found.Warnings {
		lines = append(lines, "warning "+warning)
	}
	return lines
}

func TestFind_plans(t *testing.T) {
	t.Parallel()
	plans, err := filepath.Glob("testdata/plans/*.json")
	if err != nil || len(plans) == 0 {
		t.Fatalf("no plans: %v", err)
	}
	for _, plan := range plans {
		for _, scope := range imageids.Scopes() {
			name := strings.TrimSuffix(filepath.Base(plan), ".json") + "." + string(scope)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				found := find(t, "testdata/plans", imageids.Sources{Plans: []string{filepath.Base(plan)}, Scope: scope})
				compareGolden(t, filepath.Join("testdata", "plans", name+".golden"), found)
			})
		}
	}
}

func TestFind_states(t *testing.T) {
	t.Parallel()
	states, err := filepath.Glob("testdata/states/*.json")
	if err != nil || len(states) == 0 {
		t.Fatalf("no states: %v", err)
	}
	for _, state := range states {
		name := strings.TrimSuffix(filepath.Base(state), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := find(t, "testdata/states", imageids.Sources{States: []string{filepath.Base(state)}})
			compareGolden(t, filepath.Join("testdata", "states", name+".golden"), found)
		})
	}
}

// compareGolden compares what was found with a golden file, or writes it.
func compareGolden(t *testing.T, golden string, found *imageids.Found) {
	t.Helper()
	got := strings.Join(append(lines(found), ""), "\n")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// change is a plan of one resource that has the change.
func change(actions, after string) string {
	return `{"format_version": "1.2", "resource_changes": [{"address": "x.y", "mode": "managed", "type": "x", "name": "y",
		"change": {"actions": [` + actions + `], "before": {"ami": "ami-before"}, "after": ` + after + `}}]}`
}

func TestFind_actions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		actions string
		want    []string
	}{
		"create":            {`"create"`, []string{"ami-after plan.json#x.y"}},
		"update":            {`"update"`, []string{"ami-after plan.json#x.y"}},
		"delete_and_create": {`"delete", "create"`, []string{"ami-after plan.json#x.y"}},
		"create_and_delete": {`"create", "delete"`, []string{"ami-after plan.json#x.y"}},
		"create_and_forget": {`"create", "forget"`, []string{"ami-after plan.json#x.y"}},
		"no_op":             {`"no-op"`, nil},
		"read":              {`"read"`, nil},
		"delete":            {`"delete"`, nil},
		"forget":            {`"forget"`, nil},
		"none":              {``, nil},
		"of_the_future":     {`"contemplate"`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"plan.json": change(test.actions, `{"ami": "ami-after"}`)}.make(t, t.TempDir())
			got := lines(find(t, workspace, imageids.Sources{Plans: []string{"plan.json"}, Scope: imageids.ScopeChanged}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFind_attributes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		after string
		want  []string
	}{
		"at_the_top":              {`{"ami": "a"}`, []string{"a"}},
		"at_any_depth":            {`{"x": {"y": [[{"z": {"ami": "a"}}]]}}`, []string{"a"}},
		"list_of_ids":             {`{"ami": ["a", "b"]}`, []string{"a", "b"}},
		"path_in_objects":         {`{"boot_disk": {"initialize_params": {"image": "a"}}}`, []string{"a"}},
		"path_below_others":       {`{"vm": [{"disk": [{"source_image": "a"}, {"source_image": "b"}]}]}`, []string{"a", "b"}},
		"sorted_by_attribute":     {`{"image_id": "b", "ami": "a"}`, []string{"a", "b"}},
		"once":                    {`{"image_id": "a", "ami": "a"}`, []string{"a"}},
		"null":                    {`{"ami": null}`, nil},
		"empty":                   {`{"ami": ""}`, nil},
		"number":                  {`{"ami": 1}`, nil},
		"boolean":                 {`{"ami": true}`, nil},
		"object":                  {`{"ami": {"id": "a"}}`, nil},
		"other_case":              {`{"AMI": "a"}`, nil},
		"name_that_ends_alike":    {`{"my_ami": "a"}`, nil},
		"part_of_the_path":        {`{"initialize_params": [{"image": "a"}]}`, nil},
		"hole_in_the_path":        {`{"boot_disk": [{"x": [{"initialize_params": [{"image": "a"}]}]}]}`, nil},
		"too_general_elsewhere":   {`{"image": "a", "source_image": "a", "image_uri": "a", "parent_image": "a"}`, nil},
		"tag":                     {`{"tags": {"ami": "a"}, "tags_all": {"ami": "a"}, "labels": {"image_id": "a"}}`, nil},
		"tag_of_a_nested_block":   {`{"tag_specifications": [{"tags": {"ami": "a"}}]}`, nil},
		"no_object":               {`["a"]`, nil},
		"nothing":                 {`null`, nil},
		"string_that_is_json":     {`{"user_data": "{\"ami\": \"a\"}"}`, nil},
		"line_break_and_commands": {`{"ami": "a\n::error::b"}`, []string{"a\n::error::b"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"plan.json": change(`"create"`, test.after)}.make(t, t.TempDir())
			var got []string
			for _, image := range find(t, workspace, imageids.Sources{Plans: []string{"plan.json"}, Scope: imageids.ScopeChanged}).Images {
				got = append(got, image.ID)
				if want := []imageids.Place{{File: "plan.json", Address: "x.y"}}; !cmp.Equal(image.Places, want) {
					t.Errorf("got the places %v, want %v", image.Places, want)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// resourceChange is a plan that makes a resource of a type.
func resourceChange(kind, after, unknown string) string {
	return `{"format_version": "1.2", "resource_changes": [{"address": "` + kind + `.x", "mode": "managed", "type": "` + kind + `",
		"change": {"actions": ["create"], "after": ` + after + `, "after_unknown": ` + unknown + `}}]}`
}

func TestFind_resources(t *testing.T) {
	t.Parallel()
	const offer = `{"publisher": "Canonical", "offer": "ubuntu", "sku": "server", "version": "latest"}`
	tests := map[string]struct {
		kind, after, unknown string
		want                 []string
	}{
		"computed_number":     {"google_compute_disk", `{"source_image_id": "123"}`, `{"source_image_id": true}`, nil},
		"computed_of_regions": {"google_compute_region_disk", `{"source_image_id": "123"}`, `{"source_image_id": true}`, nil},
		"alias_of_cloud9":     {"aws_cloud9_environment_ec2", `{"image_id": "amazonlinux-2023-x86_64"}`, `{"image_id": true}`, nil},
		"made_by_a_pipeline":  {"aws_imagebuilder_image", `{"output_resources": [{"amis": [{"image": "ami-12345678"}]}]}`, `{}`, nil},
		"container_image":     {"docker_image", `{"image_id": "sha256:1"}`, `{"image_id": true}`, nil},
		"same_name_elsewhere": {"azurerm_linux_virtual_machine", `{"source_image_id": "a"}`, `{}`, []string{"a plan.json#azurerm_linux_virtual_machine.x"}},
		"google_name":         {"google_compute_disk", `{"image": "debian-12"}`, `{}`, []string{"debian-12 may-float plan.json#google_compute_disk.x"}},
		"google_path":         {"google_compute_disk", `{"image": "projects/a/global/images/b"}`, `{}`, []string{"projects/a/global/images/b plan.json#google_compute_disk.x"}},
		"parameter":           {"aws_launch_template", `{"image_id": "resolve:ssm:/web"}`, `{}`, []string{"resolve:ssm:/web floating plan.json#aws_launch_template.x"}},

		"offer":                 {"azurerm_linux_virtual_machine", `{"source_image_reference": [` + offer + `]}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azurerm_linux_virtual_machine.x"}},
		"offer_of_older_vm":     {"azurerm_virtual_machine", `{"storage_image_reference": [` + offer + `]}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azurerm_virtual_machine.x"}},
		"offer_in_azure_words":  {"azapi_resource", `{"body": {"imageReference": ` + offer + `}}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azapi_resource.x"}},
		"offer_in_a_text":       {"azapi_resource", `{"body": ` + strconv.Quote(`{"properties": {"imageReference": `+offer+`}}`) + `}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azapi_resource.x"}},
		"offer_without_version": {"azurerm_virtual_machine", `{"storage_image_reference": [{"publisher": "p", "offer": "o", "sku": "s", "version": null}]}`, `{}`, []string{"p:o:s floating plan.json#azurerm_virtual_machine.x"}},
		"offer_that_is_sold":    {"azurerm_shared_image", `{"identifier": [` + offer + `]}`, `{}`, nil},
		"offer_that_is_empty":   {"azurerm_virtual_machine", `{"storage_image_reference": [{"publisher": "", "offer": "", "sku": "", "version": ""}]}`, `{}`, nil},
		"workbench":             {"google_workbench_instance", `{"gce_setup": [{"vm_image": [{"project": "acme", "name": "web", "family": null}]}]}`, `{}`, []string{"projects/acme/global/images/web plan.json#google_workbench_instance.x"}},
		"workbench_family":      {"google_workbench_instance", `{"gce_setup": [{"vm_image": [{"project": "acme", "name": "", "family": "web"}]}]}`, `{}`, []string{"projects/acme/global/images/family/web floating plan.json#google_workbench_instance.x"}},
		"notebook_family":       {"google_notebooks_instance", `{"vm_image": [{"project": "acme", "image_family": "web"}]}`, `{}`, []string{"projects/acme/global/images/family/web floating plan.json#google_notebooks_instance.x"}},
		"notebook_without":      {"google_notebooks_instance", `{"vm_image": [{"project": "acme"}]}`, `{}`, nil},
		"hostile_text":          {"azapi_resource", `{"body": "{\"imageReference\": [` + strings.Repeat("{},", 300_000) + `{}]}"}`, `{}`, nil},

		"user_data":           {"aws_instance", `{"user_data": "#!/bin/sh\nrun ami-12345678"}`, `{}`, []string{"ami-12345678 plan.json#aws_instance.x"}},
		"user_data_in_base64": {"aws_launch_template", `{"user_data": "cnVuIGFtaS0xMjM0NTY3OAo="}`, `{}`, []string{"ami-12345678 plan.json#aws_launch_template.x"}},
		"other_base64":        {"aws_s3_object", `{"content": "cnVuIGFtaS0xMjM0NTY3OAo="}`, `{}`, nil},
		"desired_state":       {"aws_cloudcontrolapi_resource", `{"desired_state": "{\"ImageId\":\"ami-12345678\"}"}`, `{}`, []string{"ami-12345678 plan.json#aws_cloudcontrolapi_resource.x"}},
		"template_body":       {"aws_cloudformation_stack", `{"template_body": "ImageId: ami-12345678"}`, `{}`, []string{"ami-12345678 plan.json#aws_cloudformation_stack.x"}},
		"parameter_of_ssm":    {"aws_ssm_parameter", `{"data_type": "aws:ec2:image", "insecure_value": "ami-12345678"}`, `{}`, []string{"ami-12345678 plan.json#aws_ssm_parameter.x"}},
		"setting":             {"aws_elastic_beanstalk_environment", `{"setting": [{"name": "ImageId", "value": "ami-12345678"}]}`, `{}`, []string{"ami-12345678 plan.json#aws_elastic_beanstalk_environment.x"}},
		"manifest":            {"kubernetes_manifest", `{"manifest": {"spec": {"amiSelectorTerms": [{"id": "ami-12345678"}]}}}`, `{}`, []string{"ami-12345678 plan.json#kubernetes_manifest.x"}},
		"two_in_a_text":       {"x", `{"y": "ami-12345678 ami-12345679"}`, `{}`, []string{"ami-12345678 plan.json#x.x", "ami-12345679 plan.json#x.x"}},

		"own_id":           {"aws_ami_copy", `{"id": "ami-12345678"}`, `{}`, nil},
		"own_link":         {"google_compute_image", `{"self_link": "projects/a/global/images/b"}`, `{}`, nil},
		"description":      {"x", `{"description": "ami-12345678", "y": [{"long_description": "ami-12345678"}]}`, `{}`, nil},
		"tags":             {"x", `{"tags": {"y": "ami-12345678"}, "volume_tags": {"y": "ami-12345678"}}`, `{}`, nil},
		"policy":           {"aws_s3_bucket", `{"policy": "ami-12345678"}`, `{}`, nil},
		"policy_of_a_role": {"aws_iam_role", `{"assume_role_policy": "ami-12345678", "inline_policy": [{"policy": "ami-12345678"}]}`, `{}`, nil},
		"resource_policy":  {"aws_organizations_policy", `{"content": "ami-12345678"}`, `{}`, nil},
		"scope_of_a_role":  {"azurerm_role_assignment", `{"scope": "` + azureImage + `"}`, `{}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"plan.json": resourceChange(test.kind, test.after, test.unknown)}.make(t, t.TempDir())
			got := lines(find(t, workspace, imageids.Sources{Plans: []string{"plan.json"}, Scope: imageids.ScopeChanged}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestFind_scopes is about what a plan says in one of its parts only.
func TestFind_scopes(t *testing.T) {
	t.Parallel()
	const (
		changes = `"resource_changes": [
			{"address": "x.new", "mode": "managed", "change": {"actions": ["create"], "after": {"ami": "new"}, "after_unknown": {"image_id": true}}},
			{"address": "x.same", "mode": "managed", "change": {"actions": ["no-op"], "after": {"ami": "same"}}},
			{"address": "x.gone", "mode": "managed", "change": {"actions": ["delete"], "before": {"ami": "gone"}, "after": null}},
			{"address": "data.x.read", "mode": "data", "change": {"actions": ["read"], "after": {"ami": "read"}}}]`
		planned  = `"planned_values": {"root_module": {"resources": [{"address": "x.planned", "mode": "managed", "values": {"ami": "planned"}}]}}`
		deferred = `"deferred_changes": [{"reason": "instance_count_unknown", "resource_change":
			{"address": "x.later[*]", "mode": "managed", "change": {"actions": ["create"], "after": {"ami": "later"}, "after_unknown": {"image_id": true}}}}, null]`
	)
	tests := map[string]struct {
		parts        string
		changed, all []string
	}{
		"both": {planned + "," + changes,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"planned plan.json#x.planned", "unknown plan.json#x.new"}},
		"in_the_other_order": {changes + "," + planned,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"planned plan.json#x.planned", "unknown plan.json#x.new"}},
		"without_planned_values": {changes,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"new plan.json#x.new", "same plan.json#x.same", "unknown plan.json#x.new"}},
		"planned_values_of_nothing": {`"planned_values": {}, ` + changes,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"new plan.json#x.new", "same plan.json#x.same", "unknown plan.json#x.new"}},
		"deferred": {planned + "," + deferred,
			[]string{"later plan.json#x.later[*]", "unknown plan.json#x.later[*]"},
			[]string{"planned plan.json#x.planned", "later plan.json#x.later[*]", "unknown plan.json#x.later[*]"}},
		"deferred_without_planned_values": {changes + "," + deferred,
			[]string{"new plan.json#x.new", "later plan.json#x.later[*]", "unknown plan.json#x.new", "unknown plan.json#x.later[*]"},
			[]string{"later plan.json#x.later[*]", "new plan.json#x.new", "same plan.json#x.same", "unknown plan.json#x.new", "unknown plan.json#x.later[*]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"plan.json": `{"format_version": "1.2", ` + test.parts + `}`}.make(t, t.TempDir())
			for scope, want := range map[string][]string{imageids.ScopeChanged: test.changed, imageids.ScopeAll: test.all} {
				got := lines(find(t, workspace, imageids.Sources{Plans: []string{"plan.json"}, Scope: scope}))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: -want +got:\n%s", scope, diff)
				}
			}
		})
	}
}

func TestFind_no_plan(t *testing.T) {
	t.Parallel()
	const (
		form    = "its JSON is not of the right form"
		wrapper = "it begins with a line of the wrapper that setup-terraform installs, which terraform_wrapper: false turns off"
		lines   = "it is what terraform plan -json logs, one message a line"
	)
	tests := map[string]struct{ content, want string }{
		"empty":              {"", "its JSON is broken after byte 0"},
		"text":               {"Terraform will perform", "its JSON is broken after byte 0"},
		"cut":                {`{"format_version": "1.2", "resource_changes": [`, "its JSON is broken after byte 47"},
		"cut_in_a_resource":  {`{"format_version": "1.2", "resource_changes": [{"address": "a`, "its JSON is broken after byte 47"},
		"json_lines":         {`{"@level": "info"}` + "\n" + `{"@level": "info"}`, lines},
		"json_lines_as_real": {`{"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui","terraform":"1.11.4","type":"version","ui":"1.2"}` + "\n", lines},
		"two_plans":          {change(`"no-op"`, "{}") + "\n" + change(`"no-op"`, "{}"), "its JSON is followed by something else"},
		"plan_file":          {"PK\x03\x04", "it is a binary plan, as terraform plan -out writes it"},
		"redacted":           {`{"plan_format_version":"0.2","resource_changes":[]}`, "it is the redacted plan of HCP Terraform's API, of which json-output has the whole one"},
		"wrapper":            {"[command]/usr/bin/terraform-bin show -json plan\n{}", wrapper},
		"debugging_wrapper":  {"::debug::exitcode: 0\n{}", wrapper},
		"array":              {`[]`, form},
		"other_types":        {`{"format_version": "1.2", "resource_changes": {"secret": "hunter2"}}`, form},
		"null":               {`null`, "it has no format_version"},
		"other_json":         {`{"name": "app", "version": "1.0.0"}`, "it has no format_version"},
		"shown_state":        {`{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}`, "it is a state, which the input state takes"},
		"state":              {`{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}`, "it is a state as Terraform stores it"},
		"empty_state":        {`{"format_version": "1.0"}`, "it has neither planned_values nor resource_changes"},
		"other_format":       {`{"format_version": "2.0", "resource_changes": []}`, `its format_version "2.0" is not supported`},
		"format_that_is_no":  {`{"format_version": null, "resource_changes": []}`, "it has no format_version"},
		"hostile_format":     {`{"format_version": "\n::error::x", "resource_changes": []}`, `its format_version "\n::error::x" is not supported`},
		"planning_failed":    {`{"format_version": "1.2", "planned_values": {"root_module": {}}, "errored": true}`, "the planning had failed, so that it is not complete"},
		"nested_too_deep":    {`{"x": ` + strings.Repeat("[", 20_000), "its JSON is nested more than 1000 deep"},
		"utf_16":             {"\xff\xfe{\x00}\x00", "it has no format_version"},
		"actions_no_list":    {`{"format_version": "1.2", "resource_changes": [{"change": {"actions": "create"}}]}`, form},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"plan.json": test.content}.make(t, t.TempDir())
			want := `The input plan names "plan.json", which is no plan: ` + test.want + `. Write it with terraform show -json, of a file that terraform plan -out wrote.`
			for _, scope := range imageids.Scopes() {
				if got := refused(t, workspace, imageids.Sources{Plans: []string{"*"}, Scope: scope}); got != want {
					t.Errorf("%s: got  %s\nwant %s", scope, got, want)
				}
			}
		})
	}
}

func TestFind_no_state(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ content, want string }{
		"stored":       {`{"version": 4, "serial": 1}`, "it is a state as Terraform stores it"},
		"plan":         {change(`"create"`, "{}"), "it is a plan, which the input plan takes"},
		"redacted":     {`{"state_format_version": "1.0", "root": {}}`, "it is a redacted state of HCP Terraform's API"},
		"binary_plan":  {"PK\x03\x04", "it is a binary plan, as terraform plan -out writes it"},
		"other_json":   {`{"name": "app"}`, "it has no format_version"},
		"other_types":  {`{"format_version": "1.0", "values": {"root_module": {"resources": [{"values": []}]}}}`, "its JSON is not of the right form"},
		"cut":          {`{"format_version": "1.0", "values": {`, "its JSON is broken after byte 37"},
		"other_format": {`{"format_version": "2.0"}`, `its format_version "2.0" is not supported`},
		"deep_modules": {`{"format_version": "1.0", "values": {"root_module": ` + strings.Repeat(`{"child_modules": [`, 20_000), "its JSON is nested more than 1000 deep"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"state.json": test.content}.make(t, t.TempDir())
			want := `The input state names "state.json", which is no state: ` + test.want + `. Write it with terraform show -json, without a plan.`
			if got := refused(t, workspace, imageids.Sources{States: []string{"state.json"}}); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestFind_gaps is about plans that say less than Terraform's do.
func TestFind_gaps(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]string{
		"no_changes":         `{"format_version": "1.2", "planned_values": {}}`,
		"null_change":        `{"format_version": "1.2", "resource_changes": [null, {"mode": "managed"}, {"mode": "managed", "change": null}]}`,
		"null_modules":       `{"format_version": "1.2", "planned_values": {"root_module": {"resources": [null], "child_modules": [null]}}}`,
		"marks_of_no_form":   `{"format_version": "1.2", "resource_changes": [{"mode": "managed", "change": {"actions": ["create"], "after": {"x": [1]}, "after_unknown": "yes", "after_sensitive": [1]}}]}`,
		"unsensitive_values": `{"format_version": "0.1", "planned_values": {"root_module": {"resources": [{"mode": "managed", "values": null, "sensitive_values": null}]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"plan.json": plan}.make(t, t.TempDir())
			for _, scope := range imageids.Scopes() {
				if got := lines(find(t, workspace, imageids.Sources{Plans: []string{"plan.json"}, Scope: scope})); got != nil {
					t.Errorf("%s: got %v, want nothing", scope, got)
				}
			}
		})
	}
}

const (
	azureGroup   = "/subscriptions/12345678-1234-9876-4563-123456789012/resourceGroups/web_(eu).rg-1/providers/Microsoft.Compute"
	azureImage   = azureGroup + "/images/web-2025.11_a"
	azureVersion = azureGroup + "/galleries/golden.gallery_1/images/web-server.1/versions/1.20.300"
	googleImage  = "projects/acme-prod-1/global/images/web-20251101"
	googleLink   = "https://www.googleapis.com/compute/v1/" + googleImage
)

func TestFind_text(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"ami_17":                      {"ami-0123456789abcdef0", []string{"ami-0123456789abcdef0 f:1"}},
		"ami_8":                       {"ami-12345678", []string{"ami-12345678 f:1"}},
		"ami_7":                       {"ami-1234567", nil},
		"ami_9":                       {"ami-123456789", nil},
		"ami_16":                      {"ami-0123456789abcdef", nil},
		"ami_18":                      {"ami-0123456789abcdef01", nil},
		"ami_upper_case":              {"AMI-12345678 ami-1234567A ami-ABCDEF12", nil},
		"ami_in_a_word":               {"my_ami-12345678 xami-12345678 ami-12345678x ami-12345678_", nil},
		"ami_in_signs":                {`"ami-12345678",(ami-12345679);image/ami-1234567a-x`, []string{"ami-12345678 f:1", "ami-12345679 f:1", "ami-1234567a f:1"}},
		"ami_that_is_a_date":          {"golden-ami-20251126 ami-20251126-200458 golden-ami-20251126-200458", nil},
		"ami_like_a_date":             {"ami-20260131 golden-ami-20261301 ami-20251126abcdef012-x", []string{"ami-20260131 f:1", "ami-20261301 f:1", "ami-20251126abcdef012 f:1"}},
		"ami_after_ami":               {"ami-ami-12345678", []string{"ami-12345678 f:1"}},
		"ami_after_a_letter_of_utf_8": {"éami-12345678é", []string{"ami-12345678 f:1"}},
		"azure_image":                 {azureImage, []string{azureImage + " f:1"}},
		"azure_version":               {azureVersion, []string{azureVersion + " f:1"}},
		"azure_other_case":            {strings.ToUpper(azureImage) + "\n" + strings.ToLower(azureVersion), []string{strings.ToUpper(azureImage) + " f:1", strings.ToLower(azureVersion) + " f:2"}},
		"azure_after_a_host":          {"https://management.azure.com" + azureImage + "?api-version=2024-07-01", []string{azureImage + " f:1"}},
		"azure_at_the_end":            {"It is " + azureImage + ".", []string{azureImage + " f:1"}},
		"azure_definition":            {azureGroup + "/galleries/golden/images/web", []string{azureGroup + "/galleries/golden/images/web floating f:1"}},
		"azure_latest":                {azureGroup + "/galleries/golden/images/web/versions/latest", []string{azureGroup + "/galleries/golden/images/web/versions/latest floating f:1"}},
		"azure_latest_and_more":       {azureGroup + "/galleries/golden/images/web/versions/latest2", nil},
		"azure_group_beyond_ascii":    {strings.Replace(azureImage, "web_(eu).rg-1", "Größe-rg_東京", 1), []string{strings.Replace(azureImage, "web_(eu).rg-1", "Größe-rg_東京", 1) + " f:1"}},
		"azure_group_of_no_letters":   {strings.Replace(azureImage, "web_(eu).rg-1", "web€", 1), nil},
		"azure_between_letters":       {"ö" + azureImage + "ö", []string{azureImage + " f:1"}},
		"azure_two_spellings":         {azureImage + "\n" + strings.ToUpper(azureImage), []string{azureImage + " f:1 f:2"}},
		"azure_two_numbers":           {azureGroup + "/galleries/golden/images/web/versions/1.2", nil},
		"azure_disk":                  {azureGroup + "/disks/web", nil},
		"azure_other_provider":        {strings.Replace(azureImage, "Compute", "Storage", 1), nil},
		"azure_variable_in_it":        {strings.Replace(azureImage, "12345678-1234-9876-4563-123456789012", "${var.subscription}", 1), nil},
		"azure_variable_at_the_end":   {azureGroup + "/images/web-${var.version} " + azureVersion + "{{ patch }}", nil},
		"azure_space_in_it":           {strings.Replace(azureImage, "web_", "web _", 1), nil},
		"google_image":                {googleImage, []string{googleImage + " f:1"}},
		"google_link":                 {googleLink, []string{googleLink + " f:1"}},
		"google_other_host":           {"https://compute.googleapis.com/compute/beta/" + googleImage, []string{"https://compute.googleapis.com/compute/beta/" + googleImage + " f:1"}},
		"google_host_of_others":       {"https://example.com/compute/v1/" + googleImage, []string{googleImage + " f:1"}},
		"google_forms":                {googleImage + " " + googleLink + "\n" + googleLink, []string{googleImage + " f:1 f:2"}},
		"google_without_project":      {"global/images/web ${var.project}/global/images/x my-global/images/x", []string{"global/images/web f:1"}},
		"google_project_of_a_domain":  {"projects/example.com:acme/global/images/web", []string{"projects/example.com:acme/global/images/web f:1"}},
		"google_at_the_end":           {"It is " + googleImage + "-.", []string{googleImage + " f:1"}},
		"google_family":               {"projects/acme/global/images/family/web " + googleLink[:len("https://www.googleapis.com/compute/v1/")] + "projects/acme/global/images/family/web", []string{"projects/acme/global/images/family/web floating f:1"}},
		"google_family_of_a_variable": {"projects/acme/global/images/family/${var.family} projects/acme/global/images/family/", nil},
		"google_named_like_a_family":  {"projects/acme/global/images/family-web", []string{"projects/acme/global/images/family-web f:1"}},
		"google_upper_case":           {"projects/acme/global/images/Web Projects/acme/global/images/web projects/Acme/global/images/web", nil},
		"google_underscore":           {"projects/acme/global/images/web_1", nil},
		"google_in_a_word":            {"myprojects/acme/global/images/web", nil},
		"google_variable":             {"projects/$PROJECT/global/images/web projects/acme/global/images/web-$VERSION projects/acme/global/images/web%s", nil},
		"google_disk":                 {"projects/acme/zones/europe-west1-b/disks/web", nil},
		"lines":                       {"\nami-12345678\r\n\nami-12345679 ami-12345678\n", []string{"ami-12345678 f:2 f:4", "ami-12345679 f:4"}},
		"twice_on_a_line":             {"ami-12345678 ami-12345678", []string{"ami-12345678 f:1"}},
		"one_after_another":           {azureImage + ":" + azureVersion + ":" + googleLink, []string{azureImage + " f:1", azureVersion + " f:1", googleLink + " f:1"}},
		"cut_at_the_end":              {"ami- /subscriptions/ projects/ https://www.googleapis.com/compute/v1/projects/ ami-1234567", nil},
		"longer_than_any_id":          {"/subscriptions/" + strings.Repeat("1", 2000) + azureImage, []string{azureImage + " f:1"}},
		"longer_name_than_any_id":     {azureImage + strings.Repeat("a", 2000), nil},
		"nothing":                     {"", nil},
		"invalid_utf_8":               {"\xffami-12345678\xff", []string{"ami-12345678 f:1"}},
		"parameter":                   {"resolve:ssm:/golden/web:3, 'resolve:ssm:/golden/web'", []string{"resolve:ssm:/golden/web:3 floating f:1", "resolve:ssm:/golden/web floating f:1"}},
		"parameter_of_a_template":     {"{{resolve:ssm:/golden/Ami/web}} {{resolve:ssm:/db/host}}", []string{"resolve:ssm:/golden/Ami/web floating f:1"}},
		"parameter_of_a_variable":     {"resolve:ssm:/golden/${var.name} resolve:ssm: resolve:ssm:$NAME", nil},
		"nul_at_8000":                 {strings.Repeat(" ", 7999) + "\x00ami-12345678", []string{`warning The input files names "f", which is binary and was not searched.`}},
		"nul_at_8001":                 {strings.Repeat(" ", 8000) + "\x00ami-12345678", []string{"ami-12345678 f:1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := folder{"f": test.text}.make(t, t.TempDir())
			got := lines(find(t, workspace, imageids.Sources{Files: []string{"f"}}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// checkout is a workspace with files at several depths and links of all kinds. Each file holds an
// id of its own.
var checkout = folder{
	"a.tf":             "ami-0000000a",
	"b.tf":             "ami-0000000b",
	"b.json":           "ami-0000000c",
	"c/d/e.tf":         "ami-0000000d",
	"c/f.tf":           "ami-0000000e",
	".github/g.yml":    "ami-0000000f",
	"[x]/{y}.txt":      "ami-00000010",
	"x/y.txt":          "ami-00000011",
	"a\n::error::b":    "ami-00000012",
	"links/in":         "-> ../a.tf",
	"links/folder":     "-> ../c",
	"links/dangling":   "-> nothing",
	"links/circle":     "-> .",
	"links/self":       "-> self",
	"out/file":         "-> ../../outside/secret",
	"out/absolute":     "-> /etc/hostname",
	"out/missing":      "-> ../../nothing",
	"deep/out/folder":  "-> ../../../outside",
	"deep/in/inner.tf": "ami-00000013",
}

// checkedOut is the path of the checkout, beside a folder that it must not reach.
func checkedOut(t *testing.T) string {
	t.Helper()
	top := folder{"outside/secret": "ami-ffffffff", "outside/x.tf": "ami-fffffffe"}.make(t, t.TempDir())
	return checkout.make(t, filepath.Join(top, "workspace"))
}

func TestFind_files(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		patterns []string
		want     []string
	}{
		"path":                   {[]string{"c/f.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"path_with_dots":         {[]string{"./c/./f.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"absolute_in_workspace":  {[]string{"WORKSPACE/c/*.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"star":                   {[]string{"*.tf"}, []string{"ami-0000000a a.tf:1", "ami-0000000b b.tf:1"}},
		"two_stars":              {[]string{"**/*.tf"}, []string{"ami-0000000a a.tf:1", "ami-0000000b b.tf:1", "ami-0000000d c/d/e.tf:1", "ami-0000000e c/f.tf:1", "ami-00000013 deep/in/inner.tf:1"}},
		"two_stars_below":        {[]string{"c/**"}, []string{"ami-0000000d c/d/e.tf:1", "ami-0000000e c/f.tf:1"}},
		"braces":                 {[]string{"b.{tf,json}"}, []string{"ami-0000000c b.json:1", "ami-0000000b b.tf:1"}},
		"hidden":                 {[]string{"*/*.yml"}, []string{"ami-0000000f .github/g.yml:1"}},
		"class":                  {[]string{"[x]/y.txt"}, []string{"ami-00000011 x/y.txt:1"}},
		"escaped":                {[]string{`\[x\]/\{y\}.txt`}, []string{"ami-00000010 [x]/{y}.txt:1"}},
		"in_the_order_given":     {[]string{"c/f.tf", "b.tf", "*.tf"}, []string{"ami-0000000e c/f.tf:1", "ami-0000000b b.tf:1", "ami-0000000a a.tf:1"}},
		"once":                   {[]string{"a.tf", "a.tf", "?.tf", "./a.tf"}, []string{"ami-0000000a a.tf:1", "ami-0000000b b.tf:1"}},
		"line_break_and_command": {[]string{"a\n*"}, []string{"ami-00000012 a\n::error::b:1"}},
		"link_in":                {[]string{"links/in"}, []string{"ami-0000000a links/in:1"}},
		"through_a_link":         {[]string{"links/folder/*.tf"}, []string{"ami-0000000e links/folder/f.tf:1"}},
		"past_dangling_links":    {[]string{"links/{dangling,in}"}, []string{"ami-0000000a links/in:1"}},
		"past_links_to_folders":  {[]string{"links/{folder,in}"}, []string{"ami-0000000a links/in:1"}},
		"not_into_links_out":     {[]string{"deep/**/*.tf"}, []string{"ami-00000013 deep/in/inner.tf:1"}},
	}
	workspace := checkedOut(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var patterns []string
			for _, pattern := range test.patterns {
				patterns = append(patterns, strings.ReplaceAll(pattern, "WORKSPACE", workspace))
			}
			got := lines(find(t, workspace, imageids.Sources{Files: patterns}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFind_no_file(t *testing.T) {
	t.Parallel()
	const (
		nothing = ", which matches no file in the workspace. Correct the path, let an earlier step make the file, or set if-no-files-found to warn or ignore."
		leads   = `, which leads out of the workspace. Give a path relative to the workspace, without "..".`
		link    = ", which is or goes through a link out of the workspace. Name the files in the workspace only, or copy there what the link points at."
		syntax  = ", which is no path or glob. Close its brackets and braces, or put a backslash before one that is meant literally."
	)
	tests := map[string]struct{ pattern, want string }{
		"path":                     {"nothing.tf", `has "nothing.tf"` + nothing},
		"glob":                     {"*.nothing", `has "*.nothing"` + nothing},
		"glob_in_no_folder":        {"nothing/**", `has "nothing/**"` + nothing},
		"glob_in_a_file":           {"a.tf/*", `has "a.tf/*"` + nothing},
		"path_in_a_file":           {"a.tf/b", `names "a.tf/b", which cannot be read: "not a directory". Make it a readable file, or name others.`},
		"empty":                    {"", `has ""` + nothing},
		"dot":                      {".", `has "."` + nothing},
		"folder":                   {"c", `has "c"` + nothing},
		"folder_with_slash":        {"c/", `has "c/"` + nothing},
		"file_with_slash":          {"a.tf/", `names "a.tf/", which cannot be read: "not a directory". Make it a readable file, or name others.`},
		"folders":                  {"c/*/", `has "c/*/"` + nothing},
		"line_break_and_command":   {"x\n::error::*", `has "x\n::error::*"` + nothing},
		"dangling_link":            {"links/dangling", `has "links/dangling"` + nothing},
		"link_to_folder":           {"links/folder", `has "links/folder"` + nothing},
		"wildcard_through_a_link":  {"links/fol*/*.tf", `has "links/fol*/*.tf"` + nothing},
		"link_to_itself":           {"links/self", `names "links/self", which cannot be read: "too many levels of symbolic links". Make it a readable file, or name others.`},
		"absolute":                 {"/etc/hostname", `has "/etc/hostname"` + leads},
		"workspace_name_continued": {"WORKSPACE-2/a.tf", `has "WORKSPACE-2/a.tf"` + leads},
		"dots":                     {"../outside/secret", `has "../outside/secret"` + leads},
		"dots_inside":              {"c/../a.tf", `has "c/../a.tf"` + leads},
		"dots_at_the_end":          {"c/..", `has "c/.."` + leads},
		"dots_after_the_workspace": {"WORKSPACE/../outside/secret", `has "WORKSPACE/../outside/secret"` + leads},
		"dots_in_braces":           {"{c,..}/outside/secret", `has "{c,..}/outside/secret"` + leads},
		"dots_escaped":             {`\.\./outside/secret`, `has "\.\./outside/secret"` + nothing},
		"dots_in_a_class":          {`[.][.]/outside/secret`, `has "[.][.]/outside/secret"` + nothing},
		"link_out":                 {"out/file", `names "out/file"` + link},
		"link_out_by_glob":         {"out/f*", `names "out/file"` + link},
		"link_out_by_two_stars":    {"**/file", `names "out/file"` + link},
		"absolute_link_out":        {"out/absolute", `names "out/absolute"` + link},
		"dangling_link_out":        {"out/missing", `names "out/missing"` + link},
		"through_a_link_out":       {"deep/out/folder/secret", `names "deep/out/folder/secret"` + link},
		"glob_through_a_link_out":  {"deep/out/folder/*", `names "deep/out/folder/*"` + link},
		"folder_that_is_out":       {"deep/out/*", `names "deep/out/folder"` + link},
		"bad_class":                {"[a", `has "[a"` + syntax},
		"bad_braces":               {"{a,b", `has "{a,b"` + syntax},
	}
	workspace := checkedOut(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern := strings.ReplaceAll(test.pattern, "WORKSPACE", workspace)
			want := strings.ReplaceAll(test.want, "WORKSPACE", workspace)
			if got, want := refused(t, workspace, imageids.Sources{Files: []string{"a.tf", pattern}}), "The input files "+want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got, want := refused(t, workspace, imageids.Sources{Plans: []string{pattern}}), "The input plan "+want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestFind_folders is about folders that wildcards stay out of, and lines that take out.
func TestFind_folders(t *testing.T) {
	t.Parallel()
	workspace := folder{
		"a.tf":                      "ami-0000000a",
		"b/c.tf":                    "ami-0000000c",
		"b/d/e.tf":                  "ami-0000000e",
		".git/x.tf":                 "ami-00000001",
		".terraform/modules/m/x.tf": "ami-00000002",
		"b/.terraform/x.tf":         "ami-00000003",
		"node_modules/p/x.tf":       "ami-00000004",
		"b/node_modules":            "ami-00000005",
		".terraform.d/x.tf":         "ami-00000006",
		"!x.tf":                     "ami-00000007",
	}.make(t, t.TempDir())
	const (
		a, c, e  = "ami-0000000a a.tf:1", "ami-0000000c b/c.tf:1", "ami-0000000e b/d/e.tf:1"
		provider = "ami-00000006 .terraform.d/x.tf:1"
		odd      = "ami-00000007 !x.tf:1"
	)
	tests := map[string]struct {
		patterns []string
		want     []string
	}{
		"two_stars":             {[]string{"**/*.tf"}, []string{odd, provider, a, c, e}},
		"file_of_such_a_name":   {[]string{"b/*"}, []string{c, "ami-00000005 b/node_modules:1"}},
		"star_for_the_folder":   {[]string{"*/x.tf", ".t*/**"}, []string{provider}},
		"named":                 {[]string{".terraform/**"}, []string{"ami-00000002 .terraform/modules/m/x.tf:1"}},
		"named_in_the_middle":   {[]string{"**/.terraform/*"}, []string{"ami-00000003 b/.terraform/x.tf:1"}},
		"named_in_braces":       {[]string{"{.git,node_modules}/**"}, []string{"ami-00000001 .git/x.tf:1", "ami-00000004 node_modules/p/x.tf:1"}},
		"named_whole":           {[]string{".git/x.tf"}, []string{"ami-00000001 .git/x.tf:1"}},
		"taken_out":             {[]string{"{a,b/**/*}.tf", "!b/d/*.tf"}, []string{a, c}},
		"taken_out_before":      {[]string{"!**/c.tf", "{a,b/**/*}.tf"}, []string{a, e}},
		"folder_taken_out":      {[]string{"{a,b/**/*}.tf", "!b/"}, []string{a}},
		"folder_with_all_below": {[]string{"{a,b/**/*}.tf", "! b/**"}, []string{a}},
		"absolute_taken_out":    {[]string{"{a,b/**/*}.tf", "!WORKSPACE/b/d/e.tf"}, []string{a, c}},
		"nothing_taken_out":     {[]string{"a.tf", "!b.tf"}, []string{a}},
		"begins_with_a_mark":    {[]string{"./!x.tf"}, []string{odd}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var patterns []string
			for _, pattern := range test.patterns {
				patterns = append(patterns, strings.ReplaceAll(pattern, "WORKSPACE", workspace))
			}
			got := lines(find(t, workspace, imageids.Sources{Files: patterns}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	for pattern, want := range map[string]string{
		"!../x": `The input files has "../x", which leads out of the workspace. Give a path relative to the workspace, without "..".`,
		"![a":   `The input files has "![a", which is no path or glob. Close its brackets and braces, or put a backslash before one that is meant literally.`,
		"!a.tf": `The input files has "a.tf", which matches no file in the workspace. Correct the path, let an earlier step make the file, or set if-no-files-found to warn or ignore.`,
	} {
		if got := refused(t, workspace, imageids.Sources{Files: []string{"a.tf", pattern}}); got != want {
			t.Errorf("%s: got  %s\nwant %s", pattern, got, want)
		}
	}
}

func TestFind_missing(t *testing.T) {
	t.Parallel()
	const (
		none    = "None of the inputs image-ids, plan, state and files names anything to check."
		nothing = ` has "x.*", which matches no file in the workspace.`
		remedy  = ", or set if-no-files-found to warn or ignore."
	)
	tests := map[string]struct {
		sources imageids.Sources
		what    string
		remedy  string
		found   []string
	}{
		"nothing_named":  {imageids.Sources{}, none, " Set one of them", nil},
		"blanks_only":    {imageids.Sources{IDs: []string{" "}}, none, " Set one of them", nil},
		"taken_out_only": {imageids.Sources{Files: []string{"!a.tf"}}, none, " Set one of them", nil},
		"no_plan":        {imageids.Sources{Plans: []string{"x.*"}, Files: []string{"a.tf"}}, "The input plan" + nothing, " Correct the path, let an earlier step make the file", []string{"ami-0000000a a.tf:1"}},
		"no_state":       {imageids.Sources{States: []string{"x.*"}}, "The input state" + nothing, " Correct the path, let an earlier step make the file", nil},
		"no_file":        {imageids.Sources{IDs: []string{"b"}, Files: []string{"x.*", "a.tf"}}, "The input files" + nothing, " Correct the path, let an earlier step make the file", []string{"b", "ami-0000000a a.tf:1"}},
	}
	workspace := folder{"a.tf": "ami-0000000a"}.make(t, t.TempDir())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, missing := range []imageids.Missing{"", imageids.MissingError, "of the future"} {
				test.sources.IfNoFiles = missing
				if got, want := refused(t, workspace, test.sources), test.what+test.remedy+remedy; got != want {
					t.Errorf("%s: got  %s\nwant %s", missing, got, want)
				}
			}
			test.sources.IfNoFiles = imageids.MissingWarn
			got := lines(find(t, workspace, test.sources))
			if diff := cmp.Diff(append(test.found, "warning "+test.what), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			test.sources.IfNoFiles = imageids.MissingIgnore
			got = lines(find(t, workspace, test.sources))
			if diff := cmp.Diff(test.found, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestFind_plan_by_another_name is about a plan that the input files matches under other names.
func TestFind_plan_by_another_name(t *testing.T) {
	t.Parallel()
	workspace := folder{"plans/1.json": change(`"no-op"`, `{"ami": "ami-12345678"}`), "latest.json": "-> plans/1.json"}.make(t, t.TempDir())
	if err := os.Link(filepath.Join(workspace, "plans/1.json"), filepath.Join(workspace, "copy.json")); err != nil {
		t.Fatal(err)
	}
	got := lines(find(t, workspace, imageids.Sources{Plans: []string{"latest.json"}, Files: []string{"**"}, Scope: imageids.ScopeChanged}))
	if got != nil {
		t.Errorf("got %v, want nothing", got)
	}
}

func TestFind_no_workspace(t *testing.T) {
	t.Parallel()
	const want = `The inputs plan, state and files name files in the workspace "nowhere", which cannot be opened: "no such file or directory". ` +
		`Run the step on a runner that sets GITHUB_WORKSPACE, after the files are there.`
	if got := refused(t, "nowhere", imageids.Sources{Files: []string{"*"}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// A list needs none.
	got := lines(find(t, "nowhere", imageids.Sources{IDs: []string{"ami-1"}}))
	if want := []string{"ami-1"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestFind_fifo would not end if a FIFO were opened.
func TestFind_fifo(t *testing.T) {
	t.Parallel()
	workspace := folder{"a.tf": "ami-12345678"}.make(t, t.TempDir())
	if err := syscall.Mkfifo(filepath.Join(workspace, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := lines(find(t, workspace, imageids.Sources{Files: []string{"**"}}))
	if want := []string{"ami-12345678 a.tf:1"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, pattern := range []string{"fifo", "f*", "fifo/*", "fifo/**", "*/x", "fifo/x*/y"} {
		refused(t, workspace, imageids.Sources{Files: []string{pattern}})
	}
}

func TestFind_unreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	workspace := folder{"a.tf": "", "b/c.tf": ""}.make(t, t.TempDir())
	for _, name := range []string{"a.tf", "b"} {
		if err := os.Chmod(filepath.Join(workspace, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(workspace, "b"), 0o700) })
	for pattern, want := range map[string]string{
		"a.tf":   `The input files names "a.tf", which cannot be read: "permission denied". Make it a readable file, or name others.`,
		"b/**":   `The input files names "b/**", which cannot be read: "permission denied". Make it a readable file, or name others.`,
		"**/c.*": `The input files names "**/c.*", which cannot be read: "permission denied". Make it a readable file, or name others.`,
	} {
		if got := refused(t, workspace, imageids.Sources{Files: []string{pattern}}); got != want {
			t.Errorf("%s: got  %s\nwant %s", pattern, got, want)
		}
	}
}

func TestFind_sources(t *testing.T) {
	t.Parallel()
	workspace := folder{
		"plan.json": `{"format_version": "1.2", "resource_changes": [
			{"address": "a.b", "mode": "managed", "type": "a", "change": {"actions": ["create"], "after": {"ami": "ami-00000002"}, "after_unknown": {"image_id": true, "source_image_id": true}}},
			{"address": "a.c", "mode": "managed", "type": "a", "change": {"actions": ["create"], "after": {"ami": "ami-00000001"}, "after_sensitive": {"ami": true}}},
			{"address": "a.d", "mode": "managed", "type": "a", "change": {"actions": ["delete"], "before": {"ami": "ami-00000009"}}}]}`,
		"files/x.tf": "ami-00000003\nami-00000002\nami-00000001",
	}.make(t, t.TempDir())
	got := lines(find(t, workspace, imageids.Sources{
		IDs:   []string{"ami-00000003", " ", "", "ami-00000004 ", "ami-00000003"},
		Plans: []string{"*.json"},
		Files: []string{"**"}, // matches the plan as well, which was read already
		Scope: imageids.ScopeChanged,
	}))
	want := []string{
		"ami-00000003 files/x.tf:1",
		"ami-00000004",
		"ami-00000002 plan.json#a.b files/x.tf:2",
		"ami-00000001 sensitive plan.json#a.c files/x.tf:3",
		"unknown plan.json#a.b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFind_sizes(t *testing.T) {
	t.Parallel()
	const most = 64 << 20
	workspace := folder{"small": ""}.make(t, t.TempDir())
	for name, size := range map[string]int64{"most": most, "more": most + 1} {
		f, err := os.Create(filepath.Join(workspace, name))
		if err != nil {
			t.Fatal(err)
		}
		// Full of NULs, and so a binary file, which takes no room on the disk.
		if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if got := lines(find(t, workspace, imageids.Sources{Files: []string{"mos?"}})); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
	const want = ` names "more", which is over 64 MiB. Name smaller files.`
	if got := refused(t, workspace, imageids.Sources{Files: []string{"*"}}); got != "The input files"+want {
		t.Errorf("got %s", got)
	}
	if got := refused(t, workspace, imageids.Sources{Plans: []string{"more"}}); got != "The input plan"+want {
		t.Errorf("got %s", got)
	}
}

func TestFind_one_long_line(t *testing.T) {
	t.Parallel()
	const id = "ami-0123456789abcdef0"
	text := append(bytes.Repeat([]byte("-"), 64<<20-len(id)-1), " "+id...)
	workspace := t.TempDir()
	if err := os.WriteFile(filepath.Join(workspace, "f"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	got := lines(find(t, workspace, imageids.Sources{Files: []string{"f"}}))
	if want := []string{id + " f:1"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFind_many(t *testing.T) {
	t.Parallel()
	const want = "The inputs image-ids, plan, state and files name more than 10000 distinct images, which is as many as one step looks up. " +
		"Name fewer in them, or divide them among several steps."
	const first, line = 0x10000000, len("ami-10000000\n")
	var million []byte
	for i := range int64(1_000_000) {
		million = append(strconv.AppendInt(append(million, "ami-"...), first+i, 16), '\n')
	}
	text := string(million)
	workspace := folder{"million": text, "most": text[:10_000*line]}.make(t, t.TempDir())
	if got := refused(t, workspace, imageids.Sources{Files: []string{"million"}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := len(find(t, workspace, imageids.Sources{IDs: []string{"ami-10000000"}, Files: []string{"most"}}).Images); got != 10_000 {
		t.Errorf("got %d images, want 10000", got)
	}
	if got := refused(t, workspace, imageids.Sources{IDs: []string{"ami-one"}, Files: []string{"most"}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := refused(t, workspace, imageids.Sources{IDs: strings.Split(text[:10_001*line], "\n")}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFind_ended(t *testing.T) {
	t.Parallel()
	workspace := folder{"a.tf": "ami-12345678"}.make(t, t.TempDir())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	tests := map[string]struct {
		ctx  context.Context
		want string
	}{
		"cancelled": {cancelled, "Cancelled: The step was told to stop before it had found the image ids. Run the job again."},
		"late":      {late, "Invalid input: The plans, states and files could not be searched for image ids in time. Name fewer or smaller ones, or raise the input timeout."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, pattern := range []string{"a.tf", "**", "nothing"} {
				found, err := imageids.Find(test.ctx, workspace, imageids.Sources{Files: []string{pattern}})
				if found != nil || err == nil || err.Error() != test.want {
					t.Errorf("%s: got %v and %v, want %s", pattern, found, err, test.want)
				}
			}
		})
	}
}
