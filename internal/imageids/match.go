package imageids

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// ShortestID is how many bytes an id has at least: ami- and eight digits.
	ShortestID = 12
	// longestID is how many it has at most; the longest that the clouds allow, of an Azure gallery, has
	// about 450.
	longestID = 1024
)

// match is from where to where an id goes that is found at i in a text; end is 0 where there is none. Only the
// forms that cannot be taken for anything else are looked for. An id begins and ends where no letter, digit or
// hyphen goes on: one whose end is in the variable of a template is none, since nobody can look it up.
//
// The forms are matched by hand: regular expressions take forty times as long, a minute for a file of
// 64 MiB.
func match(text []byte, i int) (start, end int) {
	c := cursor{text: text[:min(len(text), i+longestID)], at: i}
	found := false
	switch text[i] {
	case 'a':
		found = c.ami()
	case 'A':
		found = c.parameterType()
	case '/':
		found = c.azure()
	case 'h', 'H', 'p':
		if c.startsWith("http") || c.startsWith("HTTP") || c.startsWith("projects/") {
			found = !isWordOrHyphen(c.before()) && c.isGoogle()
		}
	case 'g':
		if c.startsWith("global/images/") {
			i = c.toProject()
			before := c.before()
			found = !isWordOrHyphen(before) && bytes.IndexByte([]byte("/$%{}"), before) < 0 && c.isGoogle()
		}
	case 'r':
		found = c.parameter()
	}
	if !found || c.at == i+longestID {
		return 0, 0
	}
	return i, c.at
}

// cursor reads a text from left to right. Its methods tell whether what they look for is there, and
// go past it if it is.
type cursor struct {
	text []byte
	at   int
}

// ami looks for an AMI id: 8 or 17 hexadecimal digits behind ami-.
//
// https://docs.aws.amazon.com/snowball/latest/api-reference/API_Ec2AmiResource.html
func (c *cursor) ami() bool {
	start := *c
	if !c.word("ami-") || isWord(start.before()) || start.before() == '-' && !start.isDefault() {
		return false
	}
	digits := c.run(isHex)
	return (len(digits) == 8 || len(digits) == 17) && !isWordOrHyphen(c.next())
}

// isDefault is whether the hyphen before the cursor belongs to the shell, as in ${AMI:-ami-0123456789abcdef0}.
func (c *cursor) isDefault() bool {
	name := bytes.TrimSuffix(c.text[max(0, c.at-longestID):c.at-1], []byte(":"))
	return bytes.HasSuffix(name[:len(name)-len(wordAtEnd(name))], []byte("${"))
}

// wordAtEnd is the word that a text ends with.
func wordAtEnd(text []byte) []byte {
	at := len(text)
	for at > 0 && isWord(text[at-1]) {
		at--
	}
	return text[at:]
}

// azure looks for an image, or an image of a compute gallery, with a version or without.
//
// https://learn.microsoft.com/rest/api/compute/images/get
// https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute
func (c *cursor) azure() bool {
	if c.fold("/CommunityGalleries/") || c.fold("/SharedGalleries/") {
		return c.azureName() && c.fold("/Images/") && c.galleryImage()
	}
	if !c.fold("/subscriptions/") || len(c.run(isWordOrHyphen)) == 0 || !c.fold("/resourceGroups/") || !c.resourceGroup() ||
		!c.fold("/providers/Microsoft.Compute/") {
		return false
	}
	if c.fold("galleries/") {
		return c.azureName() && c.fold("/images/") && c.galleryImage()
	}
	return c.fold("images/") && c.azureName() && !c.goesOn()
}

// galleryImage looks for an image's name and perhaps its version.
func (c *cursor) galleryImage() bool {
	if !c.azureName() {
		return false
	}
	if c.fold("/versions/") && !c.fold("latest") && !c.version() {
		return false
	}
	return !isWordOrHyphen(c.next()) && !c.goesOn()
}

