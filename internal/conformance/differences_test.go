package conformance

// either is for differences that a reading has with each data source that reads it.
const either = ""

// ofImage are the attributes that a step which fails leaves empty: it gives nothing to deploy, even to a job that
// carries on.
var ofImage = []string{
	"build_id", "component_type", "created_at", "external_identifier", "id", "labels", "packer_run_uuid", "platform", "region",
}

// difference is one way in which Terraform and the action differ.
type difference struct {
	source     string // or either
	attributes []string
	// readings are those in which they differ so, and in no other.
	readings []string
	// terraform and action are what each has there.
	terraform, action value
	// reason is why it stays.
	reason string
}

// differences are all that there are.
func differences() []difference {
	var (
		place = []string{"bucket_name", "channel_name", "organization_id", "project_id", "version_fingerprint"}

		neverRevoked = []string{
			"active", "active_unselected", "failed", "status_unknown", "name_without_number", "times", "unset_absent",
			"unset_zero", "one_region_of_two", "one_platform_of_three", "one_component_type_of_two",
			"two_component_types", "build_done", "build_running", "builds_left_out", "no_such_region",
		}
		revoked = []string{"revoked", "revoked_by_fingerprint", "revoked_by_time", "inherited"}
		unready = []string{"failed", "status_unknown"}
	)
	return []difference{
		{version, []string{"revoke_at"}, neverRevoked, "0001-01-01T00:00:00.000Z", "",
			"Terraform prints the zero date for a time that HCP leaves unset (of an artifact it has null); an empty output can be tested in a workflow's if."},
		{either, []string{"revoke_at"}, []string{"unset_epoch"}, "1970-01-01T00:00:00.000Z", "",
			"The epoch is another of HCP's ways to leave a time unset, and Terraform prints that too."},
		{version, []string{"updated_at"}, []string{"times"}, "2026-09-20T12:00:00.123+02:00", "2026-09-20T10:00:00.123Z",
			"The same moment. Terraform keeps the zone that it gets; the action's times are all in UTC and sort as text."},
		{version, []string{"name"}, []string{"name_without_number"}, "spring-release", "",
			"The action has no output for the name, only for the number in it, and warns where there is none."},

		{either, []string{outcome}, revoked, passes, fails,
			"Terraform lets a revoked version through and leaves revoke_at to be looked at; not doing so is what the action is for."},
		{either, []string{outcome}, unready, passes, fails,
			"Terraform does not look at the status; the action refuses one that is not good, or that it does not know."},

		{artifact, []string{outcome}, []string{"two_component_types", "two_component_types_by_fingerprint"}, passes, fails,
			"Of several images that fit Terraform takes the first; the action never picks one silently."},
		{artifact, []string{outcome}, []string{"build_running"}, passes, fails,
			"Terraform takes an image of a build that is not done; of those the action takes none."},

		{artifact, []string{outcome}, []string{"builds_left_out"}, fails, passes,
			"HCP's answer for a channel includes the builds. Where a registry's does not, Terraform finds no artifact; the action asks once more, by the fingerprint."},
		{artifact, append(place, ofImage...), []string{"builds_left_out"}, "", given,
			"Of a data source that fails Terraform has nothing."},
		{artifact, place, []string{"no_such_region"}, "", given,
			"Both fail, and Terraform then has nothing; the action still says in which iteration there was no such image."},
	}
}
