package hcp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// pipes is a listener that is dialed by a call.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.done) })
	return p
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	client, server := newPair()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, refused()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close(); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// pipeEnd is one end of a connection, with the errors of a socket.
type pipeEnd struct {
	net.Conn
	closed atomic.Bool
	broken *atomic.Bool // of both ends
}

// newPair is both ends of a new connection.
func newPair() (client, server *pipeEnd) {
	there, back := net.Pipe()
	broken := new(atomic.Bool)
	return &pipeEnd{Conn: there, broken: broken}, &pipeEnd{Conn: back, broken: broken}
}

func (e *pipeEnd) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	return n, e.errorOf("read", err)
}

// Write does not learn that the other end was closed, as it would not at once of a socket.
func (e *pipeEnd) Write(b []byte) (int, error) {
	n, err := e.Conn.Write(b)
	if errors.Is(err, io.ErrClosedPipe) && !e.closed.Load() && !e.broken.Load() {
		return len(b), nil
	}
	return n, e.errorOf("write", err)
}

func (e *pipeEnd) errorOf(op string, err error) error {
	switch {
	case err != nil && e.broken.Load():
		return socketError(op, syscall.ECONNRESET)
	case errors.Is(err, io.ErrClosedPipe):
		return net.ErrClosed
	}
	return err
}

func (e *pipeEnd) Close() error {
	e.closed.Store(true)
	return e.Conn.Close()
}

// reset breaks the connection for both ends.
func (e *pipeEnd) reset() {
	e.broken.Store(true)
	_ = e.Conn.Close()
}

func refused() error { return socketError("connect", syscall.ECONNREFUSED) }

func socketError(op string, number syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, number)}
}
