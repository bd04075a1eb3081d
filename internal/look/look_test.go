package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var longID = strings.Repeat("/resourceGroups/images", 10)

func TestMeasure(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, markdown string
		want           []string // what is too wide, and the widest text in it
	}{
		{"words", "### ✅ ubuntu\n\n" + strings.Repeat("many words ", 100), nil},
		{"table_that_wraps", "| why |\n| --- |\n| " + strings.Repeat("many words ", 100) + "|\n", nil},
		{"table_in_a_fold", "<details><summary>All</summary>\n\n| image |\n| --- |\n| `" + longID + "` |\n\n</details>\n", []string{"table " + longID}},
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
		var got []string
		for _, o := range sizes[i].TooWide {
			got = append(got, o.Element+" "+o.Widest)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestTooWide(t *testing.T) {
	t.Parallel()
	summaries := []summary{{golden: "wide.golden"}, {golden: "fine.golden"}}
	sizes := []size{{TooWide: []overflow{{"table", 1312, 936, longID}, {"pre", 940, 936, "x"}}}, {}}
	want := `wide.golden: <table> is 1312 pixels wide and has 936; the widest in it is "` + longID[:100] + `"` +
		"\n" + `wide.golden: <pre> is 940 pixels wide and has 936; the widest in it is "x"`
	if got := tooWide(summaries, sizes).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := tooWide(summaries[1:], sizes[1:]); err != nil {
		t.Errorf("of a page that fits: %v", err)
	}
}

// TestReadSummaries has golden files with a summary and without one, and a folder of none.
func TestReadSummaries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got, err := readSummaries(dir)
	if err == nil {
		t.Errorf("a folder without summaries is no error: %v", got)
	}
	for name, text := range map[string]string{
		"fails.golden": "exit code 1\n\n-- summary --\n### ❌ Refused\n",
		"none.golden":  "exit code 0\n\n-- summary --\n",
		"lines.golden": "### not a step's\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err = readSummaries(dir)
	if want := []summary{{filepath.Join(dir, "fails.golden"), "<h3>❌ Refused</h3>\n"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
