package report

import (
	"io"
	"sync"

	"hcp-packer-iteration/internal/problem"
)

// log is the step's log. It remembers that something could not be written: an error would make go-githubactions
// panic.
type log struct {
	to io.Writer

	mutex sync.Mutex
	lost  error
}

// Write writes p whole, or nothing any more.
func (l *log) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.lost == nil {
		_, l.lost = l.to.Write(p)
	}
	return len(p), nil
}

// err is a problem where something that was written got lost.
func (l *log) err() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.lost == nil {
		return nil
	}
	return problem.New(problem.CannotWriteOutputs, "The step's log could not be written: %s. "+
		"Let something read the container's standard output.", problem.Quote(reason(l.lost)))
}
