package workspace_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

const (
	packerBlock = "source \"azure-arm\" \"x\" {\n  shared_image_gallery {\n    subscription = \"s-1\"\n    resource_group = \"rg\"\n    # image_name = \"y\"\n" +
		"    gallery_name = \"g\"\n    image_name = \"x\"\n    image_version = \"1.2.3\"\n  }\n  shared_image_gallery_destination {\n  subscription = \"s-2\"\n  }\n}\n"
	machineBlock = "spec:\n  image:\n    computeGallery:\n      gallery: g\n      # name: y\n      name: 'x'\n      version: \"1.2.3\" # new\n\n" +
		"      subscriptionID: s-1\n      resourceGroup: rg\n      plan: {publisher: p}\n  name: other\n"
	composedID = "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/x/versions/1.2.3"
)

// TestFind_composed is about ids that stand in several fields. They are found at the first of their lines, and left
// by fix.
func TestFind_composed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file, text string
		want       []string
	}{
		"packer":                {"a.pkr.hcl", packerBlock, []string{composedID + " a.pkr.hcl:2"}},
		"packer_json":           {"a.json", `{"builders": [{"shared_image_gallery": {"subscription": "s-1", "resource_group": "rg", "gallery_name": "g", "image_name": "x", "image_version": "1.2.3"}, "name": "y"}]}`, []string{composedID + " a.json:1"}},
		"packer_newest":         {"a.pkr.hcl", strings.Replace(packerBlock, "image_version", "# image_version", 1), []string{strings.TrimSuffix(composedID, "/versions/1.2.3") + " floating a.pkr.hcl:2"}},
		"packer_variable":       {"a.pkr.hcl", strings.Replace(packerBlock, `"g"`, "local.gallery", 1), nil},
		"packer_template":       {"a.pkr.hcl", strings.Replace(packerBlock, `"1.2.3"`, `"${var.version}"`, 1), nil},
		"packer_incomplete":     {"a.pkr.hcl", strings.Replace(packerBlock, "subscription =", "other =", 1), nil},
		"machine":               {"a.yaml", machineBlock, []string{composedID + " a.yaml:3"}},
		"machine_at_the_end":    {"a.yaml", machineBlock[:strings.Index(machineBlock, "      plan")], []string{composedID + " a.yaml:3"}},
		"machine_flow":          {"a.yaml", "computeGallery: {gallery: g, name: x, version: 1.2.3,\n  subscriptionID: s-1, resourceGroup: rg}", []string{composedID + " a.yaml:1"}},
		"machine_anchor":        {"a.yaml", strings.Replace(machineBlock, "Gallery:", "Gallery: &web # golden", 1), []string{composedID + " a.yaml:3"}},
		"machine_of_old":        {"a.yaml", strings.Replace(machineBlock, "computeGallery", "sharedGallery", 1), []string{composedID + " a.yaml:3"}},
		"machine_twice":         {"a.yaml", machineBlock + machineBlock, []string{composedID + " a.yaml:3 a.yaml:15"}},
		"machine_of_community":  {"a.yaml", "- computeGallery:\n    gallery: g\n    name: x\n    version: latest\n", []string{"/CommunityGalleries/g/Images/x/versions/latest floating a.yaml:1"}},
		"machine_in_a_comment":  {"a.yaml", "# computeGallery: {gallery: g, name: x, version: 1.2.3}", nil},
		"gcloud":                {"a.sh", "gcloud compute instances create a --image=web-7 --image-project=acme-images", []string{"projects/acme-images/global/images/web-7 a.sh:1"}},
		"gcloud_lines":          {"a.sh", "gcloud compute instances create a \\\n  --image-project acme-images \\\n  --zone=b \\\n  --image 'web-7' \\\n", []string{"projects/acme-images/global/images/web-7 a.sh:2"}},
		"gcloud_folded":         {"a.yaml", "run: >-\n  gcloud compute instances create a\n  --image-project acme-images\n  --zone=b\n  --image web-7\n", []string{"projects/acme-images/global/images/web-7 a.yaml:3"}},
		"gcloud_power_shell":    {"a.ps1", "gcloud compute disks create a `\r\n --image=web-7 `\r\n --image-project=acme-images\r\n", []string{"projects/acme-images/global/images/web-7 a.ps1:2"}},
		"gcloud_family":         {"a.sh", "gcloud x --image-family=web --image-project=acme-images --image-family-scope=global", []string{"projects/acme-images/global/images/family/web floating a.sh:1"}},
		"gcloud_source":         {"a.sh", "gcloud compute images create a --source-image=web-7 --source-image-project=acme-images", []string{"projects/acme-images/global/images/web-7 a.sh:1"}},
		"gcloud_two":            {"a.sh", "gcloud a --image=web-7\ngcloud b --image-project=other && gcloud c --image-project=acme-images --image=web-8", []string{"projects/acme-images/global/images/web-8 a.sh:2"}},
		"gcloud_list":           {"cloudbuild.yaml", "args: ['create', '--image', 'web-7', '--image-project', 'acme-images']\n", []string{"projects/acme-images/global/images/web-7 cloudbuild.yaml:1"}},
		"gcloud_in_json":        {"a.json", `{"run": "gcloud a --image=\"web-7\" --image-project acme-images\ngcloud a --image=web\$N --image-project acme-images"}`, []string{"projects/acme-images/global/images/web-7 a.json:1"}},
		"gcloud_list_of_lines":  {"cloudbuild.yaml", "args:\n- create\n- --image=web-7\n- '--image-project'\n- 'acme-images'\nid: x", []string{"projects/acme-images/global/images/web-7 cloudbuild.yaml:3"}},
		"gcloud_separate_lines": {"a.yaml", "- gcloud a --image=web-7\n- gcloud a --image-project=acme-images\n", nil},
		"gcloud_variable":       {"a.sh", "gcloud a --image=web-$N --image-project=acme-images\ngcloud a --image=web-7 --image-project=$P", nil},
		"gcloud_path":           {"a.sh", "gcloud a --image=projects/acme-images/global/images/web-7 --image-project=acme-images", []string{"projects/acme-images/global/images/web-7 a.sh:1"}},
		"value":                 {"a.tf", "resource \"google_compute_instance\" \"a\" {\n  boot_disk { initialize_params { image_id = 1, image = \"debian-cloud/debian-12\" } }\n  boot_image = \"a-project/web-8\"\n}", []string{"debian-cloud/debian-12 may-float a.tf:2"}},
		"value_of_a_template":   {"a.tf", "resource \"google_compute_instance_template\" \"a\" {\n  disk {\n    source_image = \"acme-images/web-7\"\n  }\n}", []string{"acme-images/web-7 may-float a.tf:3"}},
		"value_of_terragrunt":   {"terragrunt.hcl", "inputs = {\n  image = \"acme-images/web-7\"\n}", []string{"acme-images/web-7 may-float terragrunt.hcl:2"}},
		"value_of_a_container":  {"a.tf", "resource \"docker_container\" \"a\" {\n  image = \"hashicorp/terraform\"\n}\nmodule \"b\" {\n  image = \"acme-images/web-7\"\n  sidecar = { image = \"ghcr.io/acme\" }\n}", []string{"acme-images/web-7 may-float a.tf:5"}},
		"value_elsewhere":       {"a.pkr.hcl", "image = \"hashicorp/terraform\"", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workspacetest.Folder{test.file: test.text}.Make(t, t.TempDir())
			got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{test.file}}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", test.text, diff)
			}
		})
	}
}

// TestFix_composed is about an image that stands in several fields and whole on the same line: the fields are left, so that
// the line is not fixed.
func TestFix_composed(t *testing.T) {
	t.Parallel()
	const options = "gcloud a --image=web-20251101 --image-project=acme-prod-1 # "
	dir := workspacetest.Folder{"a.sh": options + workspacetest.GoogleImage, "b.tf": `image = "acme-prod-1/web-20251101"`}.Make(t, t.TempDir())
	list := replacements(t, dir, "*")
	fixed, err := workspace.Fix(t.Context(), dir, []string{"a.sh", "b.tf"}, list)
	if err != nil || fixed.Everywhere(list[0].Image) {
		t.Errorf("fixed everywhere, or %v", err)
	}
	if diff := cmp.Diff([]string{"b.tf:1"}, places(fixed)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, want := read(t, dir, "a.sh")+read(t, dir, "b.tf"), options+newGoogle+`image = "acme-prod-1/web-2"`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
