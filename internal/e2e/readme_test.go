package e2e

import (
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

// readmeTests run what the documentation shows word for word: each workflow under its name, and each list
// of steps, as a job of its own, under the heading that it stands below. One without a test fails
// [TestReadmeWorkflows].
func readmeTests() map[string]func(*testing.T, workflow) {
	return map[string]func(*testing.T, workflow){
		"Resolve an image": func(t *testing.T, w workflow) {
			w.event = "workflow_dispatch"
			if got := runWorkflow(t, w).printed("image", "1"); !slices.Equal(got, []string{"Deploying ami-0123456789abcdef0"}) {
				t.Errorf("got %q", got)
			}
		},
		"Client id and secret": func(t *testing.T, w workflow) {
			w.env = nil // no OIDC
			wantResult(t, runWorkflow(t, w), "job", "success")
		},
		"hashicorp/hcp-auth-action": func(t *testing.T, w workflow) {
			w.actions = map[string]string{"hashicorp/hcp-auth-action@v0": hcpAuthAction}
			wantResult(t, runWorkflow(t, w), "job", "success")
		},
		"Deploy": func(t *testing.T, w workflow) {
			w.event = "workflow_dispatch"
			w.actions = map[string]string{"hashicorp/setup-terraform@v4": setupTerraform}
			w.workspace = map[string]string{"terraform": terraform}
			if got := runWorkflow(t, w).printed("deploy", "3"); !slices.Equal(got, []string{"applying ami-0123456789abcdef0"}) {
				t.Errorf("got %q", got)
			}
		},
		"Image gate": func(t *testing.T, w workflow) {
			w.event = "pull_request"
			wantResult(t, runWorkflow(t, w), "gate", "success")
		},
		"Roll out": func(t *testing.T, w workflow) {
			w.event = "workflow_dispatch"
			wantPrinted(t, runWorkflow(t, w), "deploy",
				"Deploying ami-0aaaaaaaaaaaaaaa1 to us-east-1",
				"Deploying ami-0aaaaaaaaaaaaaaa2 to eu-central-1",
				"Deploying /subscriptions/0000/resourceGroups/images/providers/Microsoft.Compute/images/debian-12 to westeurope",
				"Deploying debian-12-20260920 to europe-west3-a")
		},
		"Images": func(t *testing.T, w workflow) {
			w.event = "pull_request"
			w.plans(t, "../../../testdata/plan.json")
			got := runWorkflow(t, w)
			wantResult(t, got, "verify", "failure")
			wantOutputs(t, got.outputs("verify", "4"), map[string]string{"result": "fail", "problem": "Images refused"})
		},
		"Verify images": func(t *testing.T, w workflow) {
			w.event = "pull_request"
			w.plans(t, "../../../testdata/plan.json")
			got := runWorkflow(t, w)
			wantResult(t, got, "verify", "failure")
			wantOutputs(t, got.outputs("verify", "4"), map[string]string{"result": "fail", "problem": "Images refused"})
			if summary := got.summary("verify"); !strings.Contains(summary, "ami-0a000000000000301") {
				t.Errorf("the summary does not say what replaces the image:\n%s", summary)
			}
		},
		"Comment on images": testComment,
		"Verify what is deployed": func(t *testing.T, w workflow) {
			w.event = "schedule"
			w.actions = map[string]string{"hashicorp/setup-terraform@v4": setupTerraform}
			w.workspace = map[string]string{"terraform": terraform, "recorded.json": revokedState}
			w.env["BASH_FUNC_gh%%"] = gh
			printed := runWorkflow(t, w).printed("verify", "4")
			const want = "gh issue create --title Images that should be replaced are deployed --body 1 of 1 image refused: "
			if len(printed) != 1 || !strings.HasPrefix(printed[0], want) {
				t.Errorf("got %q, want %q", printed, want)
			}
		},
		"Audit the registry": func(t *testing.T, w workflow) {
			w.promotes(t, "schedule")
			w.env["BASH_FUNC_gh%%"] = gh
			got := runWorkflow(t, w)
			wantResult(t, got, "audit", "failure")
			printed := got.printed("audit", "1")
			const want = "gh issue create --title Channels hand out images that should not be deployed --body 17 of 52 channels and buckets refused: channels/inherited (revoked), "
			if len(printed) != 1 || !strings.HasPrefix(printed[0], want) || !strings.HasSuffix(printed[0], " https://github.com/octo-org/infrastructure/actions/runs/1") {
				t.Errorf("got %q, want %q", printed, want)
			}
		},
		"Rebuild images": func(t *testing.T, w workflow) {
			w.promotes(t, "schedule", keepBuckets("children", "channels", "golden", "base", "refused"), func(r *fakehcp.Registry) {
				for bucket, last := range map[string]string{"base": "base-v3", "golden": "golden-v8"} {
					b := r.Bucket(fleetID, bucket)
					built := *b.Iterations[last]
					built.ID, built.Name = "01K3WP3QHVR2VJ56KME64810ZZ", "v9"
					b.Iterations[bucket+"-1-1"] = &built
				}
			})
			w.actions = map[string]string{"hashicorp/hcp-auth-action@v0": hcpAuthAction, "hashicorp/setup-packer@v3": setupPacker(t)}
			got := runWorkflow(t, w)
			wantResult(t, got, "audit", "failure")
			wantResult(t, got, "build", "success")
			printed := got.printed("build", "3")
			if want := []string{"building base as base-1-1", "building golden as golden-1-1", "initializing", "initializing"}; !slices.Equal(printed, want) {
				t.Errorf("got %q, want %q", printed, want)
			}
			wantChannel(t, w, "production", "golden-1-1")
		},
		"Build and stage": func(t *testing.T, w workflow) {
			w.promotes(t, "workflow_dispatch", func(r *fakehcp.Registry) {
				golden := r.Bucket(fleetID, "golden")
				golden.Iterations["build-1-1"] = golden.Iterations["golden-v8"]
			})
			w.actions = map[string]string{"hashicorp/hcp-auth-action@v0": hcpAuthAction, "hashicorp/setup-packer@v3": setupPacker(t)}
			got := runWorkflow(t, w)
			if printed := got.printed("build", "3"); !slices.Equal(printed, []string{"building . as build-1-1", "initializing"}) {
				t.Errorf("got %q", printed)
			}
			wantChannel(t, w, "staging", "build-1-1")
		},
		"Promote to production": func(t *testing.T, w workflow) {
			w.promotes(t, "workflow_dispatch")
			got := runWorkflow(t, w)
			wantResult(t, got, "promote", "success")
			wantChannel(t, w, "production", "golden-v7")
			if summary := got.summary("promote"); !strings.Contains(summary, "⬆️ golden / production: v6 → v7") {
				t.Errorf("the summary does not say what was moved:\n%s", summary)
			}
		},
		"Roll back": func(t *testing.T, w workflow) {
			w.promotes(t, "workflow_dispatch")
			wantResult(t, runWorkflow(t, w), "promote", "success")
			wantChannel(t, w, "production", "golden-v5")
		},
		"Images in code scanning": func(t *testing.T, w workflow) {
			w.event = "pull_request"
			w.actions = map[string]string{"github/codeql-action/upload-sarif@95e58e9a2cdfd71adc6e0353d5c52f41a045d225": uploadSARIF}
			w.workspace = map[string]string{"eu/images.tfvars": "ami = \"ami-0a000000000000102\"\n"}
			got := runWorkflow(t, w)
			wantResult(t, got, "verify", "failure")
			if printed := got.printed("verify", "2"); !slices.Equal(printed, []string{`images has "uri":"eu/images.tfvars"`}) {
				t.Errorf("got %q", printed)
			}
		},
		"Replace images": func(t *testing.T, w workflow) {
			w.event = "schedule"
			w.actions = map[string]string{"peter-evans/create-pull-request@5f6978faf089d4d20b00c7766989d076bb2fc7f1": createPullRequest}
			w.workspace = map[string]string{"eu/images.tfvars": "ami = \"ami-0a000000000000102\"\n"}
			printed := runWorkflow(t, w).printed("replace", "2")
			if want := []string{`replace-images has ami = "ami-0a000000000000302"`}; !slices.Equal(printed, want) {
				t.Errorf("got %q, want %q", printed, want)
			}
		},
	}
}

// testComment has the comment edited where an image is refused and where none is any more, whatever the pull request
// waives itself, and left alone where the pull request is from a fork.
func testComment(t *testing.T, w workflow) {
	w.event = "pull_request"
	w.actions = map[string]string{
		"actions/checkout@v7": checkoutBase,
		"peter-evans/find-comment@b30e6a3c0ed37e7c023ccd3f1db5c6c0b0c23aad":             findComment,
		"peter-evans/create-or-update-comment@e8674b075228eee787fea43ef493e45ece1004c9": updateComment,
	}
	const marker, refused, waived, fine = "<!-- hcp-packer-iteration: verify -->", "ami-0a000000000000102", "ami-0a000000000000101", "ami-0a000000000000302"
	for name, tc := range map[string]struct {
		from, image, result string
		comment             string // its heading
	}{
		"refused": {"octo-org/infrastructure", refused, "failure", "### ❌ 1 of 1 image refused"},
		"waived":  {"octo-org/infrastructure", waived, "success", "### ⚠️ 1 image checked, 1 with a warning"},
		"fine":    {"octo-org/infrastructure", fine, "success", "### ✅ 1 image checked, none refused"},
		"fork":    {"somebody/infrastructure", fine, "failure", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := w
			w.payload = `{"pull_request": {"number": 7, "base": {"ref": "release"}, "head": {"ref": "update", "repo": {"full_name": "` + tc.from + `"}}}}`
			w.workspace = map[string]string{
				"eu/images.tfvars":    "ami = \"" + tc.image + "\"\n",
				".github/waivers.txt": refused + " until 2999-12-31 by the pull request itself\n",
			}
			if tc.comment == "" {
				w.env, w.vars, w.secrets = nil, nil, nil
			}
			got := runWorkflow(t, w)
			wantResult(t, got, "verify", tc.result)
			found, comment := got.printed("verify", "comment"), got.printed("verify", "4")
			if tc.comment == "" {
				if len(found)+len(comment) > 0 {
					t.Errorf("got %q and %q, want no comment", found, comment)
				}
				return
			}
			if want := []string{"7 github-actions[bot] " + marker}; !slices.Equal(found, want) {
				t.Errorf("looked for %q, want %q", found, want)
			}
			if want := []string{tc.comment, marker, "replace 42 of 7"}; !slices.Equal(comment, want) {
				t.Errorf("got %q, want %q", comment, want)
			}
		})
	}
}

