package report

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"
)

// Patience is how long anything is waited for once a step is out of time, or cancelled.
const Patience = 300 * time.Millisecond

// Await waits for what is done, and once ctx has ended no longer than [Patience]. What is not done by then
// is left behind, and must own what it touches.
func Await[T any](ctx context.Context, done <-chan T) (result T, ok bool) {
	select {
	case result = <-done:
		return result, true
	case <-ctx.Done():
	}
	select {
	case result = <-done:
		return result, true
	case <-time.After(Patience):
		return result, false
	}
}

// stream is an output that nobody may be reading. It gives up on one that takes nothing, and remembers
// that it lost something; an error would make go-githubactions panic.
type stream struct {
	ctx context.Context
	to  io.Writer

	mutex sync.Mutex
	lost  error
}

// Write writes all of p or nothing more, ever.
func (s *stream) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.lost != nil {
		return len(p), nil
	}
	done := make(chan error, 1)
	own := bytes.Clone(p)
	go func() {
		_, err := s.to.Write(own)
		done <- err
	}()
	err, ok := Await(s.ctx, done)
	if !ok {
		err = context.Cause(s.ctx)
	}
	s.lost = err
	return len(p), nil
}

// err is why something that was written got lost, nil where nothing was.
func (s *stream) err() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.lost
}
