package imageids

import (
	"bytes"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// shortestID is how many bytes an id has at least: ami- and eight digits.
	shortestID = 12
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
	before := c.before()
	if isWord(before) || !c.word("ami-") {
		return false
	}
	digits := c.run(isHex)
	if len(digits) != 8 && len(digits) != 17 || isWord(c.next()) {
		return false
	}
	return !isDate(digits) || before != '-' && c.next() != '-'
}

func isDate(digits []byte) bool {
	_, err := time.Parse("20060102", string(digits))
	return err == nil && bytes.HasPrefix(digits, []byte("20"))
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
	return !isWord(c.before()) && c.projectPath()
}

// googleName looks for an image or an image family without its project.
func (c *cursor) googleName() bool {
	before := c.before()
	return !isWord(before) && before != '/' && before != '-' && c.globalImage()
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
// to be called after images.
//
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
func (c *cursor) parameter() bool {
	before := c.before()
	if isWord(before) || before == '-' || !c.word("resolve:ssm:") {
		return false
	}
	name := c.run(isParameterByte)
	goesOn := c.goesOn()
	trimmed := bytes.TrimRight(name, ".:/-")
	c.at -= len(name) - len(trimmed)
	lower := bytes.ToLower(trimmed)
	ofImage := before != '{' || bytes.Contains(lower, []byte("ami")) || bytes.Contains(lower, []byte("image"))
	return len(trimmed) > 0 && ofImage && !goesOn
}

// word looks for a word.
func (c *cursor) word(word string) bool {
	found := len(c.text)-c.at >= len(word) && string(c.text[c.at:c.at+len(word)]) == word
	if found {
		c.at += len(word)
	}
	return found
}

// fold looks for a word in any case.
func (c *cursor) fold(word string) bool {
	found := len(c.text)-c.at >= len(word) && bytes.EqualFold(c.text[c.at:c.at+len(word)], []byte(word))
	if found {
		c.at += len(word)
	}
	return found
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
	return next == '$' || next == '%' || next == '{'
}

// before is the byte before the cursor, 0 at the start.
func (c *cursor) before() byte {
	if c.at == 0 {
		return 0
	}
	return c.text[c.at-1]
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