// resourceGroup looks for the name of a resource group: letters and digits of any script, underscores,
// hyphens, periods and parentheses.
//
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources
func (c *cursor) resourceGroup() bool {
	start := c.at
	for c.at < len(c.text) {
		r, size := utf8.DecodeRune(c.text[c.at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !bytes.ContainsRune([]byte("_-.()"), r) {
			break
		}
		c.at += size
	}
	return c.at > start
}

// azureName looks for an image's or a gallery's name, which does not end with a period or a hyphen. A period
// behind it ends a sentence.
func (c *cursor) azureName() bool {
	name := c.run(isAzureNameByte)
	trimmed := bytes.TrimRight(name, ".")
	c.at -= len(name) - len(trimmed)
	return len(trimmed) > 0 && isWord(trimmed[0]) && trimmed[len(trimmed)-1] != '-'
}

// version looks for three numbers with dots between.
func (c *cursor) version() bool {
	for part := range 3 {
		if part > 0 && !c.word(".") || len(c.run(isDigit)) == 0 {
			return false
		}
	}
	ahead := cursor{c.text, c.at}
	return !ahead.word(".") || !isDigit(ahead.next())
}

// toProject goes back to where the path begins that has its project before the cursor, as in
// acme/global/images/web, and tells where that is.
func (c *cursor) toProject() int {
	at := c.at - 1
	if at < 0 || c.text[at] != '/' {
		return c.at
	}
	for at > 0 && isProjectByte(c.text[at-1]) && c.at-at < longestID {
		at--
	}
	run := c.text[at : c.at-1]
	if domain, project, has := bytes.Cut(run, []byte(":")); has && !bytes.Contains(domain, []byte(".")) {
		run = project // "image:acme" is a key and its value
	}
	if len(run) > 0 {
		c.at -= len(run) + 1
	}
	return c.at
}

// parameter looks for a parameter of Systems Manager that holds an AMI, as launch templates name it: by its
// path, or by a name after images. CloudFormation's templates take any value from one in the same words, within
// braces: there it has to be called after images, or to be what an ImageId is.
//
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
func (c *cursor) parameter() bool {
	start := *c
	if !c.word("resolve:ssm:") {
		return false
	}
	before := start.before()
	name := c.run(isParameterByte)
	goesOn := c.goesOn()
	trimmed := bytes.TrimRight(name, ".:")
	c.at -= len(name) - len(trimmed)
	called := bytes.ToLower(trimmed)
	ofImage := bytes.Contains(called, []byte("ami")) || bytes.Contains(called, []byte("image")) ||
		before == '{' && bytes.Contains(start.label(), []byte("imageid")) || before != '{' && bytes.HasPrefix(name, []byte("/"))
	return isParameterName(string(trimmed)) && ofImage && !goesOn && !isWordOrHyphen(before) && c.next() != '-'
}

// isParameterName is whether a name may be a parameter's, perhaps with a version or a label behind a colon.
//
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
func isParameterName(name string) bool {
	path, label, labelled := strings.Cut(name, ":")
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" {
			return false
		}
	}
	return !labelled || label != "" && isAll(label, isAzureNameByte)
}

// parameterType is the type of a parameter of CloudFormation's that takes its AMI from Systems Manager.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
const parameterType = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"

// parameterType looks for [parameterType], whose angle brackets JSON may have as escapes.
func (c *cursor) parameterType() bool {
	name, argument, _ := strings.Cut(strings.TrimSuffix(parameterType, ">"), "<")
	return !isWord(c.before()) && c.word(name) && (c.word("<") || c.fold(`\u003c`)) && c.word(argument) && (c.word(">") || c.fold(`\u003e`))
}

// word looks for a word. Slashes may be escaped, as some write them in JSON.
func (c *cursor) word(word string) bool {
	return c.sequence(word, false)
}

// fold looks for a word of ASCII in any case.
func (c *cursor) fold(word string) bool {
	return c.sequence(word, true)
}