// checkoutBase has a waiver in the file that is checked out of the branch release.
const checkoutBase = `name: checkout
description: as the real one
inputs:
  ref: {description: what to check out, required: true}
  path: {description: where to, required: true}
  sparse-checkout: {description: the files, required: true}
  sparse-checkout-cone-mode: {description: whether they are folders, required: true}
  persist-credentials: {description: whether to leave the token, required: true}
runs:
  using: composite
  steps:
    - if: inputs.ref == 'release' && inputs.sparse-checkout-cone-mode == 'false'
      shell: bash
      env:
        FILE: ${{ inputs.path }}/${{ inputs.sparse-checkout }}
      run: mkdir -p "$(dirname "$FILE")" && echo "ami-0a000000000000101 until 2999-12-31 by a reviewer" > "$FILE"
`

// findComment prints what it is to look for, and finds comment 42.
const findComment = `name: find-comment
description: as the real one
inputs:
  issue-number: {description: of the pull request, required: true}
  comment-author: {description: its author, required: true}
  body-includes: {description: what it has in it, required: true}
outputs:
  comment-id: {description: of the comment, value: "${{ steps.find.outputs.comment-id }}"}
runs:
  using: composite
  steps:
    - id: find
      shell: bash
      env:
        WANTED: ${{ inputs.issue-number }} ${{ inputs.comment-author }} ${{ inputs.body-includes }}
      run: echo "$WANTED"; echo comment-id=42 >> "$GITHUB_OUTPUT"
`

