// Package inputs turns the variables that the runner passes into values of the packages that use them,
// one type for each action, and names all invalid inputs at once.
package inputs

import (
	"cmp"
	"context"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
)

// Common are the inputs that all actions have.
type Common struct {
	// HCP is how to log in, and where. Its Timeout is that of the whole step.
	HCP hcp.Config
	// JobSummary is whether to write a job summary.
	JobSummary bool
}

// common holds the inputs of all actions as text, and the variables that are read where they are unset. A
// tag is the input's name in upper case with underscores, since go-envconfig takes no hyphens;
// [inputVariable] turns it into the runner's variable.
type common struct {
	ClientID                 string `env:"CLIENT_ID"`
	ClientSecret             string `env:"CLIENT_SECRET"`
	WorkloadIdentityProvider string `env:"WORKLOAD_IDENTITY_PROVIDER"`
	Audience                 string `env:"AUDIENCE"`
	OrganizationID           string `env:"ORGANIZATION_ID"`
	ProjectID                string `env:"PROJECT_ID"`
	Geography                string `env:"GEOGRAPHY"`
	FailOn                   string `env:"FAIL_ON,default=revoked"`
	RevocationHorizon        string `env:"REVOCATION_HORIZON"`
	MaxAge                   string `env:"MAX_AGE"`
	Parents                  string `env:"PARENTS,default=ignore"`
	JobSummary               string `env:"JOB_SUMMARY,default=true"`
}

// variables are the environment variables that are read beside the inputs.
type variables struct {
	ClientID                 string `env:"HCP_CLIENT_ID"`
	ClientSecret             string `env:"HCP_CLIENT_SECRET"`
	WorkloadIdentityProvider string `env:"HCP_WORKLOAD_IDENTITY_PROVIDER"`
	CredentialFile           string `env:"HCP_CRED_FILE"`
	OrganizationID           string `env:"HCP_ORGANIZATION_ID"`
	ProjectID                string `env:"HCP_PROJECT_ID"`
	Geography                string `env:"HCP_GEOGRAPHY"`
	APIAddress               string `env:"HCP_API_ADDRESS"`
	AuthURL                  string `env:"HCP_AUTH_URL"`
	APITLS                   string `env:"HCP_API_TLS"`
	AuthTLS                  string `env:"HCP_AUTH_TLS"`

	// environment is what is wrong with the variables that the network is reached by.
	environment []string
}

// read fills in what the tags of the inputs and the variables say.
func read(lookup func(string) (string, bool), inputs any) (vars variables, err error) {
	if err := envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target:   inputs,
		Lookuper: trimmed(lookup, inputVariable),
	}); err != nil {
		return vars, err
	}
	vars.environment = hcp.CheckEnvironment(func(name string) string {
		value, _ := lookup(name)
		return value
	})
	return vars, envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target:   &vars,
		Lookuper: trimmed(lookup, func(key string) string { return key }),
	})
}

// inputVariable names the variable in which the runner passes an input: upper-cased, hyphens kept.
func inputVariable(key string) string {
	return "INPUT_" + strings.ReplaceAll(key, "_", "-")
}

// trimmed looks up what name makes of a key. A blank value counts as unset, which go-envconfig by
// itself does not: the runner passes an input that is not set as an empty string.
func trimmed(lookup func(string) (string, bool), name func(string) string) envconfig.Lookuper {
	return envconfig.LookuperFunc(func(key string) (string, bool) {
		value, _ := lookup(name(key))
		value = strings.TrimSpace(value)
		return value, value != ""
	})
}

// common checks the inputs that all actions have.
func (f *faults) common(given common, timeout string, vars variables) Common {
	f.fields = append(f.fields, vars.environment...)
	return Common{
		HCP: hcp.Config{
			Credentials:    f.credentials(given, vars),
			OrganizationID: f.uuid("organization-id", cmp.Or(given.OrganizationID, vars.OrganizationID)),
			ProjectID:      f.uuid("project-id", cmp.Or(given.ProjectID, vars.ProjectID)),
			Geography:      oneOf(f, "geography", cmp.Or(given.Geography, vars.Geography, hcp.DefaultGeography), hcp.Geographies()),
			Endpoints:      f.endpoints(vars),
			Timeout:        f.timeout(timeout),
		},
		// In doubt the summary is written: it is where an invalid job-summary is told.
		JobSummary: oneOf(f, "job-summary", given.JobSummary, []string{"true", "false"}) != "false",
	}
}

// policy checks what to refuse.
func (f *faults) policy(given common) gate.Policy {
	return gate.Policy{
		FailOn:  oneOf(f, "fail-on", given.FailOn, gate.FailOns()),
		Horizon: f.horizon(given.RevocationHorizon, given.FailOn),
		MaxAge:  f.days("max-age", given.MaxAge),
		Parents: oneOf(f, "parents", given.Parents, gate.Effects()),
	}
}
