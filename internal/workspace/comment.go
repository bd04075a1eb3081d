package workspace

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// comments tells the lines of a text that are nothing but a comment. Where it loses its way there are none.
type comments struct {
	*language
	marks    string   // what the parts of the language begin with, or end a template
	open     []opened // the innermost last
	heredocs []heredoc
	scalar   *scalar
	joined   bool // whether the last line goes on
	lost     bool
}

// opened is a part that is not yet closed, or the code of a template in one.
type opened struct {
	part  *part // nil in a template, ...
	depth int   // ... which has so many brackets open
}

// heredoc is one that goes on until a line is its end.
type heredoc struct{ end, indent string }

// scalar is a block scalar of YAML's: its content is indented by so much, or, where that is not known, by more than
// the line that it begins in.
type scalar struct{ content, parent int }

func newComments(name string) *comments {
	c := &comments{language: languageOf(name), marks: `\<{}()`}
	if c.language != nil {
		for _, p := range c.parts {
			c.marks += p.open[:1]
		}
	}
	return c
}

// maxOpened is how deep strings and templates are followed in one another.
const maxOpened = 100

// has is whether a line, with its end, is nothing but a comment. The lines have to come in order.
func (c *comments) has(line []byte) bool {
	if c.language == nil || c.lost || c.inHeredoc(line) || c.inScalar(line) {
		return false
	}
	isCode := c.joined
	for at := 0; at < len(line); {
		n, code := c.next(line, at, isCode)
		at, isCode = at+n, isCode || code
	}
	endsIn := func(mark string) bool {
		return mark != "" && bytes.HasSuffix(bytes.TrimRight(line, "\r\n"), []byte(mark))
	}
	c.joined = isCode && endsIn(c.joins)
	p := c.inner().part
	// Some languages take a carriage return alone for the end of a line.
	isSeveral := bytes.IndexByte(bytes.TrimRight(line, "\r\n"), '\r') >= 0
	c.lost = isSeveral || len(c.open) > maxOpened || p != nil && !p.spans && !endsIn(p.escape)
	if c.scalars && isCode && len(c.open) == 0 {
		c.scalar = scalarBehind(line)
	}
	return !isCode && !isSeveral
}

func (c *comments) inner() *opened {
	if len(c.open) == 0 {
		return &opened{}
	}
	return &c.open[len(c.open)-1]
}

func (c *comments) pop() { c.open = c.open[:len(c.open)-1] }

// next reads on in a line: how many bytes, and whether there is anything but blanks and comments in them.
func (c *comments) next(line []byte, at int, isCode bool) (n int, code bool) {
	inner := c.inner()
	if p := inner.part; p != nil {
		return c.nextOf(p, line, at), !p.comment
	}
	rest := line[at:]
	if n := c.openHeredoc(rest); n > 0 {
		return n, true
	}
	for i := range c.parts {
		if p := &c.parts[i]; p.opens(line, at, isCode) {
			c.open = append(c.open, opened{part: p})
			return len(p.open), !p.comment
		}
	}
	switch b := rest[0]; {
	case b == '\\':
		return min(2, len(rest)), true
	case len(c.open) == 0: // no template
	case b == '{', b == '(':
		inner.depth++
	case b != '}' && b != ')':
	case inner.depth > 0:
		inner.depth--
	default: // the bracket that the template began with is closed
		c.pop()
	}
	n = untilAny(rest, c.marks)
	return n, len(bytes.TrimLeft(rest[:n], blanks)) > 0
}

// nextOf reads on in a comment or a string.
func (c *comments) nextOf(p *part, line []byte, at int) int {
	rest := line[at:]
	has := func(mark string) bool { return mark != "" && bytes.HasPrefix(rest, []byte(mark)) }
	end := p.close
	if at == 0 {
		end = strings.TrimPrefix(end, "\n")
	}
	switch {
	case len(end) == 1 && p.escape == "" && p.spans && has(end+end):
		return len(end + end)
	case has(end):
		c.pop()
		return len(end)
	case has(p.escape):
		return min(2, len(rest))
	}
	for _, template := range p.templates {
		switch {
		case has(template[:1] + template):
			return 1 + len(template)
		case has(template):
			c.open = append(c.open, opened{})
			return len(template)
		}
	}
	return untilAny(rest, p.close[:1]+p.escape+"$%")
}

// untilAny is how many bytes a text has before the next one of some marks, one at least.
func untilAny(text []byte, marks string) int {
	if n := bytes.IndexAny(text[1:], marks); n >= 0 {
		return 1 + n
	}
	return len(text)
}

func (p *part) opens(line []byte, at int, isCode bool) bool {
	return bytes.HasPrefix(line[at:], []byte(p.open)) && (!p.first || !isCode) &&
		(p.after == "" || at == 0 || strings.IndexByte(p.after, line[at-1]) >= 0)
}

func (c *comments) openHeredoc(rest []byte) int {
	if c.heredoc == nil || !bytes.HasPrefix(rest, []byte("<<")) {
		return 0
	}
	if bytes.HasPrefix(rest, []byte("<<<")) {
		return len("<<<")
	}
	match := c.heredoc.FindSubmatch(rest)
	if match == nil {
		return 0
	}
	h := heredoc{end: string(bytes.Join(match[2:], nil))}
	if len(match[1]) > 0 {
		h.indent = c.indent
	}
	c.heredocs = append(c.heredocs, h)
	return len(match[0])
}

func (c *comments) inHeredoc(line []byte) bool {
	if len(c.heredocs) == 0 {
		return false
	}
	h := c.heredocs[0]
	if string(bytes.Trim(bytes.TrimRight(line, "\r\n"), h.indent)) == h.end {
		c.heredocs = slices.Delete(c.heredocs, 0, 1)
	}
	return true
}

// scalarHeader is how a line ends behind which a block scalar begins.
var scalarHeader = regexp.MustCompile(`(?:^|[ \t])[|>]([-+0-9]{0,2})[ \t]*(?:[ \t]#.*)?[\r\n]*$`)

func scalarBehind(line []byte) *scalar {
	if !bytes.ContainsAny(line, "|>") {
		return nil
	}
	header := scalarHeader.FindSubmatch(line)
	if header == nil {
		return nil
	}
	s := scalar{content: -1, parent: indentOf(line)}
	if bytes.HasPrefix(line, []byte("---")) || bytes.IndexByte([]byte("|>!&"), line[s.parent]) >= 0 {
		s.parent = -1 // its key is in a line before, or it has none
	}
	if bytes.ContainsAny(header[1], "123456789") {
		s.content = s.parent + 1
	}
	return &s
}

func indentOf(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }

func (c *comments) inScalar(line []byte) bool {
	if c.scalar == nil {
		return false
	}
	indent := indentOf(line)
	switch {
	case len(bytes.TrimLeft(line, blanks)) == 0:
		return true
	case c.scalar.content < 0 && indent > c.scalar.parent:
		c.scalar.content = indent
	case c.scalar.content < 0 || indent < c.scalar.content:
		c.scalar = nil
	}
	return c.scalar != nil
}
