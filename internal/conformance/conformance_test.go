package conformance

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
	whatever := cmp.Comparer(func(a, b value) bool { return a == b || a == given || b == given })
	unset := cmpopts.IgnoreMapEntries(func(_ string, v value) bool { return v == "" })
	for _, r := range readings() {
		for source := range r.dataSources() {
			t.Run(r.in(source), func(t *testing.T) {
				t.Parallel()
				want := read[r.in(source)]
				for _, d := range differences() {
					if (d.source == source || d.source == either) && slices.Contains(d.readings, r.name) {
						d.apply(t, want)
					}
				}
				if source == artifact && want[outcome] == fails {
					maps.DeleteFunc(want, func(name string, _ value) bool { return slices.Contains(ofImage, name) })
				}
				if diff := cmp.Diff(want, action.read(t, r, source), whatever, unset); diff != "" {
					t.Errorf("what is not in the list of differences (-Terraform +action):\n%s", diff)
				}
			})
		}
	}
}

// apply makes of what Terraform says what the action is to say.
func (d difference) apply(t *testing.T, attributes attributes) {
	t.Helper()
	for _, name := range d.attributes {
		if got := attributes[name]; got != d.terraform && (d.terraform != given || got == "") {
			t.Errorf("the list of differences has %q as what Terraform says of %s, and it says %q", d.terraform, name, got)
		}
		attributes[name] = d.action
	}
}
