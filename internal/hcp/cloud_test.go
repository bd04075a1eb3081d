package hcp

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"

	"hcp-packer-iteration/internal/problem"
)

// The hosts of the cloud below.
const (
	authHost   = "auth.idp.hashicorp.com"
	apiHost    = "api.cloud.hashicorp.com"
	githubHost = "token.actions.example.com"
	issuerHost = "issuer.example.com"
	proxyHost  = "proxy.example.com"
)

// route is a kind of request.
type route string

const (
	tokenRoute    route = "token"
	exchangeRoute route = "exchange"
	githubRoute   route = "github"
	issuerRoute   route = "issuer"
	identityRoute route = "caller identity"
	projectRoute  route = "project"
	projectsRoute route = "projects"
	channelRoute  route = "channel"
	moveRoute     route = "move of a channel"
)

// routeOf tells what a request is for; of one that nobody should make it is empty.
func routeOf(r *http.Request) route {
	path := r.URL.Path
	switch {
	case r.Host == githubHost:
		return githubRoute
	case r.Host == issuerHost && path == "/token":
		return issuerRoute
	case path == "/oauth2/token":
		return tokenRoute
	case strings.HasSuffix(path, "/exchange-token"):
		return exchangeRoute
	case strings.HasSuffix(path, "/caller-identity"):
		return identityRoute
	case strings.HasSuffix(path, "/projects"):
		return projectsRoute
	case strings.HasPrefix(path, "/resource-manager/"):
		return projectRoute
	case strings.HasSuffix(path, "/channels/production") && r.Method == http.MethodPatch:
		return moveRoute
	case strings.HasSuffix(path, "/channels/production"):
		return channelRoute
	}
	return ""
}

const (
	organization = "0a1b2c3d-0000-4000-8000-00000000000a"
	project      = "11111111-1111-4111-8111-111111111111"
	provider     = "iam/project/" + project + "/service-principal/viewer/workload-identity-provider/github"

	clientSecret = "the-secret-of-the-client"
	accessToken  = "the-access-token-of-hcp"
	jwt          = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl"
	githubBearer = "the-bearer-of-the-job"
	issuerBearer = "the-bearer-of-the-issuer"
)

// normalAnswers are what the cloud answers where nothing is wrong.
func normalAnswers() map[route]string {
	return map[route]string{
		tokenRoute:    `{"access_token": "` + accessToken + `", "token_type": "Bearer", "expires_in": 3600}`,
		exchangeRoute: `{"access_token": "` + accessToken + `", "expires_in": 3600}`,
		githubRoute:   `{"value": "` + jwt + `"}`,
		issuerRoute:   `{"value": "` + jwt + `"}`,
		identityRoute: `{"principal": {"service": {"organization_id": "` + organization + `", "project_id": "` + project + `"}}}`,
		projectRoute:  `{"project": {"id": "` + project + `", "parent": {"id": "` + organization + `"}}}`,
		projectsRoute: `{"projects": [{"id": "` + project + `", "name": "images", "state": "ACTIVE"}]}`,
		channelRoute:  `{"channel": {"id": "01", "name": "production"}}`,
		moveRoute:     `{"channel": {"id": "01", "name": "production"}}`,
	}
}

// cloud is HCP, GitHub and whatever else a session meets, in the bubble of one test: net/http's own
// server, reached over pipes, where time passes only while everybody waits.
type cloud struct {
	// http1 has it speak HTTP/1.1 only.
	http1 bool
	// settings are the TLS of hosts that have others than the usual ones.
	settings map[string]*tls.Config
	answers  map[route]string
	// proxy is the machine's proxy for a request, nil for none.
	proxy func(*http.Request) (*url.URL, error)

	secure, plain *pipes
	mutex         sync.Mutex
	faults        map[route][]fault
	dials         map[string][]dial // by host
	requests      []request
	events        []string // masks and requests in their order
	log           []string
	connections   int
}

// request is one that the cloud got.
type request struct {
	route  route
	at     time.Time
	header http.Header
	query  string
}

