package fakehcp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is an HCP on this machine. It is safe for concurrent use.
type Server struct {
	state    sync.RWMutex // of registry; taken before mutex
	registry *Registry

	endpoints []endpoint
	authority *authority
	address   string
	http      *http.Server
	closing   chan struct{} // closed by Close, lets go of what hangs
	served    chan struct{} // closed once the listener is down
	close     func()

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
	// Header is the request's header.
	Header http.Header
	// Body is the request's body.
	Body string
	// Time is when it arrived.
	Time time.Time
}

// Option changes how [Start] serves.
type Option func(*http.Server)

// HTTP1 serves HTTP/1.1 only.
func HTTP1() Option {
	return func(server *http.Server) { server.Protocols.SetHTTP2(false) }
}

// Start serves a copy of reg over TLS on a free port of 127.0.0.1, over HTTP/2
// and HTTP/1.1, with a certificate of a private CA made for this server.
func Start(reg *Registry, opts ...Option) (*Server, error) {
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		registry:  reg.clone(),
		authority: authority,
		address:   listener.Addr().String(),
		closing:   make(chan struct{}),
		served:    make(chan struct{}),
		faults:    map[Route][]Fault{},
		tokens:    map[string]*Principal{},
		jwts:      map[string]string{},
		idBearer:  randomToken(),
	}
	s.endpoints = s.routes()
	s.http = s.httpServer(opts)
	s.close = sync.OnceFunc(func() {
		close(s.closing)
		s.http.Close()
		<-s.served
	})
	go func() {
		defer close(s.served)
		s.http.ServeTLS(listener, "", "")
	}()
	return s, nil
}

// httpServer is the server behind s. What goes wrong with a connection is the
// client's to report, so it logs nothing.
func (s *Server) httpServer(opts []Option) *http.Server {
	server := &http.Server{
		Handler:     http.HandlerFunc(s.serve),
		ErrorLog:    log.New(io.Discard, "", 0),
		ConnContext: withConn,
		TLSConfig:   &tls.Config{Certificates: []tls.Certificate{s.authority.leaf}},
		Protocols:   new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	for _, opt := range opts {
		opt(server)
	}
	return server
}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() { s.close() }

// Addr is where the server listens, 127.0.0.1:port.
func (s *Server) Addr() string { return s.address }

// CA is the certificate of the server's private CA in PEM.
func (s *Server) CA() []byte { return s.authority.pem }

// WriteCA writes [Server.CA] to a file.
func (s *Server) WriteCA(path string) error {
	return os.WriteFile(path, s.authority.pem, 0o644)
}

// Environment is what points a client at this server, be it ours, Terraform or
// Packer, given a file that [Server.WriteCA] wrote.
func (s *Server) Environment(caFile string) map[string]string {
	return map[string]string{
		"HCP_API_ADDRESS": s.address,
		"HCP_AUTH_URL":    "https://" + s.address,
		"SSL_CERT_FILE":   caFile,
	}
}

// Requests are the requests so far, in order, faulted ones included.
func (s *Server) Requests() []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.requests)
}

// maxBody bounds what is read of a request; the longest that HCP takes here is
// an exchange with a JSON web token in it.
const maxBody = 1 << 20

// serve takes every request: it is noted, meets its fault, or is answered.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	e := s.endpoint(r)
	s.note(r, e.route, body)
	handle := func() answer { return s.answer(e, r, body) }
	fault, found := s.nextFault(e.route)
	if !found {
		fault = Fault{Pass: true}
	}
	s.meet(fault, w, r, e.writes(), handle)
}

func (s *Server) note(r *http.Request, route Route, body []byte) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.requests = append(s.requests, Request{
		Route:  route,
		Method: r.Method,
		Path:   r.URL.Path,
		Query:  r.URL.RawQuery,
		Proto:  r.Proto,
		Header: r.Header.Clone(),
		Body:   string(body),
		Time:   time.Now(),
	})
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
	BucketsRoute        Route = "buckets"
	ChannelsRoute       Route = "channels"
	AncestryRoute       Route = "ancestry"
	AssignRoute         Route = "assign"
	CreateChannelRoute  Route = "create-channel"
	HistoryRoute        Route = "history"
	AnyRoute            Route = "any"
)

// endpoint is one path of the API and what answers there.
type endpoint struct {
	route   Route
	method  string
	path    *regexp.Regexp
	answers func(call) answer
	open    bool // needs no bearer token of the API
}

// writes says whether e may change the registry.
func (e endpoint) writes() bool {
	return e.route == AssignRoute || e.route == CreateChannelRoute
}

// call is a request as an endpoint sees it.
type call struct {
	*http.Request
	body      []byte
	principal *Principal // who asks; nil at an open endpoint
}

