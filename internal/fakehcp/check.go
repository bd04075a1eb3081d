package fakehcp

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// check returns everything that is wrong with the file at once.
func (r *Registry) check() error {
	var faults []error
	seen := map[string]bool{}
	for _, org := range r.Organizations {
		faults = append(faults, checkID("organization", org.ID, uuidPattern, seen))
		for _, project := range org.Projects {
			faults = append(faults, checkID("project", project.ID, uuidPattern, seen), project.check())
		}
	}
	for _, principal := range r.Principals {
		faults = append(faults, r.checkPrincipal(principal))
	}
	for _, provider := range r.Providers {
		if r.principal(provider.Principal) == nil {
			faults = append(faults, fmt.Errorf("workload identity provider %q: no principal %q", provider.ResourceName, provider.Principal))
		}
	}
	return errors.Join(faults...)
}

var (
	uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	ulidPattern = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)
)

// checkID checks the form of an id, and that it is not in use already.
func checkID(what, id string, pattern *regexp.Regexp, seen map[string]bool) error {
	if !pattern.MatchString(id) {
		return fmt.Errorf("%s %q: the id does not match %s", what, id, pattern)
	}
	if seen[id] {
		return fmt.Errorf("%s %q: the id is there twice", what, id)
	}
	seen[id] = true
	return nil
}

func (r *Registry) checkPrincipal(p Principal) error {
	if p.ClientID == "" || p.ClientSecret == "" {
		return fmt.Errorf("principal %q: it needs a client_id and a client_secret", p.Name)
	}
	if !slices.Contains([]string{roleContributor, roleViewer}, p.Role) {
		return fmt.Errorf("principal %q: role is %q, must be %s or %s", p.Name, p.Role, roleContributor, roleViewer)
	}
	if r.organization(p.Organization) == nil {
		return fmt.Errorf("principal %q: no organization %q", p.Name, p.Organization)
	}
	if p.Project == "" {
		return nil
	}
	if _, org := r.project(p.Project); org == nil || org.ID != p.Organization {
		return fmt.Errorf("principal %q: no project %q in its organization", p.Name, p.Project)
	}
	return nil
}

func (p *Project) check() error {
	var faults []error
	if !slices.Contains([]string{registryActive, registryDeactivated, registryNeverActivated}, p.Registry) {
		faults = append(faults, fmt.Errorf("project %q: registry is %q, must be %s, %s or %s",
			p.Name, p.Registry, registryActive, registryDeactivated, registryNeverActivated))
	}
	if !slices.Contains([]string{"", searchRefused, searchAbsent, searchUnimplemented}, p.Search) {
		faults = append(faults, fmt.Errorf("project %q: search is %q, must be %s, %s, %s or unset",
			p.Name, p.Search, searchRefused, searchAbsent, searchUnimplemented))
	}
	if !slices.Contains([]string{"ACTIVE", "DELETING", "DELETED"}, p.State) {
		faults = append(faults, fmt.Errorf("project %q: state is %q, must be ACTIVE, DELETING or DELETED", p.Name, p.State))
	}
	seen := map[string]bool{}
	for name, bucket := range p.Buckets {
		for _, fault := range p.checkBucket(bucket, seen) {
			faults = append(faults, fmt.Errorf("project %q: bucket %q: %w", p.Name, name, fault))
		}
	}
	return errors.Join(faults...)
}

func (p *Project) checkBucket(b *Bucket, seen map[string]bool) []error {
	var faults []error
	note := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	note(checkID("bucket", b.ID, ulidPattern, seen))
	for name, channel := range b.Channels {
		note(checkID("channel", channel.ID, ulidPattern, seen))
		if channel.Iteration != "" && b.Iterations[channel.Iteration] == nil {
			note(fmt.Errorf("channel %q: no iteration %q", name, channel.Iteration))
		}
		for _, row := range channel.History {
			if row.Iteration != "" && b.Iterations[row.Iteration] == nil {
				note(fmt.Errorf("channel %q: no iteration %q in its history", name, row.Iteration))
			}
		}
	}
	for fingerprint, iteration := range b.Iterations {
		note(checkID("iteration", iteration.ID, ulidPattern, seen))
		if from := iteration.InheritedFrom; from != nil && p.iteration(from.Bucket, from.Iteration) == nil {
			note(fmt.Errorf("iteration %q: no iteration %q in a bucket %q to inherit from", fingerprint, from.Iteration, from.Bucket))
		}
		for _, field := range iteration.ListLeavesOut {
			if field != leftOutStatus && field != leftOutParents {
				note(fmt.Errorf("iteration %q: list_leaves_out has %q, must be %s or %s", fingerprint, field, leftOutStatus, leftOutParents))
			}
		}
		for _, parent := range iteration.Parents {
			if p.iteration(parent.Bucket, parent.Iteration) == nil {
				note(fmt.Errorf("iteration %q: no iteration %q in a bucket %q to be built on", fingerprint, parent.Iteration, parent.Bucket))
			}
		}
		for _, build := range iteration.Builds {
			note(checkID("build", build.ID, ulidPattern, seen))
			for _, image := range build.Images {
				note(checkID("image", image.ID, ulidPattern, seen))
			}
		}
	}
	return faults
}

// iteration returns the iteration of a bucket with this fingerprint, nil where
// there is none.
func (p *Project) iteration(bucket, fingerprint string) *Iteration {
	b := p.Buckets[bucket]
	if b == nil {
		return nil
	}
	return b.Iterations[fingerprint]
}
