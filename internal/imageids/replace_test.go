package imageids_test

import (
	"strings"
	"testing"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

func TestReplacement_For(t *testing.T) {
	t.Parallel()
	const newImage, host = "projects/acme-new/global/images/web-2", "https://www.googleapis.com/compute/v1/"
	label := map[string]string{"self_link": host + newImage}
	newVersion := strings.Replace(workspacetest.AzureVersion, "1.20.300", "1.21.0", 1)
	tests := map[string]struct {
		written, with string
		labels        map[string]string
		want          string // empty where there is none
	}{
		"ami":                       {"ami-12345678", "ami-0123456789abcdef0", nil, "ami-0123456789abcdef0"},
		"ami_that_is_the_same":      {"ami-12345678", "ami-12345678", nil, ""},
		"ami_by_another_cloud":      {"ami-12345678", newVersion, nil, ""},
		"ami_by_hostile_text":       {"ami-12345678", "ami-0123456789abcdef0\"\nprovisioner", nil, ""},
		"ami_by_nothing":            {"ami-12345678", "", nil, ""},
		"azure":                     {strings.ToLower(workspacetest.AzureVersion), newVersion, nil, newVersion},
		"azure_in_other_case":       {workspacetest.AzureVersion, strings.ToUpper(workspacetest.AzureVersion), nil, ""},
		"azure_by_hostile_text":     {workspacetest.AzureVersion, newVersion + "\" x=\"", nil, ""},
		"azure_by_what_floats":      {workspacetest.AzureVersion, strings.Replace(workspacetest.AzureVersion, "1.20.300", "latest", 1), nil, ""},
		"google_link":               {workspacetest.GoogleLink, "web-2", label, host + newImage},
		"google_short":              {"acme/web-1", "web-2", label, "acme-new/web-2"},
		"google_global":             {"global/images/web-1", "web-2", label, "global/images/web-2"},
		"google_name":               {"web-1", "web-2", label, "web-2"},
		"google_by_a_path":          {workspacetest.GoogleImage, newImage, nil, newImage},
		"google_name_by_a_path":     {"web-1", newImage, nil, "web-2"},
		"google_without_label":      {workspacetest.GoogleImage, "web-2", nil, ""},
		"google_label_of_others":    {workspacetest.GoogleImage, "web-3", label, ""},
		"google_label_of_a_family":  {workspacetest.GoogleImage, "web", map[string]string{"self_link": "projects/acme/global/images/family/web"}, ""},
		"google_hostile_label":      {workspacetest.GoogleImage, "web-2", map[string]string{"self_link": newImage + "\"\n"}, ""},
		"google_that_is_the_same":   {workspacetest.GoogleLink, "web-20251101", map[string]string{"self_link": workspacetest.GoogleLink}, ""},
		"google_family":             {"projects/acme/global/images/family/web", "web-2", label, ""},
		"name_without_label":        {"web-1", "web-2", nil, "web-2"},
		"text_that_is_the_same":     {"Template 1", "Template 1", nil, ""},
		"name_by_text_of_no_cloud":  {"web-1", "Template 2", nil, "Template 2"},
		"google_path_by_an_ami":     {workspacetest.GoogleImage, "ami-12345678", label, ""},
		"google_path_by_other_text": {workspacetest.GoogleImage, "Template 2", label, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := imageids.Replacement{Image: imageids.Image{ID: test.written}, With: test.with, Labels: test.labels}
			if got, ok := r.For(test.written); ok != (test.want != "") || ok && got != test.want {
				t.Errorf("got %q and %t, want %q", got, ok, test.want)
			}
		})
	}
}
