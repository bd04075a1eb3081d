package terraform

import (
	"bufio"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
)

// TestAttributes has a plan of each resource of the table, and of others where an attribute counts in all.
func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, a := range attributes {
		types := a.types
		if !a.only {
			types = append(slices.Clone(types), "terraform_data")
		}
		for _, kind := range types {
			t.Run(kind+"."+a.path, func(t *testing.T) {
				t.Parallel()
				want := []string{"web-1"}
				if got := foundIn(t, kind, nest(a.path, `"web-1"`), "{}"); !cmp.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				want = []string{"unknown"}
				if a.computed && slices.Contains(a.types, kind) {
					want = nil
				}
				if got := foundIn(t, kind, "{}", nest(a.path, "true")); !cmp.Equal(got, want) {
					t.Errorf("not known before apply: got %q, want %q", got, want)
				}
			})
		}
	}
}

// nest is an object with a value at a path, in blocks.
func nest(path, value string) string {
	names := strings.Split(path, ".")
	return `{"` + strings.Join(names, `": [{"`) + `": ` + value + strings.Repeat("}]", len(names)-1) + "}"
}

// foundIn are the ids in a plan of a resource, and what is unknown of it.
func foundIn(t *testing.T, kind, after, unknown string) (ids []string) {
	t.Helper()
	plan := `{"format_version": "1.2", "resource_changes": [{"address": "` + kind + `.x", "mode": "managed", "type": "` + kind + `",
		"change": {"actions": ["create"], "after": ` + after + `, "after_unknown": ` + unknown + `}}]}`
	var found imageids.Found
	open := func() (*bufio.Reader, error) { return bufio.NewReader(strings.NewReader(plan)), nil }
	if err := FindInPlan(t.Context(), "plan.json", open, ScopeChanged, &found); err != nil {
		t.Fatal(err)
	}
	for _, image := range found.Images {
		ids = append(ids, image.ID)
	}
	for range found.Unknown {
		ids = append(ids, "unknown")
	}
	return ids
}
