package hcp

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"hcp-packer-iteration/internal/problem"
)

// login is what a session is made by, and what its requests go through.
type login struct {
	Config
	Job
	at addresses
	// base has the settings of all connections but for those of TLS.
	base *http.Transport
	// pools have the connections, by where they lead and the setting of TLS.
	pools map[string]*pool
	// secrets are all that became known on the way.
	secrets []string
}

func (l *login) accessToken(ctx context.Context) (token string, err error) {
	switch c := l.Credentials; {
	case c.ClientID != "" && c.ClientSecret != "":
		token, err = l.clientCredentials(ctx, c.ClientID, c.ClientSecret, "client-id and client-secret")
	case c.WorkloadIdentityProvider != "":
		token, err = l.workloadIdentity(ctx, c.WorkloadIdentityProvider, c.Audience)
	case c.File != "":
		token, err = l.credentialFile(ctx, c.File)
	default:
		// Secrets that are there in the repository are empty in a pull request from a fork, and look like none.
		return "", problem.New(problem.NotAuthenticated, "There are no credentials for HCP: client-id and client-secret, "+
			"workload-identity-provider and HCP_CRED_FILE are all unset or empty. "+
			"Set one of the three; a pull request from a fork or by Dependabot gets no Actions secrets, so run the step on another event there.")
	}
	if err != nil {
		return "", err
	}
	l.secret(token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		// See RFC 6750, section 2.1.
		return "", Unexpected("HCP's access token", "it has characters that no header can hold")
	}
	return token, nil
}

// clientCredentials is OAuth's client credentials grant, as the SDK asks for it (its
// config/tokensource.go), in every geography, but for the style: the secret goes into the header and nowhere else. Left
// to itself the library would repeat a refused request with the secret in the body.
func (l *login) clientCredentials(ctx context.Context, id, secret, way string) (string, error) {
	l.secret(secret)
	grant := clientcredentials.Config{
		ClientID:       id,
		ClientSecret:   secret,
		TokenURL:       l.at.auth.String(),
		EndpointParams: url.Values{"audience": {"https://api.hashicorp.cloud"}},
		AuthStyle:      oauth2.AuthStyleInHeader,
	}
	client := &http.Client{Transport: l.tokenTransport(l.at.auth, l.Endpoints.AuthTLS)}
	token, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return "", l.explain(err, "HCP's access token", "HCP refused the login with "+way,
			"Check both, and that geography matches the service principal's.")
	}
	return token.AccessToken, nil
}

// secret has a value masked. The runner masks its derived forms, such as base64, by itself.
func (l *login) secret(value string) {
	l.Mask(value)
	if len(value) >= problem.ShortestSecret && !slices.Contains(l.secrets, value) {
		l.secrets = append(l.secrets, value)
	}
}

// redact takes the secrets out of a text that is to be shown, before anything of it is cut.
func (l *login) redact(text string) string {
	for _, secret := range l.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
