package action_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"hcp-packer-iteration/internal/inputs"
)

// metadata is what action.yml declares, in its order.
type metadata struct {
	Inputs  yaml.Node
	Outputs yaml.Node
}

// declaration is one input or output of action.yml.
type declaration struct {
	name        string
	Description string
	Default     string
	Required    bool
}

// readMetadata reads the action.yml of a folder of the checkout.
func readMetadata(t *testing.T, folder string) (declaredInputs, declaredOutputs []declaration) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", folder, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return declarations(t, m.Inputs), declarations(t, m.Outputs)
}

func declarations(t *testing.T, node yaml.Node) []declaration {
	t.Helper()
	var list []declaration
	for i := 0; i < len(node.Content); i += 2 {
		d := declaration{name: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&d); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

func names(list []declaration) []string {
	var names []string
	for _, d := range list {
		names = append(names, d.name)
	}
	return slices.Sorted(slices.Values(names))
}

// TestInputsAreDeclared compares the inputs that the program reads with those of action.yml.
func TestInputsAreDeclared(t *testing.T) {
	t.Parallel()
	for folder, read := range map[string]func(func(string) (string, bool)) error{
		"":       func(lookup func(string) (string, bool)) error { _, err := inputs.ReadResolve(lookup); return err },
		"verify": func(lookup func(string) (string, bool)) error { _, err := inputs.ReadVerify(lookup); return err },
	} {
		declared, _ := readMetadata(t, folder)
		asked := map[string]bool{}
		_ = read(func(name string) (string, bool) { // fails for want of any input
			if input, found := strings.CutPrefix(name, "INPUT_"); found {
				asked[strings.ToLower(input)] = true
			}
			return "", false
		})
		if diff := cmp.Diff(names(declared), slices.Sorted(maps.Keys(asked))); diff != "" {
			t.Errorf("inputs (-%s/action.yml +program):\n%s", folder, diff)
		}
	}
}

// TestDefaultsAreThePrograms runs the inputs with the defaults of action.yml and without any.
func TestDefaultsAreThePrograms(t *testing.T) {
	t.Parallel()
	declared, _ := readMetadata(t, "")
	given := map[string]string{"INPUT_BUCKET": "ubuntu", "INPUT_CHANNEL": "production"}
	want, err := inputs.ReadResolve(lookup(given))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range declared {
		if d.Default != "" {
			given["INPUT_"+strings.ToUpper(d.name)] = d.Default
		}
	}
	got, err := inputs.ReadResolve(lookup(given))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inputs (-program +action.yml):\n%s", diff)
	}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, found := env[name]
		return value, found
	}
}

// TestOutputsAreDeclared compares the outputs that a step sets with those of action.yml.
func TestOutputsAreDeclared(t *testing.T) {
	t.Parallel()
	_, declared := readMetadata(t, "")
	for name, given := range map[string]map[string]string{
		"passing": {"bucket": "ubuntu", "channel": "production"},
		"failing": {"bucket": ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newWorld(t).run(t, given).outputs
			if diff := cmp.Diff(names(declared), slices.Sorted(maps.Keys(got))); diff != "" {
				t.Errorf("outputs (-action.yml +step):\n%s", diff)
			}
		})
	}
}

// TestReadme holds the tables of README.md to action.yml, and rewrites them with -update.
func TestReadme(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for prefix, folder := range map[string]string{"": "", "verify-": "verify"} {
		declaredInputs, declaredOutputs := readMetadata(t, folder)
		want = replaceSection(t, want, prefix+"inputs", inputTable(declaredInputs))
		want = replaceSection(t, want, prefix+"outputs", outputTable(declaredOutputs))
	}
	want = replaceSection(t, want, "faults", faultTable(t))
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("README.md, to be mended by make update (-want +got):\n%s", diff)
	}
}

// replaceSection puts a table between the comments that mark its place.
func replaceSection(t *testing.T, text, name, table string) string {
	t.Helper()
	section := regexp.MustCompile(`(?s)(<!-- ` + name + `:[^\n]*-->\n).*?(<!-- /` + name + ` -->)`)
	if !section.MatchString(text) {
		t.Fatalf("README.md has no section %s", name)
	}
	return section.ReplaceAllString(text, "${1}"+strings.ReplaceAll(table, "$", "$$")+"${2}")
}

func inputTable(list []declaration) string {
	var b strings.Builder
	b.WriteString("| input | default | meaning |\n| --- | --- | --- |\n")
	for _, d := range list {
		value := ""
		switch {
		case d.Required:
			value = "required"
		case d.Default != "":
			value = "`" + d.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.name, value, cell(d.Description))
	}
	return b.String()
}

func outputTable(list []declaration) string {
	var b strings.Builder
	b.WriteString("| output | meaning |\n| --- | --- |\n")
	for _, d := range list {
		fmt.Fprintf(&b, "| `%s` | %s |\n", d.name, cell(d.Description))
	}
	return b.String()
}

// cell keeps "<number>" and the like from being read as HTML.
func cell(text string) string { return strings.ReplaceAll(text, "<", "&lt;") }

// TestFailuresAreDocumented compares the titles in the code with those in README.md.
func TestFailuresAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Failures\n")
	if !found {
		t.Fatal("README.md has no section Failures")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| ((?:`[^`]+`(?:, )?)+) \\|").FindAllStringSubmatch(section, -1) {
		documented = append(documented, strings.Split(strings.Trim(row[1], "`"), "`, `")...)
	}
	if diff := cmp.Diff(titles(t), documented); diff != "" {
		t.Errorf("titles (-problem.go +README.md):\n%s", diff)
	}
}

// titles are the constants of type Title, in the order of their declaration.
func titles(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "problem", "problem.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Title" {
			title, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, title)
		}
		return true
	})
	return list
}

// faultTable is the table of faults, as the tests of internal/hcp write it.
func faultTable(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "hcp", "testdata", "faults.golden"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
