package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// workflow is a workflow that act runs. Its jobs use the checkout's action under the name that the
// README gives it, OWNER/hcp-packer-iteration@v1.
type workflow struct {
	// yaml is the workflow file.
	yaml string
	// event is the event that triggers it; push where it is empty.
	event string
	// payload is the event's, as JSON; act's own where it is empty.
	payload string
	// env, vars and secrets are there for every step.
	env, vars, secrets map[string]string
	// workspace has the files in the workspace, by path.
	workspace map[string]string
	// actions are other actions that it uses, such as hashicorp/hcp-auth-action@v0, each by its
	// action.yml.
	actions map[string]string
	// hcp is the HCP that the steps reach, if any.
	hcp *fakehcp.Server
}

// workflowResult is what came of a workflow.
type workflowResult struct {
	exitCode int
	events   []event
	log      string // what act says, to be shown where a test fails
}

// event is a line of act's JSON log.
type event struct {
	JobID     string            `json:"jobID"`
	StepID    []string          `json:"stepID"`
	Command   string            `json:"command"` // error, warning, notice, set-output, summary, ...
	Name      string            `json:"name"`    // of an output
	Arg       string            `json:"arg"`     // value of an output, message of an annotation
	KVPairs   map[string]string `json:"kvPairs"` // title of an annotation
	Content   string            `json:"content"` // of a summary
	JobResult string            `json:"jobResult"`
	Message   string            `json:"msg"`
	RawOutput bool              `json:"raw_output"` // the message is a line that a step printed
}

func (e event) of(job, step string) bool {
	return e.JobID == job && (step == "" || slices.Contains(e.StepID, step))
}

// outputs are the outputs that a step of a job set.
func (r workflowResult) outputs(job, step string) map[string]string {
	outputs := map[string]string{}
	for _, e := range r.events {
		if e.of(job, step) && e.Command == "set-output" {
			outputs[e.Name] = e.Arg
		}
	}
	return outputs
}

// annotations are the errors, warnings and notices of a step of a job; of all its steps where step
// is empty.
func (r workflowResult) annotations(job, step string) []annotation {
	var found []annotation
	for _, e := range r.events {
		if e.of(job, step) && slices.Contains([]string{"error", "warning", "notice"}, e.Command) {
			found = append(found, annotation{e.Command, e.KVPairs["title"], e.Arg})
		}
	}
	return found
}

// summary is the summary of a job.
func (r workflowResult) summary(job string) string {
	var summary strings.Builder
	for _, e := range r.events {
		if e.of(job, "") && e.Command == "summary" {
			summary.WriteString(e.Content)
		}
	}
	return summary.String()
}

// printed are the lines that a step of a job printed, sorted, since the legs of a matrix run at the
// same time. A step without an id has its index, from 0.
func (r workflowResult) printed(job, step string) []string {
	var lines []string
	for _, e := range r.events {
		if e.of(job, step) && e.RawOutput {
			lines = append(lines, strings.TrimSpace(e.Message))
		}
	}
	slices.Sort(lines)
	return lines
}

// jobResult is success or failure, or empty for a job that did not run.
func (r workflowResult) jobResult(job string) string {
	result := ""
	for _, e := range r.events {
		if e.of(job, "") && e.JobResult != "" {
			result = e.JobResult
		}
	}
	return result
}

// runWorkflow runs a workflow with act, on this machine as GitHub's runner does, and the action in a
// container.
func runWorkflow(t *testing.T, w workflow) workflowResult {
	t.Helper()
	args := actArguments(t, w)
	home := t.TempDir() // no configuration but ours
	cmd := exec.CommandContext(t.Context(), tool(t, "act"), args...)
	// The steps see these variables, too, so there are no more than act needs.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	if daemon := os.Getenv("DOCKER_HOST"); daemon != "" {
		cmd.Env = append(cmd.Env, "DOCKER_HOST="+daemon)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := exitCode(t, cmd.Run())
	events := parseEvents(stdout.String())
	return workflowResult{exitCode: code, events: events, log: messages(events) + stderr.String()}
}

