package action

import (
	"context"
	"fmt"
	"iter"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// history is what a channel pointed at. It is read as far as it is looked at, and once.
type history struct {
	next  func() (registry.Assignment, error, bool)
	close func()
	// began is closed once the first row was read.
	began chan struct{}
	seen  []historyRow
}

type historyRow struct {
	assignment registry.Assignment
	err        error
}

// startHistory begins to read a history, beside what else is asked for meanwhile. It has to be closed. Once ctx ends,
// what is still to be read is an error.
func startHistory(ctx context.Context, session *hcp.Session, bucket, channel string) *history {
	next, stop := iter.Pull2(registry.History(ctx, session, bucket, channel))
	h := &history{next: next, began: make(chan struct{})}
	h.close = func() {
		<-h.began
		stop()
	}
	go func() {
		defer close(h.began)
		if err := recoverPanic(func() error { h.more(); return nil }); err != nil {
			h.seen = []historyRow{{err: err}}
		}
	}()
	return h
}

func (h *history) more() bool {
	assignment, err, found := h.next()
	if found {
		h.seen = append(h.seen, historyRow{assignment, err})
	}
	return found
}

func (h *history) rows(yield func(registry.Assignment, error) bool) {
	<-h.began
	for i := 0; i < len(h.seen) || h.more(); i++ {
		if !yield(h.seen[i].assignment, h.seen[i].err) {
			return
		}
	}
}

// aside is the context of what is asked for although the step can do without an answer: a quarter of the time that is
// left.
func aside(ctx context.Context) (context.Context, context.CancelFunc) {
	end, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(end)/4)
}

// alternative is the sentence, with a space before it, on what a channel had that may still be used, after the refusal of what it has. It is
// empty where there is nothing, or nobody can tell.
func alternative(rows gate.History, refused *registry.Iteration, policy gate.Policy, now time.Time) string {
	newest, err := gate.NewestUsable(rows, refused, policy, now)
	if err != nil || newest == nil {
		return ""
	}
	return fmt.Sprintf(" The newest iteration in the channel's history that would pass is %s, with fingerprint %s.", newest.Version(), problem.Quote(newest.Fingerprint))
}
