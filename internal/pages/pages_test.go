package pages_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/selection"
	"hcp-packer-iteration/internal/verdict"
)

const portal = "https://portal.cloud.hashicorp.com/services/packer/buckets/ubuntu?project_id=p"

// written is what a runner gets of a report.
type written struct {
	log, summary string
	outputs      map[string]string
}

// publish reports a page as a step would, and reads it back as the runner does.
func publish(t *testing.T, page pages.Page, p *problem.Problem) written {
	t.Helper()
	runner, err := fakerunner.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	r, form := report.New(&log, getenv(runner.Environment())), page.Form(p)
	r.Annotate(form.Notes, p)
	if err := r.Publish(form, p, true); err != nil {
		t.Fatal(err)
	}
	w := written{log: log.String()}
	if w.outputs, err = runner.Outputs(); err != nil {
		t.Fatal(err)
	}
	if w.summary, err = runner.Summary(); err != nil {
		t.Fatal(err)
	}
	return w
}

func getenv(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// resolutionOf is a page in which every text that somebody else writes is the given one.
func resolutionOf(given string) pages.Resolution {
	n, at := int64(7), registry.At(time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC))
	labels := map[string]string{given: given, "key": given}
	id := given
	if id == "" { // an image without an id is never handed out
		id = "ami-1"
	}
	image := registry.Image{ID: given, ImageID: id, Region: given, CreatedAt: at}
	return pages.Resolution{
		Query: registry.Query{Bucket: "ubuntu"},
		Found: pages.Found{
			OrganizationID: "o",
			ProjectID:      "p",
			BucketURL:      portal,
			Decision: gate.Decision{
				Iteration: &registry.Iteration{
					Bucket: "ubuntu", Channel: "production", ChannelID: given, ID: given, Name: given, Number: &n,
					Fingerprint: given, CreatedAt: at, AuthorID: given, RevokeAt: at, RevocationAuthor: given, RevocationMessage: given,
					RevocationInheritedFrom: &registry.Ancestor{Bucket: given, IterationID: given, Fingerprint: given},
					Builds: []registry.Build{{
						ID: given, CloudProvider: given, ComponentType: given, Status: given, PackerRunUUID: given,
						Labels: labels, Images: []registry.Image{image},
					}},
				},
				Status:  registry.Revoked,
				Reasons: []gate.Reason{{Kind: gate.Revoked, Effect: gate.Warn, Clause: "is revoked because of " + problem.Quote(given)}},
			},
			Images: []selection.Image{{
				ImageID: id, Region: given, CloudProvider: given, ComponentType: given, BuildID: given, ID: given, Labels: labels,
			}},
		},
		RolledBackFrom: &registry.Assignment{Iteration: &registry.Iteration{ID: given, Fingerprint: given, RevocationAuthor: given, RevocationMessage: given}},
	}
}

// hostile is text that tries to do something in a runner's log, its files, or Markdown.
func hostile() []string {
	return []string{
		"", " ", "`", "``", "` `", " `x", "x` ", `\`, `\|`, `\\|`, "|", "||", "a|b",
		"a\nb", "a\r\nb", "a\rb", "\n", "\r", "a\n\nb",
		"::error::x", "\n::error::x", ":::x", "##[error]x", "###[error]x", "x ##[add-mask]us-east-1",
		"%0A::error::x", "%25", "a\n_GitHubActionsFileCommandDelimeter_\nimage-id=ami-evil",
		"a\nEOF\nimage-id=ami-evil", "image-id=ami-evil", "image-id<<EOF\nami-evil\nEOF",
		"[a](https://evil.example/)", "![a](https://evil.example/a.png)", "<https://evil.example/>",
		"https://evil.example/", "www.evil.example", "eve@evil.example", "@octocat", "#1",
		"<script>alert(1)</script>", "<!-- ", "-->", "<b>", "&lt;b&gt;", "&#124;",
		"# x", "- x", "> x", "---", "```", "~~~\nx\n~~~", "| a | b |\n| --- | --- |",
		"safe\u202egpj.exe\u202c", "\u2066x\u2069", "\u200b\ufeff\u2028\u2029", "\x1b[31mred\x07\x00", "\xff\xfe",
		`"},{"image_id":"ami-evil"`, "${{ secrets.X }}", "$(id)", "*x*", "_x_", "~x~",
	}
}

// FuzzReport has the hostile texts as its seeds.
func FuzzReport(f *testing.F) {
	for _, given := range hostile() {
		f.Add(given)
	}
	f.Fuzz(checkText)
}

// verificationOf is the same of the action verify, auditOf of audit, and promotionOf of promote.
func verificationOf(given string) *pages.Verification {
	place := imageids.Place{File: given, Line: 7, Address: given}
	return &pages.Verification{
		Unknown: verdict.Unknown{Places: []imageids.Place{place}},
		Verdicts: []verdict.Verdict{{
			Image:       imageids.Image{ID: given, Places: []imageids.Place{place, {File: given, Line: 8}}},
			Kind:        gate.Revoked,
			Effect:      gate.Fail,
			Match:       &registry.Match{Iteration: resolutionOf(given).Iteration, CloudProvider: given, Region: given},
			Clause:      "is revoked because of " + problem.Quote(given),
			Replacement: given,
		}},
	}
}

