package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// provider is a workload identity provider of the registry that takes the tokens of jobs.
const provider = "iam/project/" + projectID + "/service-principal/project-contributor/workload-identity-provider/github"

// onHCP is a workflow with an HCP to reach, and what its repository has set up to log in there. Its
// jobs may ask for OIDC tokens, as those with "id-token: write" may: act does not know permissions.
func onHCP(t *testing.T, yaml string, edits ...func(*fakehcp.Registry)) workflow {
	t.Helper()
	hcp := startHCP(t, edits...)
	return workflow{
		yaml:    yaml,
		hcp:     hcp,
		env:     hcp.OIDCEnvironment(),
		vars:    map[string]string{"HCP_WORKLOAD_IDENTITY_PROVIDER": provider},
		secrets: map[string]string{"HCP_CLIENT_ID": clientID, "HCP_CLIENT_SECRET": clientSecret},
	}
}

// testdata reads a workflow file.
func testdata(t *testing.T, file string) string {
	t.Helper()
	yaml, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(yaml)
}

// The outputs of one job are there in another, the images as a matrix of jobs.
func TestOutputsReachOtherJobs(t *testing.T) {
	t.Parallel()
	got := runWorkflow(t, onHCP(t, testdata(t, "matrix.yml")))
	wantResult(t, got, "resolve", "success")
	wantPrinted(t, got, "deploy", "deploy ami-0123456789abcdef0 of 01K6VERS10N000000000000007")
	wantPrinted(t, got, "roll-out", "ami-0bbbbbbbbbbbbb064 for amd64", "ami-0bbbbbbbbbbbbba64 for arm64")
}

// A job that carries on after a refusal has the reason and nothing to deploy.
func TestContinueOnError(t *testing.T) {
	t.Parallel()
	got := runWorkflow(t, onHCP(t, testdata(t, "continue-on-error.yml")))
	wantResult(t, got, "resolve", "success")
	wantOutputs(t, got.outputs("resolve", "image"), map[string]string{"status": "revoked", "image-id": "", "images": "[]"})
	wantPrinted(t, got, "carry-on", "failure, status revoked, image '', images []")
	wantResult(t, got, "deploy", "")
}

// wantResult checks how a job ends; "" is for one that does not run.
func wantResult(t *testing.T, got workflowResult, job, want string) {
	t.Helper()
	if result := got.jobResult(job); result != want {
		t.Errorf("job %s ends with %q, want %q:\n%s", job, result, want, got.log)
	}
}

// wantPrinted checks what the first step of a job prints, in all legs of its matrix.
func wantPrinted(t *testing.T, got workflowResult, job string, want ...string) {
	t.Helper()
	printed := got.printed(job, "0")
	slices.Sort(want)
	if !slices.Equal(printed, want) {
		t.Errorf("job %s prints\n\t%s\nwant\n\t%s\n%s", job,
			strings.Join(printed, "\n\t"), strings.Join(want, "\n\t"), got.log)
	}
}

// A pull request from a fork has no secrets and no variables, and may not ask for an OIDC token.
func TestFork(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ workflow, event, job string }{
		{"Image gate", "pull_request", "gate"},
		{"Client id and secret", "push", "job"},
	} {
		t.Run(tc.workflow, func(t *testing.T) {
			t.Parallel()
			w := onHCP(t, readmeWorkflows(t)[tc.workflow])
			w.event, w.env, w.vars, w.secrets = tc.event, nil, nil, nil
			got := runWorkflow(t, w)
			wantResult(t, got, tc.job, "failure")
			found := got.annotations(tc.job, "")
			wantError(t, found, "Not authenticated")
			if says := "a pull request from a fork or by Dependabot gets no Actions secrets"; !strings.Contains(found[0].message, says) {
				t.Errorf("got %q, want it to say %q", found[0].message, says)
			}
		})
	}
}

// What the registry says, whatever it says, is no command to a real runner: there are the outputs of
// the contract, the annotation that the action means, the masks of its secrets, and nothing else.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for channel, title := range map[string]string{"hostile-text": "Revocation scheduled", "hostile-revoked": "Image revoked"} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			w := onHCP(t, testdata(t, "hostile.yml"))
			w.vars = map[string]string{"CHANNEL": channel}
			got := runWorkflow(t, w)
			promised := slices.Sorted(maps.Keys(readMetadata(t, "").Outputs))
			if set := slices.Sorted(maps.Keys(got.outputs("resolve", "image"))); !slices.Equal(set, promised) {
				t.Errorf("got outputs  %v\nwant outputs %v", set, promised)
			}
			if found := got.annotations("resolve", "image"); len(found) != 1 || found[0].title != title {
				t.Errorf("got annotations %q, want one %q", found, title)
			}
			masks := 0
			for _, e := range got.events {
				switch e.Command {
				case "", "set-output", "error", "warning", "summary":
				case "add-mask":
					masks++
				default:
					t.Errorf("there is a command %s: %s", e.Command, e.Message)
				}
			}
			if masks < 2 {
				t.Errorf("got %d masks, want those of the secret and of the token, in each of their forms", masks)
			}
		})
	}
}
