package conformance

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// attributes are what a client says of a reading, in the words of Terraform's data sources.
type attributes map[string]value

// value is the value of an attribute; an attribute without one, or with null, is empty.
type value string

// given stands for whatever the registry has.
const given value = "(what the registry has)"

// outcome is an attribute too: whether the client passes, so that what comes next goes ahead.
const (
	outcome       = "outcome"
	passes  value = "passes"
	fails   value = "fails"
)

// sides are an attribute's value with the one and with the other client.
type sides struct{ Terraform, Action value }

// TestConformance has both clients read everything. They have to differ where differences says so,
// and nowhere else: a difference that is listed and no longer there fails the test as well.
func TestConformance(t *testing.T) {
	t.Parallel()
	server, terraform, action := start(t, viewer)
	config := ""
	for _, r := range readings() {
		config += r.configuration()
	}
	read := terraform.apply(t, config).attributes(t)
	for _, request := range server.Requests() {
		if request.Route == "" {
			t.Errorf("Terraform asks for %s %s, which the fake HCP does not have", request.Method, request.Path)
		}
	}
	for _, r := range readings() {
		for source := range r.dataSources() {
			want := read[r.in(source)]
			for _, apiVersion := range r.apiVersions() {
				t.Run(r.in(source)+"_"+apiVersion, func(t *testing.T) {
					t.Parallel()
					got := action.read(t, r, source, apiVersion)
					compare(t, listed(r.name, source), differing(want, got))
				})
			}
		}
	}
}

// differing are the attributes on which the clients differ, of all that either has.
func differing(terraform, action attributes) map[string]sides {
	found := map[string]sides{}
	for _, set := range []attributes{terraform, action} {
		for name := range set {
			if terraform[name] != action[name] {
				found[name] = sides{terraform[name], action[name]}
			}
		}
	}
	return found
}

// listed are the differences that the list has for a reading.
func listed(reading, source string) map[string]sides {
	want := map[string]sides{}
	for _, d := range differences() {
		if d.source != source || !slices.Contains(d.readings, reading) {
			continue
		}
		for _, name := range d.attributes {
			want[name] = sides{d.terraform, d.action}
		}
	}
	return want
}

func compare(t *testing.T, want, got map[string]sides) {
	t.Helper()
	whatever := cmp.Comparer(func(a, b value) bool { return a == b || a == given || b == given })
	if diff := cmp.Diff(want, got, whatever); diff != "" {
		t.Errorf("differences between Terraform and the action (-listed +found):\n%s", diff)
	}
}
