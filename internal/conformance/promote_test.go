package conformance

import (
	"errors"
	"fmt"
	"os/exec"
	"testing"
)

// TestPromotionsAgree has Terraform and the action move a channel in turn. Neither sees anything to do about what
// the other did.
func TestPromotionsAgree(t *testing.T) {
	t.Parallel()
	_, terraform, action := start(t, contributor)
	terraform.configure(t, assignment("production", "golden", "production", "golden-v7"))
	output(t, terraform.command(t, "import", "-no-color", "hcp_packer_channel_assignment.production", "golden:production")) // which has v6
	output(t, terraform.command(t, "apply", "-auto-approve", "-no-color"))
	action.promote(t, "fingerprint", "golden-v7", "false")

	action.promote(t, "fingerprint", "golden-v8", "true")
	if !terraform.wouldChange(t, "golden-v7") {
		t.Error("Terraform does not see that the channel moved away from v7")
	}
	if terraform.wouldChange(t, "golden-v8") {
		t.Error("Terraform sees a drift from v8")
	}

	action.promote(t, "previous", "true", "true")
	if terraform.wouldChange(t, "golden-v7") {
		t.Error("Terraform sees a drift from v7, which the channel had before")
	}
}

// assignment is Terraform's resource that has a channel point at an iteration.
func assignment(name, bucket, channel, fingerprint string) string {
	return fmt.Sprintf(`
resource "hcp_packer_channel_assignment" %q {
  bucket_name         = %q
  channel_name        = %q
  version_fingerprint = %q
}
`, name, bucket, channel, fingerprint)
}

// wouldChange is whether there is anything to apply where the channel is to point at an iteration.
func (tf terraform) wouldChange(t *testing.T, fingerprint string) bool {
	t.Helper()
	const changes = 2 // the exit code
	tf.configure(t, assignment("production", "golden", "production", fingerprint))
	out, err := tf.command(t, "plan", "-detailed-exitcode", "-no-color").CombinedOutput()
	exit := (*exec.ExitError)(nil)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != changes) {
		t.Fatalf("%v\n%s", err, out)
	}
	return err != nil
}

// promote has the action promote what an input says to the channel, and checks whether that moves it.
func (p program) promote(t *testing.T, input, given, changed string) {
	t.Helper()
	set, result := p.run(t, map[string]string{"bucket": "golden", "channel": "production", input: given}, "promote")
	if result != passes || set["changed"] != changed {
		t.Errorf("the promotion of %s %s %s, with changed %q, want %q", input, given, result, set["changed"], changed)
	}
}
