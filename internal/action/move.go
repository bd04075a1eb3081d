package action

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// settlePause is how long a channel that has not moved, although HCP says so, is given until it is read again.
const settlePause = 2 * time.Second

// written is what became of the writes that move a channel.
type written struct {
	// err is the last one's, and failure what went wrong with them; nil where HCP says that the channel was moved.
	err     error
	failure *hcp.Failure
	// unsettled is whether HCP did not refuse one that failed, so that it may still take effect.
	unsettled bool
	// seen is the channel as it was read after the last one, nil where it was not.
	seen *registry.Channel
}

// move moves the channel. Whatever becomes of the writes, what the channel points at afterwards decides.
func (p *promotion) move(ctx context.Context) error {
	// Half of the timeout is for the last write, and for the look at what became of it.
	end, _ := ctx.Deadline()
	writing, cancel := context.WithDeadline(ctx, end.Add(-p.HCP.Timeout/2))
	defer cancel()
	if writing.Err() != nil {
		return problem.New(problem.HCPUnavailable, "%s was not moved: less than half of the timeout of %s is left, too little for the move and the check after it. "+
			"Try again later, or raise timeout.", p.subject(), problem.Duration(p.HCP.Timeout))
	}
	var w written
	err := p.hcp.retry(writing, func() error {
		if w.err == nil || p.mayRepeat(ctx, &w) && writing.Err() == nil {
			return p.write(ctx, &w)
		}
		return nil
	})
	if refused := refusal(p.page.Decision); refused != nil {
		return refused
	}
	if err = cmp.Or(err, w.err); err != nil {
		w.failure = new(p.hcp.explain(err))
	}
	return p.settle(ctx, w)
}

// write asks HCP to move the channel. The error has it be called again where that failed for a passing reason.
func (p *promotion) write(ctx context.Context, w *written) error {
	if p.refuseByClock() != nil {
		return nil //nolint:nilerr // the page has it, and it is no error of the request
	}
	p.step.sayOnFailure(p.moves("may have moved") + ", or may still move.")
	w.seen, w.err = nil, p.send(ctx)
	w.unsettled = w.unsettled || w.err != nil && !p.hcp.explain(w.err).Refused
	return w.err
}

// mayRepeat reads the channel before another write: the last one may have taken effect although its answer was lost,
// and where the channel has moved elsewhere, another one would undo that. What cannot be read is left to settle.
func (p *promotion) mayRepeat(ctx context.Context, w *written) bool {
	now, _, err := p.look(ctx)
	if err != nil {
		return false
	}
	w.seen = &now
	return p.hasStayed(now)
}

// send sends one write. It ends while a quarter of the timeout is left.
func (p *promotion) send(ctx context.Context) error {
	end, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(ctx, end.Add(-p.HCP.Timeout/4))
	defer cancel()
	write := p.hcp.assign
	if !p.exists {
		write = p.hcp.create
	}
	return write(ctx, p.session, p.Query.Bucket, p.Channel, p.page.Iteration.Fingerprint)
}

// hasStayed is whether the channel points at what it did before.
func (p *promotion) hasStayed(now registry.Channel) bool {
	before := p.page.Previous
	if now.Iteration == nil || before == nil {
		return now.Iteration == before // a channel that was made meanwhile, and points at nothing, is as none
	}
	return now.Iteration.ID == before.ID
}

func (p *promotion) settle(ctx context.Context, w written) error {
	now, err := p.lookAfter(ctx, w)
	switch {
	case err != nil:
		return err
	case p.isThere(now.Iteration):
		return p.arrive(ctx, now, w)
	case p.hasStayed(now) && w.failure != nil:
		return fullAccount{p.notMoved(now, w)}
	default:
		return fullAccount{p.notThere(now, w)}
	}
}

// lookAfter reads the channel after the last write, unless that was done. Where it has not moved although HCP
// said so it is given a little time.
func (p *promotion) lookAfter(ctx context.Context, w written) (registry.Channel, error) {
	if w.seen != nil {
		return *w.seen, nil
	}
	now, _, err := p.look(ctx)
	if err != nil || w.failure != nil || !p.hasStayed(now) {
		return now, err
	}
	end, _ := ctx.Deadline()
	select {
	case <-time.After(min(settlePause, time.Until(end)/2)):
	case <-ctx.Done():
	}
	now, _, err = p.look(ctx)
	return now, err
}

