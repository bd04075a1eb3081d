// Package action is the steps from start to end. Each action is one file that reads like a run: inputs,
// session, what the registry says, verdict, page. What all of them do around that is in this one.
package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
)

// Action is the step's surroundings.
type Action struct {
	// LookupEnv reads the step's environment.
	LookupEnv func(string) (string, bool)
	// Stdout is the step's log, which the runner searches for commands.
	Stdout io.Writer
	// Now is the clock by which revocations come into force.
	Now func() time.Time
}

// task is one action, its inputs read.
type task struct {
	inputs.Common
	// page is what there is to show before the work begins.
	page pages.Page
	// work finds out. What it returns with an error is what it found until then.
	work func(ctx context.Context, s *step) (pages.Page, error)
	// clear, if there is one, removes what work leaves for later steps: before it, with no problem, also where the inputs
	// are invalid, and once the step has failed.
	clear func(s *step, failure *problem.Problem) error
}

// actions are the actions by their argument, as their metadata gives it. The task of inputs that are
// invalid has no work to do.
func actions() map[string]func(lookup func(string) (string, bool)) (task, error) {
	return map[string]func(func(string) (string, bool)) (task, error){
		"":        resolve,
		"audit":   audit,
		"promote": promote,
		"verify":  verify,
	}
}

// Main runs the step of the action that the arguments name and tells whether it passes. It ends when ctx
// does, as a step that was cancelled.
func (a Action) Main(ctx context.Context, args []string) (passes bool) {
	t, err := a.task(args)
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(t.HCP.Timeout, time.Minute))
	defer cancel()
	s := &step{task: t, Action: a, out: report.New(a.Stdout, a.getenv)}
	return s.run(ctx, err)
}

// task reads the inputs of the action that the arguments name, which is the main action where there are none.
func (a Action) task(args []string) (task, error) {
	name := strings.Join(args, " ")
	if read, known := actions()[name]; known && (name != "" || len(args) == 0) {
		return read(a.LookupEnv)
	}
	names := slices.Sorted(maps.Keys(actions()))
	return task{Common: inputs.Common{JobSummary: true}, page: pages.Resolution{}}, problem.New(problem.InvalidInput, "There is no action %s. "+
		"Run the container with the argument %s, or without one for the main action.", problem.Quote(name), strings.Join(names[1:], " or "))
}

func (a Action) getenv(name string) string {
	value, _ := a.LookupEnv(name)
	return value
}

type step struct {
	task
	Action
	out *report.Reporter

	// changes is what every failure is to say of what the step has changed, see [step.sayOnFailure].
	changes atomic.Pointer[string]
}

// sayOnFailure has every failure from now on say, in a sentence, what the step has changed or may have, one that cuts
// the work short as well, but for a [fullAccount]. An empty sentence takes that back.
func (s *step) sayOnFailure(sentence string) { s.changes.Store(&sentence) }

// outcome is what a step ends with: a page in the form in which it passes or, with a failure, fails.
type outcome struct {
	page    pages.Page
	form    pages.Form
	failure *problem.Problem
}

func (s *step) run(ctx context.Context, invalid error) (passes bool) {
	s.out.Mask(s.HCP.Credentials.ClientSecret)
	if s.clear != nil {
		invalid = cmp.Or(invalid, s.clear(s, nil))
	}
	if invalid != nil {
		return s.publish(ctx, s.conclude(ctx, s.page, invalid))
	}
	if s.HCP.Endpoints.Unverified() {
		s.out.Warning("TLS verification is off", "HCP_API_TLS or HCP_AUTH_TLS switches it off, "+
			"so that anyone on the network could read the credentials or answer in HCP's place. Use them for development only.")
	}
	return s.publish(ctx, s.workWithin(ctx))
}

// patience is how long is waited for what is to end with its context, since it knows best what it was at.
const patience = 300 * time.Millisecond

// workWithin does the work, which is left behind where it goes on for longer than the step has time.
func (s *step) workWithin(ctx context.Context) outcome {
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		err := recoverPanic(func() error {
			page, err := s.work(ctx, s)
			o = s.conclude(ctx, cmp.Or(page, s.page), err)
			return nil
		})
		if err != nil {
			o = s.conclude(ctx, s.page, err)
		}
		done <- o
	}()
	over := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, func() { close(over) }) })
	select {
	case o := <-done:
		return o
	case <-over:
		return s.conclude(ctx, s.page, s.outOfTime())
	}
}

// conclude makes the outcome of a page and of the error that fails the step, if one does. A step that has no time left
// fails.
func (s *step) conclude(ctx context.Context, page pages.Page, err error) outcome {
	failure := s.explain(ctx, err)
	form := page.Form(failure)
	if failure == nil && ctx.Err() != nil {
		return s.conclude(ctx, page, s.outOfTime())
	}
	return outcome{page, form, failure}
}

