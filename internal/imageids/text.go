package imageids

import (
	"bytes"
	"context"
	"regexp"
)

const (
	binaryHead = 8000      // bytes among which a NUL tells a binary file; git looks at as many
	window     = 256 << 10 // bytes that are searched between two looks at the context
)

// idPattern is the forms of image ids in text. The second group is what follows an id that is cut
// short by a variable of some template language; such an id is none.
//
//   - AMI: https://docs.aws.amazon.com/snowball/latest/api-reference/API_Ec2AmiResource.html
//     (8 or 17 hexadecimal digits).
//   - Azure image, and image version of a compute gallery:
//     https://learn.microsoft.com/rest/api/compute/images/get and
//     https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get; the names in it by
//     https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute.
//     Azure compares resource ids without regard to case.
//   - Google image: https://docs.cloud.google.com/compute/docs/reference/rest/v1/images, selfLink and
//     name; the project by https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects.
var idPattern = regexp.MustCompile(`(` +
	`\bami-(?:[0-9a-f]{17}|[0-9a-f]{8})\b` +
	`|(?i:/subscriptions/[\w-]+/resourceGroups/[\w.()-]+/providers/Microsoft\.Compute/` +
	`(?:galleries/[\w.]+/images/[\w.-]+/versions/\d+\.\d+\.\d+|images/[a-z0-9](?:[\w.-]*\w)?)\b)` +
	`|(?:https://www\.googleapis\.com/compute/v1/|\b)projects/(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*/global/images/[a-z](?:[a-z0-9-]*[a-z0-9])?\b` +
	`)([-._]*[$%{])?`)

// text finds the ids in a text file, or nothing in a binary one.
func (f *finder) text(ctx context.Context, name string, data []byte) error {
	if bytes.IndexByte(data[:min(len(data), binaryHead)], 0) >= 0 {
		return nil
	}
	for line := 1; len(data) > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := data[:cut(data, window)]
		data = data[len(part):]
		done := 0
		for _, m := range idPattern.FindAllSubmatchIndex(part, -1) {
			line += bytes.Count(part[done:m[0]], []byte("\n"))
			done = m[0]
			id := part[m[2]:m[3]]
			if m[4] >= 0 || bytes.HasSuffix(id, []byte("/global/images/family")) { // images/family/NAME is not pinned
				continue
			}
			if err := f.named(string(id), Place{File: name, Line: line}, false); err != nil {
				return err
			}
		}
		line += bytes.Count(part[done:], []byte("\n"))
	}
	return nil
}

// cut is where to end a part of about n bytes: after a byte that no id has in it.
func cut(data []byte, n int) int {
	for i := n; i < len(data); i++ {
		if !inID(data[i]) {
			return i + 1
		}
	}
	return len(data)
}

func inID(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || bytes.IndexByte([]byte("/-_.:()"), b) >= 0
}