// newCloud starts a cloud. It has to be called in a bubble.
func newCloud(t *testing.T, change ...func(*cloud)) *cloud {
	t.Helper()
	c := &cloud{
		settings: map[string]*tls.Config{},
		answers:  normalAnswers(),
		secure:   newPipes(),
		plain:    newPipes(),
		proxy:    func(*http.Request) (*url.URL, error) { return nil, nil },
		faults:   map[route][]fault{},
		dials:    map[string][]dial{},
	}
	for _, change := range change {
		change(c)
	}
	secure, plain := c.server(), c.server()
	secure.TLSConfig = &tls.Config{Certificates: []tls.Certificate{authority().leaf}, GetConfigForClient: c.settingsOf, MinVersion: tls.VersionTLS12}
	secure.Protocols.SetHTTP2(!c.http1)
	go func() { _ = secure.ServeTLS(c.secure, "", "") }()
	go func() { _ = plain.Serve(c.plain) }()
	t.Cleanup(func() { _, _ = secure.Close(), plain.Close() })
	return c
}

// inCloud runs a test of its own, in a bubble with a cloud.
func inCloud(t *testing.T, name string, test func(t *testing.T, c *cloud), change ...func(*cloud)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(t, newCloud(t, change...)) })
	})
}

// overBoth runs a test over HTTP/1.1 and over HTTP/2.
func overBoth(t *testing.T, name string, test func(t *testing.T, c *cloud)) {
	t.Helper()
	inCloud(t, name+"/http1", test, overHTTP1)
	inCloud(t, name+"/http2", test)
}

func (c *cloud) server() *http.Server {
	server := &http.Server{
		Handler:   http.HandlerFunc(c.serve),
		ErrorLog:  log.New(io.Discard, "", 0),
		Protocols: new(http.Protocols),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn)
		},
	}
	server.Protocols.SetHTTP1(true)
	return server
}

func overHTTP1(c *cloud) { c.http1 = true }

type connKey struct{}

// serve notes a request, and answers it as the next fault of its route says, or as usual.
func (c *cloud) serve(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	if meet := c.note(r); meet != nil {
		meet(w, r)
		return
	}
	answer(http.StatusOK, c.answers[routeOf(r)])(w, r)
}

func (c *cloud) note(r *http.Request) fault {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at := routeOf(r)
	c.requests = append(c.requests, request{at, time.Now(), r.Header.Clone(), r.URL.RawQuery})
	c.events = append(c.events, "request of "+string(at))
	queue := c.faults[at]
	if len(queue) == 0 {
		return nil
	}
	if len(queue) > 1 {
		c.faults[at] = queue[1:]
	}
	return queue[0]
}

// fail has the next requests of a route meet the faults, and further ones the last of them again. A
// nil one is no fault.
func (c *cloud) fail(at route, faults ...fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.faults[at] = faults
}

// dial is how the cloud is reached.
func (c *cloud) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	c.connections++
	queue := c.dials[host]
	if len(queue) > 1 {
		c.dials[host] = queue[1:]
	}
	c.mutex.Unlock()
	if len(queue) > 0 && queue[0] != nil {
		return queue[0](ctx, c)
	}
	if port == "443" {
		return c.secure.dial(ctx)
	}
	return c.plain.dial(ctx)
}

// dial connects to a host out of the ordinary, or does not.
type dial func(ctx context.Context, c *cloud) (net.Conn, error)

func failing(err error) dial {
	return func(context.Context, *cloud) (net.Conn, error) { return nil, err }
}

// withoutTLS connects to what does not speak TLS.
func withoutTLS(ctx context.Context, c *cloud) (net.Conn, error) { return c.plain.dial(ctx) }

// leaving is a server that ends each connection as soon as it is made, over HTTP/2 with the frames given.
func leaving(frames ...byte) dial {
	return func(_ context.Context, c *cloud) (net.Conn, error) {
		client, conn := newPair()
		settings := showing(authority().leaf)
		if !c.http1 {
			settings.NextProtos = []string{"h2"}
		}
		go func() {
			server := tls.Server(conn, settings)
			if server.Handshake() == nil && !c.http1 {
				_, _ = server.Write(frames)
			}
			_ = server.Close()
		}()
		return client, nil
	}
}

// throughProxy is the cloud behind a proxy that answers CONNECT with the status; with 0 it closes the
// connection.
func throughProxy(status int) dial {
	return func(ctx context.Context, c *cloud) (net.Conn, error) {
		client, conn := newPair()
		go c.connect(ctx, conn, status)
		return client, nil
	}
}

