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

func (e env) read() (inputs.Resolve, error) { return inputs.ReadResolve(e.lookup) }

// least is all that a step has to say.
var least = env{"INPUT_BUCKET": "ubuntu", "INPUT_CHANNEL": "production"}

// defaults are the inputs of least.
func defaults() inputs.Resolve {
	return inputs.Resolve{
		Query:  registry.Query{Bucket: "ubuntu", Channel: "production", APIVersion: registry.API2023},
		Policy: gate.Policy{FailOn: gate.FailOnRevoked, Parents: gate.Ignore}, RolledBack: gate.Ignore,
		Common: inputs.Common{
			HCP:        hcp.Config{Geography: "us", Timeout: time.Minute},
			JobSummary: true,
		},
	}
}

const (
	organization = "0a1b2c3d-0000-4000-8000-00000000000a"
	project      = "11111111-1111-4111-8111-111111111111"
	provider     = "iam/project/" + project + "/service-principal/ci/workload-identity-provider/github"
)

func TestReadResolve_accepts(t *testing.T) {
	t.Parallel()
	slug64, slug128 := strings.Repeat("a", 64), strings.Repeat("a", 128)
	tests := map[string]struct {
		env  env
		want func(in *inputs.Resolve)
	}{
		"defaults": {nil, func(*inputs.Resolve) {}},
		"unset_as_the_runner_passes_it": {
			env{
				"INPUT_FINGERPRINT": "", "INPUT_REGION": "", "INPUT_CLOUD-PROVIDER": "", "INPUT_COMPONENT-TYPE": "", "INPUT_LABELS": "",
				"INPUT_CLIENT-ID": "", "INPUT_CLIENT-SECRET": "", "INPUT_WORKLOAD-IDENTITY-PROVIDER": "", "INPUT_AUDIENCE": "",
				"INPUT_ORGANIZATION-ID": "", "INPUT_PROJECT-ID": "", "INPUT_GEOGRAPHY": "", "INPUT_API-VERSION": "", "INPUT_FAIL-ON": "",
				"INPUT_REVOCATION-HORIZON": "", "INPUT_TIMEOUT": "", "INPUT_JOB-SUMMARY": "",
			},
			func(*inputs.Resolve) {},
		},
		"blank_variables_are_unset": {
			env{
				"HCP_CLIENT_ID": "", "HCP_CLIENT_SECRET": " ", "HCP_WORKLOAD_IDENTITY_PROVIDER": "", "HCP_CRED_FILE": "\n",
				"HCP_ORGANIZATION_ID": "", "HCP_PROJECT_ID": "", "HCP_GEOGRAPHY": "", "HCP_API_ADDRESS": "", "HCP_AUTH_URL": "\t",
				"HCP_API_TLS": "", "HCP_AUTH_TLS": " ",
			},
			func(*inputs.Resolve) {},
		},
		"trimmed":                    {env{"INPUT_BUCKET": " debian\r\n"}, func(in *inputs.Resolve) { in.Query.Bucket = "debian" }},
		"bucket_of_1":                {env{"INPUT_BUCKET": "7"}, func(in *inputs.Resolve) { in.Query.Bucket = "7" }},
		"bucket_of_64":               {env{"INPUT_BUCKET": slug64}, func(in *inputs.Resolve) { in.Query.Bucket = slug64 }},
		"bucket_of_every_sign":       {env{"INPUT_BUCKET": "aZ0-_."}, func(in *inputs.Resolve) { in.Query.Bucket = "aZ0-_." }},
		"channel_of_64":              {env{"INPUT_CHANNEL": slug64}, func(in *inputs.Resolve) { in.Query.Channel = slug64 }},
		"fingerprint":                {env{"INPUT_CHANNEL": "", "INPUT_FINGERPRINT": "01K6"}, func(in *inputs.Resolve) { in.Query.Channel, in.Query.Fingerprint = "", "01K6" }},
		"fingerprint_of_128":         {env{"INPUT_CHANNEL": "", "INPUT_FINGERPRINT": slug128}, func(in *inputs.Resolve) { in.Query.Channel, in.Query.Fingerprint = "", slug128 }},
		"region":                     {env{"INPUT_REGION": "us-east-1"}, func(in *inputs.Resolve) { in.Selectors.Region = "us-east-1" }},
		"cloud_provider":             {env{"INPUT_CLOUD-PROVIDER": "aws"}, func(in *inputs.Resolve) { in.Selectors.CloudProvider = "aws" }},
		"component_type":             {env{"INPUT_COMPONENT-TYPE": "amazon-ebs.ubuntu"}, func(in *inputs.Resolve) { in.Selectors.ComponentType = "amazon-ebs.ubuntu" }},
		"organization_id":            {env{"INPUT_ORGANIZATION-ID": organization}, func(in *inputs.Resolve) { in.HCP.OrganizationID = organization }},
		"organization_id_upper_case": {env{"INPUT_ORGANIZATION-ID": strings.ToUpper(organization)}, func(in *inputs.Resolve) { in.HCP.OrganizationID = strings.ToUpper(organization) }},
		"project_id":                 {env{"INPUT_PROJECT-ID": project}, func(in *inputs.Resolve) { in.HCP.ProjectID = project }},
		"geography_us":               {env{"INPUT_GEOGRAPHY": "us"}, func(*inputs.Resolve) {}},
		"geography_eu":               {env{"INPUT_GEOGRAPHY": "eu"}, func(in *inputs.Resolve) { in.HCP.Geography = "eu" }},
		"api_version_new":            {env{"INPUT_API-VERSION": "2023-01-01"}, func(*inputs.Resolve) {}},
		"api_version_old":            {env{"INPUT_API-VERSION": "2021-04-30"}, func(in *inputs.Resolve) { in.Query.APIVersion = "2021-04-30" }},
		"fail_on_revoked":            {env{"INPUT_FAIL-ON": "revoked"}, func(*inputs.Resolve) {}},
		"fail_on_scheduled":          {env{"INPUT_FAIL-ON": "scheduled"}, func(in *inputs.Resolve) { in.Policy.FailOn = "scheduled" }},
		"fail_on_never":              {env{"INPUT_FAIL-ON": "never"}, func(in *inputs.Resolve) { in.Policy.FailOn = "never" }},
		"max_age_in_days":            {env{"INPUT_MAX-AGE": "30d"}, func(in *inputs.Resolve) { in.Policy.MaxAge = 30 * 24 * time.Hour }},
		"max_age":                    {env{"INPUT_MAX-AGE": "36h"}, func(in *inputs.Resolve) { in.Policy.MaxAge = 36 * time.Hour }},
		"parents_fail":               {env{"INPUT_PARENTS": "fail"}, func(in *inputs.Resolve) { in.Policy.Parents = gate.Fail }},
		"parents_warn":               {env{"INPUT_PARENTS": "warn"}, func(in *inputs.Resolve) { in.Policy.Parents = gate.Warn }},
		"parents_ignore_of_the_old":  {env{"INPUT_PARENTS": "ignore", "INPUT_API-VERSION": "2021-04-30"}, func(in *inputs.Resolve) { in.Query.APIVersion = "2021-04-30" }},
		"rolled_back":                {env{"INPUT_ROLLED-BACK": "fail"}, func(in *inputs.Resolve) { in.RolledBack = gate.Fail }},
		"rolled_back_ignored":        {env{"INPUT_ROLLED-BACK": "ignore", "INPUT_API-VERSION": "2021-04-30"}, func(in *inputs.Resolve) { in.Query.APIVersion = "2021-04-30" }},
		"job_summary_true":           {env{"INPUT_JOB-SUMMARY": "true"}, func(*inputs.Resolve) {}},
		"job_summary_false":          {env{"INPUT_JOB-SUMMARY": "false"}, func(in *inputs.Resolve) { in.JobSummary = false }},
		"api_address":                {env{"HCP_API_ADDRESS": "api.example.com"}, func(in *inputs.Resolve) { in.HCP.Endpoints.APIAddress = "api.example.com" }},
		"api_address_with_port":      {env{"HCP_API_ADDRESS": "127.0.0.1:8443"}, func(in *inputs.Resolve) { in.HCP.Endpoints.APIAddress = "127.0.0.1:8443" }},
		"auth_url":                   {env{"HCP_AUTH_URL": "https://auth.example.com"}, func(in *inputs.Resolve) { in.HCP.Endpoints.AuthURL = "https://auth.example.com" }},
		"api_tls_insecure":           {env{"HCP_API_TLS": "insecure"}, func(in *inputs.Resolve) { in.HCP.Endpoints.APITLS = "insecure" }},
		"api_tls_disabled":           {env{"HCP_API_TLS": "disabled"}, func(in *inputs.Resolve) { in.HCP.Endpoints.APITLS = "disabled" }},
		"auth_tls_insecure":          {env{"HCP_AUTH_TLS": "insecure"}, func(in *inputs.Resolve) { in.HCP.Endpoints.AuthTLS = "insecure" }},
		"other_variables_are_no_inputs": {
			env{"BUCKET": "x", "REGION": "x", "INPUT_CLOUD_PROVIDER": "x", "HCP_REGION": "x", "TIMEOUT": "x"}, func(*inputs.Resolve) {},
		},
		"dollar_is_no_reference": {
			env{"INPUT_REGION": "$HOME ${INPUT_BUCKET}"}, func(in *inputs.Resolve) { in.Selectors.Region = "$HOME ${INPUT_BUCKET}" },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := least.with(tc.env).read()
			if err != nil {
				t.Fatal(err)
			}
			want := defaults()
			tc.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadResolve_labels(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []selection.Label
	}{
		"one":            {"os=ubuntu", []selection.Label{{Key: "os", Value: "ubuntu"}}},
		"two":            {"os=ubuntu\narch=arm64", []selection.Label{{Key: "os", Value: "ubuntu"}, {Key: "arch", Value: "arm64"}}},
		"several_equals": {"flags=a=b==c", []selection.Label{{Key: "flags", Value: "a=b==c"}}},
		"empty_value":    {"note=", []selection.Label{{Key: "note", Value: ""}}},
		"value_equals":   {"note==", []selection.Label{{Key: "note", Value: "="}}},
		"crlf":           {"os=ubuntu\r\narch=arm64\r\n", []selection.Label{{Key: "os", Value: "ubuntu"}, {Key: "arch", Value: "arm64"}}},
		"blank_lines":    {"\n\nos=ubuntu\n \t\n\r\narch=arm64\n\n", []selection.Label{{Key: "os", Value: "ubuntu"}, {Key: "arch", Value: "arm64"}}},
		"only_blank":     {" \n\t\n", nil},
		"indented":       {"  os=ubuntu\n  arch=arm64  ", []selection.Label{{Key: "os", Value: "ubuntu"}, {Key: "arch", Value: "arm64"}}},
		"space_inside":   {"release name=noble numbat", []selection.Label{{Key: "release name", Value: "noble numbat"}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := least.with(env{"INPUT_LABELS": tc.text}).read()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, in.Selectors.Labels); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadResolve_timeout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"1ns": 1, "90s": 90 * time.Second, "1m30s": 90 * time.Second, "60m": time.Hour, "1h": time.Hour,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			in, err := least.with(env{"INPUT_TIMEOUT": text}).read()
			if err != nil {
				t.Fatal(err)
			}
			if got := in.HCP.Timeout; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestReadResolve_revocation_horizon(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": 0, "1ns": 1, "72h": 72 * time.Hour, "1h30m": 90 * time.Minute, "1d": day, "7d": 7 * day, "365d": 365 * day,
	} {
		t.Run("of_"+text, func(t *testing.T) {
			t.Parallel()
			in, err := least.with(env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": text}).read()
			if err != nil {
				t.Fatal(err)
			}
			if got := in.Policy.Horizon; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// invalid are environments of which one input is wrong, named as in the contract.
var invalid = map[string]struct {
	env  env
	want string
}{
	"bucket_missing":               {env{"INPUT_BUCKET": ""}, "bucket"},
	"bucket_blank":                 {env{"INPUT_BUCKET": " \n"}, "bucket"},
	"bucket_of_65":                 {env{"INPUT_BUCKET": strings.Repeat("a", 65)}, "bucket"},
	"bucket_hyphen_first":          {env{"INPUT_BUCKET": "-a"}, "bucket"},
	"bucket_underscore_first":      {env{"INPUT_BUCKET": "_a"}, "bucket"},
	"bucket_dots":                  {env{"INPUT_BUCKET": ".."}, "bucket"},
	"bucket_slash":                 {env{"INPUT_BUCKET": "a/b"}, "bucket"},
	"bucket_space":                 {env{"INPUT_BUCKET": "a b"}, "bucket"},
	"bucket_newline":               {env{"INPUT_BUCKET": "a\nb"}, "bucket"},
	"bucket_letter_beyond_ascii":   {env{"INPUT_BUCKET": "é"}, "bucket"},
	"channel_of_65":                {env{"INPUT_CHANNEL": strings.Repeat("a", 65)}, "channel"},
	"channel_dot_first":            {env{"INPUT_CHANNEL": ".a"}, "channel"},
	"channel_missing":              {env{"INPUT_CHANNEL": ""}, "fingerprint"},
	"channel_and_fingerprint":      {env{"INPUT_FINGERPRINT": "01K6"}, "fingerprint"},
	"fingerprint_of_129":           {env{"INPUT_CHANNEL": "", "INPUT_FINGERPRINT": strings.Repeat("a", 129)}, "fingerprint"},
	"fingerprint_colon":            {env{"INPUT_CHANNEL": "", "INPUT_FINGERPRINT": "sha256:1"}, "fingerprint"},
	"labels_without_equals":        {env{"INPUT_LABELS": "os=ubuntu\narch"}, "labels"},
	"labels_without_key":           {env{"INPUT_LABELS": "=ubuntu"}, "labels"},
	"labels_blank_key":             {env{"INPUT_LABELS": "os=ubuntu\n =arm64"}, "labels"},
	"organization_id_short":        {env{"INPUT_ORGANIZATION-ID": organization[1:]}, "organization-id"},
	"organization_id_long":         {env{"INPUT_ORGANIZATION-ID": organization + "0"}, "organization-id"},
	"organization_id_no_hyphens":   {env{"INPUT_ORGANIZATION-ID": strings.ReplaceAll(organization, "-", "")}, "organization-id"},
	"organization_id_not_hex":      {env{"INPUT_ORGANIZATION-ID": strings.ReplaceAll(organization, "a", "g")}, "organization-id"},
	"organization_id_of_variable":  {env{"HCP_ORGANIZATION_ID": "acme"}, "organization-id"},
	"project_id_name":              {env{"INPUT_PROJECT-ID": "images"}, "project-id"},
	"project_id_braces":            {env{"INPUT_PROJECT-ID": "{" + project + "}"}, "project-id"},
	"project_id_of_variable":       {env{"HCP_PROJECT_ID": "images"}, "project-id"},
	"geography_unknown":            {env{"INPUT_GEOGRAPHY": "ap"}, "geography"},
	"geography_upper_case":         {env{"INPUT_GEOGRAPHY": "US"}, "geography"},
	"geography_of_variable":        {env{"HCP_GEOGRAPHY": "ap"}, "geography"},
	"api_version_unknown":          {env{"INPUT_API-VERSION": "2023-01-02"}, "api-version"},
	"fail_on_unknown":              {env{"INPUT_FAIL-ON": "always"}, "fail-on"},
	"fail_on_upper_case":           {env{"INPUT_FAIL-ON": "Never"}, "fail-on"},
	"horizon_0":                    {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "0"}, "revocation-horizon"},
	"horizon_0h":                   {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "0h"}, "revocation-horizon"},
	"horizon_0d":                   {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "0d"}, "revocation-horizon"},
	"horizon_broken_days":          {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "1.5d"}, "revocation-horizon"},
	"horizon_negative":             {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "-1h"}, "revocation-horizon"},
	"horizon_negative_days":        {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "-7d"}, "revocation-horizon"},
	"horizon_no_unit":              {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "7"}, "revocation-horizon"},
	"horizon_overflow":             {env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "999999d"}, "revocation-horizon"},
	"horizon_with_default_fail_on": {env{"INPUT_REVOCATION-HORIZON": "7d"}, "revocation-horizon"},
	"horizon_with_revoked":         {env{"INPUT_FAIL-ON": "revoked", "INPUT_REVOCATION-HORIZON": "7d"}, "revocation-horizon"},
	"horizon_with_never":           {env{"INPUT_FAIL-ON": "never", "INPUT_REVOCATION-HORIZON": "7d"}, "revocation-horizon"},
	"max_age_0":                    {env{"INPUT_MAX-AGE": "0d"}, "max-age"},
	"max_age_negative":             {env{"INPUT_MAX-AGE": "-30d"}, "max-age"},
	"max_age_no_unit":              {env{"INPUT_MAX-AGE": "30"}, "max-age"},
	"parents_unknown":              {env{"INPUT_PARENTS": "yes"}, "parents"},
	"rolled_back_unknown":          {env{"INPUT_ROLLED-BACK": "yes"}, "rolled-back"},
	"rolled_back_of_the_old":       {env{"INPUT_ROLLED-BACK": "warn", "INPUT_API-VERSION": "2021-04-30"}, "rolled-back"},
	"rolled_back_of_a_fingerprint": {env{"INPUT_ROLLED-BACK": "warn", "INPUT_CHANNEL": "", "INPUT_FINGERPRINT": "f"}, "rolled-back"},
	"parents_of_the_old":           {env{"INPUT_PARENTS": "warn", "INPUT_API-VERSION": "2021-04-30"}, "parents"},
	"timeout_1h1ns":                {env{"INPUT_TIMEOUT": "1h1ns"}, "timeout"},
	"timeout_0":                    {env{"INPUT_TIMEOUT": "0"}, "timeout"},
	"timeout_0s":                   {env{"INPUT_TIMEOUT": "0s"}, "timeout"},
	"timeout_negative":             {env{"INPUT_TIMEOUT": "-1s"}, "timeout"},
	"timeout_no_unit":              {env{"INPUT_TIMEOUT": "60"}, "timeout"},
	"timeout_days":                 {env{"INPUT_TIMEOUT": "1d"}, "timeout"},
	"job_summary_yes":              {env{"INPUT_JOB-SUMMARY": "yes"}, "job-summary"},
	"job_summary_upper_case":       {env{"INPUT_JOB-SUMMARY": "True"}, "job-summary"},
	"api_address_url":              {env{"HCP_API_ADDRESS": "https://api.example.com"}, "HCP_API_ADDRESS"},
	"api_address_path":             {env{"HCP_API_ADDRESS": "api.example.com/x"}, "HCP_API_ADDRESS"},
	"api_address_user":             {env{"HCP_API_ADDRESS": "api.cloud.hashicorp.com@example.com"}, "HCP_API_ADDRESS"},
	"auth_url_http":                {env{"HCP_AUTH_URL": "http://auth.example.com"}, "HCP_AUTH_URL"},
	"auth_url_host":                {env{"HCP_AUTH_URL": "auth.example.com"}, "HCP_AUTH_URL"},
	"api_tls_unknown":              {env{"HCP_API_TLS": "enabled"}, "HCP_API_TLS"},
	"proxy_malformed":              {env{"HTTPS_PROXY": "http://user:pass word@proxy"}, "HTTPS_PROXY"},
	"proxy_in_lower_case":          {env{"https_proxy": "://"}, "https_proxy"},
	"ca_file_absent":               {env{"SSL_CERT_FILE": "/no/such/file"}, "SSL_CERT_FILE"},
	"auth_tls_unknown":             {env{"HCP_AUTH_TLS": "enabled"}, "HCP_AUTH_TLS"},
}

func TestReadResolve_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range invalid {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := least.with(tc.env).read()
			message := invalidInput(t, err)
			if !strings.Contains(message, tc.want) {
				t.Errorf("got %q, want %s in it", message, tc.want)
			}
			checkWording(t, message)
		})
	}
}

