package terraform_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

// inPlan are the lines of what is found in a file of this content.
func inPlan(t *testing.T, content string, scope terraform.Scope) []string {
	t.Helper()
	dir := workspacetest.Folder{"plan.json": content}.Make(t, t.TempDir())
	return workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Plans: []string{"plan.json"}, Scope: scope}))
}

// TestFind_goldens has what Terraform wrote, and compares what is found with a golden file.
func TestFind_goldens(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"plans", "states"} {
		files, err := filepath.Glob("testdata/" + folder + "/*.json")
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", folder, err)
		}
		for _, file := range files {
			file = filepath.Base(file)
			name := folder + "/" + strings.TrimSuffix(file, ".json")
			if folder == "states" {
				compareGolden(t, name, workspace.Sources{States: []string{file}})
				continue
			}
			for _, scope := range terraform.Scopes() {
				compareGolden(t, name+"."+string(scope), workspace.Sources{Plans: []string{file}, Scope: scope})
			}
		}
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// compareGolden compares what is found in a source with a golden file, or writes it.
func compareGolden(t *testing.T, name string, source workspace.Sources) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		golden := "testdata/" + name + ".golden"
		found := workspacetest.Find(t, filepath.Dir(golden), source)
		got := strings.Join(append(workspacetest.Lines(found), ""), "\n")
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
	})
}

// TestFilter has jq leave of each plan what is read of it, but of the empty one, which has no changes.
func TestFilter(t *testing.T) {
	t.Parallel()
	plans, err := filepath.Glob("testdata/plans/[^e]*.json")
	if err != nil {
		t.Fatal(err)
	}
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("no jq here")
	}
	for _, plan := range plans {
		t.Run(filepath.Base(plan), func(t *testing.T) {
			t.Parallel()
			filtered, err := exec.CommandContext(t.Context(), jq, "-c", terraform.Filter, plan).Output()
			if err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(plan)
			if err != nil {
				t.Fatal(err)
			}
			for _, scope := range terraform.Scopes() {
				if diff := cmp.Diff(inPlan(t, string(whole), scope), inPlan(t, string(filtered), scope)); diff != "" {
					t.Errorf("%s: -want +got:\n%s", scope, diff)
				}
			}
		})
	}
}

func TestFind_actions(t *testing.T) {
	t.Parallel()
	for actions, counts := range map[string]bool{
		`"create"`:           true,
		`"update"`:           true,
		`"delete", "create"`: true,
		`"create", "forget"`: true,
		`"no-op"`:            false,
		`"read"`:             false,
		`"delete"`:           false,
		`"forget"`:           false,
		``:                   false,
		`"contemplate"`:      false,
		`"no-op"], "importing": {"id": "i-1"}, "x": [`: true,
		`"no-op"], "importing": null, "x": [`:          false,
	} {
		var want []string
		if counts {
			want = []string{"ami-after plan.json#x.y"}
		}
		got := inPlan(t, workspacetest.Plan(actions, `{"ami": "ami-after"}`), terraform.ScopeChanged)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", actions, diff)
		}
	}
}

