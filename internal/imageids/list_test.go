package imageids_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

func TestParseList(t *testing.T) {
	t.Parallel()
	const (
		noID      = ", which is not an image id: give one a line or with commas between, or a JSON array of strings"
		noArray   = "begins with a bracket and is no JSON array of strings"
		noElement = "is a JSON array whose element 1 is no string that holds an image id"
	)
	for name, test := range map[string]struct {
		text string
		want []string
		err  string
	}{
		"blank_lines":     {"\n \n\t\r\n", nil, ""},
		"lines":           {"ami-1\r\n\n  ami-2  \n", []string{"ami-1", "ami-2"}, ""},
		"commas":          {"ami-1,ami-2, ami-3 ,\n,ami-4", []string{"ami-1", "ami-2", "ami-3", "ami-4"}, ""},
		"azure":           {workspacetest.AzureImage, []string{workspacetest.AzureImage}, ""},
		"google":          {workspacetest.GoogleLink + ",example.com:acme/web", []string{workspacetest.GoogleLink, "example.com:acme/web"}, ""},
		"array":           {"[\n  \"ami-1\",\n  \"a b, [c] \\\"d\\\"\"\n]\n", []string{"ami-1", `a b, [c] "d"`}, ""},
		"empty_array":     {`[]`, []string{}, ""},
		"blanks":          {"ami-1 ami-2", nil, `has "ami-1 ami-2"` + noID},
		"quotes":          {"ami-1\n'ami-2'", nil, `has "'ami-2'"` + noID},
		"double_quotes":   {`"ami-1"`, nil, `has "'ami-1'"` + noID},
		"comment_at_once": {"ami-1#web", nil, `has "ami-1#web"` + noID},
		"object":          {`{}`, nil, `has "{}"` + noID},
		"bracket_inside":  {"ami-1\n[ami-2]", nil, `has "[ami-2]"` + noID},
		"control":         {"ami-1\x00", nil, `has "ami-1\u0000"` + noID},
		"broken_array":    {`["ami-1",]`, nil, noArray},
		"two_arrays":      {"[\"ami-1\"]\n[\"ami-2\"]", nil, noArray},
		"number":          {`["ami-1", 2]`, nil, "is a JSON array whose element 2 is no string that holds an image id"},
		"null":            {`[null]`, nil, noElement},
		"empty":           {`[" "]`, nil, noElement},
		"nested":          {`[["ami-1"]]`, nil, noElement},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := imageids.ParseList(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (err != nil) != (test.err != "") || err != nil && err.Error() != test.err {
				t.Errorf("got the error %v, want %s", err, test.err)
			}
		})
	}
}
