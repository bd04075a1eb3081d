package inputs_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
	"hcp-packer-iteration/internal/verdict"
)

// env is a step's environment.
type env map[string]string

// with is e with what a case changes.
func (e env) with(changes env) env {
	all := maps.Clone(e)
	maps.Copy(all, changes)
	return all
}

func (e env) lookup(name string) (string, bool) {
	value, found := e[name]
	return value, found
}

// What each action needs at least. What verify makes of its inputs is in the golden files of internal/action.
var (
	least     = env{"INPUT_BUCKET": "ubuntu", "INPUT_CHANNEL": "production"}
	promotion = env{"INPUT_BUCKET": "golden", "INPUT_CHANNEL": "production", "INPUT_FROM-CHANNEL": "staging"}
)

const (
	organization = "0a1b2c3d-0000-4000-8000-00000000000a"
	project      = "11111111-1111-4111-8111-111111111111"
	provider     = "iam/project/" + project + "/service-principal/ci/workload-identity-provider/github"
	day          = 24 * time.Hour
)

func common(timeout time.Duration) inputs.Common {
	return inputs.Common{HCP: hcp.Config{Timeout: timeout}, JobSummary: true}
}

// accepted are environments by the name of the case, each on top of the least, with what differs from the defaults.
type accepted[T any] map[string]struct {
	env  env
	want func(in *T)
}

