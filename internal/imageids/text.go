package imageids

import (
	"bytes"
	"context"
	"regexp"
)

const (
	binaryHead = 8000    // bytes among which a NUL tells a binary file; git looks at as many
	longestID  = 1024    // bytes; the longest that the clouds allow, of an Azure gallery, has about 450
	breather   = 1 << 20 // bytes that are searched between two looks at the context
)

// form is a form of image ids.
type form struct {
	// start is what the id starts with, by which it is found: to let the patterns search takes forty
	// times as long, a minute for a file of 64 MiB.
	start string
	// word is whether it has to be at the start of a word.
	word bool
	// pattern matches the id at its start. A second group that matches is what shows that the id goes
	// on in the variable of some template language, which nobody can look up.
	pattern *regexp.Regexp
}

var forms = []form{
	// AMI: 8 or 17 hexadecimal digits.
	// https://docs.aws.amazon.com/snowball/latest/api-reference/API_Ec2AmiResource.html
	{"ami-", true, regexp.MustCompile(`^(ami-(?:[0-9a-f]{17}|[0-9a-f]{8}))\b`)},

	// Azure: an image, or an image version of a compute gallery. Azure compares ids without regard
	// to case.
	// https://learn.microsoft.com/rest/api/compute/images/get
	// https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get
	// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute
	{"/subscriptions/", false, regexp.MustCompile(`^((?i:/subscriptions/[\w-]+/resourceGroups/[\w.()-]+/providers/Microsoft\.Compute/` +
		`(?:galleries/[\w.]+/images/[\w.-]+/versions/\d+\.\d+\.\d+|images/[a-z0-9](?:[\w.-]*\w)?)))\b` + template)},

	// Google: an image, by its path or its selfLink. The project may have a domain before it.
	// https://docs.cloud.google.com/compute/docs/reference/rest/v1/images
	// https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects
	{"https://www.googleapis.com/compute/v1/projects/", false, regexp.MustCompile(`^(https://www\.googleapis\.com/compute/v1/` + googlePath + `)\b` + template)},
	{"projects/", true, regexp.MustCompile(`^(` + googlePath + `)\b` + template)},
}

const (
	googlePath = `projects/(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*/global/images/[a-z](?:[a-z0-9-]*[a-z0-9])?`
	template   = `([-._]*[$%{])?`
)

// family ends what is matched of images/family/NAME, which stands for the newest image of a family.
var family = []byte("/global/images/family")

// text finds the ids in a text file, or nothing in a binary one.
func (f *finder) text(ctx context.Context, name string, data []byte) error {
	if bytes.IndexByte(data[:min(len(data), binaryHead)], 0) >= 0 {
		return nil
	}
	line, next := 1, 0
	for i := 0; i < len(data); {
		if i >= next {
			if err := ctx.Err(); err != nil {
				return err
			}
			next = i + breather
		}
		length := 1
		switch data[i] {
		case '\n':
			line++
		case 'a', '/', 'h', 'p': // the first bytes of the forms
			if id := idAt(data, i); id != nil {
				if err := f.named(string(id), Place{File: name, Line: line}, false); err != nil {
					return err
				}
				length = len(id)
			}
		}
		i += length
	}
	return nil
}

// idAt is the id that is at i, or nil.
func idAt(data []byte, i int) []byte {
	for _, form := range forms {
		if data[i] != form.start[0] || form.word && i > 0 && isWord(data[i-1]) || !startsWith(data[i:], form.start) {
			continue
		}
		part := data[i:min(len(data), i+longestID)]
		m := form.pattern.FindSubmatchIndex(part)
		if m == nil || m[1] == longestID || len(m) > 4 && m[4] >= 0 || bytes.HasSuffix(part[:m[3]], family) {
			continue
		}
		return part[:m[3]]
	}
	return nil
}

// startsWith is [bytes.HasPrefix] without regard to case, as the forms of Azure are; the patterns see
// to the case of the others.
func startsWith(data []byte, start string) bool {
	return len(data) >= len(start) && bytes.EqualFold(data[:len(start)], []byte(start))
}

func isWord(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
}
