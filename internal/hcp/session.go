// Package hcp logs in to the HashiCorp Cloud Platform and carries requests to its API: credentials,
// the access token, bounds and retries, and what HCP's errors mean to a user.
package hcp

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/hcp-sdk-go/config/geography"
	"github.com/hashicorp/hcp-sdk-go/version"

	"hcp-packer-iteration/internal/problem"
)

// Config is what a workflow says of a session. The tags name inputs and variables.
type Config struct {
	// Credentials is the way to log in.
	Credentials Credentials
	// OrganizationID and ProjectID are UUIDs, empty where they are to be discovered.
	OrganizationID string `env:"ORGANIZATION_ID,default=$HCP_ORGANIZATION_ID"`
	ProjectID      string `env:"PROJECT_ID,default=$HCP_PROJECT_ID"`
	// Geography is one of [Geographies], or empty for the first.
	Geography string `env:"GEOGRAPHY,default=$HCP_GEOGRAPHY"`
	// Timeout is that of the whole run. A quarter of it bounds one try of a request.
	Timeout time.Duration `env:"TIMEOUT,overwrite"`
	// Endpoints override those of the geography.
	Endpoints Endpoints
}

// Job is the job that a session is of.
type Job struct {
	// Mask is told of every secret, as soon as it is known and before it is used. Required.
	Mask func(secret string)
	// Getenv reads the job's environment, for what a way to log in needs of it. Required.
	Getenv func(name string) string
	// Log is told what the user should see of a slow session: requests that are repeated. Required.
	Log func(line string)
}

// Geographies are the parts of the world in which HCP is, each with addresses of its own.
func Geographies() []string { return []string{string(geography.US), string(geography.EU)} }

// Endpoints are the development variables of HCP's SDK (its config/env.go). Empty means unset.
type Endpoints struct {
	// APIAddress is a host and an optional port.
	APIAddress string `env:"HCP_API_ADDRESS"`
	// AuthURL is an https URL.
	AuthURL string `env:"HCP_AUTH_URL"`
	// APITLS is insecure (no certificate check) or disabled (plain HTTP).
	APITLS string `env:"HCP_API_TLS"`
	// AuthTLS is insecure, or disabled, which the SDK takes for its default.
	AuthTLS string `env:"HCP_AUTH_TLS"`
}

// TLSSettings are the values of HCP_API_TLS and HCP_AUTH_TLS.
func TLSSettings() []string { return []string{tlsInsecure, tlsDisabled} }

const (
	tlsVerified = ""
	tlsInsecure = "insecure"
	tlsDisabled = "disabled"
)

// Unverified is whether the endpoints are reached without TLS or without a look at their certificates,
// so that others could read the token.
func (e Endpoints) Unverified() bool { return e.APITLS != "" || e.AuthTLS == tlsInsecure }

// Credentials is one way to log in: the first of these that is set. All are empty where there is none.
type Credentials struct {
	// ClientID and ClientSecret are those of a service principal.
	ClientID, ClientSecret string
	// WorkloadIdentityProvider is a provider's resource name, for the job's OIDC token, and Audience
	// that token's audience.
	WorkloadIdentityProvider, Audience string
	// File is the path of a credential file.
	File string
}

// Session is a principal that is logged in, in one project.
type Session struct {
	// OrganizationID and ProjectID are where the session looks.
	OrganizationID, ProjectID string

	login    *login
	client   runtime.ClientTransport
	decoding sync.Mutex // held while a large answer is decoded
}

// Login gets an access token and makes a session with it. An error is a problem to show.
func Login(ctx context.Context, cfg Config, job Job) (*Session, error) {
	return logIn(ctx, cfg, job, newBase())
}

