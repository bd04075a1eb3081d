package hcp

import "regexp"

// The forms of what goes into the path of a request. HCP's API does not say what a name may be; these
// hold all that Terraform's provider and the portal let anybody make, and nothing that would lead to
// another path.
var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// providerPattern is the form of a workload identity provider's resource name in HCP's IAM.
	providerPattern = regexp.MustCompile(`^iam/project(/[A-Za-z0-9][\w.-]*)+/workload-identity-provider/[A-Za-z0-9][\w.-]*$`)
	projectPattern  = regexp.MustCompile(`^iam/project/([^/]+)/`)
)

// IsName is whether name can be that of a bucket or a channel, or a fingerprint, of at most so many
// characters.
func IsName(name string, most int) bool { return len(name) <= most && namePattern.MatchString(name) }

// IsUUID is whether HCP could have made the id of an organization or a project.
func IsUUID(id string) bool { return uuidPattern.MatchString(id) }

// IsProvider is whether name has the form of a workload identity provider's resource name.
func IsProvider(name string) bool { return providerPattern.MatchString(name) }
