package hcp

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

// TestWaits holds the pauses between tries to what is promised of them: they double from half a second
// to ten seconds, and chance takes or adds up to half.
func TestWaits(t *testing.T) {
	t.Parallel()
	middles := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second}
	seen := map[time.Duration]bool{}
	for range 200 {
		w := waits()
		w.Reset()
		for i, middle := range middles {
			got := w.NextBackOff()
			if got < middle/2 || got > middle*3/2 {
				t.Fatalf("wait %d: got %s, want %s to %s", i, got, middle/2, middle*3/2)
			}
			seen[got] = true
		}
	}
	if len(seen) < 1000 {
		t.Errorf("got %d different waits of 1400", len(seen))
	}
}

// TestPauses looks at when the tries of one request reach HCP.
func TestPauses(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for name, tc := range map[string]struct {
		meet    fault
		timeout time.Duration
		// least and most bound each pause between the arrivals of two tries.
		least, most []time.Duration
	}{
		"doubling": {
			meet: answer(503, ""), timeout: time.Hour,
			least: []time.Duration{second / 4, second / 2, second, 2 * second, 4 * second, 5 * second},
			most:  []time.Duration{3 * second / 4, 3 * second / 2, 3 * second, 6 * second, 12 * second, 15 * second},
		},
		"retry_after_in_seconds": {
			meet: answer(429, "", "Retry-After", "7"), timeout: time.Minute,
			least: []time.Duration{7 * second}, most: []time.Duration{7 * second},
		},
		"retry_after_as_a_date": {
			meet: func(w http.ResponseWriter, r *http.Request) {
				answer(503, "", "Retry-After", time.Now().Add(9*second).UTC().Format(http.TimeFormat))(w, r)
			},
			timeout: time.Minute,
			least:   []time.Duration{8 * second}, most: []time.Duration{9 * second}, // a date has no fractions
		},
		"retry_after_nothing": {
			meet: answer(429, "", "Retry-After", "0"), timeout: time.Minute,
			least: []time.Duration{second / 4, second / 2}, most: []time.Duration{3 * second / 4, 3 * second / 2},
		},
		"retry_after_in_the_past": {
			meet: answer(429, "", "Retry-After", "Fri, 01 Jan 1999 00:00:00 GMT"), timeout: time.Minute,
			least: []time.Duration{second / 4, second / 2}, most: []time.Duration{3 * second / 4, 3 * second / 2},
		},
		"retry_after_nonsense": {
			meet: answer(429, "", "Retry-After", "soon"), timeout: time.Minute,
			least: []time.Duration{second / 4, second / 2}, most: []time.Duration{3 * second / 4, 3 * second / 2},
		},
		"a_try_takes_a_quarter_of_the_timeout": {
			meet: hang, timeout: 40 * second,
			least: []time.Duration{10*second + second/4, 10*second + second/2}, most: []time.Duration{10*second + 3*second/4, 10*second + 3*second/2},
		},
		"a_body_is_a_part_of_a_try": {
			meet: endless, timeout: 40 * second,
			least: []time.Duration{10*second + second/4, 10*second + second/2}, most: []time.Duration{10*second + 3*second/4, 10*second + 3*second/2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				cfg := secretConfig()
				cfg.Timeout = tc.timeout
				c.fail(channelRoute, tc.meet)
				began := time.Now()
				err := c.getChannel(t.Context(), cfg)
				if got := titleOf(t, err); got != problem.HCPUnavailable {
					t.Errorf("got title %q: %v", got, err)
				}
				if took := time.Since(began); took > tc.timeout {
					t.Errorf("it took %s of %s", took, tc.timeout)
				}
				tries := c.asked(channelRoute)
				if len(tries) <= len(tc.least) {
					t.Fatalf("got %d tries", len(tries))
				}
				for i := range tc.least {
					if got := tries[i+1].at.Sub(tries[i].at); got < tc.least[i] || got > tc.most[i] {
						t.Errorf("pause %d: got %s, want %s to %s", i, got, tc.least[i], tc.most[i])
					}
				}
			})
		})
	}
}

