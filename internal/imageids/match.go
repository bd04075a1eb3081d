package imageids

import (
	"bytes"
	"strings"
	"time"
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

// matchID is how long the id is that is at i in a text, or 0. Only the forms that cannot be taken for
// anything else are looked for: an id whose end is in the variable of a template is none, since
// nobody can look it up.
//
// The forms are matched by hand: regular expressions take forty times as long, a minute for a file of
// 64 MiB.
func matchID(text []byte, i int) int {
	c := cursor{text: text[:min(len(text), i+longestID)], at: i}
	var found bool
	switch text[i] {
	case 'a':
		found = c.ami()
	case '/':
		found = c.azure()
	case 'h':
		found = c.googleLink()
	case 'p':
		found = c.googlePath()
	case 'g':
		found = c.googleName()
	case 'r':
		found = c.parameter()
	}
	if !found || c.at == i+longestID {
		return 0
	}
	return c.at - i
}

// cursor reads a text from left to right. Its methods tell whether what they look for is there, and
// go past it if it is.
type cursor struct {
	text []byte
	at   int
}

// ami looks for an AMI id. A date behind a hyphen or before one is a part of a name, as in
// golden-ami-20251126-200458.
func (c *cursor) ami() bool {
	start := *c
	if !c.word("ami-") || isWord(start.before()) {
		return false
	}
	digits := c.run(isHex)
	if len(digits) != 8 && len(digits) != 17 || isWord(c.next()) {
		return false
	}
	return !isDate(digits) || start.before() != '-' && c.next() != '-'
}

// isDate is whether digits are a date of this century: the day alone, or with a time to the millisecond.
func isDate(digits []byte) bool {
	layout, date := "20060102", string(digits)
	if len(digits) == 17 {
		layout, date = "20060102150405.000", date[:14]+"."+date[14:]
	}
	_, err := time.Parse(layout, date)
	return err == nil && strings.HasPrefix(date, "20")
}

// azure looks for an image, or an image of a compute gallery, with a version or without.
//
// https://learn.microsoft.com/rest/api/compute/images/get
// https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute
func (c *cursor) azure() bool {
	if !c.fold("/subscriptions/") || len(c.run(isWordOrHyphen)) == 0 || !c.fold("/resourceGroups/") || !c.resourceGroup() ||
		!c.fold("/providers/Microsoft.Compute/") {
		return false
	}
	if !c.fold("galleries/") {
		return c.fold("images/") && c.azureName() && !c.goesOn()
	}
	if len(c.run(isWordOrDot)) == 0 || !c.fold("/images/") || !c.azureName() {
		return false
	}
	if c.fold("/versions/") && !c.fold("latest") && !c.version() {
		return false
	}
	return !isWord(c.next()) && !c.goesOn()
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

// azureName looks for an image's name, which does not end with a period or a hyphen.
func (c *cursor) azureName() bool {
	name := c.run(isAzureNameByte)
	trimmed := bytes.TrimRight(name, ".-")
	c.at -= len(name) - len(trimmed)
	return len(trimmed) > 0 && isWord(trimmed[0])
}

// version looks for three numbers with dots between.
func (c *cursor) version() bool {
	return len(c.run(isDigit)) > 0 && c.word(".") && len(c.run(isDigit)) > 0 && c.word(".") && len(c.run(isDigit)) > 0
}

// googleLink looks for the selfLink of an image or an image family, on any host of Google's API.
func (c *cursor) googleLink() bool {
	if !c.word("https://") {
		return false
	}
	host := c.run(isDomainByte)
	if !bytes.HasSuffix(host, []byte("googleapis.com")) || !c.word("/compute/") {
		return false
	}
	return isGoogleVersion(string(c.run(isWord))) && c.word("/") && c.projectPath()
}

// googlePath looks for the path of an image or an image family.
func (c *cursor) googlePath() bool {
	start := *c
	return c.projectPath() && !isWord(start.before())
}

// googleName looks for an image or an image family without its project.
func (c *cursor) googleName() bool {
	start := *c
	if !c.globalImage() {
		return false
	}
	before := start.before()
	return !isWord(before) && before != '/' && before != '-'
}

func (c *cursor) projectPath() bool {
	if !c.word("projects/") {
		return false
	}
	project := c.run(isProjectByte)
	return isGoogleProject(string(project)) && c.word("/") && c.globalImage()
}

// globalImage looks for what follows the project in a path. The name ends with a letter or a digit.
//
// https://docs.cloud.google.com/compute/docs/reference/rest/v1/images
func (c *cursor) globalImage() bool {
	if !c.word("global/images/") {
		return false
	}
	c.word("family/")
	name := c.run(isGoogleNameByte)
	trimmed := bytes.TrimRight(name, "-")
	c.at -= len(name) - len(trimmed)
	return len(trimmed) > 0 && isLower(trimmed[0]) && !isWord(c.next()) && !c.goesOn()
}

// parameter looks for a parameter of Systems Manager that holds an AMI, as launch templates name it.
// CloudFormation's templates take any value from one in the same words, within braces: there it has
// to be called after images, or to be what an ImageId is.
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
	trimmed := bytes.TrimRight(name, ".:/-")
	c.at -= len(name) - len(trimmed)
	called := bytes.ToLower(trimmed)
	ofImage := before != '{' || bytes.Contains(called, []byte("ami")) || bytes.Contains(called, []byte("image")) ||
		bytes.Contains(start.label(), []byte("imageid"))
	return len(trimmed) > 0 && ofImage && !goesOn && !isWord(before) && before != '-'
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

// goesOn is whether what was found goes on in the variable of some template language.
func (c *cursor) goesOn() bool {
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
func isWordOrHyphen(b byte) bool  { return isWord(b) || b == '-' }
func isWordOrDot(b byte) bool     { return isWord(b) || b == '.' }
func isAzureNameByte(b byte) bool { return isWord(b) || b == '.' || b == '-' }
func isProjectByte(b byte) bool   { return isDomainByte(b) || b == ':' }
func isParameterByte(b byte) bool { return isAzureNameByte(b) || b == '/' || b == ':' }
