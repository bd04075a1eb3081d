package imageids

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"

	"hcp-packer-iteration/internal/problem"
)

// plan is what is read of the output of terraform show -json, in terraform-json's types. The state
// before the plan and the configuration, which make the most of a large plan, are left where they
// are: [tfjson.Plan] would decode them too.
//
// Its format: https://developer.hashicorp.com/terraform/internals/json-format
type plan struct {
	FormatVersion   string                   `json:"format_version"`
	Errored         bool                     `json:"errored"`
	ResourceChanges []*tfjson.ResourceChange `json:"resource_changes"`
	PlannedValues   *struct {
		RootModule *tfjson.StateModule `json:"root_module"`
	} `json:"planned_values"`

	// Values and Serial tell a state from a plan: those of terraform show -json and of the backend.
	Values json.RawMessage `json:"values"`
	Serial json.RawMessage `json:"serial"`
}

// plan finds the ids in a plan.
func (f *finder) plan(_ context.Context, name string, data []byte) error {
	p, err := decodePlan(data)
	if err != nil {
		return problem.New(problem.InvalidInput, "The input plan names %s, which is no plan: %s. "+
			"Write it with terraform show -json, of a file that terraform plan -out wrote.", problem.Quote(name), err)
	}
	if f.scope == ScopeAll && p.PlannedValues != nil {
		if err := f.module(name, p.PlannedValues.RootModule); err != nil {
			return err
		}
	}
	for _, change := range p.ResourceChanges {
		if !putsIntoUse(change) {
			continue
		}
		r := resource{f, change.Type, Place{File: name, Address: change.Address}}
		if f.scope != ScopeAll {
			if err := r.values(nil, change.Change.After, change.Change.AfterSensitive); err != nil {
				return err
			}
		}
		// Also of all resources: planned values leave out what is not known.
		r.unknowns(nil, change.Change.AfterUnknown)
	}
	return nil
}

// decodePlan reads a plan. Its error completes a sentence, and is safe to show.
func decodePlan(data []byte) (*plan, error) {
	var p plan
	err := json.Unmarshal(data, &p)
	var syntax *json.SyntaxError
	switch {
	case bytes.HasPrefix(data, []byte("[command]")):
		return nil, errors.New("it begins with a line of the wrapper that setup-terraform installs, which terraform_wrapper: false turns off")
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("its JSON is broken at byte %d", syntax.Offset)
	case err != nil: // not shown: it may quote a value
		return nil, errors.New("its JSON is not of a plan's form")
	case p.Values != nil || p.Serial != nil:
		return nil, errors.New("it is a state")
	case p.FormatVersion == "":
		return nil, errors.New("it has no format_version")
	case (&tfjson.Plan{FormatVersion: p.FormatVersion}).Validate() != nil:
		return nil, fmt.Errorf("its format_version %s is not supported", problem.Quote(p.FormatVersion))
	case p.PlannedValues == nil && p.ResourceChanges == nil:
		return nil, errors.New("it has neither planned_values nor resource_changes")
	case p.Errored:
		return nil, errors.New("the planning had failed, so that it is not complete")
	}
	return &p, nil
}

// putsIntoUse is whether a change creates, replaces or updates a managed resource.
func putsIntoUse(change *tfjson.ResourceChange) bool {
	return change != nil && change.Change != nil && change.Mode == tfjson.ManagedResourceMode &&
		(slices.Contains(change.Change.Actions, tfjson.ActionCreate) || slices.Contains(change.Change.Actions, tfjson.ActionUpdate))
}

// module finds the ids in the planned values of a module and of those in it.
func (f *finder) module(name string, m *tfjson.StateModule) error {
	if m == nil {
		return nil
	}
	for _, planned := range m.Resources {
		if planned == nil || planned.Mode != tfjson.ManagedResourceMode {
			continue
		}
		var sensitive any
		if planned.SensitiveValues != nil {
			_ = json.Unmarshal(planned.SensitiveValues, &sensitive) // it was decoded once already
		}
		r := resource{f, planned.Type, Place{File: name, Address: planned.Address}}
		if err := r.values(nil, planned.AttributeValues, sensitive); err != nil {
			return err
		}
	}
	for _, child := range m.ChildModules {
		if err := f.module(name, child); err != nil {
			return err
		}
	}
	return nil
}

// resource is one whose attributes are walked.
type resource struct {
	finder *finder
	kind   string
	place  Place
}

// values finds ids in the value at a path. The mark says what of it is sensitive.
func (r resource) values(path []string, value, mark any) error {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if err := r.values(append(path, name), value[name], field(mark, name)); err != nil {
				return err
			}
		}
	case []any:
		for i, element := range value {
			if err := r.values(path, element, item(mark, i)); err != nil {
				return err
			}
		}
	case string:
		if value != "" && holdsImage(r.kind, path) {
			return r.finder.named(value, r.place, mark == true)
		}
	}
	return nil
}

// unknowns finds what holds an image and is not known before apply. The mark says what is not.
func (r resource) unknowns(path []string, mark any) {
	switch mark := mark.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(mark)) {
			r.unknowns(append(path, name), mark[name])
		}
	case []any:
		for _, element := range mark {
			r.unknowns(path, element)
		}
	case bool:
		if mark && (holdsImage(r.kind, path) || coversImage(r.kind, path)) {
			r.finder.unknown(r.place)
		}
	}
}

// field is the mark of an attribute of what has this mark: a mark that is true covers all below.
func field(mark any, name string) any {
	if marks, ok := mark.(map[string]any); ok {
		return marks[name]
	}
	return mark
}

// item is the mark of an element of what has this mark.
func item(mark any, i int) any {
	marks, ok := mark.([]any)
	switch {
	case !ok:
		return mark
	case i < len(marks):
		return marks[i]
	}
	return nil
}
