package hcp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"hcp-packer-iteration/internal/problem"
)

// The pauses between tries: the first, and the longest. They double, with half of each up to chance.
const (
	firstWait = 500 * time.Millisecond
	maxWait   = 10 * time.Second
)

// Once is a context whose requests are sent once: a transient fault is their error. It is for requests
// that change something, which [Session.Retry] repeats.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

type onceKey struct{}

// Retry calls try until it returns something else than the transient fault of a request that was sent
// [Once], with the pauses that lie between the tries of any other request: jittered ones that double, or
// what a Retry-After asks for, for as long as the next fits in what ctx has left. So try can look, before
// it repeats a request, at what became of the one before. The error is try's last, or tells how many
// tries there were.
func (s *Session) Retry(ctx context.Context, try func() error) error { return s.login.retry(ctx, try) }

// retry is [Session.Retry] before there is a session. Every try that is to be repeated is logged.
func (l *login) retry(ctx context.Context, try func() error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = firstWait, 2, maxWait
	// Every context here has a deadline: the step's timeout. And not 0, which would mean without end.
	deadline, _ := ctx.Deadline()
	remaining := max(time.Until(deadline), 1)
	var last error
	tries := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		tries++
		err := try()
		// A try that the timeout cut short says nothing that the one before it did not say better.
		if err != nil && (last == nil || ctx.Err() == nil) {
			last = err
		}
		if err != nil && passing(err) == nil {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(remaining), backoff.WithNotify(func(err error, wait time.Duration) {
		l.Log(fmt.Sprintf("%s, trying again in %s", passing(err), wait.Round(time.Millisecond)))
	}))
	if f := passing(last); err != nil && f != nil {
		return f.givenUp(tries, l.Timeout, ctx.Err() == nil)
	}
	return err
}

// passing is the failure in err that the next try may not meet, nil where it is of another kind.
func passing(err error) *failure {
	if f := (*failure)(nil); errors.As(err, &f) && f.passing {
		return f
	}
	return nil
}

// Unwrap tells the back-off how long the server asked to wait. Less than the shortest wait is left
// to the back-off: a server that says 0 is not to be asked in a tight loop.
func (f *failure) Unwrap() error {
	if f.wait < firstWait {
		return nil
	}
	return &backoff.RetryAfterError{Duration: f.wait}
}

// givenUp is the failure of a request after so many tries: the last one's, and what ended them. While there is time
// left, that is the wait which was asked for.
func (f *failure) givenUp(tries int, timeout time.Duration, timeLeft bool) *failure {
	end := fmt.Sprintf("the timeout of %s leaves no time for another", problem.Duration(timeout))
	if timeLeft && f.wait >= firstWait {
		end = fmt.Sprintf("it asked to wait %s, which does not fit in the timeout of %s", problem.Duration(f.wait), problem.Duration(timeout))
	}
	word := "tries"
	if tries == 1 {
		word = "try"
	}
	return unreachable(fmt.Sprintf("%s (%d %s), and %s", f.Says, tries, word, end), f.advice)
}
