package inputs

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

const (
	maxSlug    = 64
	maxTimeout = time.Hour
	day        = 24 * time.Hour
)

// faults gathers what is wrong with the inputs, so that the author reads all of it at once: first what only several of
// them show together, then what is wrong with each.
type faults struct{ whole, fields []string }

// add notes a fault of one input. The operands must be safe to show, see [problem.Quote].
func (f *faults) add(format string, operands ...any) {
	f.fields = append(f.fields, fmt.Sprintf(format, operands...))
}

// addWhole notes a fault that several inputs show together.
func (f *faults) addWhole(format string, operands ...any) {
	f.whole = append(f.whole, fmt.Sprintf(format, operands...))
}

// problem is nil where there is no fault.
func (f *faults) problem() error {
	all := slices.Concat(f.whole, f.fields)
	if len(all) == 0 {
		return nil
	}
	return problem.New(problem.InvalidInput, "The inputs cannot be used: %s. Correct them in the step's with: or env:.", strings.Join(all, "; "))
}

// require checks that an input is set.
func (f *faults) require(name, value string) {
	if value == "" {
		f.addWhole("%s is required", name)
	}
}

// requireOne checks that one of two inputs is set, and not both.
func (f *faults) requireOne(name, value, otherName, other string) {
	switch {
	case value == "" && other == "":
		f.addWhole("%s or %s is required", name, otherName)
	case value != "" && other != "":
		f.addWhole("set %s or %s, not both", name, otherName)
	}
}

func (f *faults) slug(name, value string, most int) string {
	if value != "" && !hcp.IsName(value, most) {
		f.add(`%s %s is not 1-%d letters, digits, "-", "_" or ".", beginning with a letter or digit`,
			name, problem.Quote(value), most)
	}
	return value
}

func (f *faults) uuid(name, value string) string {
	if value != "" && !hcp.IsUUID(value) {
		f.add("%s %s is not a UUID", name, problem.Quote(value))
	}
	return value
}

// oneOf checks for one of the legal values, which stand beside their type.
func oneOf[T ~string](f *faults, name, value string, legal []T) T {
	if !slices.Contains(legal, T(value)) {
		names := make([]string, len(legal))
		for i, one := range legal {
			names[i] = string(one)
		}
		f.add("%s %s is not one of %s", name, problem.Quote(value), strings.Join(names, ", "))
	}
	return T(value)
}

// boolean is false unless the value is true.
func (f *faults) boolean(name, value string) bool {
	return oneOf(f, name, value, []string{"true", "false"}) == "true"
}

// lines are the lines that hold anything, trimmed.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func (f *faults) timeout(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > maxTimeout {
		f.add("timeout %s is not a duration of more than 0 and at most 1h, such as 90s", problem.Quote(text))
		return time.Minute // to tell it within
	}
	return d
}

func (f *faults) horizon(text, failOn string) time.Duration {
	if text != "" && failOn != string(gate.FailOnScheduled) {
		f.addWhole("revocation-horizon needs fail-on: scheduled")
	}
	return f.days("revocation-horizon", text)
}

// days reads a Go duration or a number of whole days, 0 where there is none.
func (f *faults) days(name, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := parseDays(text)
	if err != nil || d <= 0 {
		f.add("%s %s is not a duration of more than 0, such as 72h or 7d", name, problem.Quote(text))
	}
	return d
}

// parseDays is [time.ParseDuration] that also knows whole days, up to the 292 years that a duration
// can hold.
func parseDays(text string) (time.Duration, error) {
	digits, isDays := strings.CutSuffix(text, "d")
	if !isDays {
		return time.ParseDuration(text)
	}
	days, err := strconv.ParseUint(digits, 10, 32)
	if err == nil && days > uint64(math.MaxInt64/day) {
		err = strconv.ErrRange
	}
	return time.Duration(days) * day, err //nolint:gosec // it fits
}

// endpoints checks the SDK's development variables, which the SDK itself would report one at a time
// and only once it runs.
func (f *faults) endpoints(vars variables) hcp.Endpoints {
	if vars.APIAddress != "" {
		u, err := url.Parse("https://" + vars.APIAddress)
		if err != nil || u.Hostname() == "" || u.Host != vars.APIAddress || strings.HasSuffix(u.Host, ":") {
			// Not quoted: somebody may have put a password into it.
			f.add("HCP_API_ADDRESS is not a host with an optional port")
		}
	}
	if vars.AuthURL != "" {
		u, err := url.Parse(vars.AuthURL)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			f.add("HCP_AUTH_URL is not an https URL without a user")
		}
	}
	return hcp.Endpoints{
		APIAddress: vars.APIAddress,
		AuthURL:    vars.AuthURL,
		APITLS:     f.tls("HCP_API_TLS", vars.APITLS),
		AuthTLS:    f.tls("HCP_AUTH_TLS", vars.AuthTLS),
	}
}

func (f *faults) tls(name, value string) string {
	if value == "" {
		return value
	}
	return oneOf(f, name, value, hcp.TLSSettings())
}