func auditOf(given string) pages.Audit {
	it := resolutionOf(given).Iteration
	it.Number = nil
	quoted := problem.Quote(given)
	return pages.Audit{
		Buckets: 2,
		Findings: []verdict.Finding{
			{Bucket: given, Channel: given, Kind: gate.RolledBack, Effect: gate.Fail, Decision: gate.Decision{Iteration: it}, RolledBackFrom: &registry.Assignment{Iteration: it}, Message: "It is revoked because of " + quoted + "."},
			{Bucket: given, Kind: verdict.Unreadable, Effect: gate.Fail, Message: "Bucket " + quoted + " could not be read."},
			{Bucket: given, Channel: given, Kind: verdict.Unassigned, Effect: gate.Warn, Message: "Channel " + quoted + " points at nothing."},
			{Bucket: given, Channel: given, Kind: verdict.OK, Effect: gate.Ignore, Decision: gate.Decision{Iteration: it}},
		},
		Unmatched: []string{"The input channels: " + quoted + " matches nothing."},
	}
}

func promotionOf(given string) pages.Promotion {
	found, before := resolutionOf(given).Found, *resolutionOf(given).Iteration
	found.Iteration.Number, before.Number, before.ID = nil, nil, "before"+given
	return pages.Promotion{
		Found: found, Bucket: "ubuntu", Channel: "production",
		ChannelID: given, Previous: &before, Changed: true, Unconfirmed: "HCP answered 503: " + problem.Quote(given),
	}
}

// checkText reports pages full of the given text, passing and failing, and looks for anything that they did not mean.
func checkText(t *testing.T, given string) {
	checkReporter(t, given)
	failure := problem.New(problem.ImageRevoked, "Revoked because of %s.", problem.Quote(given))
	const log, warning, failing = "HCP Packer: ", "::warning title=", "::error title="
	for name, tc := range map[string]struct {
		page         pages.Page
		failure      *problem.Problem
		lines, links int      // of the summary
		log          []string // how its lines begin
	}{
		"resolve":         {resolutionOf(given), nil, 17, 1, []string{warning, log}},
		"resolve_failing": {resolutionOf(given), failure, 16, 1, nil},
		"verify":          {verificationOf(given), nil, 26, 0, []string{"::error ", "::error ", log, log}},
		"audit":           {auditOf(given), failure, 24, 0, []string{failing, failing, warning, warning, log}},
		"promote":         {promotionOf(given), nil, 30, 1, []string{warning, warning, warning, log}},
		"promote_failing": {promotionOf(given), failure, 27, 1, []string{warning}},
	} {
		w := publish(t, tc.page, tc.failure)
		checkLog(t, w.log, tc.log...)
		checkSummary(t, w.summary, tc.links)
		if got := strings.Count(w.summary, "\n"); got != tc.lines && strings.TrimSpace(given) != "" {
			t.Errorf("%s: got a summary of %d lines, want %d:\n%s", name, got, tc.lines, w.summary)
		}
		action, _, _ := strings.Cut(name, "_")
		if want := "<!-- hcp-packer-iteration: " + action + " -->\n" + w.summary; w.outputs["markdown"] != want {
			t.Errorf("%s: got the markdown\n%s\nwant\n%s", name, w.outputs["markdown"], want)
		}
		want := map[string]string{"problem": "", "message": ""}
		if tc.failure != nil {
			want = map[string]string{"problem": string(tc.failure.Title), "message": tc.failure.Message}
		}
		for _, o := range tc.page.Form(tc.failure).Outputs {
			want[o.Name] = o.Value
			if strings.HasPrefix(o.Value, "[{") && (!json.Valid([]byte(o.Value)) || strings.ContainsAny(o.Value, "\r\n") || strings.Contains(o.Value, "##[")) {
				t.Errorf("%s: output %s is not JSON on one line: %q", name, o.Name, o.Value)
			}
		}
		if diff := cmp.Diff(want, w.outputs); diff != "" {
			t.Errorf("%s: outputs (-page +runner):\n%s", name, diff)
		}
	}
}

// checkReporter is checkText for what the log is told by others than pages.
func checkReporter(t *testing.T, given string) {
	t.Helper()
	var log bytes.Buffer
	r := report.New(&log, getenv(nil))
	r.Log(given)
	r.Annotate([]pages.Note{{Level: pages.Notice, Title: given, Message: given}}, nil)
	r.Warning(given, given)
	r.Error(problem.New(problem.ImageRevoked, "%s", given))
	checkLog(t, log.String(), "HCP Packer: ", "::notice title=", "::warning title=", "::error title=Image revoked::")
}

