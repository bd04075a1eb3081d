package fakehcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
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
	const unexpectedEOF = "unexpected EOF"
	tests := map[string]struct {
		fault        Fault
		http1, http2 string // in the client's error
	}{
		"reset":           {Fault{Reset: true}, "connection reset by peer", "connection reset by peer"},
		"drop":            {Fault{Drop: true}, "EOF", "EOF"},
		"stream_reset":    {Fault{StreamReset: true}, "EOF", "INTERNAL_ERROR"},
		"go_away":         {Fault{GoAway: true}, "EOF", "server sent GOAWAY and closed the connection; LastStreamID=2147483647, ErrCode=NO_ERROR"},
		"truncate_normal": {Fault{Truncate: true}, unexpectedEOF, unexpectedEOF},
		"truncate_own":    {Fault{Truncate: true, Status: 200, Body: "abcdef"}, unexpectedEOF, unexpectedEOF},
	}
	for name, test := range tests {
		for protocol, http2 := range protocols {
			t.Run(name+"_"+protocol, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				fault := test.fault
				fault.Repeat = true // net/http repeats a GET by itself
				s.Fail(OIDCRoute, Fault{Pass: true}, fault)
				want := test.http1
				if http2 {
					want = test.http2
				}
				client := httpClient(t, s, http2)
				ask(t, t.Context(), s, client) // has the connection's preface done, see Fault.Reset
				_, body, err := ask(t, t.Context(), s, client)
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				if test.fault.Reset && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("got %v, want a TCP reset", err)
				}
				if test.fault.Body != "" && body != "abc" {
					t.Errorf("got %q, want the first half", body)
				}
			})
		}
	}
}

func TestFault_stream_reset_leaves_the_connection(t *testing.T) {
	t.Parallel()
	s := start(t)
	client := httpClient(t, s, true)
	var wait sync.WaitGroup
	s.Fail(OIDCRoute, Fault{Pass: true}, Fault{Pass: true, Delay: 500 * time.Millisecond}, Fault{StreamReset: true})
	ask(t, t.Context(), s, client) // opens the connection
	wait.Go(func() {
		if _, body, err := ask(t, t.Context(), s, client); err != nil || !strings.Contains(body, "value") {
			t.Errorf("the other stream: got %q, %v", body, err)
		}
	})
	for len(s.Requests()) < 2 {
		time.Sleep(time.Millisecond)
	}
	if _, _, err := ask(t, t.Context(), s, client); err == nil {
		t.Error("got no error")
	}
	wait.Wait()
}

func TestFault_answers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault  Fault
		status int
		body   string
	}{
		"zero":   {Fault{}, 200, ""},
		"status": {Fault{Status: 504, Body: "Gateway Timeout", Header: http.Header{"retry-after": {"7"}}}, 504, "Gateway Timeout"},
		"pass":   {Fault{Pass: true}, 200, `"value"`},
		"edit":   {Fault{Edit: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("value"), []byte("other")) }}, 200, `"other"`},
		"delay":  {Fault{Pass: true, Delay: 20 * time.Millisecond}, 200, `"value"`},
	}
	for name, test := range tests {
		for protocol, http2 := range protocols {
			t.Run(name+"_"+protocol, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				s.Fail(OIDCRoute, test.fault)
				began := time.Now()
				response, body, err := ask(t, t.Context(), s, httpClient(t, s, http2))
				if err != nil {
					t.Fatal(err)
				}
				if response.StatusCode != test.status || !strings.Contains(body, test.body) || test.body == "" && body != "" {
					t.Errorf("got %d %q, want %d %q", response.StatusCode, body, test.status, test.body)
				}
				//nolint:staticcheck // the key as the fault has it
				if got, want := response.Header.Get("Retry-After"), strings.Join(test.fault.Header["retry-after"], ""); got != want {
					t.Errorf("Retry-After: got %q, want %q", got, want)
				}
				if got := time.Since(began); got < test.fault.Delay {
					t.Errorf("answered after %s, want %s", got, test.fault.Delay)
				}
			})
		}
	}
}

func TestFault_hang_ends_when_the_client_leaves(t *testing.T) {
	t.Parallel()
	for protocol, http2 := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.Fail(OIDCRoute, Fault{Hang: true}, Fault{Delay: time.Hour})
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				if _, _, err := ask(t, ctx, s, httpClient(t, s, http2)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				cancel()
			}
		})
	}
}

