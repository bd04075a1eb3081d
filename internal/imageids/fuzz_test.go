package imageids

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzText searches texts: what is found has to be there, and to mean itself.
func FuzzText(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		for start, end := range All(data) {
			id := string(data[start:end])
			if start < last || end <= start || strings.ContainsAny(id, " \n$%{") {
				t.Errorf("%q at %d is no id, or not in order", id, start)
			}
			if r := parse(id); r.cloud == noCloud && !r.floating {
				t.Errorf("%q has no form", id)
			}
			last = end
		}
	})
}

func BenchmarkAll(b *testing.B) {
	const part = "resource \"aws_instance\" \"web\" {\n  ami = \"ami-0123456789abcdef0\"\n  user_data = \"/subscriptions/projects\"\n}\n"
	text := bytes.Repeat([]byte(part), 64<<20/len(part))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for range All(text) {
		}
	}
}
