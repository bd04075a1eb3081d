package selection_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// names are the images, each as component type and region.
func names(images []selection.Image) []string {
	var list []string
	for _, i := range images {
		list = append(list, i.ComponentType+" "+i.Region)
	}
	return list
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

func TestSelect_one(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		selectors selection.Selectors
		want      string
	}{
		"region":              {selection.Selectors{Region: "eu-central-1"}, "ebs.amd64 eu-central-1"},
		"cloud_provider":      {selection.Selectors{CloudProvider: "azure"}, "arm.amd64 westeurope"},
		"component_type":      {selection.Selectors{ComponentType: "ebs.arm64"}, "ebs.arm64 us-east-1"},
		"label":               {selection.Selectors{Labels: []selection.Label{{"arch", "arm64"}}}, "ebs.arm64 us-east-1"},
		"labels_all":          {selection.Selectors{Labels: []selection.Label{{"os", "debian-12"}, {"arch", "arm64"}}}, "ebs.arm64 us-east-1"},
		"label_with_no_value": {selection.Selectors{Region: "us-east-1", Labels: []selection.Label{{"note", ""}}}, "ebs.amd64 us-east-1"},
		"several_selectors":   {selection.Selectors{Region: "us-east-1", ComponentType: "ebs.amd64"}, "ebs.amd64 us-east-1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			images, err := selection.Select(builds(), test.selectors)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want}, names(images)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSelect_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		selectors selection.Selectors
		want      problem.Title
	}{
		"region_in_another_case":     {selection.Selectors{Region: "EU-central-1"}, problem.NoMatchingImage},
		"region_in_part":             {selection.Selectors{Region: "eu-central"}, problem.NoMatchingImage},
		"cloud_provider_unknown":     {selection.Selectors{CloudProvider: "gce"}, problem.NoMatchingImage},
		"component_type_in_part":     {selection.Selectors{ComponentType: "ebs"}, problem.NoMatchingImage},
		"component_type_running":     {selection.Selectors{ComponentType: "ebs.running"}, problem.NoMatchingImage},
		"label_of_another_value":     {selection.Selectors{Labels: []selection.Label{{"arch", "riscv"}}}, problem.NoMatchingImage},
		"label_of_no_build":          {selection.Selectors{Labels: []selection.Label{{"missing", ""}}}, problem.NoMatchingImage},
		"label_contradicting_itself": {selection.Selectors{Labels: []selection.Label{{"arch", "amd64"}, {"arch", "arm64"}}}, problem.NoMatchingImage},
		"selectors_of_two_images":    {selection.Selectors{Region: "westeurope", CloudProvider: "aws"}, problem.NoMatchingImage},
		"two_architectures":          {selection.Selectors{Region: "us-east-1"}, problem.AmbiguousImage},
		"two_regions":                {selection.Selectors{ComponentType: "ebs.amd64"}, problem.AmbiguousImage},
		"label_of_several":           {selection.Selectors{Labels: []selection.Label{{"arch", "amd64"}}}, problem.AmbiguousImage},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			images, err := selection.Select(builds(), test.selectors)
			if got := title(t, err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if len(images) > 0 {
				t.Errorf("got %v beside the problem", names(images))
			}
		})
	}
}

