package fakehcp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

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
	request, err := http.NewRequestWithContext(ctx, "PATCH", "https://"+s.Addr()+newerPath(orgA, images, "os")+"/channels/production",
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

func TestFault_then_is_of_the_same_moment(t *testing.T) {
	t.Parallel()
	s := startBuckets(t, releases)
	s.Fail(ChannelRoute, Fault{Pass: true, Then: func(r *Registry) { r.Bucket(images, "os").Iterations["v1"].Status = "REVOKED" }})
	path := newerPath(orgA, images, "os") + "/channels/production"
	for _, want := range []string{`"VERSION_ACTIVE"`, `"VERSION_REVOKED"`} {
		if _, body := get(t, s, "contributor", path); !strings.Contains(string(body), want) {
			t.Errorf("got %s, want %s", body, want)
		}
	}
}
