package imageids_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

const (
	community = "/communityGalleries/acme-1/images/web"
	market    = "/Subscriptions/1/Providers/Microsoft.Compute/Locations/westeurope/Publishers/Canonical/ArtifactTypes/VMImage/Offers/ubuntu/Skus/server/Versions/24.04.1"
)

// TestSame has ids of the same image in a row, and no id of one row means one of another.
func TestSame(t *testing.T) {
	t.Parallel()
	images := [][]string{
		{
			"ami-0123456789abcdef0", "us-east-1:ami-0123456789abcdef0", "arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0",
			"https://ec2.amazonaws.com/?ImageId=ami-0123456789abcdef0&Version=2016-11-15", "\ufeffami-0123456789abcdef0\u200b;\n",
		},
		{"ami-0123456789abcdef1"},
		{workspacetest.AzureImage, strings.ToLower(workspacetest.AzureImage), strings.ToUpper(workspacetest.AzureImage), workspacetest.AzureImage + "/"},
		{strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "Größe", 1), strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "GRÖßE", 1)},
		{workspacetest.AzureVersion, strings.ToLower(workspacetest.AzureVersion)},
		{
			"projects/acme/global/images/web", "acme/web",
			"https://www.googleapis.com/compute/v1/projects/acme/global/images/web",
			"https://compute.googleapis.com/compute/beta/projects/acme/global/images/web",
			"https://WWW.googleapis.com/compute/v1/projects/acme/global/images/web", "acme/global/images/web",
			"https://content.googleapis.com/compute/v1/projects/acme/global/images/web\n",
			"https://example.com/compute/v1/projects/acme/global/images/web", "xprojects/acme; projects/acme/global/images/web;",
		},
		{"projects/other/global/images/web", "other/web"},
		{"global/images/web", "web"},
		{"projects/example.com:acme/global/images/web", "example.com:acme/web"},
		{"projects/acme/global/images/family/web", "acme/family/web", "https://www.googleapis.com/compute/v1/projects/acme/global/images/family/web"},
		{"global/images/family/web", "family/web"},
		{"projects/acme/global/disks/web"},
		{"acme/web/x"},
		{"/web"},
		{"Web"},
		{"Web/web"},
		{""},
	}
	for i, image := range images {
		for _, a := range image {
			for j, other := range images {
				for _, b := range other {
					if got := imageids.Same(a, b); got != (i == j) {
						t.Errorf("%q and %q: got %t", a, b, got)
					}
				}
			}
		}
	}
}

