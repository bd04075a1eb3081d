package inputs

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// read fills in an action's own inputs and those of all actions, and checks each by the rules for all and the action's
// own. The targets are pointers to structs whose tags name inputs and variables, an input in upper case with underscores,
// since go-envconfig takes no hyphens. Faults are in the order of their fields. The timeout is that of the step where none is given.
func read(lookup func(string) (string, bool), in *Common, timeout time.Duration, own rules, targets ...any) *faults {
	f := &faults{invalid: hcp.CheckEnvironment(func(name string) string {
		value, _ := lookup(name)
		return value
	})}
	all := commonRules()
	maps.Copy(all, own)
	decode := func(target any) { f.err = cmp.Or(f.err, f.decode(lookup, all, target)) }
	var given logins
	decode(&given)
	in.HCP.Credentials = f.credentials(given)
	in.HCP.Timeout = timeout
	for _, target := range targets {
		decode(target)
	}
	return f
}

// decode fills in one struct. The error is of its tags.
func (f *faults) decode(lookup func(string) (string, bool), all rules, target any) error {
	return envconfig.ProcessWith(context.Background(), &envconfig.Config{
		Target:           target,
		DefaultDelimiter: "\n",
		Lookuper: envconfig.LookuperFunc(func(key string) (string, bool) {
			// A blank value counts as unset: the runner passes an input that is not set as an empty string.
			variable, _ := name(key)
			value, _ := lookup(variable)
			value = strings.TrimSpace(value)
			return value, value != ""
		}),
		// go-envconfig would stop at the first field that it cannot decode, so each text is made decodable before.
		Mutators: []envconfig.Mutator{envconfig.MutatorFunc(func(_ context.Context, key, _, _, text string) (string, bool, error) {
			rule := all[key]
			if rule == nil || text == "" { // as where an input and its variable are unset
				return text, false, nil
			}
			decodable, fault := rule(text)
			if _, input := name(key); fault != "" {
				f.addInvalid("%s %s", input, fault)
			}
			return decodable, false, nil
		})},
	})
}

// name is what a key is called: by the runner, which passes an input upper-cased with its hyphens, and by its author.
func name(key string) (variable, input string) {
	if strings.HasPrefix(key, "HCP_") {
		return key, key
	}
	input = strings.ReplaceAll(key, "_", "-")
	return "INPUT_" + input, strings.ToLower(input)
}

// faults gathers what is wrong with the inputs, so that the author reads all of it at once.
type faults struct {
	whole   []string // what is missing, or does not go together
	invalid []string
	err     error // of the tags
}

// add notes a fault of the whole, and addInvalid one of an input. The operands must be safe to show, see
// [problem.Quote].
func (f *faults) add(format string, operands ...any) {
	f.whole = append(f.whole, fmt.Sprintf(format, operands...))
}

func (f *faults) addInvalid(format string, operands ...any) {
	f.invalid = append(f.invalid, fmt.Sprintf(format, operands...))
}

func (f *faults) require(name, value string) {
	if value == "" {
		f.add("%s is required", name)
	}
}

func (f *faults) problem() error {
	all := slices.Concat(f.whole, f.invalid)
	if f.err != nil || len(all) == 0 {
		return f.err
	}
	return problem.New(problem.InvalidInput, "The inputs cannot be used: %s. Correct them in the step's with: or env:.", strings.Join(all, "; "))
}