// updateComment prints what it is to write where, and the first lines of the text.
const updateComment = `name: create-or-update-comment
description: as the real one
inputs:
  issue-number: {description: of the pull request, required: true}
  comment-id: {description: of the comment, required: false}
  edit-mode: {description: append or replace, required: false}
  body: {description: its text, required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        BODY: ${{ inputs.body }}
        WHERE: ${{ inputs.edit-mode }} ${{ inputs.comment-id }} of ${{ inputs.issue-number }}
      run: echo "$WHERE"; head -n 2 <<< "$BODY"
`

// fleetID is the project to promote in.
const fleetID = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"

// promotes has a workflow log in where it may promote, on an HCP of its own.
func (w *workflow) promotes(t *testing.T, event string, edits ...func(*fakehcp.Registry)) {
	t.Helper()
	w.hcp, w.event = startHCP(t, edits...), event
	w.env = w.hcp.OIDCEnvironment()
	provider := "iam/project/" + fleetID + "/service-principal/fleet-contributor/workload-identity-provider/github"
	w.vars = map[string]string{
		"HCP_WORKLOAD_IDENTITY_PROVIDER": provider, "HCP_BUILD_IDENTITY_PROVIDER": provider, "HCP_RELEASE_IDENTITY_PROVIDER": provider,
		"HCP_PROJECT_ID": fleetID,
	}
}

