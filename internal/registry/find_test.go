package registry_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

var generations = registry.APIVersions()

// equalTimes compares times as they are shown.
var equalTimes = cmp.Comparer(func(a, b registry.Time) bool { return a.String() == b.String() })

// load reads the registry of the tests once, since every test serves it.
var load = sync.OnceValues(func() (*fakehcp.Registry, error) { return fakehcp.Load("../../testdata/registry.yaml") })

// connect starts an HCP that has every case there is, and logs in as a viewer of its project "images". Another
// address for the API is one that speaks plain HTTP.
func connect(t testing.TB, api string) (context.Context, *fakehcp.Server, *hcp.Session) {
	t.Helper()
	content, err := load()
	if err != nil {
		t.Fatal(err)
	}
	server, err := fakehcp.Start(content)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	endpoints := hcp.Endpoints{APIAddress: server.Addr(), APITLS: "insecure", AuthURL: "https://" + server.Addr(), AuthTLS: "insecure"}
	if api != "" {
		endpoints.APIAddress, endpoints.APITLS = api, "disabled"
	}
	session, err := hcp.Login(ctx, hcp.Config{
		Credentials:    hcp.Credentials{ClientID: "project-viewer-id", ClientSecret: "project-viewer-secret-55c0fe"},
		OrganizationID: "0a1b2c3d-0000-4000-8000-00000000000a",
		ProjectID:      "11111111-1111-4111-8111-111111111111",
		Geography:      "us",
		Endpoints:      endpoints,
		Timeout:        time.Minute,
	}, hcp.Job{Mask: func(string) {}, Log: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, server, session
}

// find looks for q, once more where a channel's answer has no builds.
func find(ctx context.Context, session *hcp.Session, q registry.Query) (*registry.Iteration, error) {
	it, err := registry.Find(ctx, session, q)
	if err != nil || q.Channel == "" || len(it.Builds) > 0 {
		return it, err
	}
	return registry.Again(ctx, session, q.APIVersion, it)
}

// asked are the requests for the registry's content, in order.
func asked(server *fakehcp.Server) []fakehcp.Request {
	var requests []fakehcp.Request
	for _, r := range server.Requests() {
		if r.Route != fakehcp.TokenRoute {
			requests = append(requests, r)
		}
	}
	return requests
}

func at(text string) registry.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return registry.At(moment)
}

// checkProblem compares with a title, empty where there should be no problem, and what the message says.
func checkProblem(t *testing.T, err error, want problem.Title, says string) {
	t.Helper()
	var p *problem.Problem
	switch {
	case want == "" && err == nil:
	case !errors.As(err, &p) || p.Title != want || !strings.Contains(p.Message, says):
		t.Errorf("got %v, want a problem %q that says %q", err, want, says)
	}
}

// A channel read can be billed: there is one, and a second request only for builds that it left out, of the same
// generation of the API.
func TestFind_requests(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		query  registry.Query
		routes string
		builds int
	}{
		"channel_with_builds":    {registry.Query{Bucket: "ubuntu", Channel: "production"}, "channel", 1},
		"channel_without_images": {registry.Query{Bucket: "many-images", Channel: "no-images"}, "channel", 2},
		"channel_left_out":       {registry.Query{Bucket: "many-images", Channel: "builds-by-fingerprint"}, "channel iteration", 1},
		"channel_without_builds": {registry.Query{Bucket: "many-images", Channel: "no-builds"}, "channel iteration", 0},
		"fingerprint":            {registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-08-20"}, "iteration", 1},
		"fingerprint_no_builds":  {registry.Query{Bucket: "many-images", Fingerprint: "no-builds"}, "iteration", 0},
	} {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				ctx, server, session := connect(t, "")
				query := tc.query
				query.APIVersion = version
				it, err := find(ctx, session, query)
				if err != nil {
					t.Fatal(err)
				}
				var routes []string
				for _, r := range asked(server) {
					routes = append(routes, string(r.Route))
					if !strings.Contains(r.Path, string(version)) {
						t.Errorf("got %s, want %s in it", r.Path, version)
					}
				}
				if got := strings.Join(routes, " "); got != tc.routes {
					t.Errorf("got the requests %s, want %s", got, tc.routes)
				}
				if got := len(it.Builds); got != tc.builds || it.Channel != query.Channel || (it.ChannelID != "") != (query.Channel != "") {
					t.Errorf("got %d builds of channel %q with id %q, want %d", got, it.Channel, it.ChannelID, tc.builds)
				}
			})
		}
	}
}

// edit answers normally, but for what a pattern matches.
func edit(from, to string) fakehcp.Fault {
	return fakehcp.Fault{Edit: func(body []byte) []byte { return regexp.MustCompile(from).ReplaceAll(body, []byte(to)) }}
}

