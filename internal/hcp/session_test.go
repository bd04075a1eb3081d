package hcp

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"hcp-packer-iteration/internal/problem"

	"github.com/google/go-cmp/cmp"
)

// TestGeography looks at where a session goes: to its geography, but for what the development
// variables override.
func TestGeography(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		geography   string
		endpoints   Endpoints
		auth, api   string
		portal      string
		plain, safe bool
	}{
		"us": {
			geography: "us", safe: true,
			auth: "https://auth.idp.hashicorp.com/oauth2/token", api: "api.cloud.hashicorp.com:443", portal: "https://portal.cloud.hashicorp.com",
		},
		"eu": {
			geography: "eu", safe: true,
			auth: "https://auth.idp.eu.hashicorp.com/oauth2/token", api: "api.cloud.eu.hashicorp.com", portal: "https://portal.cloud.eu.hashicorp.com",
		},
		"overridden": {
			geography: "eu", safe: true, endpoints: Endpoints{APIAddress: "localhost:1234", AuthURL: "https://auth.example.com:8443"},
			auth: "https://auth.example.com:8443/oauth2/token", api: "localhost:1234", portal: "https://portal.cloud.eu.hashicorp.com",
		},
		"insecure": {
			geography: "us", endpoints: Endpoints{APITLS: "insecure"},
			auth: "https://auth.idp.hashicorp.com/oauth2/token", api: "api.cloud.hashicorp.com:443", portal: "https://portal.cloud.hashicorp.com",
		},
		"insecure_token": {
			geography: "us", endpoints: Endpoints{AuthTLS: "insecure"},
			auth: "https://auth.idp.hashicorp.com/oauth2/token", api: "api.cloud.hashicorp.com:443", portal: "https://portal.cloud.hashicorp.com",
		},
		"disabled": {
			geography: "us", endpoints: Endpoints{APITLS: "disabled"}, plain: true,
			auth: "https://auth.idp.hashicorp.com/oauth2/token", api: "api.cloud.hashicorp.com:443", portal: "https://portal.cloud.hashicorp.com",
		},
		// The SDK does not switch the token endpoint's TLS off either.
		"disabled_token": {
			geography: "us", endpoints: Endpoints{AuthTLS: "disabled"}, safe: true,
			auth: "https://auth.idp.hashicorp.com/oauth2/token", api: "api.cloud.hashicorp.com:443", portal: "https://portal.cloud.hashicorp.com",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := Config{Geography: tc.geography, Endpoints: tc.endpoints}.endpoints()
			if diff := cmp.Diff([]string{tc.auth, tc.api, tc.portal}, []string{at.auth.String(), at.api, at.portal.String()}); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if got := at.apiScheme() == "http"; got != tc.plain {
				t.Errorf("got plain HTTP %t", got)
			}
			if got := tlsConfig(at.authTLS).InsecureSkipVerify; got != (tc.endpoints.AuthTLS == "insecure") {
				t.Errorf("got an unverified token endpoint %t", got)
			}
			if got := tc.endpoints.Unverified(); got == tc.safe {
				t.Errorf("got unverified %t", got)
			}
		})
	}
}

// TestPlainHTTP has a session without TLS, as HCP_API_TLS=disabled asks for.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		cfg := secretConfig()
		cfg.Endpoints = Endpoints{APITLS: "disabled", APIAddress: apiHost + ":80"}
		checkProblem(t, c.getChannel(t.Context(), cfg), "", "")
	})
}

// TestPlainHTTP_Proxy has a proxy answer a request for plain HTTP itself, with an echo of what it got.
func TestPlainHTTP_Proxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.behindProxy(apiHost)
		c.dials[proxyHost] = []dial{withoutTLS}
		c.fail(channelRoute, answer(http.StatusProxyAuthRequired, `{"code": 7, "message": "an echo"}`))
		cfg := secretConfig()
		cfg.Endpoints = Endpoints{APITLS: "disabled", APIAddress: apiHost + ":80"}
		err := c.getChannel(t.Context(), cfg)
		checkProblem(t, err, problem.HCPUnavailable, "HCP or the proxy "+proxyHost+":3128 answered 407 Proxy Authentication Required. Check HTTPS_PROXY")
		if text := c.text(err); strings.Contains(text, "echo") || strings.Contains(text, "s3cr3t") {
			t.Errorf("the proxy's words or its password are in %s", text)
		}
	})
}

func TestSession_BucketURL(t *testing.T) {
	t.Parallel()
	l := &login{Config: Config{Geography: "us", ProjectID: project}, base: newBase, pools: map[string]*pool{}}
	l.at = l.endpoints()
	want := "https://portal.cloud.hashicorp.com/services/packer/buckets/ubuntu?project_id=" + project
	if got := l.session("").BucketURL("ubuntu"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
