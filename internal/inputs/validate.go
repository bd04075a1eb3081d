package inputs

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

const (
	maxSlug        = 64
	maxFingerprint = 128
	maxTimeout     = time.Hour
	day            = 24 * time.Hour
)

var daysPattern = regexp.MustCompile(`^[0-9]{1,6}d$`)

// faults gathers what is wrong with the inputs, so that the author reads all of it at once.
type faults []string

// add notes a fault. The operands must be safe to show, see [problem.Quote].
func (f *faults) add(format string, operands ...any) {
	*f = append(*f, fmt.Sprintf(format, operands...))
}

// problem is nil where there is no fault.
func (f *faults) problem() error {
	if len(*f) == 0 {
		return nil
	}
	return problem.New(problem.InvalidInput, "The inputs cannot be used: %s. Correct them in the step's with: or env:.", strings.Join(*f, "; "))
}

// validate checks every input of the main action against its rule in the contract.
func validate(given raw, vars variables) (*Inputs, error) {
	var f faults
	f.required(given)
	in := &Inputs{
		Bucket:        f.slug("bucket", given.Bucket, maxSlug),
		Channel:       f.slug("channel", given.Channel, maxSlug),
		Fingerprint:   f.slug("fingerprint", given.Fingerprint, maxFingerprint),
		Region:        given.Region,
		CloudProvider: given.CloudProvider,
		ComponentType: given.ComponentType,
		Labels:        f.labels(given.Labels),
		APIVersion:    f.oneOf("api-version", given.APIVersion, "2023-01-01", "2021-04-30"),
		Common:        f.common(given.Common, given.Timeout, vars),
	}
	return in, f.problem()
}

// common checks the inputs that both actions have.
func (f *faults) common(given rawCommon, timeout string, vars variables) Common {
	return Common{
		Credentials:       f.credentials(given, vars),
		OrganizationID:    f.uuid("organization-id", cmp.Or(given.OrganizationID, vars.OrganizationID)),
		ProjectID:         f.uuid("project-id", cmp.Or(given.ProjectID, vars.ProjectID)),
		Geography:         f.oneOf("geography", cmp.Or(given.Geography, vars.Geography, "us"), hcp.Geographies()...),
		Endpoints:         f.endpoints(vars),
		FailOn:            f.oneOf("fail-on", given.FailOn, "revoked", "scheduled", "never"),
		RevocationHorizon: f.horizon(given.RevocationHorizon, given.FailOn),
		Timeout:           f.timeout(timeout),
		// In doubt the summary is written: it is where an invalid job-summary is told.
		JobSummary: f.oneOf("job-summary", given.JobSummary, "true", "false") != "false",
	}
}

// required checks that the run has one bucket and one way to find the iteration in it.
func (f *faults) required(given raw) {
	if given.Bucket == "" {
		f.add("bucket is required")
	}
	switch {
	case given.Channel == "" && given.Fingerprint == "":
		f.add("channel or fingerprint is required")
	case given.Channel != "" && given.Fingerprint != "":
		f.add("channel and fingerprint exclude each other")
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

func (f *faults) oneOf(name, value string, valid ...string) string {
	if !slices.Contains(valid, value) {
		f.add("%s %s is not one of %s", name, problem.Quote(value), strings.Join(valid, ", "))
	}
	return value
}

// labels reads one key=value a line.
func (f *faults) labels(text string) []Label {
	var labels []Label
	var wrong []string
	for _, line := range lines(text) {
		key, value, found := strings.Cut(line, "=")
		if !found || key == "" {
			wrong = append(wrong, problem.Quote(line))
			continue
		}
		labels = append(labels, Label{Key: key, Value: value})
	}
	if len(wrong) > 0 {
		f.add("labels has lines that are not key=value: %s", problem.List(wrong))
	}
	return labels
}

func (f *faults) timeout(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > maxTimeout {
		f.add("timeout %s is not a duration of more than 0 and at most 1h, such as 90s", problem.Quote(text))
	}
	return d
}

// horizon reads a Go duration or a number of whole days.
func (f *faults) horizon(text, failOn string) time.Duration {
	if text == "" {
		return 0
	}
	if failOn != "scheduled" {
		f.add("revocation-horizon needs fail-on: scheduled")
	}
	d, err := parseDays(text)
	if err != nil || d <= 0 {
		f.add("revocation-horizon %s is not a duration of more than 0, such as 72h or 7d", problem.Quote(text))
	}
	return d
}

// parseDays is [time.ParseDuration] that also knows whole days, up to the 292 years that a duration
// can hold.
func parseDays(text string) (time.Duration, error) {
	if !daysPattern.MatchString(text) {
		return time.ParseDuration(text)
	}
	days, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if days > int(math.MaxInt64/day) {
		return 0, strconv.ErrRange
	}
	return time.Duration(days) * day, err
}

// endpoints checks the SDK's development variables, which the SDK itself would report one at a time
// and only once it runs.
func (f *faults) endpoints(vars variables) hcp.Endpoints {
	if vars.APIAddress != "" {
		u, err := url.Parse("https://" + vars.APIAddress)
		if err != nil || u.Hostname() == "" || u.Host != vars.APIAddress || strings.HasSuffix(u.Host, ":") {
			f.add("HCP_API_ADDRESS %s is not a host with an optional port", problem.Quote(vars.APIAddress))
		}
	}
	if vars.AuthURL != "" {
		u, err := url.Parse(vars.AuthURL)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			// Not quoted: somebody may have put a password into it.
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
	return f.oneOf(name, value, hcp.TLSSettings()...)
}
