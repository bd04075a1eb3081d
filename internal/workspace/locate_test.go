package workspace_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

// locate is what [workspace.Locate] tells of all images that the files have, a place a line.
func locate(t *testing.T, dir string, most int) (lines []string, more int) {
	t.Helper()
	found := workspacetest.Find(t, dir, workspace.Sources{Files: []string{"**"}})
	marks, more, err := workspace.Locate(t.Context(), dir, found.Files, found.Images, most)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range marks {
		lines = append(lines, fmt.Sprintf("%s %s:%d:%d-%d", found.Images[m.Image].ID, m.File, m.Line, m.Column, m.EndColumn))
	}
	return lines, more
}

func TestLocate(t *testing.T) {
	t.Parallel()
	group := strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "Größe-東", 1) // 136 letters
	long := strings.Repeat("x", 255<<10)
	for name, test := range map[string]struct {
		file, text string
		want       []string
	}{
		"units":          {"a", "é😀e\u0301 ami-12345678;ami-12345679 ami-12345678", []string{"ami-12345678 a:1:7-19", "ami-12345679 a:1:20-32"}},
		"lines":          {"a", "\r\n\tami-12345678\r\n ami-12345678", []string{"ami-12345678 a:2:2-14", "ami-12345678 a:3:2-14"}},
		"mark":           {"a", "\ufeffami-12345678 \ufeff ami-12345679", []string{"ami-12345678 a:1:1-13", "ami-12345679 a:1:16-28"}},
		"latin_1":        {"a", "\xfc\xe4\xf6 ami-12345678", []string{"ami-12345678 a:1:5-17"}},
		"cut_character":  {"a", "\xe6\x9d ami-12345678", []string{"ami-12345678 a:1:4-16"}},
		"utf_16":         {"a", utf16Text(binary.LittleEndian, "\ufeff\r\n東😀 ami-12345678"), []string{"ami-12345678 a:2:5-17"}},
		"utf_16_big":     {"a", utf16Text(binary.BigEndian, "\ufeff😀") + "\xd8\x00\x00 " + utf16Text(binary.BigEndian, "ami-12345678"), []string{"ami-12345678 a:1:5-17"}},
		"letters":        {"a", "x " + group, []string{fmt.Sprintf("%s a:1:3-%d", group, 3+len([]rune(group)))}},
		"escaped":        {"a", `"` + strings.ReplaceAll(workspacetest.GoogleImage, "/", `\/`), []string{fmt.Sprintf("%s a:1:2-%d", workspacetest.GoogleImage, 2+len(workspacetest.GoogleImage)+4)}},
		"in_pieces":      {"a", long + strings.Repeat("東😀", 40<<10) + " ami-12345678 " + long + "é ami-12345679\nami-12345678", []string{fmt.Sprintf("ami-12345678 a:1:%d-%d", 255<<10+3*40<<10+2, 255<<10+3*40<<10+14), "ami-12345678 a:2:1-13", fmt.Sprintf("ami-12345679 a:1:%d-%d", 2*255<<10+3*40<<10+17, 2*255<<10+3*40<<10+29)}},
		"value":          {"a.tf", "# ami-12345678\n image = \"debian-cloud/debian-12\"", []string{"debian-cloud/debian-12 a.tf:2:11-33"}},
		"several_fields": {"a.pkr.hcl", strings.Replace(packerBlock, "shared_image_gallery {", "shared_image_gallery { # 😀\r", 1), []string{composedID + " a.pkr.hcl:2:1-30"}},
		"last_line":      {"a.sh", "\ngcloud x --image=web-7 --image-project=acme-images", []string{"projects/acme-images/global/images/web-7 a.sh:2:1-51"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, more := locate(t, workspacetest.Folder{test.file: test.text}.Make(t, t.TempDir()), 100)
			if diff := cmp.Diff(test.want, got); diff != "" || more != 0 {
				t.Errorf("%d more, -want +got:\n%s", more, diff)
			}
		})
	}
}

