package hcp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"hcp-packer-iteration/internal/problem"
)

// secret notes a secret in all its forms, and has them masked.
func (l *login) secret(value string) {
	if value == "" {
		return
	}
	l.Mask(value)
	for _, form := range forms(value) {
		if len(form) >= problem.ShortestSecret && !slices.Contains(l.secrets, form) {
			l.secrets = append(l.secrets, form)
			l.Mask(form)
		}
	}
}

// forms are the texts by which a secret can be told: as it is, and as HTTP and JSON carry it. The header
// of RFC 6749, section 2.3.1, is the base64 of the URL-encoded secret behind the client's id.
func forms(secret string) []string {
	escaped := url.QueryEscape(secret)
	list := []string{secret, escaped, url.PathEscape(secret)}
	for _, text := range list[1:] {
		list = append(list, lowerEscapes(text))
	}
	list = append(list, jsonForms(secret)...)
	for _, text := range []string{secret, escaped} {
		list = append(list, base64Forms(text)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// lowerEscapes writes the escapes of a URL-encoded text in lower case, as some encoders do.
func lowerEscapes(text string) string {
	parts := strings.Split(text, "%")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToLower(part[:2]) + part[2:]
	}
	return strings.Join(parts, "%")
}

// jsonForms are a text inside a JSON string. Encoders differ in what they escape besides what they must:
// what means something in HTML, slashes, and what is not ASCII.
func jsonForms(text string) []string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string and a buffer, which do not fail
	literal := strings.TrimSpace(b.String())
	list := []string{literal[1 : len(literal)-1]}
	for _, escape := range []func(string) string{
		strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace,
		strings.NewReplacer("/", `\/`).Replace,
		escapeBeyondASCII,
	} {
		for _, form := range slices.Clone(list) {
			list = append(list, escape(form))
		}
	}
	return list
}

func escapeBeyondASCII(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// base64Forms are what a text becomes inside something longer in base64. Three of its bytes are four
// characters there, so that it has three forms, by where it begins. The characters at either end that
// depend on its neighbours are left out.
func base64Forms(text string) []string {
	var list []string
	for before := range 3 {
		padded := append(make([]byte, before), text...)
		first, last := (before*8+5)/6, len(padded)*8/6
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if encoded := encoding.EncodeToString(padded); first < last {
				list = append(list, encoded[first:last])
			}
		}
	}
	return list
}

// redact takes secrets out of a text.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return text
}

// redacted stands for a secret, as in the runner's log.
const redacted = "***"

// redactJSON takes secrets out of a JSON document, before anything of it can be cut or shown. What is
// left is a JSON document still: what stands for a secret has nothing to escape. Of other texts nothing
// is ever shown.
func redactJSON(document []byte, secrets []string) []byte {
	for _, secret := range secrets {
		// ReplaceAll copies the document, which may be large, whether it finds anything or not.
		if bytes.Contains(document, []byte(secret)) {
			document = bytes.ReplaceAll(document, []byte(secret), []byte(redacted))
		}
	}
	return redactEscaped(document, secrets)
}

// redactEscaped does it for the strings with escapes, any of whose characters may be written as \u00e9
// is.
func redactEscaped(document []byte, secrets []string) []byte {
	if len(secrets) == 0 || bytes.IndexByte(document, '\\') < 0 {
		return document
	}
	var out []byte
	done := 0
	for start, end := nextString(document, 0); start < end; start, end = nextString(document, end) {
		var text string
		literal := document[start:end]
		if len(literal) < problem.ShortestSecret || bytes.IndexByte(literal, '\\') < 0 || json.Unmarshal(literal, &text) != nil {
			continue
		}
		if clean := redact(text, secrets); clean != text {
			literal, _ = json.Marshal(clean) // a string, which always encodes
			out = append(append(out, document[done:start]...), literal...)
			done = end
		}
	}
	if done == 0 {
		return document
	}
	return append(out, document[done:]...)
}

// nextString finds the next JSON string at or after from, quotes included. It is empty where there is
// none.
func nextString(document []byte, from int) (start, end int) {
	start = bytes.IndexByte(document[from:], '"')
	if start < 0 {
		return 0, 0
	}
	start += from
	for end = start + 1; end < len(document); end++ {
		switch document[end] {
		case '\\':
			end++
		case '"':
			return start, end + 1
		}
	}
	return 0, 0
}
