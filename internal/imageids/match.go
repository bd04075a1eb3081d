package imageids

import (
	"bytes"
	"iter"
	"regexp"
	"strings"
)

const (
	// ShortestID is how many bytes an id has at least: ami- and eight digits.
	ShortestID = 12
	// longestID is how many it has at most; the longest that the clouds allow, of an Azure gallery, has
	// about 450.
	longestID = 1024
)

// All are from where to where each id goes in a text. Only the forms that cannot be taken for anything else are looked
// for.
func All(text []byte) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		done := 0
		for i := 0; i < len(text); i++ {
			for _, f := range formsFrom[text[i]] {
				start, end := f.match(text, i)
				if end == 0 || start < done {
					continue
				}
				if !yield(start, end) {
					return
				}
				i, done = end-1, end
				break
			}
		}
	}
}

// match is from where to where an id of this form goes that is found at i in a text; end is 0 where there is none.
func (f *form) match(text []byte, i int) (start, end int) {
	if len(text)-i < len(f.start) || !bytes.EqualFold(text[i:i+len(f.start)], f.start) {
		return 0, 0
	}
	start = i
	if f.isBehindProject {
		start = projectBefore(text, i)
	}
	rest := text[start:min(len(text), start+longestID)]
	if end := bytes.IndexAny(rest, " \t\r\n\"'"); end >= 0 {
		rest = rest[:end]
	}
	groups := f.pattern.FindSubmatch(rest)
	if groups == nil || len(groups[0]) == longestID ||
		!f.accepts(text[max(0, start-mostBefore):start], groups, text[start+len(groups[0]):]) {
		return 0, 0
	}
	return start, start + len(groups[1])
}

// mostBefore is how much of what is before an id is looked at, in bytes.
const mostBefore = 128

type form struct {
	// start is what its ids begin with, in lower case. Elsewhere in a text the pattern is not tried, which takes a hundred
	// times as long. It is long enough that a text that repeats it does not match much of the pattern each time.
	start   []byte
	pattern *regexp.Regexp // its first group is the id
	// accepts is whether what matches the pattern is an id, between what is before and after it. An id begins and ends
	// where no letter, digit or hyphen goes on: one whose end is in the variable of a template is none, since nobody can
	// look it up.
	accepts func(before []byte, groups [][]byte, after []byte) bool
	// isBehindProject is whether an id may begin with a project before the start.
	isBehindProject bool
}

// pattern is one at the start of a text. A slash in it may be escaped, as some write it in JSON.
func pattern(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(pattern, "/", `\\?/`))
}

// The parts of patterns, of Azure's and Systems Manager's. A name does not end with a period or a hyphen; a period behind it ends a sentence.
const (
	azureName     = `\w(?:[\w.-]*\w)?`
	galleryImage  = azureName + `/(?i:images)/` + azureName + `(?:/(?i:versions)/(\d+(?:\.\d+)*|[\w-]*))?`
	parameterPart = `[\w.-]*[\w-]`
)

var (
	// https://docs.aws.amazon.com/snowball/latest/api-reference/API_Ec2AmiResource.html
	ami = pattern(`(ami-(?:[0-9a-f]{17}|[0-9a-f]{8}))`)
	// https://learn.microsoft.com/rest/api/compute/images/get
	// https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get
	// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
	azureImage = pattern(`(/(?i:subscriptions)/[\w-]+/(?i:resourceGroups)/[\pL\p{Nd}_.()-]+/(?i:providers/Microsoft\.Compute)/` +
		`(?:(?i:images)/` + azureName + `|(?i:galleries)/` + galleryImage + `))`)
	sharedImage = pattern(`(/(?i:CommunityGalleries|SharedGalleries)/` + galleryImage + `)`)
	// An image or an image family, with its project or without, perhaps behind the address of Google's API:
	// https://docs.cloud.google.com/compute/docs/reference/rest/v1#service-endpoint
	googleImage = pattern(`((?:((?i:https?://(?:compute|www|content)\.googleapis\.com/compute/(?:v1|beta)/)projects/|projects/)?` +
		`([a-z0-9.:-]+)/)?global/images/(family/)?([a-z0-9-]*))`)
	// A parameter of Systems Manager that holds an AMI, as launch templates and CloudFormation's templates name it, perhaps
	// as another account's, and with a version or a label behind a colon:
	// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html
	// https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
	parameter = regexp.MustCompile(`^(resolve:ssm:(?:arn:[\w-]+:ssm:[\w-]*:\d*:parameter)?(/?(?:[\w.-]+/)*` + parameterPart + `(?::` + parameterPart + `)?))[.:]*`)
	// The type of a parameter of CloudFormation's that takes its AMI from there; JSON may have its brackets as escapes:
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
	parameterType = pattern(`(AWS::SSM::Parameter::Value(?:<|\\u003[cC])(?:List(?:<|\\u003[cC]))?AWS::EC2::Image::Id(?:>|\\u003[eE]){1,2})`)
)

