package imageids_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// folder is a workspace: the contents of files, or where links point after "-> ".
type folder map[string]string

// make makes the folder in another, and is its path.
func (f folder) make(t *testing.T, dir string) string {
	t.Helper()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, isLink := strings.CutPrefix(content, "-> "); isLink {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// find is Find that must find.
func find(t *testing.T, workspace string, sources imageids.Sources) *imageids.Found {
	t.Helper()
	found, err := imageids.Find(t.Context(), workspace, sources)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// refused is the message of the problem that Find must meet.
func refused(t *testing.T, workspace string, sources imageids.Sources) string {
	t.Helper()
	found, err := imageids.Find(t.Context(), workspace, sources)
	var p *problem.Problem
	if !errors.As(err, &p) || found != nil {
		t.Fatalf("got %v and the error %v, want a problem", found, err)
	}
	if p.Title != problem.InvalidInput {
		t.Errorf("got the title %q, want %q", p.Title, problem.InvalidInput)
	}
	return p.Message
}

// lines are what was found: an image a line, with its id and places, what is unknown, and warnings.
func lines(found *imageids.Found) []string {
	var lines []string
	for _, image := range found.Images {
		line := image.ID
		if image.Floating {
			line += " floating"
		}
		if image.MayFloat {
			line += " may-float"
		}
		if image.Sensitive {
			line += " sensitive"
		}
		for _, place := range image.Places {
			if line += " " + place.File; place.Line > 0 {
				line += fmt.Sprintf(":%d", place.Line)
			}
			if place.Address != "" {
				line += "#" + place.Address
			}
		}
		lines = append(lines, line)
	}
	for _, place := range found.Unknown {
		lines = append(lines, "unknown "+place.File+"#"+place.Address)
	}
	for _, warning := range found.Warnings {
		lines = append(lines, "warning "+warning)
	}
	return lines
}

func TestFind_sources(t *testing.T) {
	t.Parallel()
	workspace := folder{
		"plan.json": `{"format_version": "1.2", "resource_changes": [
			{"address": "a.b", "mode": "managed", "type": "a", "change": {"actions": ["create"], "after": {"ami": "ami-00000002"}, "after_unknown": {"image_id": true, "source_image_id": true}}},
			{"address": "a.c", "mode": "managed", "type": "a", "change": {"actions": ["create"], "after": {"ami": "ami-00000001"}, "after_sensitive": {"ami": true}}},
			{"address": "a.d", "mode": "managed", "type": "a", "change": {"actions": ["delete"], "before": {"ami": "ami-00000009"}}}]}`,
		"files/x.tf": "ami-00000003\nami-00000002\nami-00000001",
	}.make(t, t.TempDir())
	got := lines(find(t, workspace, imageids.Sources{
		IDs:   []string{"ami-00000003", " ", "", "ami-00000004 ", "ami-00000003"},
		Plans: []string{"*.json"},
		Files: []string{"**"}, // matches the plan as well, which was read already
		Scope: imageids.ScopeChanged,
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

func TestFind_many(t *testing.T) {
	t.Parallel()
	const want = "The inputs image-ids, plan, state and files name more than 10000 distinct images, the most that one step looks up. " +
		"Name fewer in them, or divide them among several steps."
	const first, line = 0x10000000, len("ami-10000000\n")
	var million []byte
	for i := range int64(1_000_000) {
		million = append(strconv.AppendInt(append(million, "ami-"...), first+i, 16), '\n')
	}
	text := string(million)
	workspace := folder{"million": text, "most": text[:10_000*line]}.make(t, t.TempDir())
	if got := refused(t, workspace, imageids.Sources{Files: []string{"million"}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := len(find(t, workspace, imageids.Sources{IDs: []string{"ami-10000000"}, Files: []string{"most"}}).Images); got != 10_000 {
		t.Errorf("got %d images, want 10000", got)
	}
	if got := refused(t, workspace, imageids.Sources{IDs: []string{"ami-one"}, Files: []string{"most"}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := refused(t, workspace, imageids.Sources{IDs: strings.Split(text[:10_001*line], "\n")}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFind_ended(t *testing.T) {
	t.Parallel()
	workspace := folder{"a.tf": "ami-12345678"}.make(t, t.TempDir())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	tests := map[string]struct {
		ctx  context.Context
		want string
	}{
		"cancelled": {cancelled, "Cancelled: The step was cancelled before it had found the image ids. Run the job again."},
		"late":      {late, "Invalid input: The plans, states and files could not be searched for image ids in time. Name fewer or smaller ones, or raise the input timeout."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, pattern := range []string{"a.tf", "**", "nothing"} {
				found, err := imageids.Find(test.ctx, workspace, imageids.Sources{Files: []string{pattern}})
				if found != nil || err == nil || err.Error() != test.want {
					t.Errorf("%s: got %v and %v, want %s", pattern, found, err, test.want)
				}
			}
		})
	}
}
