// Package terraform finds image ids in what terraform show -json writes of plans and states: in attributes
// that hold an image, by a table of attributes, and in every other string but descriptions and policies. It
// reads piece by piece, so that a large plan takes little memory, and one made to take much is refused.
package terraform

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// Scope is which resources of a plan count.
type Scope string

const (
	// ScopeChanged are the resources that the plan creates, replaces or updates in place.
	ScopeChanged Scope = "changed"
	// ScopeAll are the resources that will exist after it.
	ScopeAll Scope = "all"
)

// Scopes are the values of the input plan-scope.
func Scopes() []Scope { return []Scope{ScopeChanged, ScopeAll} }

// FindInPlan adds the ids in a plan to what was found. The name is that of its file, which open opens at its
// start. An error is a problem to show, or what reading met.
func FindInPlan(ctx context.Context, name string, open Opener, scope Scope, found *imageids.Found) error {
	p := plan{modules: modules{found: found, file: name}, scope: scope}
	err := eachDocument(ctx, open, p.read)
	if err == nil && scope == ScopeAll && slices.Contains(p.planned, false) {
		// Without planned values, the changes tell what there will be.
		p.again = true
		err = eachDocument(ctx, open, p.read)
	}
	var why flaw
	if errors.As(err, &why) {
		return problem.New(problem.InvalidInput, "The input plan: %s is not a plan: %s. "+
			"Create it with terraform show -json FILE, where FILE is what terraform plan -out=FILE wrote.", problem.Quote(name), why)
	}
	return err
}

// Filter is the filter of jq that leaves of a plan what is read of it. Where there are no changes it fails: what is none
// does not become a plan by it.
const Filter = `{format_version,errored,planned_values,resource_changes:[.resource_changes[]|{address,mode,type,` +
	`change:(.change|{actions,importing,after,after_unknown,after_sensitive})}],deferred_changes}`

// plan is what terraform show -json wrote of one plan or several.
//
// Its format: https://developer.hashicorp.com/terraform/internals/json-format
type plan struct {
	modules
	scope Scope
	// planned is whether each of them has planned values.
	planned []bool
	// again is whether they are read once more, for those that have none.
	again bool
	// versioned and changed are whether the one that is read has a format_version, and what a plan has.
	versioned, changed bool
}

// read finds the ids in a plan.
func (p *plan) read(ctx context.Context, d *document, n int) error {
	if p.again && p.planned[n] {
		return d.skip()
	}
	if !p.again {
		p.planned = append(p.planned, false)
	}
	p.versioned, p.changed = false, false
	if err := d.object(func(name string) error { return p.member(ctx, d, name) }); err != nil {
		return err
	}
	switch {
	case !p.versioned:
		return flaw("it has no format_version")
	case !p.changed:
		return flaw("it has neither planned_values nor resource_changes")
	}
	return nil
}

// member reads the value of a member of the plan. The state before the plan and the configuration,
// which make the most of a large one, are passed over.
func (p *plan) member(ctx context.Context, d *document, name string) error {
	switch name {
	case "format_version":
		p.versioned = true
		return readVersion(d)
	case "errored":
		return readErrored(d)
	case "planned_values":
		p.changed = true
		return d.object(func(name string) error { return p.plannedMember(ctx, d, name) })
	case "resource_changes":
		p.changed = true
		return d.array(func() error { return p.change(ctx, d, p.again || p.scope != ScopeAll) })
	case "deferred_changes":
		return d.array(func() error { return p.deferred(ctx, d) })
	case "values":
		return flaw("it is a state: use the input state")
	}
	if why := misnamed(name); why != "" {
		return why
	}
	return d.skip()
}

// misnamed says what a document with such a member is, where people give it as a plan or a state.
func misnamed(name string) flaw {
	switch name {
	case "serial", "lineage":
		return "it is a state as Terraform stores it"
	case "@level", "@message":
		return "it is what terraform plan -json logs, one message a line"
	case "plan_format_version":
		return "it is the redacted plan of HCP Terraform's API, of which json-output has the whole one"
	case "state_format_version":
		return "it is a redacted state of HCP Terraform's API"
	}
	return ""
}