// TestLocate_files has what links lead to once, all places of an image however many [workspace.Find] keeps, and of more
// than may be the first image's first.
func TestLocate_files(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a b": "ami-12345678\nami-12345679", "c": "-> a b", "d": strings.Repeat("ami-12345679\nami-12345678\n", 1_500), "e": "ami-12345678\x00"}.Make(t, t.TempDir())
	for most, want := range map[int]struct {
		last string
		more int
	}{
		3_001: {"ami-12345679 d:2997:1-13", 1},
		1_501: {"ami-12345678 d:3000:1-13", 1_501},
		2:     {"ami-12345678 d:2:1-13", 3_000},
	} {
		got, more := locate(t, dir, most)
		if len(got) != most || got[0] != "ami-12345678 a b:1:1-13" || got[most-1] != want.last || more != want.more {
			t.Errorf("at most %d: got %d with %s first and %s last, and %d more", most, len(got), got[0], got[len(got)-1], more)
		}
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	folder := workspacetest.Folder{
		"old": "old", "to_old": "-> old", "dir/x": "", "link": "-> dir", "out": "-> " + outside, "file": "-> " + filepath.Join(outside, "x"),
		"up": "-> ../x", "loop": "-> loop", ".git/x": "", "hooks": "-> .git", "to_dir": "-> dir",
	}
	for path, want := range map[string]string{
		"new.sarif":   "new.sarif",
		"old":         "old",
		"./a b/ü/new": "a b/ü/new",
		"[x]*{y}":     "[x]*{y}",
		"to_old":      "to_old", // the link is replaced
		"link/a/new":  "dir/a/new",
		"/link/new":   "dir/new", // behind the workspace's own path
		"out/new":     `"out/new" is or goes through a link out of the workspace. Name another path in the workspace.`,
		"file":        `"file" is or goes through a link out of the workspace. Name another path in the workspace.`,
		"up":          `"up" is or goes through a link out of the workspace. Name another path in the workspace.`,
		"../x":        `"../x" is outside the workspace. Give a path relative to the workspace, without "..".`,
		"/etc/../x":   `is outside the workspace. Give a path relative to the workspace, without "..".`,
		"dir":         `"dir" cannot be written: "not a regular file". Name another path in the workspace.`,
		"to_dir":      `"to_dir" cannot be written: "not a regular file". Name another path in the workspace.`,
		".":           `"." cannot be written: "is a directory". Name another path in the workspace.`,
		"new/":        `"new/" cannot be written: "is a directory". Name another path in the workspace.`,
		"old/new":     `"old/new" cannot be written: "not a directory". Name another path in the workspace.`,
		"loop/new":    `"loop/new" cannot be written: "too many levels of symbolic links". Name another path in the workspace.`,
		"hooks/new":   `"hooks/new" cannot be written: "it is in a folder .git". Name another path in the workspace.`,
		"a\x00":       `"a\u0000" cannot be written: "invalid argument". Name another path in the workspace.`,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			dir := folder.Make(t, t.TempDir())
			if strings.HasPrefix(path, "/") {
				path = dir + path
			}
			write := func(out io.Writer) error {
				_, err := io.WriteString(out, "new")
				return err
			}
			removed := workspace.RemoveOutput(dir, "sarif-file", path)
			written := workspace.WriteOutput(t.Context(), dir, "sarif-file", path, write)
			if strings.Contains(want, " ") && strings.HasSuffix(want, ".") {
				for _, err := range []error{removed, written} {
					if err == nil || !strings.HasPrefix(err.Error(), "Invalid input: The input sarif-file: ") || !strings.HasSuffix(err.Error(), want) {
						t.Errorf("got the error %v, want %s", err, want)
					}
				}
				return
			}
			if removed != nil || written != nil {
				t.Fatalf("got the errors %v and %v", removed, written)
			}
			info, err := os.Lstat(filepath.Join(dir, want))
			if err != nil || info.Mode() != 0o644 || read(t, dir, want) != "new" {
				t.Errorf("got %v, %v", info, err)
			}
			if old := read(t, dir, "old"); old != "old" && want != "old" {
				t.Errorf("what the link leads to is %q", old)
			}
		})
	}
}

// TestOutput_failed leaves nothing of what cannot be written to its end, and RemoveOutput nothing of what was there.
func TestOutput_failed(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx context.Context
		err error
	}{"disk": {t.Context(), syscall.ENOSPC}, "time": {ended, nil}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workspacetest.Folder{"a/b": "old"}.Make(t, t.TempDir())
			if err := workspace.RemoveOutput(dir, "sarif-file", "a/b"); err != nil {
				t.Error(err)
			}
			err := workspace.WriteOutput(test.ctx, dir, "sarif-file", "a/b", func(io.Writer) error { return test.err })
			if err == nil || !strings.HasPrefix(err.Error(), `Cannot write outputs: The input sarif-file: "a/b" could not be written: "`) {
				t.Errorf("got the error %v", err)
			}
			if left, err := os.ReadDir(filepath.Join(dir, "a")); err != nil || len(left) > 0 {
				t.Errorf("left are %v, %v", left, err)
			}
		})
	}
}
