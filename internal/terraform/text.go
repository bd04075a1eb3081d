package terraform

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
)

const (
	maxBlock   = 100      // lines of a block that names an image
	maxCommand = 16 << 10 // bytes of a command that does
)

// Composer finds the ids that stand in several fields of a text: of a block for an image of an Azure gallery, or in
// options of gcloud.
type Composer struct {
	// Found is called with each id and the first of its lines.
	Found   func(line int, id string) error
	block   *fieldBlock
	command []byte // lines that are joined, ...
	first   int    // ... of which this is the first
}

// fieldBlock is a block whose fields are in brackets, or in lines that are indented further than its name.
type fieldBlock struct {
	name   string
	fields map[string]string
	line   int
	read   int // lines
	column int // of the name
	depth  int // brackets that are open; 0 where it has none
}

var (
	galleryBlock = regexp.MustCompile(`(?:^|\W)(shared_image_gallery|computeGallery|sharedGallery)["']?[ \t]*[:=]?[ \t]*(?:\{|\r?\n?$)`)
	blockField   = regexp.MustCompile(`(\w+)["']?[ \t]*([:=])[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s,{}"'#]+))`)
	// imageOption is an option with its value, which may be elements of a list.
	imageOption = regexp.MustCompile(`--(?:source-)?(image|image-project|image-family)["']?[=\s,\\^` + "`" + `]+(?:- )?["']?([^\s"',;&|)]+)`)
	listElement = regexp.MustCompile(`^\s*- ["']?[^\s"']+["']?\s*$`)
)

// Add reads the next line.
func (c *Composer) Add(line int, text []byte) error {
	fields := text
	if c.block == nil || c.block.isBefore(text) {
		if err := c.endBlock(); err != nil {
			return err
		}
		fields = c.beginBlock(line, text)
	}
	if c.block != nil && c.block.add(fields) {
		if err := c.endBlock(); err != nil {
			return err
		}
	}
	return c.addOptions(line, text)
}

// End ends the text.
func (c *Composer) End() error {
	if err := c.endBlock(); err != nil {
		return err
	}
	return c.endCommand()
}

// compose tells of the image that fields name, if they do so in full.
func (c *Composer) compose(line int, name string, fields map[string]string) error {
	id := compose(name, fields)
	for start, end := range imageids.All([]byte(id), 0) {
		if start == 0 && end == len(id) {
			return c.Found(line, id)
		}
	}
	return nil
}

// beginBlock begins a block if one does in a line, and returns what is behind its name.
func (c *Composer) beginBlock(line int, text []byte) []byte {
	if !bytes.Contains(text, []byte("allery")) {
		return nil
	}
	at := galleryBlock.FindSubmatchIndex(text)
	if at == nil {
		return nil
	}
	c.block = &fieldBlock{name: string(text[at[2]:at[3]]), fields: map[string]string{}, line: line, column: at[2]}
	if text[at[1]-1] == '{' {
		c.block.depth = 1
	}
	return text[at[1]:]
}

func (c *Composer) endBlock() error {
	b := c.block
	if b == nil {
		return nil
	}
	c.block = nil
	return c.compose(b.line, b.name, b.fields)
}

// isBefore is whether a block without brackets has ended before a line.
func (b *fieldBlock) isBefore(text []byte) bool {
	fields := bytes.TrimLeft(text, " ")
	return b.depth == 0 && len(bytes.TrimSpace(fields)) > 0 && len(text)-len(fields) <= b.column
}

// add reads the fields in a line, and tells whether the block ends there.
func (b *fieldBlock) add(text []byte) (ends bool) {
	if b.read++; b.read > maxBlock {
		b.fields = nil
		return true
	}
	for i := 0; b.depth > 0 && i < len(text); i++ {
		switch text[i] {
		case '{':
			b.depth++
		case '}':
			if b.depth--; b.depth == 0 {
				text, ends = text[:i], true
			}
		}
	}
	for _, field := range blockField.FindAllSubmatch(text, -1) {
		value := string(slices.Concat(field[3:]...))
		if len(field[5]) > 0 && string(field[2]) == "=" {
			value = "${" + value + "}" // HCL has strings in quotes, and refers to another value
		}
		b.fields[string(field[1])] = value
	}
	return ends
}

// addOptions reads the options in a line of a command, which may go on in the next one.
func (c *Composer) addOptions(line int, text []byte) error {
	if bytes.Contains(text, []byte("gcloud")) {
		if err := c.endCommand(); err != nil {
			return err
		}
	}
	if len(c.command) == 0 {
		if !bytes.Contains(text, []byte("-image")) {
			return nil
		}
		c.first = line
	}
	c.command = append(c.command, text...)
	end := bytes.TrimRight(text, " \t\r\n\f\v")
	if len(c.command) < maxCommand && (len(end) > 0 && strings.IndexByte("\\^`,", end[len(end)-1]) >= 0 || listElement.Match(text)) {
		return nil
	}
	return c.endCommand()
}

// endCommand tells of the images in the commands that were read.
func (c *Composer) endCommand() error {
	line := c.first
	for _, command := range bytes.SplitAfter(c.command, []byte("gcloud")) {
		fields, first := map[string]string{}, len(command)
		for _, at := range imageOption.FindAllSubmatchIndex(command, -1) {
			name := strings.ReplaceAll(string(command[at[2]:at[3]]), "-", "_")
			if fields[name] == "" {
				fields[name] = string(command[at[4]:at[5]])
			}
			first = min(first, at[0])
		}
		before := bytes.Count(command[:first], []byte("\n"))
		if err := c.compose(line+before, "vm_image", fields); err != nil {
			return err
		}
		line += bytes.Count(command, []byte("\n"))
	}
	c.command = c.command[:0]
	return nil
}
