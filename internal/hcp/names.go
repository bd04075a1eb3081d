package hcp

import "regexp"

// Patterns are compiled where they are needed: every run would compile them at its start.

// IsUUID is whether HCP could have made the id of an organization or a project.
func IsUUID(id string) bool {
	return regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`).MatchString(id)
}

// IsProvider is whether name has the form of a workload identity provider's resource name in HCP's IAM.
func IsProvider(name string) bool {
	return regexp.MustCompile(`^iam/project(/[A-Za-z0-9][\w.-]*)+/workload-identity-provider/[A-Za-z0-9][\w.-]*$`).MatchString(name)
}
