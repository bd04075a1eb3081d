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

func TestClean(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"empty":                    {"", ""},
		"plain":                    {"CVE-2026-1234 in openssl: déjà vu, 日本語, 🙂", "CVE-2026-1234 in openssl: déjà vu, 日本語, 🙂"},
		"newline":                  {"a\n::error::b", `a\n::error::b`},
		"carriage_return":          {"a\r::error::b", `a\r::error::b`},
		"crlf":                     {"a\r\nb", `a\r\nb`},
		"next_line":                {"a\u0085b", `a\u0085b`},
		"line_separator":           {"a\u2028b", `a\u2028b`},
		"paragraph_separator":      {"a\u2029b", `a\u2029b`},
		"tab":                      {"a\tb", "a b"},
		"no_break_space":           {"a\u00a0b", "a b"},
		"null":                     {"a\x00b", `a\u0000b`},
		"escape":                   {"a\x1b[31mb", `a\u001b[31mb`},
		"delete":                   {"a\x7fb", `a\u007fb`},
		"bidi_override":            {"a\u202eb", `a\u202eb`},
		"bidi_isolate":             {"a\u2066b", `a\u2066b`},
		"zero_width_space":         {"a\u200bb", `a\u200bb`},
		"zero_width_joiner":        {"a\u200db", `a\u200db`},
		"byte_order_mark":          {"a\ufeffb", `a\ufeffb`},
		"soft_hyphen":              {"a\u00adb", `a\u00adb`},
		"invalid_utf8":             {"a\xffb", "a\ufffdb"},
		"invalid_utf8_alone":       {"\xc3\x28", "\ufffd("},
		"old_command":              {"a ##[error]b", "a ## [error]b"},
		"old_command_first":        {"##[add-mask]b", "## [add-mask]b"},
		"old_command_three_signs":  {"###[error]b", "### [error]b"},
		"old_command_four_signs":   {"####[error]b", "#### [error]b"},
		"old_command_twice":        {"##[##[error]", "## [## [error]"},
		"old_command_around_space": {"#\u200b#[error]", `#\u200b#[error]`},
		"single_sign":              {"#[error]", "#[error]"},
		"at_300":                   {strings.Repeat("é", 300), strings.Repeat("é", 300)},
		"at_301":                   {strings.Repeat("é", 301), strings.Repeat("é", 300) + "…"},
		"cut_through_old_command":  {strings.Repeat("a", 298) + "##[error]", strings.Repeat("a", 298) + "##…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := problem.Clean(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\r\n::error::b", "##[##[", "\u202e\u200b", "\xff#\xff#["} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := problem.Clean(text)
		if !utf8.ValidString(got) {
			t.Errorf("got %q, which is not UTF-8", got)
		}
		if strings.Contains(got, "##[") {
			t.Errorf("got %q, which holds a command", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("got %q, which is not printable at %d", got, i)
		}
	})
}

func TestQuote(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"empty":                  {"", `""`},
		"plain":                  {"ubuntu", `"ubuntu"`},
		"double_quote":           {`a" of "b`, `"a' of 'b"`},
		"is_cleaned":             {"a\n##[error]\u202e", `"a\n## [error]\u202e"`},
		"at_300":                 {strings.Repeat("a", 300), `"` + strings.Repeat("a", 300) + `"`},
		"at_301":                 {strings.Repeat("a", 301), `"` + strings.Repeat("a", 300) + `…"`},
		"quote_makes_no_command": {`#"#[error]`, `"#'#[error]"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := problem.Quote(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestQuoteID has the longest id that a cloud has, which Clean would cut.
func TestQuoteID(t *testing.T) {
	t.Parallel()
	id := "/subscriptions/" + strings.Repeat("x", 435)
	if got := problem.QuoteID(id + "\n"); got != `"`+id+`\n"` {
		t.Errorf("got %q", got)
	}
	if got := problem.CleanID(strings.Repeat("x", 1025)); got != strings.Repeat("x", 1024)+"…" {
		t.Errorf("got %q, want an end", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 25 {
		items = append(items, fmt.Sprint(i+1))
	}
	twenty, long := strings.Join(items[:20], ", "), strings.Repeat("a", 1600)
	tests := map[string]struct {
		items []string
		want  string
	}{
		"none":       {nil, ""},
		"one":        {items[:1], "1"},
		"two":        {items[:2], "1, 2"},
		"twenty":     {items[:20], twenty},
		"twenty_one": {items[:21], twenty + " and 1 more"},
		"many":       {items, twenty + " and 5 more"},
		"long":       {[]string{long, long, "c"}, long + " and 2 more"},
		"too_long":   {[]string{long + long, "b"}, long + long + " and 1 more"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := problem.List(test.items); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := map[string]struct {
		duration time.Duration
		want     string
	}{
		"zero":                 {0, "0s"},
		"milliseconds":         {250 * time.Millisecond, "250ms"},
		"seconds":              {90 * time.Second, "1m30s"},
		"minutes":              {20 * time.Minute, "20m"},
		"minutes_and_fraction": {time.Minute + 400*time.Millisecond, "1m"},
		"hour":                 {time.Hour, "1h"},
		"ten_hours":            {10 * time.Hour, "10h"},
		"hour_and_minutes":     {90 * time.Minute, "1h30m"},
		"hour_and_seconds":     {time.Hour + 5*time.Second, "1h0m5s"},
		"below_two_days":       {2*day - time.Second, "47h59m59s"},
		"two_days":             {2 * day, "2 days"},
		"days_are_whole":       {3*day - time.Second, "2 days"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := problem.Duration(test.duration); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
