package hcp

import (
	"regexp"
	"sync"
)

// The forms of what goes into the path of a request. HCP's API does not say what a name may be; these
// hold all that Terraform's provider and the portal let anybody make, and nothing that would lead to
// another path. Patterns are compiled where they are needed: every run would compile them at its start.

// IsName is whether name can be that of a bucket or a channel, or a fingerprint, of at most so many
// characters: letters, digits, "-", "_" and ".", beginning with a letter or digit.
func IsName(name string, most int) bool {
	return len(name) <= most && nameForm().MatchString(name)
}

var nameForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z][\w.-]*$`) })

// IsUUID is whether HCP could have made the id of an organization or a project.
func IsUUID(id string) bool {
	return regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`).MatchString(id)
}

// IsProvider is whether name has the form of a workload identity provider's resource name in HCP's IAM.
func IsProvider(name string) bool {
	return regexp.MustCompile(`^iam/project(/[A-Za-z0-9][\w.-]*)+/workload-identity-provider/[A-Za-z0-9][\w.-]*$`).MatchString(name)
}
