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
	tests := map[string]struct {
		env  env
		want hcp.Credentials
	}{
		"none":              {env{}, hcp.Credentials{}},
		"client_input":      {clientInput, ofClientInput},
		"client_variable":   {clientVariable, ofClientVariable},
		"provider_input":    {providerInput, ofProviderInput},
		"provider_variable": {providerVariable, ofProviderVariable},
		"file":              {fileVariable, ofFile},

		"client_input_before_variables":   {variables.with(clientInput), ofClientInput},
		"provider_input_before_variables": {variables.with(providerInput), ofProviderInput},
		"client_before_provider_variable": {variables, ofClientVariable},
		"provider_before_file":            {providerVariable.with(fileVariable), ofProviderVariable},

		"blank_inputs_before_nothing":    {clientVariable.with(env{"INPUT_CLIENT-ID": " ", "INPUT_CLIENT-SECRET": ""}), ofClientVariable},
		"blank_variables_before_nothing": {fileVariable.with(env{"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": " "}), ofFile},
		"blank_client_before_provider":   {providerInput.with(env{"INPUT_CLIENT-ID": "", "INPUT_CLIENT-SECRET": " "}), ofProviderInput},
		"provider_input_beside_half_a_variable": {
			providerInput.with(env{"HCP_CLIENT_ID": "variable-id"}), ofProviderInput,
		},

		"id_of_input_secret_of_variable": {
			env{"INPUT_CLIENT-ID": "input-id", "HCP_CLIENT_SECRET": "variable-secret"},
			hcp.Credentials{ClientID: "input-id", ClientSecret: "variable-secret"},
		},
		"id_of_variable_secret_of_both": {
			env{"HCP_CLIENT_ID": "variable-id", "INPUT_CLIENT-SECRET": "input-secret", "HCP_CLIENT_SECRET": "variable-secret"},
			hcp.Credentials{ClientID: "variable-id", ClientSecret: "input-secret"},
		},

		"audience_of_provider_input": {
			providerInput.with(env{"INPUT_AUDIENCE": "https://hcp.example.com"}),
			hcp.Credentials{WorkloadIdentityProvider: provider, Audience: "https://hcp.example.com"},
		},
		"audience_of_provider_variable": {
			providerVariable.with(env{"INPUT_AUDIENCE": "https://hcp.example.com"}),
			hcp.Credentials{WorkloadIdentityProvider: provider + "-variable", Audience: "https://hcp.example.com"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := least.with(tc.env).read()
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
	id, secret := env{"INPUT_CLIENT-ID": "input-id"}, env{"INPUT_CLIENT-SECRET": "input-secret"}
	ofProvider := func(resource string) env { return env{"INPUT_WORKLOAD-IDENTITY-PROVIDER": resource} }
	half := []string{"client-id", "client-secret", "fork"}
	twoWays := []string{"client-id", "client-secret", "workload-identity-provider"}
	tests := map[string]struct {
		env  env
		want []string
	}{
		"id_without_secret":          {id, half},
		"secret_without_id":          {secret, half},
		"id_beside_blank_secret":     {id.with(env{"INPUT_CLIENT-SECRET": " "}), half},
		"id_beside_other_variables":  {id.with(providerVariable).with(fileVariable), half},
		"variable_id_without_secret": {env{"HCP_CLIENT_ID": "variable-id", "HCP_CLIENT_SECRET": ""}, half},
		"variable_secret_without_id": {env{"HCP_CLIENT_SECRET": "variable-secret"}, half},
		"variable_id_beside_file":    {fileVariable.with(env{"HCP_CLIENT_ID": "variable-id"}), half},

		"two_ways":                 {clientInput.with(providerInput), twoWays},
		"two_ways_by_id":           {id.with(providerInput), twoWays},
		"two_ways_by_secret":       {secret.with(providerInput), twoWays},
		"two_ways_by_variable":     {id.with(providerInput).with(env{"HCP_CLIENT_SECRET": "variable-secret"}), twoWays},
		"provider_name":            {ofProvider("github"), []string{"workload-identity-provider"}},
		"provider_slash_first":     {ofProvider("/" + provider), []string{"workload-identity-provider"}},
		"provider_without_name":    {ofProvider("iam/project/" + project + "/workload-identity-provider/"), []string{"workload-identity-provider"}},
		"provider_without_project": {ofProvider("iam/project/workload-identity-provider/github"), []string{"workload-identity-provider"}},
		"provider_of_principal":    {ofProvider("iam/project/" + project + "/service-principal/ci"), []string{"workload-identity-provider"}},
		"provider_with_query":      {ofProvider(provider + "?x=y"), []string{"workload-identity-provider"}},
		"provider_of_variable":     {env{"HCP_WORKLOAD_IDENTITY_PROVIDER": "github"}, []string{"HCP_WORKLOAD_IDENTITY_PROVIDER"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := least.with(tc.env).read()
			message := invalidInput(t, err)
			for _, want := range tc.want {
				if !strings.Contains(message, want) {
					t.Errorf("got %q, want %s in it", message, want)
				}
			}
			if strings.Contains(message, "input-secret") || strings.Contains(message, "variable-secret") {
				t.Errorf("got %q, with the secret in it", message)
			}
			checkWording(t, message)
		})
	}
}

func TestReadResolve_input_before_variable(t *testing.T) {
	t.Parallel()
	const other = "99999999-9999-4999-8999-999999999999"
	tests := map[string]struct {
		input, variable     string // names
		ofInput, ofVariable string // values
		got                 func(in inputs.Resolve) string
	}{
		"organization_id": {"INPUT_ORGANIZATION-ID", "HCP_ORGANIZATION_ID", organization, other, func(in inputs.Resolve) string { return in.HCP.OrganizationID }},
		"project_id":      {"INPUT_PROJECT-ID", "HCP_PROJECT_ID", project, other, func(in inputs.Resolve) string { return in.HCP.ProjectID }},
		"geography":       {"INPUT_GEOGRAPHY", "HCP_GEOGRAPHY", "us", "eu", func(in inputs.Resolve) string { return in.HCP.Geography }},
	}
	for name, tc := range tests {
		for _, given := range []struct{ name, input, want string }{
			{"both", tc.ofInput, tc.ofInput},
			{"blank_input", " ", tc.ofVariable},
		} {
			t.Run(name+"_"+given.name, func(t *testing.T) {
				t.Parallel()
				in, err := least.with(env{tc.input: given.input, tc.variable: tc.ofVariable}).read()
				if err != nil {
					t.Fatal(err)
				}
				if got := tc.got(in); got != given.want {
					t.Errorf("got %q, want %q", got, given.want)
				}
			})
		}
	}
}
