package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// workflow is a workflow that act runs. In the place of other people's actions it uses those of testdata/actions.
type workflow struct {
	// yaml is the workflow file.
	yaml string
	// payload is the event's, as JSON; act's own where it is empty.
	payload string
	// env, vars and secrets are there for every step.
	env, vars, secrets map[string]string
	// workspace has the files in the workspace, by path.
	workspace map[string]string
	// hcp is the HCP that the steps reach.
	hcp *fakehcp.Server
	// published is a folder with the actions as a release has them, for OWNER/hcp-packer-iteration@v1; where it is
	// empty, they are the checkout's.
	published string
}

// Service principals of testdata/registry.yaml, of a project with images and of one with channels to audit and to move.
const (
	clientID     = "project-viewer-id"
	clientSecret = "project-viewer-secret-55c0fe"

	projectID     = "11111111-1111-4111-8111-111111111111"
	provider      = "iam/project/" + projectID + "/service-principal/project-contributor/workload-identity-provider/github"
	fleetID       = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	fleetProvider = "iam/project/" + fleetID + "/service-principal/fleet-contributor/workload-identity-provider/github"
)

// ghFunction is GitHub's command as a function, which bash takes from its environment: there are no issues, and what
// it is told to create is printed.
const ghFunction = `() { if [ "$1 $2" = "issue list" ]; then echo 0; else echo "gh $*"; fi; }`

// newWorkflow is a workflow with an HCP to reach, and what its repository has set up to log in there. Its
// jobs may ask for OIDC tokens, as those with "id-token: write" may: act does not know permissions.
func newWorkflow(t *testing.T, yaml string) *workflow {
	t.Helper()
	hcp := startHCP(t)
	env := hcp.OIDCEnvironment()
	env["BASH_FUNC_gh%%"] = ghFunction
	if strings.Contains(yaml, "hashicorp/setup-packer") {
		env["PACKER"] = tool(t, "packer")
	}
	return &workflow{yaml: yaml, hcp: hcp, env: env, vars: map[string]string{
		"HCP_WORKLOAD_IDENTITY_PROVIDER": provider,
		"HCP_BUILD_IDENTITY_PROVIDER":    fleetProvider,
		"HCP_RELEASE_IDENTITY_PROVIDER":  fleetProvider,
		"HCP_PROJECT_ID":                 fleetID,
	}, secrets: map[string]string{"HCP_CLIENT_ID": clientID, "HCP_CLIENT_SECRET": clientSecret}}
}

// workflowResult is what came of a workflow.
type workflowResult struct {
	exitCode int
	events   []event
	log      string // what act and the summaries say
}

// event is a line of act's JSON log.
type event struct {
	JobID     string            `json:"jobID"`
	StepID    []string          `json:"stepID"`
	Command   string            `json:"command"` // error, warning, notice, set-output, summary, ...
	Name      string            `json:"name"`    // of an output
	KVPairs   map[string]string `json:"kvPairs"` // title of an annotation
	Content   string            `json:"content"` // of a summary
	Message   string            `json:"msg"`
	RawOutput bool              `json:"raw_output"` // the message is a line that a step printed
}

// printed are the lines that a step of a job printed, sorted, since the legs of a matrix run at the
// same time. A step without an id has its index, from 0.
func (r workflowResult) printed(job, step string) []string {
	var lines []string
	for _, e := range r.events {
		if e.JobID == job && slices.Contains(e.StepID, step) && e.RawOutput {
			lines = append(lines, strings.TrimSpace(e.Message))
		}
	}
	slices.Sort(lines)
	return lines
}

