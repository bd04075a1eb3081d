package fakehcp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// protocols are the ways to serve, and what requests look like under each.
var protocols = map[string]bool{"http1": false, "http2": true}

// ask sends a request to the OIDC endpoint, which needs no other one before it.
func ask(t *testing.T, ctx context.Context, s *Server, c *http.Client) (*http.Response, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, "GET", "https://"+s.Addr()+"/oidc/token?audience=x", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.OIDCEnvironment()["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	response, err := c.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

func TestFault_breaks_the_connection(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault Fault
		want  string // in the client's error
	}{
		"reset":           {Fault{Reset: true}, "connection reset by peer"},
		"drop":            {Fault{Drop: true}, "EOF"},
		"truncate_normal": {Fault{Truncate: true}, "unexpected EOF"},
		"truncate_own":    {Fault{Truncate: true, Status: 200, Body: "abcdef"}, "unexpected EOF"},
	} {
		for protocol, http2 := range protocols {
			t.Run(name+"_"+protocol, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				fault := tc.fault
				fault.Repeat = true // net/http repeats a GET by itself
				s.Fail(OIDCRoute, Fault{Pass: true}, fault)
				client := httpClient(t, s, http2)
				ask(t, t.Context(), s, client) // over HTTP/2 a reset while the connection is opened can be read as its end
				_, body, err := ask(t, t.Context(), s, client)
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want %q", err, tc.want)
				}
				if tc.fault.Body != "" && body != "abc" {
					t.Errorf("got %q, want the first half", body)
				}
			})
		}
	}
}

func TestFault_hang_ends_with_the_client_or_the_server(t *testing.T) {
	t.Parallel()
	for protocol, http2 := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.Fail(OIDCRoute, Fault{Hang: true}, Fault{Delay: time.Hour}, Fault{Hang: true, Repeat: true})
			client := httpClient(t, s, http2)
			failed := make(chan error)
			for arrived := range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					_, _, err := ask(t, ctx, s, client)
					failed <- err
				}()
				for len(s.Requests()) <= arrived {
					time.Sleep(time.Millisecond)
				}
				if arrived < 2 {
					cancel()
				} else {
					s.Close() // which waits for its requests
					s.Close()
				}
				if err := <-failed; errors.Is(err, context.Canceled) != (arrived < 2) {
					t.Errorf("request %d: got %v", arrived, err)
				}
			}
		})
	}
}

func TestServer_fail_queues(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := httpClient(t, s, true)
	s.Fail(AnyRoute, Fault{Status: 500})
	s.Fail(ChannelRoute, Fault{Status: 599}) // of another route
	s.Fail(OIDCRoute, Fault{Status: 501, Body: "no", Header: http.Header{"retry-after": {"7"}}}, Fault{Pass: true})
	s.Fail(OIDCRoute, Fault{Status: 502, Repeat: true})
	for i, want := range []int{501, 200, 502, 502} {
		response, body, err := ask(t, t.Context(), s, client)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.StatusCode; got != want || (i == 0) != (body == "no" && response.Header.Get("Retry-After") == "7") {
			t.Errorf("request %d: got %d %q, want %d", i, got, body, want)
		}
	}
	for i, want := range []int{500, 404} {
		if got, _ := send(t, s, client, "", "GET", "/nowhere", ""); got != want {
			t.Errorf("request %d without a route: got %d, want %d", i, got, want)
		}
	}
	if got, want := len(s.Requests()), 6; got != want {
		t.Errorf("requests: got %d, want %d", got, want)
	}
}

// point is a change that points os/production at an iteration.
func point(fingerprint string) func(*Registry) {
	return func(r *Registry) { r.Bucket(images, "os").Channels["production"].Iteration = fingerprint }
}

func TestFault_effect(t *testing.T) {
	t.Parallel()
	upper := func(body []byte) []byte { return []byte(strings.ToUpper(string(body))) }
	const written = `"fingerprint":"v2"`
	for name, tc := range map[string]struct {
		fault  Fault
		status int    // of the answer, 0 for none
		body   string // in the answer
		want   string // where the channel points afterwards
	}{
		"error_before":    {Fault{Status: 503, Body: "later"}, 503, "later", "v1"},
		"error_after":     {Fault{Status: 503, Body: "later", Effect: true}, 503, "later", "v2"},
		"empty_before":    {Fault{}, 200, "", "v1"},
		"cut_answer":      {Fault{Truncate: true}, 200, "channel", "v2"},
		"cut_error":       {Fault{Truncate: true, Status: 503, Body: "later"}, 503, "la", "v1"},
		"reset_before":    {Fault{Reset: true}, 0, "", "v1"},
		"reset_after":     {Fault{Reset: true, Effect: true}, 0, "", "v2"},
		"drop_after":      {Fault{Drop: true, Effect: true}, 0, "", "v2"},
		"pass_and_effect": {Fault{Pass: true, Effect: true}, 200, written, "v2"},
		"edit":            {Fault{Edit: upper}, 200, strings.ToUpper(written), "v2"},
		"undone":          {Fault{Pass: true, Then: point("v1")}, 200, written, "v1"},
		"moved_before":    {Fault{Pass: true, Before: point("v3")}, 200, written, "v2"},
		"moved_instead":   {Fault{Status: 503, Then: point("v3")}, 503, "", "v3"},
		"moved_and_reset": {Fault{Reset: true, Before: point("v3")}, 0, "", "v3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t)
			s.Fail(AssignRoute, tc.fault)
			httpStatus, body := assign(t, t.Context(), s)
			if httpStatus != tc.status || !strings.Contains(body, tc.body) || tc.body == "" && body != "" {
				t.Errorf("got %d %q, want %d %q", httpStatus, body, tc.status, tc.body)
			}
			if got := s.Channel(images, "os", "production"); got != tc.want {
				t.Errorf("now at %q, want %q", got, tc.want)
			}
		})
	}
}

// assign points os/production at v2, and returns what there is of an answer.
func assign(t *testing.T, ctx context.Context, s *Server) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, "PATCH", "https://"+s.Addr()+imagesNewer+"os/channels/production",
		strings.NewReader(`{"update_mask":"versionFingerprint","version_fingerprint":"v2"}`))
	if err != nil {
		t.Fatal(err)
	}
	authorize(s, request, "contributor")
	response, err := httpClient(t, s, true).Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body) // as far as it goes
	return response.StatusCode, string(body)
}

func TestFault_effect_comes_before_the_delay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault Fault
		want  string
	}{
		"hang":           {Fault{Hang: true}, "v1"},
		"hang_after":     {Fault{Hang: true, Effect: true}, "v2"},
		"late":           {Fault{Pass: true, Delay: time.Hour}, "v1"},
		"late_answer":    {Fault{Pass: true, Delay: time.Hour, Effect: true}, "v2"},
		"moved_too_late": {Fault{Then: point("v2"), Delay: time.Hour}, "v1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t)
			s.Fail(AssignRoute, tc.fault)
			ctx, cancel := context.WithCancel(t.Context())
			answered := make(chan int)
			go func() {
				httpStatus, _ := assign(t, ctx, s)
				answered <- httpStatus
			}()
			for len(s.Requests()) == 0 || s.Channel(images, "os", "production") != tc.want {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if got := <-answered; got != 0 {
				t.Errorf("got an answer %d", got)
			}
			s.Close()
			if got := s.Channel(images, "os", "production"); got != tc.want {
				t.Errorf("now at %q, want %q", got, tc.want)
			}
		})
	}
}
