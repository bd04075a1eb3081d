package action_test

import (
	"bytes"
	"context"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/action"
	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/problem"
)

// passes is the title of a step that does not fail.
const passes problem.Title = ""

// checkEnd checks all that the contract says of every step of the main action that passes with the image of
// ubuntu's production, or fails.
func checkEnd(t *testing.T, got result, title problem.Title) {
	t.Helper()
	if title == passes {
		if got.exitCode != 0 || got.outputs["image-id"] != "ami-0123456789abcdef0" || strings.Contains(got.log, "::error") || got.outputs["problem"] != "" {
			t.Errorf("the step does not pass:\n%s", got)
		}
		return
	}
	for name, want := range map[string]string{"image-id": "", "images": "[]", "builds": "[]", "problem": string(title)} {
		if got.outputs[name] != want {
			t.Errorf("output %s: got %q, want %q", name, got.outputs[name], want)
		}
	}
	checkFailure(t, got, title)
}

// checkFailure finds one error of the title, and nothing that only a developer of the action should see.
func checkFailure(t *testing.T, got result, title problem.Title) {
	t.Helper()
	errors := annotation.FindAllStringSubmatch(got.log, -1)
	if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(title) {
		t.Fatalf("got no failure titled %q:\n%s", title, got)
	}
	if !strings.Contains(strings.ToLower(got.summary), strings.ToLower(string(title))) && !strings.Contains(got.summary, "❌") {
		t.Errorf("the summary does not tell:\n%s", got.summary)
	}
	if leak := internals.FindString(got.log + got.summary); leak != "" {
		t.Errorf("there is %q in:\n%s", leak, got)
	}
}

var internals = regexp.MustCompile(`goroutine|panic|\*?models\.|\bjson:|oauth2:|HashicorpCloud|packer_service|PackerService|[pP]ayload|\{location|<html|nil pointer|unmarshal|context deadline`)

// runInProcess runs a step in this process, for what needs none of its own.
func (w *world) runInProcess(t *testing.T, ctx context.Context, now func() time.Time, inputs map[string]string, args ...string) result { //nolint:revive // t comes first in tests
	t.Helper()
	runner, err := fakerunner.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	env := merged(w.env, runner.Environment(), map[string]string{"HCP_API_TLS": "insecure", "HCP_AUTH_TLS": "insecure"})
	for name, value := range merged(principal(), inputs) {
		env["INPUT_"+strings.ToUpper(name)] = value
	}
	var log bytes.Buffer
	got := result{exitCode: 1}
	if (action.Action{LookupEnv: lookup(env), Stdout: &log, Now: now}).Main(ctx, args) {
		got.exitCode = 0
	}
	got.log = log.String()
	if got.outputs, err = runner.Outputs(); err != nil {
		t.Fatal(err)
	}
	if got.summary, err = runner.Summary(); err != nil {
		t.Fatal(err)
	}
	return got
}

func merged(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		maps.Copy(all, set)
	}
	return all
}
