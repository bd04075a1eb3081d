package imageids_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
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
		"ami_in_signs":                {`"ami-12345678",(ami-12345679);image/ami-1234567a.--image-id=ami-1234567b:ami-1234567c`, []string{"ami-12345678 f:1", "ami-12345679 f:1", "ami-1234567a f:1", "ami-1234567b f:1", "ami-1234567c f:1"}},
		"ami_of_a_task":               {"import-ami-12345678 export-ami-0123456789abcdef0 app-ami-1a2b3c4d ami-1a2b3c4d-x golden-ami-0aaaaaaaaaaaaaaaa.4", nil},
		"ami_by_default":              {"${AMI:-ami-12345678} ${AMI-ami-12345679} ${AMI:=ami-1234567a} $AMI-ami-1234567b {-ami-1234567c} ${A[i-1]:-ami-1234567d} ${A[0]-ami-1234567e} ${A:-x-ami-1234567f} ${A}-ami-1234567f", []string{"ami-12345678 f:1", "ami-12345679 f:1", "ami-1234567a f:1", "ami-1234567d f:1", "ami-1234567e f:1"}},
		"ami_that_is_a_date":          {"golden-ami-20251126 ami-20251126-200458 golden-ami-20251126-200458", nil},
		"ami_like_a_date":             {"ami-20260131 golden-ami-20261301 ami-20251126abcdef012-x", []string{"ami-20260131 f:1"}},
		"ami_that_is_a_timestamp":     {"golden-ami-20260131123456789 ami-20260131123456789 golden-ami-20260131993456789", []string{"ami-20260131123456789 f:1"}},
		"ami_behind_an_escape":        {`"run\nami-12345670\tami-12345671\r\nami-12345672 \u0022ami-12345673 \x0aami-12345674 a%0Aami-12345675%20b"`, []string{"ami-12345670 f:1", "ami-12345671 f:1", "ami-12345672 f:1", "ami-12345673 f:1", "ami-12345674 f:1", "ami-12345675 f:1"}},
		"ami_behind_no_escape":        {`u0022ami-12345678 x0aami-12345678 0Aami-12345678 %nami-12345678`, nil},
		"google_behind_an_escape":     {`\n` + workspacetest.GoogleImage + `\nglobal/images/web\tresolve:ssm:/golden/web`, []string{workspacetest.GoogleImage + " f:1", "global/images/web f:1", "resolve:ssm:/golden/web floating f:1"}},
		"google_before_an_escape":     {workspacetest.GoogleImage + "%22", []string{workspacetest.GoogleImage + " f:1"}},
		"escaped_slashes":             {strings.ReplaceAll(workspacetest.AzureVersion+" "+workspacetest.GoogleLink+" acme/global/images/web", "/", `\/`), []string{workspacetest.AzureVersion + " f:1", workspacetest.GoogleLink + " f:1", "acme/global/images/web f:1"}},
		"ami_after_ami":               {"ami-ami-12345678", nil},
		"ami_after_a_letter_of_utf_8": {"éami-12345678é", []string{"ami-12345678 f:1"}},
		"azure_version":               {workspacetest.AzureVersion, []string{workspacetest.AzureVersion + " f:1"}},
		"azure_other_case":            {strings.ToUpper(workspacetest.AzureImage) + "\n" + strings.ToLower(workspacetest.AzureVersion), []string{strings.ToUpper(workspacetest.AzureImage) + " f:1", strings.ToLower(workspacetest.AzureVersion) + " f:2"}},
		"azure_after_a_host":          {"https://management.azure.com" + workspacetest.AzureImage + "?api-version=2024-07-01", []string{workspacetest.AzureImage + " f:1"}},
		"azure_at_the_end":            {"It is " + workspacetest.AzureImage + ".", []string{workspacetest.AzureImage + " f:1"}},
		"azure_definition":            {workspacetest.AzureGroup + "/galleries/golden/images/web", []string{workspacetest.AzureGroup + "/galleries/golden/images/web floating f:1"}},
		"azure_latest":                {workspacetest.AzureGroup + "/galleries/golden/images/web/versions/latest", []string{workspacetest.AzureGroup + "/galleries/golden/images/web/versions/latest floating f:1"}},
		"azure_latest_and_more":       {workspacetest.AzureGroup + "/galleries/golden/images/web/versions/latest2", nil},
		"azure_group_beyond_ascii":    {strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "Größe-rg_東京", 1), []string{strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "Größe-rg_東京", 1) + " f:1"}},
		"azure_group_of_no_letters":   {strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "web€", 1), nil},
		"azure_between_letters":       {"ö" + workspacetest.AzureImage + "ö", []string{workspacetest.AzureImage + " f:1"}},
		"azure_two_numbers":           {workspacetest.AzureGroup + "/galleries/golden/images/web/versions/1.2", nil},
		"azure_disk":                  {workspacetest.AzureGroup + "/disks/web", nil},
		"azure_other_provider":        {strings.Replace(workspacetest.AzureImage, "Compute", "Storage", 1), nil},
		"azure_variable_in_it":        {strings.Replace(workspacetest.AzureImage, "12345678-1234-9876-4563-123456789012", "${var.subscription}", 1), nil},
		"azure_variable_at_the_end":   {workspacetest.AzureGroup + "/images/web-${var.version} " + workspacetest.AzureVersion + "{{ patch }}", nil},
		"azure_space_in_it":           {strings.Replace(workspacetest.AzureImage, "web_", "web _", 1), nil},
		"google_link":                 {workspacetest.GoogleLink, []string{workspacetest.GoogleLink + " f:1"}},
		"google_other_host":           {"https://compute.googleapis.com/compute/beta/" + workspacetest.GoogleImage, []string{"https://compute.googleapis.com/compute/beta/" + workspacetest.GoogleImage + " f:1"}},
		"google_forms":                {workspacetest.GoogleImage + " " + workspacetest.GoogleLink + "\n" + workspacetest.GoogleLink, []string{workspacetest.GoogleImage + " f:1 f:2"}},
		"google_without_project":      {"global/images/web ${var.project}/global/images/x my-global/images/x", []string{"global/images/web f:1"}},
		"google_project_of_a_domain":  {"projects/example.com:acme/global/images/web", []string{"projects/example.com:acme/global/images/web f:1"}},
		"google_at_the_end":           {"It is " + workspacetest.GoogleImage + ".", []string{workspacetest.GoogleImage + " f:1"}},
		"google_goes_on":              {workspacetest.GoogleImage + "- " + workspacetest.GoogleImage + "-PREV_MINOR-nightly " + workspacetest.GoogleImage + "_1", nil},
		"google_with_its_project":     {"acme-ci/global/images/runner-v7 google-machine-image:acme/global/images/web example.com:acme/global/images/web", []string{"acme-ci/global/images/runner-v7 f:1", "acme/global/images/web f:1", "example.com:acme/global/images/web f:1"}},
		"google_project_of_an_escape": {`"run\nacme/global/images/a\u003eimage:acme/global/images/b%20acme/global/images/c%22"`, []string{"acme/global/images/a f:1", "acme/global/images/b f:1", "acme/global/images/c f:1"}},
		"google_behind_a_letter":      {"ßacme/global/images/web", []string{"acme/global/images/web f:1"}},
		"google_with_no_project":      {"$PROJECT/global/images/web ${x}/global/images/web -acme/global/images/web /acme/global/images/web $project/global/images/web", nil},
		"google_reserved_project":     {"projects/global/global/images/web projects/images/global/images/web family/global/images/web", nil},
		"google_host_like_googles":    {"https://xgoogleapis.com/compute/v1/" + workspacetest.GoogleImage, []string{workspacetest.GoogleImage + " f:1"}},
		"google_family":               {"projects/acme/global/images/family/web " + workspacetest.GoogleLink[:len("https://www.googleapis.com/compute/v1/")] + "projects/acme/global/images/family/web", []string{"projects/acme/global/images/family/web floating f:1"}},
		"google_family_of_a_variable": {"projects/acme/global/images/family/${var.family} projects/acme/global/images/family/", nil},
		"google_named_like_a_family":  {"projects/acme/global/images/family-web", []string{"projects/acme/global/images/family-web f:1"}},
		"google_upper_case":           {"projects/acme/global/images/Web Projects/acme/global/images/web projects/Acme/global/images/web", nil},
		"google_in_a_word":            {"myprojects/acme/global/images/web", nil},
		"google_variable":             {"projects/$PROJECT/global/images/web projects/acme/global/images/web-$VERSION projects/acme/global/images/web%s", nil},
		"google_disk":                 {"projects/acme/zones/europe-west1-b/disks/web", nil},
		"lines":                       {"\nami-12345678\r\n\nami-12345679 ami-12345678\n", []string{"ami-12345678 f:2 f:4", "ami-12345679 f:4"}},
		"one_after_another":           {workspacetest.AzureImage + ":" + workspacetest.AzureVersion + ":" + workspacetest.GoogleLink, []string{workspacetest.AzureImage + " f:1", workspacetest.AzureVersion + " f:1", workspacetest.GoogleLink + " f:1"}},
		"cut_at_the_end":              {"ami- /subscriptions/ projects/ https://www.googleapis.com/compute/v1/projects/ ami-1234567", nil},
		"longer_than_any_id":          {"/subscriptions/" + strings.Repeat("1", 2000) + workspacetest.AzureImage, []string{workspacetest.AzureImage + " f:1"}},
		"longer_name_than_any_id":     {workspacetest.AzureImage + strings.Repeat("a", 2000), nil},
		"invalid_utf_8":               {"\xffami-12345678\xff", []string{"ami-12345678 f:1"}},
		"parameter_of_an_account":     {"resolve:ssm:arn:aws-cn:ssm:cn-north-1:123456789012:parameter/web:prod {{resolve:ssm:arn:aws:ssm:us-east-1:1:parameter/db}}", []string{"resolve:ssm:arn:aws-cn:ssm:cn-north-1:123456789012:parameter/web:prod floating f:1"}},
		"parameter_of_no_path":        {"Say resolve:ssm:NAME, resolve:ssm:/, resolve:ssm:/a//b or resolve:ssm:/a/b/; resolve:ssm:golden-ami and resolve:ssm:Web_Image:3.", []string{"resolve:ssm:golden-ami floating f:1", "resolve:ssm:Web_Image:3 floating f:1"}},
		"parameter_type":              {`Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>`, []string{"AWS::SSM::Parameter::Value<AWS::EC2::Image::Id> floating f:1"}},
		"parameter_type_of_a_list":    {"AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>", []string{"AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>> floating f:1"}},
		"parameter_type_in_json":      {`"AWS::SSM::Parameter::Value\u003cAWS::EC2::Image::Id\u003e" AWS::SSM::Parameter::Value<String>`, []string{`AWS::SSM::Parameter::Value\u003cAWS::EC2::Image::Id\u003e floating f:1`}},
		"azure_community":             {"/CommunityGalleries/acme-1/Images/web/Versions/1.2.3 /sharedGalleries/g/images/web", []string{"/CommunityGalleries/acme-1/Images/web/Versions/1.2.3 f:1", "/sharedGalleries/g/images/web floating f:1"}},
		"azure_goes_on":               {workspacetest.AzureImage + "- " + workspacetest.AzureVersion + ".4 " + workspacetest.AzureVersion + "-rc", nil},
		"parameter":                   {"resolve:ssm:/golden/web:3, 'resolve:ssm:/golden/web'", []string{"resolve:ssm:/golden/web:3 floating f:1", "resolve:ssm:/golden/web floating f:1"}},
		"parameter_of_a_template":     {"{{resolve:ssm:/golden/Ami/web}} {{resolve:ssm:/db/host}}", []string{"resolve:ssm:/golden/Ami/web floating f:1"}},
		"parameter_of_an_image":       {`"ImageId": "{{resolve:ssm:/golden/web:1}}"`, []string{"resolve:ssm:/golden/web:1 floating f:1"}},
		"parameter_of_a_later_line":   {"ImageId: ami-12345678\nHost: '{{resolve:ssm:/golden/web:1}}'", []string{"ami-12345678 f:1"}},
		"parameter_cut_at_the_end":    {"resolve:ssm:", nil},
		"parameter_of_a_variable":     {"resolve:ssm:/golden/${var.name} resolve:ssm: resolve:ssm:$NAME", nil},
		"nul_at_8000":                 {strings.Repeat(" ", 7999) + "\x00ami-12345678", []string{`warning The input files: "f" is binary and was not searched.`}},
		"nul_at_8001":                 {strings.Repeat(" ", 8000) + "\x00ami-12345678", []string{"ami-12345678 f:1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workspacetest.Folder{"f": test.text}.Make(t, t.TempDir())
			got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{"f"}}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
