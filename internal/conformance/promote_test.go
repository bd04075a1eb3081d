package conformance

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPromotionsAgree has Terraform and the action move a channel in turn. Neither sees anything to do about what
// the other did.
func TestPromotionsAgree(t *testing.T) {
	t.Parallel()
	_, hcp := startHCP(t)
	asContributor(hcp)
	terraform, action := newTerraform(t, hcp), buildProgram(t, hcp)

	terraform.assign(t, "golden-v7")
	terraform.run(t, "import", "-no-color", "hcp_packer_channel_assignment.production", "golden:production") // which has v6
	terraform.run(t, "apply", "-auto-approve", "-no-color")
	action.promote(t, "fingerprint=golden-v7", "false")

	action.promote(t, "fingerprint=golden-v8", "true")
	if !terraform.wouldChange(t) {
		t.Error("Terraform does not see that the channel moved away from v7")
	}
	terraform.assign(t, "golden-v8")
	if terraform.wouldChange(t) {
		t.Error("Terraform sees a drift from v8")
	}

	action.promote(t, "previous=true", "true")
	terraform.assign(t, "golden-v7")
	if terraform.wouldChange(t) {
		t.Error("Terraform sees a drift from v7, which the channel had before")
	}
}

// assign has the configuration say what the channel is to point at.
func (tf terraform) assign(t *testing.T, fingerprint string) {
	t.Helper()
	config := configuration(nil)
	delete(config, "check")
	config["resource"] = object{"hcp_packer_channel_assignment": object{"production": object{
		"bucket_name": "golden", "channel_name": "production", "version_fingerprint": fingerprint,
	}}}
	writeFile(t, filepath.Join(tf.dir, "main.tf.json"), toJSON(t, config))
}

// wouldChange is whether there is anything to apply.
func (tf terraform) wouldChange(t *testing.T) bool {
	t.Helper()
	const changes = 2 // the exit code
	cmd := exec.CommandContext(t.Context(), tf.program, "plan", "-detailed-exitcode", "-no-color")
	cmd.Dir, cmd.Env = tf.dir, tf.env
	out, err := cmd.CombinedOutput()
	exit := (*exec.ExitError)(nil)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != changes) {
		t.Fatalf("%v\n%s", err, out)
	}
	return err != nil
}

// promote has the action promote an iteration to the channel, and checks whether that moves it.
func (p program) promote(t *testing.T, source, changed string) {
	t.Helper()
	name, value, _ := strings.Cut(source, "=")
	set, result := p.run(t, map[string]string{"bucket": "golden", "channel": "production", name: value}, "promote")
	if result != passes || set["changed"] != changed {
		t.Errorf("the promotion of %s %s, with changed %q, want %q", source, result, set["changed"], changed)
	}
}
