// Package workspacetest makes workspaces for tests, and shows what was found in them.
package workspacetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/workspace"
)

// The ids of images of Azure and Google.
const (
	AzureGroup   = "/subscriptions/12345678-1234-9876-4563-123456789012/resourceGroups/web_(eu).rg-1/providers/Microsoft.Compute"
	AzureImage   = AzureGroup + "/images/web-2025.11_a"
	AzureVersion = AzureGroup + "/galleries/golden.gallery_1/images/web-server.1/versions/1.20.300"
	GoogleImage  = "projects/acme-prod-1/global/images/web-20251101"
	GoogleLink   = "https://www.googleapis.com/compute/v1/" + GoogleImage
)

// Folder is a workspace: the contents of files, or where links point after "-> ".
type Folder map[string]string

// Make makes the folder in another, and is its path.
func (f Folder) Make(t *testing.T, dir string) string {
	t.Helper()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, isLink := strings.CutPrefix(content, "-> "); isLink {
			err = errors.Join(err, os.Symlink(target, path))
		} else {
			err = errors.Join(err, os.WriteFile(path, []byte(content), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Find is [workspace.Find] that must find.
func Find(t *testing.T, dir string, sources workspace.Sources) *imageids.Found {
	t.Helper()
	found, err := workspace.Find(t.Context(), dir, sources)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Refused is the message of the problem that [workspace.Find] must meet.
func Refused(t *testing.T, dir string, sources workspace.Sources) string {
	t.Helper()
	found, err := workspace.Find(t.Context(), dir, sources)
	p, isProblem := errors.AsType[*problem.Problem](err)
	if found != nil || !isProblem || p.Title != problem.InvalidInput {
		t.Fatalf("got %v and the error %v, want the problem %q", found, err, problem.InvalidInput)
	}
	return p.Message
}

// Lines are what was found: an image a line, with its id and places, what is unknown, and warnings.
func Lines(found *imageids.Found) []string {
	var lines []string
	for _, image := range found.Images {
		line := image.ID + textIf(image.Floating, " floating") + textIf(image.MayFloat, " may-float") + textIf(image.Sensitive, " sensitive")
		for _, place := range image.Places {
			line += " " + place.File + textIf(place.Line > 0, fmt.Sprintf(":%d", place.Line)) + textIf(place.Address != "", "#"+place.Address)
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

func textIf(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

// Plan is a plan of one resource that has the change.
func Plan(actions, after string) string {
	return `{"format_version": "1.2", "resource_changes": [{"address": "x.y", "mode": "managed", "type": "x", "name": "y",
		"change": {"actions": [` + actions + `], "before": {"ami": "ami-before"}, "after": ` + after + `}}]}`
}
