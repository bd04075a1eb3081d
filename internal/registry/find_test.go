package registry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// now is after the revocations of the tests' registry and before those that it schedules.
var now = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

var generations = registry.APIVersions()

// equalTimes compares times as they are shown.
var equalTimes = cmp.Comparer(func(a, b registry.Time) bool { return a.String() == b.String() })

// load reads the registry of the tests once, since every test serves it.
var load = sync.OnceValues(func() (*fakehcp.Registry, error) {
	return fakehcp.Load(filepath.Join("..", "..", "testdata", "registry.yaml"))
})

// content is the registry of the tests, of every case there is.
func content(t *testing.T) *fakehcp.Registry {
	t.Helper()
	reg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func start(t *testing.T, reg *fakehcp.Registry) *fakehcp.Server {
	t.Helper()
	server, err := fakehcp.Start(reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// find logs in as a viewer of the project "images" and looks for q, once more where a channel's answer has
// no builds.
func find(t *testing.T, server *fakehcp.Server, q registry.Query) (*registry.Iteration, error) {
	t.Helper()
	return findIn(t, server, "11111111-1111-4111-8111-111111111111", "project-viewer-id", "project-viewer-secret-55c0fe", q)
}

func findIn(t *testing.T, server *fakehcp.Server, project, id, secret string, q registry.Query) (*registry.Iteration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	session := login(ctx, t, server, project, id, secret)
	it, err := registry.Find(ctx, session, q)
	if err != nil || q.Channel == "" || len(it.Builds) > 0 {
		return it, err
	}
	return registry.Again(ctx, session, q.APIVersion, it)
}

// viewer is a session of a viewer of the project "images".
func viewer(ctx context.Context, t *testing.T, server *fakehcp.Server) *hcp.Session {
	t.Helper()
	return login(ctx, t, server, "11111111-1111-4111-8111-111111111111", "project-viewer-id", "project-viewer-secret-55c0fe")
}

func login(ctx context.Context, t *testing.T, server *fakehcp.Server, project, id, secret string) *hcp.Session {
	t.Helper()
	session, err := hcp.Login(ctx, hcp.Config{
		Credentials:    hcp.Credentials{ClientID: id, ClientSecret: secret},
		OrganizationID: "0a1b2c3d-0000-4000-8000-00000000000a",
		ProjectID:      project,
		Geography:      "us",
		Endpoints:      hcp.Endpoints{APIAddress: server.Addr(), AuthURL: "https://" + server.Addr(), APITLS: "insecure", AuthTLS: "insecure"},
		Timeout:        time.Minute,
	}, hcp.Job{Mask: func(string) {}, Log: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// asked are the requests for the registry's content, in order.
func asked(server *fakehcp.Server) []fakehcp.Route {
	var routes []fakehcp.Route
	for _, r := range server.Requests() {
		if r.Route != fakehcp.TokenRoute {
			routes = append(routes, r.Route)
		}
	}
	return routes
}

func at(text string) registry.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return registry.At(moment)
}

// production is the iteration of the channel of that name in the bucket ubuntu.
func production() *registry.Iteration {
	number := int64(7)
	return &registry.Iteration{
		Bucket: "ubuntu", Channel: "production", ChannelID: "01K6CHANNE1PR0DVCT10N00000",
		ID: "01K6VERS10N000000000000007", Name: "v7", Number: &number, Fingerprint: "ubuntu-2026-09-20",
		Status: registry.Active, AuthorID: "ci@example.com",
		CreatedAt: at("2026-09-20T10:00:00.123Z"), UpdatedAt: at("2026-09-20T10:20:00.456Z"),
		Builds: []registry.Build{{
			ID: "01K6BV11D00000000000000001", CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Status: "DONE",
			PackerRunUUID: "6f1b7f5e-8a44-4d1e-9c2b-2f6f3c1a7e10",
			Labels:        map[string]string{"os": "ubuntu-24.04", "team": "platform", "commit": "4f2a9c1"},
			CreatedAt:     at("2026-09-20T10:00:01.123Z"), UpdatedAt: at("2026-09-20T10:19:59.500Z"),
			Images: []registry.Image{{
				ID: "01K61MAGE00000000000000001", ImageID: "ami-0123456789abcdef0", Region: "us-east-1", CreatedAt: at("2026-09-20T10:19:58.123Z"),
			}},
		}},
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	pinned := production()
	pinned.Channel, pinned.ChannelID = "", ""
	tests := map[string]struct {
		query registry.Query
		want  *registry.Iteration
	}{
		"channel":     {registry.Query{Bucket: "ubuntu", Channel: "production"}, production()},
		"fingerprint": {registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-09-20"}, pinned},
	}
	for name, test := range tests {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				query := test.query
				query.APIVersion = version
				got, err := find(t, start(t, content(t)), query)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got, equalTimes); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// A channel read can be billed: there is one, and a second request only for builds that it left out, of the same
// generation of the API.
func TestFind_requests(t *testing.T) {
	t.Parallel()
	one := []fakehcp.Route{fakehcp.ChannelRoute}
	two := []fakehcp.Route{fakehcp.ChannelRoute, fakehcp.IterationRoute}
	tests := map[string]struct {
		query  registry.Query
		want   []fakehcp.Route
		builds int
	}{
		"channel_with_builds":    {registry.Query{Bucket: "ubuntu", Channel: "production"}, one, 1},
		"channel_without_images": {registry.Query{Bucket: "many-images", Channel: "no-images"}, one, 2},
		"channel_that_is_huge":   {registry.Query{Bucket: "many-images", Channel: "huge"}, one, 200},
		"channel_left_out":       {registry.Query{Bucket: "many-images", Channel: "builds-by-fingerprint"}, two, 1},
		"channel_without_builds": {registry.Query{Bucket: "many-images", Channel: "no-builds"}, two, 0},
		"fingerprint":            {registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-08-20"}, two[1:], 1},
		"fingerprint_no_builds":  {registry.Query{Bucket: "many-images", Fingerprint: "no-builds"}, two[1:], 0},
	}
	for name, test := range tests {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				server := start(t, content(t))
				query := test.query
				query.APIVersion = version
				it, err := find(t, server, query)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, asked(server)); diff != "" {
					t.Errorf("requests: -want +got:\n%s", diff)
				}
				if got := len(it.Builds); got != test.builds || it.Channel != query.Channel || (it.ChannelID != "") != (query.Channel != "") {
					t.Errorf("got %d builds of channel %q with id %q, want %d", got, it.Channel, it.ChannelID, test.builds)
				}
				for _, r := range server.Requests() {
					if r.Route != fakehcp.TokenRoute && !strings.Contains(r.Path, string(version)) {
						t.Errorf("got %s, want %s in it", r.Path, version)
					}
				}
			})
		}
	}
}

// untold are the channels of which the older generation knows less: it has no status, only whether
// an iteration is complete and when its revocation comes.
var untold = map[string]bool{
	"revocations/revoked-in-future":      true,
	"revocations/scheduled-without-time": true,
	"unfinished/running":                 true,
	"unfinished/failed":                  true,
	"unfinished/cancelled":               true,
	"unfinished/status-unset":            true,
	"unfinished/status-absent":           true,
	"unfinished/status-unknown":          true,
}

// The outputs of both generations are the same; that of the status is the gate's.
func TestFind_generations_agree(t *testing.T) {
	t.Parallel()
	reg := content(t)
	server := start(t, reg)
	for bucket, b := range reg.Organizations[0].Projects[0].Buckets {
		for channel, c := range b.Channels {
			name := bucket + "/" + channel
			if c.Restricted || c.Iteration == "" || untold[name] {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var found []*registry.Iteration
				for _, version := range generations {
					it, err := find(t, server, registry.Query{APIVersion: version, Bucket: bucket, Channel: channel})
					if err != nil {
						t.Fatal(err)
					}
					it.Name = "" // is no output, the number is
					it.Status = gate.Decide(it, gate.Policy{}, now).Status
					found = append(found, it)
				}
				if diff := cmp.Diff(found[0], found[1], equalTimes); diff != "" {
					t.Errorf("-%s +%s:\n%s", generations[0], generations[1], diff)
				}
			})
		}
	}
}

// An iteration that never became complete is refused under fail-on: never too, which lifts the
// refusal of a revocation alone, whatever is known of that revocation.
func TestFind_incomplete_and_revoked_is_refused_under_never(t *testing.T) {
	t.Parallel()
	const doc = `
organizations:
  - id: 0a1b2c3d-0000-4000-8000-00000000000a
    projects:
      - id: 11111111-1111-4111-8111-111111111111
        name: images
        buckets:
          base: {iterations: {base: {status: REVOKED, revoke_at: 2026-09-01T00:00:00Z}}}
          child:
            channels: {production: {iteration: child}}
            iterations:
              child:
                name: v0
                status: INCOMPLETE
                %s
                revocation_inherited_from: {bucket: base, iteration: base}
                builds: [{cloud_provider: aws, images: [{image_id: ami-1, region: us-east-1}]}]
principals:
  - name: project-viewer
    client_id: project-viewer-id
    client_secret: project-viewer-secret-55c0fe
    organization: 0a1b2c3d-0000-4000-8000-00000000000a
    project: 11111111-1111-4111-8111-111111111111
    role: viewer
`
	for name, line := range map[string]string{
		"with_time": "revoke_at: 2026-09-01T00:00:00Z", "without_time": "",
	} {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				reg, err := fakehcp.Parse(fmt.Appendf(nil, doc, line))
				if err != nil {
					t.Fatal(err)
				}
				it, err := find(t, start(t, reg), registry.Query{APIVersion: version, Bucket: "child", Channel: "production"})
				if err != nil {
					t.Fatal(err)
				}
				refusal := gate.Decide(it, gate.Policy{FailOn: gate.FailOnNever}, now).Refusal()
				if refusal == nil || refusal.Kind != gate.Unusable {
					t.Errorf("got %v, want %s", refusal, gate.Unusable)
				}
			})
		}
	}
}

// edit answers normally, but for one text.
func edit(from, to string) fakehcp.Fault {
	return fakehcp.Fault{Edit: func(body []byte) []byte {
		if !bytes.Contains(body, []byte(from)) {
			panic("no " + from + " in " + string(body))
		}
		return bytes.ReplaceAll(body, []byte(from), []byte(to))
	}}
}

// refusal is a query that finds nothing, and why.
type refusal struct {
	query registry.Query
	fault *fakehcp.Fault // of the first request, where that is not normal
	// second is the answer to the second request.
	second *fakehcp.Fault
	want   problem.Title
	says   []string // in the message
	asked  int      // requests
}

func refusals() map[string]refusal {
	channel := registry.Query{Bucket: "ubuntu", Channel: "production"}
	apart := registry.Query{Bucket: "many-images", Channel: "builds-by-fingerprint"}
	body := func(text string) *fakehcp.Fault { return &fakehcp.Fault{Body: text} }
	edited := func(from, to string) *fakehcp.Fault {
		fault := edit(from, to)
		return &fault
	}
	return map[string]refusal{
		"no_bucket":        {registry.Query{Bucket: "missing", Channel: "production"}, nil, nil, problem.NotFound, []string{"missing", "production"}, 1},
		"no_channel":       {registry.Query{Bucket: "ubuntu", Channel: "missing"}, nil, nil, problem.NotFound, []string{"ubuntu", "missing"}, 1},
		"no_fingerprint":   {registry.Query{Bucket: "ubuntu", Fingerprint: "missing"}, nil, nil, problem.NotFound, []string{"ubuntu", "missing"}, 1},
		"unassigned":       {registry.Query{Bucket: "ubuntu", Channel: "unassigned"}, nil, nil, problem.NoIterationAssigned, []string{"ubuntu", "unassigned"}, 1},
		"managed_channel":  {registry.Query{Bucket: "ubuntu", Channel: "latest"}, nil, nil, problem.PermissionDenied, []string{"latest", "viewer", "contributor"}, 1},
		"no_permission":    {channel, &fakehcp.Fault{Status: 403, Body: `{"code":7,"message":"permission denied"}`}, nil, problem.PermissionDenied, []string{"production", "permission denied"}, 1},
		"empty_object":     {channel, body(`{}`), nil, problem.UnexpectedResponse, nil, 1},
		"empty_answer":     {channel, body(``), nil, problem.UnexpectedResponse, nil, 1},
		"null":             {channel, body(`null`), nil, problem.UnexpectedResponse, nil, 1},
		"null_channel":     {channel, body(`{"channel":null}`), nil, problem.UnexpectedResponse, nil, 1},
		"array":            {channel, body(`[]`), nil, problem.UnexpectedResponse, nil, 1},
		"not_json":         {channel, body(`<html>`), nil, problem.UnexpectedResponse, nil, 1},
		"another_type":     {channel, body(`{"channel":{"id":7}}`), nil, problem.UnexpectedResponse, nil, 1},
		"builds_are_text":  {channel, edited(`"builds":[`, `"builds":"x","other":[`), nil, problem.UnexpectedResponse, nil, 1},
		"time_is_no_time":  {channel, edited(`2026-09-20T10:00:00.123Z`, `yesterday`), nil, problem.UnexpectedResponse, nil, 1},
		"redirect":         {channel, &fakehcp.Fault{Status: 302, Header: map[string][]string{"Location": {"https://example.com"}}}, nil, problem.UnexpectedResponse, nil, 1},
		"iteration_no_id":  {channel, edited(`"id":"01K6VERS10N000000000000007"`, `"id":""`), nil, problem.UnexpectedResponse, nil, 1},
		"empty_iteration":  {registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-09-20"}, body(`{}`), nil, problem.UnexpectedResponse, nil, 1},
		"other_iteration":  {registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-09-20"}, edited(`"fingerprint":"ubuntu-2026-09-20"`, `"fingerprint":"other"`), nil, problem.UnexpectedResponse, nil, 1},
		"second_not_found": {apart, nil, &fakehcp.Fault{Status: 409, Body: `{"code":10,"message":"no such version"}`}, problem.NotFound, []string{"builds-by-fingerprint", "no such version"}, 2},
		"second_differs":   {apart, nil, edited(`"id":"01K`, `"id":"02K`), problem.UnexpectedResponse, nil, 2},
		"hostile_message": {
			channel, &fakehcp.Fault{Status: 404, Body: `{"code":5,"message":"evil\"\n::error::##[error]\u202e"}`}, nil,
			problem.NotFound, []string{`"evil'\n::error::## [error]\u202e"`}, 1,
		},
	}
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	sentence = regexp.MustCompile(`[.!?](\s|$)`)
	goism    = regexp.MustCompile(`%!|[*&{}]|\b[a-z]+\.[A-Z]|\b(nil|struct|models|json|payload|unmarshal)\b`)
)

func TestFind_refuses(t *testing.T) {
	t.Parallel()
	for name, test := range refusals() {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				server := start(t, content(t))
				if test.fault != nil {
					server.Fail(fakehcp.ChannelRoute, *test.fault)
					if test.query.Channel == "" {
						server.Fail(fakehcp.IterationRoute, *test.fault)
					}
				}
				if test.second != nil {
					server.Fail(fakehcp.IterationRoute, *test.second)
				}
				query := test.query
				query.APIVersion = version
				it, err := find(t, server, query)
				if it != nil {
					t.Errorf("got %s beside the problem", it)
				}
				checkProblem(t, err, test.want, test.says)
				if got := len(asked(server)); got != test.asked {
					t.Errorf("got %d requests, want %d", got, test.asked)
				}
			})
		}
	}
}

