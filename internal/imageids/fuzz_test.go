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
		err := Each(t.Context(), data, func(line, start, end int) error {
			id := string(data[start:end])
			if start < last || end <= start || strings.ContainsAny(id, " \n$%{") {
				t.Errorf("%q at %d is no id, or not in order", id, start)
			}
			if want := bytes.Count(data[:start], []byte("\n")) + 1; line != want {
				t.Errorf("%q: got line %d, want %d", id, line, want)
			}
			if r := parse(id); r.cloud == noCloud && !r.floating {
				t.Errorf("%q has no form", id)
			}
			last = end
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkEach(b *testing.B) {
	const part = "resource \"aws_instance\" \"web\" {\n  ami = \"ami-0123456789abcdef0\"\n  user_data = \"/subscriptions/projects\"\n}\n"
	text := bytes.Repeat([]byte(part), 64<<20/len(part))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := Each(b.Context(), text, func(_, _, _ int) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
