package hcp

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
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

// pipe is one direction of a connection. Unlike net.Pipe's it takes what is written before anybody
// reads, as a socket does.
type pipe struct {
	mutex    sync.Mutex
	changed  *sync.Cond
	held     []byte
	ended    bool  // by the writer: the reader gets what is held
	closed   bool  // by the reader: the writer does not learn of it
	broken   error // of both, at once
	deadline *time.Timer
	expired  bool
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mutex)
	return p
}

// set changes the pipe and wakes who reads.
func (p *pipe) set(change func()) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	change()
	p.changed.Broadcast()
}

func (p *pipe) read(b []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for {
		switch {
		case p.broken != nil:
			return 0, p.broken
		case p.closed:
			return 0, net.ErrClosed
		case p.expired:
			return 0, os.ErrDeadlineExceeded
		case len(p.held) > 0:
			n := copy(b, p.held)
			p.held = p.held[n:]
			return n, nil
		case p.ended:
			return 0, io.EOF
		}
		p.changed.Wait()
	}
}

func (p *pipe) write(b []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case p.broken != nil:
		return 0, p.broken
	case p.ended:
		return 0, net.ErrClosed
	}
	p.held = append(p.held, b...)
	p.changed.Broadcast()
	return len(b), nil
}

func (p *pipe) setDeadline(at time.Time) {
	p.set(func() {
		if p.deadline != nil {
			p.deadline.Stop()
		}
		p.expired = !at.IsZero() && !at.After(time.Now())
		if !at.IsZero() && !p.expired {
			p.deadline = time.AfterFunc(time.Until(at), func() { p.set(func() { p.expired = true }) })
		}
	})
}

// pipeEnd is one end of a connection.
type pipeEnd struct{ in, out *pipe }

// newPair is both ends of a new connection.
func newPair() (client, server *pipeEnd) {
	there, back := newPipe(), newPipe()
	return &pipeEnd{in: back, out: there}, &pipeEnd{in: there, out: back}
}

func (e *pipeEnd) Read(b []byte) (int, error)  { return e.in.read(b) }
func (e *pipeEnd) Write(b []byte) (int, error) { return e.out.write(b) }

// Close lets the other end read what was written before.
func (e *pipeEnd) Close() error {
	e.out.set(func() { e.out.ended = true })
	e.in.set(func() { e.in.closed = true })
	return nil
}

// reset breaks the connection for both ends.
func (e *pipeEnd) reset() {
	for _, p := range []*pipe{e.in, e.out} {
		p.set(func() { p.broken = socketError("read", syscall.ECONNRESET) })
	}
}

func (e *pipeEnd) SetReadDeadline(at time.Time) error { e.in.setDeadline(at); return nil }
func (e *pipeEnd) SetWriteDeadline(time.Time) error   { return nil }
func (e *pipeEnd) SetDeadline(at time.Time) error     { return e.SetReadDeadline(at) }
func (e *pipeEnd) LocalAddr() net.Addr                { return &net.TCPAddr{} }
func (e *pipeEnd) RemoteAddr() net.Addr               { return &net.TCPAddr{} }

func refused() error { return socketError("connect", syscall.ECONNREFUSED) }

func socketError(op string, number syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, number)}
}
