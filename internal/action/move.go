package action

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// settlePause is how long a channel that has not moved, although HCP says so, is given until it is read again.
const settlePause = 2 * time.Second

// move moves the channel. Whatever becomes of the write, what the channel points at afterwards decides.
func (p *promotion) move(ctx context.Context, before registry.Channel) error {
	w, err := p.write(ctx, before)
	if err != nil {
		return err
	}
	return p.settle(ctx, before, w)
}

// written is what became of a write.
type written struct {
	// failure is what went wrong with the last try, nil where HCP says that the channel was moved.
	failure *registry.Failure
	// seen is the channel as it was read after the last try, nil where it was not.
	seen *registry.Channel
	// unsettled is whether a write was sent that HCP did not refuse, and that may still take effect.
	unsettled bool
}

// write asks HCP to move the channel, again where that fails for a passing reason. But before it does, it looks at
// the channel: a write may have taken effect although its answer was lost, and where the channel has moved
// elsewhere, another one would undo that.
func (p *promotion) write(ctx context.Context, before registry.Channel) (w written, err error) {
	if !p.mayWrite(ctx) {
		return w, problem.New(problem.HCPUnavailable, "%s was not moved: less than half of the timeout of %s is left, too little for the move and the check after it. "+
			"Try again later, or raise timeout.", p.subject(), problem.Duration(p.HCP.Timeout))
	}
	pauses, cancel := context.WithDeadline(ctx, p.lastWrite(ctx))
	defer cancel()
	var last, refusal error
	given := p.retry(pauses, func() error {
		if last != nil && !p.maySendAgain(ctx, before, &w) {
			return nil
		}
		if refusal = p.judgeByClock(); refusal != nil {
			return nil
		}
		p.leaves(p.moves("may have moved") + ", or may still move.")
		w.seen, last = nil, p.send(ctx, before)
		w.unsettled = w.unsettled || last != nil && !p.explain(last).Refused
		return last
	})
	if refusal != nil {
		return w, refusal
	}
	if failed := cmp.Or(given, last); failed != nil {
		failure := p.explain(failed)
		w.failure = &failure
	}
	return w, nil
}

// maySendAgain looks at the channel, which decides on a repetition. What cannot be read is left to the look
// after the last write.
func (p *promotion) maySendAgain(ctx context.Context, before registry.Channel, w *written) bool {
	now, err := p.look(ctx)
	if err != nil {
		return false
	}
	w.seen = &now
	return samePlace(now, before) && p.mayWrite(ctx)
}

// judgeByClock has the gate decide once more on what was read of the iteration: a revocation may have come into force
// since.
func (p *promotion) judgeByClock() error {
	decision := gate.Judge(p.page.Iteration, p.Policy, p.now())
	refusal := decision.Refusal()
	if refusal == nil {
		return nil
	}
	p.page.Decision = decision
	return refusal.Problem(p.page.Iteration.String())
}

// lastWrite is until when writes are sent: half of the timeout is for the last one, and for the look at what
// became of it.
func (p *promotion) lastWrite(ctx context.Context) time.Time {
	end, _ := ctx.Deadline()
	return end.Add(-p.HCP.Timeout / 2)
}

// mayWrite is whether there is time to write. After a signal there is none.
func (p *promotion) mayWrite(ctx context.Context) bool {
	return ctx.Err() == nil && !time.Now().After(p.lastWrite(ctx))
}

