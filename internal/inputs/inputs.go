// Package inputs turns the variables that the runner passes into values of the packages that use them,
// one type for each action, and names all invalid inputs at once.
package inputs

import (
	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/verdict"
)

// Common are the inputs that all actions have.
type Common struct {
	// HCP is how to log in, and where. Its Timeout is that of the whole step.
	HCP hcp.Config
	// JobSummary is whether to write a job summary.
	JobSummary bool `env:"JOB_SUMMARY,default=true"`
}

// Waivers let through what would fail.
type Waivers struct {
	// Given are those of the input.
	Given []verdict.Waiver `env:"WAIVERS"`
	// File is a file in the workspace with more of them, or empty.
	File string `env:"WAIVERS_FILE"`
}

// checkPolicy checks what only several inputs show.
func (f *faults) checkPolicy(p gate.Policy) {
	if p.Horizon != 0 && p.FailOn != gate.FailOnScheduled {
		f.add("revocation-horizon needs fail-on: scheduled")
	}
}