func TestFind_attributes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after string
		want  []string
	}{
		"at_any_depth":            {`{"x": {"y": [[{"z": {"ami": "a"}}]]}}`, []string{"a plan.json#x.y"}},
		"list_of_ids":             {`{"ami": ["a", "b"]}`, []string{"a plan.json#x.y", "b plan.json#x.y"}},
		"path_in_objects":         {`{"boot_disk": {"initialize_params": {"image": "a"}}}`, []string{"a plan.json#x.y"}},
		"path_below_others":       {`{"vm": [{"disk": [{"source_image": "a"}]}]}`, []string{"a plan.json#x.y"}},
		"in_order":                {`{"image_id": "b", "ami": "a"}`, []string{"b plan.json#x.y", "a plan.json#x.y"}},
		"once":                    {`{"image_id": "a", "ami": "a"}`, []string{"a plan.json#x.y"}},
		"no_text":                 {`{"x": {"ami": null}, "y": {"ami": ""}, "z": {"ami": 1}, "v": {"ami": true}, "w": {"ami": {"id": "a"}}}`, nil},
		"other_names":             {`{"AMI": "a", "my_ami": "a"}`, nil},
		"part_of_the_path":        {`{"initialize_params": [{"image": "a"}]}`, nil},
		"hole_in_the_path":        {`{"boot_disk": [{"x": [{"initialize_params": [{"image": "a"}]}]}]}`, nil},
		"too_general_elsewhere":   {`{"image": "a", "source_image": "a", "image_uri": "a", "parent_image": "a"}`, nil},
		"tag":                     {`{"tags": {"ami": "a"}, "labels": {"image_id": "a"}, "x": [{"tags": {"ami": "a"}}]}`, nil},
		"no_object":               {`["a"]`, nil},
		"string_that_is_json":     {`{"user_data": "{\"ami\": \"a\"}"}`, nil},
		"line_break_and_commands": {`{"ami": "a\n::error::b"}`, []string{"a\n::error::b plan.json#x.y"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := inPlan(t, workspacetest.Plan(`"create"`, test.after), terraform.ScopeChanged)
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

// gzipped is a text as cloud-init's provider packs it.
func gzipped(text string) string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text)) // memory can be written
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(packed.Bytes())
}

