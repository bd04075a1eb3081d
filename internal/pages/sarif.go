package pages

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

const (
	// MaxResults is how many results GitHub takes of a run.
	MaxResults = 25_000
	// MaxGzipped is how many bytes they may have gzipped: GitHub takes 10 MB, and what it is sent is gzipped by another
	// program.
	MaxGzipped = 9_500_000
)

// The part of SARIF 2.1.0 that GitHub's code scanning reads.
//
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               gate.Kind `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		FullDescription  sarifText `json:"fullDescription"`
		Help             sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID              gate.Kind          `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Level               string             `json:"level"`
		Message             sarifText          `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		PartialFingerprints sarifFingerprints  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions"` // of all results or of none
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysicalLocation `json:"physicalLocation"`
	}
	sarifPhysicalLocation struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFingerprints struct {
		PrimaryLocationLineHash string `json:"primaryLocationLineHash"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

// sarifRules have one for each kind of verdict that a place can have.
var sarifRules = []sarifRule{
	newRule(gate.Revoked, "Revoked image", "The image is of an iteration that is revoked in HCP Packer.",
		"Use an image of an iteration that is not revoked, or build a new one. The message says who revoked it, and why."),
	newRule(gate.Unusable, "Unusable image", "The image is of an iteration that is neither active, scheduled nor revoked, or that could not be read.",
		"Use an image of an active iteration. If it could not be read, run the job again."),
	newRule(gate.RevocationScheduled, "Image to be revoked", "The image is of an iteration whose revocation is scheduled.",
		"Move to an image of another iteration before the time that the message names."),
	newRule(gate.ParentOutOfDate, "Image with a parent out of date", "The image was built on a version that its parent's channel no longer has.",
		"Build the image again, on what the parent's channel has now."),
	newRule(gate.TooOld, "Image too old", "The image is of an iteration that is older than the input max-age.",
		"Build the image again, or use a newer one."),
	newRule(verdict.Outdated, "Outdated image", "The image is not of the iteration that the channel points at now.",
		"Use the image of the channel's iteration. The message names it if there is exactly one."),
	newRule(verdict.NoChannel, "Image that cannot be compared", "The bucket of the image has no such channel, or one without an iteration.",
		"Correct the input channel, or assign an iteration to the channel."),
	newRule(verdict.Floating, "Floating image", "The reference stands for whatever image is newest, which nobody can vouch for.",
		"Pin the id of an image."),
	newRule(verdict.Untracked, "Untracked image", "The image is not known to the HCP Packer registry.",
		"Use an image of the registry, or add it to the registry. Check that the step asks the right project."),
	newRule(verdict.Waived, "Waived image", "The image would be refused, and a waiver lets it through until a day.",
		"Replace the image before the waiver ends."),
}

func newRule(kind gate.Kind, short, full, help string) sarifRule {
	return sarifRule{kind, sarifText{short}, sarifText{full}, sarifText{help}}
}

// Told are the verdicts that fail the step or are a warning, the worst first.
func (v *Verification) Told() []verdict.Verdict {
	told := slices.DeleteFunc(slices.Clone(v.Verdicts), func(one verdict.Verdict) bool { return one.Effect == gate.Ignore })
	slices.SortStableFunc(told, verdict.Verdict.Compare)
	return told
}

// WriteSARIF writes for code scanning where files name the images of the verdicts, in the order of the marks, and tells
// how many of these have no room in so many bytes gzipped. Clean is what becomes of a message for the runner.
func WriteSARIF(to io.Writer, told []verdict.Verdict, marks []workspace.Mark, most int, clean func(string) string) (left int, err error) {
	frame, err := json.Marshal(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool:       sarifTool{sarifDriver{"HCP Packer Iteration", sarifRules}},
			ColumnKind: "utf16CodeUnits",
			Results:    []sarifResult{},
		}},
	})
	if err != nil {
		return 0, err
	}
	const end = "]}]}"
	head := bytes.TrimSuffix(frame, []byte(end)) // behind it are the results, which may be too many to be in memory
	out := bufio.NewWriter(to)
	var size counter
	zipped := gzip.NewWriter(&size)
	write := func(text []byte) {
		_, _ = out.Write(text) // its Flush tells
		_, _ = zipped.Write(text)
	}
	write(head)
	numbers := map[string]int{}
	for i, mark := range marks {
		result, err := json.Marshal(newResult(told[mark.Image], mark, numbers, clean))
		if err != nil {
			return 0, err
		}
		if int(size) > most {
			left = len(marks) - i
			break
		}
		if i > 0 {
			write([]byte(","))
		}
		write(append([]byte("\n"), result...))
	}
	write([]byte(end + "\n"))
	return left, out.Flush()
}

// counter counts what is written.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// newResult is the result at a mark. Numbers count those that have all but their place in the file in common.
func newResult(one verdict.Verdict, mark workspace.Mark, numbers map[string]int, clean func(string) string) sarifResult {
	result := sarifResult{
		RuleID:    one.Kind,
		RuleIndex: slices.IndexFunc(sarifRules, func(rule sarifRule) bool { return rule.ID == one.Kind }),
		Level:     "warning",
		Message:   sarifText{clean(message(one, imageids.Place{File: mark.File, Line: mark.Line}))},
		Locations: []sarifLocation{{sarifPhysicalLocation{
			sarifArtifact{fileURI(mark.File)},
			sarifRegion{mark.Line, mark.Column, mark.Line, mark.EndColumn},
		}}},
		Suppressions: []sarifSuppression{},
	}
	switch {
	case one.Waiver != nil:
		result.Level = "note"
		result.Suppressions = []sarifSuppression{{"external", "accepted",
			clean(fmt.Sprintf("until %s: %s", one.Waiver.Until.Format(time.DateOnly), problem.Clean(one.Waiver.Reason)))}}
	case one.Effect == gate.Fail:
		result.Level = "error"
	}
	id := imageids.Key(one.Image.ID)
	if one.Image.Sensitive {
		id = "" // of which a hash is a form as well
	}
	same := strings.Join([]string{mark.File, id, string(one.Kind)}, "\x00")
	numbers[same]++
	hash := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", same, numbers[same]))
	result.PartialFingerprints.PrimaryLocationLineHash = hex.EncodeToString(hash[:16])
	return result
}

// fileURI is the relative URI of a file. A colon in it would end a scheme.
func fileURI(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(part), ":", "%3A")
	}
	return strings.Join(parts, "/")
}
