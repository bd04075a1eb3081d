package fakehcp

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault is one answer out of the ordinary. The zero fault is an answer of
// status 200 with an empty body. At most one of Hang, Reset, Drop, StreamReset,
// GoAway, and Pass or Edit is heeded, the first of them in this order; Delay,
// Effect, Before, Then, Repeat and, where there is an answer, Truncate go with
// any of them.
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

	// Delay is waited before anything else. It ends early when the client
	// leaves or the server closes, and then there is no answer, and no effect
	// but that of Effect.
	Delay time.Duration
	// Hang never answers. It ends as Delay does.
	Hang bool
	// Reset resets the TCP connection (RST), under either protocol; over HTTP/2
	// the other streams of the connection go with it. A client that is writing
	// at that moment, such as HTTP/2's acknowledgement of settings on a new
	// connection, may learn of the reset there and read an early end instead.
	Reset bool
	// Drop closes the connection in good order (TLS close_notify, FIN) without
	// an answer, under either protocol; over HTTP/2 without a GOAWAY.
	Drop bool
	// StreamReset ends the stream alone, with RST_STREAM INTERNAL_ERROR, and
	// GoAway sends GOAWAY NO_ERROR that covers the request and closes the
	// connection without answering it. HTTP/1.1 has neither: there it is as Drop.
	StreamReset, GoAway bool
	// Pass answers normally, to place a gap in the queue.
	Pass bool
	// Edit answers normally, with the body that it returns for the normal one.
	// It may be called by several requests at a time.
	Edit func(body []byte) []byte
	// Truncate promises the length of the whole body (the normal one where
	// Status, Header and Body are unset) and sends the first half of it. Over
	// HTTP/1.1 the connection is closed then, over HTTP/2 the stream is ended.
	Truncate bool
	// Effect has the request take its effect as soon as it arrives, whatever
	// comes of its answer afterwards: Delay is waited after it.
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

// nextFault takes the fault that a request of this route meets.
func (s *Server) nextFault(route Route) (Fault, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, from := range []Route{route, AnyRoute} {
		queue := s.faults[from]
		if len(queue) == 0 {
			continue
		}
		if !queue[0].Repeat {
			s.faults[from] = queue[1:]
		}
		return queue[0], true
	}
	return Fault{}, false
}

// meet does to a request what the fault says.
func (s *Server) meet(f Fault, w http.ResponseWriter, r *http.Request, writes bool, handle func() answer) {
	normal := sync.OnceValue(func() answer { return s.happen(f, writes, handle) })
	if f.Effect {
		normal()
	}
	if !s.wait(r.Context(), f.Delay) {
		panic(http.ErrAbortHandler)
	}
	handled := normal()
	switch conn := r.Context().Value(connKey{}).(*tls.Conn); {
	case f.Hang:
		s.wait(r.Context(), math.MaxInt64)
		panic(http.ErrAbortHandler)
	case f.Reset:
		reset(conn)
		panic(http.ErrAbortHandler)
	case f.Drop:
		conn.Close()
		panic(http.ErrAbortHandler)
	case f.StreamReset:
		panic(http.ErrAbortHandler)
	case f.GoAway:
		goAway(conn, r)
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

// happen does to the registry what the fault and, where it is handled, the
// request do, and returns the normal answer of a request that is.
func (s *Server) happen(f Fault, writes bool, handle func() answer) (normal answer) {
	if writes || f.Before != nil || f.Then != nil {
		s.state.Lock()
		defer s.state.Unlock()
	} else {
		s.state.RLock()
		defer s.state.RUnlock()
	}
	s.registry.apply(f.Before)
	if f.Effect || f.passes() {
		normal = handle()
	}
	s.registry.apply(f.Then)
	return normal
}

// passes says whether the fault's answer is the normal one, or made of it.
func (f Fault) passes() bool {
	silent := f.Hang || f.Reset || f.Drop || f.StreamReset || f.GoAway
	bare := f.Status == 0 && f.Header == nil && f.Body == ""
	return !silent && (f.Pass || f.Edit != nil || f.Truncate && bare)
}

// wait waits for d, and says whether there is anyone left to answer.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	}
}

// reset closes a connection such that the peer gets a TCP reset.
func reset(conn *tls.Conn) {
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		tcp.SetLinger(0)
		tcp.Close()
	}
}

// goAway closes a connection, over HTTP/2 with the GOAWAY frame (RFC 9113, 6.8)
// of a server that shuts down but never got to the requests it had accepted: its
// last stream is the highest there can be, so that a client may not take them
// for unprocessed. net/http cannot send one without answering.
func goAway(conn *tls.Conn, r *http.Request) {
	if r.ProtoMajor == 2 {
		frame := []byte{0, 0, 8, 7, 0, 0, 0, 0, 0} // 8 octets of GOAWAY, no flags, stream 0
		frame = binary.BigEndian.AppendUint32(frame, math.MaxInt32)
		frame = binary.BigEndian.AppendUint32(frame, 0) // NO_ERROR
		conn.Write(frame)                               // of one TLS record: no other write comes in between
	}
	conn.Close()
}
