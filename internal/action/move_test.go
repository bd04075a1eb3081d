package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// plot is a promotion, and what goes wrong with each of its requests, by number.
type plot struct {
	has string // what the channel points at: "6", "8", "" for nothing, or "absent"
	// before is what it pointed at before, the newest first.
	before []string
	// summary is whether the list of channels leaves out the status of iterations.
	summary bool
	// expires is after how long v8's revocation comes into force, 0 where none is scheduled.
	expires time.Duration
	more    func(in *inputs.Promote)
	faults  map[int]trouble
}

// trouble is what goes wrong with one request.
type trouble struct {
	name string
	// before happens to the registry before the request is handled, and after once it is answered.
	before, after func(r *rehearsal)
	// takes is how long it takes.
	takes time.Duration
	// lost is whether a write has no effect, and late whether it has it only with the request after the next.
	lost, late bool
	// err is the answer, nil for the normal one; the request of one that hangs has none.
	err   error
	hangs bool
}

// answerError is an answer that is an error.
type answerError struct {
	transient bool
	failure   hcp.Failure
}

func (e answerError) Error() string { return e.failure.Says }

var (
	unavailable = answerError{true, hcp.Failure{Title: problem.HCPUnavailable, Says: "HCP answered 503"}}
	odd         = answerError{false, hcp.Failure{Title: problem.UnexpectedResponse, Says: "HCP answered with a redirect (302)"}}
	refusedByIt = answerError{false, hcp.Failure{Title: problem.PromotionRefused, Says: "HCP answered 409", Refused: true}}
)

func elsewhere(r *rehearsal)   { r.moveTo("7") }
func newer(r *rehearsal)       { r.moveTo("9") }
func revoke(r *rehearsal)      { r.revoked = true }
func stop(r *rehearsal)        { r.cancel() }
func moveAndStop(r *rehearsal) { r.moveTo("8"); r.cancel() }

// troubles are all that can go wrong with a request of a kind.
func troubles(kind string) []trouble {
	list := []trouble{
		{name: "signal", before: stop},
		{name: "signal right after", after: stop},
		{name: "slow", takes: testTimeout / 3},
		{name: "others move it", before: elsewhere},
		{name: "others move it to a newer one", before: newer},
		{name: "revoked", before: revoke},
	}
	if kind != "write" {
		return append(list, trouble{name: "fails", err: problem.New(problem.HCPUnavailable, "It could not be read: HCP answered 503.")})
	}
	for _, err := range []error{unavailable, odd, refusedByIt} {
		list = append(list,
			trouble{name: err.Error() + ", with effect", err: err},
			trouble{name: err.Error() + ", without effect", err: err, lost: true},
			trouble{name: err.Error() + ", with effect later", err: err, late: true})
	}
	return append(list,
		trouble{name: "signal, with effect", before: moveAndStop},
		trouble{name: "200, without effect", lost: true},
		trouble{name: "200, with effect later", late: true},
		trouble{name: "no answer, with effect", hangs: true},
		trouble{name: "no answer, without effect", hangs: true, lost: true})
}

// rehearsal is a run of a plot, and stands for HCP.
type rehearsal struct {
	plot
	cancel context.CancelFunc
	began  time.Time

	had     string   // what the channel pointed at when it was read first, in brackets
	points  string   // what the channel points at, as [plot.has]
	revoked bool     // whether v8 is, whatever the time
	past    []string // what it pointed at, the newest first
	coming  int      // with which request from now on a write takes effect, 0 for none

	title       problem.Title // of the failure
	unconfirmed bool          // whether the page says that HCP did not confirm the move
	wrong       []string      // what does not hold

	requests []string
	tooMany  string          // why a write that was sent should not have been
	sent     []time.Duration // when each write was sent
	bounds   []time.Duration // when each would end
	// looked is what the channel pointed at when it was read last, and wasRevoked whether v8 was revoked when its
	// status was.
	looked     string
	wasRevoked bool
	unread     bool   // whether it could not be read when it was last tried, nor its iteration
	seen       bool   // whether a list had the channel at v8
	overwrote  bool   // whether the move to v8 has undone one to v9
	told       bool   // whether the history was read, and had the move to v8 as the newest
	unsettled  bool   // whether a write was sent that was neither confirmed nor refused
	ended      string // why nothing may be written any more, empty while something may
}

const testTimeout = time.Minute

