package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

// replacements are those of some of the images that are found in the files of a workspace.
func replacements(t *testing.T, dir string, files ...string) []imageids.Replacement {
	t.Helper()
	var list []imageids.Replacement
	for _, image := range workspacetest.Find(t, dir, workspace.Sources{Files: files}).Images {
		r := imageids.Replacement{Image: image}
		switch {
		case imageids.Same(image.ID, oldAMI):
			r.With = newAMI
		case imageids.Same(image.ID, workspacetest.AzureImage):
			r.With = newAzure
		case imageids.Same(image.ID, workspacetest.GoogleImage):
			r.With, r.Labels = "web-2", map[string]string{"self_link": newGoogle}
		default:
			continue
		}
		list = append(list, r)
	}
	return list
}

const (
	oldAMI, newAMI, keptAMI = "ami-0123456789abcdef0", "ami-12345678", "ami-0fedcba9876543210"
	newAzure                = workspacetest.AzureGroup + "/galleries/golden/images/web/versions/2.0.0"
	newGoogle               = "projects/acme-prod-1/global/images/web-2"
)

// fix is Fix that must fix, and tells where it did.
func fix(t *testing.T, dir string, list []imageids.Replacement) []string {
	t.Helper()
	files := workspacetest.Find(t, dir, workspace.Sources{Files: []string{"**"}}).Files
	fixed, err := workspace.Fix(t.Context(), dir, files, list)
	if err != nil {
		t.Fatal(err)
	}
	return places(fixed)
}

// places are the files and lines that were fixed, in order.
func places(fixed workspace.Fixed) []string {
	var list []string
	for spot := range fixed.Places {
		list = append(list, fmt.Sprintf("%s:%d", spot.Place.File, spot.Place.Line))
	}
	slices.Sort(list)
	return list
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestFix is about files of all encodings, one of them with a line that is searched in pieces of about 260,000 bytes: the
// replaced ids alone are others, and to fix them again changes nothing.
func TestFix(t *testing.T) {
	t.Parallel()
	texts := map[string]struct{ old, fixed string }{
		"a.tfvars": {"ami = \"OLD\" # not KEPT\r\nother = \"OLD\", \"OLD\"", "ami = \"NEW\" # not KEPT\r\nother = \"NEW\", \"NEW\""},
		"b/c.tf": {
			"東京 😀\u2028\r\n\t" + strings.ToLower(workspacetest.AzureImage) + "\n" + workspacetest.GoogleLink + " " + workspacetest.GoogleImage + "\n",
			"東京 😀\u2028\r\n\t" + newAzure + "\n" + strings.TrimSuffix(workspacetest.GoogleLink, workspacetest.GoogleImage) + newGoogle + " " + newGoogle + "\n",
		},
		"d.tf":    {"# was OLD\nami = \"OLD\" xOLD", "# was OLD\nami = \"NEW\" xOLD"},
		"long":    {strings.Repeat(" ", 259_028) + strings.Repeat(" OLD -OLD", 100) + "\nOLD", strings.Repeat(" ", 259_028) + strings.Repeat(" NEW -OLD", 100) + "\nNEW"},
		"none":    {"KEPT", "KEPT"},
		"slashes": {strings.ReplaceAll(workspacetest.AzureImage, "/", `\/`) + "😀", strings.ReplaceAll(newAzure, "/", `\/`) + "😀"},
	}
	ids := strings.NewReplacer("OLD", oldAMI, "NEW", newAMI, "KEPT", keptAMI)
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := workspacetest.Folder{}
			for file, text := range texts {
				files[file] = encode(ids.Replace(text.old))
			}
			dir := files.Make(t, t.TempDir())
			list := replacements(t, dir, "**")
			want := []string{"a.tfvars:1", "a.tfvars:2", "b/c.tf:2", "b/c.tf:3", "d.tf:2", "long:1", "long:2", "slashes:1"}
			if diff := cmp.Diff(want, fix(t, dir, list)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for file, text := range texts {
				if got, want := read(t, dir, file), encode(ids.Replace(text.fixed)); got != want {
					t.Errorf("%s: got %q, want %q", file, got, want)
				}
			}
			if again := fix(t, dir, list); again != nil {
				t.Errorf("fixed %v again", again)
			}
		})
	}
}

