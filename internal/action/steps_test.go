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
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestSteps runs every case of testdata/steps under both generations of the API, unless it names
// one. Both have to give the same, to the letter.
func TestSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range stepCases(t) {
		inputs := readInputs(t, path)
		versions := []string{"2023-01-01", "2021-04-30"}
		if only, named := inputs["api-version"]; named {
			versions = []string{only}
		}
		name := strings.TrimSuffix(path, ".yaml")
		for _, version := range versions {
			t.Run(caseName(path)+"_"+version, func(t *testing.T) {
				t.Parallel()
				given := maps.Clone(inputs)
				given["api-version"] = version
				compareGolden(t, name+".golden", w.run(t, given).String(), version == versions[0])
			})
		}
	}
}

func stepCases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/steps/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return paths
}

func caseName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".yaml") }

func readInputs(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{}
	if err := yaml.Unmarshal(text, &inputs); err != nil {
		t.Fatal(err)
	}
	return inputs
}

// compareGolden compares with the file, or writes it where that was asked for and this is the run
// that the file is of.
func compareGolden(t *testing.T, path, got string, writes bool) {
	t.Helper()
	if *update {
		if !writes {
			return
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestMessages holds the message of every failure that a case ends with in one file, for people to read.
func TestMessages(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("testdata/*/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]string{}
	for _, path := range goldens {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The last is the step's own; others are at their places.
		if all := annotation.FindAllStringSubmatch(string(text), -1); len(all) > 0 {
			own := all[len(all)-1]
			messages[fmt.Sprintf("%s: %s", own[1], own[2])] = path
		}
	}
	compareGolden(t, filepath.Join("testdata", "messages.golden"), strings.Join(slices.Sorted(maps.Keys(messages)), "\n\n")+"\n", true)
}

var annotation = regexp.MustCompile(`(?m)^::error title=([^:]*)::(.*)$`)

// TestMarkdown has the output whatever job-summary says, of steps that pass and that fail.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"resolve", "verify", "audit", "promote"} {
		for name, inputs := range map[string]map[string]string{
			"passing": {"bucket": "ubuntu", "channel": "production", "image-ids": "ami-0c000000000000001", "buckets": "ubuntu", "channels": "production", "fingerprint": "", "from-channel": "staging"},
			"failing": {"timeout": "x"},
		} {
			t.Run(action+"_"+name, func(t *testing.T) {
				t.Parallel()
				var args []string
				if action != "resolve" {
					args = []string{action}
				}
				var marked [2]result
				for i, summary := range []string{"true", "false"} {
					marked[i] = newWorld(t).runInProcess(t, t.Context(), time.Now, merged(inputs, map[string]string{"job-summary": summary}), args...)
				}
				want := "<!-- hcp-packer-iteration: " + action + " -->\n" + marked[0].summary
				if marked[0].outputs["markdown"] != want || marked[1].outputs["markdown"] != want || marked[1].summary != "" {
					t.Errorf("got %q and %q, want %q", marked[0].outputs["markdown"], marked[1].outputs["markdown"], want)
				}
			})
		}
	}
}
