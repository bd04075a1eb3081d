package action

import (
	"context"
	"iter"
	"sync"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/registry"
)

// startHistory begins to read what a channel pointed at, beside what else is asked for meanwhile. It is read as far as
// it is looked at, and once. Once ctx ends, what is still to be read is an error. It has to be stopped.
func startHistory(ctx context.Context, session *hcp.Session, bucket, channel string) (rows gate.History, stop func()) {
	type row struct {
		registry.Assignment
		err error
	}
	var seen []row
	next, end := iter.Pull2(registry.History(ctx, session, bucket, channel))
	more := func() bool {
		assignment, err, found := next()
		if found {
			seen = append(seen, row{assignment, err})
		}
		return found
	}
	begin := sync.OnceFunc(func() {
		if err := recoverPanic(func() error { more(); return nil }); err != nil {
			seen = []row{{err: err}}
		}
	})
	go begin()
	rows = func(yield func(registry.Assignment, error) bool) {
		begin()
		for i := 0; i < len(seen) || more(); i++ {
			if !yield(seen[i].Assignment, seen[i].err) {
				return
			}
		}
	}
	return rows, func() { begin(); end() }
}

// aside is the context of what is asked for although the step can do without an answer: a quarter of the time that is
// left.
func aside(ctx context.Context) (context.Context, context.CancelFunc) {
	end, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(end)/4)
}
