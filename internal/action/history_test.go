package action_test

import (
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// TestHistory counts what the main action asks of a channel's history, and has that fail: where it was asked for, the
// step fails for it unless it fails for something else, and where it was not, nothing is said.
func TestHistory(t *testing.T) {
	t.Parallel()
	const alternative = "The newest iteration"
	forbidden := fakehcp.Fault{Status: 403, Body: `{"code": 7, "message": "no"}`, Repeat: true}
	other := fakehcp.Fault{Edit: func(body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), `"bucket_name":"rollbacks"`, `"bucket_name":"another"`))
	}}
	endless := fakehcp.Fault{Body: `{"history": [null], "pagination": {"next_page_token": "x"}}`, Repeat: true}
	for name, tc := range map[string]struct {
		inputs map[string]string
		fault  fakehcp.Fault
		title  problem.Title
		// says is in the message, unless it begins with "!".
		says string
		asks int
	}{
		"not_asked_for":        {map[string]string{"channel": "production"}, forbidden, "", "", 0},
		"asked_for":            {map[string]string{"channel": "promoted", "rolled-back": "fail"}, fakehcp.Fault{Pass: true}, "", "", 1},
		"of_another_bucket":    {map[string]string{"channel": "production", "rolled-back": "warn"}, other, problem.UnexpectedResponse, "another bucket", 1},
		"endless":              {map[string]string{"channel": "promoted", "rolled-back": "warn"}, endless, problem.UnexpectedResponse, "does not end", 2},
		"forbidden":            {map[string]string{"channel": "production", "rolled-back": "warn"}, forbidden, problem.PermissionDenied, "It may take the contributor role", 1},
		"no_channel":           {map[string]string{"channel": "missing", "rolled-back": "fail"}, forbidden, problem.NotFound, "Channel missing", -1},
		"forbidden_revoked":    {map[string]string{"channel": "revoked", "rolled-back": "fail"}, forbidden, problem.ImageRevoked, "!" + alternative, 1},
		"forbidden_emptied":    {map[string]string{"channel": "emptied", "rolled-back": "fail"}, forbidden, problem.NoIterationAssigned, "!v7", 1},
		"forbidden_no_image":   {map[string]string{"channel": "production", "rolled-back": "fail", "region": "mars"}, forbidden, problem.NoMatchingImage, "mars", 1},
		"hangs_revoked":        {map[string]string{"channel": "revoked", "rolled-back": "fail", "timeout": "40s"}, fakehcp.Fault{Hang: true, Repeat: true}, problem.ImageRevoked, "!" + alternative, -1},
		"refused_revoked":      {map[string]string{"channel": "revoked", "rolled-back": "fail"}, fakehcp.Fault{Pass: true}, problem.ImageRevoked, alternative, 1},
		"alternative":          {map[string]string{"channel": "revoked"}, fakehcp.Fault{Pass: true}, problem.ImageRevoked, alternative, 1},
		"alternative_once":     {map[string]string{"channel": "revoked"}, fakehcp.Fault{Status: 503}, problem.ImageRevoked, "!" + alternative, 1},
		"alternative_hangs":    {map[string]string{"channel": "revoked", "timeout": "40s"}, fakehcp.Fault{Hang: true}, problem.ImageRevoked, "!" + alternative, 1},
		"alternative_disputed": {map[string]string{"channel": "revoked"}, fakehcp.Fault{Edit: allActive}, problem.ImageRevoked, "is v6", 1},
		"alternative_of_2021":  {map[string]string{"channel": "revoked", "api-version": "2021-04-30"}, forbidden, problem.ImageRevoked, "!" + alternative, 0},
		"none_of_fingerprint":  {map[string]string{"fingerprint": "rollbacks-v7"}, forbidden, problem.ImageRevoked, "!" + alternative, 0},
		"none_if_too_old":      {map[string]string{"channel": "production", "max-age": "1h"}, forbidden, problem.ImageTooOld, "!" + alternative, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(fakehcp.HistoryRoute, tc.fault)
			got := w.run(t, merged(map[string]string{"bucket": "rollbacks"}, tc.inputs))
			unsaid, absent := strings.CutPrefix(tc.says, "!")
			if got.outputs["problem"] != string(tc.title) || strings.Contains(got.outputs["message"], unsaid) == absent {
				t.Errorf("got no failure titled %q with %q:\n%s", tc.title, tc.says, got)
			}
			if asks := w.asked(fakehcp.HistoryRoute); tc.asks >= 0 && asks != tc.asks || w.asked(fakehcp.ChannelRoute) > 1 {
				t.Errorf("got %d requests, want %d", asks, tc.asks)
			}
		})
	}
}

func allActive(body []byte) []byte {
	return []byte(strings.ReplaceAll(strings.ReplaceAll(string(body), "VERSION_REVOKED", "VERSION_ACTIVE"), `"revoke_at"`, `"x"`))
}

// TestHistoryIsReadBeside has the channel's answer take forever: the history is asked for all the same.
func TestHistoryIsReadBeside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Fail(fakehcp.ChannelRoute, fakehcp.Fault{Hang: true})
	s := w.step(t, map[string]string{"bucket": "rollbacks", "channel": "production", "rolled-back": "warn"})
	checkEnd(t, s.runUntil(t, w.asks(t, 1, fakehcp.ChannelRoute, fakehcp.HistoryRoute)), problem.Cancelled)
}