func TestSelect_without_selectors(t *testing.T) {
	t.Parallel()
	running := build("aws", "ebs", nil, "us-east-1")
	running.Status = "RUNNING"
	tests := map[string]struct {
		builds []registry.Build
		want   []string
	}{
		"all_in_order": {builds(), []string{"ebs.amd64 us-east-1", "ebs.amd64 eu-central-1", "ebs.arm64 us-east-1", "arm.amd64 westeurope"}},
		"one":          {[]registry.Build{build("aws", "ebs", nil, "us-east-1")}, []string{"ebs us-east-1"}},
		"no_builds":    {nil, nil},
		"no_images":    {[]registry.Build{build("aws", "ebs", nil)}, nil},
		"none_done":    {[]registry.Build{running}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			images, err := selection.Select(test.builds, selection.Selectors{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, names(images)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSelect_takes_done_builds_only(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"RUNNING", "FAILED", "CANCELLED", "UNSET", "", "done", "BUILD_DONE"} {
		t.Run("status_"+status, func(t *testing.T) {
			t.Parallel()
			b := build("aws", "ebs", nil, "us-east-1")
			b.Status = status
			images, err := selection.Select([]registry.Build{b}, selection.Selectors{})
			if err != nil || len(images) != 0 {
				t.Errorf("got %v, %v, want none", names(images), err)
			}
		})
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
	tests := map[string]struct {
		builds []registry.Build
		want   string
	}{
		"image": {[]registry.Build{b}, `[{"image_id":"ami-1","region":"us-east-1","cloud_provider":"aws",` +
			`"component_type":"amazon-ebs.ubuntu","build_id":"01BUILD","id":"01IMAGE",` +
			`"created_at":"2026-09-20T10:00:00.000Z","labels":{"os":"ubuntu"}}]`},
		"none": {nil, `[]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			images, err := selection.Select(test.builds, selection.Selectors{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(images)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestSelect_image_id_unfit_to_use(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"empty": "", "newline": "ami-1\nami-2", "carriage_return": "ami-1\r", "null": "ami-1\x00", "invalid_utf8": "ami-1\xff",
		"bidi_override": "ami-\u202e1", "line_separator": "ami-1\u2028", "zero_width_space": "ami\u200b-1", "byte_order_mark": "\ufeffami-1",
		"no_break_space": "ami-1\u00a0", "blank_before": " ami-1", "blank_behind": "ami-1 ", "blank": " ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := build("aws", "ebs", nil, "us-east-1")
			b.Images[0].ImageID = id
			_, err := selection.Select([]registry.Build{b}, selection.Selectors{})
			if got, want := title(t, err), problem.UnexpectedResponse; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
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

// many are n images in one region.
func many(n int) []registry.Build {
	b := build("aws", "ebs", nil)
	for i := range n {
		b.Images = append(b.Images, registry.Image{ImageID: fmt.Sprintf("ami-%03d", i+1), Region: "us-east-1"})
	}
	return []registry.Build{b}
}

func TestSelect_message_lists(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		builds    []registry.Build
		selectors selection.Selectors
		want      []string
	}{
		"none_names_the_selectors": {
			builds(), selection.Selectors{Region: "r", CloudProvider: "c", ComponentType: "t", Labels: []selection.Label{{"k", "v"}}},
			[]string{`region "r"`, `cloud-provider "c"`, `component-type "t"`, `"k=v"`},
		},
		"none_names_what_there_is": {
			builds(), selection.Selectors{Region: "mars"},
			[]string{"aws-us-east-1", "aws-eu-central-1", "azure-westeurope", "ebs.amd64", "ebs.arm64", "arm.amd64"},
		},
		"several_names_them": {
			builds(), selection.Selectors{Region: "us-east-1"}, []string{"2 images", "ebs.amd64", "ebs.arm64"},
		},
		"labels_names_those_there_are": {
			builds(), selection.Selectors{Labels: []selection.Label{{"arch", "riscv"}}}, []string{"arch=amd64", "arch=arm64"},
		},
		"twenty_in_full": {many(20), selection.Selectors{Region: "us-east-1"}, []string{"ami-001", "ami-020"}},
		"stops_at_twenty": {
			many(25), selection.Selectors{Region: "us-east-1"}, []string{"ami-020", "and 5 more"},
		},
	}
	for name, test := range tests {
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

func TestSelect_message_leaves_out_the_twenty_first(t *testing.T) {
	t.Parallel()
	_, err := selection.Select(many(21), selection.Selectors{Region: "us-east-1"})
	if err == nil || strings.Contains(err.Error(), "ami-021") {
		t.Errorf("got %v, want no ami-021 in it", err)
	}
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	sentence = regexp.MustCompile(`[.!?](\s|$)`)
	goism    = regexp.MustCompile(`%!|[*&{}]|\b[a-z]+\.[A-Z]|\b(nil|struct|map)\b`)
)

func TestSelect_message_is_short(t *testing.T) {
	t.Parallel()
	empty := build("aws", "ebs", nil, "us-east-1")
	empty.Images[0].ImageID = ""
	tests := map[string]struct {
		builds    []registry.Build
		selectors selection.Selectors
	}{
		"none":      {builds(), selection.Selectors{Region: "mars"}},
		"none_left": {nil, selection.Selectors{Region: "mars"}},
		"several":   {builds(), selection.Selectors{Labels: []selection.Label{{"os", "debian-12"}}}},
		"unfit":     {[]registry.Build{empty}, selection.Selectors{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := selection.Select(test.builds, test.selectors)
			if err == nil {
				t.Fatal("got no problem")
			}
			ours := quoted.ReplaceAllString(err.Error(), "…")
			if n := len(sentence.FindAllString(ours, -1)); n > 3 {
				t.Errorf("got %d sentences: %s", n, err)
			}
			if goism.MatchString(ours) {
				t.Errorf("got Go's own words: %s", err)
			}
		})
	}
}

// hostile is text that leaves its place where it is not quoted, and does things where it is not
// cleaned.
const hostile = "evil\"\n::error::##[error]\u202e"

func TestSelect_message_cleans_what_others_wrote(t *testing.T) {
	t.Parallel()
	for _, err := range hostileProblems() {
		if got := err.Error(); strings.ContainsAny(got, "\n\u202e") || strings.Contains(got, "##[") {
			t.Errorf("got %q", got)
		}
	}
}

func TestSelect_message_quotes_what_others_wrote(t *testing.T) {
	t.Parallel()
	for _, err := range hostileProblems() {
		if strings.Contains(quoted.ReplaceAllString(err.Error(), ""), "evil") {
			t.Errorf("got %q, with text outside of quotes", err)
		}
	}
}

// hostileProblems are a problem of each kind over a hostile registry.
func hostileProblems() []error {
	b := build(hostile, hostile, map[string]string{hostile: hostile}, hostile)
	all := []selection.Label{{hostile, hostile}}
	_, none := selection.Select([]registry.Build{b}, selection.Selectors{Region: "evil", Labels: all})
	_, several := selection.Select([]registry.Build{b, b}, selection.Selectors{Labels: all})
	_, unfit := selection.Select([]registry.Build{b}, selection.Selectors{})
	return []error{none, several, unfit}
}
