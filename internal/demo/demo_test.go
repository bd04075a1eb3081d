package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDemo runs it as make does: every scene ends as it should, what became of them comes first, and nothing
// is shown that only a runner reads.
func TestDemo(t *testing.T) {
	t.Parallel()
	demo := filepath.Join(t.TempDir(), "demo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", demo, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make has it
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), demo)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	shown := string(out)
	for i, line := range strings.Split(shown, "\n")[:len(scenes())] {
		if want := scenes()[i]; !strings.Contains(line, want.title) || !strings.HasSuffix(line, string(want.want)) {
			t.Errorf("got line %q for scene %q", line, want.title)
		}
	}
	for _, sign := range []string{"::error", "verdicts=", "<br>", "<details>", "`"} {
		if strings.Contains(shown, sign) {
			t.Errorf("there is %q in\n%s", sign, shown)
		}
	}
}

func TestShow_not_as_meant(t *testing.T) {
	t.Parallel()
	refused := map[string]string{"problem": "Image revoked"}
	for name, r := range map[string]result{
		"passes":        {scene: scene{want: "Image revoked"}, passes: true},
		"fails":         {outputs: refused},
		"other_failure": {scene: scene{want: "HCP unavailable"}, outputs: refused},
	} {
		if err := show(&strings.Builder{}, []result{r}, false); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	const markdown = "### ❌ 1 refused\n\nReplace **it**, or\\_not.\n\n" +
		"| verdict | image |\n| --- | --- |\n| ❌ `web` v1 | `ami-1`<br>➡️ `ami-2` |\n| fine | `<b>` |\n\n" +
		"<details><summary>Why</summary>\n\n- because of `CVE-1`\n\n</details>\n"
	const want = "❌ 1 refused\n\nReplace it, or_not.\n\n" +
		"verdict   image\n❌ web v1  ami-1 ➡️ ami-2\nfine      <b>\n\n" +
		"▾ Why\n  - because of CVE-1\n"
	got, err := text(markdown)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
