package hcp

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

// TestPauses looks at when the tries of one request reach HCP, and at the log: each repetition is told. Pauses double
// from half a second to ten seconds, and chance takes or adds up to half.
func TestPauses(t *testing.T) {
	t.Parallel()
	const second = time.Second
	doubling := []time.Duration{second / 2, second, 2 * second, 4 * second, 8 * second, 10 * second, 10 * second}
	for name, tc := range map[string]struct {
		meet    fault
		timeout time.Duration
		try     time.Duration   // how long a try takes
		wants   []time.Duration // jittered, or exact where there is one
		says    string
	}{
		"doubling":                             {answer(503, ""), 2 * time.Minute, 0, doubling, "HCP answered 503 Service Unavailable"},
		"retry_after_in_seconds":               {answer(429, "", "Retry-After", "7"), time.Minute, 0, []time.Duration{7 * second}, "HCP answered 429 Too Many Requests"},
		"retry_after_nothing":                  {answer(429, "", "Retry-After", "0"), time.Minute, 0, doubling[:2], "HCP answered 429 Too Many Requests"},
		"retry_after_in_the_past":              {answer(429, "", "Retry-After", "Fri, 01 Jan 1999 00:00:00 GMT"), time.Minute, 0, doubling[:2], "HCP answered 429 Too Many Requests"},
		"retry_after_nonsense":                 {answer(429, `{"message": "back\nsoon"}`, "Retry-After", "soon"), time.Minute, 0, doubling[:2], `HCP answered 429 Too Many Requests: "back\nsoon"`},
		"a_try_takes_a_quarter_of_the_timeout": {hang, 40 * second, 10 * second, doubling[:2], "HCP did not answer in time"},
		"a_body_is_a_part_of_a_try":            {endless, 40 * second, 10 * second, doubling[:2], "HCP did not answer in time"},
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			cfg := secretConfig()
			cfg.Timeout = tc.timeout
			c.fail(channelRoute, tc.meet)
			checkProblem(t, c.getChannel(t.Context(), cfg), problem.HCPUnavailable, tc.says)
			tries := c.asked(channelRoute)
			for i, want := range tc.wants {
				got, least, most := tries[i+1].at.Sub(tries[i].at)-tc.try, want/2, want*3/2
				if len(tc.wants) == 1 {
					least, most = want, want
				}
				if got < least || got > most {
					t.Errorf("pause %d: got %s, want %s to %s", i, got, least, most)
				}
				if line := regexp.MustCompile(`, trying again in [\d.]+m?s$`).ReplaceAllString(c.log[i], ""); line != tc.says {
					t.Errorf("got the log %q, want %q", line, tc.says)
				}
			}
		})
	}
}

// TestUnavailable looks at what a message says of a request that was given up.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		faults  []fault
		timeout time.Duration
		says    string
	}{
		"the_last_cause":           {[]fault{reset, answer(429, "", "Retry-After", "8"), answer(503, `{"message": "down"}`, "Retry-After", "8")}, 20 * time.Second, `HCP answered 503 Service Unavailable: "down" (4 tries), and it asked to wait 8s, which does not fit in the timeout of 20s`},
		"a_wait_that_does_not_fit": {[]fault{answer(503, ""), answer(503, "", "Retry-After", "60")}, 50 * time.Second, `HCP answered 503 Service Unavailable (2 tries), and it asked to wait 1m, which does not fit in the timeout of 50s`},
		"cut_short_by_the_timeout": {[]fault{answer(503, `{"message": "down"}`, "Retry-After", "38"), hang}, 40 * time.Second, `HCP answered 503 Service Unavailable: "down" (2 tries), and the timeout of 40s leaves no time for another`},
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.fail(channelRoute, tc.faults...)
			cfg := secretConfig()
			cfg.Timeout = tc.timeout
			checkProblem(t, c.getChannel(t.Context(), cfg), problem.HCPUnavailable, tc.says)
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
		"in_a_request":       {channelRoute, hang},
		"in_a_token_request": {tokenRoute, hang},
		"between_two_tries":  {channelRoute, answer(503, "", "Retry-After", "1800")},
		"between_two_tokens": {tokenRoute, answer(429, "", "Retry-After", "1800")},
		"in_an_endless_body": {channelRoute, endless},
	} {
		overBoth(t, name, func(t *testing.T, c *cloud) {
			c.fail(tc.route, tc.meet)
			cfg := secretConfig()
			cfg.Timeout = time.Hour
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- c.getChannel(ctx, cfg) }()
			time.Sleep(time.Minute)
			synctest.Wait()
			cancel()
			told := time.Now()
			if err := <-ended; err == nil {
				t.Error("it passes")
			}
			if after := time.Since(told); after > 0 || len(c.asked(tc.route)) != 1 {
				t.Errorf("it ended %s later, with %d requests", after, len(c.asked(tc.route)))
			}
		})
	}
}

// TestSilentConnection has a connection fall silent once it has carried a request, as one does behind
// a router that forgot it. Over HTTP/2 all tries would go that way, were it not given up.
func TestSilentConnection(t *testing.T) {
	t.Parallel()
	overBoth(t, "silent", func(t *testing.T, c *cloud) {
		var silent atomic.Pointer[pipeEnd]
		c.fail(channelRoute, func(w http.ResponseWriter, r *http.Request) {
			silent.CompareAndSwap(nil, pipeOf(r))
			if pipeOf(r) == silent.Load() {
				hang(w, r)
			}
			answer(http.StatusOK, c.answers[channelRoute])(w, r)
		})
		checkProblem(t, c.getChannel(t.Context(), secretConfig()), "", "")
		if got := len(c.asked(channelRoute)); got != 2 {
			t.Errorf("got %d tries", got)
		}
	})
}

// TestHeaders looks at what a request carries, and where to.
func TestHeaders(t *testing.T) {
	t.Parallel()
	inCloud(t, "headers", func(t *testing.T, c *cloud) {
		cfg := providerConfig()
		cfg.OrganizationID, cfg.ProjectID = "", ""
		checkProblem(t, c.getChannel(t.Context(), cfg), "", "")
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

// TestEchoes has the registry put a secret into its words: none of it is shown, also where the message
// is cut within it.
func TestEchoes(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"client_secret": clientSecret, "access_token": strings.Repeat("x", 280) + accessToken,
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.fail(channelRoute, rpc(503, 14, message), rpc(403, 7, message))
			text := c.text(c.getChannel(t.Context(), secretConfig()))
			if strings.Count(text, "***") != 2 {
				t.Errorf("nothing was taken out of %s", text)
			}
			secret := strings.TrimLeft(message, "x")
			for i := range len(secret) - 8 {
				if part := secret[i : i+8]; strings.Contains(text, part) {
					t.Fatalf("%q of the secret is in %s", part, text)
				}
			}
		})
	}
}

// TestAnswersAreNotRewritten has a channel named like a secret: what HCP answers is judged as it is.
func TestAnswersAreNotRewritten(t *testing.T) {
	t.Parallel()
	inCloud(t, "name", func(t *testing.T, c *cloud) {
		cfg := secretConfig()
		cfg.Credentials.ClientSecret = "production"
		checkProblem(t, c.getChannel(t.Context(), cfg), "", "")
	})
}
