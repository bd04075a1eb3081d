package problem_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"hcp-packer-iteration/internal/problem"
)

// check compares what a function makes of each text with what is wanted.
func check(t *testing.T, made func(string) string, want map[string]string) {
	t.Helper()
	for text, want := range want {
		if got := made(text); got != want {
			t.Errorf("%.50q: got %q, want %q", text, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	plain := "CVE-2026-1234 in openssl: déjà vu, 日本語, 🙂"
	check(t, problem.Clean, map[string]string{
		"":    "",
		plain: plain,
		// Lines' ends, and other control characters.
		"a\n::error::b":     `a\n::error::b`,
		"a\r::error::b":     `a\r::error::b`,
		"a\u0085\u2028b":    `a\u0085\u2028b`,
		"a\tb\u00a0c":       "a b c",
		"a\x00\x1b[31m\x7f": `a\u0000\u001b[31m\u007f`,
		// Characters that are invisible, or reorder others.
		"a\u202eb\u2066":     `a\u202eb\u2066`,
		"\u200b\u200d\ufeff": `\u200b\u200d\ufeff`,
		"a\u00adb\U000e0100": `a\u00adb\U000e0100`,
		"a\xffb":             "a\ufffdb",
		"\xc3\x28":           "\ufffd(",
		// The runner's older command syntax.
		"##[add-mask]b":   "## [add-mask]b",
		"####[error]b":    "#### [error]b",
		"##[##[error]":    "## [## [error]",
		"#\u200b#[error]": `#\u200b#[error]`,
		"#[error]":        "#[error]",
		// The bound.
		strings.Repeat("é", 300):               strings.Repeat("é", 300),
		strings.Repeat("é", 301):               strings.Repeat("é", 300) + "…",
		strings.Repeat("a", 298) + "##[error]": strings.Repeat("a", 298) + "##…",
	})
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\r\n::error::b", "##[##[", "\u202e\u200b", "\xff#\xff#["} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := problem.Clean(text)
		if !utf8.ValidString(got) || strings.Contains(got, "##[") || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("got %q, which is not UTF-8, holds a command or is not printable", got)
		}
	})
}

func TestQuote(t *testing.T) {
	t.Parallel()
	check(t, problem.Quote, map[string]string{
		"":                       `""`,
		`a" of "b`:               `"a' of 'b"`,
		"a\n##[error]\u202e":     `"a\n## [error]\u202e"`,
		strings.Repeat("a", 301): `"` + strings.Repeat("a", 300) + `…"`,
		`#"#[error]`:             `"#'#[error]"`, // which is no command
	})
}

// TestQuoteID has the longest id that a cloud has, which Clean would cut.
func TestQuoteID(t *testing.T) {
	t.Parallel()
	id := "/subscriptions/" + strings.Repeat("x", 435)
	check(t, problem.QuoteID, map[string]string{id + "\n": `"` + id + `\n"`})
	check(t, problem.CleanID, map[string]string{strings.Repeat("x", 1025): strings.Repeat("x", 1024) + "…"})
}

func TestList(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 25 {
		items = append(items, fmt.Sprint(i+1))
	}
	twenty, long := strings.Join(items[:20], ", "), strings.Repeat("a", 1600)
	for want, items := range map[string][]string{
		"":                          nil,
		"1, 2":                      items[:2],
		twenty:                      items[:20],
		twenty + " and 5 more":      items,
		long + " and 2 more":        {long, long, "c"},
		long + long + " and 1 more": {long + long, "b"},
	} {
		if got := problem.List(items); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for duration, want := range map[time.Duration]string{
		0:                                  "0s",
		250 * time.Millisecond:             "250ms",
		90 * time.Second:                   "1m30s",
		time.Minute + 400*time.Millisecond: "1m",
		10 * time.Hour:                     "10h",
		90 * time.Minute:                   "1h30m",
		time.Hour + 5*time.Second:          "1h0m5s",
		2*day - time.Second:                "47h59m59s",
		3*day - time.Second:                "2 days", // they are whole
	} {
		if got := problem.Duration(duration); got != want {
			t.Errorf("%v: got %q, want %q", duration, got, want)
		}
	}
}
