package hcp

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/problem"
)

// moveChannel is a request that must not be repeated blindly.
func moveChannel(ctx context.Context, s *Session) error {
	params := packer.NewPackerServiceUpdateChannelParamsWithTimeout(0).WithContext(Once(ctx))
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = "ubuntu", "production"
	params.Body = &models.HashicorpCloudPacker20230101UpdateChannelBody{}
	_, err := packer.New(s.Client(), nil).PackerServiceUpdateChannel(params, nil)
	return err
}

// TestSession_Retry moves a channel and reads it before each repetition, as a promotion does.
func TestSession_Retry(t *testing.T) {
	t.Parallel()
	notMoved, moved := []route{moveRoute, channelRoute}, []route{moveRoute}
	for name, tc := range map[string]struct {
		meets []fault
		// effective is whether the request takes effect, whatever its answer.
		effective bool
		// asks are the requests; of a move that is retried to the end they are the first.
		asks  []route
		lasts bool
		fails Failure
	}{
		"at_once":               {[]fault{nil}, true, moved, false, Failure{}},
		"503_once":              {[]fault{answer(503, ""), nil}, false, slices.Concat(notMoved, moved), false, Failure{}},
		"reset_once":            {[]fault{reset, nil}, false, slices.Concat(notMoved, moved), false, Failure{}},
		"refused_stream":        {[]fault{refuseStream, nil}, false, slices.Concat(notMoved, moved), false, Failure{}},
		"no_answer_once":        {[]fault{hang, nil}, false, slices.Concat(notMoved, moved), false, Failure{}},
		"answer_lost":           {[]fault{reset}, true, notMoved, false, Failure{}},
		"503_though_effective":  {[]fault{answer(503, "")}, true, notMoved, false, Failure{}},
		"503_each_time":         {[]fault{answer(503, `{"message": "down"}`)}, false, slices.Concat(notMoved, notMoved, notMoved), true, Failure{problem.HCPUnavailable, `HCP answered 503 Service Unavailable: "down" (N tries), and the timeout of 1m leaves no time for another`, false}},
		"wait_that_cannot_fit":  {[]fault{answer(429, "", "Retry-After", "90")}, false, moved, false, Failure{problem.HCPUnavailable, "HCP answered 429 Too Many Requests (1 try), and it asked to wait 1m30s, which does not fit in the timeout of 1m", false}},
		"refused":               {[]fault{answer(403, "")}, false, moved, false, Failure{problem.PermissionDenied, "HCP answered 403 Forbidden", true}},
		"conflict":              {[]fault{answer(409, "")}, false, moved, false, Failure{problem.PromotionRefused, "HCP answered 409 Conflict", true}},
		"redirect_though_moved": {[]fault{answer(302, "", "Location", "/elsewhere")}, true, moved, false, Failure{problem.UnexpectedResponse, "HCP answered with a redirect (302)", false}},
		"html_though_moved":     {[]fault{answer(200, "<html>")}, true, moved, false, Failure{problem.UnexpectedResponse, "HCP's answer is not JSON", false}},
		"nothing_though_moved":  {[]fault{answer(200, "")}, true, moved, false, Failure{problem.UnexpectedResponse, "HCP's answer is empty", false}},
	} {
		for protocol, change := range map[string]func(*cloud){"http1": overHTTP1, "http2": func(*cloud) {}} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t, change)
					cfg := secretConfig()
					ctx, cancel := context.WithTimeout(t.Context(), cfg.Timeout)
					defer cancel()
					s, err := logIn(ctx, cfg, c.job(nil), c.base)
					checkProblem(t, err, "", "")
					c.requests = nil
					c.fail(moveRoute, tc.meets...)
					tries := 0
					err = s.Retry(ctx, func() error {
						if tries++; tries > 1 {
							checkProblem(t, getChannel(ctx, s), "", "")
							if tc.effective {
								return nil
							}
						}
						return moveChannel(ctx, s)
					})
					if got := c.routes(); tc.lasts && len(got) < len(tc.asks) || !slices.Equal(got[:min(len(got), len(tc.asks))], tc.asks) || !tc.lasts && len(got) > len(tc.asks) {
						t.Errorf("got the requests %q, want %q", got, tc.asks)
					}
					checkPauses(t, c.asked(moveRoute))
					if tc.fails == (Failure{}) {
						checkProblem(t, err, "", "")
						return
					}
					got := s.ExplainWrite(err)
					got.Says = chance.ReplaceAllString(got.Says, "N tries")
					if diff := cmp.Diff(tc.fails, got); diff != "" {
						t.Errorf("failure (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// checkPauses checks that there is a pause between requests.
func checkPauses(t *testing.T, requests []request) {
	t.Helper()
	for i := range len(requests) - 1 {
		if pause := requests[i+1].at.Sub(requests[i].at); pause < firstWait/2 {
			t.Errorf("got a pause of %s", pause)
		}
	}
}

// TestOnce sends a request once, whatever becomes of it.
func TestOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meet fault
		says string
	}{
		"503":    {answer(503, `{"message": "down"}`), `HCP answered 503 Service Unavailable: "down"`},
		"reset":  {reset, `the connection to HCP failed with "read: connection reset by peer"`},
		"hang":   {hang, "HCP did not answer in time"},
		"goaway": {goAway(0), "HCP closed the connection before its answer was complete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				s, err := c.logIn(t, secretConfig(), nil)
				checkProblem(t, err, "", "")
				c.fail(moveRoute, tc.meet)
				err = moveChannel(t.Context(), s)
				if got := s.ExplainWrite(err); got != (Failure{problem.HCPUnavailable, tc.says, false}) {
					t.Errorf("got %+v", got)
				}
				if got := len(c.asked(moveRoute)); got != 1 || len(c.log) > 0 {
					t.Errorf("got %d requests, %q", got, c.log)
				}
			})
		})
	}
}

// TestSession_Retry_Cancelled stops between two tries.
func TestSession_Retry_Cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		s, err := c.logIn(t, secretConfig(), nil)
		checkProblem(t, err, "", "")
		c.fail(moveRoute, answer(http.StatusTooManyRequests, "", "Retry-After", "40"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		ended := make(chan error, 1)
		go func() { ended <- s.Retry(ctx, func() error { return moveChannel(ctx, s) }) }()
		time.Sleep(20 * time.Second)
		cancel()
		told := time.Now()
		if err := <-ended; err == nil || time.Since(told) > 0 {
			t.Errorf("it ended %s later with %v", time.Since(told), err)
		}
		if got := len(c.asked(moveRoute)); got != 1 {
			t.Errorf("got %d requests", got)
		}
	})
}
