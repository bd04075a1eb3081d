package hcp

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hcp-packer-iteration/internal/problem"
)

// TestRepetitionsAreTries has a server that takes connections and answers nothing, as net/http's own
// pool would repeat without a pause: each request and each connection is a try that is told.
func TestRepetitionsAreTries(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meet   fault
		change func(*cloud)
		kept   bool // the connection carried an answer before
	}{
		"goaway_before_the_request":  {goAway(0), func(*cloud) {}, false},
		"goaway_on_a_kept":           {goAway(0), func(*cloud) {}, true},
		"stream_refused":             {refuseStream, func(*cloud) {}, false},
		"closed_over_http1":          {drop, overHTTP1, false},
		"closed_on_a_kept_http1":     {drop, overHTTP1, true},
		"reset_on_a_kept_http1":      {reset, overHTTP1, true},
		"reset_on_a_kept_connection": {reset, func(*cloud) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, tc.change)
				s, err := c.logIn(t, secretConfig(), nil)
				checkProblem(t, err, "", "")
				if tc.kept {
					checkProblem(t, getChannel(t.Context(), s), "", "")
				}
				c.requests, c.connections = nil, 0
				c.fail(channelRoute, tc.meet)
				ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
				defer cancel()
				checkProblem(t, getChannel(ctx, s), problem.HCPUnavailable, "tries")
				tries := c.asked(channelRoute)
				if want := len(c.log) + 1; len(tries) != want || c.connections > want {
					t.Errorf("got %d requests over %d connections in %d tries", len(tries), c.connections, want)
				}
				checkPauses(t, tries)
			})
		})
	}
}

// TestConnectionsThatEndAtOnce has each connection end before a request is on it: that is a try, but of
// a connection that was made ahead.
func TestConnectionsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meet   dial
		change func(*cloud)
	}{
		"http1": {leaving(), overHTTP1},
		"http2": {leaving(), func(*cloud) {}},
		// SETTINGS, which come first, and GOAWAY behind stream 0.
		"goaway": {leaving(0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), func(*cloud) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, tc.change)
				c.dials[authHost], c.dials[apiHost] = []dial{tc.meet, nil}, []dial{tc.meet, nil}
				checkProblem(t, c.getChannel(t.Context(), secretConfig()), "", "")
				if len(c.log) != 1 || c.connections != 4 {
					t.Errorf("got %d connections and the retries %q", c.connections, c.log)
				}
			})
		})
	}
}

// TestConnectionsThatEndIdle has the server close a connection between two requests: that is no try.
func TestConnectionsThatEndIdle(t *testing.T) {
	t.Parallel()
	for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, change)
				s, err := c.logIn(t, secretConfig(), nil)
				checkProblem(t, err, "", "")
				var conn *pipeEnd
				c.fail(channelRoute, func(w http.ResponseWriter, r *http.Request) {
					conn = pipeOf(r)
					answer(http.StatusOK, c.answers[channelRoute])(w, r)
				})
				for range 3 {
					checkProblem(t, getChannel(t.Context(), s), "", "")
					_ = conn.Close()
					synctest.Wait()
				}
				if len(c.log) > 0 {
					t.Errorf("got the retries %q", c.log)
				}
			})
		})
	}
}

// TestConnectionsAreShared counts the connections of a run: one for each host, whatever is asked there.
func TestConnectionsAreShared(t *testing.T) {
	t.Parallel()
	discovering := func(cfg Config) Config {
		cfg.OrganizationID, cfg.ProjectID = "", ""
		return cfg
	}
	sameHost := discovering(secretConfig())
	sameHost.Endpoints.AuthURL = "https://" + apiHost
	for name, tc := range map[string]struct {
		cfg  Config
		want int
	}{
		"secret":                {secretConfig(), 2},
		"secret_and_discovery":  {discovering(secretConfig()), 2},
		"identity":              {providerConfig(), 2},
		"identity_and_ids":      {discovering(providerConfig()), 2},
		"one_host_for_them_all": {sameHost, 1},
	} {
		for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t, change)
					s, err := c.logIn(t, tc.cfg, githubEnv())
					checkProblem(t, err, "", "")
					checkProblem(t, getChannel(t.Context(), s), "", "")
					if c.connections != tc.want {
						t.Errorf("got %d connections, want %d", c.connections, tc.want)
					}
				})
			})
		}
	}
}

// TestConnectingAhead has each connection and each answer take a second: HCP's API is connected to while
// the token is fetched, so that the connection costs nothing.
func TestConnectingAhead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg  Config
		want time.Duration
	}{
		"secret":   {secretConfig(), 3 * time.Second},   // connection, token, channel
		"identity": {providerConfig(), 4 * time.Second}, // connection, identity, token, channel
	} {
		for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t, change)
					c.slow(time.Second)
					began := time.Now()
					s, err := c.logIn(t, tc.cfg, githubEnv())
					checkProblem(t, err, "", "")
					checkProblem(t, getChannel(t.Context(), s), "", "")
					if took := time.Since(began); took != tc.want {
						t.Errorf("it took %s, want %s", took, tc.want)
					}
				})
			})
		}
	}
}

// TestNoConnectionAhead makes none where there is no way in: that ends before any network traffic.
func TestNoConnectionAhead(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"no_credentials": nil,
		"no_permission":  {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://" + githubHost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				cfg := providerConfig()
				if env == nil {
					cfg.Credentials = Credentials{}
				}
				_, err := c.logIn(t, cfg, env)
				checkProblem(t, err, problem.NotAuthenticated, "")
				synctest.Wait()
				if c.connections > 0 {
					t.Errorf("got %d connections", c.connections)
				}
			})
		})
	}
}

// TestConnectionOfMany has many requests at once wait for the connection that is made ahead.
func TestConnectionOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.dials[apiHost] = []dial{func(ctx context.Context, c *cloud) (net.Conn, error) {
			time.Sleep(5 * time.Second)
			return c.secure.dial(ctx)
		}}
		s, err := c.logIn(t, secretConfig(), nil)
		checkProblem(t, err, "", "")
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { checkProblem(t, getChannel(t.Context(), s), "", "") })
		}
		group.Wait()
		if c.connections != 2 {
			t.Errorf("got %d connections, want 2", c.connections)
		}
	})
}
