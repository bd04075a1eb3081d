package inputs

import (
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Resolve is what a workflow asks of the main action, valid as a whole.
type Resolve struct {
	Common

	// Query is the iteration to look for.
	Query registry.Query
	// Policy is what to refuse.
	Policy gate.Policy
	// RolledBack is how to treat a channel that a revocation has rolled back.
	RolledBack gate.Effect
	// Selectors narrow the images.
	Selectors selection.Selectors
}

// ReadResolve reads the main action's inputs through lookup, which is os.LookupEnv in the program. Where
// inputs are invalid it returns a problem titled "Invalid input" that names all of them, together with
// what could be read.
func ReadResolve(lookup func(string) (string, bool)) (Resolve, error) {
	var given struct {
		Bucket        string `env:"BUCKET"`
		Channel       string `env:"CHANNEL"`
		Fingerprint   string `env:"FINGERPRINT"`
		Region        string `env:"REGION"`
		CloudProvider string `env:"CLOUD_PROVIDER"`
		ComponentType string `env:"COMPONENT_TYPE"`
		Labels        string `env:"LABELS"`
		APIVersion    string `env:"API_VERSION,default=2023-01-01"`
		RolledBack    string `env:"ROLLED_BACK,default=ignore"`
		Timeout       string `env:"TIMEOUT,default=1m"`
		Common        common
	}
	vars, err := read(lookup, &given)
	if err != nil {
		return Resolve{}, err
	}
	var f faults
	f.require("bucket", given.Bucket)
	f.requireOne("channel", given.Channel, "fingerprint", given.Fingerprint)
	if given.APIVersion == string(registry.API2021) && given.Common.Parents != string(gate.Ignore) {
		f.addWhole("parents needs api-version %s", registry.API2023)
	}
	if given.RolledBack != string(gate.Ignore) && (given.Channel == "" || given.APIVersion == string(registry.API2021)) {
		f.addWhole("rolled-back needs channel and api-version %s", registry.API2023)
	}
	in := Resolve{
		Query: registry.Query{
			Bucket:      f.slug("bucket", given.Bucket, maxSlug),
			Channel:     f.slug("channel", given.Channel, maxSlug),
			Fingerprint: f.slug("fingerprint", given.Fingerprint, registry.MaxFingerprint),
			APIVersion:  oneOf(&f, "api-version", given.APIVersion, registry.APIVersions()),
		},
		Selectors: selection.Selectors{
			Region:        given.Region,
			CloudProvider: given.CloudProvider,
			ComponentType: given.ComponentType,
			Labels:        f.labels(given.Labels),
		},
		Policy:     f.policy(given.Common),
		RolledBack: oneOf(&f, "rolled-back", given.RolledBack, gate.Effects()),
		Common:     f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}

// labels reads one key=value a line.
func (f *faults) labels(text string) []selection.Label {
	var labels []selection.Label
	var wrong []string
	for _, line := range lines(text) {
		key, value, found := strings.Cut(line, "=")
		if !found || key == "" {
			wrong = append(wrong, problem.Quote(line))
			continue
		}
		labels = append(labels, selection.Label{Key: key, Value: value})
	}
	if len(wrong) > 0 {
		f.add("labels has lines that are not key=value: %s", problem.List(wrong))
	}
	return labels
}
