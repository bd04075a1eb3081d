package inputs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// promotion is all that a promotion has to say.
var promotion = env{"INPUT_BUCKET": "golden", "INPUT_CHANNEL": "production", "INPUT_FROM-CHANNEL": "staging"}

func TestReadPromote_accepts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  env
		want func(in *inputs.Promote)
	}{
		"defaults": {nil, func(*inputs.Promote) {}},
		"fingerprint": {
			env{"INPUT_FROM-CHANNEL": "", "INPUT_FINGERPRINT": "01JV"},
			func(in *inputs.Promote) { in.Query.Channel, in.Query.Fingerprint = "", "01JV" },
		},
		"switches": {
			env{"INPUT_ALLOW-OLDER": "true", "INPUT_CREATE-CHANNEL": " true ", "INPUT_DRY-RUN": "true"},
			func(in *inputs.Promote) { in.AllowOlder, in.CreateChannel, in.DryRun = true, true, true },
		},
		"previous": {
			env{"INPUT_FROM-CHANNEL": "", "INPUT_PREVIOUS": "true"},
			func(in *inputs.Promote) { in.Query.Channel, in.Previous = "", true },
		},
		"required_images": {
			env{"INPUT_REQUIRE-IMAGES": "cloud-provider=aws, region = us-east-1\n\n component-type=amazon-ebs.a=b\n"},
			func(in *inputs.Promote) {
				in.Required = []selection.Selectors{{CloudProvider: "aws", Region: "us-east-1"}, {ComponentType: "amazon-ebs.a=b"}}
			},
		},
		"from_latest": {env{"INPUT_FROM-CHANNEL": "latest"}, func(in *inputs.Promote) { in.Query.Channel = "latest" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := inputs.Promote{
				Query:   registry.Query{Bucket: "golden", Channel: "staging", APIVersion: registry.API2023},
				Channel: "production",
				Policy:  gate.Policy{FailOn: gate.FailOnRevoked, Parents: gate.Ignore},
				Common:  inputs.Common{HCP: hcp.Config{Geography: "us", Timeout: time.Minute}, JobSummary: true},
			}
			tc.want(&want)
			got, err := inputs.ReadPromote(promotion.with(tc.env).lookup)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadPromote_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  env
		says string
	}{
		"no_bucket":            {env{"INPUT_BUCKET": ""}, "bucket is required"},
		"no_channel":           {env{"INPUT_CHANNEL": " "}, "channel is required"},
		"no_source":            {env{"INPUT_FROM-CHANNEL": ""}, "previous, from-channel or fingerprint is required"},
		"two_sources":          {env{"INPUT_FINGERPRINT": "01JV"}, "set one of previous, from-channel and fingerprint alone"},
		"previous_and_another": {env{"INPUT_PREVIOUS": "true"}, "set one of previous, from-channel and fingerprint alone"},
		"previous_created":     {env{"INPUT_FROM-CHANNEL": "", "INPUT_PREVIOUS": "true", "INPUT_CREATE-CHANNEL": "true"}, "previous needs a channel that exists"},
		"previous_maybe":       {env{"INPUT_PREVIOUS": "maybe"}, `previous "maybe" is not one of true, false`},
		"onto_itself":          {env{"INPUT_FROM-CHANNEL": "production"}, "from-channel and channel are the same"},
		"latest":               {env{"INPUT_CHANNEL": "latest"}, "channel latest is managed by HCP"},
		"no_channel_name":      {env{"INPUT_CHANNEL": "a/b"}, `channel "a/b" is not`},
		"no_source_name":       {env{"INPUT_FROM-CHANNEL": "../x"}, `from-channel "../x" is not`},
		"no_fingerprint":       {env{"INPUT_FROM-CHANNEL": "", "INPUT_FINGERPRINT": "a b"}, `fingerprint "a b" is not`},
		"no_boolean":           {env{"INPUT_DRY-RUN": "yes"}, `dry-run "yes" is not one of true, false`},
		"image_key":            {env{"INPUT_REQUIRE-IMAGES": "zone=a"}, `"zone=a"`},
		"image_key_twice":      {env{"INPUT_REQUIRE-IMAGES": "region=a,region=b"}, `"region=a,region=b"`},
		"image_without_value":  {env{"INPUT_REQUIRE-IMAGES": "region="}, `"region="`},
		"image_without_key":    {env{"INPUT_REQUIRE-IMAGES": "aws"}, `"aws"`},
		"image_half":           {env{"INPUT_REQUIRE-IMAGES": "region=a,"}, `"region=a,"`},
		"parents":              {env{"INPUT_PARENTS": "maybe"}, `parents "maybe" is not one of fail, warn, ignore`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := inputs.ReadPromote(promotion.with(tc.env).lookup)
			message := invalidInput(t, err)
			checkWording(t, message)
			if !strings.Contains(message, tc.says) {
				t.Errorf("got %q, want %q in it", message, tc.says)
			}
		})
	}
}
