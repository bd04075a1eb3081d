// Package action is the step from beginning to end: inputs, session, iteration, verdict, images,
// report.
package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/selection"
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

// Main runs the step of the action that the arguments name, as the action's metadata gives them: none
// for the main one, verify for the other.
func (a Action) Main(ctx context.Context, args []string) (passes bool) {
	if len(args) > 0 && args[0] == "verify" {
		return a.Verify(ctx)
	}
	return a.Run(ctx)
}

// Run runs the main action's step and tells whether it passes. It ends when ctx does, as a step that
// was cancelled.
func (a Action) Run(ctx context.Context) (passes bool) {
	out := report.New(a.Stdout, a.getenv)
	in, err := inputs.Read(a.LookupEnv)
	ctx, cancel := context.WithTimeout(ctx, in.Timeout)
	defer cancel()
	result := &report.Result{Asked: asked(in)}
	if err == nil {
		err = begin(in.Common, out, func() error { return a.resolve(ctx, in, out, result) })
	}
	return finish(ctx, err, in.Common, out, result, &result.Problem, func() { annotate(result, out) })
}

// begin does the work of a step.
func begin(in inputs.Common, out *report.Reporter, work func() error) error {
	out.Mask(in.Credentials.ClientSecret)
	warnOfEndpoints(in.Endpoints, out)
	return catch(work)
}

// finish reports what became of a step, and tells whether it passes. The problem is a part of the
// page.
func finish(ctx context.Context, err error, in inputs.Common, out *report.Reporter, page report.Page, p **problem.Problem, annotate func()) bool {
	out.Mask(in.Credentials.ClientSecret)
	*p = explain(ctx, err, out)
	publish := func() error {
		annotate()
		return out.Publish(page, in.JobSummary)
	}
	if err := patiently(ctx, publish); err != nil && *p == nil {
		// What was written by then says that the step passes. The last value of an output counts.
		*p = explain(ctx, err, out)
		_ = patiently(ctx, publish)
	}
	if *p != nil {
		out.Error(*p)
	}
	return *p == nil
}

// patience is what a report may take once the step is out of time, or told to stop.
const patience = 500 * time.Millisecond

// patiently reports, and gives up on a file that takes nothing, such as a pipe that nobody reads: the
// timeout ends a step whatever it is doing.
func patiently(ctx context.Context, publish func() error) error {
	done := make(chan error, 1)
	go func() { done <- catch(publish) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return problem.New(problem.CannotWriteOutputs, "The runner's files took nothing until the step's time was over. "+
			"Let GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name files.")
	}
}

// catch turns a panic into an error.
func catch(run func() error) (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("panic: %v", defect)
		}
	}()
	return run()
}

func (a Action) getenv(name string) string {
	value, _ := a.LookupEnv(name)
	return value
}

// resolve is the one flow. It notes in result what it finds, so that a failure can be told together
// with all that was known by then.
func (a Action) resolve(ctx context.Context, in *inputs.Inputs, out *report.Reporter, result *report.Result) error {
	session, err := hcp.Login(ctx, a.config(in.Common), a.job(out))
	if err != nil {
		return err
	}
	it, err := registry.Find(ctx, session, query(in))
	if err != nil {
		return err
	}
	result.Iteration = it
	result.OrganizationID, result.ProjectID = session.OrganizationID, session.ProjectID
	result.BucketURL = session.BucketURL(in.Bucket)

	result.Verdict = gate.Judge(it, policy(in.Common), a.Now())
	if result.Verdict.Refusal != nil {
		return result.Verdict.Refusal
	}
	result.Images, err = selection.Select(it.Builds, selectors(in))
	return err
}

// explain makes the problem to show of an error. Being told to stop comes before whatever that
// broke, and what is no problem is a defect.
func explain(ctx context.Context, err error, out *report.Reporter) *problem.Problem {
	var known *problem.Problem
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return problem.New(problem.Cancelled, "The step was told to stop before it knew whether the image may be used. Run the job again.")
	case errors.As(err, &known):
		return known
	default:
		out.Log("defect: " + problem.Clean(err.Error()))
		return problem.New(problem.InternalError, "The action met a defect of its own, and the image was not checked. "+
			"Report it to the action's maintainers, with the log of this step.")
	}
}

// annotate tells what the user should know besides a failure.
func annotate(result *report.Result, out *report.Reporter) {
	it := result.Iteration
	if it == nil {
		return
	}
	if it.Number == nil {
		out.Warning("Unusual version name", fmt.Sprintf("The version's name %s is not v and a number: incremental-version is empty.", problem.Quote(it.Name)))
	}
	if result.Problem != nil {
		return
	}
	if result.Verdict.Warning != "" {
		out.Warning(result.Verdict.WarningTitle(), result.Verdict.Warning)
	}
	if chosen := result.Chosen(); chosen != nil {
		out.Log(fmt.Sprintf("%s is %s, image %s", it, result.Verdict.Status, problem.Quote(chosen.ImageID)))
		return
	}
	if len(result.Images) == 0 {
		out.Notice("No image", fmt.Sprintf("The %s has no images of builds that are done: image-id is empty.", it))
		return
	}
	out.Notice("Several images", fmt.Sprintf("The %s has %d images and no selector is set: image-id is empty, and images lists them. "+
		"Set region, cloud-provider, component-type or labels to pick one.", it, len(result.Images)))
}

// warnOfEndpoints warns of a run whose token could be read by others.
func warnOfEndpoints(e hcp.Endpoints, out *report.Reporter) {
	if e.Unverified() {
		out.Warning("TLS verification is off", "HCP_API_TLS or HCP_AUTH_TLS switches it off, "+
			"so that anyone on the network could read the credentials or answer in HCP's place. Use them for development only.")
	}
}

func asked(in *inputs.Inputs) []report.Field {
	fields := []report.Field{
		{Name: "bucket", Value: in.Bucket},
		{Name: "channel", Value: in.Channel},
		{Name: "fingerprint", Value: in.Fingerprint},
		{Name: "region", Value: in.Region},
		{Name: "cloud-provider", Value: in.CloudProvider},
		{Name: "component-type", Value: in.ComponentType},
	}
	for _, label := range in.Labels {
		fields = append(fields, report.Field{Name: "label", Value: label.Key + "=" + label.Value})
	}
	return fields
}

func (a Action) config(in inputs.Common) hcp.Config {
	return hcp.Config{
		Credentials:    in.Credentials,
		OrganizationID: in.OrganizationID,
		ProjectID:      in.ProjectID,
		Geography:      in.Geography,
		Endpoints:      in.Endpoints,
		Timeout:        in.Timeout,
	}
}

func (a Action) job(out *report.Reporter) hcp.Job {
	return hcp.Job{Mask: out.Mask, Getenv: a.getenv, Log: out.Log}
}

func query(in *inputs.Inputs) registry.Query {
	return registry.Query{APIVersion: in.APIVersion, Bucket: in.Bucket, Channel: in.Channel, Fingerprint: in.Fingerprint}
}

func policy(in inputs.Common) gate.Policy {
	return gate.Policy{FailOn: gate.FailOn(in.FailOn), Horizon: in.RevocationHorizon}
}

func selectors(in *inputs.Inputs) selection.Selectors {
	s := selection.Selectors{Region: in.Region, CloudProvider: in.CloudProvider, ComponentType: in.ComponentType}
	for _, label := range in.Labels {
		s.Labels = append(s.Labels, selection.Label(label))
	}
	return s
}
