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
	err     error // of Found
	block   *fieldBlock
	command []byte // lines that are joined, ...
	first   int    // ... of which this is the first
	isOpen  bool   // whether the last of them goes on
	// hasImage and hasProject are whether one of them has such an option, with its value.
	hasImage, hasProject bool
}

// fieldBlock is a block whose fields are in brackets, or in lines that are indented further than its name.
type fieldBlock struct {
	fields map[string]string
	line   int
	read   int // lines
	column int // of the name
	depth  int // brackets that are open; 0 where it has none
}

var (
	galleryBlock = regexp.MustCompile(`(?:^|\W)(shared_image_gallery|computeGallery|sharedGallery)["']?[ \t]*[:=]?[ \t]*(?:\{|(?:[#&].*)?\r?\n?$)`)
	blockField   = regexp.MustCompile(`(\w+)["']?[ \t]*([:=])[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s,{}"'#]+))`)
	// imageOption is an option with its value, which may be elements of a list.
	imageOption = regexp.MustCompile(`--(?:source-)?(image|image-project|image-family)["']?[=\s,\\^` + "`" + `]+(?:- )?["']?([^\s"',;&|)\\]+(?:\\\$)?)`)
	// continued is a line of a command that goes on in the next one: by its last sign, or as a list's element.
	continued = regexp.MustCompile("[\\\\^`,]\\s*$|" + `^\s*- ["']?[^\s"']+["']?\s*$`)
	// option begins a line that goes on with the command before it, which YAML folds.
	option = regexp.MustCompile(`^\s*--\w`)
)

// Add reads the next line. An error is one of Found.
func (c *Composer) Add(line int, text []byte) error {
	c.addFields(line, text)
	c.addOptions(line, text)
	return c.err
}

// End ends the text. An error is one of Found.
func (c *Composer) End() error {
	c.endBlock()
	c.endCommand()
	return c.err
}

// tell calls Found with the id of an image that fields name in full.
func (c *Composer) tell(line int, id string) {
	for start, end := range imageids.All([]byte(id)) {
		if start == 0 && end == len(id) && c.err == nil {
			c.err = c.Found(line, id)
		}
	}
}

// addFields reads the fields of a block in a line, where one begins or goes on.
func (c *Composer) addFields(line int, text []byte) {
	if c.block == nil || c.block.isBefore(text) {
		c.endBlock()
		if !bytes.Contains(text, []byte("allery")) {
			return
		}
		at := galleryBlock.FindSubmatchIndex(text)
		if at == nil {
			return
		}
		c.block = &fieldBlock{fields: map[string]string{}, line: line, column: at[2]}
		if text[at[1]-1] == '{' {
			c.block.depth = 1
		}
		text = text[at[1]:]
	}
	if c.block.add(text) {
		c.endBlock()
	}
}

func (c *Composer) endBlock() {
	if c.block != nil {
		c.tell(c.block.line, gallery(c.block.fields))
	}
	c.block = nil
}

// isBefore is whether a block without brackets has ended before a line.
func (b *fieldBlock) isBefore(text []byte) bool {
	fields := bytes.TrimLeft(text, " ")
	return b.depth == 0 && len(bytes.TrimSpace(fields)) > 0 && len(text)-len(fields) <= b.column
}

// add reads the fields in a line. Ends is whether the block ends there.
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
func (c *Composer) addOptions(line int, text []byte) {
	if bytes.Contains(text, []byte("gcloud")) || len(c.command) > 0 && !c.isOpen && !option.Match(text) {
		c.endCommand()
	}
	if len(c.command) == 0 {
		if !bytes.Contains(text, []byte("-image")) {
			return
		}
		c.first = line
	}
	c.command = append(c.command, text...)
	c.isOpen = continued.Match(text)
	for _, match := range imageOption.FindAllSubmatch(text, -1) {
		isProject := string(match[1]) == "image-project"
		c.hasProject, c.hasImage = c.hasProject || isProject, c.hasImage || !isProject
	}
	if !c.isOpen && c.hasProject && c.hasImage || len(c.command) >= maxCommand {
		c.endCommand()
	}
}

// endCommand finds the images in the commands that were read.
func (c *Composer) endCommand() {
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
		c.tell(line+bytes.Count(command[:first], []byte("\n")), googleImage(fields))
		line += bytes.Count(command, []byte("\n"))
	}
	c.command, c.hasImage, c.hasProject = c.command[:0], false, false
}
