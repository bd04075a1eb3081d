package registry

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Patterns choose things by name.
type Patterns struct {
	// Lines are a name or a glob each, all of them valid by [IsPattern]. One that begins with "!" takes its
	// matches out, wherever it stands. With none but these, all the others are chosen.
	Lines []string
	// ByName is a name that only a line without a wildcard chooses; empty for none.
	ByName string
}

// IsPattern is whether a line is a name or a glob of names, perhaps with a "!" in front. One that takes names out may
// have whatever HCP lists as a name, valid or not.
func IsPattern(line string) bool {
	glob := strings.TrimPrefix(line, "!")
	isText := excludes(line) || regexp.MustCompile(`^[\w.\-*?\[\]^!]+$`).MatchString(glob)
	return glob != "" && isText && !strings.ContainsAny(glob, `\{}`) && doublestar.ValidatePattern(glob)
}

// Choose is whether the patterns choose the name.
func (p Patterns) Choose(name string) bool {
	chosen := !p.isByName(name) && !slices.ContainsFunc(p.Lines, func(line string) bool { return !excludes(line) })
	for _, line := range p.Lines {
		switch {
		case !p.match(line, name):
		case excludes(line):
			return false
		default:
			chosen = true
		}
	}
	return chosen
}

// Unmatched are the lines that match none of the names, except "*", which cannot be a typing error.
func (p Patterns) Unmatched(names []string) []string {
	return slices.DeleteFunc(slices.Clone(p.Lines), func(line string) bool {
		return line == "*" || slices.ContainsFunc(names, func(name string) bool { return p.match(line, name) })
	})
}

func excludes(line string) bool { return strings.HasPrefix(line, "!") }

// match is whether a line matches the name. A wildcard matches an empty name as well, as that of a path does not.
func (p Patterns) match(line, name string) bool {
	if p.isByName(name) && !excludes(line) {
		return line == name
	}
	return doublestar.MatchUnvalidated(flat(strings.TrimPrefix(line, "!")), cmp.Or(flat(name), "_"))
}

// flat is a name or glob without slashes, which the wildcard of a path does not match.
func flat(text string) string { return strings.ReplaceAll(text, "/", "\x00") }

func (p Patterns) isByName(name string) bool { return p.ByName != "" && name == p.ByName }