// meet is what goes wrong with the next request, which is of the kind.
func (r *rehearsal) meet(ctx context.Context, kind string) trouble {
	if r.coming > 0 {
		if r.coming--; r.coming == 0 {
			r.moveTo("8")
		}
	}
	trouble := r.faults[len(r.requests)]
	r.requests = append(r.requests, kind)
	if trouble.before != nil {
		trouble.before(r)
	}
	sleep(ctx, trouble.takes)
	if ctx.Err() != nil {
		r.end("it was told to stop")
		trouble.err, trouble.lost = problem.New(problem.HCPUnavailable, "It could not be read within the timeout of 1m."), true
	}
	return trouble
}

// after is what happens once the last request is answered.
func (r *rehearsal) after() {
	if after := r.faults[len(r.requests)-1].after; after != nil {
		after(r)
		r.end("it was told to stop")
	}
}

// end has every write from now on be one too many.
func (r *rehearsal) end(why string) {
	r.ended = cmp.Or(r.ended, why)
}

func (r *rehearsal) iteration(version string) *registry.Iteration {
	n := int64(version[0] - '0')
	it := &registry.Iteration{Bucket: "golden", ID: "id-" + version, Name: "v" + version, Number: &n, Fingerprint: "f" + version, Status: registry.Active}
	if version == "8" && r.revoked {
		it.Status = registry.Revoked
	}
	if version == "8" && r.expires > 0 {
		it.RevokeAt = registry.At(r.began.Add(r.expires))
	}
	return it
}

// hasExpired is whether v8's revocation has come into force, and isRevoked whether it is revoked by that or otherwise.
func (r *rehearsal) hasExpired() bool { return r.expires > 0 && time.Since(r.began) >= r.expires }
func (r *rehearsal) isRevoked() bool  { return r.revoked || r.hasExpired() }

// moveTo has the channel point at a version, and the history tell.
func (r *rehearsal) moveTo(version string) {
	if r.points != version {
		r.overwrote = r.overwrote || version == "8" && r.points == "9" && r.had != "[9]"
		r.points, r.past = version, append([]string{version}, r.past...)
	}
}

func (r *rehearsal) history(ctx context.Context, _ *hcp.Session, _, _ string) gate.History {
	return func(yield func(registry.Assignment, error) bool) {
		trouble := r.meet(ctx, "history")
		if trouble.err != nil {
			yield(registry.Assignment{}, trouble.err)
			return
		}
		r.told = len(r.past) > 0 && r.past[0] == "8"
		defer r.after()
		for _, version := range r.past {
			if !yield(registry.Assignment{Iteration: r.iteration(version)}, nil) {
				return
			}
		}
	}
}

func (r *rehearsal) find(ctx context.Context, _ registry.Query) (gate.Decision, error) {
	if trouble := r.meet(ctx, "find"); trouble.err != nil {
		r.end("the iteration could not be read")
		return gate.Decision{}, trouble.err
	}
	defer r.after()
	it := r.iteration("8")
	decision := gate.Decide(it, gate.Policy{FailOn: gate.FailOnRevoked}, time.Now())
	if decision.Refusal() != nil {
		r.end("the iteration is revoked")
	}
	return decision, nil
}

func (r *rehearsal) again(ctx context.Context, _ *hcp.Session, _ registry.APIVersion, _ *registry.Iteration) (*registry.Iteration, error) {
	if trouble := r.meet(ctx, "again"); trouble.err != nil {
		r.unread = true
		return nil, trouble.err
	}
	r.wasRevoked = r.isRevoked()
	return r.iteration("8"), nil
}

func (r *rehearsal) list(ctx context.Context, _ *hcp.Session, _ string) ([]registry.Channel, error) {
	if trouble := r.meet(ctx, "list"); trouble.err != nil {
		r.end("the channel could not be read")
		r.unread = true
		return nil, trouble.err
	}
	defer r.after()
	if r.had == "" {
		r.had = "[" + r.points + "]"
	}
	if r.had != "["+r.points+"]" {
		r.end("the channel moved")
	}
	c := registry.Channel{ID: "id", Name: "production"}
	switch r.points {
	case "absent":
		return nil, nil
	case "":
	default:
		c.Iteration = r.iteration(r.points)
		if r.summary {
			c.Iteration.Status = registry.Unknown
		}
	}
	r.seen = r.seen || r.points == "8"
	r.looked, r.wasRevoked, r.unread = r.points, r.isRevoked(), false
	return []registry.Channel{{Name: "dev"}, c}, nil
}