// arrive is what is left to do once the channel points at the iteration: the gate must still pass that.
func (p *promotion) arrive(ctx context.Context, now registry.Channel, w written) error {
	p.page.Changed, p.page.ChannelID = true, now.ID
	p.step.sayOnFailure(p.moves("has moved") + ".")
	if w.failure != nil {
		p.page.Unconfirmed = w.failure.Says
	}
	decision, err := p.recheck(ctx, now.Iteration)
	if err != nil {
		return err
	}
	reason := decision.Refusal()
	if reason == nil {
		return p.checkOverwritten(ctx)
	}
	back := ""
	if p.page.Previous != nil {
		back = fmt.Sprintf(", or back to %s with allow-older", p.page.Previous.Version())
	}
	return fullAccount{problem.New(problem.ChannelMoved, "%s, which %s. Move it to another iteration%s.", p.moves("has moved"), reason.Clause, back)}
}

// checkOverwritten fails where the move has undone that of another to a newer iteration, which nothing else tells. A
// history that cannot be read changes nothing.
func (p *promotion) checkOverwritten(ctx context.Context) error {
	if p.AllowOlder {
		return nil
	}
	ctx, done := aside(hcp.Once(ctx))
	defer done()
	newer, err := gate.Overwritten(p.hcp.history(ctx, p.session, p.Query.Bucket, p.Channel), p.page.Iteration, p.page.Previous, p.step.Now())
	if err != nil || newer == nil {
		return nil
	}
	return fullAccount{problem.New(problem.ChannelMoved, "%s, and that undid the move of somebody else to the newer iteration %s meanwhile. "+
		"Promote %[2]s again if it is to stay. Have the workflow run one promotion of a channel at a time, with concurrency.",
		p.moves("has moved"), newer.Version())}
}

func (p *promotion) moves(verb string) string {
	from := ""
	if p.page.Previous != nil {
		from = " from iteration " + p.page.Previous.Version()
	}
	return fmt.Sprintf("%s %s%s to iteration %s", p.subject(), verb, from, p.page.Iteration.Version())
}

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

func (p *promotion) notMoved(now registry.Channel, w written) *problem.Problem {
	f, later := w.failure, ""
	if w.unsettled {
		later = fmt.Sprintf(", and may still move to %s unless it did and was moved back", p.page.Iteration.Version())
	}
	return problem.New(f.Title, "%s could not be moved to iteration %s: %s. It still %s%s. %s.",
		p.subject(), p.page.Iteration.Version(), f.Says, place(now), later, p.advice(f.Title))
}

func (p *promotion) advice(title problem.Title) string {
	switch title {
	case problem.NotAuthenticated:
		return "HCP had accepted the access token before: run the job again, and if that fails as well, check that the service principal and its key still exist"
	case problem.PermissionDenied:
		return "Moving a channel needs the contributor role: grant it to the service principal on the bucket or on project " + p.page.ProjectID
	case problem.RegistryDeactivated:
		return "Ask an administrator of project " + p.page.ProjectID + " to activate its HCP Packer registry"
	case problem.PromotionRefused:
		return "Correct what HCP objects to, or promote another iteration"
	case problem.HCPUnavailable:
		return "Try again later, or raise timeout"
	default:
		return "Run the job again; if the problem persists, report it to the action's maintainers"
	}
}

// notThere is the problem of a channel that does not point at the iteration after the writes, whatever HCP said.
func (p *promotion) notThere(now registry.Channel, w written) *problem.Problem {
	const once = "Have the workflow run one promotion of a channel at a time, with concurrency."
	version, subject := p.page.Iteration.Version(), p.subject()
	switch {
	case w.failure == nil && p.hasStayed(now):
		return problem.New(problem.ChannelMoved, "HCP answered that it moved %s to iteration %s, but the channel still %s. "+
			"It may still move, unless somebody else moved it back, or HCP did because %s was revoked. "+
			"Look at the channel in the HCP portal, and run the job again.", strings.Replace(subject, "C", "c", 1), version, place(now), version)
	case w.failure == nil:
		return problem.New(problem.ChannelMoved, "%s has moved to iteration %s, and now it %s: somebody else moved it as well, or HCP did because %s was revoked. %s",
			subject, version, place(now), version, once)
	case w.unsettled:
		return problem.New(problem.ChannelMoved, "%s %s now, and not at iteration %s: somebody else moved it, or HCP did because %s was revoked, while this move failed (%s). "+
			"It may still move to iteration %s. %s", subject, place(now), version, version, w.failure.Says, version, once)
	default:
		return problem.New(problem.ChannelMoved, "%s %s now, and not at iteration %s: somebody else moved it, while this move failed (%s). %s",
			subject, place(now), version, w.failure.Says, once)
	}
}
