package selection_test

import (
	"errors"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

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
