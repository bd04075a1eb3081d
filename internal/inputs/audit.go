package inputs

import (
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/registry"
)

// Audit is what a workflow asks of the action audit, valid as a whole.
type Audit struct {
	// Buckets and Channels choose what to look at.
	Buckets, Channels registry.Patterns
	// Policy is what to refuse.
	Policy gate.Policy
	// RolledBack is how to treat a channel that a revocation has rolled back or emptied.
	RolledBack gate.Effect `env:"ROLLED_BACK,default=ignore"`
	// Unassigned is how to treat a channel without an iteration.
	Unassigned gate.Effect `env:"UNASSIGNED,default=warn"`
	// Waivers let channels through that would fail.
	Waivers Waivers

	Common
}

// ReadAudit is [ReadResolve] for the action audit.
func ReadAudit(lookup func(string) (string, bool)) (Audit, error) {
	in := Audit{Channels: registry.Patterns{ByName: registry.ManagedChannel}}
	var given struct {
		Buckets  []string `env:"BUCKETS,default=*"`
		Channels []string `env:"CHANNELS,default=*"`
	}
	f := read(lookup, &in.Common, 5*time.Minute, rules{
		"BUCKETS":  into(&in.Buckets.Lines, parsePatterns),
		"CHANNELS": into(&in.Channels.Lines, parsePatterns),
		"WAIVERS":  into(&in.Waivers.Given, ParseChannelWaivers),
	}, &given, &in)
	f.checkPolicy(in.Policy)
	return in, f.problem()
}

func parsePatterns(text string) ([]string, error) {
	return parseLines(text, "neither a name nor a glob of names", func(line string) (string, bool) {
		return line, registry.IsPattern(line)
	})
}
