package workspace_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

func TestFind_sources(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"plan.json": `{"format_version": "1.2", "resource_changes": [
			{"address": "a.b", "mode": "managed", "type": "a", "change": {"actions": ["create"], "after": {"ami": "ami-00000002"}, "after_unknown": {"image_id": true, "source_image_id": true}}},
			{"address": "a.c", "mode": "managed", "type": "a", "change": {"actions": ["create"], "after": {"ami": "ami-00000001"}, "after_sensitive": {"ami": true}}},
			{"address": "a.d", "mode": "managed", "type": "a", "change": {"actions": ["delete"], "before": {"ami": "ami-00000009"}}}]}`,
		"files/x.tf": "ami-00000003\nami-00000002\nami-00000001",
	}.Make(t, t.TempDir())
	got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{
		IDs:   []string{"ami-00000003", " ", "", "ami-00000004 ", "ami-00000003"},
		Plans: []string{"*.json"},
		Files: []string{"**"}, // matches the plan as well, which was read already
		Scope: terraform.ScopeChanged,
	}))
	want := []string{
		"ami-00000003 files/x.tf:1",
		"ami-00000004",
		"ami-00000002 plan.json#a.b files/x.tf:2",
		"ami-00000001 sensitive plan.json#a.c files/x.tf:3",
		"unknown plan.json#a.b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFind_ended(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a.tf": "ami-12345678"}.Make(t, t.TempDir())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for want, ctx := range map[string]context.Context{
		"Cancelled: The step was cancelled before it had found the image ids. Run the job again.":                                                         cancelled,
		"Invalid input: The plans, states and files could not be searched for image ids in time. Name fewer or smaller ones, or raise the input timeout.": late,
	} {
		for _, pattern := range []string{"a.tf", "**", "nothing"} {
			found, err := workspace.Find(ctx, dir, workspace.Sources{Files: []string{pattern}})
			if found != nil || err == nil || err.Error() != want {
				t.Errorf("%s: got %v and %v, want %s", pattern, found, err, want)
			}
		}
	}
}