func TestFind_resources(t *testing.T) {
	t.Parallel()
	const offer = `{"publisher": "Canonical", "offer": "ubuntu", "sku": "server", "version": "latest"}`
	tests := map[string]struct {
		kind, after, unknown string
		want                 []string
	}{
		"google_name":        {"google_compute_disk", `{"image": "debian-12"}`, `{}`, []string{"debian-12 may-float plan.json#google_compute_disk.x"}},
		"computed_number":    {"google_compute_disk", `{"source_image_id": "123"}`, `{"source_image_id": true}`, nil},
		"made_by_a_pipeline": {"aws_imagebuilder_image", `{"output_resources": [{"amis": [{"image": "ami-12345678"}]}]}`, `{}`, nil},

		"offer":                 {"azurerm_linux_virtual_machine", `{"source_image_reference": [` + offer + `]}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azurerm_linux_virtual_machine.x"}},
		"offer_in_azure_words":  {"azapi_resource", `{"body": {"imageReference": ` + offer + `}}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azapi_resource.x"}},
		"offer_in_a_text":       {"azapi_resource", `{"body": ` + strconv.Quote(`{"properties": {"imageReference": `+offer+`}}`) + `}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#azapi_resource.x"}},
		"offer_without_version": {"azurerm_virtual_machine", `{"storage_image_reference": [{"publisher": "p", "offer": "o", "sku": "s", "version": null}]}`, `{}`, []string{"p:o:s:latest floating plan.json#azurerm_virtual_machine.x"}},
		"offer_that_is_sold":    {"azurerm_shared_image", `{"identifier": [` + offer + `]}`, `{}`, nil},
		"workbench":             {"google_workbench_instance", `{"gce_setup": [{"vm_image": [{"project": "acme", "name": "web", "family": null}]}]}`, `{}`, []string{"projects/acme/global/images/web plan.json#google_workbench_instance.x"}},
		"offer_of_expressions":  {"azapi_resource", `{"body": {"imageReference": {"publisher": "[parameters('p')]", "offer": "o", "sku": "[variables('s')]", "version": "1"}}}`, `{}`, []string{"unknown plan.json#azapi_resource.x"}},
		"id_of_an_expression":   {"azurerm_resource_group_template_deployment", `{"template_content": ` + strconv.Quote(`{"imageReference": {"id": "[parameters('imageId')]"}}`) + `}`, `{}`, []string{"unknown plan.json#azurerm_resource_group_template_deployment.x"}},
		"unknown_offer":         {"azurerm_linux_virtual_machine", `{}`, `{"source_image_reference": true}`, []string{"unknown plan.json#azurerm_linux_virtual_machine.x"}},
		"unknown_specification": {"aws_spot_fleet_request", `{}`, `{"launch_specification": true}`, []string{"unknown plan.json#aws_spot_fleet_request.x"}},
		"gallery_of_packer":     {"x", `{"shared_image_gallery": [{"subscription": "s-1", "resource_group": "g", "gallery_name": "acme", "image_name": "web", "image_version": "1.2.3"}]}`, `{}`, []string{"/subscriptions/s-1/resourceGroups/g/providers/Microsoft.Compute/galleries/acme/images/web/versions/1.2.3 plan.json#x.x"}},
		"gallery_of_the_build":  {"x", `{"shared_image_gallery": [{"resource_group": "g", "gallery_name": "acme", "image_name": "web"}]}`, `{}`, nil},
		"gallery_of_capz":       {"kubernetes_manifest", `{"manifest": {"spec": {"image": {"computeGallery": {"subscriptionID": "s-1", "resourceGroup": "g", "gallery": "acme", "name": "web", "version": "latest"}}}}}`, `{}`, []string{"/subscriptions/s-1/resourceGroups/g/providers/Microsoft.Compute/galleries/acme/images/web/versions/latest floating plan.json#kubernetes_manifest.x"}},
		"community_gallery":     {"kubernetes_manifest", `{"manifest": {"computeGallery": {"gallery": "acme-1", "name": "web", "version": "1.2.3"}}}`, `{}`, []string{"/CommunityGalleries/acme-1/Images/web/versions/1.2.3 plan.json#kubernetes_manifest.x"}},
		"offer_of_capz":         {"kubernetes_manifest", `{"manifest": {"image": {"marketplace": ` + offer + `}}}`, `{}`, []string{"Canonical:ubuntu:server:latest floating plan.json#kubernetes_manifest.x"}},
		"gallery_in_yaml":       {"kubectl_manifest", `{"yaml_body": "image:\n  computeGallery:\n    gallery: acme-1\n    name: web\n    version: 1.2.3\n    subscriptionID: s-1\n    resourceGroup: rg\n"}`, `{}`, []string{"/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Compute/galleries/acme-1/images/web/versions/1.2.3 plan.json#kubectl_manifest.x"}},
		"options_of_gcloud":     {"aws_instance", `{"user_data": "` + gzipped("gcloud compute instances create a \\\n  --image web-7 --image-project acme-images") + `"}`, `{}, "after_sensitive": {"user_data": true}`, []string{"projects/acme-images/global/images/web-7 sensitive plan.json#aws_instance.x"}},
		"fields_of_kubernetes":  {"kubernetes_manifest", `{"manifest": {"image": {"id": "ami-12345678"}}}`, `{"object": {"image": {"marketplace": true, "imageReference": true}}}`, []string{"ami-12345678 plan.json#kubernetes_manifest.x"}},
		"node_image":            {"google_container_node_pool", `{"node_config": [{"node_image_config": [{"image": "web", "image_project": "acme"}]}]}`, `{}`, []string{"projects/acme/global/images/web plan.json#google_container_node_pool.x"}},
		"oracle":                {"oci_core_instance", `{"source_details": [{"source_type": "image", "source_id": "ocid1.image.oc1..a"}]}`, `{"image": true, "source_details": [{"boot_volume_size_in_gbs": true}]}`, []string{"ocid1.image.oc1..a plan.json#oci_core_instance.x"}},
		"oracle_unknown":        {"oci_core_instance", `{"source_details": [{"source_type": "image"}]}`, `{"source_details": [{"source_id": true}]}`, []string{"unknown plan.json#oci_core_instance.x"}},
		"openstack":             {"openstack_compute_instance_v2", `{"block_device": [{"source_type": "image", "uuid": "11111111-1111-4111-8111-111111111111"}, {"source_type": "volume", "uuid": "2"}]}`, `{}`, []string{"11111111-1111-4111-8111-111111111111 plan.json#openstack_compute_instance_v2.x"}},
		"empty_volume":          {"aws_ebs_volume", `{"size": 8}`, `{"snapshot_id": true}`, nil},
		"hostile_text":          {"azapi_resource", `{"body": "{\"imageReference\": [` + strings.Repeat("{},", 30_000) + `{}]}"}`, `{}`, nil},

		"user_data":           {"aws_instance", `{"user_data": "#!/bin/sh\nrun ami-12345678"}`, `{}`, []string{"ami-12345678 plan.json#aws_instance.x"}},
		"user_data_in_base64": {"aws_launch_template", `{"user_data": "cnVuIGFtaS0xMjM0NTY3OAo="}`, `{}`, []string{"ami-12345678 plan.json#aws_launch_template.x"}},
		"base64_of_urls":      {"x", `{"y": "` + base64.RawURLEncoding.EncodeToString([]byte("??>>ami-12345678")) + `"}`, `{}`, []string{"ami-12345678 plan.json#x.x"}},
		"base64_of_utf_16":    {"x", `{"y": "` + base64.StdEncoding.EncodeToString([]byte(strings.Join(strings.Split("ami-12345678", ""), "\x00"))) + `"}`, `{}`, []string{"ami-12345678 plan.json#x.x"}},
		"part_in_base64":      {"x", `{"y": "run cnVuIGFtaS0xMjM0NTY3OAo="}`, `{}`, nil},
		"cloud_init":          {"aws_instance", `{"user_data_base64": "` + gzipped("#cloud-config\nami-12345678") + `"}`, `{}`, []string{"ami-12345678 plan.json#aws_instance.x"}},
		"cloud_init_of_aws":   {"aws_instance", `{"user_data": "--x\ncontent-transfer-encoding: base64\n\ncnVuIGFtaS0xMjM0NTY3OAo=\n--x--"}`, `{}`, []string{"ami-12345678 plan.json#aws_instance.x"}},
		"cloud_init_in_parts": {"aws_instance", `{"user_data": "` + gzipped("Content-Type: multipart/mixed\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\ncnVuIGFtaS0xMjM0NTY3OAo=\r\n\r\n--x--") + `"}`, `{}`, []string{"ami-12345678 plan.json#aws_instance.x"}},
		"template_in_gzip":    {"x", `{"y": "` + gzipped(`{"imageReference": {"id": "a"}}`) + `"}`, `{}`, []string{"a plan.json#x.x"}},
		"gzip_too_large": {"x", `{"y": "` + gzipped("ami-12345678"+strings.Repeat(" ", 16<<20)+"ami-87654321") + `"}`, `{}`, []string{
			"ami-12345678 plan.json#x.x", `warning "plan.json": a value of "x.x" is over 16 MiB when it is unpacked, and only so much of it was searched.`,
		}},

		"sensitive_element":  {"x", `{"y": [{"ami": "a"}, {"ami": "b"}]}`, `{}, "after_sensitive": {"y": [{}, {"ami": true}]}`, []string{"a plan.json#x.x", "b sensitive plan.json#x.x"}},
		"sensitive_resource": {"x", `{"y": [{"ami": "a"}]}`, `{}, "after_sensitive": true`, []string{"a sensitive plan.json#x.x"}},
		"sensitive_gallery":  {"x", `{"computeGallery": {"gallery": "acme", "name": "web"}}`, `{}, "after_sensitive": {"computeGallery": {"gallery": true}}`, []string{"/CommunityGalleries/acme/Images/web floating sensitive plan.json#x.x"}},
		"sensitive_packed":   {"x", `{"user_data": "` + gzipped("ami-12345678") + `"}`, `{}, "after_sensitive": {"user_data": true}`, []string{"ami-12345678 sensitive plan.json#x.x"}},
		"sensitive_template": {"x", `{"y": ` + strconv.Quote(`{"imageReference": {"id": "a"}, "x": {"imageReference": `+offer+`}}`) + `}`, `{}, "after_sensitive": {"y": true}`, []string{"a sensitive plan.json#x.x", "Canonical:ubuntu:server:latest floating sensitive plan.json#x.x"}},

		"own_id":           {"aws_ami_copy", `{"id": "ami-12345678"}`, `{}`, nil},
		"tags":             {"x", `{"tags": {"y": "ami-12345678"}, "volume_tags": {"y": "ami-12345678"}}`, `{}`, nil},
		"description":      {"x", `{"description": "ami-12345678", "y": [{"long_description": "ami-12345678"}]}`, `{}`, nil},
		"policy_of_a_role": {"aws_iam_role", `{"assume_role_policy": "ami-12345678", "inline_policy": [{"policy": "ami-12345678"}]}`, `{}`, nil},
		"resource_policy":  {"aws_organizations_policy", `{"content": "ami-12345678"}`, `{}`, nil},
		"scope_of_a_role":  {"azurerm_role_assignment", `{"scope": "` + workspacetest.AzureImage + `"}`, `{}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := inPlan(t, resourceChange(test.kind, test.after, test.unknown), terraform.ScopeChanged)
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
		planned  = `"planned_values": {"root_module": {"resources": [{"address": "x.planned", "values": {"ami": "planned"}}]}}`
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
			[]string{"new plan.json#x.new", "same plan.json#x.same", "planned plan.json#x.planned", "unknown plan.json#x.new"}},
		"without_planned_values": {changes,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"new plan.json#x.new", "same plan.json#x.same", "unknown plan.json#x.new"}},
		"planned_values_of_nothing": {`"planned_values": {"root_module": {}}, ` + changes,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"new plan.json#x.new", "same plan.json#x.same", "unknown plan.json#x.new"}},
		"deferred": {planned + "," + deferred,
			[]string{"later plan.json#x.later[*]", "unknown plan.json#x.later[*]"},
			[]string{"planned plan.json#x.planned", "later plan.json#x.later[*]", "unknown plan.json#x.later[*]"}},
		"deferred_without_planned_values": {changes + "," + deferred,
			[]string{"new plan.json#x.new", "later plan.json#x.later[*]", "unknown plan.json#x.new", "unknown plan.json#x.later[*]"},
			[]string{"new plan.json#x.new", "same plan.json#x.same", "later plan.json#x.later[*]", "unknown plan.json#x.new", "unknown plan.json#x.later[*]"}},
		"several_plans": {changes + `}
			{"format_version": "1.2", ` + planned + `} {"format_version": "1.2", ` + planned + "," + changes,
			[]string{"new plan.json#x.new", "unknown plan.json#x.new"},
			[]string{"new plan.json#x.new", "same plan.json#x.same", "planned plan.json#x.planned", "unknown plan.json#x.new"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for scope, want := range map[terraform.Scope][]string{terraform.ScopeChanged: test.changed, terraform.ScopeAll: test.all} {
				got := inPlan(t, `{"format_version": "1.2", `+test.parts+`}`, scope)
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
		form    = "its JSON does not have the right structure"
		wrapper = "it begins with a line of the wrapper that setup-terraform installs: set terraform_wrapper: false"
		lines   = "it is what terraform plan -json logs, one message a line"
		printed = "it is text, as terraform plan and terraform show without -json print it"
	)
	tests := map[string]struct{ content, want string }{
		"empty":              {"", "its JSON is broken after byte 0"},
		"text":               {"app = name", form},
		"printed":            {"\nTerraform used the selected providers to generate the following execution\nplan. Resource actions are", printed},
		"printed_in_colours": {"\x1b[0m\x1b[1mdata.aws_ami.web: Reading...\x1b[0m\n", printed},
		"printed_outputs":    {"\r\nChanges to Outputs:\r\n  + b = 1\r\n", printed},
		"printed_in_utf_16":  {"\xff\xfeT\x00e\x00r\x00r\x00a\x00f\x00o\x00r\x00m\x00", printed},
		"cut_in_a_resource":  {`{"format_version": "1.2", "resource_changes": [{"address": "a`, "its JSON is broken after byte 61"},
		"json_lines_as_real": {`{"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui","terraform":"1.11.4","type":"version","ui":"1.2"}` + "\n", lines},
		"plan_and_text":      {workspacetest.Plan(`"no-op"`, "{}") + "\nDone.", "its JSON is followed by something else"},
		"plan_and_state":     {workspacetest.Plan(`"no-op"`, "{}") + `{"format_version": "1.0", "values": {}}`, "it is a state: use the input state"},
		"plan_file":          {"PK\x03\x04", "it is a binary plan, as terraform plan -out writes it"},
		"redacted":           {`{"plan_format_version":"0.2","resource_changes":[]}`, "it is the redacted plan of HCP Terraform's API, of which json-output has the whole one"},
		"wrapper":            {"[command]/usr/bin/terraform-bin show -json plan\n{}", wrapper},
		"debugging_wrapper":  {"::debug::exitcode: 0\n{}", wrapper},
		"wrapper_behind":     {workspacetest.Plan(`"no-op"`, "{}") + "\n\n::debug::exitcode: 0\n", strings.Replace(wrapper, "begins", "ends", 1)},
		"array":              {`[]`, form},
		"other_types":        {`{"format_version": "1.2", "resource_changes": {"secret": "hunter2"}}`, form},
		"other_json":         {`{"name": "app", "version": "1.0.0"}`, "it has no format_version"},
		"shown_state":        {`{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}`, "it is a state: use the input state"},
		"state":              {`{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}`, "it is a state as Terraform stores it"},
		"empty_state":        {`{"format_version": "1.0"}`, "it has neither planned_values nor resource_changes"},
		"format_that_is_no":  {`{"format_version": null, "resource_changes": []}`, "it has no format_version"},
		"hostile_format":     {`{"format_version": "\n::error::x", "resource_changes": []}`, `its format_version "\n::error::x" is not supported`},
		"planning_failed":    {`{"format_version": "1.2", "planned_values": {"root_module": {}}, "errored": true}`, "the plan failed, so it is incomplete"},
		"nested_too_deep":    {`{"x": ` + strings.Repeat("[", 20_000), "its JSON is nested more than 1000 deep"},
		"utf_16":             {"\xff\xfe{\x00}\x00", "it has no format_version"},
		"actions_no_list":    {`{"format_version": "1.2", "resource_changes": [{"change": {"actions": "create"}}]}`, form},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workspacetest.Folder{"plan.json": test.content}.Make(t, t.TempDir())
			want := `The input plan: "plan.json" is not a plan: ` + test.want + `. Create it with terraform show -json FILE, where FILE is what terraform plan -out=FILE wrote.`
			for _, scope := range terraform.Scopes() {
				if got := workspacetest.Refused(t, dir, workspace.Sources{Plans: []string{"*"}, Scope: scope}); got != want {
					t.Errorf("%s: got  %s\nwant %s", scope, got, want)
				}
			}
		})
	}
}

func TestFind_no_state(t *testing.T) {
	t.Parallel()
	for content, why := range map[string]string{
		`{"version": 4, "serial": 1}`:                 "it is a state as Terraform stores it",
		workspacetest.Plan(`"create"`, "{}"):          "it is a plan: use the input plan",
		`{"state_format_version": "1.0", "root": {}}`: "it is a redacted state of HCP Terraform's API",
		`{"name": "app"}`:                             "it has no format_version",
		`{"format_version": "1.0", "values": {"root_module": ` + strings.Repeat(`{"child_modules": [`, 20_000): "its JSON is nested more than 1000 deep",
	} {
		dir := workspacetest.Folder{"state.json": content}.Make(t, t.TempDir())
		want := `The input state: "state.json" is not a state: ` + why + `. Create it with terraform show -json, without a plan file.`
		if got := workspacetest.Refused(t, dir, workspace.Sources{States: []string{"state.json"}}); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
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
		for _, scope := range terraform.Scopes() {
			if got := inPlan(t, plan, scope); got != nil {
				t.Errorf("%s, %s: got %v, want nothing", name, scope, got)
			}
		}
	}
}
