package e2e

import (
	"bytes"
	"crypto/rand"
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
	"hcp-packer-iteration/internal/fakerunner"
)

// step is a step of a job that uses the action.
type step struct {
	// action is the folder of the action.yml; empty for the main one.
	action string
	// inputs and env are the step's "with" and "env".
	inputs, env map[string]string
	// workspace has the files in the workspace, by path.
	workspace map[string]string
	// hcp is the HCP that the step reaches, if any.
	hcp *fakehcp.Server
	// memory, if set, is what the container may have, as docker run takes it. A step that takes more is killed.
	memory string
	// meanwhile, if set, is called while the container runs, with its name.
	meanwhile func(container string)
}

// stepResult is what a step leaves its job.
type stepResult struct {
	exitCode    int
	log         string // both of the container's streams, as the runner merges them
	annotations []annotation
	outputs     map[string]string
	summary     string
}

// fileCommands are the files by which a step speaks to the runner.
var fileCommands = map[string]string{
	"GITHUB_OUTPUT":       "set_output",
	"GITHUB_STEP_SUMMARY": "step_summary",
	"GITHUB_ENV":          "set_env",
	"GITHUB_PATH":         "add_path",
	"GITHUB_STATE":        "save_state",
}

// runStep runs the container as GitHub's runner does: its mounts, its variables, every input that
// action.yml knows, and file commands that belong to the runner's own user. Whatever becomes of the step, it
// may leave nothing for the later steps of a job to find but its outputs and its summary: no cached token above
// all.
func runStep(t *testing.T, s step) stepResult {
	t.Helper()
	github := prepareMounts(t, s)
	before := snapshot(t, github)
	name := "hcp-packer-iteration-e2e-" + rand.Text()
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "docker", dockerArguments(t, s, name, github)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if s.meanwhile != nil {
		s.meanwhile(name)
	}
	code := exitCode(t, cmd.Wait())
	if code >= 125 {
		t.Fatalf("docker run ends with exit code %d:\n%s", code, &log)
	}
	if left := changed(before, snapshot(t, github)); len(left) != 0 {
		t.Errorf("the step left %v", left)
	}
	return readResult(t, github, code, log.String())
}

func dockerArguments(t *testing.T, s step, name, github string) []string {
	t.Helper()
	action := readMetadata(t, s.action)
	args := []string{"run", "--rm", "--name", name, "--network", "host", "--workdir", "/github/workspace"}
	for _, folder := range mountedFolders {
		args = append(args, "-v", filepath.Join(github, folder)+":/github/"+folder)
	}
	if s.memory != "" {
		args = append(args, "--memory", s.memory, "--memory-swap", s.memory)
	}
	args = append(args, assignments("--env", stepEnvironment(s, action))...)
	return append(append(args, image(t)), action.Runs.Args...)
}

// mountedFolders are the folders that the runner mounts under /github.
var mountedFolders = []string{"workspace", "home", "workflow", "file_commands", "runner_temp"}

// prepareMounts makes the folders that the runner mounts and the files in them.
func prepareMounts(t *testing.T, s step) string {
	t.Helper()
	github := t.TempDir()
	for _, folder := range mountedFolders {
		if err := os.Mkdir(filepath.Join(github, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFiles(t, github, preparedFiles(s))
	giveToRunner(t, github)
	return github
}

// preparedFiles are the files that are there before the step, by path under /github.
func preparedFiles(s step) map[string]string {
	files := map[string]string{"workflow/event.json": "{}"}
	for _, name := range fileCommands {
		files["file_commands/"+name] = ""
	}
	for name, text := range s.workspace {
		files["workspace/"+name] = text
	}
	if s.hcp != nil {
		files["workspace/"+caFile] = string(s.hcp.CA())
	}
	return files
}

// giveToRunner makes everything in a folder belong to the user of GitHub's runners. A test that is
// not root's cannot do that, and need not: its files belong to its own user, who is not root either.
func giveToRunner(t *testing.T, folder string) {
	t.Helper()
	const runner = 1001
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, runner, runner)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// stepEnvironment is what the container sees: the runner's variables, the inputs, the step's env.
func stepEnvironment(s step, action metadata) map[string]string {
	env := map[string]string{
		"CI":                "true",
		"GITHUB_ACTIONS":    "true",
		"GITHUB_EVENT_PATH": "/github/workflow/event.json",
		"GITHUB_REPOSITORY": "octo-org/infrastructure",
		"GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_WORKSPACE":  "/github/workspace",
		"HOME":              "/github/home",
		"RUNNER_OS":         "Linux",
		"RUNNER_TEMP":       "/github/runner_temp",
	}
	for name, file := range fileCommands {
		env[name] = "/github/file_commands/" + file
	}
	for name, input := range action.Inputs {
		env[inputVariable(name)] = input.Default
	}
	for name, value := range s.inputs {
		env[inputVariable(name)] = value
	}
	if s.hcp != nil {
		maps.Copy(env, s.hcp.Environment("/github/workspace/"+caFile))
	}
	maps.Copy(env, s.env)
	return env
}

func inputVariable(name string) string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, " ", "_"))
}

// readResult reads what the step wrote.
func readResult(t *testing.T, github string, code int, log string) stepResult {
	t.Helper()
	read := func(command string) string {
		text, err := os.ReadFile(filepath.Join(github, "file_commands", fileCommands[command]))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	outputs, err := fakerunner.ParseOutputs(read("GITHUB_OUTPUT"))
	if err != nil {
		t.Fatalf("GITHUB_OUTPUT: %v", err)
	}
	return stepResult{
		exitCode:    code,
		log:         log,
		annotations: parseAnnotations(log),
		outputs:     outputs,
		summary:     read("GITHUB_STEP_SUMMARY"),
	}
}

// snapshot reads all files under a folder, by path; a folder in it is its name and a slash.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, folder+"/")
		if entry.IsDir() {
			files[name+"/"] = ""
			return nil
		}
		text, err := os.ReadFile(path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// changed are the files that are new or other than before, without outputs and summary.
func changed(before, after map[string]string) []string {
	var names []string
	for name, text := range after {
		was, found := before[name]
		reported := name == "file_commands/set_output" || name == "file_commands/step_summary"
		if !reported && (!found || was != text) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// annotation is an error, a warning or a notice of a step.
type annotation struct{ level, title, message string }

var annotationCommand = regexp.MustCompile(`(?m)^\s*::(error|warning|notice)(?: ([^:]*))?::(.*)$`)

// parseAnnotations finds the annotations in a step's log.
func parseAnnotations(log string) []annotation {
	var found []annotation
	for _, match := range annotationCommand.FindAllStringSubmatch(log, -1) {
		a := annotation{level: match[1], message: unescape(match[3])}
		for property := range strings.SplitSeq(match[2], ",") {
			if title, is := strings.CutPrefix(property, "title="); is {
				a.title = unescape(title)
			}
		}
		found = append(found, a)
	}
	return found
}

// unescape undoes the escapes of workflow commands.
func unescape(text string) string {
	return strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",").Replace(text)
}
