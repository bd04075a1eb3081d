// Package fakehcp is an HCP to run against: a TLS server on 127.0.0.1 with what
// the action needs of HCP (token endpoint, workload identity exchange, IAM,
// resource manager, both generations of the Packer API) and GitHub's OIDC
// endpoint, that serves one readable [Registry] file, lets its channels be moved
// by those who may and by [Server.Change], counts what it is asked, and answers
// with a [Fault] when told to.
//
// What it does not know, it refuses as HCP does; it never makes content up.
package fakehcp

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is an HCP on this machine. It is safe for concurrent use.
type Server struct {
	// The registry changes while it is served: requests move channels, and tests
	// play everyone else who uses it. One lock guards it as a whole, so that a
	// request sees it before a change or after it.
	state    sync.RWMutex // taken before mutex
	registry *Registry

	server  *httptest.Server
	closing chan struct{} // closed by Close, lets go of what hangs
	close   func()

	mutex    sync.Mutex
	requests []Request
	faults   map[Route][]Fault
	tokens   map[string]*Principal // by access token
	jwts     map[string]string     // audience by OIDC token
	idBearer string                // what GitHub's runner puts in ACTIONS_ID_TOKEN_REQUEST_TOKEN
}

// Request is a request that the server got.
type Request struct {
	// Route is what it was for; empty where HCP has no such endpoint.
	Route Route
	// Method, Path (decoded), Query (raw) and Proto are of the request line.
	Method, Path, Query, Proto string
	Header                     http.Header
	Body                       string
	// Time is when it arrived.
	Time time.Time
}

// Option changes how [Start] serves.
type Option func(*httptest.Server)

// HTTP1 serves HTTP/1.1 only.
func HTTP1() Option {
	return func(server *httptest.Server) { server.EnableHTTP2 = false }
}

// Start serves a copy of reg over TLS on a free port of 127.0.0.1, over HTTP/2
// and HTTP/1.1.
func Start(reg *Registry, opts ...Option) (*Server, error) {
	s := &Server{
		registry: reg.clone(),
		closing:  make(chan struct{}),
		faults:   map[Route][]Fault{},
		tokens:   map[string]*Principal{},
		jwts:     map[string]string{},
		idBearer: randomToken(),
	}
	s.server = httptest.NewUnstartedServer(s.handler())
	s.server.EnableHTTP2 = true
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // what goes wrong is the client's to report
	s.server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conn)
	}
	for _, opt := range opts {
		opt(s.server)
	}
	s.server.StartTLS()
	s.close = sync.OnceFunc(func() {
		close(s.closing)
		s.server.Config.Close()
		s.server.Close()
	})
	return s, nil
}

// connKey is where the connection of a request is kept in its context.
type connKey struct{}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() { s.close() }

// Addr is where the server listens, 127.0.0.1:port.
func (s *Server) Addr() string { return s.server.Listener.Addr().String() }

// CA is the server's certificate, which vouches for itself, in PEM.
func (s *Server) CA() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
}

// WriteCA writes [Server.CA] to a file.
func (s *Server) WriteCA(path string) error {
	return os.WriteFile(path, s.CA(), 0o644)
}

// Environment is what points a client at this server, be it ours, Terraform or
// Packer, given a file that [Server.WriteCA] wrote.
func (s *Server) Environment(caFile string) map[string]string {
	return map[string]string{
		"HCP_API_ADDRESS": s.Addr(),
		"HCP_AUTH_URL":    "https://" + s.Addr(),
		"SSL_CERT_FILE":   caFile,
	}
}

// Requests are the requests so far, in order, faulted ones included.
func (s *Server) Requests() []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.requests)
}

// Route is a kind of request, to place faults on. A request that HCP has no
// endpoint for has the empty route.
type Route string

// The routes of an HCP. ChannelRoute and IterationRoute are of both API
// generations, what is below them of the newer. AssignRoute is any update of a
// channel. AnyRoute is for [Server.Fail] alone and takes every request.
const (
	TokenRoute          Route = "token"
	ExchangeRoute       Route = "exchange"
	OIDCRoute           Route = "oidc"
	CallerIdentityRoute Route = "caller-identity"
	ProjectRoute        Route = "project"
	ProjectsRoute       Route = "projects"
	ChannelRoute        Route = "channel"
	IterationRoute      Route = "iteration"
	SearchRoute         Route = "search"
	OrganizationsRoute  Route = "organizations"
	RegistryRoute       Route = "registry"
	BucketsRoute        Route = "buckets"
	ChannelsRoute       Route = "channels"
	AncestryRoute       Route = "ancestry"
	AssignRoute         Route = "assign"
	CreateChannelRoute  Route = "create-channel"
	HistoryRoute        Route = "history"
	AnyRoute            Route = "any"
)

// endpoint is what answers one kind of request.
type endpoint struct {
	route  Route
	answer func(*call) (any, error)
	open   bool // needs no bearer token of the API
}