func (cases accepted[T]) test(t *testing.T, read func(func(string) (string, bool)) (T, error), least env, defaults T) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(least.with(tc.env).lookup)
			if err != nil {
				t.Fatal(err)
			}
			want := defaults
			if tc.want != nil {
				tc.want(&want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadResolve_accepts(t *testing.T) {
	t.Parallel()
	slug64, name128 := strings.Repeat("a", 64), strings.Repeat("a", 128)
	accepted[inputs.Resolve]{
		"defaults": {},
		"unset_as_the_runner_passes_it": {env: env{
			"INPUT_FINGERPRINT": "", "INPUT_REGION": "", "INPUT_LABELS": "", "INPUT_CLIENT-ID": "", "INPUT_CLIENT-SECRET": "",
			"INPUT_WORKLOAD-IDENTITY-PROVIDER": "", "INPUT_AUDIENCE": "", "INPUT_ORGANIZATION-ID": "", "INPUT_GEOGRAPHY": "",
			"INPUT_API-VERSION": "", "INPUT_FAIL-ON": "", "INPUT_REVOCATION-HORIZON": "", "INPUT_TIMEOUT": "", "INPUT_JOB-SUMMARY": "",
		}},
		"blank_variables_are_unset": {env: env{
			"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": " ", "HCP_WORKLOAD_IDENTITY_PROVIDER": "", "HCP_CRED_FILE": "\n",
			"HCP_ORGANIZATION_ID": "", "HCP_GEOGRAPHY": "", "HCP_API_ADDRESS": "", "HCP_AUTH_URL": "\t", "HCP_API_TLS": "", "HCP_AUTH_TLS": " ",
		}},
		"other_variables_are_no_inputs": {env: env{"BUCKET": "x", "REGION": "x", "INPUT_CLOUD_PROVIDER": "x", "HCP_REGION": "x", "TIMEOUT": "x"}},
		"dollar_is_no_reference": {
			env{"INPUT_REGION": "$HOME ${INPUT_BUCKET}"}, func(in *inputs.Resolve) { in.Selectors.Region = "$HOME ${INPUT_BUCKET}" },
		},
		"trimmed": {env{"INPUT_BUCKET": " aZ0-_.\r\n"}, func(in *inputs.Resolve) { in.Query.Bucket = "aZ0-_." }},
		"longest_names": {env{"INPUT_BUCKET": slug64, "INPUT_CHANNEL": "", "INPUT_FINGERPRINT": name128}, func(in *inputs.Resolve) {
			in.Query = registry.Query{Bucket: slug64, Fingerprint: name128, APIVersion: registry.API2023}
		}},
		"selectors": {
			env{
				"INPUT_REGION": "us-east-1", "INPUT_CLOUD-PROVIDER": "aws", "INPUT_COMPONENT-TYPE": "amazon-ebs.ubuntu",
				"INPUT_LABELS": "\n  os=ubuntu\r\n \t\nflags=a=b==c\nnote=\nrelease name=noble numbat\n",
			},
			func(in *inputs.Resolve) {
				in.Selectors = selection.Selectors{Region: "us-east-1", CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Labels: []selection.Label{
					{Key: "os", Value: "ubuntu"}, {Key: "flags", Value: "a=b==c"}, {Key: "note"}, {Key: "release name", Value: "noble numbat"},
				}}
			},
		},
		"policy": {
			env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "1h30m", "INPUT_MAX-AGE": "365d", "INPUT_PARENTS": "fail", "INPUT_ROLLED-BACK": "warn"},
			func(in *inputs.Resolve) {
				in.Policy = gate.Policy{FailOn: gate.FailOnScheduled, Horizon: 90 * time.Minute, MaxAge: 365 * day, Parents: gate.Fail}
				in.RolledBack = gate.Warn
			},
		},
		"nothing_that_the_old_does_not_have": {
			env{"INPUT_PARENTS": "ignore", "INPUT_ROLLED-BACK": "ignore", "INPUT_API-VERSION": "2021-04-30"},
			func(in *inputs.Resolve) { in.Query.APIVersion = registry.API2021 },
		},
		"session": {
			env{
				"INPUT_ORGANIZATION-ID": strings.ToUpper(organization), "INPUT_PROJECT-ID": project, "INPUT_GEOGRAPHY": "eu",
				"HCP_API_ADDRESS": "127.0.0.1:8443", "HCP_AUTH_URL": "https://auth.example.com", "HCP_API_TLS": "disabled", "HCP_AUTH_TLS": "insecure",
				"INPUT_TIMEOUT": "60m", "INPUT_JOB-SUMMARY": "false",
			},
			func(in *inputs.Resolve) {
				in.Common = inputs.Common{HCP: hcp.Config{
					OrganizationID: strings.ToUpper(organization), ProjectID: project, Geography: "eu", Timeout: time.Hour,
					Endpoints: hcp.Endpoints{APIAddress: "127.0.0.1:8443", AuthURL: "https://auth.example.com", APITLS: "disabled", AuthTLS: "insecure"},
				}}
			},
		},
		"variables": {
			env{"HCP_ORGANIZATION_ID": organization, "HCP_PROJECT_ID": project, "HCP_GEOGRAPHY": "eu", "INPUT_PROJECT-ID": " "},
			func(in *inputs.Resolve) {
				in.HCP.OrganizationID, in.HCP.ProjectID, in.HCP.Geography = organization, project, "eu"
			},
		},
		"inputs_before_variables": {
			env{"INPUT_ORGANIZATION-ID": organization, "HCP_ORGANIZATION_ID": "acme", "INPUT_GEOGRAPHY": "us", "HCP_GEOGRAPHY": "eu"},
			func(in *inputs.Resolve) { in.HCP.OrganizationID, in.HCP.Geography = organization, "us" },
		},
	}.test(t, inputs.ReadResolve, least, inputs.Resolve{
		Query:      registry.Query{Bucket: "ubuntu", Channel: "production", APIVersion: registry.API2023},
		Policy:     gate.Policy{FailOn: gate.FailOnRevoked, Parents: gate.Ignore},
		RolledBack: gate.Ignore,
		Common:     common(time.Minute),
	})
}

func TestReadAudit_accepts(t *testing.T) {
	t.Parallel()
	accepted[inputs.Audit]{
		"defaults": {},
		"patterns": {
			env{"INPUT_BUCKETS": " ubuntu \n\n!ubuntu-[12]?\r\n", "INPUT_CHANNELS": "prod*\nlatest"},
			func(in *inputs.Audit) {
				in.Buckets.Lines, in.Channels.Lines = []string{"ubuntu", "!ubuntu-[12]?"}, []string{"prod*", "latest"}
			},
		},
		"effects": {
			env{"INPUT_FAIL-ON": "never", "INPUT_UNASSIGNED": "fail", "INPUT_ROLLED-BACK": "warn", "INPUT_TIMEOUT": "20m"},
			func(in *inputs.Audit) {
				in.Policy.FailOn, in.Unassigned, in.RolledBack, in.HCP.Timeout = gate.FailOnNever, gate.Fail, gate.Warn, 20*time.Minute
			},
		},
		"waivers": {
			env{"INPUT_WAIVERS": "golden/production until 2026-12-31 the vendor's  fix\n", "INPUT_WAIVERS-FILE": ".github/waivers.txt"},
			func(in *inputs.Audit) {
				in.Waivers = inputs.Waivers{File: ".github/waivers.txt", Given: []verdict.Waiver{
					{ID: "golden/production", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Reason: "the vendor's fix"},
				}}
			},
		},
	}.test(t, inputs.ReadAudit, env{}, inputs.Audit{
		Buckets:    registry.Patterns{Lines: []string{"*"}},
		Channels:   registry.Patterns{Lines: []string{"*"}, ByName: "latest"},
		Policy:     gate.Policy{FailOn: gate.FailOnRevoked, Parents: gate.Ignore},
		RolledBack: gate.Ignore,
		Unassigned: gate.Warn,
		Common:     common(5 * time.Minute),
	})
}

func TestReadPromote_accepts(t *testing.T) {
	t.Parallel()
	accepted[inputs.Promote]{
		"defaults": {},
		"fingerprint": {
			env{"INPUT_FROM-CHANNEL": "", "INPUT_FINGERPRINT": "01JV"},
			func(in *inputs.Promote) { in.Query.Channel, in.Query.Fingerprint = "", "01JV" },
		},
		"switches": {
			env{"INPUT_ALLOW-OLDER": "true", "INPUT_CREATE-CHANNEL": " true ", "INPUT_DRY-RUN": "true"},
			func(in *inputs.Promote) { in.AllowOlder, in.CreateChannel, in.DryRun = true, true, true },
		},
		"previous": {
			env{"INPUT_FROM-CHANNEL": "", "INPUT_PREVIOUS": "true"},
			func(in *inputs.Promote) { in.Query.Channel, in.Previous = "", true },
		},
		"required_images": {
			env{"INPUT_REQUIRE-IMAGES": "cloud-provider=aws, region = us-east-1\n\n component-type=amazon-ebs.a=b\n"},
			func(in *inputs.Promote) {
				in.Required = []selection.Selectors{{CloudProvider: "aws", Region: "us-east-1"}, {ComponentType: "amazon-ebs.a=b"}}
			},
		},
		"from_latest": {env{"INPUT_FROM-CHANNEL": "latest"}, func(in *inputs.Promote) { in.Query.Channel = "latest" }},
	}.test(t, inputs.ReadPromote, promotion, inputs.Promote{
		Query:   registry.Query{Bucket: "golden", Channel: "staging", APIVersion: registry.API2023},
		Channel: "production",
		Policy:  gate.Policy{FailOn: gate.FailOnRevoked, Parents: gate.Ignore},
		Common:  common(time.Minute),
	})
}

// refused are environments by the name of the case, each on top of the least, with what the message says.
type refused map[string]struct {
	env  env
	says string
}

func (cases refused) test(t *testing.T, read func(lookup func(string) (string, bool)) error, least env) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message := invalidInput(t, read(least.with(tc.env).lookup))
			checkWording(t, message)
			if !strings.Contains(message, tc.says) {
				t.Errorf("got %q, want %q in it", message, tc.says)
			}
		})
	}
}

