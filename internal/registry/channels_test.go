package registry_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// listed reads the channels of a bucket of the project "images", with the list as an edit leaves it.
func listed(t *testing.T, bucket string, edit func(body []byte) []byte) ([]registry.Channel, error) {
	t.Helper()
	server := start(t, content(t))
	if edit != nil {
		server.Fail(fakehcp.ChannelsRoute, fakehcp.Fault{Edit: edit, Repeat: true})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return registry.Channels(ctx, viewer(ctx, t, server), bucket)
}

func TestChannels(t *testing.T) {
	t.Parallel()
	channels, err := listed(t, "ubuntu", nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(channels, func(c registry.Channel) bool { return c.Name == "production" })
	want := production()
	want.Channel, want.ChannelID = "", ""
	want.Builds = nil
	if diff := cmp.Diff(registry.Channel{Bucket: "ubuntu", ID: "01K6CHANNE1PR0DVCT10N00000", Name: "production", Iteration: want}, channels[i], equalTimes); diff != "" {
		t.Errorf("production (-want +got):\n%s", diff)
	}
	j := slices.IndexFunc(channels, func(c registry.Channel) bool { return c.Name == "latest" })
	if latest := channels[j]; !latest.Managed || !latest.Restricted || latest.Iteration != nil {
		t.Errorf("got latest %+v, want it managed, restricted, and hidden from a viewer", latest)
	}
}

func TestChannels_refuses(t *testing.T) {
	t.Parallel()
	replace := func(from, to string) func([]byte) []byte {
		return func(body []byte) []byte { return regexp.MustCompile(from).ReplaceAll(body, []byte(to)) }
	}
	for name, tc := range map[string]struct {
		bucket string
		edit   func([]byte) []byte
		title  problem.Title // empty where it is accepted
	}{
		"no_such_bucket":       {"nowhere", nil, problem.NotFound},
		"of_another_bucket":    {"ubuntu", replace(`"bucket_name":"ubuntu"`, `"bucket_name":"debian"`), problem.UnexpectedResponse},
		"of_no_bucket":         {"ubuntu", replace(`"bucket_name":"ubuntu",`, ``), ""},
		"not_the_list":         {"ubuntu", replace(`"channels"`, `"buckets"`), problem.UnexpectedResponse},
		"nothing":              {"ubuntu", func([]byte) []byte { return []byte("null") }, problem.UnexpectedResponse},
		"channels_that_are_no": {"ubuntu", func([]byte) []byte { return []byte(`{"channels": [null]}`) }, problem.UnexpectedResponse},
		"channel_of_no_name":   {"ubuntu", func([]byte) []byte { return []byte(`{"channels": [{"id": "C"}]}`) }, problem.UnexpectedResponse},
		"without_end":          {"ubuntu", func([]byte) []byte { return []byte(`{"pagination": {"next_page_token": "x"}}`) }, problem.UnexpectedResponse},
		"too_much": {"ubuntu", func([]byte) []byte {
			return []byte(`{"channels": [` + strings.Repeat(`{},`, 1<<19) + `{"name":"a"}]}`)
		}, problem.UnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := listed(t, tc.bucket, tc.edit)
			if tc.title == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkProblem(t, err, tc.title, nil)
		})
	}
}

// TestChannels_pages reads on where HCP has more channels than an answer.
func TestChannels_pages(t *testing.T) {
	t.Parallel()
	server := start(t, content(t))
	server.Fail(fakehcp.ChannelsRoute,
		fakehcp.Fault{Body: `{"channels": [{"name": "a"}], "pagination": {"next_page_token": "page 2"}}`},
		fakehcp.Fault{Body: `{"channels": [{"name": "b"}], "pagination": {}}`})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	channels, err := registry.Channels(ctx, viewer(ctx, t, server), "ubuntu")
	if err != nil || len(channels) != 2 || channels[1].Name != "b" {
		t.Errorf("got %v, %v", channels, err)
	}
	requests := server.Requests()
	if got := requests[len(requests)-1].Query; got != "pagination.next_page_token=page+2" {
		t.Errorf("got the query %q", got)
	}
}

// TestReadParents reads all that there are, whatever the size of a page.
func TestReadParents(t *testing.T) {
	t.Parallel()
	relations := func(n int, status string) string {
		return strings.TrimSuffix(strings.Repeat(`{"status": "`+status+`", "parent": {"bucket_name": "base", "version_name": "v1"}},`, n), ",")
	}
	for name, tc := range map[string]struct {
		pages []string
		want  int
		title problem.Title // empty where it is accepted
	}{
		"none":        {[]string{`{"total_count": 0}`}, 0, ""},
		"nothing":     {[]string{`{"relations": [null, {}, {"status": "OUT_OF_DATE"}, {"parent": {}}]}`}, 0, ""},
		"up_to_date":  {[]string{`{"relations": [` + relations(3, "UP_TO_DATE") + `]}`}, 0, ""},
		"large_page":  {[]string{`{"relations": [` + relations(1000, "UP_TO_DATE") + "," + relations(500, "OUT_OF_DATE") + `]}`}, 500, ""},
		"two_pages":   {[]string{`{"relations": [` + relations(1, "OUT_OF_DATE") + `], "pagination": {"next_page_token": "2"}}`, `{"relations": [` + relations(2, "OUT_OF_DATE") + `]}`}, 3, ""},
		"without_end": {slices.Repeat([]string{`{"relations": [], "pagination": {"next_page_token": "2"}}`}, 20), 0, problem.UnexpectedResponse},
		"of_another":  {[]string{`{"relations": [{"child": {"version_fingerprint": "other"}}]}`}, 0, problem.UnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, content(t))
			for _, page := range tc.pages {
				server.Fail(fakehcp.AncestryRoute, fakehcp.Fault{Body: page})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			parents, err := registry.ReadParents(ctx, viewer(ctx, t, server), &registry.Iteration{Bucket: "ubuntu", Fingerprint: "f"})
			if tc.title != "" {
				checkProblem(t, err, tc.title, nil)
			} else if err != nil || len(parents) != tc.want {
				t.Errorf("got %d parents, %v, want %d", len(parents), err, tc.want)
			}
			if asks := len(asked(server)); asks != len(tc.pages) {
				t.Errorf("got %d requests, want %d", asks, len(tc.pages))
			}
		})
	}
}