// checkProblem checks the title, what the message has to say, and its wording: three sentences of
// ours at most, and nothing of Go's.
func checkProblem(t *testing.T, err error, want problem.Title, says []string) {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a problem", err)
	}
	if p.Title != want {
		t.Errorf("got %q, want %q", p.Title, want)
	}
	for _, text := range says {
		if !strings.Contains(p.Message, text) {
			t.Errorf("got %q, want %q in it", p.Message, text)
		}
	}
	ours := quoted.ReplaceAllString(p.Message, "…")
	if n := len(sentence.FindAllString(ours, -1)); n > 3 {
		t.Errorf("got %d sentences: %s", n, p.Message)
	}
	if goism.MatchString(ours) {
		t.Errorf("got Go's own words: %s", p.Message)
	}
}

func TestFind_registry_that_is_off(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ project, id, secret string }{
		"deactivated":     {"22222222-2222-4222-8222-222222222222", "deactivated-contributor-id", "deactivated-contributor-secret-3a9d70"},
		"never_activated": {"33333333-3333-4333-8333-333333333333", "never-activated-contributor-id", "never-activated-contributor-secret-e1475b"},
	} {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				_, err := findIn(t, start(t, content(t)), test.project, test.id, test.secret,
					registry.Query{APIVersion: version, Bucket: "ubuntu", Channel: "production"})
				checkProblem(t, err, problem.RegistryDeactivated, []string{test.project})
			})
		}
	}
}

