package hcp

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

// wayIn is one way to log in, and how it ends.
type wayIn struct {
	credentials Credentials
	// file is the content of the credential file, where it is not empty.
	file string
	env  map[string]string
	// title is how it ends, and says a part of the message.
	title problem.Title
	says  string
	// events are the masks and the requests, in their order.
	events []string
}

func waysIn() map[string]wayIn {
	token := []string{"mask of " + clientSecret, "request of token", "mask of " + accessToken}
	exchange := []string{"mask of " + jwt, "request of exchange", "mask of " + accessToken}
	github := slices.Concat([]string{"mask of " + githubBearer, "request of github"}, exchange)
	issuer := slices.Concat([]string{"mask of Bearer " + issuerBearer, "mask of " + issuerBearer, "request of issuer"}, exchange)
	byProvider := Credentials{WorkloadIdentityProvider: provider, Audience: provider}
	unusable := func(file, says string) wayIn { return wayIn{file: file, title: problem.NotAuthenticated, says: says} }
	fromFile := `"file": {"path": "%s", "format_type": "json", "subject_cred_pointer": "/a/0"}`
	return map[string]wayIn{
		"secret":                {credentials: Credentials{ClientID: "the-client", ClientSecret: clientSecret}, events: token},
		"secret_before_another": {credentials: Credentials{ClientID: "the-client", ClientSecret: clientSecret, WorkloadIdentityProvider: provider, File: "/none"}, events: token},
		"secret_without_an_id":  {credentials: Credentials{ClientSecret: clientSecret}, title: problem.NotAuthenticated, says: "no credentials"},
		"none":                  {title: problem.NotAuthenticated, says: "pull request from a fork"},
		"provider":              {credentials: byProvider, env: githubEnv(), events: github},
		"provider_and_file":     {credentials: Credentials{WorkloadIdentityProvider: provider, Audience: "x", File: "/none"}, env: githubEnv(), events: github},
		"provider_without_permission": {
			credentials: byProvider, title: problem.NotAuthenticated, says: "id-token: write",
		},
		"provider_with_blank_permission": {
			credentials: byProvider, env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ""},
			title: problem.NotAuthenticated, says: "pull request from a fork",
		},
		"provider_with_half_a_permission": {
			credentials: byProvider, env: map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://" + githubHost},
			title: problem.NotAuthenticated, says: "ACTIONS_ID_TOKEN_REQUEST_TOKEN is empty",
		},

		"file_with_secret":          {file: secretFile, events: token},
		"file_of_hcp_auth_action":   {file: urlFile, events: issuer},
		"file_with_url_of_text":     {file: strings.Replace(urlFile, `"format_type": "json", "subject_cred_pointer": "/value"`, `"format_type": "value"`, 1), events: issuer},
		"file_with_token":           {file: workloadFile(`"token": {"token": "` + jwt + `"}`), events: exchange},
		"file_with_variable":        {file: workloadFile(`"env": {"var": "SUBJECT"}`), env: map[string]string{"SUBJECT": " " + jwt + "\n"}, events: exchange},
		"file_with_variable_json":   {file: workloadFile(`"env": {"var": "SUBJECT", "format_type": "json", "subject_cred_pointer": "/x"}`), env: map[string]string{"SUBJECT": `{"x": "` + jwt + `"}`}, events: exchange},
		"file_with_file":            {file: workloadFile(fmt.Sprintf(fromFile, "/home/runner/work/token.json")), events: exchange},
		"file_with_variable_unset":  unusable(workloadFile(`"env": {"var": "NOT_THERE"}`), "no token where it points"),
		"file_with_broken_variable": {file: workloadFile(`"env": {"var": "SUBJECT", "format_type": "json", "subject_cred_pointer": "/x"}`), env: map[string]string{"SUBJECT": "s3cr3t"}, title: problem.NotAuthenticated, says: "no token where it points"},
		"file_with_odd_pointer":     {file: workloadFile(`"env": {"var": "SUBJECT", "format_type": "json", "subject_cred_pointer": "x"}`), env: map[string]string{"SUBJECT": `{"x": "s3cr3t"}`}, title: problem.NotAuthenticated, says: "field is missing"},
		"file_with_lost_pointer":    {file: workloadFile(`"env": {"var": "SUBJECT", "format_type": "json", "subject_cred_pointer": "/y"}`), env: map[string]string{"SUBJECT": `{"x": "s3cr3t"}`}, title: problem.NotAuthenticated, says: "no token where it points"},
		"file_with_number":          {file: workloadFile(`"env": {"var": "SUBJECT", "format_type": "json", "subject_cred_pointer": "/x"}`), env: map[string]string{"SUBJECT": `{"x": 7}`}, title: problem.NotAuthenticated, says: "no token where it points"},
		"file_with_lost_file":       unusable(workloadFile(fmt.Sprintf(fromFile, "/home/runner/work/none.json")), "does not exist"),
		"file_with_odd_url":         unusable(workloadFile(`"url": {"url": "https://s3cr3t host/"}`), "HCP_CRED_FILE"),
		"file_with_url_of_no_host":  unusable(workloadFile(`"url": {"url": "https:///token"}`), "its URL is invalid"),
		"file_with_aws":             unusable(workloadFile(`"aws": {}`), "AWS"),
		"file_with_two_sources":     unusable(workloadFile(`"aws": {}, "token": {"token": "s3cr3t"}`), "HCP_CRED_FILE"),
		"file_with_hostile_provider": unusable(strings.Replace(workloadFile(`"token": {"token": "s3cr3t"}`), provider, "iam/project/../../x/workload-identity-provider/x", 1),
			"provider_resource_name"),
		"file_absent":          {credentials: Credentials{File: "/home/runner/work/hcp_absent.json"}, title: problem.NotAuthenticated, says: "does not exist"},
		"file_is_a_folder":     {credentials: Credentials{File: "/"}, title: problem.NotAuthenticated, says: "not a regular file"},
		"file_is_a_device":     {credentials: Credentials{File: os.DevNull}, title: problem.NotAuthenticated, says: "not a regular file"},
		"file_too_large":       unusable(strings.Repeat(" ", maxFile+1), "larger than 1 MiB"),
		"file_empty":           unusable(" ", "JSON"),
		"file_broken":          unusable(`{"scheme": "service_principal_creds", "oauth": {"client_secret": "s3cr3t"`, "JSON"),
		"file_of_no_scheme":    unusable(`{"oauth": {"client_id": "s3cr3t", "client_secret": "s3cr3t"}}`, "scheme"),
		"file_of_other_scheme": unusable(`{"scheme": "s3cr3t"}`, "scheme"),
		"file_of_wrong_type":   unusable(`{"scheme": "workload", "workload": "s3cr3t"}`, "JSON"),
	}
}