// TestChannels_long_texts cuts what is longer than anybody shows, and keeps none of the builds.
func TestChannels_long_texts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 10_000)
	channels, err := listed(t, "ubuntu", func([]byte) []byte {
		return []byte(`{"channels": [{"name": "production", "version": {"id": "ID", "name": "v7", "revocation_message": "` + long +
			`", "builds": [{"labels": {"a": "` + long + `"}}]}}]}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	it := channels[0].Iteration
	if it.ID != "ID" || *it.Number != 7 || it.Builds != nil || len(it.RevocationMessage) > 5000 || !strings.HasSuffix(it.RevocationMessage, "é…") {
		t.Errorf("got %+v", it)
	}
}

// TestBuckets reads the names as HCP gives them, each once, page by page.
func TestBuckets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pages []string
		want  []string
		title problem.Title // empty where it is accepted
	}{
		"none":      {[]string{`{}`}, nil, ""},
		"null":      {[]string{`{"buckets": null}`}, nil, ""},
		"two_pages": {[]string{`{"buckets": [{"name": "b"}, {"name": "a", "latest_version": {"builds": [{}]}}], "pagination": {"next_page_token": "2"}}`, `{"buckets": [{"name": "b"}, {"name": "c/d"}]}`}, []string{"b", "a", "c/d"}, ""},
		"nameless":  {[]string{`{"buckets": [null, {}]}`}, []string{""}, ""},
		"too_much":  {[]string{`{"buckets": [` + strings.Repeat(`{},`, 1<<19) + `{"name":"a"}]}`}, nil, problem.UnexpectedResponse},
		"a_number":  {[]string{`{"buckets": [1]}`}, nil, problem.UnexpectedResponse},
		"an_error":  {[]string{`{"code": 5, "message": "no"}`}, nil, problem.UnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, content(t))
			for _, page := range tc.pages {
				server.Fail(fakehcp.BucketsRoute, fakehcp.Fault{Body: page})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			got, err := registry.Buckets(ctx, viewer(ctx, t, server))
			if tc.title != "" {
				checkProblem(t, err, tc.title, nil)
				return
			}
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
			if asks := len(asked(server)); asks != len(tc.pages) {
				t.Errorf("got %d requests, want %d", asks, len(tc.pages))
			}
		})
	}
}

// TestAssign_once sends a write once, whatever becomes of it, and with nothing in it but the fingerprint.
func TestAssign_once(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		route fakehcp.Route
		write func(ctx context.Context, s *hcp.Session) error
		body  string
	}{
		"assign": {fakehcp.AssignRoute, func(ctx context.Context, s *hcp.Session) error {
			return registry.Assign(ctx, s, "ubuntu", "production", "ubuntu-2026-09-20")
		}, `{"update_mask":"versionFingerprint","version_fingerprint":"ubuntu-2026-09-20"}` + "\n"},
		"create": {fakehcp.CreateChannelRoute, func(ctx context.Context, s *hcp.Session) error {
			return registry.CreateChannel(ctx, s, "ubuntu", "canary", "ubuntu-2026-09-20")
		}, `{"name":"canary","version_fingerprint":"ubuntu-2026-09-20"}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, content(t))
			server.Fail(tc.route, fakehcp.Fault{Status: 503})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			session := viewer(ctx, t, server)
			for _, want := range []registry.Failure{
				{Title: problem.HCPUnavailable, Says: "HCP answered 503 Service Unavailable"},
				{Title: problem.PermissionDenied, Says: `HCP answered 403 Forbidden: "the principal has no permission to write to bucket 'ubuntu'"`, Refused: true},
			} {
				if diff := cmp.Diff(want, registry.ExplainWrite(session, tc.write(ctx, session))); diff != "" {
					t.Errorf("failure (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff([]fakehcp.Route{tc.route, tc.route}, asked(server)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if requests := server.Requests(); requests[len(requests)-1].Body != tc.body {
				t.Errorf("got the body %q, want %q", requests[len(requests)-1].Body, tc.body)
			}
		})
	}
}