func (r *rehearsal) write(ctx context.Context, _ *hcp.Session, _, _, _ string) error {
	if r.hasExpired() {
		r.end("the revocation has come into force")
	}
	r.tooMany = cmp.Or(r.tooMany, r.ended)
	end, _ := ctx.Deadline()
	r.sent, r.bounds = append(r.sent, time.Since(r.began)), append(r.bounds, end.Sub(r.began))
	trouble := r.meet(ctx, "write")
	defer r.after()
	switch {
	case trouble.lost:
	case trouble.late:
		r.coming = 2
	default:
		r.moveTo("8")
	}
	if trouble.hangs {
		select {
		case <-ctx.Done():
		case <-time.After(testTimeout / 4):
		}
		trouble.err = unavailable
	}
	answer := answerError{}
	isAnswer := errors.As(trouble.err, &answer)
	if !isAnswer || !answer.transient {
		r.end("HCP answered for good")
	}
	r.unsettled = r.unsettled || isAnswer && !answer.failure.Refused
	return trouble.err
}

// retry is what [hcp.Session.Retry] does, without chance.
func retry(ctx context.Context, try func() error) error {
	for wait := time.Second / 2; ; wait *= 2 {
		err := try()
		answer := answerError{}
		end, _ := ctx.Deadline()
		if !errors.As(err, &answer) || !answer.transient || time.Until(end) < wait {
			return err
		}
		if sleep(ctx, wait); ctx.Err() != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func explainAnswer(err error) hcp.Failure {
	if answer := (answerError{}); errors.As(err, &answer) {
		return answer.failure
	}
	return hcp.Failure{Title: problem.HCPUnavailable, Says: "there was no time for it"}
}

// rehearse runs a plot, in a bubble of [synctest], and finds what must hold whatever goes wrong and does not.
func rehearse(ctx context.Context, p plot) *rehearsal {
	r := &rehearsal{plot: p, points: p.has, past: p.before, began: time.Now()}
	if p.has != "" && p.has != "absent" {
		r.past = append([]string{p.has}, p.before...)
	}
	ctx, r.cancel = context.WithTimeout(ctx, testTimeout)
	defer r.cancel()
	in := inputs.Promote{Query: registry.Query{Bucket: "golden", Fingerprint: "f8"}, Channel: "production"}
	in.HCP.Timeout = testTimeout
	if p.more != nil {
		p.more(&in)
	}
	s := &step{Action: Action{Now: time.Now}}
	promotion := &promotion{
		Promote: in,
		page:    pages.Promotion{Bucket: "golden", Channel: "production"},
		hcp:     requests{r.find, r.again, r.list, r.history, r.write, r.write, retry, explainAnswer},
		checker: checker{step: s},
	}
	err := promotion.run(ctx)
	r.check(in, promotion.page, s.explain(ctx, err))
	if took := time.Since(r.began); took > testTimeout {
		r.errorf("it took %s", took)
	}
	return r
}

func (r *rehearsal) errorf(format string, operands ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf(format, operands...))
}

func (r *rehearsal) check(in inputs.Promote, page pages.Promotion, failure *problem.Problem) {
	passes := failure == nil
	for i, at := range r.sent {
		if at > testTimeout/2 || r.bounds[i] > testTimeout*3/4 {
			r.errorf("a write is sent after %s, and ends after %s", at, r.bounds[i])
		}
	}
	if r.tooMany != "" {
		r.errorf("there is a write although %s", r.tooMany)
	}
	kinds := strings.Join(r.requests, " ")
	if strings.Contains(kinds, "write write") {
		r.errorf("a write is repeated blindly")
	}
	if writes := len(r.sent); writes > 0 && (in.DryRun || r.had == "[8]" || r.had == "[9]" && !in.AllowOlder && !in.Previous || r.had == "[absent]" && !in.CreateChannel) {
		r.errorf("got %d writes where there should be none", writes)
	}
	switch {
	case in.DryRun:
	case passes && (r.looked != "8" || r.wasRevoked):
		r.errorf("it passes, and the channel pointed at %q, revoked: %t", r.looked, r.wasRevoked)
	case page.Changed && (r.had == "[8]" || !r.seen || len(r.sent) == 0):
		r.errorf("changed is true of a channel that was not seen to have moved")
	case passes && page.Changed && r.overwrote && r.told && !in.AllowOlder:
		r.errorf("it passes, and has undone another move to a newer iteration")
	case passes && page.Changed != (r.had != "[8]"):
		r.errorf("it passes with changed %t", page.Changed)
	case !passes && page.Changed && !strings.Contains(failure.Message, "has moved"):
		r.errorf("the message does not say that the channel has moved: %s", failure.Message)
	case !passes && len(r.sent) > 0 && !r.tells(failure):
		r.errorf("the message does not say what becomes of the channel: %s", failure.Message)
	}
	if !passes && len(r.sent) > 0 && r.looked == "8" && !r.wasRevoked && failure.Title != problem.Cancelled && !r.unread && !r.overwrote {
		r.errorf("the channel points at the iteration, and it fails: %v", failure)
	}
	if !passes && r.unsettled && !page.Changed && failure.Title != problem.ChannelMoved && !strings.Contains(failure.Message, "may still move") {
		r.errorf("the message does not say that the channel may still move: %s", failure.Message)
	}
	if failure != nil {
		if n := strings.Count(failure.Message+" ", ". "); n > 3 {
			r.errorf("got %d sentences: %s", n, failure.Message)
		}
		r.title = failure.Title
	}
	r.unconfirmed = page.Unconfirmed != ""
}

// tells is whether a message says that the channel has moved, may still move, or still points at what it did.
func (r *rehearsal) tells(failure *problem.Problem) bool {
	return strings.Contains(failure.Message, "iteration v8") && slices.ContainsFunc([]string{
		"has moved", "may have moved", "may still move", "still points at", "still does not exist", "now",
	}, func(words string) bool { return strings.Contains(failure.Message, words) })
}

// explore runs a plot, and again with one trouble more at each request behind those it has, and counts the runs.
func explore(t *testing.T, p plot, from, more int) (runs int) {
	r := rehearse(t.Context(), p)
	if r.wrong != nil {
		var names []string
		for _, at := range slices.Sorted(maps.Keys(p.faults)) {
			names = append(names, fmt.Sprintf("request %d: %s", at, p.faults[at].name))
		}
		t.Fatalf("with %s:\n%s", strings.Join(names, ", "), strings.Join(r.wrong, "\n"))
	}
	runs = 1
	for at := from; more > 0 && at < len(r.requests); at++ {
		for _, trouble := range troubles(r.requests[at]) {
			next := p
			next.faults = maps.Clone(p.faults)
			next.faults[at] = trouble
			runs += explore(t, next, at+1, more-1)
		}
	}
	return runs
}

// TestPromotionWhateverGoesWrong has every sequence of up to three troubles, at each of a promotion's requests, or up to
// two where the first two of a write are what matters.
func TestPromotionWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		plot     plot
		troubles int
	}{
		"moved":      {plot{has: "6"}, 3},
		"summary":    {plot{has: "6", summary: true}, 3},
		"expiring":   {plot{has: "6", expires: testTimeout / 6}, 3},
		"previous":   {plot{has: "9", before: []string{"8"}, more: func(in *inputs.Promote) { in.Previous = true }}, 3},
		"there":      {plot{has: "8"}, 3},
		"unassigned": {plot{has: ""}, 2},
		"created":    {plot{has: "absent", more: func(in *inputs.Promote) { in.CreateChannel = true }}, 2},
		"rollback":   {plot{has: "9", more: func(in *inputs.Promote) { in.AllowOlder = true }}, 2},
		"older":      {plot{has: "9"}, 2},
		"missing":    {plot{has: "absent"}, 2},
		"dry_run":    {plot{has: "6", more: func(in *inputs.Promote) { in.DryRun = true }}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.plot.faults = map[int]trouble{}
			synctest.Test(t, func(t *testing.T) { t.Logf("%d runs", explore(t, tc.plot, 0, tc.troubles)) })
		})
	}
}