// plans gives a workflow a Terraform that plans what a file of testdata holds.
func (w *workflow) plans(t *testing.T, plan string) {
	t.Helper()
	w.actions = map[string]string{"hashicorp/setup-terraform@v4": setupTerraform}
	w.workspace = map[string]string{"terraform": terraform, "recorded.json": testdata(t, plan)}
}

// keepBuckets leaves no others in the project to promote in.
func keepBuckets(names ...string) func(*fakehcp.Registry) {
	return func(r *fakehcp.Registry) {
		for _, org := range r.Organizations {
			if project := org.Projects[0]; project.ID == fleetID {
				maps.DeleteFunc(project.Buckets, func(name string, _ *fakehcp.Bucket) bool { return !slices.Contains(names, name) })
			}
		}
	}
}

// wantChannel checks what a channel of the bucket golden points at.
func wantChannel(t *testing.T, w workflow, channel, want string) {
	t.Helper()
	if got := w.hcp.Channel(fleetID, "golden", channel); got != want {
		t.Errorf("channel %s points at %q, want %q", channel, got, want)
	}
}

// setupPacker puts a packer onto the path that logs in and finds its project as the real one does, which make names
// in PACKER, and tells what it is to build. The real one has to come as far as the bucket, of which the fake HCP
// lets nobody push versions.
func setupPacker(t *testing.T) string {
	t.Helper()
	return strings.Replace(packerAction, "PACKER", tool(t, "packer"), 1)
}

const packerAction = `name: setup-packer
description: as the real one
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        cat > "$GITHUB_WORKSPACE/packer" <<'END'
        #!/bin/bash
        if [ "$1" = init ]; then echo initializing; exit; fi
        printf 'source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n  hcp_packer_registry {\n    bucket_name = "golden"\n  }\n}\n' > x.pkr.hcl
        export HCP_CRED_FILE="$GITHUB_WORKSPACE/hcp_cred_file_0.json" HOME="$PWD" CHECKPOINT_DISABLE=1
        said=$(PACKER build x.pkr.hcl 2>&1)
        case "$said" in *'failed to initialize bucket "golden"'*) echo "building $2 as $HCP_PACKER_BUILD_FINGERPRINT" ;; *) echo "$said"; exit 1 ;; esac
        END
        chmod +x packer && echo "$GITHUB_WORKSPACE" >> "$GITHUB_PATH"
`

