package registry_test

import (
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/registry"
)

func TestPatterns_choose(t *testing.T) {
	t.Parallel()
	names := []string{"ubuntu", "ubuntu-24.04", "debian", "latest", "a/b", "a_b", "a b", "a\nb", ""}
	for name, tc := range map[string]struct{ lines, want string }{
		"all":               {"*", `ubuntu ubuntu-24.04 debian latest a/b a_b a b a\nb `},
		"a_name":            {"ubuntu", "ubuntu"},
		"a_glob":            {"ubuntu*", "ubuntu ubuntu-24.04"},
		"one_character":     {"debia?", "debian"},
		"a_set":             {"[dl]*", "debian latest"},
		"a_range":           {"[^a-t]*", "ubuntu ubuntu-24.04 "},
		"two_lines":         {"debian,ubuntu", "ubuntu debian"},
		"without":           {"*,!ubuntu*", `debian latest a/b a_b a b a\nb `},
		"without_comes_1st": {"!ubuntu*,*", `debian latest a/b a_b a b a\nb `},
		"all_but":           {"!ubuntu*,!debian", `latest a/b a_b a b a\nb `},
		"all_but_invalid":   {"!a b,!a/b", `ubuntu ubuntu-24.04 debian latest a_b a\nb `},
		"all_but_a_folder":  {"!a/*", `ubuntu ubuntu-24.04 debian latest a_b a b a\nb `},
		"nothing":           {"fedora", ""},
		"in_another_case":   {"Ubuntu", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := registry.Patterns{Lines: strings.Split(tc.lines, ",")}
			chosen := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !p.Choose(name) })
			if got := strings.ReplaceAll(strings.Join(chosen, " "), "\n", `\n`); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A wildcard does not choose the name in ByName.
func TestPatterns_by_name(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]bool{
		"*": false, "l*": false, "lates?": false, "latest": true, "*,latest": true, "!production": false, "latest,!l*": false, "latest,!latest": false,
	} {
		p := registry.Patterns{Lines: strings.Split(lines, ","), ByName: "latest"}
		if got := p.Choose("latest"); got != want {
			t.Errorf("%s: got %t, want %t", lines, got, want)
		}
	}
}

func TestPatterns_unmatched(t *testing.T) {
	t.Parallel()
	p := registry.Patterns{Lines: []string{"*", "prod*", "stagign", "!dev", "!test", "la*", "!la*"}, ByName: "latest"}
	got := p.Unmatched([]string{"production", "dev", "latest"})
	if want := []string{"stagign", "!test", "la*"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := p.Unmatched(nil); len(got) != 6 {
		t.Errorf("of no names: got %q", got)
	}
}

func TestIsPattern(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"ubuntu": true, "Ubuntu_24.04-x": true, "*": true, "u?[a-c]": true, "u[^a]": true, "u[!a]": true, "!u*": true,
		"!my bucket": true, "!x/y": true, "!é*": true, `!a\b`: false, "!{a,b}": false, "![a": false,
		"": false, "!": false, "a b": false, "a/b": false, "u[a": false, "{a,b}": false, `a\b`: false, "é": false, "a\x00": false,
	} {
		if got := registry.IsPattern(line); got != want {
			t.Errorf("%q: got %t, want %t", line, got, want)
		}
	}
}