// TestRetriesAreTold looks at the log: each repetition is told with its cause and its wait.
func TestRetriesAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.fail(channelRoute, answer(503, `{"code": 14, "message": "back\nsoon"}`, "Retry-After", "3"), answer(429, "", "Retry-After", "61"), hang, nil)
		cfg := secretConfig()
		cfg.Timeout = time.Hour
		if err := c.getChannel(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		c.log[2] = regexp.MustCompile(`in [\d.]+m?s$`).ReplaceAllString(c.log[2], "in 500ms")
		want := []string{
			`HCP answered 503 Service Unavailable: "back\nsoon", trying again in 3s`,
			`HCP answered 429 Too Many Requests, trying again in 1m1s`,
			`HCP did not answer in time, trying again in 500ms`,
		}
		if diff := cmp.Diff(want, c.log); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// TestUnavailable looks at what a message says of a request that was given up.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		faults  []fault
		timeout time.Duration
		says    string
	}{
		"the_last_cause":           {[]fault{reset, answer(429, ""), answer(503, `{"message": "down"}`)}, 20 * time.Second, `HCP answered 503 Service Unavailable: "down" (N tries), and the timeout of 20s leaves no time for another`},
		"a_wait_that_does_not_fit": {[]fault{answer(503, ""), answer(503, "", "Retry-After", "60")}, 50 * time.Second, `HCP answered 503 Service Unavailable (2 tries), and it asked to wait 1m, which does not fit in the timeout of 50s`},
		"cut_short_by_the_timeout": {[]fault{answer(503, `{"message": "down"}`, "Retry-After", "38"), hang}, 40 * time.Second, `HCP answered 503 Service Unavailable: "down" (2 tries), and the timeout of 40s leaves no time for another`},
		"silent":                   {[]fault{hang}, 4 * time.Second, `HCP did not answer in time (N tries), and the timeout of 4s leaves no time for another`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				c.fail(channelRoute, tc.faults...)
				cfg := secretConfig()
				cfg.Timeout = tc.timeout
				err := c.getChannel(t.Context(), cfg)
				if got := titleOf(t, err); got != problem.HCPUnavailable {
					t.Fatalf("got title %q: %v", got, err)
				}
				if got := err.Error(); !strings.Contains(got, tc.says) && !strings.Contains(chance.ReplaceAllString(got, "N tries"), tc.says) {
					t.Errorf("got %q, want it to say %q", got, tc.says)
				}
			})
		})
	}
}

// TestCancelled stops a run that waits: for an answer, for the rest of one, or for the next try. It
// ends there and then.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		route route
		meet  fault
	}{
		"in_a_request":         {channelRoute, hang},
		"in_a_token_request":   {tokenRoute, hang},
		"between_two_tries":    {channelRoute, answer(503, "", "Retry-After", "1800")},
		"between_two_tokens":   {tokenRoute, answer(429, "", "Retry-After", "1800")},
		"in_an_endless_body":   {channelRoute, endless},
		"in_a_discovery":       {identityRoute, hang},
		"between_two_look_ups": {identityRoute, answer(503, "", "Retry-After", "1800")},
	} {
		for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t, change)
					c.fail(tc.route, tc.meet)
					cfg := secretConfig()
					cfg.Timeout = time.Hour
					if tc.route == identityRoute {
						cfg.OrganizationID, cfg.ProjectID = "", ""
					}
					ctx, cancel := context.WithCancel(t.Context())
					ended := make(chan error, 1)
					go func() { ended <- c.getChannel(ctx, cfg) }()
					time.Sleep(time.Minute)
					synctest.Wait()
					if got := len(c.asked(tc.route)); got != 1 {
						t.Fatalf("got %d requests", got)
					}
					cancel()
					told := time.Now()
					if err := <-ended; err == nil {
						t.Error("it passes")
					}
					if after := time.Since(told); after > 0 {
						t.Errorf("it ended %s later", after)
					}
				})
			})
		}
	}
}

