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
	for name, meet := range map[string]fault{"goaway": goAway(0), "closed": drop, "reset": reset} {
		overBoth(t, name, func(t *testing.T, c *cloud) {
			s := c.session(t, secretConfig())
			checkProblem(t, getChannel(t.Context(), s), "", "") // so that the connection has carried an answer
			c.requests, c.connections = nil, 0
			c.fail(channelRoute, meet)
			ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
			defer cancel()
			checkProblem(t, getChannel(ctx, s), problem.HCPUnavailable, "tries")
			tries := c.asked(channelRoute)
			if want := len(c.log) + 1; len(tries) != want || c.connections > want {
				t.Errorf("got %d requests over %d connections in %d tries", len(tries), c.connections, want)
			}
			checkPauses(t, tries)
		})
	}
}

// TestConnectionsThatEndAtOnce has each connection end before a request is on it: that is a try, but of
// a connection that was made ahead.
func TestConnectionsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	for name, meet := range map[string]dial{
		"closed": leaving(),
		// SETTINGS, which come first, and GOAWAY behind stream 0.
		"goaway": leaving(0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
	} {
		overBoth(t, name, func(t *testing.T, c *cloud) {
			c.dials[authHost], c.dials[apiHost] = []dial{meet, nil}, []dial{meet, nil}
			checkProblem(t, c.getChannel(t.Context(), secretConfig()), "", "")
			if len(c.log) != 1 || c.connections != 4 {
				t.Errorf("got %d connections and the retries %q", c.connections, c.log)
			}
		})
	}
}

// TestConnectionsThatEndIdle has the server close a connection between two requests: that is no try.
func TestConnectionsThatEndIdle(t *testing.T) {
	t.Parallel()
	overBoth(t, "idle", func(t *testing.T, c *cloud) {
		s := c.session(t, secretConfig())
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
}

// TestConnections has each connection and each answer take a second: there is one connection for each host, whatever is
// asked there, and HCP's API is connected to while the token is fetched, so that the connection costs nothing.
func TestConnections(t *testing.T) {
	t.Parallel()
	sameHost := secretConfig()
	sameHost.Endpoints.AuthURL = "https://" + apiHost
	discovery := secretConfig()
	discovery.OrganizationID, discovery.ProjectID = "", ""
	for name, tc := range map[string]struct {
		cfg   Config
		conns int
		took  time.Duration
	}{
		"secret":                {secretConfig(), 2, 3 * time.Second},   // connection, token, channel
		"secret_and_discovery":  {discovery, 2, 4 * time.Second},        // and who that is
		"identity":              {providerConfig(), 2, 4 * time.Second}, // connection, identity, token, channel
		"one_host_for_them_all": {sameHost, 1, 3 * time.Second},
	} {
		overBoth(t, name, func(t *testing.T, c *cloud) {
			for _, host := range []string{authHost, apiHost, githubHost} {
				c.dials[host] = []dial{func(ctx context.Context, c *cloud) (net.Conn, error) {
					time.Sleep(time.Second)
					return c.secure.dial(ctx)
				}}
			}
			for at, text := range c.answers {
				c.fail(at, func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(time.Second)
					answer(http.StatusOK, text)(w, r)
				})
			}
			began := time.Now()
			s := c.session(t, tc.cfg)
			checkProblem(t, getChannel(t.Context(), s), "", "")
			if took := time.Since(began); took != tc.took || c.connections != tc.conns {
				t.Errorf("it took %s and %d connections, want %s and %d", took, c.connections, tc.took, tc.conns)
			}
			checkProblem(t, getChannel(t.Context(), s), "", "")
			if c.connections != tc.conns {
				t.Errorf("got %d connections with a second request, want %d", c.connections, tc.conns)
			}
		})
	}
}

// TestConnectionOfMany has many requests at once wait for the connection that is made ahead.
func TestConnectionOfMany(t *testing.T) {
	t.Parallel()
	inCloud(t, "many", func(t *testing.T, c *cloud) {
		c.dials[apiHost] = []dial{func(ctx context.Context, c *cloud) (net.Conn, error) {
			time.Sleep(5 * time.Second)
			return c.secure.dial(ctx)
		}}
		s := c.session(t, secretConfig())
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