// TestFind_refuses_an_answer_about_another has HCP answer about something else than it was asked for.
func TestFind_refuses_an_answer_about_another(t *testing.T) {
	t.Parallel()
	byChannel := registry.Query{Bucket: "ubuntu", Channel: "production"}
	byFingerprint := registry.Query{Bucket: "ubuntu", Fingerprint: "ubuntu-2026-09-20"}
	for name, tc := range map[string]struct {
		query    registry.Query
		from, to string // of the answer; a pattern, and what replaces it
		accepted bool
	}{
		"fields_that_nobody_knows":       {byChannel, `^\{"channel":\{`, `{"new":[{"a":1}],"channel":{"newer":null,`, true},
		"channel":                        {byChannel, `"(name|slug)":"production"`, `"$1":"staging"`, false},
		"channel_in_upper_case":          {byChannel, `"(name|slug)":"production"`, `"$1":"PRODUCTION"`, false},
		"channel_that_is_not_named":      {byChannel, `"(name|slug)":"production",`, ``, true},
		"bucket":                         {byChannel, `"(bucket_name|bucket_slug)":"ubuntu"`, `"$1":"debian"`, false},
		"bucket_that_is_not_named":       {byChannel, `"(bucket_name|bucket_slug)":"ubuntu",`, ``, true},
		"bucket_of_a_fingerprint":        {byFingerprint, `"(bucket_name|bucket_slug)":"ubuntu"`, `"$1":"debian"`, false},
		"fingerprint":                    {byFingerprint, `"fingerprint":"ubuntu-2026-09-20"`, `"fingerprint":"ubuntu-2026-08-20"`, false},
		"fingerprint_that_is_not_named":  {byFingerprint, `"fingerprint":"ubuntu-2026-09-20",`, ``, false},
		"fingerprint_whose_bucket_is_no": {byFingerprint, `"(bucket_name|bucket_slug)":"ubuntu",`, ``, true},
	} {
		for _, version := range generations {
			t.Run(name+"_"+string(version), func(t *testing.T) {
				t.Parallel()
				server := start(t, content(t))
				server.Fail(fakehcp.AnyRoute, fakehcp.Fault{Pass: true}, fakehcp.Fault{Edit: func(body []byte) []byte {
					return regexp.MustCompile(tc.from).ReplaceAll(body, []byte(tc.to))
				}})
				q := tc.query
				q.APIVersion = version
				_, err := find(t, server, q)
				if tc.accepted {
					if err != nil {
						t.Error(err)
					}
					return
				}
				checkProblem(t, err, problem.UnexpectedResponse, nil)
			})
		}
	}
}
