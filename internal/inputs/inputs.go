// Package inputs turns the variables that the runner passes into one validated [Inputs], and names
// every input that breaks its rule at once.
package inputs

import (
	"context"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"hcp-packer-iteration/internal/hcp"
)

// Common are the inputs that both actions have.
type Common struct {
	// Credentials is the way to log in that applies, empty where none does.
	Credentials hcp.Credentials
	// OrganizationID and ProjectID are UUIDs; empty where they are to be discovered.
	OrganizationID, ProjectID string
	// Geography is us or eu.
	Geography string
	// Endpoints are the SDK's development variables.
	Endpoints hcp.Endpoints

	// FailOn is revoked, scheduled or never.
	FailOn string
	// RevocationHorizon is how near a scheduled revocation has to be to fail; 0 is any.
	RevocationHorizon time.Duration

	// Timeout bounds the whole step.
	Timeout time.Duration
	// JobSummary is whether to write a job summary.
	JobSummary bool
}

// Inputs is what a workflow asks of the main action, valid as a whole.
type Inputs struct {
	Common

	// Bucket is the bucket's name.
	Bucket string
	// Channel is the channel's name; empty where Fingerprint is set.
	Channel string
	// Fingerprint is that of a pinned iteration; empty where Channel is set.
	Fingerprint string

	// Region, CloudProvider, ComponentType and Labels narrow the images. Empty keeps all.
	Region, CloudProvider, ComponentType string
	Labels                               []Label

	// APIVersion is the generation of the HCP Packer API, 2023-01-01 or 2021-04-30.
	APIVersion string
}

// Label is one key and value that a build has to carry.
type Label struct{ Key, Value string }

// Read reads the main action's inputs through lookup, which is os.LookupEnv in the program. Where an
// input breaks its rule it returns a problem titled "Invalid input" that names every such input,
// together with what could be read.
func Read(lookup func(string) (string, bool)) (*Inputs, error) {
	var given raw
	var vars variables
	if err := process(lookup, &given, &vars); err != nil {
		return &Inputs{}, err
	}
	return validate(given, vars)
}

// process fills in what the tags of the two structs say.
func process(lookup func(string) (string, bool), given any, vars *variables) error {
	if err := envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target:   given,
		Lookuper: trimmed(lookup, inputVariable),
	}); err != nil {
		return err
	}
	return envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target:   vars,
		Lookuper: trimmed(lookup, func(key string) string { return key }),
	})
}

// raw holds the main action's inputs as text. A tag is the input's name in upper case with
// underscores, since go-envconfig takes no hyphens; [inputVariable] turns it into the runner's
// variable.
type raw struct {
	Bucket        string `env:"BUCKET"`
	Channel       string `env:"CHANNEL"`
	Fingerprint   string `env:"FINGERPRINT"`
	Region        string `env:"REGION"`
	CloudProvider string `env:"CLOUD_PROVIDER"`
	ComponentType string `env:"COMPONENT_TYPE"`
	Labels        string `env:"LABELS"`
	APIVersion    string `env:"API_VERSION,default=2023-01-01"`
	Timeout       string `env:"TIMEOUT,default=1m"`
	Common        rawCommon
}

// rawCommon holds the inputs of both actions as text.
type rawCommon struct {
	ClientID                 string `env:"CLIENT_ID"`
	ClientSecret             string `env:"CLIENT_SECRET"`
	WorkloadIdentityProvider string `env:"WORKLOAD_IDENTITY_PROVIDER"`
	Audience                 string `env:"AUDIENCE"`
	OrganizationID           string `env:"ORGANIZATION_ID"`
	ProjectID                string `env:"PROJECT_ID"`
	Geography                string `env:"GEOGRAPHY"`
	FailOn                   string `env:"FAIL_ON,default=revoked"`
	RevocationHorizon        string `env:"REVOCATION_HORIZON"`
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
