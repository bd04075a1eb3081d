package registry_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// pages are answers with the items of a list, of which each but the last names a next one.
func pages(list string, of ...string) []fakehcp.Fault {
	var faults []fakehcp.Fault
	for i, items := range of {
		next := ""
		if i < len(of)-1 {
			next = fmt.Sprintf("page %d", i+2)
		}
		faults = append(faults, fakehcp.Fault{Body: fmt.Sprintf(`{"%s": [%s], "pagination": {"next_page_token": "%s"}}`, list, items, next)})
	}
	return faults
}

// endless is a list whose pages name a next one, each another.
func endless(list, items string, asks int) []fakehcp.Fault {
	return pages(list, slices.Repeat([]string{items}, asks+1)...)[:asks]
}

// tooMany are more items than an answer may have.
var tooMany = strings.Repeat(`{},`, 1<<19) + `{"name":"a"}`

// readsList is a list and what is made of it.
type readsList struct {
	answers []fakehcp.Fault
	want    string        // of each item a word
	title   problem.Title // empty where the list is accepted
	says    string
}

// checkLists reads each list, and compares what is read with what is wanted of it, and the queries.
func checkLists(t *testing.T, query string, lists map[string]readsList, read func(ctx context.Context, s *hcp.Session) ([]string, error)) {
	t.Helper()
	for name, tc := range lists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, server, session := connect(t, "")
			server.Fail(fakehcp.AnyRoute, tc.answers...)
			words, err := read(ctx, session)
			checkProblem(t, err, tc.title, tc.says)
			if got := strings.Join(words, " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			requests := asked(server)
			if len(requests) != len(tc.answers) {
				t.Errorf("got %d requests, want %d", len(requests), len(tc.answers))
			}
			if got := requests[0].Query; got != query {
				t.Errorf("got the query %q, want %q", got, query)
			}
			if len(requests) == 2 && !strings.Contains(requests[1].Query, "pagination.next_page_token=page+2") {
				t.Errorf("got the query %q of the second page", requests[1].Query)
			}
		})
	}
}

func body(text string) []fakehcp.Fault { return []fakehcp.Fault{{Body: text}} }

func TestBuckets(t *testing.T) {
	t.Parallel()
	checkLists(t, "pagination.page_size=100", map[string]readsList{
		"none":      {body(`{}`), "", "", ""},
		"null":      {body(`{"buckets": null}`), "", "", ""},
		"two_pages": {pages("buckets", `{"name": "b"}, {"name": "a", "latest_version": {"builds": [{}]}}`, `{"name": "b"}, {"name": "c/d"}`), `"b" "a" "c/d"`, "", ""},
		"nameless":  {pages("buckets", `null, {}`), `""`, "", ""},
		"too_much":  {pages("buckets", tooMany), "", problem.UnexpectedResponse, "too many parts"},
		"a_number":  {pages("buckets", `1`), "", problem.UnexpectedResponse, ""},
		"an_error":  {body(`{"code": 5, "message": "no"}`), "", problem.UnexpectedResponse, ""},
	}, func(ctx context.Context, s *hcp.Session) ([]string, error) {
		names, err := registry.Buckets(ctx, s)
		for i, name := range names {
			names[i] = fmt.Sprintf("%q", name)
		}
		return names, err
	})
}

func TestChannels(t *testing.T) {
	t.Parallel()
	asIs := edit(`^`, ``)
	checkLists(t, "", map[string]readsList{
		"as_it_is":             {[]fakehcp.Fault{asIs}, "latest, managed, restricted production:v7 staging:v7 unassigned", "", ""},
		"two_pages":            {pages("channels", `{"name": "a"}`, `{"name": "b", "version": {"name": "spring"}}`), "a b:spring", "", ""},
		"without_end":          {endless("channels", "", 20), "", problem.UnexpectedResponse, "does not end"},
		"the_same_page_next":   {slices.Repeat(pages("channels", "", "")[:1], 2), "", problem.UnexpectedResponse, "does not end"},
		"no_such_bucket":       {[]fakehcp.Fault{{Status: 404, Body: `{"code": 5, "message": "no"}`}}, "", problem.NotFound, "The list of channels of bucket ubuntu"},
		"of_another_bucket":    {pages("channels", `{"name": "a", "bucket_name": "debian"}`), "", problem.UnexpectedResponse, "another bucket"},
		"version_of_another":   {pages("channels", `{"name": "a", "version": {"bucket_name": "debian"}}`), "", problem.UnexpectedResponse, "another bucket"},
		"not_the_list":         {body(`{"buckets": []}`), "", problem.UnexpectedResponse, ""},
		"nothing":              {body(`null`), "", problem.UnexpectedResponse, ""},
		"channels_that_are_no": {pages("channels", `null`), "", problem.UnexpectedResponse, "without a name"},
		"channel_of_no_name":   {pages("channels", `{"id": "C"}`), "", problem.UnexpectedResponse, "without a name"},
		"too_much":             {pages("channels", tooMany), "", problem.UnexpectedResponse, "too many parts"},
		"too_many_in_all":      {pages("channels", strings.Repeat(`{"name":"a"},`, 30_000)+`{"name":"b"}`, strings.Repeat(`{"name":"a"},`, 20_000)+`{"name":"b"}`), "", problem.UnexpectedResponse, "too many items"},
	}, func(ctx context.Context, s *hcp.Session) ([]string, error) {
		channels, err := registry.Channels(ctx, s, "ubuntu")
		var words []string
		for _, c := range channels {
			word := c.Name
			if c.Managed {
				word += ", managed"
			}
			if c.Restricted {
				word += ", restricted"
			}
			if it := c.Iteration; it != nil {
				word += ":" + it.Name
				if c.Bucket != "ubuntu" || it.Bucket != "ubuntu" || it.Builds != nil {
					t.Errorf("got %+v of %+v", it, c)
				}
			}
			words = append(words, word)
		}
		return words, err
	})
}

