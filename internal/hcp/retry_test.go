package hcp

import (
	"context"
	"slices"
	"testing"

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
	moved, again := []route{moveRoute}, []route{moveRoute, channelRoute, moveRoute}
	for name, tc := range map[string]struct {
		meets []fault
		asks  []route // the first requests
		fails Failure
	}{
		"at_once":              {[]fault{nil}, moved, Failure{}},
		"503_once":             {[]fault{answer(503, ""), nil}, again, Failure{}},
		"reset_once":           {[]fault{reset, nil}, again, Failure{}},
		"refused_stream":       {[]fault{refuseStream, nil}, again, Failure{}},
		"no_answer_once":       {[]fault{hang, nil}, again, Failure{}},
		"503_each_time":        {[]fault{answer(503, `{"message": "down"}`)}, again, Failure{problem.HCPUnavailable, `HCP answered 503 Service Unavailable: "down" (N tries), and the timeout of 1m leaves no time for another`, false}},
		"wait_that_cannot_fit": {[]fault{answer(429, "", "Retry-After", "90")}, moved, Failure{problem.HCPUnavailable, "HCP answered 429 Too Many Requests (1 try), and it asked to wait 1m30s, which does not fit in the timeout of 1m", false}},
		"refused":              {[]fault{answer(403, "")}, moved, Failure{problem.PermissionDenied, "HCP answered 403 Forbidden", true}},
		"conflict":             {[]fault{answer(409, "")}, moved, Failure{problem.PromotionRefused, "HCP answered 409 Conflict", true}},
		"precondition":         {[]fault{rpc(400, 9, "revoked")}, moved, Failure{problem.PromotionRefused, `HCP answered 400 Bad Request: "revoked"`, true}},
		"of_a_name":            {[]fault{rpc(400, 9, `v7 of "docker-registry" was deleted`)}, moved, Failure{problem.PromotionRefused, `HCP answered 400 Bad Request: "v7 of 'docker-registry' was deleted"`, true}},
		"deactivated":          {[]fault{rpc(400, 9, "registry deactivated")}, moved, Failure{problem.RegistryDeactivated, `HCP answered 400 Bad Request: "registry deactivated"`, true}},
		"redirect":             {[]fault{answer(302, "", "Location", "/elsewhere")}, moved, Failure{problem.UnexpectedResponse, "HCP answered with a redirect (302)", false}},
		"nothing":              {[]fault{answer(200, "")}, moved, Failure{problem.UnexpectedResponse, "HCP's answer is empty", false}},
	} {
		overBoth(t, name, func(t *testing.T, c *cloud) {
			s := c.session(t, secretConfig())
			ctx, cancel := context.WithTimeout(t.Context(), s.login.Timeout)
			defer cancel()
			c.requests = nil
			c.fail(moveRoute, tc.meets...)
			tries := 0
			err := s.Retry(ctx, func() error {
				if tries++; tries > 1 {
					checkProblem(t, getChannel(ctx, s), "", "")
				}
				return moveChannel(ctx, s)
			})
			got := c.routes()
			if lasts := name == "503_each_time"; lasts && len(got) > len(tc.asks) {
				got = got[:len(tc.asks)]
			}
			if !slices.Equal(got, tc.asks) {
				t.Errorf("got the requests %q, want %q", got, tc.asks)
			}
			checkPauses(t, c.asked(moveRoute))
			if tc.fails == (Failure{}) {
				checkProblem(t, err, "", "")
				return
			}
			failure := s.ExplainWrite(err)
			failure.Says = chance.ReplaceAllString(failure.Says, "N tries")
			if diff := cmp.Diff(tc.fails, failure); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
		})
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
		inCloud(t, name, func(t *testing.T, c *cloud) {
			s := c.session(t, secretConfig())
			c.fail(moveRoute, tc.meet)
			if got := s.ExplainWrite(moveChannel(t.Context(), s)); got != (Failure{problem.HCPUnavailable, tc.says, false}) {
				t.Errorf("got %+v", got)
			}
			if got := len(c.asked(moveRoute)); got != 1 || len(c.log) > 0 {
				t.Errorf("got %d requests, %q", got, c.log)
			}
		})
	}
}
