package inputs

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/terraform"
	"hcp-packer-iteration/internal/workspace"
)

// rule says what is wrong with the text of an input, to be read after the input's name, and gives a text that can be
// decoded into the input's field. A fault is safe to show, see [problem.Quote].
type rule func(text string) (decodable, fault string)

// rules are by the keys of the inputs. An input without one may be any text.
type rules map[string]rule

// commonRules are for the inputs that mean the same in each action that has them.
func commonRules() rules {
	all := rules{}
	add := func(r rule, keys ...string) {
		for _, key := range keys {
			all[key] = r
		}
	}
	boolean := isOneOf([]string{"true", "false"})
	add(orElse("true", boolean), "JOB_SUMMARY") // it is where an invalid job-summary is told
	add(orElse("false", boolean), "ALLOW_OLDER", "CREATE_CHANNEL", "DRY_RUN", "FIX", "PREVIOUS")
	add(isName(maxSlug), "BUCKET", "FROM_CHANNEL")
	add(isName(registry.MaxFingerprint), "FINGERPRINT")
	add(is(hcp.IsUUID, "VALUE is not a UUID"), "ORGANIZATION_ID", "PROJECT_ID")
	add(isOneOf(registry.APIVersions()), "API_VERSION")
	add(isOneOf(hcp.Geographies()), "GEOGRAPHY")
	add(isOneOf(gate.FailOns()), "FAIL_ON")
	add(isOneOf(gate.Effects()), "OUTDATED", "PARENTS", "ROLLED_BACK", "UNASSIGNED", "UNKNOWN", "UNTRACKED")
	add(isOneOf(terraform.Scopes()), "PLAN_SCOPE")
	add(isOneOf(workspace.MissingValues()), "IF_NO_FILES_FOUND")
	add(isLines, "FILES", "PLAN", "STATE")
	add(isDays, "MAX_AGE", "REVOCATION_HORIZON")
	add(orElse("1m", is(isTimeout, "VALUE is not a duration of more than 0 and at most 1h, such as 90s")), "TIMEOUT")
	add(isOneOf(hcp.TLSSettings()), "HCP_API_TLS", "HCP_AUTH_TLS")
	// These two are not shown: somebody may have put a password into them.
	add(is(isHostAndPort, "is not a host with an optional port"), "HCP_API_ADDRESS")
	add(is(isHTTPSURL, "is not an https URL without a user"), "HCP_AUTH_URL")
	return all
}

// is is the rule that a text be valid. The fault has the text in the place of VALUE.
func is(valid func(text string) bool, fault string) rule {
	return func(text string) (string, string) {
		if valid(text) {
			return text, ""
		}
		return text, strings.Replace(fault, "VALUE", problem.Quote(text), 1)
	}
}

// orElse decodes another text where the one that is given is invalid.
func orElse(other string, r rule) rule {
	return func(text string) (string, string) {
		_, fault := r(text)
		if fault != "" {
			text = other
		}
		return text, fault
	}
}

// into has a function parse a field's text instead of go-envconfig, which leaves the field alone where there is nothing
// to decode. The function's error is a clause to follow the input's name.
func into[T any](field *T, parse func(text string) (T, error)) rule {
	return func(text string) (_, fault string) {
		var err error
		if *field, err = parse(text); err != nil {
			fault = err.Error()
		}
		return "", fault
	}
}

const (
	maxSlug = 64
	// channelKey is of an input that means something else in each action.
	channelKey = "CHANNEL"
)

func isName(most int) rule {
	return is(func(text string) bool { return len(text) <= most && registry.IsName(text) },
		fmt.Sprintf(`VALUE is not 1-%d letters, digits, "-", "_" or ".", beginning with a letter or digit`, most))
}

// isOneOf is for the legal values, which stand beside their type.
func isOneOf[T ~string](legal []T) rule {
	names := make([]string, len(legal))
	for i, one := range legal {
		names[i] = string(one)
	}
	return is(func(text string) bool { return slices.Contains(names, text) }, "VALUE is not one of "+strings.Join(names, ", "))
}

func isTimeout(text string) bool {
	d, err := time.ParseDuration(text)
	return err == nil && d > 0 && d <= time.Hour
}

// isDays is for a duration or a number of whole days.
func isDays(text string) (decodable, fault string) {
	d, err := parseDays(text)
	if err != nil || d <= 0 {
		return "-1ns", problem.Quote(text) + " is not a duration of more than 0, such as 72h or 7d" // it is set all the same
	}
	return d.String(), ""
}

// parseDays is [time.ParseDuration] that also knows whole days.
func parseDays(text string) (time.Duration, error) {
	if digits, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return 0, err
		}
		text = fmt.Sprintf("%dh", 24*n)
	}
	return time.ParseDuration(text)
}

func isHostAndPort(text string) bool {
	u, err := url.Parse("https://" + text)
	return err == nil && u.Hostname() != "" && u.Host == text && !strings.HasSuffix(u.Host, ":")
}

func isHTTPSURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

// isLines drops the lines that hold nothing.
func isLines(text string) (decodable, fault string) { return strings.Join(lines(text), "\n"), "" }

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

// parseLines reads one item a line. The error says what the lines are that are invalid, and lists them.
func parseLines[T any](text, are string, parse func(line string) (item T, valid bool)) (items []T, err error) {
	var wrong []string
	for _, line := range lines(text) {
		if item, valid := parse(line); valid {
			items = append(items, item)
		} else {
			wrong = append(wrong, problem.Quote(line))
		}
	}
	if len(wrong) > 0 {
		err = fmt.Errorf("has lines that are %s: %s", are, problem.List(wrong))
	}
	return items, err
}
