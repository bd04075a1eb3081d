package inputs

import (
	"slices"
	"strings"
	"time"

	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// ParseWaivers reads one "ID until YYYY-MM-DD REASON" a line, without blank lines and those that begin with "#". The
// error is a clause that names the lines that are not so.
func ParseWaivers(text string) ([]verdict.Waiver, error) {
	return parseWaivers(text, "ID", func(string) bool { return true })
}

// ParseChannelWaivers is [ParseWaivers] of "BUCKET/CHANNEL until YYYY-MM-DD REASON".
func ParseChannelWaivers(text string) ([]verdict.Waiver, error) {
	return parseWaivers(text, "BUCKET/CHANNEL", func(id string) bool {
		bucket, channel, _ := strings.Cut(id, "/")
		return registry.IsName(bucket) && registry.IsName(channel)
	})
}

func parseWaivers(text, form string, isID func(string) bool) ([]verdict.Waiver, error) {
	given := slices.DeleteFunc(lines(text), func(line string) bool { return strings.HasPrefix(line, "#") })
	are := "not " + form + " until YYYY-MM-DD REASON"
	return parseLines(strings.Join(given, "\n"), are, func(line string) (w verdict.Waiver, valid bool) {
		words := strings.Fields(line)
		if len(words) < 4 || words[1] != "until" || !isID(words[0]) {
			return w, false
		}
		until, err := time.Parse(time.DateOnly, words[2])
		return verdict.Waiver{ID: words[0], Until: until, Reason: strings.Join(words[3:], " ")}, err == nil
	})
}