// TestSilentConnection has a connection fall silent once it has carried a request, as one does behind
// a router that forgot it. Over HTTP/2 all tries would go that way, were it not given up.
func TestSilentConnection(t *testing.T) {
	t.Parallel()
	for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, change)
				var silent atomic.Pointer[pipeEnd]
				c.fail(channelRoute, func(w http.ResponseWriter, r *http.Request) {
					silent.CompareAndSwap(nil, pipeOf(r))
					if pipeOf(r) == silent.Load() {
						hang(w, r)
					}
					answer(http.StatusOK, c.answers[channelRoute])(w, r)
				})
				if err := c.getChannel(t.Context(), secretConfig()); err != nil {
					t.Error(err)
				}
				if got := len(c.asked(channelRoute)); got != 2 {
					t.Errorf("got %d tries", got)
				}
			})
		})
	}
}

// TestConnectionsAreKept has the requests of a session share one connection.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, change)
				s, err := c.logIn(t, secretConfig(), nil)
				if err != nil {
					t.Fatal(err)
				}
				before := c.connections
				for range 5 {
					if err := getChannel(t.Context(), s); err != nil {
						t.Fatal(err)
					}
				}
				if got := c.connections - before; got > 1 {
					t.Errorf("got %d connections for five requests", got)
				}
			})
		})
	}
}

// TestHeaders looks at what a request carries, and where to.
func TestHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		cfg := providerConfig()
		cfg.OrganizationID, cfg.ProjectID = "", ""
		s, err := c.logIn(t, cfg, githubEnv())
		if err != nil {
			t.Fatal(err)
		}
		if err := getChannel(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		want := map[route]string{
			githubRoute:   "Bearer " + githubBearer,
			exchangeRoute: "",
			identityRoute: "Bearer " + accessToken,
			channelRoute:  "Bearer " + accessToken,
		}
		got := map[route]string{}
		for _, r := range c.requests {
			got[r.route] = r.header.Get("Authorization")
			names := strings.HasPrefix(r.header.Get("X-Hcp-Source-Channel"), "hcp-packer-iteration hcp-go-sdk/")
			if wants := r.route == identityRoute || r.route == channelRoute; names != wants {
				t.Errorf("%s: got the source channel %q", r.route, r.header.Get("X-Hcp-Source-Channel"))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("authorization (-want +got):\n%s", diff)
		}
		if query := c.asked(githubRoute)[0].query; query != "api-version=2.0&audience=the+audience" {
			t.Errorf("GitHub was asked with the query %q", query)
		}
	})
}

// TestRedirects has each request sent elsewhere, on the same host and on another: nothing goes there.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, p := range places() {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, location := range []string{"/elsewhere", "https://" + issuerHost + ":443/elsewhere", "http://" + apiHost + "/elsewhere", ""} {
				t.Run(fmt.Sprintf("%s/%d/%s", p.route, status, location), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						c := newCloud(t)
						c.fail(p.route, answer(status, "", "Location", location))
						err := p.run(t, c)
						if got := titleOf(t, err); got != problem.UnexpectedResponse {
							t.Errorf("got title %q: %v", got, err)
						}
						if got := c.routes(); slices.Index(got, p.route) != len(got)-1 {
							t.Errorf("got the requests %q", got)
						}
					})
				})
			}
		}
	}
}

// TestStatuses has every status from 200 to 599 end as it should, and transient ones alone repeated.
func TestStatuses(t *testing.T) {
	t.Parallel()
	transient := []int{429, 500, 502, 503, 504}
	titles := map[int]problem.Title{200: "", 401: problem.NotAuthenticated, 403: problem.PermissionDenied, 404: problem.NotFound}
	for _, status := range transient {
		titles[status] = problem.HCPUnavailable
	}
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s, err := c.logIn(t, secretConfig(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for status := 200; status < 600; status++ {
			c.requests = nil
			c.fail(channelRoute, answer(status, c.answers[channelRoute]))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			err := getChannel(ctx, s)
			cancel()
			want, known := titles[status]
			if !known {
				want = problem.UnexpectedResponse
			}
			if got := titleOf(t, err); got != want {
				t.Errorf("%d: got title %q, want %q: %v", status, got, want, err)
			}
			if got, want := len(c.requests) > 1, slices.Contains(transient, status); got != want {
				t.Errorf("%d: got %d requests", status, len(c.requests))
			}
		}
	})
}