// revokedState is a state as terraform show -json writes it, with one instance of a revoked image.
const revokedState = `{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": [{
  "address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "name": "web",
  "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 2,
  "values": {"ami": "ami-0a000000000000101"}, "sensitive_values": {}}]}}}`

// createPullRequest prints the branch and what it would have in it.
const createPullRequest = `name: create-pull-request
description: as the real one
inputs:
  branch: {description: its name, required: true}
  title: {description: its title, required: true}
  body: {description: its text, required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        BRANCH: ${{ inputs.branch }}
      run: echo "$BRANCH has $(cat eu/images.tfvars)"
`

// uploadSARIF prints the category and the places that it would have.
const uploadSARIF = `name: upload-sarif
description: as the real one
inputs:
  sarif_file: {description: its path, required: true}
  category: {description: its name, required: false}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        FILE: ${{ inputs.sarif_file }}
        CATEGORY: ${{ inputs.category }}
      run: echo "$CATEGORY has $(grep -o '"uri":"[^"]*"' "$FILE")"
`

// gh is GitHub's command as a function, which bash takes from its environment: there are no issues, and what
// it is told to create is printed.
const gh = `() { if [ "$1 $2" = "issue list" ]; then echo 0; else echo "gh $*"; fi; }`

// setupTerraform puts the test's terraform onto the path.
const setupTerraform = `name: setup-terraform
description: as the real one
inputs:
  terraform_wrapper: {description: whether to wrap it, required: false}
runs:
  using: composite
  steps:
    - shell: bash
      run: chmod +x terraform && echo "$GITHUB_WORKSPACE" >> "$GITHUB_PATH"
`

// terraform shows what the real one did, and tells what it is to apply.
const terraform = `#!/bin/bash
case "$1" in
show) cat recorded.json ;;
apply) echo "applying $TF_VAR_image_id" ;;
esac
`

// hcpAuthAction does what hashicorp/hcp-auth-action does for a workload identity provider: it leaves
// a credential file in the workspace, which says where a job's OIDC token is to be had, and exports
// its path on the host.
const hcpAuthAction = `name: hcp-auth-action
description: as the real one
inputs:
  workload_identity_provider: {description: resource name, required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        PROVIDER: ${{ inputs.workload_identity_provider }}
      run: |
        cat > "$GITHUB_WORKSPACE/hcp_cred_file_0.json" <<END
        {"scheme": "workload", "workload": {"provider_resource_name": "$PROVIDER", "url": {
          "url": "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${PROVIDER//\//%2F}",
          "headers": {"Authorization": "Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"},
          "format_type": "json", "subject_cred_pointer": "/value"}}}
        END
        echo "HCP_CRED_FILE=/home/runner/work/infrastructure/infrastructure/hcp_cred_file_0.json" >> "$GITHUB_ENV"
`

func TestReadmeWorkflows(t *testing.T) {
	t.Parallel()
	tests := readmeTests()
	for name, yaml := range readmeWorkflows(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test, found := tests[name]
			if !found {
				t.Fatal("no test runs this workflow")
			}
			lint(t, yaml)
			test(t, onHCP(t, yaml))
		})
	}
}

// The README's gate fails a pull request once the channel's iteration is revoked.
func TestReadmeGateRefuses(t *testing.T) {
	t.Parallel()
	w := onHCP(t, readmeWorkflows(t)["Image gate"], func(r *fakehcp.Registry) {
		iteration := r.Organizations[0].Projects[0].Buckets["ubuntu"].Iterations["ubuntu-2026-09-20"]
		iteration.Status, iteration.RevocationMessage = "REVOKED", "CVE-2026-1234 in openssl"
	})
	w.event = "pull_request"
	got := runWorkflow(t, w)
	if got.exitCode == 0 {
		t.Error("the workflow passes")
	}
	wantResult(t, got, "gate", "failure")
	wantError(t, got.annotations("gate", ""), "Image revoked")
	if summary := got.summary("gate"); !strings.Contains(summary, "CVE-2026-1234 in openssl") {
		t.Errorf("the summary does not say why:\n%s", summary)
	}
}

