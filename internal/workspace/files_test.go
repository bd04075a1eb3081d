package workspace_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

// checkout is a workspace with files at several depths and links of all kinds. Each file holds an
// id of its own.
var checkout = workspacetest.Folder{
	"a.tf":             "ami-0000000a",
	"b.tf":             "ami-0000000b",
	"b.json":           "ami-0000000c",
	"c/d/e.tf":         "ami-0000000d",
	"c/f.tf":           "ami-0000000e",
	".github/g.yml":    "ami-0000000f",
	"[x]/{y}.txt":      "ami-00000010",
	"x/y.txt":          "ami-00000011",
	"a\n::error::b":    "ami-00000012",
	"links/in":         "-> ../a.tf",
	"links/folder":     "-> ../c",
	"links/dangling":   "-> nothing",
	"links/circle":     "-> .",
	"links/self":       "-> self",
	"out/file":         "-> ../../outside/secret",
	"out/absolute":     "-> /etc/hostname",
	"out/missing":      "-> ../../nothing",
	"deep/out/folder":  "-> ../../../outside",
	"deep/in/inner.tf": "ami-00000013",
}

// checkedOut is the path of the checkout, beside a folder that it must not reach.
func checkedOut(t *testing.T) string {
	t.Helper()
	top := workspacetest.Folder{"outside/secret": "ami-ffffffff", "outside/x.tf": "ami-fffffffe"}.Make(t, t.TempDir())
	dir := checkout.Make(t, filepath.Join(top, "workspace"))
	if err := os.Symlink(filepath.Join(dir, "b.tf"), filepath.Join(dir, "links/absolute")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// patternTest has lines of the input files, where WORKSPACE is its path, and what is found, or the message of a refusal
// behind "The input files".
type patternTest struct{ patterns, want []string }

func testPatterns(t *testing.T, dir string, tests map[string]patternTest) {
	t.Helper()
	inDir := func(lines []string) []string {
		return strings.Split(strings.ReplaceAll(strings.Join(lines, "\x00"), "WORKSPACE", dir), "\x00")
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sources := workspace.Sources{Files: inDir(test.patterns)}
			var got []string
			if strings.HasPrefix(test.want[0], ":") {
				got = []string{strings.TrimPrefix(workspacetest.Refused(t, dir, sources), "The input files")}
			} else {
				got = workspacetest.Lines(workspacetest.Find(t, dir, sources))
			}
			if diff := cmp.Diff(inDir(test.want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFind_files(t *testing.T) {
	t.Parallel()
	const passedOver, remedy = "warning Links out of the workspace were passed over: ", ". Copy into it what they point at, or take them out."
	testPatterns(t, checkedOut(t), map[string]patternTest{
		"path":                   {[]string{"c/f.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"path_with_dots":         {[]string{"./c/./f.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"absolute_in_workspace":  {[]string{"WORKSPACE/c/*.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"star":                   {[]string{"*.tf"}, []string{"ami-0000000a a.tf:1", "ami-0000000b b.tf:1"}},
		"two_stars":              {[]string{"**/*.tf"}, []string{"ami-0000000a a.tf:1", "ami-0000000b b.tf:1", "ami-0000000d c/d/e.tf:1", "ami-0000000e c/f.tf:1", "ami-00000013 deep/in/inner.tf:1", passedOver + `"deep/out/folder"` + remedy}},
		"two_stars_below":        {[]string{"c/**"}, []string{"ami-0000000d c/d/e.tf:1", "ami-0000000e c/f.tf:1"}},
		"braces":                 {[]string{"b.{tf,json}"}, []string{"ami-0000000c b.json:1", "ami-0000000b b.tf:1"}},
		"hidden":                 {[]string{"*/*.yml"}, []string{"ami-0000000f .github/g.yml:1"}},
		"class":                  {[]string{"[x]/y.txt"}, []string{"ami-00000011 x/y.txt:1"}},
		"escaped":                {[]string{`\[x\]/\{y\}.txt`}, []string{"ami-00000010 [x]/{y}.txt:1"}},
		"in_the_order_given":     {[]string{"c/f.tf", "b.tf", "*.tf"}, []string{"ami-0000000e c/f.tf:1", "ami-0000000b b.tf:1", "ami-0000000a a.tf:1"}},
		"once":                   {[]string{"a.tf", "a.tf", "?.tf", "./a.tf"}, []string{"ami-0000000a a.tf:1", "ami-0000000b b.tf:1"}},
		"line_break_and_command": {[]string{"a\n*"}, []string{"ami-00000012 a\n::error::b:1"}},
		"link_in":                {[]string{"links/in"}, []string{"ami-0000000a a.tf:1"}},
		"absolute_link_in":       {[]string{"links/absolute"}, []string{"ami-0000000b b.tf:1"}},
		"file_and_links_to_it":   {[]string{"links/{absolute,in}", "a.tf"}, []string{"ami-0000000b b.tf:1", "ami-0000000a a.tf:1"}},
		"through_a_link":         {[]string{"links/folder/*.tf"}, []string{"ami-0000000e c/f.tf:1"}},
		"past_dangling_links":    {[]string{"links/{dangling,in}"}, []string{"ami-0000000a a.tf:1"}},
		"past_links_to_folders":  {[]string{"links/{folder,in}"}, []string{"ami-0000000a a.tf:1"}},
		"past_links_to_nowhere":  {[]string{"links/*[fgln]"}, []string{"ami-0000000a a.tf:1"}},
		"not_into_links_out":     {[]string{"deep/**/*.tf"}, []string{"ami-00000013 deep/in/inner.tf:1", passedOver + `"deep/out/folder"` + remedy}},
		"past_links_out":         {[]string{"{c,o?t}/*", "deep/*/*"}, []string{"ami-0000000e c/f.tf:1", "ami-00000013 deep/in/inner.tf:1", passedOver + `"deep/out/folder", "out/absolute", "out/file", "out/missing"` + remedy}},
		"links_out_taken_out":    {[]string{"**/[ai]*", "!out", "!WORKSPACE/deep/out/*"}, []string{"ami-00000012 a\n::error::b:1", "ami-0000000a a.tf:1", "ami-00000013 deep/in/inner.tf:1", "ami-0000000b b.tf:1"}},
		"target_taken_out":       {[]string{"links/*", "!a.tf"}, []string{"ami-0000000b b.tf:1"}},
	})
}

func TestFind_no_file(t *testing.T) {
	t.Parallel()
	const (
		nothing = " matches no file in the workspace. Correct the path, let an earlier step make the file, or set if-no-files-found to warn or ignore."
		leads   = ` is outside the workspace. Give a path relative to the workspace, without "..".`
		link    = " is or goes through a link out of the workspace. Name the files in the workspace only, or copy there what the link points at."
		syntax  = " is not a valid path or glob. Close its brackets and braces, or put a backslash before one that is meant literally."
	)
	testPatterns(t, checkedOut(t), map[string]patternTest{
		"path":                        {[]string{"a.tf", "nothing.tf"}, []string{`: "nothing.tf"` + nothing}},
		"glob":                        {[]string{"a.tf", "*.nothing"}, []string{`: "*.nothing"` + nothing}},
		"glob_in_no_folder":           {[]string{"a.tf", "nothing/**"}, []string{`: "nothing/**"` + nothing}},
		"glob_in_a_file":              {[]string{"a.tf", "a.tf/*"}, []string{`: "a.tf/*"` + nothing}},
		"glob_below_a_file":           {[]string{"a.tf", "a.tf/b/*"}, []string{`: "a.tf/b/*"` + nothing}},
		"path_in_a_file":              {[]string{"a.tf", "a.tf/b"}, []string{`: "a.tf/b" cannot be read: "not a directory". Make it a readable file, or name others.`}},
		"empty":                       {[]string{"a.tf", ""}, []string{`: ""` + nothing}},
		"dot":                         {[]string{"a.tf", "."}, []string{`: "."` + nothing}},
		"folder":                      {[]string{"a.tf", "c"}, []string{`: "c"` + nothing}},
		"folder_with_slash":           {[]string{"a.tf", "c/"}, []string{`: "c/"` + nothing}},
		"file_with_slash":             {[]string{"a.tf", "a.tf/"}, []string{`: "a.tf/" cannot be read: "not a directory". Make it a readable file, or name others.`}},
		"folders":                     {[]string{"a.tf", "c/*/"}, []string{`: "c/*/"` + nothing}},
		"line_break_and_command":      {[]string{"a.tf", "x\n::error::*"}, []string{`: "x\n::error::*"` + nothing}},
		"dangling_link":               {[]string{"a.tf", "links/dangling"}, []string{`: "links/dangling"` + nothing}},
		"link_to_folder":              {[]string{"a.tf", "links/folder"}, []string{`: "links/folder"` + nothing}},
		"wildcard_through_a_link":     {[]string{"a.tf", "links/fol*/*.tf"}, []string{`: "links/fol*/*.tf"` + nothing}},
		"glob_below_a_link_to_itself": {[]string{"a.tf", "links/self/*"}, []string{`: "links/self/*" cannot be read: "too many levels of symbolic links". Make it a readable file, or name others.`}},
		"link_to_itself":              {[]string{"a.tf", "links/self"}, []string{`: "links/self" cannot be read: "too many levels of symbolic links". Make it a readable file, or name others.`}},
		"absolute":                    {[]string{"a.tf", "/etc/hostname"}, []string{`: "/etc/hostname"` + leads}},
		"workspace_name_continued":    {[]string{"a.tf", "WORKSPACE-2/a.tf"}, []string{`: "WORKSPACE-2/a.tf"` + leads}},
		"dots":                        {[]string{"a.tf", "../outside/secret"}, []string{`: "../outside/secret"` + leads}},
		"dots_inside":                 {[]string{"a.tf", "c/../a.tf"}, []string{`: "c/../a.tf"` + leads}},
		"dots_at_the_end":             {[]string{"a.tf", "c/.."}, []string{`: "c/.."` + leads}},
		"dots_after_the_workspace":    {[]string{"a.tf", "WORKSPACE/../outside/secret"}, []string{`: "WORKSPACE/../outside/secret"` + leads}},
		"dots_in_braces":              {[]string{"a.tf", "{c,..}/outside/secret"}, []string{`: "{c,..}/outside/secret"` + leads}},
		"dots_escaped":                {[]string{"a.tf", `\.\./outside/secret`}, []string{`: "\.\./outside/secret"` + nothing}},
		"dots_in_a_class":             {[]string{"a.tf", `[.][.]/outside/secret`}, []string{`: "[.][.]/outside/secret"` + nothing}},
		"link_out":                    {[]string{"a.tf", "out/file"}, []string{`: "out/file"` + link}},
		"link_out_by_glob":            {[]string{"a.tf", "out/f*"}, []string{`: "out/f*"` + nothing}},
		"link_out_in_braces":          {[]string{"a.tf", "{a.tf,out/file}"}, []string{`: "{a.tf,out/file}"` + link}},
		"absolute_link_out":           {[]string{"a.tf", "out/absolute"}, []string{`: "out/absolute"` + link}},
		"dangling_link_out":           {[]string{"a.tf", "out/missing"}, []string{`: "out/missing"` + link}},
		"through_a_link_out":          {[]string{"a.tf", "deep/out/folder/secret"}, []string{`: "deep/out/folder/secret"` + link}},
		"glob_through_a_link_out":     {[]string{"a.tf", "deep/out/folder/*"}, []string{`: "deep/out/folder/*"` + link}},
		"folder_that_is_out":          {[]string{"a.tf", "deep/out/*"}, []string{`: "deep/out/*"` + nothing}},
		"bad_class":                   {[]string{"a.tf", "[a"}, []string{`: "[a"` + syntax}},
		"bad_braces":                  {[]string{"a.tf", "{a,b"}, []string{`: "{a,b"` + syntax}},
	})
}

// TestFind_folders is about folders that wildcards stay out of, and lines that take out.
func TestFind_folders(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"a.tf":                      "ami-0000000a",
		"b/c.tf":                    "ami-0000000c",
		"b/d/e.tf":                  "ami-0000000e",
		".git/x.tf":                 "ami-00000001",
		".terraform/modules/m/x.tf": "ami-00000002",
		"b/.terraform/x.tf":         "ami-00000003",
		"node_modules/p/x.tf":       "ami-00000004",
		"b/node_modules":            "ami-00000005",
		".terraform.d/x.tf":         "ami-00000006",
		"!x.tf":                     "ami-00000007",
		".terragrunt-cache/a/x.tf":  "ami-00000008",
		"d/node_modules":            "-> ../../elsewhere",
	}.Make(t, t.TempDir())
	const (
		a, c, e  = "ami-0000000a a.tf:1", "ami-0000000c b/c.tf:1", "ami-0000000e b/d/e.tf:1"
		provider = "ami-00000006 .terraform.d/x.tf:1"
		odd      = "ami-00000007 !x.tf:1"
	)
	testPatterns(t, dir, map[string]patternTest{
		"two_stars":             {[]string{"**/*.tf"}, []string{odd, provider, a, c, e}},
		"file_of_such_a_name":   {[]string{"b/*"}, []string{c, "ami-00000005 b/node_modules:1"}},
		"star_for_the_folder":   {[]string{"*/x.tf", ".t*/**"}, []string{provider}},
		"named":                 {[]string{".terraform/**"}, []string{"ami-00000002 .terraform/modules/m/x.tf:1"}},
		"named_in_the_middle":   {[]string{"**/.terraform/*"}, []string{"ami-00000003 b/.terraform/x.tf:1"}},
		"named_in_braces":       {[]string{"{.git,node_modules}/**"}, []string{"ami-00000001 .git/x.tf:1", "ami-00000004 node_modules/p/x.tf:1"}},
		"named_cache":           {[]string{".terragrunt-cache/**"}, []string{"ami-00000008 .terragrunt-cache/a/x.tf:1"}},
		"named_whole":           {[]string{".git/x.tf"}, []string{"ami-00000001 .git/x.tf:1"}},
		"taken_out":             {[]string{"{a,b/**/*}.tf", "!b/d/*.tf"}, []string{a, c}},
		"taken_out_before":      {[]string{"!**/c.tf", "{a,b/**/*}.tf"}, []string{a, e}},
		"folder_taken_out":      {[]string{"{a,b/**/*}.tf", "!b/"}, []string{a}},
		"folder_with_all_below": {[]string{"{a,b/**/*}.tf", "! b/**"}, []string{a}},
		"absolute_taken_out":    {[]string{"{a,b/**/*}.tf", "!WORKSPACE/b/d/e.tf"}, []string{a, c}},
		"nothing_taken_out":     {[]string{"a.tf", "!b.tf"}, []string{a}},
		"begins_with_a_mark":    {[]string{"./!x.tf"}, []string{odd}},
		"outside_taken_out":     {[]string{"a.tf", "!../x"}, []string{`: "../x" is outside the workspace. Give a path relative to the workspace, without "..".`}},
		"bad_class_taken_out":   {[]string{"a.tf", "![a"}, []string{`: "![a" is not a valid path or glob. Close its brackets and braces, or put a backslash before one that is meant literally.`}},
		"itself_taken_out":      {[]string{"a.tf", "!a.tf"}, []string{`: "a.tf" matches no file in the workspace. Correct the path, let an earlier step make the file, or set if-no-files-found to warn or ignore.`}},
	})
}

func TestFind_missing(t *testing.T) {
	t.Parallel()
	const (
		none    = "None of the inputs image-ids, plan, state and files names anything to check."
		set     = " Set one of them, or set if-no-files-found to warn or ignore."
		nothing = `: "x.*" matches no file in the workspace.`
		correct = " Correct the path, let an earlier step make the file, or set if-no-files-found to warn or ignore."
	)
	dir := workspacetest.Folder{"a.tf": "ami-0000000a"}.Make(t, t.TempDir())
	for name, test := range map[string]struct {
		sources      workspace.Sources
		what, remedy string
		found        []string
	}{
		"nothing_named":  {workspace.Sources{}, none, set, nil},
		"blanks_only":    {workspace.Sources{IDs: []string{" "}}, none, set, nil},
		"taken_out_only": {workspace.Sources{Files: []string{"!a.tf"}}, none, set, nil},
		"no_plan":        {workspace.Sources{Plans: []string{"x.*"}, Files: []string{"a.tf"}}, "The input plan" + nothing, correct, []string{"ami-0000000a a.tf:1"}},
		"no_state":       {workspace.Sources{States: []string{"x.*"}}, "The input state" + nothing, correct, nil},
		"no_file":        {workspace.Sources{IDs: []string{"b"}, Files: []string{"x.*", "a.tf"}}, "The input files" + nothing, correct, []string{"b", "ami-0000000a a.tf:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, want := workspacetest.Refused(t, dir, test.sources), test.what+test.remedy; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			test.sources.IfNoFiles = workspace.MissingIgnore
			ignored := workspacetest.Lines(workspacetest.Find(t, dir, test.sources))
			test.sources.IfNoFiles = workspace.MissingWarn
			warned := workspacetest.Lines(workspacetest.Find(t, dir, test.sources))
			if !cmp.Equal(ignored, test.found) || !cmp.Equal(warned, append(test.found, "warning "+test.what)) {
				t.Errorf("got %v and %v, want %v", ignored, warned, test.found)
			}
		})
	}
}

// TestFind_plans has a plan in the folder where terragrunt leaves them, which wildcards of files stay out of, and one that
// the input files matches under another name.
func TestFind_plans(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		".terragrunt-cache/1/plan.json": workspacetest.Plan(`"create"`, `{"ami": "ami-12345678"}`),
		"plans/1.json":                  workspacetest.Plan(`"no-op"`, `{"ami": "ami-12345679"}`),
		"latest.json":                   "-> plans/1.json",
	}.Make(t, t.TempDir())
	got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Plans: []string{"**/plan.json", "latest.json"}, Files: []string{"**"}, Scope: terraform.ScopeChanged}))
	if want := []string{"ami-12345678 .terragrunt-cache/1/plan.json#x.y"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFind_no_workspace(t *testing.T) {
	t.Parallel()
	const want = `The inputs plan, state and files name files in the workspace "nowhere", which cannot be opened: "no such file or directory". ` +
		`Run the step on a runner that sets GITHUB_WORKSPACE, after the files are there.`
	if got := workspacetest.Refused(t, "nowhere", workspace.Sources{Files: []string{"*"}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// A list needs none, also to fix it.
	if fixed, err := workspace.Fix(t.Context(), "nowhere", nil, []imageids.Replacement{{With: "ami-2"}}); err != nil || fixed.Count != 0 {
		t.Errorf("fixed %v, %v", fixed, err)
	}
	got := workspacetest.Lines(workspacetest.Find(t, "nowhere", workspace.Sources{IDs: []string{"ami-1"}}))
	if want := []string{"ami-1"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestFind_fifo would not end if a FIFO were opened.
func TestFind_fifo(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{"a.tf": "ami-12345678"}.Make(t, t.TempDir())
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{"**"}}))
	if want := []string{"ami-12345678 a.tf:1"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, pattern := range []string{"fifo", "f*", "fifo/*", "fifo/**", "*/x", "fifo/x*/y"} {
		workspacetest.Refused(t, dir, workspace.Sources{Files: []string{pattern}})
	}
}

func TestFind_unreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := workspacetest.Folder{"a.tf": "", "b/c.tf": ""}.Make(t, t.TempDir())
	for _, name := range []string{"a.tf", "b"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "b"), 0o700) })
	for pattern, want := range map[string]string{
		"a.tf":   `The input files: "a.tf" cannot be read: "permission denied". Make it a readable file, or name others.`,
		"b/**":   `The input files: "b/**" cannot be read: "permission denied". Make it a readable file, or name others.`,
		"**/c.*": `The input files: "**/c.*" cannot be read: "permission denied". Make it a readable file, or name others.`,
	} {
		if got := workspacetest.Refused(t, dir, workspace.Sources{Files: []string{pattern}}); got != want {
			t.Errorf("%s: got  %s\nwant %s", pattern, got, want)
		}
	}
}

func TestFind_sizes(t *testing.T) {
	t.Parallel()
	const most = 256 << 20
	dir := workspacetest.Folder{"small": ""}.Make(t, t.TempDir())
	for name, size := range map[string]int64{"most": most, "more": most + 1} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		// Full of NULs, and so a binary file, which takes no room on the disk.
		if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{"mos?"}})); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
	const over = `: "more" is over 256 MiB. Name `
	for want, sources := range map[string]workspace.Sources{
		"The input files" + over + "smaller files.": {Files: []string{"*"}},
		"The input state" + over + "smaller files.": {States: []string{"more"}},
		"The input plan" + over + "a file that has only what is read of it: jq -c '" + terraform.Filter + "' PLAN > FILE.": {Plans: []string{"more"}},
	} {
		if got := workspacetest.Refused(t, dir, sources); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