// connect serves one connection to the proxy.
func (c *cloud) connect(ctx context.Context, client *pipeEnd, status int) {
	defer client.Close()
	r, err := http.ReadRequest(bufio.NewReader(client))
	if err != nil || status == 0 {
		return
	}
	c.mutex.Lock()
	c.events = append(c.events, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
	c.mutex.Unlock()
	_, _ = fmt.Fprintf(client, "HTTP/1.1 %d s3cr3t\r\n\r\n", status)
	if server, err := c.secure.dial(ctx); err == nil && status == http.StatusOK {
		go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
		_, _ = io.Copy(client, server)
	}
}

// behindProxy has requests to the host go through the proxy.
func (c *cloud) behindProxy(host string) {
	c.proxy = func(r *http.Request) (*url.URL, error) {
		if r.URL.Hostname() != host {
			return nil, nil
		}
		return url.Parse("http://user:s3cr3t@" + proxyHost + ":3128")
	}
}

func (c *cloud) settingsOf(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	return c.settings[hello.ServerName], nil
}

// base makes connections to the cloud.
func (c *cloud) base() *http.Transport {
	base := newBase()
	base.DialContext, base.Proxy = c.dial, func(r *http.Request) (*url.URL, error) { return c.proxy(r) }
	settings := base.TLSClientConfig
	settings.RootCAs = authority().pool
	// A third of the CPU time of these tests was the default's post-quantum keys under the race detector.
	settings.CurvePreferences = []tls.CurveID{tls.CurveP256}
	return base
}

// job is a job whose environment is env.
func (c *cloud) job(env map[string]string) Job {
	return Job{
		Mask: func(secret string) {
			c.mutex.Lock()
			defer c.mutex.Unlock()
			c.events = append(c.events, "mask of "+secret)
		},
		Getenv: func(name string) string { return env[name] },
		Log: func(line string) {
			c.mutex.Lock()
			defer c.mutex.Unlock()
			c.log = append(c.log, line)
		},
	}
}

// asked are the requests of a route so far.
func (c *cloud) asked(at route) []request {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(c.requests), func(r request) bool { return r.route != at })
}

// routes are the routes of all requests so far.
func (c *cloud) routes() []route {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var routes []route
	for _, r := range c.requests {
		routes = append(routes, r.route)
	}
	return routes
}

// fault answers a request out of the ordinary, or does not.
type fault func(w http.ResponseWriter, r *http.Request)

func answer(status int, body string, header ...string) fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hang does not answer while the client is there.
func hang(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// endless begins an answer that does not end.
func endless(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"channel": `)
	_ = http.NewResponseController(w).Flush()
	hang(w, r)
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"channel": `)
}

// drop closes the connection without an answer.
func drop(_ http.ResponseWriter, r *http.Request) {
	_ = pipeOf(r).Close()
	panic(http.ErrAbortHandler)
}

// reset breaks the connection.
func reset(_ http.ResponseWriter, r *http.Request) {
	pipeOf(r).reset()
	panic(http.ErrAbortHandler)
}

// abort ends the stream alone over HTTP/2, with RST_STREAM, and is as drop over HTTP/1.1.
func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// goAway is a server that shuts down after the stream that it names as the last (RFC 9113, section
// 6.8). Over HTTP/1.1 it is as drop.
func goAway(lastStream byte) fault {
	return func(w http.ResponseWriter, r *http.Request) {
		// 8 octets of GOAWAY, no flags, stream 0; NO_ERROR.
		writeFrame(r, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, lastStream, 0, 0, 0, 0)
		_ = r.Context().Value(connKey{}).(net.Conn).Close()
		panic(http.ErrAbortHandler)
	}
}

// refuseStream refuses the first stream of a connection (RFC 9113, section 8.7). Over HTTP/1.1 it is as
// drop.
func refuseStream(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		drop(w, r)
	}
	// 4 octets of RST_STREAM, no flags, stream 1; REFUSED_STREAM.
	writeFrame(r, 0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7)
	hang(w, r)
}

func writeFrame(r *http.Request, frame ...byte) {
	if r.ProtoMajor == 2 {
		time.Sleep(time.Millisecond) // the server's own frames come first
		_, _ = r.Context().Value(connKey{}).(net.Conn).Write(frame)
	}
}

