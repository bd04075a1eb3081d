package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
)

// loggedIn is a step's "with": who it is, and what is asked for.
func loggedIn(bucket, channel string) map[string]string {
	return map[string]string{
		"bucket":          bucket,
		"channel":         channel,
		"client-id":       clientID,
		"client-secret":   clientSecret,
		"organization-id": organizationID,
		"project-id":      projectID,
	}
}

func TestActiveIteration(t *testing.T) {
	t.Parallel()
	got := runStep(t, step{
		hcp:    startHCP(t),
		inputs: loggedIn("ubuntu", "production"),
	})
	if got.exitCode != 0 {
		t.Fatalf("exit code %d:\n%s", got.exitCode, got.log)
	}
	wantOutputs(t, got.outputs, map[string]string{
		"iteration-id":        "01K6VERS10N000000000000007",
		"incremental-version": "7",
		"image-id":            "ami-0123456789abcdef0",
		"fingerprint":         "ubuntu-2026-09-20",
		"status":              "active",
		"revoked":             "false",
		"region":              "us-east-1",
	})
	promised := slices.Sorted(maps.Keys(readMetadata(t, "").Outputs))
	if set := slices.Sorted(maps.Keys(got.outputs)); !slices.Equal(set, promised) {
		t.Errorf("got outputs  %v\nwant outputs %v", set, promised)
	}
	if !strings.Contains(got.summary, "ami-0123456789abcdef0") {
		t.Errorf("the summary does not name the image:\n%s", got.summary)
	}
}

func TestRevokedIteration(t *testing.T) {
	t.Parallel()
	got := runStep(t, step{
		hcp:    startHCP(t),
		inputs: loggedIn("revocations", "revoked"),
	})
	if got.exitCode != 1 {
		t.Errorf("exit code %d, want 1", got.exitCode)
	}
	wantError(t, got.annotations, "Image revoked")
	wantOutputs(t, got.outputs, map[string]string{
		"incremental-version": "12",
		"image-id":            "",
		"status":              "revoked",
		"revoked":             "true",
		"revoke-at":           "2026-09-01T08:30:00.123Z",
		"revocation-message":  "CVE-2026-1234 in openssl",
		"images":              "[]",
		"builds":              "[]",
	})
	if !strings.Contains(got.summary, "CVE-2026-1234 in openssl") {
		t.Errorf("the summary does not say why:\n%s", got.summary)
	}
}

// A step without "with", as the runner passes it on: every input is there and empty.
func TestNoInputs(t *testing.T) {
	t.Parallel()
	hcp := startHCP(t)
	got := runStep(t, step{hcp: hcp})
	if got.exitCode != 1 {
		t.Errorf("exit code %d, want 1", got.exitCode)
	}
	wantError(t, got.annotations, "Invalid input")
	wantOutputs(t, got.outputs, map[string]string{"image-id": "", "images": "[]", "builds": "[]"})
	if requests := hcp.Requests(); len(requests) != 0 {
		t.Errorf("got %d requests before the inputs were checked, want none", len(requests))
	}
}

// Credentials in the job's environment are read although the runner sends their inputs, empty.
func TestCredentialsInTheEnvironment(t *testing.T) {
	t.Parallel()
	got := runStep(t, step{
		hcp:    startHCP(t),
		inputs: map[string]string{"bucket": "ubuntu", "channel": "production"},
		env: map[string]string{
			"HCP_CLIENT_ID":       clientID,
			"HCP_CLIENT_SECRET":   clientSecret,
			"HCP_ORGANIZATION_ID": organizationID,
			"HCP_PROJECT_ID":      projectID,
		},
	})
	if got.exitCode != 0 {
		t.Errorf("exit code %d:\n%s", got.exitCode, got.log)
	}
}

// What the registry says, whatever it says, makes no file; runStep looks for them.
func TestHostileTextMakesNoFile(t *testing.T) {
	t.Parallel()
	got := runStep(t, step{hcp: startHCP(t), inputs: loggedIn("oddities", "hostile")})
	wantError(t, got.annotations, "Unexpected response")
}

// The runner stops a step with a signal, and the action is the container's first process, for which
// the kernel has no defaults.
func TestStopped(t *testing.T) {
	t.Parallel()
	hcp := startHCP(t)
	hcp.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Hang: true})
	got := runStep(t, step{
		hcp:    hcp,
		inputs: loggedIn("ubuntu", "production"),
		meanwhile: func(container string) {
			waitFor(t, hcp, fakehcp.ChannelRoute)
			if _, err := command("docker", "kill", "--signal", "TERM", container); err != nil {
				t.Error(err)
			}
		},
	})
	if got.exitCode != 1 {
		t.Errorf("exit code %d, want 1", got.exitCode)
	}
	wantError(t, got.annotations, "Cancelled")
}

func TestImage(t *testing.T) {
	t.Parallel()
	const most = 11_500_000
	text, err := command("docker", "image", "inspect", "-f", "{{json .}}", image(t))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Size   int64
		Config struct{ User string }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Size > most {
		t.Errorf("the image has %d bytes, want at most %d", got.Size, most)
	}
	// Another user could not write GITHUB_OUTPUT, which is the runner's own.
	if got.Config.User != "" {
		t.Errorf("the image runs as %q, want root", got.Config.User)
	}
}

