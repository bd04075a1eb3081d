package terraform

import (
	"context"
	"encoding/json"
	"errors"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// managed is the mode of a resource that Terraform makes, and does not only read.
const managed = "managed"

// FindInState is [FindInPlan] for a state.
func FindInState(ctx context.Context, name string, open Opener, found *imageids.Found) error {
	s := state{modules: modules{found: found, file: name}}
	err := eachDocument(ctx, open, s.read)
	var why flaw
	if errors.As(err, &why) {
		return problem.New(problem.InvalidInput, "The input state: %s is not a state: %s. "+
			"Create it with terraform show -json, without a plan file.", problem.Quote(name), why)
	}
	return err
}

// state is what terraform show -json wrote of one state or several.
//
// Its format: https://developer.hashicorp.com/terraform/internals/json-format#state-representation
type state struct {
	modules
	versioned bool // whether the one that is read has a format_version
}

// read finds the ids in a state. One of nothing has a format_version alone.
func (s *state) read(ctx context.Context, d *document, _ int) error {
	s.versioned = false
	if err := d.object(func(name string) error { return s.member(ctx, d, name) }); err != nil {
		return err
	}
	if !s.versioned {
		return flaw("it has no format_version")
	}
	return nil
}

func (s *state) member(ctx context.Context, d *document, name string) error {
	switch name {
	case "format_version":
		s.versioned = true
		return readVersion(d)
	case "values":
		return d.object(func(name string) error {
			if name != "root_module" {
				return d.skip()
			}
			return s.module(ctx, d)
		})
	case "planned_values", "resource_changes":
		return flaw("it is a plan: use the input plan")
	}
	if why := misnamed(name); why != "" {
		return why
	}
	return d.skip()
}

// modules finds the ids in the resources of modules, as planned values and states list them.
type modules struct {
	found *imageids.Found
	file  string
}

// module finds the ids in a module and in those in it.
func (m *modules) module(ctx context.Context, d *document) error {
	return d.object(func(name string) error {
		switch name {
		case "resources":
			return d.array(func() error { return m.resource(ctx, d) })
		case "child_modules":
			return d.array(func() error { return m.module(ctx, d) })
		}
		return d.skip()
	})
}

func (m *modules) resource(ctx context.Context, d *document) error {
	var address, mode, kind string
	var values, sensitive json.RawMessage
	err := d.fields(map[string]any{"address": &address, "mode": &mode, "type": &kind, "values": &values, "sensitive_values": &sensitive})
	if err != nil || mode != managed {
		return err
	}
	return resource{m.found, kind, imageids.Place{File: m.file, Address: address}}.find(ctx, d, values, sensitive)
}