// run runs the workflow with act, on this machine as GitHub's runner does, and the action in a container.
func (w *workflow) run(t *testing.T) workflowResult {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "act"), w.actArguments(t)...)
	// The steps see these variables, too, so there are no more than act needs, and no configuration but ours.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	if daemon := os.Getenv("DOCKER_HOST"); daemon != "" {
		cmd.Env = append(cmd.Env, "DOCKER_HOST="+daemon)
	}
	var stdout, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &log
	got := workflowResult{exitCode: run(t, cmd)}
	for line := range strings.Lines(stdout.String()) {
		var e event
		if json.Unmarshal([]byte(line), &e) == nil {
			got.events = append(got.events, e)
			fmt.Fprintf(&log, "%s: %s\n%s", e.JobID, strings.TrimSpace(e.Message), e.Content)
		}
	}
	got.log = log.String()
	return got
}

var (
	workflowName  = regexp.MustCompile(`(?m)^name:.*\n`)
	workflowEvent = regexp.MustCompile(`(?m)^on:\s+(\w+)`)
	workflowUses  = regexp.MustCompile(`uses: ([\w.-]+/[\w.-]+)\S*(@\S+)`)
)

func (w *workflow) actArguments(t *testing.T) []string {
	t.Helper()
	workspace := w.makeWorkspace(t)
	// act keeps the files here through which steps speak to it, and names them to the container by
	// their paths on the host.
	files := t.TempDir()
	ca := filepath.Join(files, "ca.pem")
	if err := w.hcp.WriteCA(ca); err != nil {
		t.Fatal(err)
	}
	if w.published == "" {
		w.published = publishedAction(t)
	}
	args := []string{
		workflowEvent.FindStringSubmatch(w.yaml)[1], "--json", "-W", filepath.Join(workspace, ".github/workflows"), "-C", workspace,
		"-P", "ubuntu-latest=-self-hosted", "--pull=false",
		"--action-cache-path", files, "--container-options", "--network host -v " + files + ":" + files,
		"--local-repository", "OWNER/hcp-packer-iteration@v1=" + w.published,
		"--container-daemon-socket", "-", "--no-cache-server", "--rm",
	}
	for _, uses := range workflowUses.FindAllStringSubmatch(w.yaml, -1) {
		folder, err := filepath.Abs(filepath.Join("testdata/actions", uses[1]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(folder); err == nil {
			args = append(args, "--local-repository", uses[1]+uses[2]+"="+folder)
		}
	}
	if w.payload != "" {
		writeFiles(t, files, map[string]string{"event.json": w.payload})
		args = append(args, "--eventpath", filepath.Join(files, "event.json"))
	}
	args = append(args, assignments("--env", w.hcp.Environment(ca))...)
	args = append(args, assignments("--env", w.env)...)
	args = append(args, assignments("--var", w.vars)...)
	return append(args, assignments("--secret", w.secrets)...)
}

// makeWorkspace makes the repository that the workflow belongs to. act takes the github context from it, and a
// job's checkout is a copy of its files.
func (w *workflow) makeWorkspace(t *testing.T) string {
	t.Helper()
	// act names its containers by the workflow's name, and two runs at a time would take each other's.
	yaml := "name: e2e " + rand.Text() + "\n" + workflowName.ReplaceAllString(w.yaml, "")
	files := map[string]string{".github/workflows/workflow.yml": yaml}
	maps.Copy(files, w.workspace)
	folder := t.TempDir()
	writeFiles(t, folder, files)
	git(t, folder, "init", "-q", "-b", "main", "--template=")
	git(t, folder, "remote", "add", "origin", "https://github.com/octo-org/infrastructure")
	git(t, folder, "commit", "-q", "--allow-empty", "-m", "e2e")
	return folder
}

var dockerfileImage = regexp.MustCompile(`(?m)^(\s+image: )(\.\./)?Dockerfile$`)

// publishedAction makes a folder with the checkout's actions as a release has them, with a built
// image in the place of the Dockerfile.
func publishedAction(t *testing.T) string {
	t.Helper()
	others, _ := fs.Glob(os.DirFS(root), "*/action.yml")
	files := map[string]string{}
	for _, name := range append(others, "action.yml") {
		files[name] = dockerfileImage.ReplaceAllString(readFile(t, filepath.Join(root, name)), "${1}docker://"+image(t))
	}
	folder := t.TempDir()
	writeFiles(t, folder, files)
	return folder
}
