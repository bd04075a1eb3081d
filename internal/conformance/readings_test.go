package conformance

import (
	"cmp"
	"fmt"
	"maps"
)

// The two data sources.
// https://registry.terraform.io/providers/hashicorp/hcp/0.111.0/docs/data-sources/packer_version
// https://registry.terraform.io/providers/hashicorp/hcp/0.111.0/docs/data-sources/packer_artifact
const (
	version  = "hcp_packer_version"
	artifact = "hcp_packer_artifact"
)

// reading is something to read from testdata/registry.yaml, by both clients.
type reading struct {
	name string
	// bucket and either channel or fingerprint say which iteration.
	bucket, channel, fingerprint string
	// platform, region and, where it is given, componentType say which image of it.
	platform, region, componentType string
	// inputs are the action's own, on top of those that say the same as the arguments for Terraform.
	inputs map[string]string
}

// in is the name of the reading's data source, of which there is one of each type.
func (r reading) in(source string) string { return source + "_" + r.name }

// dataSources are Terraform's arguments, by data source. The version has no fingerprint among its own.
func (r reading) dataSources() map[string]map[string]string {
	image := map[string]string{"bucket_name": r.bucket, "platform": r.platform, "region": r.region}
	if r.componentType != "" {
		image["component_type"] = r.componentType
	}
	if r.fingerprint != "" {
		image["version_fingerprint"] = r.fingerprint
		return map[string]map[string]string{artifact: image}
	}
	image["channel_name"] = r.channel
	return map[string]map[string]string{
		version:  {"bucket_name": r.bucket, "channel_name": r.channel},
		artifact: image,
	}
}

// configuration has the reading's data sources, each within a check: there one that fails makes the check fail,
// where otherwise it would end the run and nothing would be known of the others.
func (r reading) configuration() string {
	config := ""
	for source, arguments := range r.dataSources() {
		config += fmt.Sprintf("check %q {\n  data %q %[1]q {\n", r.in(source), source)
		for name, value := range arguments {
			config += fmt.Sprintf("    %s = %q\n", name, value)
		}
		config += fmt.Sprintf(`  }
  assert {
    condition     = data.%s.%s.id != ""
    error_message = "no id"
  }
}
`, source, r.in(source))
	}
	return config
}

// actionInputs say to the action what the arguments of the data source say to Terraform.
func (r reading) actionInputs(source string) map[string]string {
	inputs := map[string]string{}
	for name, value := range r.dataSources()[source] {
		inputs[actionName(name)] = value
	}
	maps.Copy(inputs, r.inputs)
	return inputs
}

// readings are all readings. The region is us-east-1 and the platform aws unless it says otherwise.
func readings() []reading {
	var (
		unselected = map[string]string{"region": "", "cloud-provider": ""}
		letThrough = map[string]string{"fail-on": "never"}
	)
	all := []reading{
		{name: "active", bucket: "ubuntu", channel: "production"},
		{name: "active_unselected", bucket: "ubuntu", channel: "production", inputs: unselected},
		{name: "active_by_fingerprint", bucket: "ubuntu", fingerprint: "ubuntu-2026-09-20"},

		{name: "scheduled", bucket: "revocations", channel: "scheduled"},
		{name: "scheduled_by_fingerprint", bucket: "revocations", fingerprint: "scheduled"},
		{name: "scheduled_soon", bucket: "revocations", channel: "scheduled-soon"},
		{name: "active_with_time", bucket: "revocations", channel: "active-with-time"},

		{name: "revoked", bucket: "revocations", channel: "revoked"},
		{name: "revoked_let_through", bucket: "revocations", channel: "revoked", inputs: letThrough},
		{name: "revoked_by_fingerprint", bucket: "ubuntu", fingerprint: "ubuntu-2026-08-20"},
		{name: "revoked_by_time", bucket: "revocations", channel: "active-but-past"},
		{name: "inherited", bucket: "revocations", channel: "inherited"},
		{name: "inherited_let_through", bucket: "revocations", channel: "inherited", inputs: letThrough},

		{name: "failed", bucket: "unfinished", channel: "failed", platform: "azure", region: "westeurope"},
		{name: "status_unknown", bucket: "unfinished", channel: "status-unknown"},
		{name: "name_without_number", bucket: "oddities", channel: "name-without-number"},

		{name: "times", bucket: "oddities", channel: "times"},
		{name: "unset_absent", bucket: "oddities", channel: "unset-absent"},
		{name: "unset_zero", bucket: "oddities", channel: "unset-zero"},
		{name: "unset_epoch", bucket: "oddities", channel: "unset-epoch"},

		{name: "one_region_of_two", bucket: "many-images", channel: "everywhere", region: "eu-central-1"},
		{name: "one_platform_of_three", bucket: "many-images", channel: "everywhere", platform: "gce", region: "europe-west3-a"},
		{name: "one_component_type_of_two", bucket: "many-images", channel: "two-architectures", componentType: "amazon-ebs.arm64"},
		{name: "two_component_types", bucket: "many-images", channel: "two-architectures"},
		{name: "two_component_types_by_fingerprint", bucket: "many-images", fingerprint: "two-architectures"},
		{name: "build_done", bucket: "many-images", channel: "one-build-running", componentType: "amazon-ebs.done"},
		{name: "build_running", bucket: "many-images", channel: "one-build-running", componentType: "amazon-ebs.running"},
		{name: "builds_left_out", bucket: "many-images", channel: "builds-by-fingerprint"},
		{name: "builds_left_out_by_fingerprint", bucket: "many-images", fingerprint: "builds-by-fingerprint"},
		{name: "no_such_region", bucket: "ubuntu", channel: "production", region: "mars-north-1"},

		// Text that tries to do things, newlines and all.
		{
			name: "hostile_text", bucket: "oddities", channel: "hostile-text", inputs: unselected,
			platform: "aws\n::error::provider", region: "us-east-1\n::error::region",
		},

		{name: "no_such_bucket", bucket: "no-such-bucket", channel: "production"},
		{name: "no_such_channel", bucket: "ubuntu", channel: "no-such-channel"},
		{name: "no_such_fingerprint", bucket: "ubuntu", fingerprint: "no-such-fingerprint"},
		{name: "unassigned", bucket: "ubuntu", channel: "unassigned"},
		{name: "restricted", bucket: "ubuntu", channel: "latest"},
	}
	for i := range all {
		all[i].platform = cmp.Or(all[i].platform, "aws")
		all[i].region = cmp.Or(all[i].region, "us-east-1")
	}
	return all
}