func (s *step) outOfTime() error {
	return problem.New(problem.HCPUnavailable, "The step was not done within the timeout of %s. Raise timeout, or ask for less.",
		problem.Duration(s.HCP.Timeout))
}

func (s *step) login(ctx context.Context) (*hcp.Session, error) {
	return hcp.Login(ctx, s.HCP, hcp.Job{Mask: s.out.Mask, Getenv: s.getenv, Log: s.out.Log})
}

// workspace is the folder that the runner mounts the job's checkout at.
func (s *step) workspace() string { return cmp.Or(s.getenv("GITHUB_WORKSPACE"), ".") }

func (s *step) publish(ctx context.Context, o outcome) (passes bool) {
	s.out.Annotate(o.form.Notes, o.failure)
	err := s.out.Publish(o.form, o.failure, s.JobSummary)
	if err != nil && o.failure == nil {
		o = s.conclude(ctx, o.page, err)
		err = s.out.Publish(o.form, o.failure, s.JobSummary)
	}
	if o.failure == nil {
		return true
	}
	if s.clear != nil {
		err = cmp.Or(err, s.clear(s, o.failure))
	}
	if p := (*problem.Problem)(nil); errors.As(err, &p) && p.Title != o.failure.Title {
		s.out.Warning(string(p.Title), p.Message)
	}
	s.out.Error(o.failure)
	return false
}

func recoverPanic(run func() error) (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("panic: %v", defect)
		}
	}()
	return run()
}

// explain makes the problem to show of an error, with what the step has changed.
func (s *step) explain(ctx context.Context, err error) *problem.Problem {
	p := s.reason(ctx, err)
	full, _ := errors.AsType[fullAccount](err)
	if changes := s.changes.Load(); p != nil && changes != nil && *changes != "" && full.Problem != p {
		return problem.New(p.Title, "%s %s", p.Message, *changes)
	}
	return p
}

// fullAccount is a problem that itself says what the step has changed.
type fullAccount struct{ *problem.Problem }

func (e fullAccount) Unwrap() error { return e.Problem }

// reason is the problem of an error. Being cancelled comes before whatever that broke, and what is no problem
// is a bug.
func (s *step) reason(ctx context.Context, err error) *problem.Problem {
	var known *problem.Problem
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return problem.New(problem.Cancelled, "The step was cancelled before it was done. Run the job again.")
	case errors.As(err, &known):
		return known
	default:
		s.out.Log("bug: " + problem.Clean(err.Error()))
		return problem.New(problem.InternalError, "The action failed because of a bug, so nothing was approved. "+
			"Report it to the action's maintainers, with the log of this step.")
	}
}

// atOnce is how many requests a step has under way.
const atOnce = 8

// eachAtOnce asks about each item, several at a time, and gives the answers in the items' order. The first
// error ends it.
func eachAtOnce[T, A any](ctx context.Context, items []T, ask func(ctx context.Context, item T) (A, error)) ([]A, error) {
	answers := make([]A, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, item := range items {
		group.Go(func() error {
			return recoverPanic(func() (err error) {
				answers[i], err = ask(ctx, item)
				return err
			})
		})
	}
	return answers, group.Wait()
}

// readNew reads what is not known of the items yet, each once and several at a time.
func readNew[I any, K comparable, V any](ctx context.Context, known map[K]V, items []I, key func(I) K, read func(context.Context, I) (V, error)) error {
	var unread []I
	for _, item := range items {
		if _, found := known[key(item)]; !found {
			known[key(item)] = *new(V)
			unread = append(unread, item)
		}
	}
	answers, err := eachAtOnce(ctx, unread, read)
	for i, item := range unread {
		known[key(item)] = answers[i]
	}
	return err
}

// ownProblem is the problem of an error that concerns nothing but what was asked for, so that a step which asks for
// more goes on. Any other error is returned, and ends the step.
func ownProblem(err error) (own *problem.Problem, other error) {
	titles := []problem.Title{problem.NotFound, problem.NoIterationAssigned, problem.PermissionDenied, problem.UnexpectedResponse}
	if errors.As(err, &own) && slices.Contains(titles, own.Title) {
		return own, nil
	}
	return nil, err
}

// answer is what was asked for, or why nothing can be made of it.
type answer[T any] struct {
	value   T
	problem *problem.Problem
}

// answered is an answer, which the [ownProblem] of an error is too.
func answered[T any](value T, err error) (answer[T], error) {
	own, err := ownProblem(err)
	return answer[T]{value, own}, err
}
