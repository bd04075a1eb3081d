package action_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"hcp-packer-iteration/internal/fakehcp"
)

// goldenCase is a case of testdata: NAME.yaml has a step's inputs, or NAME/inputs.yaml, with what else it needs beside
// it: the workspace, and a registry of its own.
type goldenCase struct {
	// name is the path without the ending, and action the folder of testdata.
	name, action string
	inputs       map[string]string
}

func goldenCases(t *testing.T) []goldenCase {
	t.Helper()
	files, _ := filepath.Glob("testdata/*/*.yaml")
	folders, _ := filepath.Glob("testdata/*/*/inputs.yaml")
	if len(files) == 0 || len(folders) == 0 {
		t.Fatal("there are no cases")
	}
	var cases []goldenCase
	for _, path := range slices.Concat(files, folders) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, isFolder := strings.CutSuffix(path, "/inputs.yaml")
		if !isFolder {
			name = strings.TrimSuffix(path, ".yaml")
		}
		c := goldenCase{name: name, action: filepath.Base(filepath.Dir(name)), inputs: map[string]string{}}
		if err := yaml.Unmarshal(text, &c.inputs); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		cases = append(cases, c)
	}
	return cases
}

// TestGolden runs every case of testdata, and compares all that the runner gets of it. Those of the main action, in
// testdata/steps, run under both generations of the API, unless they name one: both have to give the same, to the letter.
func TestGolden(t *testing.T) {
	t.Parallel()
	shared := newWorld(t)
	for _, c := range goldenCases(t) {
		t.Run(strings.TrimPrefix(c.name, "testdata/"), func(t *testing.T) {
			t.Parallel()
			switch _, named := c.inputs["api-version"]; {
			case c.action != "steps":
				compareGolden(t, c.name+".golden", c.run(t, shared, c.action))
			case named:
				compareGolden(t, c.name+".golden", c.run(t, shared))
			default:
				got := c.run(t, shared)
				compareGolden(t, c.name+".golden", got)
				c.inputs["api-version"] = "2021-04-30"
				if diff := cmp.Diff(got, c.run(t, shared)); diff != "" {
					t.Errorf("with 2021-04-30 (-2023-01-01 +2021-04-30):\n%s", diff)
				}
			}
		})
	}
}

// run runs the case, in a copy of its workspace, and gives what is to be in its golden file.
func (c goldenCase) run(t *testing.T, w *world, args ...string) string {
	t.Helper()
	if registry, err := fakehcp.Load(filepath.Join(c.name, "registry.yaml")); err == nil {
		w = worldOf(t, registry)
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if c.action == "promote" {
		w = newWorld(t) // since it changes
		got := w.run(t, c.inputs, args...).String()
		return w.written(c.inputs["bucket"], c.inputs["channel"]) + got
	}
	s := w.step(t, c.inputs, args...)
	before := os.DirFS(filepath.Join(c.name, "workspace"))
	if _, err := fs.Stat(before, "."); err != nil {
		return s.run(t).String()
	}
	workspace := t.TempDir()
	if err := os.CopyFS(workspace, before); err != nil {
		t.Fatal(err)
	}
	s.env["GITHUB_WORKSPACE"] = workspace
	return s.run(t).String() + changes(t, before, os.DirFS(workspace))
}

// written tells what was written to the registry, and what a channel points at.
func (w *world) written(bucket, channel string) string {
	text := "-- registry --\n"
	for _, request := range w.server.Requests() {
		if request.Method != "GET" && request.Route != fakehcp.TokenRoute {
			text += request.Method + " " + request.Path + "\n" + request.Body
		}
	}
	return text + fmt.Sprintf("the channel points at %q\n\n", w.server.Channel(fleetProject, bucket, channel))
}

// changes are the files of a workspace that a step wrote.
func changes(t *testing.T, before, after fs.FS) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(after, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(after, name)
		if old, _ := fs.ReadFile(before, name); !bytes.Equal(old, text) {
			fmt.Fprintf(&b, "\n-- %s --\n%s", name, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// compareGolden compares with the file, or writes it where that was asked for.
func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
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
	messages := map[string]bool{}
	for _, c := range goldenCases(t) {
		text, err := os.ReadFile(c.name + ".golden")
		if err != nil {
			t.Fatal(err)
		}
		// The last is the step's own; others are at their places.
		if all := annotation.FindAllStringSubmatch(string(text), -1); len(all) > 0 {
			own := all[len(all)-1]
			messages[own[1]+": "+own[2]] = true
		}
	}
	compareGolden(t, filepath.Join("testdata", "messages.golden"), strings.Join(slices.Sorted(maps.Keys(messages)), "\n\n")+"\n")
}