// TestFind_refuses has HCP answer with nothing, or about something else than it was asked for.
func TestFind_refuses(t *testing.T) {
	t.Parallel()
	byChannel := registry.Query{Bucket: "ubuntu", Channel: "production"}
	byFingerprint := registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-09-20"}
	apart := registry.Query{Bucket: "many-images", Channel: "builds-by-fingerprint"}
	type faults []fakehcp.Fault
	for name, tc := range map[string]struct {
		query  registry.Query
		faults faults        // of the requests
		title  problem.Title // empty where the answer is accepted
		says   string
	}{
		"no_answer":                      {byChannel, faults{{}}, problem.UnexpectedResponse, ""},
		"null":                           {byChannel, faults{{Body: `null`}}, problem.UnexpectedResponse, "no channel"},
		"no_channel":                     {byChannel, faults{{Body: `{}`}}, problem.UnexpectedResponse, "no channel"},
		"no_iteration":                   {byFingerprint, faults{{Body: `{}`}}, problem.UnexpectedResponse, "no iteration"},
		"fields_that_nobody_knows":       {byChannel, faults{edit(`^\{"channel":\{`, `{"new":[{"a":1}],"channel":{"newer":null,`)}, "", ""},
		"channel":                        {byChannel, faults{edit(`"(name|slug)":"production"`, `"$1":"staging"`)}, problem.UnexpectedResponse, "another channel"},
		"channel_in_upper_case":          {byChannel, faults{edit(`"(name|slug)":"production"`, `"$1":"PRODUCTION"`)}, problem.UnexpectedResponse, "another channel"},
		"channel_that_is_not_named":      {byChannel, faults{edit(`"(name|slug)":"production",`, ``)}, "", ""},
		"bucket":                         {byChannel, faults{edit(`"(bucket_name|bucket_slug)":"ubuntu"`, `"$1":"debian"`)}, problem.UnexpectedResponse, "bucket"},
		"bucket_that_is_not_named":       {byChannel, faults{edit(`"(bucket_name|bucket_slug)":"ubuntu",`, ``)}, "", ""},
		"bucket_of_a_fingerprint":        {byFingerprint, faults{edit(`"(bucket_name|bucket_slug)":"ubuntu"`, `"$1":"debian"`)}, problem.UnexpectedResponse, "another iteration"},
		"fingerprint":                    {byFingerprint, faults{edit(`"fingerprint":"ubuntu-2026-09-20"`, `"fingerprint":"ubuntu-2026-08-20"`)}, problem.UnexpectedResponse, "another iteration"},
		"fingerprint_that_is_not_named":  {byFingerprint, faults{edit(`"fingerprint":"ubuntu-2026-09-20",`, ``)}, problem.UnexpectedResponse, "another iteration"},
		"fingerprint_whose_bucket_is_no": {byFingerprint, faults{edit(`"(bucket_name|bucket_slug)":"ubuntu",`, ``)}, "", ""},
		"iteration_of_no_id":             {byFingerprint, faults{edit(`"id":"01K6VERS10N000000000000007"`, `"id":""`)}, problem.UnexpectedResponse, "without an id"},
		"second_by_no_name":              {apart, faults{edit(`"fingerprint":"builds-by-fingerprint"`, `"fingerprint":"../x"`)}, problem.UnexpectedResponse, "invalid fingerprint"},
		"second_differs":                 {apart, faults{{Pass: true}, edit(`"id":"01K`, `"id":"02K`)}, problem.UnexpectedResponse, "than the first"},
		"second_not_found": {
			apart, faults{{Pass: true}, {Status: 409, Body: `{"code":10,"message":"no such version"}`}},
			problem.NotFound, `The iteration with fingerprint "builds-by-fingerprint" of bucket many-images was not found: HCP answered 409 Conflict: "no such version"`,
		},
	} {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				ctx, server, session := connect(t, "")
				server.Fail(fakehcp.AnyRoute, tc.faults...)
				query := tc.query
				query.APIVersion = version
				_, err := find(ctx, session, query)
				checkProblem(t, err, tc.title, tc.says)
				if got := len(asked(server)); got != len(tc.faults) {
					t.Errorf("got %d requests, want %d", got, len(tc.faults))
				}
			})
		}
	}
}

func TestIsName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "7": true, "aZ0-_.": true, "v1.2": true, strings.Repeat("a", 128): true,
		"": false, "-a": false, "_a": false, ".a": false, "..": false, "a/b": false, "a b": false, "a\n": false, "é": false,
		"a\xff": false, "a%2e": false, strings.Repeat("a", 129): false,
	} {
		if got := registry.IsName(name); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
}
