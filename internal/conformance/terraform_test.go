package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// terraform is Terraform in a folder of its own, with the provider that make built.
type terraform struct {
	program string
	dir     string
	env     []string
}

// newTerraform finds Terraform and the provider, or ends the test.
func newTerraform(t *testing.T, hcp map[string]string) terraform {
	t.Helper()
	program, err := exec.LookPath("terraform")
	if err != nil {
		unavailable(t, "no terraform here: https://developer.hashicorp.com/terraform/install")
	}
	provider := os.Getenv("TERRAFORM_PROVIDER_HCP")
	if _, err := os.Stat(provider); err != nil {
		unavailable(t, "no terraform-provider-hcp in $TERRAFORM_PROVIDER_HCP; `make conformance` builds it")
	}
	tf := terraform{program: program, dir: t.TempDir()}
	// An override needs neither terraform init nor a registry of providers.
	settings := filepath.Join(tf.dir, "settings.tfrc")
	writeFile(t, settings, fmt.Sprintf("provider_installation {\n  dev_overrides { \"hashicorp/hcp\" = %q }\n}\n", filepath.Dir(provider)))
	// Nothing of the developer's own is in the environment: a variable of Terraform's or HCP's there would change
	// what is compared.
	tf.env = []string{
		"TF_CLI_CONFIG_FILE=" + settings,
		"CHECKPOINT_DISABLE=1", // it would ask HashiCorp for a newer Terraform
		"HOME=" + tf.dir,       // the provider keeps its access token there
	}
	for name, value := range hcp {
		tf.env = append(tf.env, name+"="+value)
	}
	return tf
}

// configure writes the configuration.
func (tf terraform) configure(t *testing.T, config string) {
	t.Helper()
	// The status check would ask HashiCorp whether HCP is well.
	const provider = `
terraform {
  required_providers {
    hcp = { source = "hashicorp/hcp" }
  }
}
provider "hcp" {
  skip_status_check = true
}
`
	writeFile(t, filepath.Join(tf.dir, "main.tf"), config+provider)
}

func (tf terraform) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tf.program, args...)
	cmd.Dir, cmd.Env = tf.dir, tf.env
	return cmd
}

// apply applies a configuration, and returns the state.
func (tf terraform) apply(t *testing.T, config string) state {
	t.Helper()
	tf.configure(t, config)
	output(t, tf.command(t, "apply", "-auto-approve", "-no-color"))
	var shown state
	fromJSON(t, output(t, tf.command(t, "show", "-json")), &shown)
	return shown
}

// object is an object in JSON.
type object = map[string]any

// state is what terraform show -json prints.
//
// https://developer.hashicorp.com/terraform/internals/json-format
type state struct {
	Values struct {
		RootModule struct {
			Resources []struct {
				Name   string
				Values object
			}
		} `json:"root_module"`
	}
	Checks []struct {
		Address   struct{ Name string }
		Status    string
		Instances []struct{ Problems []struct{ Message string } }
	}
}

// attributes are those of each data source, by its name. Of one that failed nothing is known: what
// the state has there are its arguments.
func (s state) attributes(t *testing.T) map[string]attributes {
	t.Helper()
	read := map[string]attributes{}
	for _, check := range s.Checks {
		read[check.Address.Name] = attributes{outcome: passes}
		if check.Status != "pass" {
			read[check.Address.Name] = attributes{outcome: fails}
			t.Logf("Terraform on %s: %s %v", check.Address.Name, check.Status, check.Instances)
		}
	}
	for _, source := range s.Values.RootModule.Resources {
		into := read[source.Name]
		for name, value := range source.Values {
			if into[outcome] == passes {
				into[name] = text(t, value)
			}
		}
	}
	return read
}
