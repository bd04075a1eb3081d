package inputs

import (
	"cmp"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// logins are the ways to log in, as inputs and as variables.
type logins struct {
	ClientID                 string `env:"CLIENT_ID"`
	ClientSecret             string `env:"CLIENT_SECRET"`
	WorkloadIdentityProvider string `env:"WORKLOAD_IDENTITY_PROVIDER"`
	Audience                 string `env:"AUDIENCE"`

	Variables struct {
		ClientID                 string `env:"HCP_CLIENT_ID"`
		ClientSecret             string `env:"HCP_CLIENT_SECRET"`
		WorkloadIdentityProvider string `env:"HCP_WORKLOAD_IDENTITY_PROVIDER"`
		CredentialFile           string `env:"HCP_CRED_FILE"`
	}
}

// credentials finds the first way to log in that applies: the inputs before the variables, and a
// client id and secret before a workload identity provider, before a credential file.
func (f *faults) credentials(given logins) hcp.Credentials {
	vars := given.Variables
	clientInput := given.ClientID != "" || given.ClientSecret != ""
	providerInput := given.WorkloadIdentityProvider != ""
	if clientInput && providerInput {
		f.addInvalid("set client-id and client-secret or workload-identity-provider, not both")
	}
	switch {
	case clientInput:
		// The half that the inputs leave out may come from its variable.
		return f.client(cmp.Or(given.ClientID, vars.ClientID), cmp.Or(given.ClientSecret, vars.ClientSecret))
	case providerInput:
		return f.provider("workload-identity-provider", given.WorkloadIdentityProvider, given.Audience)
	case vars.ClientID != "" || vars.ClientSecret != "":
		return f.client(vars.ClientID, vars.ClientSecret)
	case vars.WorkloadIdentityProvider != "":
		return f.provider("HCP_WORKLOAD_IDENTITY_PROVIDER", vars.WorkloadIdentityProvider, given.Audience)
	default:
		return hcp.Credentials{File: vars.CredentialFile}
	}
}

// client checks for half of a pair. GitHub gives no secrets to a pull request from a fork, so that
// an id that is no secret arrives without one.
func (f *faults) client(id, secret string) hcp.Credentials {
	switch {
	case secret == "":
		f.addInvalid("client-secret (or HCP_CLIENT_SECRET) is empty although client-id is set; a pull request from a fork or by Dependabot gets no Actions secrets")
	case id == "":
		f.addInvalid("client-id (or HCP_CLIENT_ID) is empty although client-secret is set; a pull request from a fork or by Dependabot gets no Actions secrets")
	}
	return hcp.Credentials{ClientID: id, ClientSecret: secret}
}

func (f *faults) provider(name, resource, audience string) hcp.Credentials {
	if !hcp.IsProvider(resource) {
		f.addInvalid("%s %s is not a resource name such as iam/project/PROJECT/service-principal/NAME/workload-identity-provider/NAME",
			name, problem.Quote(resource))
	}
	return hcp.Credentials{WorkloadIdentityProvider: resource, Audience: cmp.Or(audience, resource)}
}