func actArguments(t *testing.T, w workflow) []string {
	t.Helper()
	workspace := actWorkspace(t, w)
	// act keeps the files here through which steps speak to it, and names them to the container by
	// their paths on the host.
	files := t.TempDir()
	event := w.event
	if event == "" {
		event = "push"
	}
	args := []string{
		event, "--json", "-W", filepath.Join(workspace, ".github/workflows"), "-C", workspace,
		"-P", "ubuntu-latest=-self-hosted", "--pull=false",
		"--action-cache-path", files, "--container-options", "--network host -v " + files + ":" + files,
		"--local-repository", "OWNER/hcp-packer-iteration@v1=" + publishedAction(t),
		"--container-daemon-socket", "-", "--no-cache-server", "--rm",
	}
	for name, metadata := range w.actions {
		folder := t.TempDir()
		repository, ref, _ := strings.Cut(name, "@")
		parts := strings.Split(repository, "/") // an owner, a name and perhaps the action's folder
		writeFiles(t, folder, map[string]string{filepath.Join(append(parts[2:], "action.yml")...): metadata})
		args = append(args, "--local-repository", strings.Join(parts[:2], "/")+"@"+ref+"="+folder)
	}
	if w.hcp != nil {
		writeFiles(t, files, map[string]string{caFile: string(w.hcp.CA())})
		args = append(args, assignments("--env", w.hcp.Environment(filepath.Join(files, caFile)))...)
	}
	if w.payload != "" {
		writeFiles(t, files, map[string]string{"event.json": w.payload})
		args = append(args, "--eventpath", filepath.Join(files, "event.json"))
	}
	args = append(args, assignments("--env", w.env)...)
	args = append(args, assignments("--var", w.vars)...)
	return append(args, assignments("--secret", w.secrets)...)
}

// assignments are NAME=VALUE, each after the flag.
func assignments(flag string, values map[string]string) []string {
	var args []string
	for name, value := range values {
		args = append(args, flag, name+"="+value)
	}
	return args
}

// actWorkspace makes the repository that the workflow belongs to. act takes the github context from it, and a
// job's checkout is a copy of its files.
func actWorkspace(t *testing.T, w workflow) string {
	t.Helper()
	files := map[string]string{".github/workflows/workflow.yml": uniquelyNamed(w.yaml)}
	for name, text := range w.workspace {
		files[name] = text
	}
	folder := t.TempDir()
	writeFiles(t, folder, files)
	for _, args := range [][]string{
		{"init", "-q", "-b", "main", "--template="},
		{"remote", "add", "origin", "https://github.com/octo-org/infrastructure"},
		{"commit", "-q", "--allow-empty", "-m", "e2e"},
	} {
		git(t, folder, args...)
	}
	return folder
}

// git runs Git in a folder.
func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	out, err := command("git", append([]string{"-C", folder, "-c", "user.name=e2e", "-c", "user.email=e2e@example.com"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var workflowName = regexp.MustCompile(`(?m)^name:.*\n`)

// uniquelyNamed gives a workflow a name of its own: act names its containers by it, and two runs at
// a time would take each other's.
func uniquelyNamed(yaml string) string {
	return "name: e2e " + rand.Text() + "\n" + workflowName.ReplaceAllString(yaml, "")
}

var dockerfileImage = regexp.MustCompile(`(?m)^(\s+image: )(\.\./)?Dockerfile$`)

// publishedAction makes a folder with the checkout's actions as a release has them, with a built
// image in the place of the Dockerfile.
func publishedAction(t *testing.T) string {
	t.Helper()
	published := []byte("${1}docker://" + image(t))
	files := map[string]string{}
	others, _ := fs.Glob(os.DirFS(root), "*/action.yml")
	for _, name := range append(others, "action.yml") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !dockerfileImage.Match(text) {
			t.Fatalf("%s: no line says \"image: Dockerfile\"", name)
		}
		files[name] = string(dockerfileImage.ReplaceAll(text, published))
	}
	folder := t.TempDir()
	writeFiles(t, folder, files)
	return folder
}

// parseEvents reads act's log. What is not JSON in it is not for us.
func parseEvents(log string) []event {
	var events []event
	for line := range strings.Lines(log) {
		var e event
		if json.Unmarshal([]byte(line), &e) == nil {
			events = append(events, e)
		}
	}
	return events
}

// messages is act's log for people.
func messages(events []event) string {
	var log strings.Builder
	for _, e := range events {
		fmt.Fprintf(&log, "%s: %s\n", e.JobID, strings.TrimSpace(e.Message))
	}
	return log.String()
}
