package e2e

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"hcp-packer-iteration/internal/fakehcp"
)

// example is a run of a workflow, and what comes of it.
type example struct {
	// arrange changes what there is before the run.
	arrange func(*workflow)
	// fails is in the log of a workflow that fails; one that passes has none.
	fails string
	// summary is in a job summary.
	summary string
	// prints has for jobs and steps how the lines begin that each prints; nil for one that does not run.
	prints map[string][]string
	// golden has what channels of the bucket golden point at in the end.
	golden map[string]string
}

// examples run what the documentation shows word for word: each workflow under its name, and each list of steps, as
// a job of its own, under the heading that it stands below; of some there is, behind a comma, more than one run.
func examples() map[string]example {
	const (
		refused     = "Images refused"
		refusedFile = `ami = "ami-0a000000000000102"`
		waivedFile  = `ami = "ami-0a000000000000101"`
		fineFile    = `ami = "ami-0a000000000000302"`
	)
	return map[string]example{
		"Resolve an image": {prints: map[string][]string{"image 1": {"Deploying ami-0123456789abcdef0"}}},
		"Client id and secret": {
			arrange: func(w *workflow) { w.env = nil }, // no OIDC
		},
		"hashicorp/hcp-auth-action": {},
		"Deploy":                    {prints: map[string][]string{"deploy 3": {"applying ami-0123456789abcdef0"}}},

		"Image gate": {},
		"Image gate, of a revoked version": {
			arrange: edit(func(r *fakehcp.Registry) {
				iteration := r.Organizations[0].Projects[0].Buckets["ubuntu"].Iterations["ubuntu-2026-09-20"]
				iteration.Status, iteration.RevocationMessage = "REVOKED", "CVE-2026-1234 in openssl"
			}),
			fails:   "Image revoked",
			summary: "CVE-2026-1234 in openssl",
		},
		"Image gate, from a fork": {arrange: fork, fails: "a pull request from a fork or by Dependabot gets no Actions secrets"},

		"Roll out": {prints: map[string][]string{"deploy 0": {
			"Deploying /subscriptions/0000/resourceGroups/images/providers/Microsoft.Compute/images/debian-12 to westeurope",
			"Deploying ami-0aaaaaaaaaaaaaaa1 to us-east-1",
			"Deploying ami-0aaaaaaaaaaaaaaa2 to eu-central-1",
			"Deploying debian-12-20260920 to europe-west3-a",
		}}},
		"Roll out, of nothing": {
			arrange: edit(func(r *fakehcp.Registry) {
				r.Organizations[0].Projects[0].Buckets["many-images"].Channels["everywhere"].Iteration = "no-images"
			}),
			prints: map[string][]string{"deploy 0": nil},
		},

		"Images":        {arrange: shown("plan.json"), fails: refused},
		"Verify images": {arrange: shown("plan.json"), fails: refused, summary: "ami-0a000000000000301"},
		"Verify what is deployed": {arrange: shown("state.json"), fails: refused, prints: map[string][]string{
			"verify 4": {"gh issue create --title Images that should be replaced are deployed --body 1 of 5 images refused: "},
		}},
		"Images in code scanning": {arrange: written(refusedFile), fails: refused, prints: map[string][]string{
			"verify 2": {`images has "uri":"eu/images.tfvars"`},
		}},
		"Replace images": {arrange: written(refusedFile), prints: map[string][]string{
			"replace 2": {`replace-images has ` + fineFile},
		}},

		// The comment is edited where an image is refused and where none is any more, whatever the pull request waives
		// itself, and left alone where the pull request is from a fork.
		"Comment on images, refused": {
			arrange: proposed("octo-org", refusedFile),
			fails:   refused,
			prints:  commented("### ❌ 1 of 1 image refused"),
		},
		"Comment on images, waived": {
			arrange: proposed("octo-org", waivedFile),
			prints:  commented("### ⚠️ 1 image checked, 1 with a warning"),
		},
		"Comment on images, fine": {
			arrange: proposed("octo-org", fineFile),
			prints:  commented("### ✅ 1 image checked, none refused"),
		},
		"Comment on images, fork": {
			arrange: proposed("somebody", fineFile),
			fails:   "Not authenticated",
			prints:  map[string][]string{"verify comment": nil, "verify 4": nil},
		},

		"Audit the registry": {arrange: inFleet, fails: "Channels refused", prints: map[string][]string{"audit 1": {
			"gh issue create --title Channels hand out images that should not be deployed " +
				"--body 17 of 52 channels and buckets refused: channels/inherited (revoked), ",
		}}},
		"Rebuild images": {
			arrange: func(w *workflow) {
				inFleet(w)
				w.hcp.Change(keepBuckets("children", "channels", "golden", "base", "refused"))
				w.hcp.Change(func(r *fakehcp.Registry) {
					for bucket, last := range map[string]string{"base": "base-v3", "golden": "golden-v8"} {
						iterations := r.Bucket(fleetID, bucket).Iterations
						built := *iterations[last]
						built.ID, built.Name = "01K3WP3QHVR2VJ56KME64810ZZ", "v9"
						iterations[bucket+"-1-1"] = &built
					}
				})
			},
			fails: "Channels refused",
			prints: map[string][]string{"build 3": {
				"building base as base-1-1", "building golden as golden-1-1", "initializing", "initializing",
			}},
			golden: map[string]string{"production": "golden-1-1"},
		},
		"Rebuild images, of none": {
			arrange: func(w *workflow) {
				inFleet(w)
				w.hcp.Change(keepBuckets("empty"))
			},
			prints: map[string][]string{"build 3": nil},
		},
		"Build and stage": {
			arrange: edit(func(r *fakehcp.Registry) {
				iterations := r.Bucket(fleetID, "golden").Iterations
				iterations["build-1-1"] = iterations["golden-v8"]
			}),
			prints: map[string][]string{"build 3": {"building . as build-1-1", "initializing"}},
			golden: map[string]string{"staging": "build-1-1"},
		},
		"Build and stage, without the project": { // packer cannot list those of a principal that belongs to one
			arrange: func(w *workflow) { delete(w.vars, "HCP_PROJECT_ID") },
			fails:   "HCP_PROJECT_ID environment variable to one you want to use",
		},
		"Promote to production": {summary: "⬆️ golden / production: v6 → v7", golden: map[string]string{"production": "golden-v7"}},
		"Roll back":             {golden: map[string]string{"production": "golden-v5"}},
	}
}