// everyWrite has each of a promotion's writes meet the same.
func everyWrite(t trouble) map[int]trouble {
	faults := map[int]trouble{}
	for at := 2; at < 100; at += 2 {
		faults[at] = t
	}
	return faults
}

// TestPromotionAsks looks at the requests, and at how it ends.
func TestPromotionAsks(t *testing.T) {
	t.Parallel()
	write := func(name string) trouble {
		for _, trouble := range troubles("write") {
			if trouble.name == name {
				return trouble
			}
		}
		t.Fatalf("there is no trouble %q", name)
		return trouble{}
	}
	create := func(in *inputs.Promote) { in.CreateChannel = true }
	older := func(in *inputs.Promote) { in.AllowOlder = true }
	previous := func(in *inputs.Promote) { in.Previous = true }
	for name, tc := range map[string]struct {
		plot        plot
		asks        string
		title       problem.Title
		unconfirmed bool
	}{
		"moved":                  {plot{has: "6"}, "find list write list history", "", false},
		"summary":                {plot{has: "6", summary: true}, "find list write list again history", "", false},
		"no_answer":              {plot{has: "6", faults: map[int]trouble{2: write("no answer, with effect")}}, "find list write list history", "", true},
		"never_an_answer":        {plot{has: "6", faults: everyWrite(write("HCP answered 503, without effect"))}, "find list" + strings.Repeat(" write list", 6), problem.HCPUnavailable, false},
		"refused_creation":       {plot{has: "absent", more: create, faults: map[int]trouble{2: write("HCP answered 409, with effect")}}, "find list write list history", "", true},
		"confirmed_late_effect":  {plot{has: "6", faults: map[int]trouble{2: write("200, with effect later")}}, "find list write list list history", "", false},
		"overwritten_unread":     {plot{has: "6", faults: map[int]trouble{2: {before: newer}, 4: {err: unavailable}}}, "find list write list history", "", false},
		"overwritten_allowed":    {plot{has: "6", more: older, faults: map[int]trouble{2: {before: newer}}}, "find list write list", "", false},
		"history_hangs":          {plot{has: "6", faults: map[int]trouble{4: {takes: testTimeout}}}, "find list write list history", "", false},
		"previous":               {plot{has: "9", before: []string{"8"}, more: previous}, "list history find write list history", "", false},
		"previous_is_another":    {plot{has: "7", before: []string{"9", "8"}, more: previous}, "list history find", problem.UnexpectedResponse, false},
		"previous_of_nothing":    {plot{has: "", before: []string{"8"}, more: previous}, "list history find write list history", "", false},
		"previous_revoked":       {plot{has: "9", before: []string{"8"}, more: previous, faults: map[int]trouble{1: {before: revoke}}}, "list history", problem.NoEarlierIteration, false},
		"previous_of_a_lost":     {plot{has: "absent", more: previous}, "list", problem.NotFound, false},
		"expired_before":         {plot{has: "6", expires: 10 * time.Second, faults: map[int]trouble{1: {takes: testTimeout / 3}}}, "find list", problem.ImageRevoked, false},
		"expired_while_it_tries": {plot{has: "6", expires: 10 * time.Second, faults: map[int]trouble{2: write("HCP answered 503, without effect"), 3: {takes: testTimeout / 3}}}, "find list write list", problem.ImageRevoked, false},
		"expired_once_moved":     {plot{has: "6", expires: 10 * time.Second, faults: map[int]trouble{3: {takes: testTimeout / 3}}}, "find list write list", problem.ChannelMoved, false},
		"expired_while_it_waits": {plot{has: "6", expires: 1200 * time.Millisecond, faults: everyWrite(write("HCP answered 503, without effect"))}, "find list write list write list", problem.ImageRevoked, false},
		"stopped_before":         {plot{has: "6", faults: map[int]trouble{1: {after: stop}}}, "find list", problem.Cancelled, false},
		"stopped_while_it_moves": {plot{has: "6", faults: map[int]trouble{2: write("signal, with effect")}}, "find list write list", problem.Cancelled, false},
		"half_of_the_time_over":  {plot{has: "6", faults: map[int]trouble{0: {takes: testTimeout/2 + time.Second}}}, "find list", problem.HCPUnavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r *rehearsal
			synctest.Test(t, func(t *testing.T) { r = rehearse(t.Context(), tc.plot) })
			if r.wrong != nil {
				t.Error(strings.Join(r.wrong, "\n"))
			}
			if asks := strings.Join(r.requests, " "); asks != tc.asks || r.title != tc.title || r.unconfirmed != tc.unconfirmed {
				t.Errorf("got %q, %q, unconfirmed %t, want %q, %q, unconfirmed %t", asks, r.title, r.unconfirmed, tc.asks, tc.title, tc.unconfirmed)
			}
		})
	}
}