// TestReadParents reads all that there are, whatever the size of a page.
func TestReadParents(t *testing.T) {
	t.Parallel()
	relations := func(n int, status string) string {
		return strings.TrimSuffix(strings.Repeat(`{"status": "`+status+`", "parent": {"bucket_name": "base", "version_name": "v1"}},`, n), ",")
	}
	checkLists(t, "pagination.page_size=100&type=ANCESTRY_TYPE_PARENTS&version_fingerprint=f", map[string]readsList{
		"none":        {body(`{"total_count": 0}`), "", "", ""},
		"nothing":     {pages("relations", `null, {}, {"status": "OUT_OF_DATE"}, {"parent": {}}`), "", "", ""},
		"up_to_date":  {pages("relations", relations(3, "UP_TO_DATE")), "", "", ""},
		"large_page":  {pages("relations", relations(1000, "UP_TO_DATE")+","+relations(2, "OUT_OF_DATE")), "base:v1- base:v1-", "", ""},
		"two_pages":   {pages("relations", relations(1, "OUT_OF_DATE"), `{"status": "OUT_OF_DATE", "parent": {"channel_version": {"name": "v2"}}}`), "base:v1- :-v2", "", ""},
		"without_end": {endless("relations", "", 20), "", problem.UnexpectedResponse, "does not end"},
		"of_another":  {pages("relations", `{"child": {"version_fingerprint": "other"}}`), "", problem.UnexpectedResponse, "another iteration"},
	}, func(ctx context.Context, s *hcp.Session) ([]string, error) {
		parents, err := registry.ReadParents(ctx, s, &registry.Iteration{Bucket: "ubuntu", Fingerprint: "f"})
		var words []string
		for _, p := range parents {
			words = append(words, p.Bucket+":"+p.BuiltOn+"-"+p.Now)
		}
		return words, err
	})
}

// TestHistory reads page by page, and no more than is asked for: here three rows.
func TestHistory(t *testing.T) {
	t.Parallel()
	row := func(id string) string { return `{"version": {"id": "` + id + `", "bucket_name": "ubuntu"}}` }
	checkLists(t, "pagination.page_size=100", map[string]readsList{
		"none":           {body(`{}`), "", "", ""},
		"none_counted":   {body(`{"count": 0}`), "", "", ""},
		"rows":           {pages("history", row("c")+`, null, {"author_id": "a"}`), "c - -", "", ""},
		"two_pages":      {pages("history", row("c"), row("b")), "c b", "", ""},
		"first_page":     {endless("history", row("c")+","+row("b")+","+row("a"), 1), "c b a", "", ""},
		"without_end":    {endless("history", "", 20), "", problem.UnexpectedResponse, "does not end"},
		"second_is_html": {append(endless("history", row("c"), 1), fakehcp.Fault{Body: "<html>"}), "c", problem.UnexpectedResponse, "history of channel production of bucket ubuntu"},
		"another_bucket": {pages("history", row("c")+`, {"version": {"id": "b", "bucket_name": "debian"}}`), "c", problem.UnexpectedResponse, "another bucket"},
		"no_bucket_name": {pages("history", `{"version": {"id": "b"}}`), "b", "", ""},
		"no_id":          {pages("history", `{"version": {"name": "v1"}}`), "", problem.UnexpectedResponse, "without an id"},
		"not_the_list":   {body(`{"channels": []}`), "", problem.UnexpectedResponse, ""},
		"forbidden":      {[]fakehcp.Fault{{Status: 403, Body: `{"code": 7, "message": "no"}`}}, "", problem.PermissionDenied, "may take the contributor role"},
		"not_served":     {[]fakehcp.Fault{{Status: 501}}, "", problem.UnexpectedResponse, ""},
	}, func(ctx context.Context, s *hcp.Session) (ids []string, err error) {
		for a, err := range registry.History(ctx, s, "ubuntu", "production") {
			if err != nil {
				return ids, err
			}
			if a.Iteration == nil {
				ids = append(ids, "-")
			} else {
				ids = append(ids, a.Iteration.ID)
			}
			if len(ids) == 3 {
				break
			}
		}
		return ids, nil
	})
}

