package inputs

import (
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Resolve is what a workflow asks of the main action, valid as a whole.
type Resolve struct {
	// Query is the iteration to look for.
	Query registry.Query
	// Selectors narrow the images.
	Selectors selection.Selectors
	// Policy is what to refuse.
	Policy gate.Policy
	// RolledBack is how to treat a channel that a revocation has rolled back.
	RolledBack gate.Effect `env:"ROLLED_BACK,default=ignore"`

	Common
}

// ReadResolve reads the main action's inputs through lookup, which is os.LookupEnv in the program. Where
// inputs are invalid it returns a problem titled "Invalid input" that names all of them, together with
// what could be read.
func ReadResolve(lookup func(string) (string, bool)) (Resolve, error) {
	var in Resolve
	f := read(lookup, &in.Common, time.Minute, rules{
		channelKey: isName(maxSlug),
		"LABELS":   into(&in.Selectors.Labels, parseLabels),
	}, (*query)(&in.Query), &in)
	f.require("bucket", in.Query.Bucket)
	switch {
	case in.Query.Channel == "" && in.Query.Fingerprint == "":
		f.add("channel or fingerprint is required")
	case in.Query.Channel != "" && in.Query.Fingerprint != "":
		f.add("set channel or fingerprint, not both")
	}
	if in.Query.APIVersion == registry.API2021 && in.Policy.Parents != gate.Ignore {
		f.add("parents needs api-version %s", registry.API2023)
	}
	if in.RolledBack != gate.Ignore && (in.Query.Channel == "" || in.Query.APIVersion == registry.API2021) {
		f.add("rolled-back needs channel and api-version %s", registry.API2023)
	}
	f.checkPolicy(in.Policy)
	return in, f.problem()
}

type query struct {
	Bucket      string              `env:"BUCKET"`
	Channel     string              `env:"CHANNEL"`
	Fingerprint string              `env:"FINGERPRINT"`
	APIVersion  registry.APIVersion `env:"API_VERSION,default=2023-01-01"`
}

func parseLabels(text string) ([]selection.Label, error) {
	return parseLines(text, "not key=value", func(line string) (label selection.Label, valid bool) {
		label.Key, label.Value, valid = strings.Cut(line, "=")
		return label, valid && label.Key != ""
	})
}