// send sends one write. It ends while a quarter of the timeout is left.
func (p *promotion) send(ctx context.Context, before registry.Channel) error {
	end, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(ctx, end.Add(-p.HCP.Timeout/4))
	defer cancel()
	if before.Name == "" {
		return p.create(ctx, p.page.Iteration.Fingerprint)
	}
	return p.assign(ctx, p.page.Iteration.Fingerprint)
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// samePlace is whether a channel points at the same as before.
func samePlace(now, before registry.Channel) bool {
	if now.Iteration == nil || before.Iteration == nil {
		return now.Iteration == before.Iteration // a channel that was made meanwhile, and points at nothing, is as none
	}
	return now.Iteration.ID == before.Iteration.ID
}

// settle looks at the channel after a write, and decides.
func (p *promotion) settle(ctx context.Context, before registry.Channel, w written) error {
	now, err := p.lookAfter(ctx, before, w)
	switch {
	case err != nil:
		return err
	case p.isThere(now):
		return p.arrive(ctx, now, w)
	}
	if samePlace(now, before) && w.failure != nil {
		return saysAftermath{p.notMoved(now, w)}
	}
	return saysAftermath{p.notThere(now, before, w)}
}

// lookAfter reads the channel after the last write, unless that was done. Where it has not moved although HCP
// said so it is given a little time.
func (p *promotion) lookAfter(ctx context.Context, before registry.Channel, w written) (registry.Channel, error) {
	if w.seen != nil {
		return *w.seen, nil
	}
	now, err := p.look(ctx)
	if err != nil || w.failure != nil || !samePlace(now, before) {
		return now, err
	}
	end, _ := ctx.Deadline()
	sleep(ctx, min(settlePause, time.Until(end)/2))
	return p.look(ctx)
}

// arrive is what is left to do once the channel points at the iteration: the gate must still pass that.
func (p *promotion) arrive(ctx context.Context, now registry.Channel, w written) error {
	p.page.Changed, p.page.ChannelID = true, now.ID
	p.leaves(p.moves("has moved") + ".")
	if w.failure != nil {
		p.page.Unconfirmed = w.failure.Says
	}
	refusal, err := p.judgeSeen(ctx, now.Iteration)
	if err != nil || refusal == nil {
		return err
	}
	return saysAftermath{problem.New(problem.ChannelMoved, "%s, which %s. Move it to another iteration%s.",
		p.moves("has moved"), refusal.Clause, p.orBack())}
}

// moves says where the channel moves from, and to, without a full stop.
func (p *promotion) moves(verb string) string {
	from := ""
	if p.page.Previous != nil {
		from = " from iteration " + p.page.Previous.Version()
	}
	return fmt.Sprintf("%s %s%s to iteration %s", p.subject(), verb, from, p.page.Iteration.Version())
}

func (p *promotion) orBack() string {
	if p.page.Previous == nil {
		return ""
	}
	return fmt.Sprintf(", or back to %s with allow-older", p.page.Previous.Version())
}

// place says what a channel points at.
func place(c registry.Channel) string {
	switch {
	case c.Name == "":
		return "does not exist"
	case c.Iteration == nil:
		return "points at no iteration"
	default:
		return "points at iteration " + c.Iteration.Version()
	}
}

// notMoved is the problem of a write that failed, and a channel that is as it was.
func (p *promotion) notMoved(now registry.Channel, w written) *problem.Problem {
	subject := fmt.Sprintf("%s could not be moved to iteration %s", p.subject(), p.page.Iteration.Version())
	says, still := w.failure.Says, "It still "+place(now)
	if w.unsettled {
		still += fmt.Sprintf(", and may still move to %s unless it did and was moved back", p.page.Iteration.Version())
	}
	switch f := w.failure; f.Title {
	case problem.NotAuthenticated:
		return problem.New(f.Title, "%s: HCP no longer accepts the access token (%s). %s. Run the job again; if that fails as well, check that the service principal and its key still exist.",
			subject, says, still)
	case problem.PermissionDenied:
		return problem.New(f.Title, "%s: %s. %s. Moving a channel needs the contributor role: grant it to the service principal on the bucket or on project %s.",
			subject, says, still, p.page.ProjectID)
	case problem.RegistryDeactivated:
		return problem.New(f.Title, "%s: the HCP Packer registry of project %s is not active (%s). %s. Ask an administrator of the project to activate it.",
			subject, p.page.ProjectID, says, still)
	case problem.PromotionRefused:
		return problem.New(f.Title, "%s: %s. %s. Correct what HCP objects to, or promote another iteration.", subject, says, still)
	case problem.HCPUnavailable:
		return problem.New(f.Title, "%s: %s. %s. Try again later, or raise timeout.", subject, says, still)
	default:
		return problem.New(f.Title, "%s: %s. %s. Run the job again; if the problem persists, report it to the action's maintainers.", subject, says, still)
	}
}

// notThere is the problem of a channel that does not point at the iteration after the write, whatever HCP said.
func (p *promotion) notThere(now, before registry.Channel, w written) *problem.Problem {
	version := p.page.Iteration.Version()
	switch {
	case w.failure == nil && samePlace(now, before):
		return problem.New(problem.ChannelMoved, "HCP answered that it moved %s to iteration %s, but the channel still %s. "+
			"It may still move, unless somebody else moved it back, or HCP did because %s was revoked. "+
			"Look at the channel in the HCP portal, and run the job again.", lowered(p.subject()), version, place(now), version)
	case w.failure == nil:
		return problem.New(problem.ChannelMoved, "%s has moved to iteration %s, and now it %s: somebody else moved it as well, or HCP did because %s was revoked. "+
			"Have the workflow run one promotion of a channel at a time, with concurrency.", p.subject(), version, place(now), version)
	default:
		later := ""
		if w.unsettled {
			later = fmt.Sprintf(" It may still move to iteration %s.", version)
		}
		return problem.New(problem.ChannelMoved, "%s %s now, and not at iteration %s: somebody else moved it, or HCP did because %s was revoked, while this move failed (%s).%s "+
			"Have the workflow run one promotion of a channel at a time, with concurrency.", p.subject(), place(now), version, version, w.failure.Says, later)
	}
}

// lowered begins with a small letter, for the middle of a sentence.
func lowered(text string) string { return "c" + text[1:] } // of "Channel …"
