package inputs

import (
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Promote is what a workflow asks of the action promote, valid as a whole.
type Promote struct {
	// Query is the iteration to promote.
	Query registry.Query
	// Policy is what to refuse.
	Policy gate.Policy
	// Previous is whether to promote what the channel had before, which the query does not name.
	Previous bool `env:"PREVIOUS,default=false"`
	// Channel is the channel of the query's bucket to move.
	Channel string `env:"CHANNEL"`
	// Required are the images that the iteration must have, one for each.
	Required []selection.Selectors `env:"REQUIRE_IMAGES"`
	// AllowOlder is whether the channel may go back to an iteration with a lower number.
	AllowOlder bool `env:"ALLOW_OLDER,default=false"`
	// CreateChannel is whether to make the channel where there is none.
	CreateChannel bool `env:"CREATE_CHANNEL,default=false"`
	// DryRun is whether to do everything but the write.
	DryRun bool `env:"DRY_RUN,default=false"`

	Common
}

// ReadPromote is [ReadResolve] for the action promote.
func ReadPromote(lookup func(string) (string, bool)) (Promote, error) {
	in := Promote{Query: registry.Query{APIVersion: registry.API2023}}
	f := read(lookup, &in.Common, time.Minute, rules{
		channelKey:       isMovable,
		"REQUIRE_IMAGES": into(&in.Required, parseRequiredImages),
	}, (*source)(&in.Query), &in)
	f.require("bucket", in.Query.Bucket)
	f.require("channel", in.Channel)
	byChannel, byFingerprint := in.Query.Channel != "", in.Query.Fingerprint != ""
	switch {
	case !in.Previous && !byChannel && !byFingerprint:
		f.add("previous, from-channel or fingerprint is required")
	case in.Previous && (byChannel || byFingerprint), byChannel && byFingerprint:
		f.add("set one of previous, from-channel and fingerprint alone")
	}
	if in.Previous && in.CreateChannel {
		f.add("previous needs a channel that exists, and create-channel makes one")
	}
	if in.Channel != "" && in.Channel == in.Query.Channel {
		f.add("from-channel and channel are the same")
	}
	f.checkPolicy(in.Policy)
	return in, f.problem()
}

type source struct {
	Bucket      string `env:"BUCKET"`
	Channel     string `env:"FROM_CHANNEL"`
	Fingerprint string `env:"FINGERPRINT"`
	APIVersion  registry.APIVersion
}

// isMovable is for a channel that HCP does not move itself.
func isMovable(text string) (decodable, fault string) {
	if text == registry.ManagedChannel {
		return text, text + " is managed by HCP, and only HCP can move it"
	}
	return isName(maxSlug)(text)
}

func parseRequiredImages(text string) ([]selection.Selectors, error) {
	const are = "not key=value pairs with commas between, each of the keys cloud-provider, region and component-type once at most"
	return parseLines(text, are, func(line string) (image selection.Selectors, valid bool) {
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
	})
}
