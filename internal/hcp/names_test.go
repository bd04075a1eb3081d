package hcp

import (
	"strings"
	"testing"
)

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