func resolve(lookup func(string) (string, bool)) error {
	_, err := inputs.ReadResolve(lookup)
	return err
}
func audit(lookup func(string) (string, bool)) error { _, err := inputs.ReadAudit(lookup); return err }
func promote(lookup func(string) (string, bool)) error {
	_, err := inputs.ReadPromote(lookup)
	return err
}

func TestReadResolve_refuses(t *testing.T) {
	t.Parallel()
	const (
		noDays, noTimeout = "is not a duration of more than 0, such as 72h or 7d", "is not a duration of more than 0 and at most 1h, such as 90s"
		needsScheduled    = "revocation-horizon needs fail-on: scheduled"
	)
	horizon := func(text string) env { return env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": text} }
	refused{
		"bucket_missing":               {env{"INPUT_BUCKET": ""}, "bucket is required"},
		"bucket_blank":                 {env{"INPUT_BUCKET": " \n"}, "bucket is required"},
		"bucket_of_65":                 {env{"INPUT_BUCKET": strings.Repeat("a", 65)}, "bucket "},
		"channel_missing":              {env{"INPUT_CHANNEL": ""}, "channel or fingerprint is required"},
		"channel_dot_first":            {env{"INPUT_CHANNEL": ".a"}, `channel ".a" is not 1-64`},
		"channel_and_fingerprint":      {env{"INPUT_FINGERPRINT": "01K6"}, "set channel or fingerprint, not both"},
		"fingerprint_of_129":           {env{"INPUT_CHANNEL": "", "INPUT_FINGERPRINT": strings.Repeat("a", 129)}, "is not 1-128"},
		"labels_without_equals":        {env{"INPUT_LABELS": "os=ubuntu\narch"}, `labels has lines that are not key=value: "arch"`},
		"labels_blank_key":             {env{"INPUT_LABELS": "os=ubuntu\n =arm64"}, `"=arm64"`},
		"organization_id":              {env{"INPUT_ORGANIZATION-ID": organization[1:]}, "is not a UUID"},
		"organization_id_of_variable":  {env{"HCP_ORGANIZATION_ID": "acme"}, `organization-id "acme" is not a UUID`},
		"project_id_of_variable":       {env{"HCP_PROJECT_ID": "images"}, `project-id "images" is not a UUID`},
		"geography_upper_case":         {env{"INPUT_GEOGRAPHY": "US"}, `geography "US" is not one of us, eu`},
		"geography_of_variable":        {env{"HCP_GEOGRAPHY": "ap"}, `geography "ap" is not one of us, eu`},
		"api_version":                  {env{"INPUT_API-VERSION": "2023-01-02"}, "is not one of 2023-01-01, 2021-04-30"},
		"fail_on":                      {env{"INPUT_FAIL-ON": "Never"}, "is not one of revoked, scheduled, never"},
		"horizon_0":                    {horizon("0d"), noDays},
		"horizon_broken_days":          {horizon("1.5d"), noDays},
		"horizon_negative":             {horizon("-7d"), noDays},
		"horizon_no_unit":              {horizon("7"), noDays},
		"horizon_overflow":             {horizon("999999d"), noDays},
		"horizon_cut":                  {horizon(strings.Repeat("d", 1<<20)), noDays},
		"horizon_with_default_fail_on": {env{"INPUT_REVOCATION-HORIZON": "7d"}, needsScheduled},
		"horizon_with_never":           {env{"INPUT_FAIL-ON": "never", "INPUT_REVOCATION-HORIZON": "7d"}, needsScheduled},
		"max_age_0":                    {env{"INPUT_MAX-AGE": "0d"}, "max-age"},
		"parents":                      {env{"INPUT_PARENTS": "yes"}, `parents "yes" is not one of fail, warn, ignore`},
		"parents_of_the_old":           {env{"INPUT_PARENTS": "warn", "INPUT_API-VERSION": "2021-04-30"}, "parents needs api-version 2023-01-01"},
		"rolled_back":                  {env{"INPUT_ROLLED-BACK": "yes"}, `rolled-back "yes" is not one of fail, warn, ignore`},
		"rolled_back_of_the_old":       {env{"INPUT_ROLLED-BACK": "warn", "INPUT_API-VERSION": "2021-04-30"}, "rolled-back needs channel"},
		"rolled_back_of_a_fingerprint": {env{"INPUT_ROLLED-BACK": "warn", "INPUT_CHANNEL": "", "INPUT_FINGERPRINT": "f"}, "rolled-back needs channel"},
		"timeout_1h1ns":                {env{"INPUT_TIMEOUT": "1h1ns"}, noTimeout},
		"timeout_0":                    {env{"INPUT_TIMEOUT": "0"}, noTimeout},
		"timeout_days":                 {env{"INPUT_TIMEOUT": "1d"}, noTimeout},
		"job_summary":                  {env{"INPUT_JOB-SUMMARY": "True"}, `job-summary "True" is not one of true, false`},
		"api_address_url":              {env{"HCP_API_ADDRESS": "https://api.example.com"}, "HCP_API_ADDRESS is not a host"},
		"api_address_path":             {env{"HCP_API_ADDRESS": "api.example.com/x"}, "HCP_API_ADDRESS is not a host"},
		"api_address_user":             {env{"HCP_API_ADDRESS": "api.cloud.hashicorp.com@example.com"}, "HCP_API_ADDRESS is not a host"},
		"auth_url_http":                {env{"HCP_AUTH_URL": "http://auth.example.com"}, "HCP_AUTH_URL is not an https URL"},
		"auth_url_host":                {env{"HCP_AUTH_URL": "auth.example.com"}, "HCP_AUTH_URL is not an https URL"},
		"api_tls":                      {env{"HCP_API_TLS": "enabled"}, `HCP_API_TLS "enabled" is not one of insecure, disabled`},
		"proxy_malformed":              {env{"HTTPS_PROXY": "http://user:pass word@proxy"}, "HTTPS_PROXY"},
		"proxy_in_lower_case":          {env{"https_proxy": "://"}, "https_proxy"},
		"ca_file_absent":               {env{"SSL_CERT_FILE": "/no/such/file"}, "SSL_CERT_FILE"},
	}.test(t, resolve, least)
}

func TestReadAudit_refuses(t *testing.T) {
	t.Parallel()
	refused{
		"path":        {env{"INPUT_BUCKETS": "ubuntu\n../x"}, `neither a name nor a glob of names: "../x"`},
		"commas":      {env{"INPUT_CHANNELS": "dev, production"}, `"dev, production"`},
		"unassigned":  {env{"INPUT_UNASSIGNED": "error"}, `unassigned "error" is not one of fail, warn, ignore`},
		"rolled_back": {env{"INPUT_ROLLED-BACK": "true"}, `rolled-back "true" is not one of fail, warn, ignore`},
		"horizon":     {env{"INPUT_REVOCATION-HORIZON": "7d"}, "revocation-horizon needs fail-on: scheduled"},
	}.test(t, audit, env{})
}

func TestReadPromote_refuses(t *testing.T) {
	t.Parallel()
	refused{
		"no_bucket":            {env{"INPUT_BUCKET": ""}, "bucket is required"},
		"no_channel":           {env{"INPUT_CHANNEL": " "}, "channel is required"},
		"no_source":            {env{"INPUT_FROM-CHANNEL": ""}, "previous, from-channel or fingerprint is required"},
		"two_sources":          {env{"INPUT_FINGERPRINT": "01JV"}, "set one of previous, from-channel and fingerprint alone"},
		"previous_and_another": {env{"INPUT_PREVIOUS": "true"}, "set one of previous, from-channel and fingerprint alone"},
		"previous_created":     {env{"INPUT_FROM-CHANNEL": "", "INPUT_PREVIOUS": "true", "INPUT_CREATE-CHANNEL": "true"}, "previous needs a channel that exists"},
		"previous_maybe":       {env{"INPUT_PREVIOUS": "maybe"}, `previous "maybe" is not one of true, false`},
		"onto_itself":          {env{"INPUT_FROM-CHANNEL": "production"}, "from-channel and channel are the same"},
		"latest":               {env{"INPUT_CHANNEL": "latest"}, "channel latest is managed by HCP"},
		"no_channel_name":      {env{"INPUT_CHANNEL": "a/b"}, `channel "a/b" is not`},
		"no_source_name":       {env{"INPUT_FROM-CHANNEL": "../x"}, `from-channel "../x" is not`},
		"no_fingerprint":       {env{"INPUT_FROM-CHANNEL": "", "INPUT_FINGERPRINT": "a b"}, `fingerprint "a b" is not`},
		"no_boolean":           {env{"INPUT_DRY-RUN": "1"}, `dry-run "1" is not one of true, false`},
		"image_key":            {env{"INPUT_REQUIRE-IMAGES": "zone=a"}, `"zone=a"`},
		"image_key_twice":      {env{"INPUT_REQUIRE-IMAGES": "region=a,region=b"}, `"region=a,region=b"`},
		"image_without_value":  {env{"INPUT_REQUIRE-IMAGES": "region="}, `"region="`},
		"image_half":           {env{"INPUT_REQUIRE-IMAGES": "region=a,"}, `"region=a,"`},
	}.test(t, promote, promotion)
}

// invalidInput is the message of the problem that err has to be.
func invalidInput(t *testing.T, err error) string {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) || p.Title != problem.InvalidInput {
		t.Fatalf("got %v, want a problem titled %q", err, problem.InvalidInput)
	}
	return p.Message
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	sentence = regexp.MustCompile(`[.!?](\s|$)`)
	goism    = regexp.MustCompile(`%!|[*&{}]|\b[a-z]+\.[A-Z]|\b(nil|struct|int64|strconv|parsing)\b`)
)

