package selection_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// build is one with an image in each region, whose id is made from the provider and the region.
func build(provider, component string, labels map[string]string, regions ...string) registry.Build {
	b := registry.Build{ID: component, CloudProvider: provider, ComponentType: component, Status: registry.BuildDone, Labels: labels}
	for _, region := range regions {
		b.Images = append(b.Images, registry.Image{ImageID: provider + "-" + region, Region: region})
	}
	return b
}

// builds are two architectures in one region, one of them in a second one, and another cloud.
func builds() []registry.Build {
	unfinished := build("aws", "ebs.running", nil, "us-east-1")
	unfinished.Status = "RUNNING"
	return []registry.Build{
		build("aws", "ebs.amd64", map[string]string{"arch": "amd64", "os": "debian-12", "note": ""}, "us-east-1", "eu-central-1"),
		unfinished,
		build("aws", "ebs.arm64", map[string]string{"arch": "arm64", "os": "debian-12"}, "us-east-1"),
		build("azure", "arm.amd64", map[string]string{"arch": "amd64", "os": "debian-12"}, "westeurope"),
	}
}

// title is that of the problem that err is, and empty for none.
func title(t *testing.T, err error) problem.Title {
	t.Helper()
	var p *problem.Problem
	if err != nil && !errors.As(err, &p) {
		t.Fatalf("got %v, want a problem", err)
	}
	if p == nil {
		return ""
	}
	return p.Title
}

