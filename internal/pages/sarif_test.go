package pages_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// schemas are that of SARIF and what GitHub takes of it.
var schemas = sync.OnceValues(func() (all [2]*jsonschema.Schema, err error) {
	for i, name := range []string{"testdata/sarif-schema-2.1.0.json", "testdata/sarif-github.json"} {
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		if all[i], err = compiler.Compile(name); err != nil {
			break
		}
	}
	return all, err
})

// writeSARIF writes a file, which must hold both schemas.
func writeSARIF(t *testing.T, told []verdict.Verdict, marks []workspace.Mark) (text string) {
	t.Helper()
	var file bytes.Buffer
	_, err := pages.WriteSARIF(&file, told, marks, pages.MaxGzipped, func(text string) string { return text })
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	both, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	for _, schema := range both {
		if err := schema.Validate(document); err != nil {
			t.Error(err)
		}
	}
	return file.String()
}

// values are those of a field, in their order.
func values(text, field string) (list []string) {
	for _, found := range regexp.MustCompile(`"`+field+`":"((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(text, -1) {
		list = append(list, found[1])
	}
	return list
}

// unread is the verdict on an image that is refused, without a match.
func unread(id string) verdict.Verdict {
	return verdict.Verdict{Image: imageids.Image{ID: id}, Kind: gate.Revoked, Effect: gate.Fail, Clause: "is revoked"}
}

// mark is where a file names an image of five letters.
func mark(image int, file string, line, column int) workspace.Mark {
	return workspace.Mark{Image: image, File: file, Line: line, Column: column, EndColumn: column + len("ami-1")}
}

// TestWriteSARIF_results has a result of each level, at paths of every kind.
func TestWriteSARIF_results(t *testing.T) {
	t.Parallel()
	waived, warned, hidden := unread("ami-2"), unread("ami-3"), unread("ami-secret")
	waived.Kind, waived.Effect, waived.Waiver = verdict.Waived, gate.Warn, &verdict.Waiver{Until: time.Unix(0, 0).UTC(), Reason: "a\nreason"}
	warned.Kind, warned.Effect = verdict.Floating, gate.Warn
	hidden.Image.Sensitive = true
	told := []verdict.Verdict{unread("ami-1"), hidden, warned, waived}
	text := writeSARIF(t, told, []workspace.Mark{
		mark(0, "a b/ü#?%.tf", 1, 1), mark(0, "c:d", 1, 1), mark(1, "a", 3, 1), mark(1, "a", 4, 1), mark(2, "[a]+'\"\\.tf", 1, 1), mark(3, "\xff", 1, 1),
	})
	_, results, _ := strings.Cut(text, `"results":`)
	for field, want := range map[string][]string{
		"level":         {"error", "error", "error", "error", "warning", "note"},
		"uri":           {"a%20b/%C3%BC%23%3F%25.tf", "c%3Ad", "a", "a", "%5Ba%5D+%27%22%5C.tf", "%FF"},
		"justification": {`until 1970-01-01: a\\nreason`},
		"text": {`Image \"ami-1\" is revoked.`, `Image \"ami-1\" is revoked.`, `The image at \"a:3\" is revoked.`,
			`The image at \"a:4\" is revoked.`, `Image \"ami-3\" is revoked.`, `Image \"ami-2\" is revoked.`},
	} {
		if diff := cmp.Diff(want, values(results, field)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	if strings.Contains(text, "secret") {
		t.Errorf("a sensitive id is shown:\n%s", text)
	}
}

// TestWriteSARIF_fingerprints has each result told apart, and known again where lines have moved.
func TestWriteSARIF_fingerprints(t *testing.T) {
	t.Parallel()
	prints := func(moved int) []string {
		hidden, other := unread(fmt.Sprint("ami-", moved)), unread("ami-4")
		hidden.Image.Sensitive, other.Image.Sensitive = true, true // so that the id does not count
		told := []verdict.Verdict{unread("ami-1"), unread("ami-2"), hidden, other}
		return values(writeSARIF(t, told, []workspace.Mark{
			mark(0, "a", 1+moved, 1), mark(0, "a", 2+moved, 1+moved), mark(0, "b", 1, 1), mark(1, "a", 1, 7), mark(2, "a", 3+moved, 1), mark(3, "a", 3+moved, 7),
		}), "primaryLocationLineHash")
	}
	got := prints(0)
	if diff := cmp.Diff(got, prints(7)); diff != "" {
		t.Errorf("-here +moved:\n%s", diff)
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(got))); len(distinct) != 6 {
		t.Errorf("two are the same: %v", got)
	}
}

// TestWriteSARIF_bounds has a fiftieth of the results that there may be, in as much of the room: all fit where they are of
// the usual length, and of the longest as many as there is room for.
func TestWriteSARIF_bounds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(length int) string {
		letters := make([]byte, length)
		for i := range letters {
			letters[i] = byte('a' + random.IntN(26))
		}
		return string(letters)
	}
	for name, tc := range map[string]struct {
		marks, id, file, most int // how many there are, their lengths, and the room in bytes
		cut                   bool
	}{
		"usual":   {pages.MaxResults / 50, 21, 20, pages.MaxGzipped / 50, false},
		"longest": {100, 1000, 4000, 100_000, true},
	} {
		var marks []workspace.Mark
		var told []verdict.Verdict
		for i := range tc.marks {
			marks, told = append(marks, mark(i, noise(tc.file), i+1, 1)), append(told, unread(noise(tc.id)))
		}
		var file, zipped bytes.Buffer
		left, err := pages.WriteSARIF(&file, told, marks, tc.most, func(text string) string { return text })
		if err != nil || !json.Valid(file.Bytes()) {
			t.Errorf("%s: got %d bytes that are no JSON, or %v", name, file.Len(), err)
		}
		out := gzip.NewWriter(&zipped)
		_, _ = out.Write(file.Bytes())
		_ = out.Close()
		results := bytes.Count(file.Bytes(), []byte(`"ruleId"`))
		if results+left != len(marks) || left > 0 != tc.cut || tc.cut && (zipped.Len() < tc.most || zipped.Len() > tc.most*11/10) {
			t.Errorf("%s: got %d results, %d left out, and %d bytes gzipped", name, results, left, zipped.Len())
		}
	}
}

// TestWriteSARIF_rules has a rule for each verdict of the README but "ok", with no results as well.
func TestWriteSARIF_rules(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../verify/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Verdicts\n")
	section, _, _ = strings.Cut(section, "| `ok` |")
	var want []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(section, -1) {
		want = append(want, row[1])
	}
	if diff := cmp.Diff(want, values(writeSARIF(t, nil, nil), "id")); diff != "" {
		t.Errorf("rules (-README +file):\n%s", diff)
	}
}