// invalidInput is the message of the problem that err has to be.
func invalidInput(t *testing.T, err error) string {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a problem", err)
	}
	if p.Title != problem.InvalidInput {
		t.Errorf("got %q, want %q", p.Title, problem.InvalidInput)
	}
	return p.Message
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	sentence = regexp.MustCompile(`[.!?](\s|$)`)
	goism    = regexp.MustCompile(`%!|[*&{}]|\b[a-z]+\.[A-Z]|\b(nil|struct|int64|strconv|parsing)\b`)
)

// checkWording checks that there are three sentences of ours at most, and nothing of Go's.
func checkWording(t *testing.T, message string) {
	t.Helper()
	ours := quoted.ReplaceAllString(message, "…")
	if n := len(sentence.FindAllString(ours, -1)); n > 3 {
		t.Errorf("got %d sentences: %s", n, message)
	}
	if goism.MatchString(ours) {
		t.Errorf("got Go's own words: %s", message)
	}
}

func TestReadResolve_names_all_at_once(t *testing.T) {
	t.Parallel()
	everything := env{
		"INPUT_BUCKET": "a/b", "INPUT_CHANNEL": "a/b", "INPUT_FINGERPRINT": "a/b", "INPUT_LABELS": "a",
		"INPUT_CLIENT-ID": "id", "INPUT_WORKLOAD-IDENTITY-PROVIDER": "github",
		"INPUT_ORGANIZATION-ID": "acme", "INPUT_PROJECT-ID": "images", "INPUT_GEOGRAPHY": "ap", "INPUT_API-VERSION": "1",
		"INPUT_FAIL-ON": "always", "INPUT_REVOCATION-HORIZON": "soon", "INPUT_TIMEOUT": "2h", "INPUT_JOB-SUMMARY": "yes",
		"HCP_API_ADDRESS": "https://x", "HCP_AUTH_URL": "x", "HCP_API_TLS": "x", "HCP_AUTH_TLS": "x",
	}
	_, err := everything.read()
	message := invalidInput(t, err)
	checkWording(t, message)
	for name := range everything {
		want := strings.ToLower(strings.TrimPrefix(name, "INPUT_"))
		if strings.HasPrefix(name, "HCP_") {
			want = name
		}
		if !strings.Contains(message, want) {
			t.Errorf("got %q, want %s in it", message, want)
		}
	}
}