// edit changes the registry.
func edit(change func(*fakehcp.Registry)) func(*workflow) {
	return func(w *workflow) { w.hcp.Change(change) }
}

// fork takes what a pull request from a fork has not: secrets, variables and OIDC tokens.
func fork(w *workflow) { w.env, w.vars, w.secrets = nil, nil, nil }

// shown has Terraform show what a file of testdata holds.
func shown(file string) func(*workflow) {
	text, _ := os.ReadFile(filepath.Join(root, "testdata", file)) // nothing would be no plan
	return func(w *workflow) { w.workspace = map[string]string{"recorded.json": string(text)} }
}

// written has a file with a line.
func written(line string) func(*workflow) {
	return func(w *workflow) { w.workspace = map[string]string{"eu/images.tfvars": line + "\n"} }
}

// proposed is a pull request of somebody's that has a file with a line, and waives the image that is refused.
func proposed(owner, line string) func(*workflow) {
	return func(w *workflow) {
		w.payload = fmt.Sprintf(`{"pull_request": {"number": 7, "base": {"ref": "release"},
			"head": {"ref": "update", "repo": {"full_name": %q}}}}`, owner+"/infrastructure")
		w.workspace = map[string]string{
			"eu/images.tfvars":    line + "\n",
			".github/waivers.txt": "ami-0a000000000000102 until 2999-12-31 by the pull request itself\n",
		}
		if owner != "octo-org" {
			fork(w)
		}
	}
}

// commented is what is looked for, and then written, in a comment with the heading.
func commented(heading string) map[string][]string {
	const marker = "<!-- hcp-packer-iteration: verify -->"
	return map[string][]string{
		"verify comment": {"7 github-actions[bot] " + marker},
		"verify 4":       {heading, marker, "replace 42 of 7"},
	}
}

// inFleet logs in where there are buckets to audit.
func inFleet(w *workflow) { w.vars["HCP_WORKLOAD_IDENTITY_PROVIDER"] = fleetProvider }

// keepBuckets leaves no others in that project.
func keepBuckets(names ...string) func(*fakehcp.Registry) {
	return func(r *fakehcp.Registry) {
		for _, org := range r.Organizations {
			if project := org.Projects[0]; project.ID == fleetID {
				maps.DeleteFunc(project.Buckets, func(name string, _ *fakehcp.Bucket) bool { return !slices.Contains(names, name) })
			}
		}
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	unused := documentedWorkflows(t)
	for name, e := range examples() {
		title, _, _ := strings.Cut(name, ", ")
		yaml := documentedWorkflows(t)[title]
		delete(unused, title)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lint(t, yaml)
			e.run(t, yaml)
		})
	}
	for title := range unused {
		t.Errorf("no example runs the workflow %q", title)
	}
}

