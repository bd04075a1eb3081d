package conformance

import (
	"encoding/json"
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
	dir := t.TempDir()
	// An override needs neither terraform init nor a registry of providers.
	settings := filepath.Join(dir, "settings.tfrc")
	writeFile(t, settings, fmt.Sprintf("provider_installation {\n  dev_overrides { \"hashicorp/hcp\" = %q }\n}\n", filepath.Dir(provider)))
	return terraform{program: program, dir: dir, env: environ(hcp, map[string]string{
		"TF_CLI_CONFIG_FILE": settings,
		"CHECKPOINT_DISABLE": "1", // it would ask HashiCorp for a newer Terraform
		"HOME":               dir, // the provider keeps its access token there
	})}
}

// read reads everything in one run of Terraform, and gives what it has of each.
func (tf terraform) read(t *testing.T, readings []reading) map[string]attributes {
	t.Helper()
	config, err := json.MarshalIndent(configuration(readings), "", "  ") // Terraform's errors quote the line
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(tf.dir, "main.tf.json"), string(config))
	tf.run(t, "apply", "-auto-approve", "-no-color")
	var shown state
	fromJSON(t, string(tf.run(t, "show", "-json")), &shown)
	return shown.attributes(t)
}

func (tf terraform) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tf.program, args...)
	cmd.Dir, cmd.Env = tf.dir, tf.env
	return output(t, cmd)
}

// object is an object in JSON.
type object = map[string]any

// configuration has every data source of the readings, each within a check: there one that fails
// makes the check fail, where otherwise it would end the run and nothing would be known of the others.
func configuration(readings []reading) object {
	checks := object{}
	for _, r := range readings {
		for source, arguments := range r.dataSources() {
			name := r.in(source)
			checks[name] = object{
				"data": object{source: object{name: arguments}},
				"assert": []object{{
					"condition":     fmt.Sprintf(`${data.%s.%s.id != ""}`, source, name),
					"error_message": "it has no id",
				}},
			}
		}
	}
	return object{
		"terraform": object{"required_providers": object{"hcp": object{"source": "hashicorp/hcp"}}},
		// The status check would ask HashiCorp whether HCP is well.
		"provider": object{"hcp": object{"skip_status_check": true}},
		"check":    checks,
	}
}

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

// text is a string as it is, nothing for null, and anything else in JSON.
func text(t *testing.T, v any) value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return value(v)
	default:
		return value(toJSON(t, v))
	}
}
