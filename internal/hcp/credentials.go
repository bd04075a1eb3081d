package hcp

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/hashicorp/hcp-sdk-go/config"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"hcp-packer-iteration/internal/problem"
)

// accessToken logs in the way that the credentials say.
func (c Config) accessToken(ctx context.Context, at endpoints) (*oauth2.Token, error) {
	if c.ClientID == "" || c.ClientSecret == "" {
		return nil, noCredentials()
	}
	return c.clientCredentials(ctx, at)
}

// noCredentials names the ways to log in. Secrets that are there in the repository are empty in a
// pull request from a fork, and an empty secret looks like none.
func noCredentials() error {
	return problem.New(problem.NotAuthenticated, "There are no credentials for HCP: client-id and client-secret, "+
		"workload-identity-provider and HCP_CRED_FILE are all unset or empty. "+
		"Set one of the three; in a pull request from a fork, secrets are empty and it has to run on another event.")
}

// clientCredentials is OAuth's client credentials grant, as the SDK asks for it (its
// config/tokensource.go), but for the style: the secret goes into the header and nowhere else. Left
// to itself the library would repeat a refused request with the secret in the body.
func (c Config) clientCredentials(ctx context.Context, at endpoints) (*oauth2.Token, error) {
	c.Mask(c.ClientSecret)
	grant := clientcredentials.Config{
		ClientID:       c.ClientID,
		ClientSecret:   c.ClientSecret,
		TokenURL:       at.auth.String(),
		EndpointParams: url.Values{"audience": {config.APIAudienceID}},
		AuthStyle:      oauth2.AuthStyleInHeader,
	}
	client := &http.Client{Transport: c.authTransport(at.authTLS)}
	token, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return nil, c.explainLogin(err, "client-id and client-secret",
			"Check both, and that geography is that of the service principal.")
	}
	return token, nil
}

// explainLogin tells of a token endpoint that gave no token. Its own words stay out of the message,
// since they may repeat what was sent to it.
func (c Config) explainLogin(err error, way, advice string) error {
	var status *statusError
	if errors.As(err, &status) && status.status < 500 && status.status != http.StatusTooManyRequests {
		return problem.New(problem.NotAuthenticated, "HCP refused the login with %s (%d %s). %s",
			way, status.status, http.StatusText(status.status), advice)
	}
	return explainFailure(err, "HCP's access token", c.Timeout)
}
