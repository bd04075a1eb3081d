package workspace_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/workspace"
	"hcp-packer-iteration/internal/workspace/workspacetest"
)

// encodings write a text as files do.
var encodings = map[string]func(text string) string{
	"utf_8":      func(text string) string { return text },
	"utf_8_mark": func(text string) string { return "\ufeff" + text },
	"utf_16_le":  func(text string) string { return utf16Text(binary.LittleEndian, "\ufeff"+text) },
	"utf_16_be":  func(text string) string { return utf16Text(binary.BigEndian, "\ufeff"+text) },
}

func utf16Text(order binary.AppendByteOrder, text string) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

func TestFind_encodings(t *testing.T) {
	t.Parallel()
	group := strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "Größe-😀東", 1)
	named := strings.Replace(workspacetest.AzureImage, "web_(eu).rg-1", "Größe-東", 1)
	text := "# 😀\r\nami-12345678\r\n" + named + "\n" + group + " ami-12345679"
	plan := workspacetest.Plan(`"create"`, `{"ami": "Größe 😀"}`)
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workspacetest.Folder{
				"plan.json":  encode(plan),
				"state.json": encode(`{"format_version": "1.0"}`),
				"x.tfvars":   encode(text),
				"half":       encode(text) + "\xd8",
			}.Make(t, t.TempDir())
			got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Plans: []string{"plan.json"}, States: []string{"state.json"}, Files: []string{"x.tfvars"}, Scope: terraform.ScopeChanged}))
			want := []string{"Größe 😀 plan.json#x.y", "ami-12345678 x.tfvars:2", named + " x.tfvars:3", "ami-12345679 x.tfvars:4"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{"half"}})); len(got) != 3 {
				t.Errorf("with half a unit at the end: got %v", got)
			}
		})
	}
}

func TestFind_binary(t *testing.T) {
	t.Parallel()
	dir := workspacetest.Folder{
		"binary":   "\x7fELF\x00ami-12345678",
		"utf_16":   "\xff\xfea\x00\x00\x00",
		"utf_32":   "\xff\xfe\x00\x00a\x00\x00\x00",
		"no_pairs": "\xff\xfe\x00\xd8a\x00\x00\xdc",
	}.Make(t, t.TempDir())
	got := workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{"*"}}))
	if got != nil {
		t.Errorf("got %v, want nothing", got)
	}
	got = workspacetest.Lines(workspacetest.Find(t, dir, workspace.Sources{Files: []string{"binary", "utf_16", "utf_32", "no_pairs"}}))
	want := []string{
		`warning The input files: "binary" is binary and was not searched.`,
		`warning The input files: "utf_16" is binary and was not searched.`,
		`warning The input files: "utf_32" is binary and was not searched.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
