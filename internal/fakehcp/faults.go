package fakehcp

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault is one answer out of the ordinary. The zero fault is an answer of
// status 200 with an empty body. At most one of Hang, Reset, Drop, and Pass or
// Edit is heeded, the first of them in this order; Delay, Effect, Before, Then,
// Repeat and, where there is an answer, Truncate go with any of them.
//
// A request is handled, and so takes effect, where the fault passes its answer
// on (Pass, Edit, a Truncate of the normal answer) and where Effect says so. So
// of the update of a channel,
//
//	Fault{Status: 503}                 // has no effect, and says so
//	Fault{Status: 503, Effect: true}   // has its effect, and does not say so
//	Fault{Reset: true, Effect: true}   // the same, without an answer
//	Fault{Pass: true, Then: back}      // says that it had, where back undoes it
//	Fault{Status: 503, Then: move}     // has none; someone else moves the channel
//	Fault{Pass: true, Before: move}    // has its effect after someone else's
type Fault struct {
	// Status (200 where it is 0), Header and Body are the answer.
	Status int
	Header http.Header
	Body   string

	// Delay is waited before anything but Effect. It ends early when the client
	// leaves or the server closes, and then there is no answer.
	Delay time.Duration
	// Hang never answers. It ends as Delay does.
	Hang bool
	// Reset resets the TCP connection (RST), with all that goes on over it. Drop
	// closes it gracefully (TLS close_notify, FIN), over HTTP/2 without a GOAWAY.
	Reset, Drop bool
	// Pass answers normally, to leave a gap in the queue.
	Pass bool
	// Edit answers normally, with the body that it returns for the normal one.
	// It may be called by several requests at a time.
	Edit func(body []byte) []byte
	// Truncate promises the length of the whole body (the normal one where
	// Status, Header and Body are unset) and sends the first half of it. Over
	// HTTP/1.1 the connection is closed then, over HTTP/2 the stream is ended.
	Truncate bool
	// Effect has the request take its effect as soon as it arrives, whatever
	// comes of its answer afterwards.
	Effect bool
	// Before and Then change the registry right before and right after the
	// request is handled; nothing else gets in between. Where it is not handled
	// they change it all the same, after the Delay. They must not call the server.
	Before, Then func(*Registry)
	// Repeat keeps the fault in the queue: every further request of the route
	// meets it.
	Repeat bool
}

// Fail queues faults for a route, behind those it has. Each request takes the
// next one, of its own route before [AnyRoute]'s, and is answered normally when
// none is left.
func (s *Server) Fail(route Route, faults ...Fault) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.faults[route] = append(s.faults[route], faults...)
}

// meet applies the fault to a request.
func (s *Server) meet(f Fault, w http.ResponseWriter, r *http.Request, handle func() answer) {
	normal := sync.OnceValue(func() answer { return s.happen(f, handle) })
	if f.Effect {
		normal()
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	handled := normal()
	conn := r.Context().Value(connKey{}).(*tls.Conn)
	switch {
	case f.Hang:
		<-r.Context().Done()
	case f.Reset:
		conn.NetConn().(*net.TCPConn).SetLinger(0)
		conn.NetConn().Close()
	case f.Drop:
		conn.Close()
	}
	if f.isSilent() {
		panic(http.ErrAbortHandler)
	}
	a := answer{f.Status, f.Header, []byte(f.Body)}
	if f.passes() {
		a = handled
	}
	if f.Edit != nil {
		a.body = f.Edit(a.body)
	}
	if f.Truncate { // net/http closes an HTTP/1.1 connection whose answer is shorter than promised
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		a.body = a.body[:len(a.body)/2]
	}
	a.write(w)
}

// happen changes the registry as the fault and, where it is handled, the request
// say, and returns the normal answer of a request that is.
func (s *Server) happen(f Fault, handle func() answer) (normal answer) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.registry.apply(f.Before)
	if f.Effect || f.passes() {
		normal = handle()
	}
	s.registry.apply(f.Then)
	return normal
}

// passes says whether the fault's answer is the normal one, or made of it.
func (f Fault) passes() bool {
	bare := f.Status == 0 && f.Header == nil && f.Body == ""
	return !f.isSilent() && (f.Pass || f.Edit != nil || f.Truncate && bare)
}

// isSilent says whether there is no answer.
func (f Fault) isSilent() bool { return f.Hang || f.Reset || f.Drop }
