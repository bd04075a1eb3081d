package hcp

import (
	"strings"
	"testing"
)

func TestIsName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "7": true, "aZ0-_.": true, "v1.2": true, strings.Repeat("a", 8): true,
		"": false, "-a": false, "_a": false, ".a": false, "..": false, "a/b": false, "a b": false, "a\n": false, "é": false,
		"a\xff": false, "a%2e": false, strings.Repeat("a", 9): false,
	} {
		if got := IsName(name, 8); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
}

func TestIsUUID(t *testing.T) {
	t.Parallel()
	const id = "0a1b2c3d-0000-4000-8000-00000000000a"
	for text, want := range map[string]bool{
		id: true, strings.ToUpper(id): true,
		"": false, id[1:]: false, id + "0": false, strings.ReplaceAll(id, "-", "0"): false, strings.ReplaceAll(id, "a", "g"): false,
		strings.Replace(id, "0a", "é", 1): false, strings.Replace(id, "-", "/", 1): false,
	} {
		if got := IsUUID(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}
