package hcp

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"hcp-packer-iteration/internal/problem"
)

// pool keeps connections for the requests of a session. http.Transport has a pool of its own, but also
// a mind of its own: it repeats a request that it takes for unanswered, over as many connections as a
// server accepts and closes, with no pause between them. A [http.ClientConn] sends a request once.
type pool struct {
	// dialer makes connections.
	dialer *http.Transport
	// proxy is the proxy for a request, nil for none.
	proxy func(*http.Request) (*url.URL, error)

	mutex sync.Mutex
	// By origin: the connections, and those that are made ahead of the first request.
	conns map[string][]*http.ClientConn
	ahead map[string]*ahead
}

// ahead is a connection that is made before there is a request for it.
type ahead struct {
	done chan struct{}
	err  error
}

// newPool makes a pool over the dialer, which it takes over.
func newPool(dialer *http.Transport) *pool {
	p := &pool{dialer: dialer, proxy: dialer.Proxy, conns: map[string][]*http.ClientConn{}, ahead: map[string]*ahead{}}
	// What NewClientConn asks about is a request without its port.
	dialer.Proxy = func(r *http.Request) (*url.URL, error) { return dialingOf(r.Context()).proxy, nil }
	dialer.OnProxyConnectResponse = func(ctx context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return &statusError{status: res.StatusCode}
		}
		dialingOf(ctx).through = true
		return nil
	}
	return p
}

// dialing is a connection in the making.
type dialing struct {
	// proxy is the proxy on the way, nil for none, and through is whether it let the connection pass.
	proxy   *url.URL
	through bool
}

// dialingKey is where a context has its dialing.
type dialingKey struct{}

func dialingOf(ctx context.Context) *dialing {
	d, _ := ctx.Value(dialingKey{}).(*dialing)
	return d
}

// take takes a connection on which the request may be sent, once. A new one is made where there is
// none that is free, unless one is being made ahead: the request has to wait for that, and its failure is
// the request's.
func (p *pool) take(req *http.Request) (*http.ClientConn, error) {
	if err := p.await(req); err != nil {
		return nil, err
	}
	if conn := p.reserve(origin(req.URL)); conn != nil {
		return conn, nil
	}
	conn, err := p.dial(req)
	if err != nil {
		return nil, err
	}
	if conn.Reserve() != nil {
		return nil, endOf(conn)
	}
	p.add(req, conn)
	return conn, nil
}

func (p *pool) add(req *http.Request, conn *http.ClientConn) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.conns[origin(req.URL)] = append(p.conns[origin(req.URL)], conn)
}

// endOf is why a new connection takes no request: it ended by itself. net/http tells the cause only
// where it is an alert of TLS.
func endOf(conn *http.ClientConn) error {
	if end := conn.Err(); end != nil && isAlert(end) {
		return end
	}
	return io.ErrUnexpectedEOF
}

// connect makes a connection for requests such as this one, in the time that a try may take.
func (p *pool) connect(req *http.Request, timeout time.Duration) {
	a := &ahead{done: make(chan struct{})}
	p.mutex.Lock()
	p.ahead[origin(req.URL)] = a
	p.mutex.Unlock()
	go func() {
		defer close(a.done)
		ctx, cancel := context.WithTimeout(req.Context(), timeout)
		defer cancel()
		conn, err := p.dial(req.WithContext(ctx))
		if err != nil {
			a.err = err
			return
		}
		p.add(req, conn)
	}()
}

// await waits for the connection that is made ahead, if there is one.
func (p *pool) await(req *http.Request) error {
	p.mutex.Lock()
	a := p.ahead[origin(req.URL)]
	p.mutex.Unlock()
	if a == nil {
		return nil
	}
	select {
	case <-a.done:
	case <-req.Context().Done():
		return req.Context().Err()
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.ahead, origin(req.URL))
	return a.err
}

// reserve takes a connection that there is, and forgets those that are closed.
func (p *pool) reserve(origin string) *http.ClientConn {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.conns[origin] = slices.DeleteFunc(p.conns[origin], func(conn *http.ClientConn) bool { return conn.Err() != nil })
	for _, conn := range p.conns[origin] {
		if conn.Reserve() == nil {
			return conn
		}
	}
	return nil
}

func (p *pool) dial(req *http.Request) (*http.ClientConn, error) {
	d := &dialing{}
	if p.proxy != nil {
		var err error
		if d.proxy, err = p.proxy(req); err != nil {
			return nil, err
		}
	}
	ctx := context.WithValue(req.Context(), dialingKey{}, d)
	conn, err := p.dialer.NewClientConn(ctx, req.URL.Scheme, address(req.URL))
	if err != nil && d.proxy != nil && !d.through {
		err = &proxyError{proxy: problem.Clean(d.proxy.Host), cause: err}
	}
	return conn, err
}

// proxyHost is the host of the proxy for a request, empty for none. The URL would show its password.
func (p *pool) proxyHost(req *http.Request) string {
	if p.proxy == nil {
		return ""
	}
	if proxy, err := p.proxy(req); err == nil && proxy != nil {
		return problem.Clean(proxy.Host)
	}
	return ""
}

// drop gives up a connection that failed, or gave no answer. Over HTTP/2 it would otherwise carry all
// further tries. Other requests that are on it may still get their answers.
func (p *pool) drop(conn *http.ClientConn) {
	p.mutex.Lock()
	for origin, conns := range p.conns {
		p.conns[origin] = slices.DeleteFunc(conns, func(c *http.ClientConn) bool { return c == conn })
	}
	p.mutex.Unlock()
	if conn.InFlight() == 0 {
		_ = conn.Close()
	}
}

// origin is what of a URL a connection leads to.
func origin(u *url.URL) string { return u.Scheme + "://" + address(u) }

func address(u *url.URL) string {
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return net.JoinHostPort(u.Hostname(), port)
}
