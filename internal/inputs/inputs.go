// Package inputs turns the variables that the runner passes into values of the packages that use them,
// one type for each action, and names all invalid inputs at once.
package inputs

import (
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/verdict"
)

// Common are the inputs that all actions have.
type Common struct {
	// HCP is how to log in, and where. Its Timeout is that of the whole step.
	HCP hcp.Config
	// JobSummary is whether to write a job summary.
	JobSummary bool
}

// Waivers let through what would fail.
type Waivers struct {
	// Given are those of the input.
	Given []verdict.Waiver `env:"WAIVERS"`
	// File is a file in the workspace with more of them, or empty.
	File string `env:"WAIVERS_FILE"`
}

// The types below are those of other packages, with the inputs and variables that their fields are read from in tags:
// a pointer to the one is converted into a pointer to the other, and is what [read] fills in.

type common struct {
	HCP        hcp.Config
	JobSummary bool `env:"JOB_SUMMARY,default=true"`
}

type config struct {
	Credentials    hcp.Credentials
	OrganizationID string `env:"ORGANIZATION_ID,default=$HCP_ORGANIZATION_ID"`
	ProjectID      string `env:"PROJECT_ID,default=$HCP_PROJECT_ID"`
	Geography      string `env:"GEOGRAPHY,default=$HCP_GEOGRAPHY"`
	Endpoints      hcp.Endpoints
	Timeout        time.Duration `env:"TIMEOUT,overwrite"`
}

type endpoints struct {
	APIAddress string `env:"HCP_API_ADDRESS"`
	AuthURL    string `env:"HCP_AUTH_URL"`
	APITLS     string `env:"HCP_API_TLS"`
	AuthTLS    string `env:"HCP_AUTH_TLS"`
}

type policy struct {
	FailOn  gate.FailOn   `env:"FAIL_ON,default=revoked"`
	Horizon time.Duration `env:"REVOCATION_HORIZON"`
	MaxAge  time.Duration `env:"MAX_AGE"`
	Parents gate.Effect   `env:"PARENTS,default=ignore"`
}

// checkPolicy checks what only several inputs show.
func (f *faults) checkPolicy(p gate.Policy) {
	if p.Horizon != 0 && p.FailOn != gate.FailOnScheduled {
		f.add("revocation-horizon needs fail-on: scheduled")
	}
}