// checkLog finds no command but those that the lines begin with, in either syntax.
func checkLog(t *testing.T, log string, starts ...string) {
	t.Helper()
	lines := strings.SplitAfter(log, "\n")
	lines = lines[:len(lines)-1]
	if len(lines) != len(starts) || strings.Contains(log, "##[") || strings.Contains(log, "\r") {
		t.Fatalf("log is not %d plain lines: %q", len(starts), log)
	}
	for i, start := range starts {
		colons := 0
		if strings.HasPrefix(start, "::") {
			colons = 2 // before the command, and before its message
		}
		if !strings.HasPrefix(lines[i], start) || strings.Count(lines[i], "::") != colons {
			t.Errorf("line %q does not start with %q, or has a command behind it", lines[i], start)
		}
	}
}

// foldHTML is what opens and ends a fold.
var foldHTML = regexp.MustCompile(`^(<details><summary>[\w ,:-]+</summary>|</details>)\n$`)

// checkSummary reads the summary with a Markdown library, as GitHub would show it: tables whose rows
// have the cells of their header, one link, and otherwise text.
func checkSummary(t *testing.T, summary string, wantLinks int) {
	t.Helper()
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM))
	source := []byte(summary)
	links := 0
	err := ast.Walk(markdown.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Document, *ast.Heading, *ast.Paragraph, *ast.Text, *ast.CodeSpan, *ast.TextBlock, *ast.String,
			*ast.List, *ast.ListItem, *extast.Table, *extast.TableHeader, *extast.TableCell:
		case *ast.Emphasis:
			if _, isCode := n.FirstChild().(*ast.CodeSpan); !isCode || n.ChildCount() != 1 {
				return ast.WalkStop, errors.New("there is emphasis of something else than an id")
			}
		case *ast.HTMLBlock:
			if tag := string(n.Lines().Value(source)); !foldHTML.MatchString(tag) {
				return ast.WalkStop, errors.New("there is HTML: " + tag)
			}
		case *ast.RawHTML:
			if tag := string(n.Segments.Value(source)); tag != "<br>" {
				return ast.WalkStop, errors.New("there is HTML: " + tag)
			}
		case *extast.TableRow:
			if got, want := n.ChildCount(), len(n.Parent().(*extast.Table).Alignments); got != want {
				return ast.WalkStop, errors.New("a row has cells of its own")
			}
		case *ast.Link:
			links++
			if got := string(n.Destination); got != portal {
				return ast.WalkStop, errors.New("a link leads to " + got)
			}
		default:
			return ast.WalkStop, errors.New("there is a " + n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	if err != nil || links != wantLinks {
		t.Errorf("%v, %d links, in:\n%s", err, links, summary)
	}
}

// TestSummaryTellsWhatFailed has the ancestry be unreadable that a refusal would have named: the page tells what failed
// the step, and lists the reason to refuse below.
func TestSummaryTellsWhatFailed(t *testing.T) {
	t.Parallel()
	page := resolutionOf("x")
	page.Query.Channel = "production"
	page.Reasons = []gate.Reason{{Kind: gate.ParentOutOfDate, Effect: gate.Fail, Clause: "was built on another version"}}
	p := problem.New(problem.PermissionDenied, "The ancestry could not be read.")
	summary := publish(t, page, p).summary
	want := "### ❌ ubuntu / production: v7, permission denied\n\nThe ancestry could not be read.\n\n- It was built on another version.\n"
	if !strings.HasPrefix(summary, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", summary, want)
	}
}

// TestIDsAreWhole has ids as long as a cloud makes them: each can be copied from the page.
func TestIDsAreWhole(t *testing.T) {
	t.Parallel()
	id := "/subscriptions/" + strings.Repeat("x", 435)
	one, promotion := resolutionOf(id), promotionOf(id)
	promotion.Images = slices.Repeat(one.Images, 2)
	summary := one.Form(nil).Summary + promotion.Form(nil).Summary
	for _, want := range []string{
		"**`" + id + "`**", "- iteration `" + id, "- fingerprint `" + id, "- build `" + id,
		"- `" + id + "`\n- `" + id + "`\n", "- iteration `before" + id,
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("there is no %q in\n%s", want, summary)
		}
	}
}

// TestDryRunThatFails has a dry run that would move the channel fail afterwards.
func TestDryRunThatFails(t *testing.T) {
	t.Parallel()
	page := promotionOf("x")
	page.DryRun = true
	p := problem.New(problem.CannotWriteOutputs, "It is so.")
	if got := publish(t, page, p).outputs["changed"]; got != "false" {
		t.Errorf("got %q, want false", got)
	}
}

// TestMarkdown has more than a comment on a pull request may have.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	var page pages.Verification
	for i := range 500 {
		page.Verdicts = append(page.Verdicts, refused(usedAt(fmt.Sprintf("ami-%d", i), strings.Repeat("x", 100), 2), "x"))
	}
	w := publish(t, &page, nil)
	_, markdown, _ := strings.Cut(w.outputs["markdown"], "\n")
	kept, isCut := strings.CutSuffix(markdown, "\n</details>\n\n\nThere is more than fits: the rest of this page is cut.\n")
	if size := len(w.outputs["markdown"]); size > 60_000 || !isCut || !strings.HasPrefix(w.summary, kept) {
		t.Errorf("got %d bytes that end %q", size, markdown[max(0, len(markdown)-200):])
	}
	checkSummary(t, markdown, 0)
}
