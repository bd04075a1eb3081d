// Package fakehcp is an HCP to run against: a TLS server on 127.0.0.1 with what
// the action needs of HCP (token endpoint, workload identity exchange, IAM,
// resource manager, both generations of the Packer API) and GitHub's OIDC
// endpoint, that serves one readable [Registry] file, lets its channels be moved
// by those who may and by [Server.Change], records its requests, and answers
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
	server *httptest.Server
	stop   context.CancelFunc // lets go of what hangs

	// One lock guards what follows as a whole, so that a request sees the registry
	// before a change or after it: requests move channels, and tests play everyone
	// else who uses it.
	mutex    sync.Mutex
	registry *Registry
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
	// Method, Path (decoded) and Query (raw) are of the request line.
	Method, Path, Query string
	Header              http.Header
	Body                string
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
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		stop:     stop,
		registry: reg.clone(),
		faults:   map[Route][]Fault{},
		tokens:   map[string]*Principal{},
		jwts:     map[string]string{},
		idBearer: randomToken(),
	}
	s.server = httptest.NewUnstartedServer(s.handler())
	s.server.EnableHTTP2 = true
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // what goes wrong is the client's to report
	s.server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	s.server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conn)
	}
	for _, opt := range opts {
		opt(s.server)
	}
	s.server.StartTLS()
	return s, nil
}

// connKey is where the connection of a request is kept in its context.
type connKey struct{}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() {
	s.stop()
	s.server.Config.Close()
	s.server.Close()
}

// Addr is where the server listens, 127.0.0.1:port.
func (s *Server) Addr() string { return s.server.Listener.Addr().String() }

// CA is the server's self-signed certificate in PEM.
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
// channel, OtherRoute what only the resource manager and Packer's own requests need.
// AnyRoute is for [Server.Fail] alone and takes every request.
const (
	TokenRoute          Route = "token"
	ExchangeRoute       Route = "exchange"
	OIDCRoute           Route = "oidc"
	CallerIdentityRoute Route = "caller-identity"
	ChannelRoute        Route = "channel"
	IterationRoute      Route = "iteration"
	SearchRoute         Route = "search"
	BucketsRoute        Route = "buckets"
	ChannelsRoute       Route = "channels"
	AncestryRoute       Route = "ancestry"
	AssignRoute         Route = "assign"
	CreateChannelRoute  Route = "create-channel"
	HistoryRoute        Route = "history"
	OtherRoute          Route = "other"
	AnyRoute            Route = "any"
)

// endpoint is what answers one kind of request.
type endpoint struct {
	route  Route
	find   func(*call) error // what the request is about; nil where that is nothing
	answer func(*call) (any, error)
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
		"POST /oauth2/token":                                  {TokenRoute, nil, s.token},
		"POST /2019-12-10/{exchange...}":                      {ExchangeRoute, nil, s.exchange},
		"GET /oidc/token":                                     {OIDCRoute, nil, s.oidc},
		"GET /iam/2019-12-10/caller-identity":                 {CallerIdentityRoute, s.authenticate, callerIdentity},
		"GET /resource-manager/2019-12-10/projects":           {OtherRoute, s.authenticate, s.listProjects},
		"GET /resource-manager/2019-12-10/projects/{project}": {OtherRoute, s.authenticate, s.getProject},
		"GET /resource-manager/2019-12-10/organizations":      {OtherRoute, s.authenticate, listOrganizations},
		"GET " + project + "/registry":                        {OtherRoute, s.findProject, getRegistry},
		"GET " + project + "/buckets":                         {BucketsRoute, s.findProject, listBuckets},
		"POST " + project + "/_search/external_artifact":      {SearchRoute, s.findProject, search},
		"GET " + newer + "/versions/{fingerprint}":            {IterationRoute, s.findIteration, getIteration},
		"GET " + newer + "/ancestry":                          {AncestryRoute, s.findIteration, listAncestry},
		"GET " + newer + "/channels":                          {ChannelsRoute, s.findBucket, listChannels},
		"POST " + newer + "/channels":                         {CreateChannelRoute, s.findBucket, createChannel},
		"GET " + newer + "/channels/{channel}":                {ChannelRoute, s.findChannel, getChannel},
		"PATCH " + newer + "/channels/{channel}":              {AssignRoute, s.findChannel, updateChannel},
		"GET " + newer + "/channels/{channel}/history":        {HistoryRoute, s.findChannel, listHistory},
		"GET " + older + "/channels/{channel}":                {ChannelRoute, s.findChannel, getChannel},
		"GET " + older + "/iteration":                         {IterationRoute, s.findIteration, getIteration},
		"/":                                                   {"", nil, noEndpoint},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(e, w, r) })
	}
	return mux
}

func noEndpoint(*call) (any, error) {
	return nil, refuse(notFound, "Not Found")
}

// call is a request as an endpoint sees it.
type call struct {
	*http.Request
	body      []byte
	principal *Principal // who asks; nil where that is not known
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

// serve records every request, and answers it or applies its fault.
func (s *Server) serve(e endpoint, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	fault := s.note(Request{e.route, r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), string(body)})
	s.meet(fault, w, r, func() answer { return s.answer(e, r, body) })
}

// note records a request, and takes its fault from the queue.
func (s *Server) note(r Request) Fault {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.requests = append(s.requests, r)
	for _, from := range []Route{r.Route, AnyRoute} {
		if queue := s.faults[from]; len(queue) > 0 {
			if !queue[0].Repeat {
				s.faults[from] = queue[1:]
			}
			return queue[0]
		}
	}
	return Fault{Pass: true}
}

// answer has the endpoint answer, once what the request is about is found.
func (s *Server) answer(e endpoint, r *http.Request, body []byte) answer {
	older := strings.HasPrefix(r.URL.Path, "/packer/2021-04-30/")
	c := &call{Request: r, body: body, principal: s.tokens[bearerToken(r)], older: older}
	if e.find != nil {
		if err := e.find(c); err != nil {
			return reply(nil, err, c.older)
		}
	}
	result, err := e.answer(c)
	return reply(result, err, c.older)
}

// Channel returns the fingerprint of the iteration that a channel points at
// now; empty for one that points at nothing, and for one that is not there.
func (s *Server) Channel(project, bucket, channel string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if b := s.registry.Bucket(project, bucket); b != nil && b.Channels[channel] != nil {
		return b.Channels[channel].Iteration
	}
	return ""
}

// Change changes the registry between two requests. To change it together with
// a certain request, see [Fault.Before] and [Fault.Then].
func (s *Server) Change(change func(*Registry)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.registry.apply(change)
}

// apply changes r, and adds to the history of each channel that was moved.
func (r *Registry) apply(change func(*Registry)) {
	if change == nil {
		return
	}
	change(r)
	for _, bucket := range r.buckets() {
		for _, channel := range bucket.Channels {
			channel.record(timeOf(time.Now()), channelAuthor)
		}
	}
}
