package terraform

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
)

// maxUnpacked is how much of what is packed in one text is looked at, in bytes.
const maxUnpacked = 16 << 20

// unpack is a text with those that are packed in it: in base64, if all of the text is, in gzip within that, or in the
// parts of a MIME message, which is how cloud-init takes several files. They end after maxUnpacked bytes, and isCut is
// whether there was more.
func unpack(text string) (texts []string, isCut bool) {
	room := maxUnpacked
	var add func(string)
	add = func(text string) {
		texts = append(texts, text)
		parts := slices.Values([]string{text})
		if strings.Contains(text, "ransfer-") { // Content-Transfer-Encoding, in lower case as well
			parts = strings.SplitSeq(mimeEnds.Replace(text), "\n\n")
		}
		for part := range parts {
			inner := decode(part, room+1)
			if len(inner) > room {
				inner, isCut = inner[:room], true
			}
			if room -= len(inner); len(inner) >= imageids.ShortestID {
				add(inner)
			}
		}
	}
	add(text)
	return texts, isCut
}

// mimeEnds puts an empty line before what ends a part of a MIME message, and after its headers.
var mimeEnds = strings.NewReplacer("\r\n--", "\n\n--", "\n--", "\n\n--", "\r\n", "\n")

// decode is what a text is base64 of, of gzip no more than so many bytes, or empty.
func decode(text string, most int) string {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	data, err := encoding.DecodeString(text)
	if err != nil {
		return ""
	}
	if packed, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		data, _ = io.ReadAll(io.LimitReader(packed, int64(most))) // what precedes damage counts
	}
	return strings.ReplaceAll(string(data), "\x00", "") // UTF-16 for PowerShell, of Terraform's textencodebase64
}