// A job that carries on after a refusal has the reason and nothing to deploy.
func TestContinueOnError(t *testing.T) {
	t.Parallel()
	e := example{prints: map[string][]string{"carry-on 0": {"failure, status revoked, image '', images []"}, "deploy 0": nil}}
	e.run(t, readFile(t, "testdata/continue-on-error.yml"))
}

// run runs the workflow, and checks what comes of it.
func (e example) run(t *testing.T, yaml string) {
	t.Helper()
	w := newWorkflow(t, yaml)
	if e.arrange != nil {
		e.arrange(w)
	}
	got := w.run(t)
	if passes := got.exitCode == 0; passes != (e.fails == "") || !strings.Contains(got.log, e.fails) {
		t.Errorf("it ends with exit code %d, want it to fail with %q", got.exitCode, e.fails)
	}
	if !slices.ContainsFunc(got.events, func(line event) bool { return strings.Contains(line.Content, e.summary) }) {
		t.Errorf("no summary says %q", e.summary)
	}
	for step, want := range e.prints {
		job, id, _ := strings.Cut(step, " ")
		if lines := got.printed(job, id); !slices.EqualFunc(lines, want, strings.HasPrefix) {
			t.Errorf("%s prints\n\t%s\nwant\n\t%s", step, strings.Join(lines, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
	for channel, want := range e.golden {
		if version := w.hcp.Channel(fleetID, "golden", channel); version != want {
			t.Errorf("channel %s points at %q, want %q", channel, version, want)
		}
	}
	if t.Failed() {
		t.Log(got.log)
	}
}

// What the registry says, whatever it says, is no command to a real runner: there are the outputs, the
// annotation that the action means, the masks of its secrets, and nothing else.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for channel, title := range map[string]string{"hostile-text": "Revocation scheduled", "hostile-revoked": "Image revoked"} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			w := newWorkflow(t, readFile(t, "testdata/hostile.yml"))
			w.vars = map[string]string{"CHANNEL": channel}
			var declared struct{ Outputs map[string]any }
			if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(root, "action.yml"))), &declared); err != nil {
				t.Fatal(err)
			}
			masks := 0
			var titles []string
			outputs := map[string]bool{}
			for _, e := range w.run(t).events {
				switch e.Command {
				case "", "summary":
				case "set-output":
					outputs[e.Name] = true
				case "add-mask":
					masks++
				case "error", "warning":
					titles = append(titles, e.KVPairs["title"])
				default:
					t.Errorf("there is a command %s: %s", e.Command, e.Message)
				}
			}
			if got, want := slices.Sorted(maps.Keys(outputs)), slices.Sorted(maps.Keys(declared.Outputs)); !slices.Equal(got, want) {
				t.Errorf("got outputs  %v\nwant outputs %v", got, want)
			}
			if !slices.Equal(titles, []string{title}) {
				t.Errorf("got annotations %q, want one %q", titles, title)
			}
			if masks < 2 {
				t.Errorf("got %d masks, want those of the secret and of the token, in each of their forms", masks)
			}
		})
	}
}

var (
	pageHeading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	pageBlock    = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")
	pageWorkflow = regexp.MustCompile(`(?m)^name: (.*)$`)
)

// documentedWorkflows are the YAML blocks of the documentation that are workflows or lists of steps, see [examples].
func documentedWorkflows(t *testing.T) map[string]string {
	t.Helper()
	workflows := map[string]string{}
	for _, pattern := range []string{"README.md", "*/README.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text := readFile(t, path)
			for _, found := range pageBlock.FindAllStringSubmatchIndex(text, -1) {
				yaml := text[found[2]:found[3]] + "\n"
				headings := pageHeading.FindAllStringSubmatch(text[:found[0]], -1)
				title := headings[len(headings)-1][1]
				if name := pageWorkflow.FindStringSubmatch(yaml); name != nil {
					title = name[1]
				} else if strings.HasPrefix(yaml, "- ") {
					yaml = jobOf(yaml)
				} else {
					continue
				}
				if workflows[title] != "" {
					t.Fatalf("%s: there is another workflow %q", path, title)
				}
				workflows[title] = yaml
			}
		}
	}
	return workflows
}

// jobOf is a workflow whose one job has the steps.
func jobOf(steps string) string {
	job := "name: Steps\non: push\npermissions: {contents: read, id-token: write}\n" +
		"jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
	for line := range strings.Lines(steps) {
		job += "      " + line
	}
	return job
}

// lint checks a workflow with actionlint.
func lint(t *testing.T, yaml string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "actionlint"), "-shellcheck=", "-pyflakes=", "-")
	cmd.Stdin = strings.NewReader(yaml)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
