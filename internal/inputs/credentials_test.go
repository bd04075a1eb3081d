package inputs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
)

// The ways to log in, as inputs and as variables.
var (
	clientInput      = env{"INPUT_CLIENT-ID": "input-id", "INPUT_CLIENT-SECRET": "input-secret"}
	clientVariable   = env{"HCP_CLIENT_ID": "variable-id", "HCP_CLIENT_SECRET": "variable-secret"}
	providerInput    = env{"INPUT_WORKLOAD-IDENTITY-PROVIDER": provider}
	providerVariable = env{"HCP_WORKLOAD_IDENTITY_PROVIDER": provider + "-variable"}
	fileVariable     = env{"HCP_CRED_FILE": "/home/runner/work/creds.json"}
	variables        = clientVariable.with(providerVariable).with(fileVariable)
)

func TestReadResolve_credentials(t *testing.T) {
	t.Parallel()
	ofClientInput := hcp.Credentials{ClientID: "input-id", ClientSecret: "input-secret"}
	ofClientVariable := hcp.Credentials{ClientID: "variable-id", ClientSecret: "variable-secret"}
	ofProviderInput := hcp.Credentials{WorkloadIdentityProvider: provider, Audience: provider}
	ofProviderVariable := hcp.Credentials{WorkloadIdentityProvider: provider + "-variable", Audience: provider + "-variable"}
	ofFile := hcp.Credentials{File: "/home/runner/work/creds.json"}
	for name, tc := range map[string]struct {
		env  env
		want hcp.Credentials
	}{
		"none":                            {env{}, hcp.Credentials{}},
		"file":                            {fileVariable, ofFile},
		"client_input_before_variables":   {variables.with(clientInput), ofClientInput},
		"provider_input_before_variables": {variables.with(providerInput), ofProviderInput},
		"client_before_provider_variable": {variables, ofClientVariable},
		"provider_before_file":            {providerVariable.with(fileVariable), ofProviderVariable},

		"blank_inputs_before_nothing":    {clientVariable.with(env{"INPUT_CLIENT-ID": " ", "INPUT_CLIENT-SECRET": ""}), ofClientVariable},
		"blank_variables_before_nothing": {fileVariable.with(env{"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": " "}), ofFile},
		"blank_client_before_provider":   {providerInput.with(env{"INPUT_CLIENT-ID": "", "INPUT_CLIENT-SECRET": " "}), ofProviderInput},

		"provider_input_beside_half_a_variable":   {providerInput.with(env{"HCP_CLIENT_ID": "variable-id"}), ofProviderInput},
		"client_input_beside_an_invalid_variable": {clientInput.with(env{"HCP_WORKLOAD_IDENTITY_PROVIDER": "github"}), ofClientInput},

		"id_of_input_secret_of_variable": {
			env{"INPUT_CLIENT-ID": "input-id", "HCP_CLIENT_SECRET": "variable-secret"},
			hcp.Credentials{ClientID: "input-id", ClientSecret: "variable-secret"},
		},
		"id_of_variable_secret_of_both": {
			env{"HCP_CLIENT_ID": "variable-id", "INPUT_CLIENT-SECRET": "input-secret", "HCP_CLIENT_SECRET": "variable-secret"},
			hcp.Credentials{ClientID: "variable-id", ClientSecret: "input-secret"},
		},
		"audience_of_provider_variable": {
			providerVariable.with(env{"INPUT_AUDIENCE": "https://hcp.example.com"}),
			hcp.Credentials{WorkloadIdentityProvider: provider + "-variable", Audience: "https://hcp.example.com"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := inputs.ReadResolve(least.with(tc.env).lookup)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, in.HCP.Credentials); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadResolve_refuses_credentials(t *testing.T) {
	t.Parallel()
	const (
		noSecret = "client-secret (or HCP_CLIENT_SECRET) is empty although client-id is set; a pull request from a fork"
		noID     = "client-id (or HCP_CLIENT_ID) is empty although client-secret is set; a pull request from a fork"
		twoWays  = "set client-id and client-secret or workload-identity-provider, not both"
		noName   = "workload-identity-provider \""
	)
	id, secret := env{"INPUT_CLIENT-ID": "input-id"}, env{"INPUT_CLIENT-SECRET": "input-secret"}
	ofProvider := func(resource string) env { return env{"INPUT_WORKLOAD-IDENTITY-PROVIDER": resource} }
	refused{
		"id_without_secret":          {id, noSecret},
		"secret_without_id":          {secret, noID},
		"id_beside_blank_secret":     {id.with(env{"INPUT_CLIENT-SECRET": " "}), noSecret},
		"id_beside_other_variables":  {id.with(providerVariable).with(fileVariable), noSecret},
		"variable_id_without_secret": {env{"HCP_CLIENT_ID": "variable-id", "HCP_CLIENT_SECRET": ""}, noSecret},
		"variable_secret_without_id": {env{"HCP_CLIENT_SECRET": "variable-secret"}, noID},
		"variable_id_beside_file":    {fileVariable.with(env{"HCP_CLIENT_ID": "variable-id"}), noSecret},
		"two_ways":                   {clientInput.with(providerInput), twoWays},
		"two_ways_by_id":             {id.with(providerInput), twoWays},
		"two_ways_by_secret":         {secret.with(providerInput), twoWays},
		"provider_name":              {ofProvider("github"), noName},
		"provider_without_project":   {ofProvider("iam/project/workload-identity-provider/github"), noName},
		"provider_of_principal":      {ofProvider("iam/project/" + project + "/service-principal/ci"), noName},
		"provider_with_query":        {ofProvider(provider + "?x=y"), noName},
		"provider_of_variable":       {env{"HCP_WORKLOAD_IDENTITY_PROVIDER": "github"}, `HCP_WORKLOAD_IDENTITY_PROVIDER "github" is not`},
	}.test(t, func(lookup func(string) (string, bool)) error {
		err := resolve(lookup)
		if message := err.Error(); strings.Contains(message, "input-secret") || strings.Contains(message, "variable-secret") {
			t.Errorf("got %q, with the secret in it", message)
		}
		return err
	}, least)
}
