package hcp

import (
	"fmt"
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { w.check(t) })
		})
	}
}

func (w wayIn) check(t *testing.T) {
	cfg := secretConfig()
	cfg.Credentials = w.credentials
	env := map[string]string{"GITHUB_WORKSPACE": filepath.Dir(writeFile(t, "token.json", `{"a": ["`+jwt+`"]}`))}
	for name, value := range w.env {
		env[name] = value
	}
	if w.file != "" {
		cfg.Credentials.File = writeFile(t, "hcp_cred.json", w.file)
	}
	c := newCloud(t)
	if strings.Contains(w.file, `"format_type": "value"`) {
		c.answers[issuerRoute] = jwt + "\n"
	}
	s, err := c.logIn(t, cfg, env)
	if err == nil {
		err = getChannel(t.Context(), s)
		w.events = append(w.events, "request of channel")
	}
	if got := titleOf(t, err); got != w.title {
		t.Errorf("got title %q, want %q: %v", got, w.title, err)
	}
	text := c.text(err)
	if !strings.Contains(text, w.says) {
		t.Errorf("got %q, which does not say %q", text, w.says)
	}
	// The masks of a secret's other forms are TestFormsAreMasked's.
	events := slices.DeleteFunc(c.events, func(event string) bool {
		return strings.HasPrefix(event, "mask of ") && !slices.Contains(w.events, event)
	})
	if diff := cmp.Diff(w.events, slices.Compact(events)); diff != "" {
		t.Errorf("masks and requests (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"s3cr3t", clientSecret, accessToken, jwt, githubBearer, issuerBearer} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown in %q", secret, text)
		}
	}
}

// TestTokenEndpointsAreNotQuoted has the sources of tokens say something with every status: it is not
// shown, but who said it and the status are.
func TestTokenEndpointsAreNotQuoted(t *testing.T) {
	t.Parallel()
	for _, p := range places()[1:] {
		for _, status := range []int{200, 201, 302, 400, 401, 429, 501, 503} {
			t.Run(fmt.Sprintf("%s/%d", p.route, status), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t)
					c.fail(p.route, answer(status, `{"code": 5, "message": "s3cr3t", "error": "s3cr3t", "error_description": "s3cr3t"}`))
					text := c.text(p.run(t, c))
					if strings.Contains(text, "s3cr3t") {
						t.Errorf("the answer is shown in %q", text)
					}
					if status > 200 && (!strings.Contains(text, p.host) || !strings.Contains(text, fmt.Sprint(status))) {
						t.Errorf("got %q, which does not tell host and status", text)
					}
				})
			})
		}
	}
}

// TestTokensThatCannotBeSent has tokens that no header can hold.
func TestTokensThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{"line_break": `s3cr3t\nX: y`, "blank": "s3cr3t token", "control": `s3cr3t\u0000`, "beyond_ascii": "s3cr3té"} {
		for _, p := range []place{places()[1], places()[3]} {
			t.Run(name+"/"+string(p.route), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t)
					c.answers[p.route] = `{"access_token": "` + token + `"}`
					err := p.run(t, c)
					checkProblem(t, err, problem.UnexpectedResponse, "no header can hold")
					if strings.Contains(c.text(err), "s3cr3t") || len(c.log) > 0 {
						t.Errorf("got %s", c.text(err))
					}
				})
			})
		}
	}
}