func (c *cursor) sequence(word string, inAnyCase bool) bool {
	at := c.at
	for i := range len(word) {
		if at+1 < len(c.text) && c.text[at] == '\\' && word[i] == '/' {
			at++
		}
		if at == len(c.text) || c.text[at] != word[i] && (!inAnyCase || lower(c.text[at]) != lower(word[i])) {
			return false
		}
		at++
	}
	c.at = at
	return true
}

// run is as many bytes of a kind as there are, and goes past them.
func (c *cursor) run(is func(byte) bool) []byte {
	start := c.at
	for c.at < len(c.text) && is(c.text[c.at]) {
		c.at++
	}
	return c.text[start:c.at]
}

// startsWith is whether a word is next.
func (c *cursor) startsWith(word string) bool {
	ahead := *c
	return ahead.word(word)
}

// atEnd is whether there is nothing left.
func (c *cursor) atEnd() bool { return c.at == len(c.text) }

// goesOn is whether what was found goes on, be it in the variable of some template language.
func (c *cursor) goesOn() bool {
	if c.next() == '-' {
		return true
	}
	ahead := cursor{c.text, c.at}
	ahead.run(isJoint)
	next := ahead.next()
	return next == '$' || next == '%' && !isURLEscape(ahead.text[ahead.at:]) || next == '{'
}

// before is the byte before the cursor, 0 at the start. An escape, such as \n in JSON or %20 in a URL, counts as a
// blank: its last letter is no part of a word.
func (c *cursor) before() byte {
	switch {
	case c.at == 0:
		return 0
	case endsEscape(c.text[max(0, c.at-len(`\u0000`)):c.at]):
		return ' '
	}
	return c.text[c.at-1]
}

// label is what stands before the cursor in its line, in lower case, as far as a key and its quotes may reach.
func (c *cursor) label() []byte {
	line := c.text[max(0, c.at-32):c.at]
	return bytes.ToLower(line[bytes.LastIndexByte(line, '\n')+1:])
}

// endsEscape is whether a text ends with an escape for one character, in JSON, a programming language or a URL.
func endsEscape(text []byte) bool {
	n := len(text)
	return n >= 2 && text[n-2] == '\\' && bytes.IndexByte([]byte("nrtbfv"), text[n-1]) >= 0 ||
		n >= 3 && isURLEscape(text[n-3:]) ||
		n >= 4 && bytes.HasPrefix(text[n-4:], []byte(`\x`)) && areHex(text[n-2:]) ||
		n >= 6 && bytes.HasPrefix(text[n-6:], []byte(`\u`)) && areHex(text[n-4:])
}

// isURLEscape is whether a text begins with a percent sign and two hexadecimal digits.
func isURLEscape(text []byte) bool {
	return len(text) >= 3 && text[0] == '%' && areHex(text[1:3])
}

func areHex(digits []byte) bool {
	for _, d := range digits {
		if !isHex(lower(d)) {
			return false
		}
	}
	return true
}

// escapedSlash is how some write a slash in JSON.
const escapedSlash = `\/`

// Unescape is an id that a text names, without the escapes of its slashes.
func Unescape(written string) string { return strings.ReplaceAll(written, escapedSlash, "/") }

// EscapeAs is an id with its slashes escaped where those of another one are. The backslash before a slash that it
// begins with is not a part of the id.
func EscapeAs(written, id string) string {
	if !strings.Contains(written, escapedSlash) {
		return id
	}
	return strings.TrimPrefix(strings.ReplaceAll(id, "/", escapedSlash), `\`)
}

// next is the byte at the cursor, 0 at the end.
func (c *cursor) next() byte {
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

func isJoint(b byte) bool         { return b == '-' || b == '.' || b == '_' }
func isAzureNameByte(b byte) bool { return isWord(b) || b == '.' || b == '-' }
func isProjectByte(b byte) bool   { return isDomainByte(b) || b == ':' }
func isParameterByte(b byte) bool { return isAzureNameByte(b) || b == '/' || b == ':' }