// routes are the endpoints, as the SDK's path patterns give them.
func (s *Server) routes() []endpoint {
	const (
		project = "/packer/2023-01-01/organizations/{org}/projects/{project}"
		newer   = project + "/buckets/{bucket}"
		older   = "/packer/2021-04-30/organizations/{org}/projects/{project}/images/{bucket}"
	)
	return []endpoint{
		{TokenRoute, "POST", pattern("/oauth2/token"), s.token, true},
		{ExchangeRoute, "POST", pattern("/2019-12-10/{provider...}/exchange-token"), s.exchange, true},
		{OIDCRoute, "GET", pattern("/oidc/token"), s.oidc, true},
		{CallerIdentityRoute, "GET", pattern("/iam/2019-12-10/caller-identity"), s.callerIdentity, false},
		{ProjectRoute, "GET", pattern("/resource-manager/2019-12-10/projects/{project}"), s.project, false},
		{ProjectsRoute, "GET", pattern("/resource-manager/2019-12-10/projects"), s.projects, false},
		{ChannelRoute, "GET", pattern(newer + "/channels/{channel}"), s.channel2023, false},
		{HistoryRoute, "GET", pattern(newer + "/channels/{channel}/history"), s.history2023, false},
		{IterationRoute, "GET", pattern(newer + "/versions/{fingerprint}"), s.version2023, false},
		{SearchRoute, "POST", pattern(project + "/_search/external_artifact"), s.search2023, false},
		{BucketsRoute, "GET", pattern(project + "/buckets"), s.buckets2023, false},
		{ChannelsRoute, "GET", pattern(newer + "/channels"), s.channels2023, false},
		{AssignRoute, "PATCH", pattern(newer + "/channels/{channel}"), s.update2023, false},
		{CreateChannelRoute, "POST", pattern(newer + "/channels"), s.create2023, false},
		{AncestryRoute, "GET", pattern(newer + "/ancestry"), s.ancestry2023, false},
		{ChannelRoute, "GET", pattern(older + "/channels/{channel}"), s.channel2021, false},
		{IterationRoute, "GET", pattern(older + "/iteration"), s.iteration2021, false},
	}
}

// pattern turns a path with {name} for a segment, and {name...} for several,
// into an expression for the escaped path.
func pattern(path string) *regexp.Regexp {
	several := regexp.MustCompile(`\{(\w+)\.\.\.\}`).ReplaceAllString(path, `(?P<$1>.+)`)
	return regexp.MustCompile("^" + regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(several, `(?P<$1>[^/]+)`) + "$")
}

// endpoint finds what answers r, and sets the values of its path.
func (s *Server) endpoint(r *http.Request) endpoint {
	for _, e := range s.endpoints {
		values := e.path.FindStringSubmatch(r.URL.EscapedPath())
		if values == nil || e.method != r.Method {
			continue
		}
		for i, name := range e.path.SubexpNames()[1:] {
			value, _ := url.PathUnescape(values[i+1]) // valid, or r.URL would not have parsed
			r.SetPathValue(name, value)
		}
		return e
	}
	return endpoint{answers: noEndpoint, open: true}
}

func noEndpoint(c call) answer {
	return refuse(http.StatusNotFound, codeNotFound, "Not Found")
}

// answer has the endpoint answer, once it is known who asks.
func (s *Server) answer(e endpoint, r *http.Request, body []byte) answer {
	c := call{Request: r, body: body}
	if e.open {
		return e.answers(c)
	}
	if c.principal = s.bearer(r); c.principal == nil {
		return refuse(http.StatusUnauthorized, codeUnauthenticated, "the request does not have a valid access token")
	}
	return e.answers(c)
}

// answer is an HTTP answer that is not written yet.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(cmp.Or(a.status, http.StatusOK))
	w.Write(a.body) // a client that left does not want it
}

// reply is an answer in JSON. Of what is passed here, everything can be encoded.
func reply(status int, body any) answer {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Sprintf("fakehcp: %v", err))
	}
	return answer{status, http.Header{"Content-Type": {"application/json"}}, bytes.TrimSpace(out.Bytes())}
}

// The gRPC codes that HCP's error bodies carry, of google.rpc.Code.
const (
	codeInvalidArgument    = 3
	codeNotFound           = 5
	codeAlreadyExists      = 6
	codePermissionDenied   = 7
	codeFailedPrecondition = 9
	codeAborted            = 10
	codeUnimplemented      = 12
	codeUnauthenticated    = 16
)

// status is the body of an HCP error.
type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Details []any  `json:"details"`
}

// refuse is an HCP error.
func refuse(httpStatus, code int, format string, args ...any) answer {
	return reply(httpStatus, status{code, fmt.Sprintf(format, args...), []any{}})
}

// bearerToken is the token of an Authorization header, and empty without one.
func bearerToken(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return ""
	}
	return token
}

// connKey is where the connection of a request is kept in its context.
type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}
