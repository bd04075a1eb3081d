package imageids_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
)

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
		"ami_that_is_a_timestamp":     {"golden-ami-20260131123456789 ami-20260131123456789 golden-ami-20260131993456789", []string{"ami-20260131123456789 f:1", "ami-20260131993456789 f:1"}},
		"ami_behind_an_escape":        {`"run\nami-12345670\tami-12345671\r\nami-12345672 \u0022ami-12345673 \x0aami-12345674 a%0Aami-12345675%20b"`, []string{"ami-12345670 f:1", "ami-12345671 f:1", "ami-12345672 f:1", "ami-12345673 f:1", "ami-12345674 f:1", "ami-12345675 f:1"}},
		"ami_behind_no_escape":        {`u0022ami-12345678 x0aami-12345678 0Aami-12345678 %nami-12345678`, nil},
		"google_behind_an_escape":     {`\n` + googleImage + `\nglobal/images/web\tresolve:ssm:/golden/web`, []string{googleImage + " f:1", "global/images/web f:1", "resolve:ssm:/golden/web floating f:1"}},
		"google_before_an_escape":     {googleImage + "%22", []string{googleImage + " f:1"}},
		"escaped_slashes":             {strings.ReplaceAll(azureVersion+" "+googleLink, "/", `\/`), []string{azureVersion + " f:1", googleLink + " f:1"}},
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
		"parameter_of_an_image":       {`"ImageId": "{{resolve:ssm:/golden/web:1}}"`, []string{"resolve:ssm:/golden/web:1 floating f:1"}},
		"parameter_of_a_later_line":   {"ImageId: ami-12345678\nHost: '{{resolve:ssm:/golden/web:1}}'", []string{"ami-12345678 f:1"}},
		"parameter_of_a_variable":     {"resolve:ssm:/golden/${var.name} resolve:ssm: resolve:ssm:$NAME", nil},
		"nul_at_8000":                 {strings.Repeat(" ", 7999) + "\x00ami-12345678", []string{`warning The input files: "f" is binary and was not searched.`}},
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