// handler has an endpoint behind each pattern, as the SDK's path patterns give them.
func (s *Server) handler() http.Handler {
	const (
		project = "/packer/2023-01-01/organizations/{org}/projects/{project}"
		newer   = project + "/buckets/{bucket}"
		older   = "/packer/2021-04-30/organizations/{org}/projects/{project}/images/{bucket}"
	)
	mux := http.NewServeMux()
	for pattern, e := range map[string]endpoint{
		"POST /oauth2/token":                                  {TokenRoute, s.token, true},
		"POST /2019-12-10/{exchange...}":                      {ExchangeRoute, s.exchange, true},
		"GET /oidc/token":                                     {OIDCRoute, s.oidc, true},
		"GET /iam/2019-12-10/caller-identity":                 {CallerIdentityRoute, s.callerIdentity, false},
		"GET /resource-manager/2019-12-10/projects":           {ProjectsRoute, s.listProjects, false},
		"GET /resource-manager/2019-12-10/projects/{project}": {ProjectRoute, s.getProject, false},
		"GET /resource-manager/2019-12-10/organizations":      {OrganizationsRoute, s.listOrganizations, false},
		"GET " + project + "/registry":                        {RegistryRoute, s.getRegistry, false},
		"GET " + project + "/buckets":                         {BucketsRoute, s.listBuckets, false},
		"POST " + project + "/_search/external_artifact":      {SearchRoute, s.search, false},
		"GET " + newer + "/versions/{fingerprint}":            {IterationRoute, s.getVersion, false},
		"GET " + newer + "/ancestry":                          {AncestryRoute, s.listAncestry, false},
		"GET " + newer + "/channels":                          {ChannelsRoute, s.listChannels, false},
		"POST " + newer + "/channels":                         {CreateChannelRoute, s.createChannel, false},
		"GET " + newer + "/channels/{channel}":                {ChannelRoute, s.getChannel, false},
		"PATCH " + newer + "/channels/{channel}":              {AssignRoute, s.updateChannel, false},
		"GET " + newer + "/channels/{channel}/history":        {HistoryRoute, s.listHistory, false},
		"GET " + older + "/channels/{channel}":                {ChannelRoute, s.getChannel, false},
		"GET " + older + "/iteration":                         {IterationRoute, s.getIteration, false},
		"/":                                                   {"", noEndpoint, true},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(e, w, r) })
	}
	return mux
}

func noEndpoint(*call) (any, error) {
	return nil, refuse(http.StatusNotFound, codeNotFound, "Not Found")
}

// call is a request as an endpoint sees it.
type call struct {
	*http.Request
	body      []byte
	principal *Principal // who asks; nil at an open endpoint
	older     bool       // the request is of the older Packer API

	// What the request is about, as far as it was found.
	org                                  *Organization
	project                              *Project
	bucketName, channelName, fingerprint string
	bucket                               *Bucket
	channel                              *Channel
	iteration                            *Iteration
	bare, listed                         bool // an iteration comes without builds, without what a list leaves out
}

// maxBody bounds what is read of a request; the longest that HCP takes here is
// an exchange with a JSON web token in it.
const maxBody = 1 << 20

// serve takes every request: it is noted, meets its fault, or is answered.
func (s *Server) serve(e endpoint, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.mutex.Lock()
	s.requests = append(s.requests, Request{e.route, r.Method, r.URL.Path, r.URL.RawQuery, r.Proto, r.Header.Clone(), string(body), time.Now()})
	s.mutex.Unlock()
	fault, found := s.nextFault(e.route)
	if !found {
		fault = Fault{Pass: true}
	}
	writes := e.route == AssignRoute || e.route == CreateChannelRoute
	s.meet(fault, w, r, writes, func() answer { return s.answer(e, r, body) })
}

// answer has the endpoint answer, once it is known who asks.
func (s *Server) answer(e endpoint, r *http.Request, body []byte) answer {
	c := &call{Request: r, body: body, principal: s.bearer(r), older: strings.HasPrefix(r.URL.Path, "/packer/2021-04-30/")}
	if c.principal == nil && !e.open {
		return reply(nil, refuse(http.StatusUnauthorized, codeUnauthenticated, "the request does not have a valid access token"), false)
	}
	result, err := e.answer(c)
	return reply(result, err, c.older)
}

// Channel returns the fingerprint of the iteration that a channel points at
// now; empty for one that points at nothing, and for one that is not there.
func (s *Server) Channel(project, bucket, channel string) string {
	s.state.RLock()
	defer s.state.RUnlock()
	if b := s.registry.Bucket(project, bucket); b != nil && b.Channels[channel] != nil {
		return b.Channels[channel].Iteration
	}
	return ""
}

// Change changes the registry between two requests. To change it together with
// a certain request, see [Fault.Before] and [Fault.Then].
func (s *Server) Change(change func(*Registry)) {
	s.state.Lock()
	defer s.state.Unlock()
	s.registry.apply(change)
}

// apply changes r, and adds to the history of each channel that was moved.
func (r *Registry) apply(change func(*Registry)) {
	if change == nil {
		return
	}
	change(r)
	for _, org := range r.Organizations {
		for _, project := range org.Projects {
			for _, bucket := range project.Buckets {
				for _, channel := range bucket.Channels {
					channel.record(timeOf(time.Now()), channelAuthor)
				}
			}
		}
	}
}
