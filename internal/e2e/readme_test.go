package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// readmeTests run the README's workflows word for word, each under its name. A workflow without a
// test fails [TestReadmeWorkflows].
func readmeTests() map[string]func(*testing.T, workflow) {
	return map[string]func(*testing.T, workflow){
		"Deploy": func(t *testing.T, w workflow) {
			w.event = "workflow_dispatch"
			wantPrinted(t, runWorkflow(t, w), "deploy", "Deploying ami-0123456789abcdef0, version 7")
		},
		"Deploy with a secret": func(t *testing.T, w workflow) {
			w.event = "workflow_dispatch"
			wantPrinted(t, runWorkflow(t, w), "deploy", "Deploying ami-0123456789abcdef0")
		},
		"Deploy after hcp-auth-action": func(t *testing.T, w workflow) {
			w.event = "workflow_dispatch"
			w.actions = map[string]string{"hashicorp/hcp-auth-action@v0": hcpAuthAction}
			wantPrinted(t, runWorkflow(t, w), "deploy", "Deploying ami-0123456789abcdef0")
		},
		"Verify images": func(t *testing.T, w workflow) {
			w.event = "pull_request"
			w.actions = map[string]string{"hashicorp/setup-terraform@v3": setupTerraform}
			w.workspace = map[string]string{
				"terraform":        terraform,
				"recorded.json":    testdata(t, "../../../testdata/plan.json"),
				"eu/images.tfvars": "# pinned\nami = \"ami-0a000000000000102\"\n",
			}
			got := runWorkflow(t, w)
			wantResult(t, got, "verify", "failure")
			wantPrinted(t, got, "report", "Images to replace, 2")
			wantOutputs(t, got.outputs("verify", "verify"), map[string]string{"result": "fail", "checked": "5", "refused": "2", "warned": "2"})
			wantPlace(t, got, "eu/images.tfvars", "2", "Image revoked")
			if summary := got.summary("verify"); !strings.Contains(summary, "ami-0a000000000000302") {
				t.Errorf("the summary does not say what replaces the image:\n%s", summary)
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
	}
}

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

// terraform answers as Terraform did when testdata/plan.json was made with it.
const terraform = `#!/bin/bash
if [ "$1" = show ]; then cat recorded.json; fi
`

// wantPlace finds an error at a line of a file in what the runner got.
func wantPlace(t *testing.T, got workflowResult, file, line, title string) {
	t.Helper()
	for _, e := range got.events {
		if e.Command == "error" && e.KVPairs["file"] == file && e.KVPairs["line"] == line && e.KVPairs["title"] == title {
			return
		}
	}
	t.Errorf("there is no error %q at %s:%s:\n%s", title, file, line, got.log)
}

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
        jq -n '{scheme: "workload", workload: {provider_resource_name: env.PROVIDER, url: {
          url: (env.ACTIONS_ID_TOKEN_REQUEST_URL + "&audience=" + (env.PROVIDER | @uri)),
          headers: {Authorization: ("Bearer " + env.ACTIONS_ID_TOKEN_REQUEST_TOKEN)},
          format_type: "json", subject_cred_pointer: "/value"}}}' > "$GITHUB_WORKSPACE/hcp_cred_file_0.json"
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

var (
	readmeBlock = regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n")
	readmeName  = regexp.MustCompile(`(?m)^name: (.*)$`)
)

// readmeWorkflows are the YAML blocks of the README that are whole workflows, by name.
func readmeWorkflows(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	workflows := map[string]string{}
	for _, block := range readmeBlock.FindAllStringSubmatch(string(text), -1) {
		if name := readmeName.FindStringSubmatch(block[1]); name != nil {
			workflows[name[1]] = block[1] + "\n"
		}
	}
	return workflows
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
