package inputs

import (
	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// Audit is what a workflow asks of the action audit, valid as a whole.
type Audit struct {
	Common

	// Buckets and Channels choose what to look at.
	Buckets, Channels registry.Patterns
	// Policy is what to refuse.
	Policy gate.Policy
	// RolledBack is how to treat a channel that a revocation has rolled back or emptied.
	RolledBack gate.Effect
	// Unassigned is how to treat a channel without an iteration.
	Unassigned gate.Effect
	// Waivers let channels through that would fail.
	Waivers Waivers
}

// ReadAudit is [ReadResolve] for the action audit.
func ReadAudit(lookup func(string) (string, bool)) (Audit, error) {
	var given struct {
		Buckets    string `env:"BUCKETS,default=*"`
		Channels   string `env:"CHANNELS,default=*"`
		RolledBack string `env:"ROLLED_BACK,default=ignore"`
		Unassigned string `env:"UNASSIGNED,default=warn"`

		Waivers     string `env:"WAIVERS"`
		WaiversFile string `env:"WAIVERS_FILE"`

		Timeout string `env:"TIMEOUT,default=5m"`
		Common  common
	}
	vars, err := read(lookup, &given)
	if err != nil {
		return Audit{}, err
	}
	var f faults
	in := Audit{
		Buckets:    registry.Patterns{Lines: f.patterns("buckets", given.Buckets)},
		Channels:   registry.Patterns{Lines: f.patterns("channels", given.Channels), ByName: registry.ManagedChannel},
		Policy:     f.policy(given.Common),
		RolledBack: oneOf(&f, "rolled-back", given.RolledBack, gate.Effects()),
		Unassigned: oneOf(&f, "unassigned", given.Unassigned, gate.Effects()),
		Waivers:    f.waivers(given.Waivers, given.WaiversFile, verdict.ParseChannelWaivers),
		Common:     f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}

// patterns reads one name or glob a line.
func (f *faults) patterns(name, text string) []string {
	var patterns, wrong []string
	for _, line := range lines(text) {
		if !registry.IsPattern(line) {
			wrong = append(wrong, problem.Quote(line))
			continue
		}
		patterns = append(patterns, line)
	}
	if len(wrong) > 0 {
		f.add("%s has lines that are neither a name nor a glob of names: %s", name, problem.List(wrong))
	}
	return patterns
}