func readVersion(d *document) error {
	var version string
	if err := d.decode(&version); err != nil {
		return err
	}
	if version == "" {
		return flaw("it has no format_version")
	}
	// Terraform promises that a minor version only adds to the format.
	// https://developer.hashicorp.com/terraform/internals/json-format#format-summary
	if major, _, _ := strings.Cut(version, "."); major != "0" && major != "1" {
		return flaw("its format_version " + problem.Quote(version) + " is not supported")
	}
	return nil
}

func readErrored(d *document) error {
	var errored bool
	if err := d.decode(&errored); err != nil {
		return err
	}
	if errored {
		return flaw("the plan failed, so it is incomplete")
	}
	return nil
}

func (p *plan) plannedMember(ctx context.Context, d *document, name string) error {
	if name != "root_module" {
		return d.skip()
	}
	if p.again || p.scope != ScopeAll {
		return d.skip()
	}
	p.planned[len(p.planned)-1] = true
	return p.module(ctx, d)
}

// resourceChange is what is read of a change. The values before it are not.
type resourceChange struct {
	address, mode, kind                  string
	actions                              []string
	importing, after, unknown, sensitive json.RawMessage
}

func (p *plan) change(ctx context.Context, d *document, after bool) error {
	var c resourceChange
	change := map[string]any{"actions": &c.actions, "importing": &c.importing, "after": &c.after, "after_unknown": &c.unknown, "after_sensitive": &c.sensitive}
	err := d.fields(map[string]any{"address": &c.address, "mode": &c.mode, "type": &c.kind, "change": func() error { return d.fields(change) }})
	if err != nil || c.mode != managed || !p.counts(c) {
		return err
	}
	r := resource{p.found, c.kind, imageids.Place{File: p.file, Address: c.address}}
	if after {
		if err := r.find(ctx, d, c.after, c.sensitive); err != nil {
			return err
		}
	}
	if p.again || !bytes.Contains(c.unknown, []byte("true")) {
		return nil
	}
	return r.unknowns(d.within(c.unknown), nil)
}

// deferred reads a change that Terraform puts off to a later plan. Planned values leave it out.
func (p *plan) deferred(ctx context.Context, d *document) error {
	return d.fields(map[string]any{"resource_change": func() error { return p.change(ctx, d, !p.again) }})
}

// counts is whether a change puts a resource into use, or leaves one where all count. What is deleted or forgotten has no
// values after it; what is imported may not change.
func (p *plan) counts(c resourceChange) bool {
	isImport := len(c.importing) > 0 && c.importing[0] == '{'
	return slices.Contains(c.actions, "create") || slices.Contains(c.actions, "update") ||
		slices.Contains(c.actions, "no-op") && (isImport || p.scope == ScopeAll)
}

// checkHead looks at what a document begins with, for what people give instead of JSON.
func checkHead(in *bufio.Reader) error {
	head, _ := in.Peek(4096) // an error comes again with the first read
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return flaw("it is a binary plan, as terraform plan -out writes it")
	case bytes.HasPrefix(text, []byte("[command]")), bytes.HasPrefix(text, []byte("::")):
		return flaw("it begins with a line of the wrapper that setup-terraform installs: set terraform_wrapper: false")
	case !bytes.HasPrefix(text, []byte("{")) && printed.Match(head):
		return flaw("it is text, as terraform plan and terraform show without -json print it")
	}
	return nil
}

// printed is what Terraform and OpenTofu print of a plan or a state for people to read, soon after its start.
var printed = regexp.MustCompile(`Terraform|OpenTofu|: Refreshing state\.\.\.|: Reading\.\.\.|Changes to Outputs:|resource "`)