// TestFind_floating has ids that stand for whatever is newest, those that may, and others.
func TestFind_floating(t *testing.T) {
	t.Parallel()
	gallery := workspacetest.AzureGroup + "/galleries/g/images/web"
	for want, ids := range map[string][]string{
		" floating": {
			"resolve:ssm:/golden/web:3", "{{resolve:ssm:/golden/web}}", "ssm:/golden/web", "resolve:ssm:golden",
			"AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023/x.x.x",
			gallery, gallery + "/versions/LATEST", community,
			market[:strings.LastIndex(market, "/")] + "/latest", market[:strings.Index(market, "/Versions")],
			"Canonical:ubuntu-24_04-lts:server:latest",
			"projects/acme/global/images/family/web", "projects/acme/zones/europe-west1-b/imageFamilyViews/web", "family/web", "acme/family/web",
		},
		" may-float": {"debian-cloud/debian-12"},
		"": {
			"ami-0123456789abcdef0", "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023/1.2.3",
			workspacetest.AzureImage, workspacetest.AzureVersion, community + "/versions/1.2.3", market,
			"Canonical:ubuntu-24_04-lts:server:24.04.202401", "urn:vcloud:vapptemplate:latest", "a:b:latest", "a::c:latest",
			workspacetest.GoogleImage, "debian-12", "global/images/debian-12", "projects/acme/global/images/family",
			"private/12345", "fr-par-1/a1111111-1111-1111-1111-111111111111", "global/web", "gcr.io/acme/web:1", "a/b/family/web",
		},
	} {
		for _, id := range ids {
			got := workspacetest.Lines(workspacetest.Find(t, "", workspace.Sources{IDs: []string{id}}))
			if diff := cmp.Diff([]string{id + want}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		}
	}
}

func TestImage_Queries(t *testing.T) {
	t.Parallel()
	azure, azureUpper := workspacetest.AzureImage, strings.ToUpper(workspacetest.AzureImage)
	for name, test := range map[string]struct {
		image imageids.Image
		want  []string
	}{
		"ami":              {imageids.Image{ID: "ami-12345678"}, []string{"ami-12345678"}},
		"azure":            {imageids.Image{ID: azure}, []string{azure, strings.ToLower(azure)}},
		"azure_lower_case": {imageids.Image{ID: strings.ToLower(azure)}, []string{strings.ToLower(azure), workspacetest.AzureGroup + "/images/web-2025.11_a"}},
		"azure_spellings": {imageids.Image{ID: azureUpper + "/", Spellings: []string{azure}}, []string{azureUpper, azure,
			"/subscriptions/12345678-1234-9876-4563-123456789012/resourceGroups/WEB_(EU).RG-1/providers/Microsoft.Compute/images/WEB-2025.11_A", strings.ToLower(azure)}},
		"azure_community": {imageids.Image{ID: strings.ToLower(community) + "/versions/1.2.3"}, []string{strings.ToLower(community) + "/versions/1.2.3", "/CommunityGalleries/acme-1/Images/web/Versions/1.2.3"}},
		"value":           {imageids.Image{ID: "ami-12345678", Spellings: []string{"us-east-1:ami-12345678"}}, []string{"ami-12345678", "us-east-1:ami-12345678"}},
		"zone_and_uuid":   {imageids.Image{ID: "fr-par-1/a1111111-1111-1111-1111-111111111111"}, []string{"fr-par-1/a1111111-1111-1111-1111-111111111111", "a1111111-1111-1111-1111-111111111111"}},
		"urn_of_others":   {imageids.Image{ID: "urn:vcloud:vapptemplate:1"}, []string{"urn:vcloud:vapptemplate:1", "1"}},
		"offer":           {imageids.Image{ID: "Canonical:ubuntu:server:24.04.1"}, []string{"Canonical:ubuntu:server:24.04.1"}},
		"google_link":     {imageids.Image{ID: workspacetest.GoogleLink}, []string{workspacetest.GoogleImage, "web-20251101"}},
		"google_short":    {imageids.Image{ID: "acme-prod-1/web-20251101"}, []string{workspacetest.GoogleImage, "web-20251101"}},
		"google_global":   {imageids.Image{ID: "global/images/web"}, []string{"web"}},
		"other":           {imageids.Image{ID: "Some Template"}, []string{"Some Template"}},
		"family":          {imageids.Image{ID: "family/web"}, nil},
		"floating":        {imageids.Image{ID: "Canonical:ubuntu", Floating: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, query := range test.image.Queries() {
				got = append(got, query.Identifier)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestQuery_Accepts(t *testing.T) {
	t.Parallel()
	label := map[string]string{"self_link": "https://www.googleapis.com/compute/v1/projects/acme/global/images/web"}
	family := map[string]string{"self_link": "projects/acme/global/images/family/web"}
	tests := map[string]struct {
		id, external string
		labels       map[string]string
		want         bool
	}{
		"ami":                         {"ami-12345678", "ami-12345678", nil, true},
		"other_ami":                   {"ami-12345678", "ami-12345679", nil, false},
		"ami_within_an_id":            {"ami-12345678", "ami-12345678 ", nil, false},
		"azure_other_case":            {workspacetest.AzureImage, strings.ToUpper(workspacetest.AzureImage), nil, true},
		"google_path":                 {"acme/web", "projects/acme/global/images/web", nil, true},
		"google_link":                 {"acme/web", "https://compute.googleapis.com/compute/v1/projects/acme/global/images/web", nil, true},
		"google_path_of_others":       {"acme/web", "projects/other/global/images/web", label, false},
		"google_by_name":              {"acme/web", "web", label, true},
		"google_by_global_name":       {"acme/web", "global/images/web", label, true},
		"google_by_name_of_others":    {"other/web", "web", label, false},
		"google_by_name_unlabelled":   {"acme/web", "web", nil, true},
		"google_number_for_its_id":    {"123456789012/web", "web", label, true},
		"google_number_of_others":     {"123456789012/web", "projects/210987654321/global/images/web", nil, false},
		"google_path_without_label":   {"acme/global/images/web", "web", nil, true},
		"google_label_of_a_family":    {"acme/web", "web", family, true},
		"name_of_a_path":              {"web", "projects/acme/global/images/web", nil, true},
		"name_of_a_family":            {"web", "projects/acme/global/images/family/web", nil, false},
		"any_text":                    {"Some Template", "Some Template", nil, true},
		"azure_of_no_image":           {workspacetest.AzureImage, "", nil, false},
		"google_of_no_image":          {"acme/web", "", label, false},
		"google_path_of_an_ami":       {"ami-12345678", "projects/acme/global/images/ami-12345678", nil, false},
		"google_image_named_like_ami": {"projects/acme/global/images/ami-12345678", "ami-12345678", nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, query := range (imageids.Image{ID: test.id}).Queries() {
				if got := query.Accepts(test.external, test.labels); got != test.want {
					t.Errorf("searched for %q: got %t, want %t", query.Identifier, got, test.want)
				}
			}
		})
	}
}