// waitFor waits until the HCP has been asked for something.
func waitFor(t *testing.T, hcp *fakehcp.Server, route fakehcp.Route) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, request := range hcp.Requests() {
			if request.Route == route {
				return
			}
		}
	}
	t.Errorf("no request of %q in 30 seconds", route)
}

// wantOutputs checks the outputs that are in want.
func wantOutputs(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, set := got[name]
		if !set || value != want[name] {
			t.Errorf("output %s is %q (set: %t), want %q", name, value, set, want[name])
		}
	}
}

// wantError checks that there is exactly one error, of this title.
func wantError(t *testing.T, annotations []annotation, title string) {
	t.Helper()
	var titles []string
	for _, a := range annotations {
		if a.level == "error" {
			titles = append(titles, a.title)
		}
	}
	if !slices.Equal(titles, []string{title}) {
		t.Errorf("got errors %q, want one %q", titles, title)
	}
}

// The second action is the same image with an argument.
func TestVerify(t *testing.T) {
	t.Parallel()
	inputs := loggedIn("", "")
	delete(inputs, "bucket")
	inputs["channel"], inputs["plan"], inputs["files"] = "production", "*.json", "**/*.tfvars"
	got := runStep(t, step{
		action: "verify",
		hcp:    startHCP(t),
		inputs: inputs,
		workspace: map[string]string{
			"plan.json":        testdata(t, "../../../testdata/plan.json"),
			"eu/images.tfvars": "ami = \"ami-0a000000000000102\"\n",
		},
	})
	if got.exitCode != 1 {
		t.Errorf("exit code %d:\n%s", got.exitCode, got.log)
	}
	wantOutputs(t, got.outputs, map[string]string{"result": "fail", "checked": "5", "refused": "2", "warned": "2"})
	if !strings.Contains(got.log, "::error file=eu/images.tfvars,line=1,title=Image revoked::") {
		t.Errorf("there is no error at its place:\n%s", got.log)
	}
}

// The action that writes is the same image with another argument. What it wrote is there afterwards.
func TestPromote(t *testing.T) {
	t.Parallel()
	hcp := startHCP(t)
	inputs := map[string]string{
		"bucket": "golden", "channel": "production", "from-channel": "dev", "require-images": "cloud-provider=azure,region=westeurope",
		"client-id": "fleet-contributor-id", "client-secret": "fleet-contributor-secret-1d7ae5",
	}
	for _, changed := range []string{"true", "false"} {
		got := runStep(t, step{action: "promote", hcp: hcp, inputs: inputs})
		if got.exitCode != 0 {
			t.Errorf("exit code %d:\n%s", got.exitCode, got.log)
		}
		wantOutputs(t, got.outputs, map[string]string{"changed": changed, "incremental-version": "8", "channel": "production", "problem": ""})
	}
	if got := hcp.Channel(fleetID, "golden", "production"); got != "golden-v8" {
		t.Errorf("the channel points at %q", got)
	}
}

// The action that looks at the whole registry is the same image, too, and finds its way without a project.
func TestAudit(t *testing.T) {
	t.Parallel()
	got := runStep(t, step{action: "audit", hcp: startHCP(t), inputs: audited("channels\nrefused\ngone")})
	if got.exitCode != 1 {
		t.Errorf("exit code %d:\n%s", got.exitCode, got.log)
	}
	wantOutputs(t, got.outputs, map[string]string{"result": "fail", "problem": "Channels refused", "buckets": "3", "checked": "18", "refused": "8", "rebuild": `["channels"]`})
	if !strings.Contains(got.summary, "❌ 8 of 18 channels and buckets refused") {
		t.Errorf("the summary does not count:\n%s", got.summary)
	}
}

// audited is the "with" of an audit.
func audited(buckets string) map[string]string {
	return map[string]string{"buckets": buckets, "client-id": "fleet-viewer-id", "client-secret": "fleet-viewer-secret-e0b92c"}
}

// The largest answers, eight at once, fit in the memory that the contract allows.
func TestAuditMemory(t *testing.T) {
	t.Parallel()
	const bound, build = 16 << 20, `, {"id": "01K6BV11D00000000000000001", "labels": {"a": "b"}, "artifacts": [{"external_identifier": "ami-1"}]}`
	const from, to = `{"channels": [{"name": "production", "version": {"id": "ID", "status": "VERSION_ACTIVE", "builds": [{}`, `]}}]}`
	hcp := startHCP(t)
	hcp.Fail(fakehcp.ChannelsRoute, fakehcp.Fault{
		Body:   from + strings.Repeat(build, (bound-len(from)-len(to))/len(build)) + to,
		Delay:  300 * time.Millisecond, // or the first would be there before the last is asked for
		Repeat: true,
	})
	inputs := audited("*\n!*name*\n!*escape\n!empty")
	inputs["timeout"] = "1h" // a busy machine takes its time for so much
	got := runStep(t, step{action: "audit", hcp: hcp, memory: "400m", inputs: inputs})
	if got.exitCode != 0 {
		t.Errorf("exit code %d:\n%s", got.exitCode, got.log)
	}
	wantOutputs(t, got.outputs, map[string]string{"buckets": "8", "checked": "8"})
}
