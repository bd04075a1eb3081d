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
)

// pool keeps connections to one place for the requests of a session. http.Transport has a pool of its own, but also
// a mind of its own: it repeats a request that it takes for unanswered, over as many connections as a
// server accepts and closes, with no pause between them. A [http.ClientConn] sends a request once.
type pool struct {
	// to is any URL of where they lead.
	to     *url.URL
	dialer *http.Transport
	// proxy is the host of the proxy on the way, empty for none. The URL would show its password.
	proxy string
	// ahead tells how the connection ended up that is made while logging in, nil where none is.
	ahead chan error

	mutex sync.Mutex
	conns []*http.ClientConn
}

// take takes a connection on which a request may be sent, once. A new one is made where there is
// none that is free, unless one is being made ahead: the request has to wait for that, and its failure is
// the request's.
func (p *pool) take(ctx context.Context) (*http.ClientConn, error) {
	if p.ahead != nil {
		select {
		case err := <-p.ahead:
			if err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if conn := p.reserve(); conn != nil {
		return conn, nil
	}
	conn, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	if conn.Reserve() != nil {
		return nil, causeOf(conn, io.ErrUnexpectedEOF) // it ended by itself
	}
	p.add(conn)
	return conn, nil
}

func (p *pool) add(conn *http.ClientConn) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.conns = append(p.conns, conn)
}

// causeOf is why the connection failed with err: an alert of TLS that ended it, which net/http tells of the
// connection alone, or else err.
func causeOf(conn *http.ClientConn, err error) error {
	if end := conn.Err(); end != nil && isAlert(end) {
		return end
	}
	return err
}

// connect makes a connection ahead of the first request, in the time that a try may take, unless it did before. It is
// called while logging in, when nothing else is asked for.
func (p *pool) connect(ctx context.Context, timeout time.Duration) {
	if p.ahead != nil {
		return
	}
	p.ahead = make(chan error, 1)
	go func() {
		defer close(p.ahead)
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		conn, err := p.dial(ctx)
		if err != nil {
			p.ahead <- err // for the first request
			return
		}
		p.add(conn)
	}()
}

// reserve takes a connection that there is, and forgets those that are closed.
func (p *pool) reserve() *http.ClientConn {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.conns = slices.DeleteFunc(p.conns, func(conn *http.ClientConn) bool { return conn.Err() != nil })
	for _, conn := range p.conns {
		if conn.Reserve() == nil {
			return conn
		}
	}
	return nil
}

func (p *pool) dial(ctx context.Context) (*http.ClientConn, error) {
	dialer, through := p.dialer.Clone(), false
	dialer.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
		through = res.StatusCode == http.StatusOK
		if !through {
			return &statusError{status: res.StatusCode}
		}
		return nil
	}
	conn, err := dialer.NewClientConn(ctx, p.to.Scheme, address(p.to))
	if err != nil && p.proxy != "" && !through {
		err = &proxyError{err, p.proxy}
	}
	return conn, err
}

// drop gives up a connection that failed, or gave no answer. Over HTTP/2 it would otherwise carry all
// further tries. Other requests that are on it may still get their answers.
func (p *pool) drop(conn *http.ClientConn) {
	p.mutex.Lock()
	p.conns = slices.DeleteFunc(p.conns, func(c *http.ClientConn) bool { return c == conn })
	p.mutex.Unlock()
	if conn.InFlight() == 0 {
		_ = conn.Close()
	}
}

func address(u *url.URL) string {
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return net.JoinHostPort(u.Hostname(), port)
}