// pipeOf is the connection under the TLS of a request.
func pipeOf(r *http.Request) *pipeEnd {
	switch conn := r.Context().Value(connKey{}).(type) {
	case *tls.Conn:
		return conn.NetConn().(*pipeEnd)
	default:
		return conn.(*pipeEnd)
	}
}

type certificates struct {
	pool *x509.CertPool
	// leaf is the usual one, expired is past its end, and nobody vouches for stranger.
	leaf, expired, stranger tls.Certificate
}

// authority is who vouches for the cloud. Bubbles begin in the year 2000.
var authority = sync.OnceValue(func() *certificates {
	a := &certificates{pool: x509.NewCertPool()}
	from := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	a.leaf = certificate("usual", from, from.AddDate(100, 0, 0))
	a.expired = certificate("expired", from, from.AddDate(1, 0, 0))
	a.stranger = certificate("stranger", from, from.AddDate(100, 0, 0))
	a.pool.AddCert(a.leaf.Leaf)
	a.pool.AddCert(a.expired.Leaf)
	return a
})

// certificate is one for all hosts of the cloud that vouches for itself.
func certificate(name string, from, until time.Time) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    from,
		NotAfter:     until,
		DNSNames:     []string{authHost, apiHost, githubHost, issuerHost, proxyHost},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// secretConfig is a login with a service principal's secret, which needs no discovery.
func secretConfig() Config {
	return Config{
		Credentials:    Credentials{ClientID: "the-client", ClientSecret: clientSecret},
		OrganizationID: organization,
		ProjectID:      project,
		Geography:      "us",
		Timeout:        time.Minute,
	}
}

// providerConfig is a login with the job's identity.
func providerConfig() Config {
	cfg := secretConfig()
	cfg.Credentials = Credentials{WorkloadIdentityProvider: provider, Audience: "the audience"}
	return cfg
}

// githubEnv is the environment of a job that may ask for its identity.
func githubEnv() map[string]string {
	return map[string]string{
		"ACTIONS_ID_TOKEN_REQUEST_URL":   "https://" + githubHost + "/token?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": githubBearer,
	}
}

// logIn logs in to the cloud within the configuration's timeout.
func (c *cloud) logIn(t *testing.T, cfg Config, env map[string]string) (*Session, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cfg.Timeout)
	t.Cleanup(cancel)
	return logIn(ctx, cfg, c.job(env), c.base())
}

// session logs in.
func (c *cloud) session(t *testing.T, cfg Config) *Session {
	t.Helper()
	s, err := c.logIn(t, cfg, githubEnv())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// getChannel logs in and reads a channel, as a run does.
func (c *cloud) getChannel(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	s, err := logIn(ctx, cfg, c.job(githubEnv()), c.base())
	if err != nil {
		return err
	}
	return getChannel(ctx, s)
}

func getChannel(ctx context.Context, s *Session) error {
	const asked = "Channel production of bucket ubuntu"
	params := packer.NewPackerServiceGetChannelParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = "ubuntu", "production"
	answer, err := packer.New(s.Client(), nil).PackerServiceGetChannel(params, nil)
	if err != nil {
		return s.Explain(err, Read, asked)
	}
	switch c := answer.Payload.Channel; {
	case c == nil:
		return Unexpected(asked, "HCP gave no channel")
	case c.Name != "production":
		return Unexpected(asked, "HCP gave another channel")
	}
	return nil
}

// checkProblem checks how something ended: with a problem of this title that says so, or without one
// where the title is empty.
func checkProblem(t *testing.T, err error, title problem.Title, says string) {
	t.Helper()
	if got := titleOf(t, err); got != title {
		t.Errorf("got title %q, want %q: %v", got, title, err)
	}
	if err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("got %q, which does not say %q", err, says)
	}
}

// titleOf is the title of a problem, and empty for no error.
func titleOf(t *testing.T, err error) problem.Title {
	t.Helper()
	var p *problem.Problem
	switch {
	case err == nil:
		return ""
	case errors.As(err, &p):
		return p.Title
	}
	t.Fatalf("%v is no problem to show", err)
	return ""
}

// text is all that a user could see of a run.
func (c *cloud) text(err error) string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return strings.Join(append(slices.Clone(c.log), fmt.Sprint(err)), "\n")
}