// logIn is [Login] over connections that base makes.
func logIn(ctx context.Context, cfg Config, job Job, base *http.Transport) (*Session, error) {
	l := &login{Config: cfg, Job: job, at: cfg.addresses(), base: base, pools: map[string]*pool{}}
	l.projectOf(cfg.Credentials.WorkloadIdentityProvider)
	token, err := l.accessToken(ctx)
	if err != nil {
		return nil, err
	}
	s := l.session(token)
	if err := s.discover(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// session makes the session of an access token.
//
// The SDK's own way to a client, its httpclient, keeps the connection to itself that the retries have to give up.
func (l *login) session(token string) *Session {
	client := httptransport.New(l.at.api.Host, "/", []string{l.at.api.Scheme})
	client.Transport = &transport{login: l, pool: l.pool(l.at.api, l.Endpoints.APITLS), peer: "HCP", header: http.Header{
		"Authorization":        {"Bearer " + token},
		"X-Hcp-Source-Channel": {"hcp-packer-iteration hcp-go-sdk/" + version.Version}, // as Terraform's provider and Packer name themselves
	}}
	client.Debug = false // whatever DEBUG says: it would print whole requests
	s := &Session{OrganizationID: l.OrganizationID, ProjectID: l.ProjectID, login: l, client: client}
	client.Consumers[runtime.JSONMime] = runtime.ConsumerFunc(s.decode)
	return s
}

// Client is the transport for the SDK's generated clients.
func (s *Session) Client() runtime.ClientTransport { return s.client }

// BucketURL is the bucket's page in HCP's portal.
func (s *Session) BucketURL(bucket string) string {
	page := s.login.at.portal.JoinPath("services", "packer", "buckets", bucket)
	page.RawQuery = url.Values{"project_id": {s.ProjectID}}.Encode()
	return page.String()
}

type addresses struct {
	api    *url.URL // without a path
	auth   *url.URL // of the token endpoint
	portal *url.URL
}

// addresses follows the SDK: those of a geography, unless a development variable overrides them.
// The SDK's own reading of those variables fails on one that is set and empty.
func (c Config) addresses() addresses {
	geo := geography.NewConfigUS()
	if c.Geography == string(geography.EU) {
		geo = geography.NewConfigEU()
	}
	api := &url.URL{Scheme: "https", Host: cmp.Or(c.Endpoints.APIAddress, geo.APIAddress)}
	if c.Endpoints.APITLS == tlsDisabled {
		api.Scheme = "http"
	}
	// The inputs are valid: an AuthURL that does not parse is no input.
	auth, _ := url.Parse(cmp.Or(c.Endpoints.AuthURL, geo.AuthURL))
	auth.Path = "/oauth2/token"
	portal, _ := url.Parse(geo.PortalURL)
	return addresses{api, auth, portal}
}

// attempt is the bound on one try of a request.
func (c Config) attempt() time.Duration { return c.Timeout / 4 }

// tokenTransport carries requests to a token endpoint, which is named by its host. What it says is about
// the secrets that were sent to it, and is never shown.
func (l *login) tokenTransport(to *url.URL, setting string) *transport {
	return &transport{login: l, pool: l.pool(to, setting), peer: problem.Clean(strings.TrimSuffix(to.Host, ":443")), mute: true}
}

// pool has the connections to where a URL leads, with a setting of TLS. All requests share them, be they for a token or
// with one.
func (l *login) pool(to *url.URL, setting string) *pool {
	key := to.Scheme + "://" + address(to) + " " + setting
	if l.pools[key] == nil {
		dialer := l.base.Clone()
		dialer.TLSClientConfig.InsecureSkipVerify = setting == tlsInsecure // the user's explicit wish, of which the run warns
		proxy, err := dialer.Proxy(&http.Request{URL: to})
		// A connection would ask about a request without its port.
		dialer.Proxy = func(*http.Request) (*url.URL, error) { return proxy, err }
		p := &pool{to: to, dialer: dialer}
		if proxy != nil {
			p.proxy = problem.Clean(proxy.Host)
		}
		l.pools[key] = p
	}
	return l.pools[key]
}

// newBase is how connections are made: by the machine's network and proxy.
func newBase() *http.Transport {
	base := cleanhttp.DefaultPooledTransport()
	base.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return base
}
