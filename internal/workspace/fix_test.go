package workspace_test

import (
	stdcmp "cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/quick"

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
func fix(t *testing.T, dir string, list []imageids.Replacement) []imageids.Place {
	t.Helper()
	fixed, err := workspace.Fix(t.Context(), dir, filesOf(list), list)
	if err != nil {
		t.Fatal(err)
	}
	return places(fixed)
}

// filesOf are the files that name the images.
func filesOf(list []imageids.Replacement) []string {
	var files []string
	for _, r := range list {
		for _, place := range r.Image.Places {
			files = append(files, place.File)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// places are those that were fixed, in order.
func places(fixed workspace.Fixed) []imageids.Place {
	var list []imageids.Place
	for spot := range fixed.Places {
		list = append(list, spot.Place)
	}
	slices.SortFunc(list, func(a, b imageids.Place) int {
		return stdcmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
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

func TestFix(t *testing.T) {
	t.Parallel()
	files := workspacetest.Folder{
		"a.tfvars": "ami = \"" + oldAMI + "\" # not " + keptAMI + "\r\nother = \"" + oldAMI + "\", \"" + oldAMI + "\"",
		"b/c.tf":   strings.ToLower(workspacetest.AzureImage) + "\n" + workspacetest.GoogleLink + " " + workspacetest.GoogleImage + "\n",
		"d.tf":     "# was " + oldAMI + "\nami = \"" + oldAMI + "\"",
		"none":     keptAMI,
		"slashes":  strings.ReplaceAll(`{"id": "`+workspacetest.AzureImage+`"}`, "/", `\/`),
	}
	dir := files.Make(t, t.TempDir())
	list := replacements(t, dir, "**")
	want := []imageids.Place{{File: "a.tfvars", Line: 1}, {File: "a.tfvars", Line: 2}, {File: "b/c.tf", Line: 1}, {File: "b/c.tf", Line: 2}, {File: "d.tf", Line: 2}, {File: "slashes", Line: 1}}
	if diff := cmp.Diff(want, fix(t, dir, list)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, want := range map[string]string{
		"a.tfvars": "ami = \"" + newAMI + "\" # not " + keptAMI + "\r\nother = \"" + newAMI + "\", \"" + newAMI + "\"",
		"b/c.tf":   newAzure + "\n" + strings.TrimSuffix(workspacetest.GoogleLink, workspacetest.GoogleImage) + newGoogle + " " + newGoogle + "\n",
		"d.tf":     "# was " + oldAMI + "\nami = \"" + newAMI + "\"",
		"none":     keptAMI,
		"slashes":  strings.ReplaceAll(`{"id": "`+newAzure+`"}`, "/", `\/`),
	} {
		if got := read(t, dir, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if again := fix(t, dir, list); again != nil {
		t.Errorf("fixed %v again", again)
	}
}

// TestFix_nothing is about images that no file names, for which no workspace is needed.
func TestFix_nothing(t *testing.T) {
	t.Parallel()
	fixed, err := workspace.Fix(t.Context(), "nowhere", nil, []imageids.Replacement{{Image: imageids.Image{ID: oldAMI}, With: newAMI}})
	if err != nil || fixed.Count != 0 {
		t.Errorf("fixed %v, %v", fixed, err)
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
	if err != nil || fixed.Count != 15_002 || !cmp.Equal(fixed.Files, []string{"a", "c"}) {
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

// TestFix_property is about texts of all encodings, line ends and lengths: of a fixed one the replaced
// ids alone are others, and to fix it again changes nothing.
func TestFix_property(t *testing.T) {
	t.Parallel()
	parts := []struct{ old, fixed string }{
		{oldAMI, newAMI}, {workspacetest.AzureImage, newAzure}, {strings.ToUpper(workspacetest.AzureImage), newAzure}, {workspacetest.GoogleImage, newGoogle},
		{keptAMI, keptAMI}, {workspacetest.GoogleImage + "-x", workspacetest.GoogleImage + "-x"}, {"x" + oldAMI, "x" + oldAMI},
		{"\n", "\n"}, {"\r\n", "\r\n"}, {"\r", "\r"}, {"\t", "\t"}, {"Größe", "Größe"}, {"東京 😀", "東京 😀"}, {"\u2028", "\u2028"},
		{strings.Repeat("x", 5000), strings.Repeat("x", 5000)},
	}
	encodingNames := []string{"utf_8", "utf_8_mark", "utf_16_le", "utf_16_be"}
	dir := t.TempDir()
	holds := func(seed uint64) bool {
		random := rand.New(rand.NewPCG(seed, 0))
		var old, fixed strings.Builder
		for range random.IntN(100) {
			part := parts[random.IntN(len(parts))]
			separator := []string{" ", "\"", ",", "\n", "\r\n"}[random.IntN(5)]
			old.WriteString(part.old + separator)
			fixed.WriteString(part.fixed + separator)
		}
		name := encodingNames[random.IntN(len(encodingNames))]
		file := filepath.Join(dir, "f")
		if err := os.WriteFile(file, []byte(encodings[name](old.String())), 0o644); err != nil {
			t.Fatal(err)
		}
		list := replacements(t, dir, "f")
		places := fix(t, dir, list)
		want := encodings[name](fixed.String())
		if got := read(t, file); got != want {
			t.Logf("%s: got %q, want %q", name, got, want)
			return false
		}
		return (len(places) > 0) == (old.String() != fixed.String()) && len(fix(t, dir, list)) == 0 && read(t, file) == want
	}
	if err := quick.Check(holds, &quick.Config{MaxCount: 50}); err != nil {
		t.Error(err)
	}
}

// TestFix_long_lines is about a line that is searched in pieces: no id is lost or cut where one ends, about 260,000.
func TestFix_long_lines(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"utf_8", "utf_16_le"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for shift := range 5 {
				text := func(id string) string {
					before, words := strings.Repeat(" ", 259_000+5*shift), strings.Repeat(" "+id+" -"+oldAMI, 100)
					return encodings[name](before + words + "\n" + id)
				}
				dir := workspacetest.Folder{"f": text(oldAMI)}.Make(t, t.TempDir())
				places := fix(t, dir, replacements(t, dir, "f"))
				if diff := cmp.Diff([]imageids.Place{{File: "f", Line: 1}, {File: "f", Line: 2}}, places); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if read(t, dir, "f") != text(newAMI) {
					t.Errorf("with %d blanks more before it, the text is not fixed, or more than that", 5*shift)
				}
			}
		})
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
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	fix(t, dir, replacements(t, dir, "f"))
	after, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if after.Mode() != before.Mode() {
		t.Errorf("got the mode %v, want %v", after.Mode(), before.Mode())
	}
	is, was := after.Sys().(*syscall.Stat_t), before.Sys().(*syscall.Stat_t)
	if is.Uid != was.Uid || is.Gid != was.Gid {
		t.Errorf("got the owner %d:%d, want %d:%d", is.Uid, is.Gid, was.Uid, was.Gid)
	}
	if is.Ino == was.Ino {
		t.Error("the file was written in place: a crash would have left half of it")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("got the files %v and the error %v", entries, err)
	}
}

func TestFix_links(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"real/f":    oldAMI,
		"real/deep": "-> ../elsewhere/folder",
		// Through the first link, ".." is elsewhere.
		"link":                "-> real/deep/up",
		"elsewhere/folder/up": "-> ../g",
		"elsewhere/g":         oldAMI,
	}.Make(t, t.TempDir())
	if err := os.Symlink("real/f", filepath.Join(dir, "again")); err != nil {
		t.Fatal(err)
	}
	got := fix(t, dir, replacements(t, dir, "link", "again", "real/f"))
	want := []imageids.Place{{File: "elsewhere/g", Line: 1}, {File: "real/f", Line: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, name := range []string{"real/f", "elsewhere/g"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() || read(t, dir, name) != newAMI {
			t.Errorf("%s: got %v and the error %v", name, info, err)
		}
	}
	for _, name := range []string{"link", "again", "elsewhere/folder/up"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode().Type() != os.ModeSymlink {
			t.Errorf("%s: got %v and the error %v", name, info, err)
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
	fixed, err := workspace.Fix(t.Context(), dir, filesOf(list), list)
	if diff := cmp.Diff([]imageids.Place{{File: "a", Line: 1}, {File: "d", Line: 1}}, places(fixed)); diff != "" {
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

// untilFixed is a context that is cancelled once a file has the new id.
type untilFixed struct {
	context.Context
	file string
}

func (c untilFixed) Err() error {
	if text, err := os.ReadFile(c.file); err == nil && string(text) == newAMI {
		return context.Canceled
	}
	return nil
}

// TestFix_cancelled is about a step that is cancelled after the first file is written, which it tells of.
func TestFix_cancelled(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a": oldAMI, "b": oldAMI}.Make(t, t.TempDir())
	list := replacements(t, dir, "a", "b")
	fixed, err := workspace.Fix(untilFixed{t.Context(), filepath.Join(dir, "a")}, dir, filesOf(list), list)
	if diff := cmp.Diff([]imageids.Place{{File: "a", Line: 1}}, places(fixed)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var p *problem.Problem
	if !errors.As(err, &p) || p.Title != problem.Cancelled {
		t.Errorf("got the error %v", err)
	}
	if read(t, dir, "b") != oldAMI {
		t.Error("the second file is written all the same")
	}
}

// untilReleased is a context that is asked whether it has ended while a file is being written, and does not answer.
type untilReleased struct {
	context.Context
	dir              string
	asked, isAllowed chan struct{}
}

func (c untilReleased) Err() error {
	if drafts, _ := filepath.Glob(filepath.Join(c.dir, ".fix-*")); len(drafts) > 0 {
		c.asked <- struct{}{}
		<-c.isAllowed
	}
	return c.Context.Err()
}

// TestFix_slow is about a disk that is slower than a step that is cancelled: no temporary file stays behind.
func TestFix_slow(t *testing.T) {
	t.Parallel()
	text := oldAMI + strings.Repeat(" ", 1<<20)
	dir := workspacetest.Folder{"f": text}.Make(t, t.TempDir())
	list := replacements(t, dir, "f")
	ctx, cancel := context.WithCancel(t.Context())
	c := untilReleased{ctx, dir, make(chan struct{}), make(chan struct{})}
	done := make(chan error)
	go func() {
		_, err := workspace.Fix(c, dir, []string{"f"}, list)
		done <- err
	}()
	<-c.asked
	cancel()
	for names := []string{""}; len(names) > 0; {
		names, _ = filepath.Glob(filepath.Join(dir, ".fix-*"))
	}
	close(c.isAllowed)
	var p *problem.Problem
	if err := <-done; !errors.As(err, &p) || p.Title != problem.Cancelled {
		t.Errorf("got the error %v", err)
	}
	if read(t, dir, "f") != text {
		t.Error("the file is written")
	}
}

// TestFix_full is about a disk that is full in the middle of a file: the file is as it was. The
// process whose files may not grow is one of its own.
func TestFix_full(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("FIX_IN"); dir != "" {
		fixWithLittleRoom(dir)
	}
	text := oldAMI + strings.Repeat("\n# "+keptAMI, 10_000)
	dir := workspacetest.Folder{"f": text}.Make(t, t.TempDir())
	command := exec.Command(os.Args[0], "-test.run=^TestFix_full$")
	command.Env = append(os.Environ(), "FIX_IN="+dir)
	output, err := command.CombinedOutput()
	const want = `Cannot write outputs: The image ids in "f" could not be replaced: "file too large". The file is as it was; make its folder writable, with room for a copy of it.`
	if err == nil || string(output) != want {
		t.Errorf("got the error %v and the output %s, want %s", err, output, want)
	}
	if got := read(t, dir, "f"); got != text {
		t.Errorf("got a file of %d bytes, want the old one of %d", len(got), len(text))
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("got the files %v and the error %v", entries, err)
	}
}

// fixWithLittleRoom ends the process.
func fixWithLittleRoom(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	found, err := workspace.Find(context.Background(), dir, workspace.Sources{Files: []string{"f"}})
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096})
	}
	if err == nil {
		_, err = workspace.Fix(context.Background(), dir, found.Files, []imageids.Replacement{{Image: found.Images[0], With: newAMI}})
	}
	os.Stdout.WriteString(err.Error())
	os.Exit(1)
}

func TestFix_ended(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a": oldAMI}.Make(t, t.TempDir())
	list := replacements(t, dir, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fixed, err := workspace.Fix(ctx, dir, filesOf(list), list)
	const want = "Cancelled: The step was cancelled before it had replaced all image ids. Run the job again."
	if fixed.Count != 0 || err == nil || err.Error() != want {
		t.Errorf("got %v and the error %v, want %s", fixed, err, want)
	}
	if got := read(t, dir, "a"); got != oldAMI {
		t.Errorf("got %q", got)
	}
}