// A channel whose iteration has no images rolls nothing out, and the workflow does not fail for it.
func TestReadmeRollOutOfNothing(t *testing.T) {
	t.Parallel()
	w := onHCP(t, readmeWorkflows(t)["Roll out"], func(r *fakehcp.Registry) {
		r.Organizations[0].Projects[0].Buckets["many-images"].Channels["everywhere"].Iteration = "no-images"
	})
	w.event = "workflow_dispatch"
	got := runWorkflow(t, w)
	wantResult(t, got, "images", "success")
	wantResult(t, got, "deploy", "")
	if got.exitCode != 0 {
		t.Errorf("the workflow fails:\n%s", got.log)
	}
}

// An audit that finds nothing to rebuild builds nothing, and the workflow does not fail for it.
func TestReadmeRebuildOfNothing(t *testing.T) {
	t.Parallel()
	w := onHCP(t, readmeWorkflows(t)["Rebuild images"])
	w.promotes(t, "schedule", keepBuckets("empty"))
	w.actions = map[string]string{"hashicorp/hcp-auth-action@v0": hcpAuthAction, "hashicorp/setup-packer@v3": setupPacker(t)}
	got := runWorkflow(t, w)
	wantResult(t, got, "audit", "success")
	wantResult(t, got, "build", "")
	if got.exitCode != 0 {
		t.Errorf("the workflow fails:\n%s", got.log)
	}
}

// Without the project a build fails: packer cannot list those of a principal that belongs to one.
func TestReadmeBuildWithoutProject(t *testing.T) {
	t.Parallel()
	w := onHCP(t, readmeWorkflows(t)["Build and stage"])
	w.promotes(t, "workflow_dispatch")
	delete(w.vars, "HCP_PROJECT_ID")
	w.actions = map[string]string{"hashicorp/hcp-auth-action@v0": hcpAuthAction, "hashicorp/setup-packer@v3": setupPacker(t)}
	got := runWorkflow(t, w)
	wantResult(t, got, "build", "failure")
	if !strings.Contains(got.log, "HCP_PROJECT_ID environment variable to one you want to use") {
		t.Errorf("packer does not miss the project:\n%s", got.log)
	}
}

var (
	readmeHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	readmeBlock   = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")
	readmeName    = regexp.MustCompile(`(?m)^name: (.*)$`)
)

// readmeWorkflows are the YAML blocks of the documentation that are workflows or lists of steps, see
// [readmeTests].
func readmeWorkflows(t *testing.T) map[string]string {
	t.Helper()
	workflows := map[string]string{}
	for _, pattern := range []string{"README.md", "*/README.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			addWorkflows(t, workflows, path)
		}
	}
	return workflows
}

// addWorkflows adds those of one page.
func addWorkflows(t *testing.T, workflows map[string]string, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range readmeBlock.FindAllSubmatchIndex(text, -1) {
		yaml := string(text[found[2]:found[3]]) + "\n"
		headings := readmeHeading.FindAllSubmatch(text[:found[0]], -1)
		heading := string(headings[len(headings)-1][1])
		switch name := readmeName.FindStringSubmatch(yaml); {
		case name != nil:
			heading = name[1]
		case strings.HasPrefix(yaml, "- "):
			yaml = jobOf(yaml)
		default:
			continue
		}
		if workflows[heading] != "" {
			t.Fatalf("%s: there is another workflow %q", path, heading)
		}
		workflows[heading] = yaml
	}
}

// jobOf is a workflow whose one job has the steps.
func jobOf(steps string) string {
	job := "name: Steps\non: push\npermissions: {contents: read, id-token: write}\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
	for line := range strings.Lines(steps) {
		job += "      " + line
	}
	return job
}

// lint checks a workflow with actionlint, which make names in ACTIONLINT.
func lint(t *testing.T, yaml string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "actionlint"), "-shellcheck=", "-pyflakes=", "-")
	cmd.Stdin = strings.NewReader(yaml)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
