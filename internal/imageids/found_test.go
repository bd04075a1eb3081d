package imageids_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hcp-packer-iteration/internal/imageids"
)

// TestFound_places keeps no more than 10,000 places, but the first one of every image and the number of the rest.
func TestFound_places(t *testing.T) {
	t.Parallel()
	var found imageids.Found
	for line := range 12_000 {
		for range 2 { // twice on a line is one place
			if err := found.Add(imageids.Mention{ID: "ami-00000001", Place: imageids.Place{File: "a", Line: line + 1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for line := range 3 {
		if err := found.Add(imageids.Mention{ID: "ami-00000002", Place: imageids.Place{File: "b", Line: line + 1}}); err != nil {
			t.Fatal(err)
		}
	}
	a, b := found.Images[0], found.Images[1]
	if len(a.Places) != 10_001 || a.More != 1999 || len(b.Places) != 1 || b.More != 2 {
		t.Errorf("got %d places and %d more, and %d and %d more", len(a.Places), a.More, len(b.Places), b.More)
	}
	if diff := cmp.Diff([]string{"a", "b"}, found.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestFound_many has as many images as a step looks up, and one more.
func TestFound_many(t *testing.T) {
	t.Parallel()
	const want = "Invalid input: The inputs image-ids, plan, state and files name more than 10000 distinct images, the most that one step looks up. " +
		"Name fewer in them, or divide them among several steps."
	var found imageids.Found
	for i := range 10_000 {
		if err := found.Add(imageids.Mention{ID: fmt.Sprintf("ami-1%07x", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{found.Add(imageids.Mention{ID: "ami-20000000"}), found.AddValue(imageids.Mention{ID: "ami-one"})} {
		if err == nil || err.Error() != want {
			t.Errorf("got the error %v, want %s", err, want)
		}
	}
}

// TestFound_AddValue has values that are more than an id, and the images that they stand for.
func TestFound_AddValue(t *testing.T) {
	t.Parallel()
	const ami = "ami-0123456789abcdef0"
	tests := map[string]struct {
		values []string
		want   []imageids.Image
	}{
		"region":           {[]string{"us-east-1:" + ami}, []imageids.Image{{ID: ami, Spellings: []string{"us-east-1:" + ami}}}},
		"several_regions":  {[]string{"eu-west-1:ami-00000001,us-east-1:" + ami}, []imageids.Image{{ID: "ami-00000001", Spellings: []string{"eu-west-1:ami-00000001,us-east-1:" + ami}}, {ID: ami, Spellings: []string{"eu-west-1:ami-00000001,us-east-1:" + ami}}}},
		"bare_and_wrapped": {[]string{ami, "arn:aws:ec2:us-east-1::image/" + ami, ami + ";"}, []imageids.Image{{ID: ami, Spellings: []string{"arn:aws:ec2:us-east-1::image/" + ami}}}},
		"invisible":        {[]string{"\ufeff" + ami + "\u200b\n"}, []imageids.Image{{ID: ami}}},
		"invisible_name":   {[]string{"\u200bSome Template;"}, []imageids.Image{{ID: "Some Template"}}},
		"nothing":          {[]string{" \ufeff\n", ";"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found imageids.Found
			for _, value := range test.values {
				if err := found.AddValue(imageids.Mention{ID: value}); err != nil {
					t.Fatal(err)
				}
			}
			for i := range test.want {
				test.want[i].Listed = true
			}
			if diff := cmp.Diff(test.want, found.Images, cmpopts.IgnoreUnexported(imageids.Image{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