func TestServer_close_lets_go_of_what_hangs(t *testing.T) {
	t.Parallel()
	for protocol, http2 := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.Fail(OIDCRoute, Fault{Hang: true, Repeat: true})
			failed := make(chan error)
			go func() {
				_, _, err := ask(t, t.Context(), s, httpClient(t, s, http2))
				failed <- err
			}()
			for len(s.Requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			began := time.Now()
			s.Close()
			s.Close()
			if err := <-failed; err == nil {
				t.Error("got no error")
			}
			if got := time.Since(began); got > 2*time.Second {
				t.Errorf("took %s", got)
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
	s.Fail(OIDCRoute, Fault{Status: 501}, Fault{Pass: true})
	s.Fail(OIDCRoute, Fault{Status: 502, Repeat: true})
	for i, want := range []int{501, 200, 502, 502, 502} {
		response, _, err := ask(t, t.Context(), s, client)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.StatusCode; got != want {
			t.Errorf("request %d: got %d, want %d", i, got, want)
		}
	}
	if got, want := len(s.Requests()), 5; got != want {
		t.Errorf("requests: got %d, want %d", got, want)
	}
	if got, _ := send(t, s, "", "GET", "/nowhere", ""); got != 500 {
		t.Errorf("any route: got %d, want 500", got)
	}
	if got, _ := send(t, s, "", "GET", "/nowhere", ""); got != 404 {
		t.Errorf("none left: got %d, want 404", got)
	}
}

// point makes a change that has os/production point at an iteration.
func point(fingerprint string) func(*Registry) {
	return func(r *Registry) { r.Bucket(images, "os").Channels["production"].Iteration = fingerprint }
}

func TestFault_effect(t *testing.T) {
	t.Parallel()
	html := http.Header{"Content-Type": {"text/html"}}
	upper := func(body []byte) []byte { return []byte(strings.ToUpper(string(body))) }
	const written = `"fingerprint":"v2"`
	tests := map[string]struct {
		fault  Fault
		status int    // of the answer, 0 for none
		body   string // in the answer
		want   string // where the channel points afterwards
	}{
		"error_before":       {Fault{Status: 503, Body: "later"}, 503, "later", "v1"},
		"error_after":        {Fault{Status: 503, Body: "later", Effect: true}, 503, "later", "v2"},
		"empty_before":       {Fault{}, 200, "", "v1"},
		"empty_after":        {Fault{Effect: true}, 200, "", "v2"},
		"html_after":         {Fault{Header: html, Body: "<html>", Effect: true}, 200, "<html>", "v2"},
		"redirect_after":     {Fault{Status: 302, Effect: true}, 302, "", "v2"},
		"cut_answer":         {Fault{Truncate: true}, 200, "channel", "v2"},
		"cut_error_before":   {Fault{Truncate: true, Status: 503, Body: "later"}, 503, "la", "v1"},
		"cut_error_after":    {Fault{Truncate: true, Status: 503, Body: "later", Effect: true}, 503, "la", "v2"},
		"reset_before":       {Fault{Reset: true}, 0, "", "v1"},
		"reset_after":        {Fault{Reset: true, Effect: true}, 0, "", "v2"},
		"reset_and_pass":     {Fault{Reset: true, Pass: true}, 0, "", "v1"},
		"drop_after":         {Fault{Drop: true, Effect: true}, 0, "", "v2"},
		"stream_reset_after": {Fault{StreamReset: true, Effect: true}, 0, "", "v2"},
		"go_away_after":      {Fault{GoAway: true, Effect: true}, 0, "", "v2"},
		"pass":               {Fault{Pass: true}, 200, written, "v2"},
		"pass_and_effect":    {Fault{Pass: true, Effect: true}, 200, written, "v2"},
		"edit":               {Fault{Edit: upper}, 200, strings.ToUpper(written), "v2"},
		"undone":             {Fault{Pass: true, Then: point("v1")}, 200, written, "v1"},
		"moved_after":        {Fault{Pass: true, Then: point("scheduled")}, 200, written, "scheduled"},
		"moved_before":       {Fault{Pass: true, Before: point("scheduled")}, 200, written, "v2"},
		"moved_instead":      {Fault{Status: 503, Then: point("scheduled")}, 503, "", "scheduled"},
		"moved_and_reset":    {Fault{Reset: true, Before: point("scheduled")}, 0, "", "scheduled"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBuckets(t, releases)
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

// assign asks for os/production to point at v2, and returns what of an answer
// there is.
func assign(t *testing.T, ctx context.Context, s *Server) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, "PATCH", "https://"+s.Addr()+imagesNewer+"os/channels/production",
		strings.NewReader(`{"update_mask":"versionFingerprint","version_fingerprint":"v2"}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := credentials(t, s, "contributor").Token()
	if err != nil {
		t.Fatal(err)
	}
	token.SetAuthHeader(request)
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
			s := startBuckets(t, releases)
			s.Fail(AssignRoute, tc.fault)
			ctx, cancel := context.WithCancel(t.Context())
			answered := make(chan int)
			go func() {
				httpStatus, _ := assign(t, ctx, s)
				answered <- httpStatus
			}()
			for len(s.Requests()) < 2 || s.Channel(images, "os", "production") != tc.want {
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