// TestWaysIn goes every way in with the ids given, and every one that ends before there is a token.
func TestWaysIn(t *testing.T) {
	t.Parallel()
	for name, w := range waysIn() {
		inCloud(t, name, w.check)
	}
}

func (w wayIn) check(t *testing.T, c *cloud) {
	cfg := secretConfig()
	cfg.Credentials = w.credentials
	env := map[string]string{"GITHUB_WORKSPACE": filepath.Dir(writeFile(t, "token.json", `{"a": ["`+jwt+`"]}`))}
	maps.Copy(env, w.env)
	if w.file != "" {
		cfg.Credentials.File = writeFile(t, "hcp_cred.json", w.file)
	}
	if strings.Contains(w.file, `"format_type": "value"`) {
		c.answers[issuerRoute] = jwt + "\n"
	}
	_, err := c.logIn(t, cfg, env)
	synctest.Wait()
	checkProblem(t, err, w.title, w.says)
	if diff := cmp.Diff(w.events, slices.Compact(c.events)); diff != "" {
		t.Errorf("masks and requests (-want +got):\n%s", diff)
	}
	if w.events == nil && c.connections > 0 {
		t.Errorf("got %d connections", c.connections)
	}
	for _, secret := range []string{"s3cr3t", clientSecret, accessToken, jwt, githubBearer, issuerBearer} {
		if text := c.text(err); strings.Contains(text, secret) {
			t.Errorf("%q is shown in %q", secret, text)
		}
	}
}

// TestTokensThatCannotBeSent has tokens that no header can hold.
func TestTokensThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{"line_break": `s3cr3t\nX: y`, "blank": "s3cr3t token", "beyond_ascii": "s3cr3té"} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.answers[tokenRoute] = `{"access_token": "` + token + `"}`
			err := c.getChannel(t.Context(), secretConfig())
			checkProblem(t, err, problem.UnexpectedResponse, "no header can hold")
			if strings.Contains(c.text(err), "s3cr3t") {
				t.Errorf("got %s", c.text(err))
			}
		})
	}
}
