package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	longID   = strings.Repeat("/resourceGroups/images", 10)
	longRow  = "| image | verdict |\n| --- | --- |\n| `" + longID + "` | revoked |\n"
	longFold = "<details><summary>All</summary>\n\n" + longRow + "\n</details>\n"
)

func TestMeasure(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, markdown string
		want           []string // what is too wide, and the widest text in it
	}{
		{"words", "### ✅ ubuntu\n\n" + strings.Repeat("many words ", 100), nil},
		{"table_that_wraps", "| why |\n| --- |\n| " + strings.Repeat("many words ", 100) + "|\n", nil},
		{"table", longRow, []string{"table " + longID}},
		{"table_in_a_fold", longFold, []string{"table " + longID}},
		{"code_span_in_prose", "The image `" + longID + "` is revoked.", nil},
		{"code_block", "```\n" + longID + "\n```\n", []string{"pre " + longID}},
		{"code_block_that_fits", "```\nami-0123456789abcdef0\n```\n", nil},
		{"page", `<div style="width: 2000px">wide</div>`, []string{"article wide"}},
		{"script", "fine\n\n<script>document.body.innerHTML = ''</script>\n", nil},
	}
	var summaries []summary
	for _, tc := range cases {
		html, err := render(tc.markdown)
		if err != nil {
			t.Fatal(err)
		}
		summaries = append(summaries, summary{tc.name, html})
	}
	// Without Chromium a developer's run skips it; in CI, what did not run must not look like what passed.
	if _, err := findChromium(); err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	sizes, err := measure(t.Context(), summaries, summaryWidth)
	if err != nil {
		t.Fatal(err)
	}
	for i, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, o := range sizes[i].TooWide {
				got = append(got, o.Element+" "+o.Widest)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTooWide(t *testing.T) {
	t.Parallel()
	summaries := []summary{{golden: "wide.golden"}, {golden: "fine.golden"}}
	sizes := []size{{TooWide: []overflow{{"table", 1312, 936, longID}, {"pre", 940, 936, "x"}}}, {}}
	want := `wide.golden: a table is 1312 pixels wide and has 936; the widest in it is "` + longID[:100] + `"` +
		"\n" + `wide.golden: a code block is 940 pixels wide and has 936; the widest in it is "x"`
	if diff := cmp.Diff(want, tooWide(summaries, sizes).Error()); diff != "" {
		t.Error(diff)
	}
	if err := tooWide(summaries[1:], sizes[1:]); err != nil {
		t.Errorf("of a page that fits: %v", err)
	}
}

func TestReadSummaries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"sub/fails.golden": "exit code 1\n\n-- summary --\n### ❌ Refused\n",
		"none.golden":      "exit code 0\n\n-- summary --\n",
		"lines.golden":     "### not a step's\n",
		"notes.md":         "-- summary --\n### not golden\n",
	} {
		if err := writeFile(filepath.Join(dir, name), text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readSummaries(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []summary{{filepath.Join(dir, "sub/fails.golden"), "<h3>❌ Refused</h3>\n"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(summary{})); diff != "" {
		t.Error(diff)
	}
	if _, err := readSummaries(t.TempDir()); err == nil {
		t.Error("a folder without summaries is no error")
	}
}

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
