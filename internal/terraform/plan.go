// Package terraform finds image ids in what terraform show -json writes of plans and states: in attributes
// that hold an image, by a table of attributes, and in every other string but descriptions and policies. It
// reads piece by piece, so that a large plan takes little memory, and one made to take much is refused.
package terraform

import (
	"bufio"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// Scope is which resources of a plan count.
type Scope string

// The values of the input plan-scope.
const (
	ScopeChanged Scope = "changed" // those that the plan creates, replaces or updates in place
	ScopeAll     Scope = "all"     // those that will exist after it
)

// Scopes are the values of the input plan-scope.
func Scopes() []Scope { return []Scope{ScopeChanged, ScopeAll} }

// Find adds the ids in what the input plan or state names, one plan or state or several one after the other, to what was
// found. The name is that of the file, which is UTF-8. An error is a problem to show, or one of reading.
func Find(ctx context.Context, input, name string, in *bufio.Reader, scope Scope, found *imageids.Found) error {
	f := file{name: name, scope: scope, found: found}
	remedy := " FILE, where FILE is what terraform plan -out=FILE wrote"
	if input == "state" {
		f.isState, f.scope, remedy = true, "", ", without a plan file"
	}
	err := eachDocument(ctx, in, f.read)
	if why, is := errors.AsType[flaw](err); is {
		return problem.New(problem.InvalidInput, "The input %s: %s is not a %s: %s. Create it with terraform show -json%s.",
			input, problem.Quote(name), input, why, remedy)
	}
	return err
}

// Filter is the filter of jq that leaves of a plan what is read of it. It fails where there are no changes, so that it
// makes no plan of something else.
const Filter = `{format_version,errored,planned_values,resource_changes:[.resource_changes[]|{address,mode,type,` +
	`change:(.change|{actions,importing,after,after_unknown,after_sensitive})}],deferred_changes}`

// file is what terraform show -json wrote of plans, or of states.
//
// Its format: https://developer.hashicorp.com/terraform/internals/json-format
type file struct {
	name    string
	isState bool
	scope   Scope
	found   *imageids.Found
	// isListed is whether the resources after the plan that is read were listed, so that its changes tell nothing new.
	isListed bool
}

// resource is one of a plan or state: its values in a state or planned values, or its change.
type resource struct {
	Address   string         `json:"address"`
	Mode      string         `json:"mode"`
	Type      string         `json:"type"`
	Values    jsontext.Value `json:"values"`
	Sensitive jsontext.Value `json:"sensitive_values"`
	Change    struct {
		Actions   []string       `json:"actions"`
		Importing *struct{}      `json:"importing"`
		After     jsontext.Value `json:"after"`
		Unknown   jsontext.Value `json:"after_unknown"`
		Sensitive jsontext.Value `json:"after_sensitive"`
	} `json:"change"`
	// Deferred is the resource whose change is put off to a later plan. Planned values leave it out.
	Deferred *resource `json:"resource_change"`
}

// read finds the ids in a plan or state. A state of nothing has a format_version alone.
func (f *file) read(ctx context.Context, d *document) error {
	var isVersioned, isPlan bool
	f.isListed = false
	err := d.eachMember(func(name string) error {
		isVersioned = isVersioned || name == "format_version"
		isPlan = isPlan || name == "planned_values" || name == "resource_changes"
		return f.readMember(ctx, d, name)
	})
	switch {
	case err != nil:
		return err
	case !isVersioned:
		return errUnversioned
	case !isPlan && !f.isState:
		return flaw("it has neither planned_values nor resource_changes")
	}
	return nil
}

// readMember reads the value of a member of a plan or state. The state before a plan and its configuration, most of a
// large one, are skipped.
func (f *file) readMember(ctx context.Context, d *document, name string) error {
	switch name {
	case "format_version":
		var version string
		if err := d.decode(&version); err != nil {
			return err
		}
		// Terraform promises that a minor version only adds to the format.
		// https://developer.hashicorp.com/terraform/internals/json-format#format-summary
		switch major, _, _ := strings.Cut(version, "."); major {
		case "0", "1":
			return nil
		case "":
			return errUnversioned
		}
		return flaw("its format_version " + problem.Quote(version) + " is not supported")
	case "errored":
		var isErrored bool
		if err := d.decode(&isErrored); err != nil || !isErrored {
			return err
		}
		return flaw("the plan failed, so it is incomplete")
	case "values":
		if !f.isState {
			return flaw("it is a state: use the input state")
		}
		return f.readModule(ctx, d)
	case "planned_values", "resource_changes":
		if f.isState {
			return flaw("it is a plan: use the input plan")
		}
	}
	switch why := misnamed(name); {
	case why != "":
		return why
	case name == "planned_values" && f.scope == ScopeAll:
		return f.readModule(ctx, d)
	case name == "resource_changes", name == "deferred_changes":
		isListed := f.isListed && name == "resource_changes"
		return eachResource(d, func(r resource) error { return f.readChange(ctx, r, isListed) })
	}
	return d.skip()
}

// readModule finds the ids in a module and in those in it, or in planned values or the values of a state, which have
// the root module.
func (f *file) readModule(ctx context.Context, d *document) error {
	return d.eachMember(func(name string) error {
		switch name {
		case "root_module":
			return f.readModule(ctx, d)
		case "child_modules":
			return d.eachElement(func() error { return f.readModule(ctx, d) })
		case "resources":
			f.isListed = true
			return eachResource(d, func(r resource) error { return f.walk(r).find(ctx, r.Values, r.Sensitive) })
		}
		return d.skip()
	})
}

// eachResource calls use with each resource in the next value that Terraform makes, and does not only read.
func eachResource(d *document, use func(resource) error) error {
	return d.eachElement(func() error {
		var r resource
		if err := d.decode(&r); err != nil {
			return err
		}
		if r.Deferred != nil {
			r = *r.Deferred
		}
		if r.Mode != "managed" && r.Mode != "" { // one that does not say may be in use
			return nil
		}
		return use(r)
	})
}

// readChange finds the ids in a resource that a plan changes, unless its values were listed, and what is unknown of it.
func (f *file) readChange(ctx context.Context, r resource, isListed bool) error {
	if !f.counts(r) {
		return nil
	}
	w := f.walk(r)
	if !isListed {
		if err := w.find(ctx, r.Change.After, r.Change.Sensitive); err != nil {
			return err
		}
	}
	return w.noteUnknown(newValue(r.Change.Unknown), nil)
}

// counts is whether a change puts a resource into use, or leaves one where all count. What is deleted or forgotten has
// no values after it; what is imported may not change.
func (f *file) counts(r resource) bool {
	return slices.Contains(r.Change.Actions, "create") || slices.Contains(r.Change.Actions, "update") ||
		slices.Contains(r.Change.Actions, "no-op") && (r.Change.Importing != nil || f.scope == ScopeAll)
}

func (f *file) walk(r resource) walk {
	return walk{found: f.found, kind: r.Type, place: imageids.Place{File: f.name, Address: r.Address}}
}
