package registry_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// TestHistory reads page by page, and no more than is asked for.
func TestHistory(t *testing.T) {
	t.Parallel()
	row := func(id string) string { return `{"version": {"id": "` + id + `", "bucket_name": "ubuntu"}}` }
	page := func(next string, rows ...string) fakehcp.Fault {
		return fakehcp.Fault{Body: `{"history": [` + strings.Join(rows, ",") + `], "pagination": {"next_page_token": "` + next + `"}}`}
	}
	for name, tc := range map[string]struct {
		pages []fakehcp.Fault
		rows  int    // that are asked for
		want  string // ids, "-" for none
		title problem.Title
		says  string
		asks  int
	}{
		"none":           {[]fakehcp.Fault{{Body: `{}`}}, 9, "", "", "", 1},
		"none_counted":   {[]fakehcp.Fault{{Body: `{"count": 0}`}}, 9, "", "", "", 1},
		"rows":           {[]fakehcp.Fault{page("", row("c"), `null`, `{"author_id": "a"}`, row("b"))}, 9, "c - - b", "", "", 1},
		"two_pages":      {[]fakehcp.Fault{page("2", row("c")), page("", row("b"))}, 9, "c b", "", "", 2},
		"first_page":     {[]fakehcp.Fault{page("2", row("c"), row("b"))}, 2, "c b", "", "", 1},
		"without_end":    {slices.Repeat([]fakehcp.Fault{page("2", row("c"))}, 20), 99, strings.TrimSpace(strings.Repeat("c ", 20)), problem.UnexpectedResponse, "does not end", 20},
		"second_is_html": {[]fakehcp.Fault{page("2", row("c")), {Body: "<html>"}}, 9, "c", problem.UnexpectedResponse, "history of channel production of bucket ubuntu", 2},
		"another_bucket": {[]fakehcp.Fault{page("", row("c"), `{"version": {"id": "b", "bucket_name": "debian"}}`)}, 9, "c", problem.UnexpectedResponse, "another bucket", 1},
		"no_bucket_name": {[]fakehcp.Fault{page("", `{"version": {"id": "b"}}`)}, 9, "b", "", "", 1},
		"no_id":          {[]fakehcp.Fault{page("", `{"version": {"name": "v1"}}`)}, 9, "", problem.UnexpectedResponse, "without an id", 1},
		"not_the_list":   {[]fakehcp.Fault{{Body: `{"channels": []}`}}, 9, "", problem.UnexpectedResponse, "", 1},
		"null":           {[]fakehcp.Fault{{Body: `null`}}, 9, "", problem.UnexpectedResponse, "", 1},
		"forbidden":      {[]fakehcp.Fault{{Status: 403, Body: `{"code": 7, "message": "no"}`}}, 9, "", problem.PermissionDenied, "may take the contributor role", 1},
		"not_there":      {[]fakehcp.Fault{{Status: 404, Body: `{"code": 5, "message": "no"}`}}, 9, "", problem.NotFound, "", 1},
		"not_served":     {[]fakehcp.Fault{{Status: 501}}, 9, "", problem.UnexpectedResponse, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, content(t))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			session := viewer(ctx, t, server)
			before := len(server.Requests())
			server.Fail(fakehcp.AnyRoute, tc.pages...)
			var ids []string
			var failed error
			for a, err := range registry.History(ctx, session, "ubuntu", "production") {
				if failed = err; err != nil {
					break
				}
				if a.Iteration == nil {
					ids = append(ids, "-")
				} else {
					ids = append(ids, a.Iteration.ID)
				}
				if len(ids) == tc.rows {
					break
				}
			}
			if tc.title != "" {
				checkProblem(t, failed, tc.title, []string{tc.says})
			} else if failed != nil {
				t.Error(failed)
			}
			if got := strings.Join(ids, " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			requests := server.Requests()[before:]
			if len(requests) != tc.asks {
				t.Errorf("got %d requests, want %d", len(requests), tc.asks)
			}
			for i, want := range []string{"pagination.page_size=100", "pagination.next_page_token=2&pagination.page_size=100"} {
				if i < len(requests) && (requests[i].Query != want || !strings.HasSuffix(requests[i].Path, "/buckets/ubuntu/channels/production/history")) {
					t.Errorf("request %d: got %s?%s", i, requests[i].Path, requests[i].Query)
				}
			}
		})
	}
}

// TestHistory_row has all that HCP says of a row.
func TestHistory_row(t *testing.T) {
	t.Parallel()
	server := start(t, content(t))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	session := viewer(ctx, t, server)
	server.Fail(fakehcp.AnyRoute, fakehcp.Fault{Body: `{"history": [{"assigned_at": "2026-09-20T10:00:00.123Z", "author_id": "HCP",
		"version": {"id": "01V", "name": "v7", "fingerprint": "f", "status": "VERSION_REVOKED", "builds": [{}]}}]}`})
	number := int64(7)
	want := registry.Assignment{AssignedAt: at("2026-09-20T10:00:00.123Z"), AuthorID: "HCP",
		Iteration: &registry.Iteration{Bucket: "ubuntu", ID: "01V", Name: "v7", Number: &number, Fingerprint: "f", Status: registry.Revoked}}
	for got, err := range registry.History(ctx, session, "ubuntu", "production") {
		if diff := cmp.Diff(want, got, equalTimes); err != nil || diff != "" {
			t.Errorf("got %v (-want +got):\n%s", err, diff)
		}
	}
	// A name of a channel that HCP lists need not be a valid one, and is sent nowhere then.
	for _, err := range registry.History(ctx, session, "ubuntu", "../x") {
		checkProblem(t, err, problem.UnexpectedResponse, []string{`"../x"`})
	}
}