var forms = []form{
	{start: []byte("ami-"), pattern: ami, accepts: func(before []byte, _ [][]byte, after []byte) bool {
		isJoined := isWordOrHyphen(last(before)) && !defaultValue.Match(before)
		return !isJoined && (len(after) == 0 || !isWordOrHyphen(after[0]))
	}},
	{start: []byte("/subscriptions/"), pattern: azureImage, accepts: acceptsAzure},
	{start: []byte("/communitygalleries/"), pattern: sharedImage, accepts: acceptsAzure},
	{start: []byte("/sharedgalleries/"), pattern: sharedImage, accepts: acceptsAzure},
	{start: []byte("https://"), pattern: googleImage, accepts: acceptsGoogle},
	{start: []byte("http://"), pattern: googleImage, accepts: acceptsGoogle},
	{start: []byte("projects/"), pattern: googleImage, accepts: acceptsGoogle},
	{start: []byte("global/images/"), pattern: googleImage, accepts: acceptsGoogle, isBehindProject: true},
	{start: []byte("resolve:ssm:"), pattern: parameter, accepts: acceptsParameter},
	{start: []byte("aws::ssm"), pattern: parameterType, accepts: func(before []byte, _ [][]byte, _ []byte) bool {
		return !isWord(last(before))
	}},
}

// formsFrom are the forms by the byte that their ids begin with.
var formsFrom = func() (from [256][]*form) {
	for _, f := range forms {
		escaped := f
		escaped.start = append(f.start[:1:1], bytes.ReplaceAll(f.start[1:], []byte("/"), []byte(escapedSlash))...)
		from[f.start[0]] = append(from[f.start[0]], &f, &escaped)
	}
	for b := 'a'; b <= 'z'; b++ {
		from[b+'A'-'a'] = from[b]
	}
	return from
}()

// defaultValue is what is before a value in the shell's ${AMI:-ami-0123456789abcdef0} and ${AMIS[0]-ami-0123456789abcdef0}.
var defaultValue = regexp.MustCompile(`\$\{(?:[^\s}]*:|[^\s}-]*)-$`)

var exactVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

func acceptsAzure(_ []byte, groups [][]byte, after []byte) bool {
	version := groups[2] // of a gallery's image, nil where it has none
	return !goesOn.Match(after) &&
		(version == nil || exactVersion.Match(version) || bytes.EqualFold(version, []byte("latest")))
}

func acceptsGoogle(before []byte, groups [][]byte, after []byte) bool {
	isCut := len(groups[2]) == 0 && bytes.IndexByte([]byte("/$%{}"), last(before)) >= 0 // of its project
	_, ok := newGoogle(groups)
	return ok && !isCut && !isWordOrHyphen(last(before)) && !goesOn.Match(after)
}

// projectBefore is where a path begins at i in a text, or the project before it, as in acme/global/images/web. In
// image:acme the project is a value behind its key, and in \nacme it is behind an escape.
func projectBefore(text []byte, i int) int {
	around := text[max(0, i-mostBefore):i]
	before, ok := bytes.CutSuffix(around, []byte("/"))
	if !ok {
		return i
	}
	before = bytes.TrimSuffix(before, []byte(`\`))
	start := len(bytes.TrimRight(before, "abcdefghijklmnopqrstuvwxyz0123456789.:-")) // a project, with its domain
	if behind := escapeAtStart.Find(before[max(0, start-1):]); behind != nil {
		start += len(behind) - 1
	}
	project := before[start:]
	if key, value, ok := bytes.Cut(project, []byte(":")); ok && !bytes.Contains(key, []byte(".")) {
		project = value
	}
	if len(project) == 0 {
		return i
	}
	return i - len(around) + len(before) - len(project)
}

var (
	imageName  = regexp.MustCompile(`(?i)ami|image`)
	imageLabel = regexp.MustCompile(`(?i)imageid.{0,25}$`)
)

// acceptsParameter is whether a parameter holds an AMI: one with a path, or with a name after images. CloudFormation's
// templates take any value from one in the same words, within braces: there it has to be called after images, or to be
// what an ImageId is.
func acceptsParameter(before []byte, groups [][]byte, after []byte) bool {
	name := groups[2]
	isOfImage := imageName.Match(name)
	if last(before) == '{' {
		isOfImage = isOfImage || imageLabel.Match(before)
	} else {
		isOfImage = isOfImage || name[0] == '/'
	}
	return isOfImage && !isWordOrHyphen(last(before)) && !bytes.HasPrefix(after, []byte("/")) && !goesOn.Match(after)
}

// goesOn is how a text begins in which an id goes on, be it in the variable of some template language.
var goesOn = regexp.MustCompile(`^(?:[\w-]|[-._]*(?:[${]|%(?:[[:xdigit:]]?(?:[^[:xdigit:]]|$))))`)

// escape is one of a character in JSON, a programming language or a URL.
const escape = `(?:\\[nrtbfv]|%[[:xdigit:]]{2}|\\x[[:xdigit:]]{2}|\\u[[:xdigit:]]{4})`

var (
	escapeAtStart = regexp.MustCompile("^" + escape)
	escapeAtEnd   = regexp.MustCompile(escape + "$")
)

// last is the byte that a text ends with, 0 where it is empty. An escape counts as a blank: its last letter is no part
// of a word.
func last(text []byte) byte {
	switch n := len(text); {
	case n == 0:
		return 0
	case isWord(text[n-1]) && escapeAtEnd.Match(text[max(0, n-len(`\u0000`)):]):
		return ' '
	default:
		return text[n-1]
	}
}

func isWord(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
}

func isWordOrHyphen(b byte) bool { return isWord(b) || b == '-' }

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
