package hcp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/sethvargo/go-githubactions"

	"hcp-packer-iteration/internal/problem"
)

// workloadIdentity exchanges the job's GitHub OIDC token for an access token of HCP.
func (l *login) workloadIdentity(ctx context.Context, provider, subjectAudience string) (string, error) {
	at, bearer := l.Getenv(requestURL), l.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	u, err := url.Parse(at)
	switch {
	case at == "":
		return "", problem.New(problem.NotAuthenticated, "workload-identity-provider is set, but the job may not ask GitHub for an OIDC token. "+
			"Give it permissions: id-token: write; a pull request from a fork can have neither that nor secrets.")
	case err != nil || u.Scheme != "https":
		return "", problem.New(problem.NotAuthenticated, "The job asks for its OIDC token at an address that is not https (%s), so nothing was sent there. "+
			"Log in with client-id and client-secret, or run the job on a runner of GitHub's.", requestURL)
	case bearer == "":
		return "", problem.New(problem.NotAuthenticated, "The runner gives the job no token to ask GitHub for an OIDC token with: ACTIONS_ID_TOKEN_REQUEST_TOKEN is empty. "+
			"Run the job again, or log in with client-id and client-secret.")
	}
	l.secret(bearer)
	// Not HCP's settings: insecure ones are not meant for GitHub.
	t := l.tokenTransport(u, tlsVerified)
	t.pending = true
	client := &http.Client{Transport: t}
	job := githubactions.New(githubactions.WithGetenv(l.Getenv), githubactions.WithHTTPClient(client))
	const asked = "GitHub's OIDC token"
	subject, err := job.GetIDToken(ctx, subjectAudience)
	switch {
	case err != nil:
		return "", l.explain(err, asked, "GitHub refused to give the job an OIDC token", "Run the job again.")
	case subject == "":
		return "", Unexpected(asked, "GitHub's answer has no token")
	}
	return l.exchange(ctx, provider, subject)
}

// requestURL is the variable that says where a job asks for its OIDC token. It is set with the permission id-token:
// write alone.
const requestURL = "ACTIONS_ID_TOKEN_REQUEST_URL"

// exchange exchanges the token of another issuer for an access token of HCP. It does what the SDK's
// auth/workload does, which knows neither a context nor retries and shows raw answers in its errors.
func (l *login) exchange(ctx context.Context, provider, subject string) (string, error) {
	l.secret(subject)
	body, _ := json.Marshal(map[string]string{"jwt_token": subject}) // no error for texts
	// The provider's name is valid, and its slashes part the path.
	endpoint := l.at.api.JoinPath("2019-12-10", provider, "exchange-token")
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.String(), bytes.NewReader(body)) // no error for what was parsed
	req.Header.Set("Content-Type", "application/json")
	t := l.tokenTransport(endpoint, l.Endpoints.APITLS)
	answer, err := l.read(req, t)
	if err != nil {
		return "", l.explain(err, "HCP's access token", "HCP rejected the job's token for "+problem.Quote(provider),
			"Check the provider's name, its issuer and audience, and that its conditional access lets this job in.")
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(answer, &token); err != nil || token.AccessToken == "" {
		return "", Unexpected("HCP's access token", t.peer+"'s answer has no token")
	}
	return token.AccessToken, nil
}

func (l *login) read(req *http.Request, t http.RoundTripper) ([]byte, error) {
	res, err := (&http.Client{Transport: t}).Do(req) //nolint:gosec // its address was checked
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}
