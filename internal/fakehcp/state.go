package fakehcp

import "slices"

// The registry changes while it is served: requests move channels, and tests
// play everyone else who uses the registry. One lock guards it as a whole, so
// that a request sees it before a change or after it.

// Channel returns the fingerprint of the iteration that a channel points at
// now; empty for one that points at nothing, and for one that is not there.
func (s *Server) Channel(project, bucket, channel string) string {
	var fingerprint string
	s.withRegistry(false, func() {
		if b := s.registry.Bucket(project, bucket); b != nil && b.Channels[channel] != nil {
			fingerprint = b.Channels[channel].Iteration
		}
	})
	return fingerprint
}

// Change changes the registry between two requests. To change it together with
// a certain request, see [Fault.Before] and [Fault.Then].
func (s *Server) Change(change func(*Registry)) {
	s.withRegistry(true, func() {
		change(s.registry)
		s.registry.record(channelAuthor)
	})
}

// withRegistry calls do while nobody changes the registry; while nobody reads it
// either where do changes it.
func (s *Server) withRegistry(changes bool, do func()) {
	if changes {
		s.state.Lock()
		defer s.state.Unlock()
	} else {
		s.state.RLock()
		defer s.state.RUnlock()
	}
	do()
}

// Bucket returns a bucket of the project with this id, nil where there is none.
func (r *Registry) Bucket(project, name string) *Bucket {
	p, _ := r.project(project)
	if p == nil {
		return nil
	}
	return p.Buckets[name]
}

// clone is a copy of r that can be changed without r: its lists and maps, down
// to the builds of an iteration. What a build holds is shared.
func (r *Registry) clone() *Registry {
	c := &Registry{slices.Clone(r.Organizations), slices.Clone(r.Principals), slices.Clone(r.Providers)}
	for o := range c.Organizations {
		org := &c.Organizations[o]
		org.Projects = slices.Clone(org.Projects)
		for p := range org.Projects {
			org.Projects[p].Buckets = cloneEach(org.Projects[p].Buckets, Bucket.clone)
		}
	}
	return c
}

func (b Bucket) clone() Bucket {
	b.Iterations = cloneEach(b.Iterations, Iteration.clone)
	b.Channels = cloneEach(b.Channels, func(c Channel) Channel { return c })
	return b
}

func (i Iteration) clone() Iteration {
	i.Builds = slices.Clone(i.Builds)
	i.Parents = slices.Clone(i.Parents)
	return i
}

func cloneEach[V any](things map[string]*V, clone func(V) V) map[string]*V {
	c := make(map[string]*V, len(things))
	for name, thing := range things {
		copied := clone(*thing)
		c[name] = &copied
	}
	return c
}
