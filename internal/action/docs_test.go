package action_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"hcp-packer-iteration/internal/inputs"
)

// metadata is what an action.yml declares, in its order.
type metadata struct {
	Description string
	Inputs      yaml.Node
	Outputs     yaml.Node
}

// declaration is one input or output of an action.yml.
type declaration struct {
	name        string
	Description string
	Default     string
	Required    bool
	comment     string // behind the name
}

// checkout is the root of the checkout, as seen from this package's folder.
var checkout = filepath.Join("..", "..")

// folders are those of the checkout that have an action.yml, "." for the main action's.
func folders(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(checkout, "*", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	list := []string{"."}
	for _, path := range paths {
		list = append(list, filepath.Base(filepath.Dir(path)))
	}
	return list
}

// allArgs are the arguments for each action.
func allArgs(t *testing.T) [][]string {
	t.Helper()
	all := [][]string{nil}
	for _, folder := range folders(t)[1:] {
		all = append(all, []string{folder})
	}
	return all
}

// readMetadata reads the action.yml of a folder.
func readMetadata(t *testing.T, folder string) metadata {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout, folder, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	if err := yaml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func declarations(t *testing.T, node yaml.Node) []declaration {
	t.Helper()
	var list []declaration
	for i := 0; i < len(node.Content); i += 2 {
		d := declaration{name: node.Content[i].Value, comment: strings.TrimPrefix(node.Content[i].LineComment, "# ")}
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

// inputReader reads the inputs of the action in a folder.
func inputReader(t *testing.T, folder string) func(lookup func(string) (string, bool)) (any, error) {
	t.Helper()
	return func(lookup func(string) (string, bool)) (in any, err error) {
		switch folder {
		case ".":
			return inputs.ReadResolve(lookup)
		case "audit":
			return inputs.ReadAudit(lookup)
		case "promote":
			return inputs.ReadPromote(lookup)
		case "verify":
			return inputs.ReadVerify(lookup)
		}
		t.Fatalf("inputReader knows nothing of %s/action.yml", folder)
		return nil, nil
	}
}

// TestInputsAreDeclared compares the inputs that the program reads with those of each action.yml.
func TestInputsAreDeclared(t *testing.T) {
	t.Parallel()
	for _, folder := range folders(t) {
		declared := declarations(t, readMetadata(t, folder).Inputs)
		asked := map[string]bool{}
		_, _ = inputReader(t, folder)(func(name string) (string, bool) { // fails for want of any input
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

// TestDefaultsAreThePrograms reads the inputs of each action with the defaults of its action.yml and
// without any.
func TestDefaultsAreThePrograms(t *testing.T) {
	t.Parallel()
	for _, folder := range folders(t) {
		// What the actions require, each some of it.
		given := map[string]string{"INPUT_BUCKET": "ubuntu", "INPUT_CHANNEL": "production", "INPUT_FROM-CHANNEL": "staging"}
		want, err := inputReader(t, folder)(lookup(given))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range declarations(t, readMetadata(t, folder).Inputs) {
			if d.Default != "" {
				given["INPUT_"+strings.ToUpper(d.name)] = d.Default
			}
		}
		got, err := inputReader(t, folder)(lookup(given))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("inputs (-program +%s/action.yml):\n%s", folder, diff)
		}
	}
}

// TestOtherValuesAreRefused gives each input for which an action.yml lists values one that is not listed.
func TestOtherValuesAreRefused(t *testing.T) {
	t.Parallel()
	for _, folder := range folders(t) {
		for _, d := range declarations(t, readMetadata(t, folder).Inputs) {
			if !strings.Contains(d.comment, "`, `") && !strings.Contains(d.comment, "`, …") {
				continue
			}
			_, err := inputReader(t, folder)(lookup(map[string]string{"INPUT_" + strings.ToUpper(d.name): "other"}))
			if err == nil || !strings.Contains(err.Error(), d.name+` "other" is not `) {
				t.Errorf("%s/action.yml: with %s: other, got %v", folder, d.name, err)
			}
		}
	}
}

// TestOutputsAreDeclared compares the outputs that a step sets with those of each action.yml, of one that fails and of
// one that passes.
func TestOutputsAreDeclared(t *testing.T) {
	t.Parallel()
	for _, args := range allArgs(t) {
		folder := strings.Join(args, "")
		for name, inputs := range map[string]map[string]string{"failing": {"timeout": "none"}, "passing": passing(args...)} {
			t.Run(folder+"/"+name, func(t *testing.T) {
				t.Parallel()
				got := newWorld(t).run(t, inputs, args...)
				if failing := name == "failing"; failing != (got.exitCode == 1) {
					t.Errorf("got %s", got)
				}
				declared := declarations(t, readMetadata(t, folder).Outputs)
				if diff := cmp.Diff(names(declared), slices.Sorted(maps.Keys(got.outputs))); diff != "" {
					t.Errorf("outputs (-%s/action.yml +step):\n%s", folder, diff)
				}
			})
		}
	}
}

// TestDescriptions holds every description to the length that a listing in GitHub's Marketplace takes.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	const most = 125
	for _, folder := range folders(t) {
		m := readMetadata(t, folder)
		all := slices.Concat(declarations(t, m.Inputs), declarations(t, m.Outputs))
		for _, d := range append(all, declaration{name: "the action", Description: m.Description}) {
			if size := utf8.RuneCountInString(d.Description); size == 0 || size > most {
				t.Errorf("%s/action.yml: the description of %s has %d characters, want 1 to %d", folder, d.name, size, most)
			}
		}
	}
}

// TestReadme holds the tables of each README.md to the action.yml beside it, and rewrites them with -update.
func TestReadme(t *testing.T) {
	t.Parallel()
	for _, folder := range folders(t) {
		m := readMetadata(t, folder)
		compareSections(t, filepath.Join(folder, "README.md"), map[string]string{
			"inputs":  declarationTable("input", declarations(t, m.Inputs)),
			"outputs": declarationTable("output", declarations(t, m.Outputs)),
		})
	}
}

// TestFaultsAreDocumented holds docs/faults.md to the list of faults that the tests of internal/hcp keep.
func TestFaultsAreDocumented(t *testing.T) {
	t.Parallel()
	faults, err := os.ReadFile(filepath.Join("..", "hcp", "testdata", "faults.golden"))
	if err != nil {
		t.Fatal(err)
	}
	compareSections(t, "docs/faults.md", map[string]string{"faults": string(faults)})
}

var (
	yamlBlock = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")
	ownAction = regexp.MustCompile(`^OWNER/hcp-packer-iteration/?([a-z]*)@v1$`)
)

// TestExamplesUseDeclaredInputs looks for inputs that no action.yml declares, of which a runner only warns.
func TestExamplesUseDeclaredInputs(t *testing.T) {
	t.Parallel()
	for _, path := range pages(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllSubmatch(text, -1) {
			var example yaml.Node
			if err := yaml.Unmarshal(block[1], &example); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			checkSteps(t, path, &example)
		}
	}
}

// pages are those of the documentation.
func pages(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"README.md", "*/README.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join(checkout, pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, paths...)
	}
	return pages
}

// checkSteps looks for steps in a node and below it.
func checkSteps(t *testing.T, path string, node *yaml.Node) {
	t.Helper()
	var step struct {
		Uses string
		With map[string]string
	}
	if node.Kind == yaml.MappingNode && node.Decode(&step) == nil {
		if action := ownAction.FindStringSubmatch(step.Uses); action != nil {
			declared := names(declarations(t, readMetadata(t, action[1]).Inputs))
			for input := range step.With {
				if !slices.Contains(declared, input) {
					t.Errorf("%s: %s has no input %s", path, step.Uses, input)
				}
			}
		}
	}
	for _, child := range node.Content {
		checkSteps(t, path, child)
	}
}

// compareSections compares a file with itself once the tables stand between the comments that mark their
// places, or with -update writes that.
func compareSections(t *testing.T, name string, tables map[string]string) {
	t.Helper()
	path := filepath.Join(checkout, name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for section, table := range tables {
		marks := regexp.MustCompile(`(?s)(<!-- ` + section + `:[^\n]*-->\n).*?(<!-- /` + section + ` -->)`)
		if !marks.MatchString(want) {
			t.Fatalf("%s has no section %s", name, section)
		}
		want = marks.ReplaceAllString(want, "${1}"+strings.ReplaceAll(table, "$", "$$")+"${2}")
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is out of date: run make update (-want +got):\n%s", name, diff)
	}
}

// declarationTable has a row for each declaration, which links to itself. Those of inputs have a comment behind the
// name: the values that it takes and, where the program has it, the default.
func declarationTable(kind string, list []declaration) string {
	var b strings.Builder
	if kind == "input" {
		b.WriteString("| input | required | default | values | |\n| --- | --- | --- | --- | --- |\n")
	} else {
		b.WriteString("| output | |\n| --- | --- |\n")
	}
	for _, d := range list {
		fmt.Fprintf(&b, "| <a id=\"%s-%s\"></a>[`%[2]s`](#%[1]s-%[2]s) |", kind, d.name)
		if kind == "input" {
			required := map[bool]string{true: "yes"}[d.Required]
			values, inProgram, _ := strings.Cut(d.comment, "; default ")
			if d.Default != "" {
				inProgram = "`" + d.Default + "`"
			}
			fmt.Fprintf(&b, " %s | %s | %s |", required, inProgram, values)
		}
		fmt.Fprintf(&b, " %s |\n", strings.ReplaceAll(d.Description, "<", "&lt;")) // "<number>" is no HTML
	}
	return b.String()
}

// TestFailuresAreDocumented compares the titles in the code with those in docs/failures.md.
func TestFailuresAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(checkout, "docs", "failures.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows, titles := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|"), regexp.MustCompile(`(?m)^\t\w+ +Title = "([^"]*)"`)
	code, err := os.ReadFile(filepath.Join("..", "problem", "problem.go"))
	if err != nil {
		t.Fatal(err)
	}
	var documented, declared []string
	for _, row := range rows.FindAllSubmatch(text, -1) {
		documented = append(documented, string(row[1]))
	}
	for _, title := range titles.FindAllSubmatch(code, -1) {
		declared = append(declared, string(title[1]))
	}
	if diff := cmp.Diff(declared, documented); diff != "" {
		t.Errorf("titles (-problem.go +docs/failures.md):\n%s", diff)
	}
}