// checkWording checks that there are three short sentences of ours at most, and nothing of Go's.
func checkWording(t *testing.T, message string) {
	t.Helper()
	ours := quoted.ReplaceAllString(message, "…")
	if n := len(sentence.FindAllString(ours, -1)); n > 3 {
		t.Errorf("got %d sentences: %s", n, message)
	}
	if goism.MatchString(ours) {
		t.Errorf("got Go's own words: %s", message)
	}
	if len(message) > 4000 {
		t.Errorf("got %d bytes", len(message))
	}
}

// TestReadResolve_names_all_at_once has everything be wrong, with text that nobody should see as it is.
func TestReadResolve_names_all_at_once(t *testing.T) {
	t.Parallel()
	const hostile = "evil\"\n::error::##[error]\u202e=x"
	everything := env{}
	for _, name := range []string{
		"INPUT_BUCKET", "INPUT_CHANNEL", "INPUT_FINGERPRINT", "INPUT_LABELS", "INPUT_WORKLOAD-IDENTITY-PROVIDER", "INPUT_ORGANIZATION-ID",
		"INPUT_PROJECT-ID", "INPUT_GEOGRAPHY", "INPUT_API-VERSION", "INPUT_FAIL-ON", "INPUT_REVOCATION-HORIZON", "INPUT_MAX-AGE", "INPUT_PARENTS",
		"INPUT_ROLLED-BACK", "INPUT_TIMEOUT", "INPUT_JOB-SUMMARY", "HCP_API_ADDRESS", "HCP_AUTH_URL", "HCP_API_TLS", "HCP_AUTH_TLS",
	} {
		everything[name] = hostile
	}
	message := invalidInput(t, resolve(everything.lookup))
	checkWording(t, message)
	for name := range everything {
		want := name
		if input, found := strings.CutPrefix(name, "INPUT_"); found {
			want = strings.ToLower(input)
		}
		if !strings.Contains(message, want+" ") {
			t.Errorf("got %q, want %s in it", message, want)
		}
	}
	if strings.ContainsAny(message, "\n\u202e") || strings.Contains(message, "##[") || strings.Contains(quoted.ReplaceAllString(message, ""), "evil") {
		t.Errorf("got %q, which is not clean", message)
	}
}

func TestReadResolve_list_of_wrong_labels_stops_at_twenty(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 25 {
		lines = append(lines, fmt.Sprintf("label-%02d", i+1))
	}
	message := invalidInput(t, resolve(least.with(env{"INPUT_LABELS": strings.Join(lines, "\n")}).lookup))
	if !strings.Contains(message, "label-20") || strings.Contains(message, "label-21") {
		t.Errorf("got %q, want 20 labels in it", message)
	}
}

// A failure is told in the summary, unless that was switched off, and the secret is masked.
func TestReadResolve_keeps_what_a_failure_needs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"false": false, "no": true} {
		in, err := inputs.ReadResolve(least.with(env{
			"INPUT_BUCKET": "a/b", "INPUT_JOB-SUMMARY": text, "INPUT_CLIENT-ID": "id", "INPUT_CLIENT-SECRET": "s3cr3t",
		}).lookup)
		invalidInput(t, err)
		if in.JobSummary != want || in.Query.Bucket != "a/b" || in.HCP.Credentials.ClientSecret != "s3cr3t" {
			t.Errorf("job-summary %s: got a job summary: %t, bucket %q, secret %q", text, in.JobSummary, in.Query.Bucket, in.HCP.Credentials.ClientSecret)
		}
	}
}