func TestReadResolve_lists_valid_values(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string][]string{
		"GEOGRAPHY":   {"us", "eu"},
		"API-VERSION": {"2023-01-01", "2021-04-30"},
		"FAIL-ON":     {"revoked", "scheduled", "never"},
		"JOB-SUMMARY": {"true", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := least.with(env{"INPUT_" + name: "x"}).read()
			message := invalidInput(t, err)
			for _, want := range valid {
				if !strings.Contains(message, want) {
					t.Errorf("got %q, want %s in it", message, want)
				}
			}
		})
	}
}

func TestReadResolve_list_of_wrong_labels_stops_at_twenty(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 25 {
		lines = append(lines, fmt.Sprintf("label-%02d", i+1))
	}
	_, err := least.with(env{"INPUT_LABELS": strings.Join(lines, "\n")}).read()
	message := invalidInput(t, err)
	if !strings.Contains(message, "label-20") || strings.Contains(message, "label-21") {
		t.Errorf("got %q, want 20 labels in it", message)
	}
}

func TestReadResolve_quotes_what_it_was_given(t *testing.T) {
	t.Parallel()
	const hostile = "evil\"\n::error::##[error]\u202e=x"
	for _, name := range []string{
		"INPUT_BUCKET", "INPUT_CHANNEL", "INPUT_WORKLOAD-IDENTITY-PROVIDER", "INPUT_ORGANIZATION-ID", "INPUT_PROJECT-ID",
		"INPUT_GEOGRAPHY", "INPUT_API-VERSION", "INPUT_FAIL-ON", "INPUT_TIMEOUT", "INPUT_JOB-SUMMARY", "INPUT_LABELS",
		"HCP_API_ADDRESS", "HCP_AUTH_URL", "HCP_API_TLS", "HCP_AUTH_TLS",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := least.with(env{name: hostile}).read()
			message := invalidInput(t, err)
			if strings.ContainsAny(message, "\n\u202e") || strings.Contains(message, "##[") {
				t.Errorf("got %q, which is not clean", message)
			}
			if strings.Contains(quoted.ReplaceAllString(message, ""), "evil") {
				t.Errorf("got %q, with text outside of quotes", message)
			}
		})
	}
}

func TestReadResolve_cuts_what_it_was_given(t *testing.T) {
	t.Parallel()
	_, err := least.with(env{"INPUT_REVOCATION-HORIZON": strings.Repeat("d", 1<<20), "INPUT_FAIL-ON": "scheduled"}).read()
	if got := len(invalidInput(t, err)); got > 600 {
		t.Errorf("got a message of %d bytes", got)
	}
}

// A failure is told in the summary, unless that was switched off, and the secret is masked.
func TestReadResolve_keeps_what_a_failure_needs(t *testing.T) {
	t.Parallel()
	in, err := least.with(env{
		"INPUT_BUCKET": "a/b", "INPUT_JOB-SUMMARY": "false", "INPUT_CLIENT-ID": "id", "INPUT_CLIENT-SECRET": "s3cr3t",
	}).read()
	invalidInput(t, err)
	if in.JobSummary {
		t.Error("got a job summary, want none")
	}
	if got, want := in.HCP.Credentials.ClientSecret, "s3cr3t"; got != want {
		t.Errorf("got secret %q, want %q", got, want)
	}
}