// TestFix_tells is about which images are fixed where: one on a line says nothing of another.
func TestFix_tells(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"a": oldAMI + " " + keptAMI + " " + workspacetest.AzureImage, "b": keptAMI, "c": strings.Repeat(oldAMI+"\n", 15_000),
		"plan.json": workspacetest.Plan(`"create"`, `{"image_id": "`+workspacetest.AzureImage+`"}`),
	}.Make(t, t.TempDir())
	found := workspacetest.Find(t, dir, workspace.Sources{Plans: []string{"plan.json"}, Files: []string{"?"}, Scope: terraform.ScopeChanged})
	var list []imageids.Replacement
	for _, image := range found.Images {
		if image.ID != keptAMI {
			list = append(list, imageids.Replacement{Image: image, With: strings.Replace(image.ID, oldAMI, newAMI, 1) + strings.Repeat("x", strings.Count(image.ID, "/")/8)})
		}
	}
	fixed, err := workspace.Fix(t.Context(), dir, found.Files, list)
	if err != nil || fixed.Count != 15_002 || len(fixed.Places) > 10_002 || !cmp.Equal(fixed.Files, []string{"a", "c"}) {
		t.Errorf("fixed %d places in %v, %v", fixed.Count, fixed.Files, err)
	}
	for _, image := range found.Images {
		first := imageids.Place{File: "a", Line: 1}
		if got, want := fixed.Has(image, first), image.ID != keptAMI; got != want {
			t.Errorf("%s: got fixed %v, want %v", image.ID, got, want)
		}
		if got, want := fixed.Everywhere(image), image.ID == oldAMI; got != want {
			t.Errorf("%s: got fixed everywhere %v, want %v", image.ID, got, want)
		}
	}
}