// TestHistory_row has all that HCP says of a row.
func TestHistory_row(t *testing.T) {
	t.Parallel()
	ctx, server, session := connect(t, "")
	server.Fail(fakehcp.HistoryRoute, fakehcp.Fault{Body: `{"history": [{"assigned_at": "2026-09-20T10:00:00.123Z", "author_id": "HCP",
		"version": {"id": "01V", "name": "v7", "fingerprint": "f", "status": "VERSION_REVOKED", "builds": [{}]}}]}`})
	want := registry.Assignment{AssignedAt: at("2026-09-20T10:00:00.123Z"),
		Iteration: &registry.Iteration{Bucket: "ubuntu", ID: "01V", Name: "v7", Number: new(int64(7)), Fingerprint: "f", Status: registry.Revoked}}
	for got, err := range registry.History(ctx, session, "ubuntu", "production") {
		if diff := cmp.Diff(want, got, equalTimes); err != nil || diff != "" {
			t.Errorf("got %v (-want +got):\n%s", err, diff)
		}
	}
	// A name of a channel that HCP lists need not be a valid one, and is sent nowhere then.
	for _, err := range registry.History(ctx, session, "ubuntu", "../x") {
		checkProblem(t, err, problem.UnexpectedResponse, `"../x"`)
	}
}

// TestLists_long_texts cuts what is longer than anybody shows: there can be thousands of channels and matches.
func TestLists_long_texts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 10_000)
	version := fmt.Sprintf(`{"id": "ID", "name": "v7", "fingerprint": "%[1]s", "status": "%[1]s", "author_id": "%[1]s",
		"revocation_author": "%[1]s", "revocation_message": "%[1]s"}`, long)
	ctx, server, session := connect(t, "")
	server.Fail(fakehcp.ChannelsRoute, pages("channels", fmt.Sprintf(`{"id": "%s", "name": "production", "version": %s}`, long, version))...)
	server.Fail(fakehcp.SearchRoute, pages("artifacts", fmt.Sprintf(`{"bucket": {"name": "web"}, "version": %[2]s, "build": {"platform": "%[1]s",
		"component_type": "%[1]s", "artifacts": [{"external_identifier": "ami-1", "region": "%[1]s"}]}}`, long, version))...)
	channels, err := registry.Channels(ctx, session, "ubuntu")
	if err != nil {
		t.Fatal(err)
	}
	var match registry.Match
	for match, err = range registry.Search(ctx, session, "ami-1", func(string, map[string]string) bool { return true }) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, it := range []*registry.Iteration{channels[0].Iteration, match.Iteration} {
		if *it.Number != 7 || !strings.HasSuffix(it.RevocationMessage, "é…") {
			t.Errorf("got %.300v", it)
		}
	}
	if kept := fmt.Sprintf("%+v %+v %+v %+v", channels[0], channels[0].Iteration, match, match.Iteration); len(kept) > 15*5000 {
		t.Errorf("got %d bytes: %.300s", len(kept), kept)
	}
}

// TestAssign_once sends a write once, whatever becomes of it, and with nothing in it but the fingerprint.
func TestAssign_once(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		write func(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error
		body  string
	}{
		"assign": {registry.Assign, `{"update_mask":"versionFingerprint","version_fingerprint":"ubuntu-2026-09-20"}` + "\n"},
		"create": {registry.CreateChannel, `{"name":"production","version_fingerprint":"ubuntu-2026-09-20"}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, server, session := connect(t, "")
			server.Fail(fakehcp.AnyRoute, fakehcp.Fault{Status: 503})
			for _, want := range []hcp.Failure{
				{Title: problem.HCPUnavailable, Says: "HCP answered 503 Service Unavailable"},
				{Title: problem.PermissionDenied, Says: `HCP answered 403 Forbidden: "the principal has no permission to write to bucket 'ubuntu'"`, Refused: true},
			} {
				if diff := cmp.Diff(want, session.ExplainWrite(tc.write(ctx, session, "ubuntu", "production", "ubuntu-2026-09-20"))); diff != "" {
					t.Errorf("failure (-want +got):\n%s", diff)
				}
			}
			if requests := asked(server); len(requests) != 2 || requests[1].Body != tc.body {
				t.Errorf("got %v, want two requests with the body %s", requests, tc.body)
			}
		})
	}
}