func TestSelect(t *testing.T) {
	t.Parallel()
	none, several := string(problem.NoMatchingImage), string(problem.AmbiguousImage)
	all := "ebs.amd64 us-east-1, ebs.amd64 eu-central-1, ebs.arm64 us-east-1, arm.amd64 westeurope"
	labels := func(pairs ...selection.Label) selection.Selectors { return selection.Selectors{Labels: pairs} }
	for name, test := range map[string]struct {
		selectors selection.Selectors
		want      string // images, each by component type and region, or a title
	}{
		"no_selector":                {selection.Selectors{}, all},
		"region":                     {selection.Selectors{Region: "eu-central-1"}, "ebs.amd64 eu-central-1"},
		"region_in_another_case":     {selection.Selectors{Region: "EU-central-1"}, none},
		"region_in_part":             {selection.Selectors{Region: "eu-central"}, none},
		"cloud_provider":             {selection.Selectors{CloudProvider: "azure"}, "arm.amd64 westeurope"},
		"cloud_provider_unknown":     {selection.Selectors{CloudProvider: "gce"}, none},
		"component_type":             {selection.Selectors{ComponentType: "ebs.arm64"}, "ebs.arm64 us-east-1"},
		"component_type_in_part":     {selection.Selectors{ComponentType: "ebs"}, none},
		"component_type_running":     {selection.Selectors{ComponentType: "ebs.running"}, none},
		"label":                      {labels(selection.Label{"arch", "arm64"}), "ebs.arm64 us-east-1"},
		"labels_all":                 {labels(selection.Label{"os", "debian-12"}, selection.Label{"arch", "arm64"}), "ebs.arm64 us-east-1"},
		"label_with_no_value":        {selection.Selectors{Region: "us-east-1", Labels: []selection.Label{{"note", ""}}}, "ebs.amd64 us-east-1"},
		"label_of_another_value":     {labels(selection.Label{"arch", "riscv"}), none},
		"label_of_no_build":          {labels(selection.Label{"missing", ""}), none},
		"label_contradicting_itself": {labels(selection.Label{"arch", "amd64"}, selection.Label{"arch", "arm64"}), none},
		"label_of_several":           {labels(selection.Label{"arch", "amd64"}), several},
		"several_selectors":          {selection.Selectors{Region: "us-east-1", ComponentType: "ebs.amd64"}, "ebs.amd64 us-east-1"},
		"selectors_of_two_images":    {selection.Selectors{Region: "westeurope", CloudProvider: "aws"}, none},
		"two_architectures":          {selection.Selectors{Region: "us-east-1"}, several},
		"two_regions":                {selection.Selectors{ComponentType: "ebs.amd64"}, several},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			images, err := selection.Select(builds(), test.selectors)
			var got []string
			for _, i := range images {
				got = append(got, i.ComponentType+" "+i.Region)
			}
			if err != nil {
				got = append(got, string(title(t, err)))
			}
			if got := strings.Join(got, ", "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestSelect_takes_done_builds_only(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"RUNNING", "FAILED", "CANCELLED", "UNSET", "", "done", "BUILD_DONE"} {
		b := build("aws", "ebs", nil, "us-east-1")
		b.Status = status
		if images, err := selection.Select([]registry.Build{b}, selection.Selectors{}); err != nil || len(images) != 0 {
			t.Errorf("%s: got %v, %v, want none", status, images, err)
		}
	}
}

func TestSelect_json(t *testing.T) {
	t.Parallel()
	b := registry.Build{
		ID: "01BUILD", CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Status: registry.BuildDone,
		Labels: map[string]string{"os": "ubuntu"},
		Images: []registry.Image{{
			ID: "01IMAGE", ImageID: "ami-1", Region: "us-east-1",
			CreatedAt: registry.At(time.Date(2026, 9, 20, 10, 0, 0, 0, time.UTC)),
		}},
	}
	for want, builds := range map[string][]registry.Build{
		`[{"image_id":"ami-1","region":"us-east-1","cloud_provider":"aws",` +
			`"component_type":"amazon-ebs.ubuntu","build_id":"01BUILD","id":"01IMAGE",` +
			`"created_at":"2026-09-20T10:00:00.000Z","labels":{"os":"ubuntu"}}]`: {b},
		`[]`: nil,
	} {
		images, err := selection.Select(builds, selection.Selectors{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(images); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func TestSelect_image_id_unfit_to_use(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"", "ami-1\nami-2", "ami-1\r", "ami-1\x00", "ami-1\xff", "ami-\u202e1", "ami-1\u2028", "ami\u200b-1", "\ufeffami-1",
		"ami-1\u00a0", " ami-1", "ami-1 ", " ",
	} {
		b := build("aws", "ebs", nil, "us-east-1")
		b.Images[0].ImageID = id
		_, err := selection.Select([]registry.Build{b}, selection.Selectors{})
		if got, want := title(t, err), problem.UnexpectedResponse; got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

func TestSelect_passes_over_an_unfit_image_id_that_is_not_selected(t *testing.T) {
	t.Parallel()
	b := build("aws", "ebs", nil, "us-east-1", "eu-central-1")
	b.Images[0].ImageID = "ami-1\nami-2"
	if _, err := selection.Select([]registry.Build{b}, selection.Selectors{Region: "eu-central-1"}); err != nil {
		t.Error(err)
	}
}

// TestSelect_bounds_labels has a build whose labels each of its images repeats.
func TestSelect_bounds_labels(t *testing.T) {
	t.Parallel()
	labels := map[string]string{"note": strings.Repeat("x", 1<<20)}
	for images, want := range map[int]problem.Title{31: "", 32: problem.UnexpectedResponse} {
		regions := strings.Split(strings.Repeat("us-east-1 ", images-1)+"us-east-1", " ")
		_, err := selection.Select([]registry.Build{build("aws", "ebs", labels, regions...)}, selection.Selectors{})
		if got := title(t, err); got != want {
			t.Errorf("%d images: got %q, want %q", images, got, want)
		}
	}
}

func TestSelect_message_lists(t *testing.T) {
	t.Parallel()
	many := build("aws", "ebs", nil)
	for i := range 25 {
		many.Images = append(many.Images, registry.Image{ImageID: fmt.Sprintf("ami-%03d", i+1), Region: "us-east-1"})
	}
	for name, test := range map[string]struct {
		builds    []registry.Build
		selectors selection.Selectors
		want      []string
	}{
		"the_selectors": {
			builds(), selection.Selectors{Region: "r", CloudProvider: "c", ComponentType: "t", Labels: []selection.Label{{"k", "v"}}},
			[]string{`region "r"`, `cloud-provider "c"`, `component-type "t"`, `"k=v"`},
		},
		"what_there_is": {
			builds(), selection.Selectors{Region: "mars"},
			[]string{"aws-us-east-1", "aws-eu-central-1", "azure-westeurope", "ebs.amd64", "ebs.arm64", "arm.amd64"},
		},
		"several": {builds(), selection.Selectors{Region: "us-east-1"}, []string{"2 images", "ebs.amd64", "ebs.arm64"}},
		"labels": {
			builds(), selection.Selectors{Labels: []selection.Label{{"arch", "riscv"}}}, []string{"arch=amd64", "arch=arm64"},
		},
		"twenty": {[]registry.Build{many}, selection.Selectors{Region: "us-east-1"}, []string{`"ami-020" ("aws, us-east-1, ebs") and 5 more`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := selection.Select(test.builds, test.selectors)
			if err == nil {
				t.Fatal("got no problem")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
}

// TestSelect_messages reads a message of each kind on what a hostile registry says: three sentences at most, and what
// others wrote quoted and clean.
func TestSelect_messages(t *testing.T) {
	t.Parallel()
	const hostile = "evil\"\n::error::##[error]\u202e"
	quoted, sentence := regexp.MustCompile(`"[^"]*"`), regexp.MustCompile(`[.!?](\s|$)`)
	b := build(hostile, hostile, map[string]string{hostile: hostile}, hostile)
	all := []selection.Label{{hostile, hostile}}
	_, none := selection.Select([]registry.Build{b}, selection.Selectors{Region: "evil", Labels: all})
	_, several := selection.Select([]registry.Build{b, b}, selection.Selectors{Labels: all})
	_, unfit := selection.Select([]registry.Build{b}, selection.Selectors{})
	for _, err := range []error{none, several, unfit} {
		got := err.Error()
		ours := quoted.ReplaceAllString(got, "…")
		if strings.ContainsAny(got, "\n\u202e") || strings.Contains(got, "##[") || strings.Contains(ours, "evil") || len(sentence.FindAllString(ours, -1)) > 3 {
			t.Errorf("got %q", got)
		}
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	n := int64(7)
	it := &registry.Iteration{Bucket: "golden", Name: "v7", Number: &n, Builds: []registry.Build{
		{CloudProvider: "aws", ComponentType: "amazon-ebs.golden", Status: registry.BuildDone, Images: []registry.Image{
			{ImageID: "ami-1", Region: "us-east-1"}, {ImageID: "ami-2", Region: "eu-central-1"},
		}},
		{CloudProvider: "azure", ComponentType: "azure-arm.golden", Status: "RUNNING", Images: []registry.Image{{ImageID: "golden", Region: "westeurope"}}},
	}}
	for name, tc := range map[string]struct {
		required []selection.Selectors
		says     string // empty where all is there
	}{
		"nothing":          {nil, ""},
		"there":            {[]selection.Selectors{{Region: "us-east-1"}, {CloudProvider: "aws", Region: "eu-central-1", ComponentType: "amazon-ebs.golden"}}, ""},
		"several_of_one":   {[]selection.Selectors{{CloudProvider: "aws"}}, ""},
		"not_done":         {[]selection.Selectors{{CloudProvider: "azure"}}, `Iteration v7 of bucket golden has no image for "cloud-provider=azure". It has "ami-1" ("aws, us-east-1, amazon-ebs.golden"), "ami-2"`},
		"of_no_build":      {[]selection.Selectors{{CloudProvider: "azure", Region: "us-east-1"}}, `no image for "cloud-provider=azure,region=us-east-1". It has`},
		"one_of_two":       {[]selection.Selectors{{Region: "us-east-1"}, {Region: "mars", ComponentType: "x\n"}}, `no image for "region=mars,component-type=x\n". It has`},
		"in_another_case":  {[]selection.Selectors{{Region: "US-EAST-1"}}, `no image for "region=US-EAST-1". It has`},
		"all_that_is_gone": {[]selection.Selectors{{Region: "a"}, {Region: "b"}}, `no image for "region=a", "region=b". It has`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := selection.Require(it, tc.required)
			if tc.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var p *problem.Problem
			if !errors.As(err, &p) || p.Title != problem.ImagesMissing || !strings.Contains(p.Message, tc.says) {
				t.Errorf("got %v, want %q in it", err, tc.says)
			}
		})
	}
}

func TestRequire_of_no_images(t *testing.T) {
	t.Parallel()
	it := &registry.Iteration{Bucket: "golden", Name: "v0"}
	if err := selection.Require(it, []selection.Selectors{{Region: "a"}}); err == nil || !strings.Contains(err.Error(), "It has no images of finished builds.") {
		t.Errorf("got %v", err)
	}
}