func TestFix_mode_and_owner(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"f": oldAMI}.Make(t, t.TempDir())
	file := filepath.Join(dir, "f")
	if os.Getuid() == 0 {
		if err := os.Chown(file, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(file, 0o751|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	var before, after syscall.Stat_t
	err := syscall.Stat(file, &before)
	fix(t, dir, replacements(t, dir, "f"))
	if err := errors.Join(err, syscall.Stat(file, &after)); err != nil {
		t.Fatal(err)
	}
	if after.Mode != before.Mode || after.Uid != before.Uid || after.Gid != before.Gid {
		t.Errorf("got the mode %o of %d:%d, want %o of %d:%d", after.Mode, after.Uid, after.Gid, before.Mode, before.Uid, before.Gid)
	}
	if after.Ino == before.Ino {
		t.Error("the file was written in place: a crash would have left half of it")
	}
}

func TestFix_links(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"real/f":    oldAMI,
		"real/deep": "-> ../elsewhere/folder",
		"again":     "-> real/f",
		// Through the first link, ".." is elsewhere.
		"link":                "-> real/deep/up",
		"elsewhere/folder/up": "-> ../g",
		"elsewhere/g":         oldAMI,
	}.Make(t, t.TempDir())
	got := fix(t, dir, replacements(t, dir, "link", "again", "real/f"))
	want := []string{"elsewhere/g:1", "real/f:1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, isLink := range map[string]bool{"real/f": false, "elsewhere/g": false, "link": true, "again": true, "elsewhere/folder/up": true} {
		if _, err := os.Readlink(filepath.Join(dir, name)); (err == nil) != isLink || read(t, dir, name) != newAMI {
			t.Errorf("%s: got a link %t", name, err == nil)
		}
	}
}

// TestFix_unwritten is about what is searched and never written.
func TestFix_unwritten(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"a/terraform.tfstate":          oldAMI,
		"a/terraform.tfstate.1.backup": oldAMI,
		"a/errored.TFSTATE":            oldAMI,
		"plan":                         workspacetest.Plan(`"create"`, `{"tags": "`+oldAMI+`"}`),
		"plan_utf_16":                  encodings["utf_16_le"](workspacetest.Plan(`"create"`, `{"tags": "`+oldAMI+`"}`)),
		"sorted":                       `{"configuration": {"ami": "` + oldAMI + `"}, "format_version": "1.2", "resource_changes": []}`,
		"state":                        `{"format_version": "1.0", "values": {"root_module": {"resources": [{"ami": "` + oldAMI + `"}]}}}`,
		"stored":                       "\n[command]/usr/bin/terraform\n" + `{"version": 4, "terraform_version": "1.9.0", "serial": 3, "resources": ["` + oldAMI + `"]}`,
		"several":                      `{"ami": "` + oldAMI + `", "format_version": "1"}` + "\n" + `{"format_version": "1.2", "planned_values": {}}`,
		"log":                          `{"@level":"info","@message":"` + oldAMI + `"}`,
		"text":                         "\x1b[1mTerraform will perform the following actions:\x1b[0m\n  + ami = \"" + oldAMI + `"`,
		".git/config":                  oldAMI,
		"link":                         "-> .git/config",
		"other":                        `{"format_version": "1", "version": 4, "list": [{"values": "` + oldAMI + `"}]}`,
	}.Make(t, t.TempDir())
	before := workspacetest.Find(t, dir, workspace.Sources{Files: []string{"**"}})
	fixed, err := workspace.Fix(t.Context(), dir, before.Files, replacements(t, dir, "**"))
	if err != nil || !cmp.Equal(fixed.Files, []string{"other"}) {
		t.Errorf("fixed %v, %v", fixed.Files, err)
	}
	want := slices.DeleteFunc(before.Files, func(name string) bool { return name == "other" })
	if diff := cmp.Diff(want, fixed.Unwritten); diff != "" || len(want) != 12 {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, name := range want {
		if text := read(t, dir, name); strings.Contains(strings.ReplaceAll(text, "\x00", ""), newAMI) {
			t.Errorf("%s is written: %s", name, text)
		}
	}
}

// TestFix_failed is about a file that cannot be fixed between two that can.
func TestFix_failed(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a": oldAMI, "b/c": oldAMI, "d": oldAMI}.Make(t, t.TempDir())
	list := replacements(t, dir, "a", "b/c", "d")
	if err := errors.Join(os.Remove(filepath.Join(dir, "b/c")), os.Remove(filepath.Join(dir, "b")), os.Symlink(t.TempDir(), filepath.Join(dir, "b"))); err != nil {
		t.Fatal(err)
	}
	fixed, err := workspace.Fix(t.Context(), dir, []string{"a", "b/c", "d"}, list)
	if diff := cmp.Diff([]string{"a:1", "d:1"}, places(fixed)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var p *problem.Problem
	if !errors.As(err, &p) || !strings.Contains(p.Message, `: "b/c"`) {
		t.Errorf("got the error %v", err)
	}
	if read(t, dir, "a") != newAMI || read(t, dir, "d") != newAMI {
		t.Error("the other files are not fixed")
	}
}

func TestFix_cancelled(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a": oldAMI}.Make(t, t.TempDir())
	list := replacements(t, dir, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fixed, err := workspace.Fix(ctx, dir, []string{"a"}, list)
	const want = "Cancelled: The step was cancelled before it had replaced all image ids. Run the job again."
	if fixed.Count != 0 || err == nil || err.Error() != want || read(t, dir, "a") != oldAMI {
		t.Errorf("fixed %v, and got the error %v, want %s", fixed, err, want)
	}
}
