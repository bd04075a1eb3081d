package inputs

import (
	"fmt"
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Promote is what a workflow asks of the action promote, valid as a whole.
type Promote struct {
	Common

	// Query is the iteration to promote.
	Query registry.Query
	// Previous is whether to promote what the channel had before, which the query does not name.
	Previous bool
	// Channel is the channel of the query's bucket to move.
	Channel string
	// Policy is what to refuse.
	Policy gate.Policy
	// Required are the images that the iteration must have, one for each.
	Required []selection.Selectors
	// AllowOlder is whether the channel may go back to an iteration with a lower number.
	AllowOlder bool
	// CreateChannel is whether to make the channel where there is none.
	CreateChannel bool
	// DryRun is whether to do everything but the write.
	DryRun bool
}

// ReadPromote is [ReadResolve] for the action promote.
func ReadPromote(lookup func(string) (string, bool)) (Promote, error) {
	var given struct {
		Bucket        string `env:"BUCKET"`
		Channel       string `env:"CHANNEL"`
		Previous      string `env:"PREVIOUS,default=false"`
		FromChannel   string `env:"FROM_CHANNEL"`
		Fingerprint   string `env:"FINGERPRINT"`
		RequireImages string `env:"REQUIRE_IMAGES"`
		AllowOlder    string `env:"ALLOW_OLDER,default=false"`
		CreateChannel string `env:"CREATE_CHANNEL,default=false"`
		DryRun        string `env:"DRY_RUN,default=false"`
		Timeout       string `env:"TIMEOUT,default=1m"`
		Common        common
	}
	vars, err := read(lookup, &given)
	if err != nil {
		return Promote{}, err
	}
	var f faults
	f.require("bucket", given.Bucket)
	f.require("channel", given.Channel)
	f.requireSource(given.Previous == "true", given.FromChannel != "", given.Fingerprint != "")
	if given.Previous == "true" && given.CreateChannel == "true" {
		f.addWhole("previous needs a channel that exists, and create-channel makes one")
	}
	if given.FromChannel != "" && given.FromChannel == given.Channel {
		f.addWhole("from-channel and channel are the same")
	}
	in := Promote{
		Query: registry.Query{
			Bucket:      f.slug("bucket", given.Bucket, maxSlug),
			Channel:     f.slug("from-channel", given.FromChannel, maxSlug),
			Fingerprint: f.slug("fingerprint", given.Fingerprint, registry.MaxFingerprint),
			APIVersion:  registry.API2023,
		},
		Previous:      f.boolean("previous", given.Previous),
		Channel:       f.movable(given.Channel),
		Policy:        f.policy(given.Common),
		Required:      f.requiredImages(given.RequireImages),
		AllowOlder:    f.boolean("allow-older", given.AllowOlder),
		CreateChannel: f.boolean("create-channel", given.CreateChannel),
		DryRun:        f.boolean("dry-run", given.DryRun),
		Common:        f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}

// requireSource checks that one input says what to promote.
func (f *faults) requireSource(set ...bool) {
	switch n := strings.Count(fmt.Sprint(set), "true"); {
	case n == 0:
		f.addWhole("previous, from-channel or fingerprint is required")
	case n > 1:
		f.addWhole("set one of previous, from-channel and fingerprint alone")
	}
}

// movable checks for a channel that HCP does not move itself.
func (f *faults) movable(channel string) string {
	if channel == registry.ManagedChannel {
		f.add("channel %s is managed by HCP, and only HCP can move it", channel)
	}
	return f.slug("channel", channel, maxSlug)
}

// requiredImages reads one image a line.
func (f *faults) requiredImages(text string) []selection.Selectors {
	var required []selection.Selectors
	var wrong []string
	for _, line := range lines(text) {
		image, valid := requiredImage(line)
		if !valid {
			wrong = append(wrong, problem.Quote(line))
			continue
		}
		required = append(required, image)
	}
	if len(wrong) > 0 {
		f.add("require-images has lines that are not key=value pairs with commas between, each of the keys cloud-provider, region and component-type once at most: %s",
			problem.List(wrong))
	}
	return required
}

// requiredImage reads key=value pairs with commas between.
func requiredImage(line string) (image selection.Selectors, valid bool) {
	fields := map[string]*string{
		"cloud-provider": &image.CloudProvider,
		"region":         &image.Region,
		"component-type": &image.ComponentType,
	}
	for pair := range strings.SplitSeq(line, ",") {
		key, value, _ := strings.Cut(pair, "=")
		field, value := fields[strings.TrimSpace(key)], strings.TrimSpace(value)
		if field == nil || *field != "" || value == "" {
			return image, false
		}
		*field = value
	}
	return image, true
}
