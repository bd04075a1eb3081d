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
	if got, _ := get(t, s, "", "/nowhere"); got != 500 {
		t.Errorf("any route: got %d, want 500", got)
	}
	if got, _ := get(t, s, "", "/nowhere"); got != 404 {
		t.Errorf("none left: got %d, want 404", got)
	}
}
