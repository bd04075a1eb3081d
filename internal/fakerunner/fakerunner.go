// Package fakerunner is a GitHub Actions runner's side of one step: the files that the runner makes
// for it, and what it reads back from them. It is for the demo and for tests.
package fakerunner

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Runner holds the files of one step.
type Runner struct{ dir string }

// New makes the files in dir, which has to exist.
func New(dir string) (*Runner, error) {
	r := &Runner{dir: dir}
	for _, path := range r.Environment() {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Environment is what tells the step where the files are.
func (r *Runner) Environment() map[string]string {
	return map[string]string{
		"GITHUB_OUTPUT":       filepath.Join(r.dir, "output"),
		"GITHUB_STEP_SUMMARY": filepath.Join(r.dir, "summary"),
	}
}

// Run runs a program as a step with inputs, and with no variables but these and the runner's. It says whether the
// step passes, and what it prints; an error is that of a program that does not run.
func (r *Runner) Run(step *exec.Cmd, inputs, variables map[string]string) (passes bool, log string, err error) {
	all := r.Environment()
	maps.Copy(all, variables)
	for name, value := range inputs {
		all["INPUT_"+strings.ToUpper(name)] = value
	}
	for name, value := range all {
		step.Env = append(step.Env, name+"="+value)
	}
	text, err := step.CombinedOutput()
	if errors.As(err, new(*exec.ExitError)) {
		return false, string(text), nil
	}
	return err == nil, string(text), err
}

// Outputs are the outputs that the step set.
func (r *Runner) Outputs() (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, "output"))
	if err != nil {
		return nil, err
	}
	return ParseOutputs(string(text))
}

// Summary is the summary that the step wrote.
func (r *Runner) Summary() (string, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, "summary"))
	return string(text), err
}

// ParseOutputs reads a file of outputs as the runner on Linux does: a line is name=value or opens a
// block with name<<delimiter, whichever sign comes first, and a block ends with a line that is its
// delimiter. The last value of a name counts.
//
// https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
func ParseOutputs(text string) (map[string]string, error) {
	outputs := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 {
		line := lines[0]
		lines = lines[1:]
		equals, block := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equals > 0 && (block < 0 || equals < block):
			outputs[line[:equals]] = line[equals+1:]
		case equals != 0 && block > 0 && block+2 < len(line):
			name, delimiter := line[:block], line[block+2:]
			end := slices.Index(lines, delimiter)
			if end < 0 {
				return nil, fmt.Errorf("output %q has no end %q", name, delimiter)
			}
			outputs[name] = strings.Join(lines[:end], "\n")
			lines = lines[end+1:]
		default:
			return nil, fmt.Errorf("line %q is neither name=value nor name<<delimiter", line)
		}
	}
	return outputs, nil
}
