package hcp

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGeography looks at where a session goes: to its geography, but for what the development
// variables override.
func TestGeography(t *testing.T) {
	t.Parallel()
	us := []string{"https://auth.idp.hashicorp.com/oauth2/token", "https://api.cloud.hashicorp.com:443", "https://portal.cloud.hashicorp.com"}
	for name, tc := range map[string]struct {
		geography  string
		endpoints  Endpoints
		want       []string // of the token, the API and the portal
		unverified bool
	}{
		"us":   {"us", Endpoints{}, us, false},
		"none": {"", Endpoints{}, us, false},
		"eu":   {"eu", Endpoints{}, []string{"https://auth.idp.eu.hashicorp.com/oauth2/token", "https://api.cloud.eu.hashicorp.com", "https://portal.cloud.eu.hashicorp.com"}, false},
		"overridden": {"eu", Endpoints{APIAddress: "localhost:1234", AuthURL: "https://auth.example.com:8443"},
			[]string{"https://auth.example.com:8443/oauth2/token", "https://localhost:1234", "https://portal.cloud.eu.hashicorp.com"}, false},
		"insecure":       {"us", Endpoints{APITLS: "insecure"}, us, true},
		"insecure_token": {"us", Endpoints{AuthTLS: "insecure"}, us, true},
		"disabled":       {"us", Endpoints{APITLS: "disabled"}, []string{us[0], "http://api.cloud.hashicorp.com:443", us[2]}, true},
		// The SDK does not switch the token endpoint's TLS off either.
		"disabled_token": {"us", Endpoints{AuthTLS: "disabled"}, us, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Geography: tc.geography, Endpoints: tc.endpoints}
			at := cfg.addresses()
			if diff := cmp.Diff(tc.want, []string{at.auth.String(), at.api.String(), at.portal.String()}); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			l := &login{base: newBase(), pools: map[string]*pool{}}
			if got := l.pool(at.auth, tc.endpoints.AuthTLS).dialer.TLSClientConfig.InsecureSkipVerify; got != (tc.endpoints.AuthTLS == "insecure") {
				t.Errorf("got an unverified token endpoint %t", got)
			}
			if got := tc.endpoints.Unverified(); got != tc.unverified {
				t.Errorf("got unverified %t", got)
			}
		})
	}
}

func TestSession_BucketURL(t *testing.T) {
	t.Parallel()
	inCloud(t, "url", func(t *testing.T, c *cloud) {
		want := "https://portal.cloud.hashicorp.com/services/packer/buckets/ubuntu?project_id=" + project
		if got := c.session(t, secretConfig()).BucketURL("ubuntu"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
