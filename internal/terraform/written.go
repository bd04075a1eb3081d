package terraform

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
)

// wrote are the members by which a plan or a state is told, in any JSON that Terraform has for them: of show -json,
// of a state as it is stored, of HCP Terraform's API, and of plan -json. All of a row have to be there.
var wrote = [][]string{
	{"format_version", "resource_changes"}, {"format_version", "planned_values"}, {"format_version", "values"}, {"format_version", "prior_state"},
	{"terraform_version", "serial"}, {"terraform_version", "lineage"},
	{"plan_format_version"}, {"state_format_version"}, {"@level", "@message"},
}

// asText is how Terraform and OpenTofu begin to show a plan.
var asText = []byte("will perform the following actions:")

// Wrote is whether a text is a plan or a state, of which people keep copies under any name.
func Wrote(ctx context.Context, in *bufio.Reader) (bool, error) {
	var m members
	for {
		line, err := in.ReadSlice('\n') // or as much of it as there is room for
		if m.read(line) || bytes.Contains(line, asText) {
			return true, nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return false, ctx.Err()
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		case ctx.Err() != nil:
			return false, ctx.Err()
		}
	}
}

// members are the names of the members of the objects that a text consists of.
type members struct {
	depth             int
	inString, escaped bool
	last              []byte // string, as far as a name goes that counts
	names             []string
}

// read reads on, and tells whether the names are those of a plan or a state.
func (m *members) read(text []byte) bool {
	for _, c := range text {
		switch {
		case m.escaped:
			m.escaped = false
		case m.inString:
			m.escaped, m.inString = c == '\\', c != '"'
			if m.inString && len(m.last) < 32 {
				m.last = append(m.last, c)
			}
		case c == '"':
			m.inString, m.last = true, m.last[:0]
		case c == '{':
			m.depth++
		case c == '}':
			m.depth--
		case c == ':' && m.depth == 1 && m.tell(string(m.last)):
			return true
		}
	}
	return false
}

func (m *members) tell(name string) bool {
	has := func(name string) bool { return slices.Contains(m.names, name) }
	for _, names := range wrote {
		if slices.Contains(names, name) && !has(name) {
			m.names = append(m.names, name)
		}
		if !slices.ContainsFunc(names, func(name string) bool { return !has(name) }) {
			return true
		}
	}
	return false
}
