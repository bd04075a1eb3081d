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

// The part of SARIF 2.1.0 that GitHub's code scanning reads. Between its two ends are the results, which may be too
// many to be in memory.
//
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
const (
	sarifHead = `{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",` +
		`"version":"2.1.0","runs":[{"tool":{"driver":{"name":"HCP Packer Iteration","rules":%s}},"columnKind":"utf16CodeUnits","results":[`
	sarifEnd = "]}]}\n"
)

// sarifText is a text, which SARIF has as an object.
type sarifText string

// MarshalJSON is that object.
func (t sarifText) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"text": string(t)})
}

type (
	sarifRule struct {
		ID               gate.Kind `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		FullDescription  sarifText `json:"fullDescription"`
		Help             sarifText `json:"help"`
	}
	sarifResult struct {
		RuleID              gate.Kind          `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Level               string             `json:"level"`
		Message             sarifText          `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions"` // of all results or of none
	}
	sarifLocation struct {
		PhysicalLocation struct {
			ArtifactLocation struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region sarifRegion `json:"region"`
		} `json:"physicalLocation"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

// sarifRules have one for each kind of verdict that a place can have.
var sarifRules = []sarifRule{
	{gate.Revoked, "Revoked image",
		"The image is of an iteration that is revoked in HCP Packer.",
		"Use an image of an iteration that is not revoked, or build a new one. The message says who revoked it, and why."},
	{gate.Unusable, "Unusable image",
		"The image is of an iteration that is neither active, scheduled nor revoked, or that could not be read.",
		"Use an image of an active iteration. If it could not be read, run the job again."},
	{gate.RevocationScheduled, "Image to be revoked",
		"The image is of an iteration whose revocation is scheduled.",
		"Move to an image of another iteration before the time that the message names."},
	{gate.ParentOutOfDate, "Image with a parent out of date",
		"The image was built on a version that its parent's channel no longer has.",
		"Build the image again, on what the parent's channel has now."},
	{gate.TooOld, "Image too old",
		"The image is of an iteration that is older than the input max-age.",
		"Build the image again, or use a newer one."},
	{verdict.Outdated, "Outdated image",
		"The image is not of the iteration that the channel points at now.",
		"Use the image of the channel's iteration. The message names it if there is exactly one."},
	{verdict.NoChannel, "Image that cannot be compared",
		"The bucket of the image has no such channel, or one without an iteration.",
		"Correct the input channel, or assign an iteration to the channel."},
	{verdict.Floating, "Floating image",
		"The reference stands for whatever image is newest, which nobody can vouch for.",
		"Pin the id of an image."},
	{verdict.Untracked, "Untracked image",
		"The image is not known to the HCP Packer registry.",
		"Use an image of the registry, or add it to the registry. Check that the step asks the right project."},
	{verdict.Waived, "Waived image",
		"The image would be refused, and a waiver lets it through until a day.",
		"Replace the image before the waiver ends."},
}

// Told are the verdicts that fail the step or are a warning, the worst first.
func (v *Verification) Told() []verdict.Verdict {
	isFine := func(one verdict.Verdict) bool { return one.Effect == gate.Ignore }
	told, _ := split(v.Verdicts, verdict.Verdict.Compare, isFine)
	return told
}

// WriteSARIF writes for code scanning where files name the images of the verdicts, in the order of the marks, and tells
// how many of these have no room in so many bytes gzipped. Clean is what becomes of a message for the runner.
func WriteSARIF(to io.Writer, told []verdict.Verdict, marks []workspace.Mark, most int, clean func(string) string) (left int, err error) {
	out := bufio.NewWriter(to)
	var zipped bytes.Buffer
	both := io.MultiWriter(out, gzip.NewWriter(&zipped))
	fmt.Fprintf(both, sarifHead, toJSON(sarifRules))
	numbers := map[string]int{}
	separator := "\n"
	for i, mark := range marks {
		if zipped.Len() > most {
			left = len(marks) - i
			break
		}
		fmt.Fprint(both, separator, toJSON(newResult(told[mark.Image], mark, numbers, clean)))
		separator = ",\n"
	}
	fmt.Fprint(both, sarifEnd)
	return left, out.Flush()
}

// newResult is the result at a mark. Numbers count those that have all but their place in the file in common.
func newResult(one verdict.Verdict, mark workspace.Mark, numbers map[string]int, clean func(string) string) sarifResult {
	var at sarifLocation
	at.PhysicalLocation.ArtifactLocation.URI = fileURI(mark.File)
	at.PhysicalLocation.Region = sarifRegion{mark.Line, mark.Column, mark.Line, mark.EndColumn}
	id := imageids.Key(one.Image.ID)
	if one.Image.Sensitive {
		id = "" // of which a hash is a form as well
	}
	same := strings.Join([]string{mark.File, id, string(one.Kind)}, "\x00")
	numbers[same]++
	hash := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", same, numbers[same]))
	result := sarifResult{
		RuleID:              one.Kind,
		RuleIndex:           slices.IndexFunc(sarifRules, func(rule sarifRule) bool { return rule.ID == one.Kind }),
		Level:               "warning",
		Message:             sarifText(clean(message(one, imageids.Place{File: mark.File, Line: mark.Line}))),
		Locations:           []sarifLocation{at},
		PartialFingerprints: map[string]string{"primaryLocationLineHash": hex.EncodeToString(hash[:16])},
		Suppressions:        []sarifSuppression{},
	}
	switch {
	case one.Waiver != nil:
		result.Level = "note"
		result.Suppressions = []sarifSuppression{{"external", "accepted",
			clean(fmt.Sprintf("until %s: %s", one.Waiver.Until.Format(time.DateOnly), problem.Clean(one.Waiver.Reason)))}}
	case one.Effect == gate.Fail:
		result.Level = "error"
	}
	return result
}

// fileURI is the relative URI of a file. A colon in it would end a scheme.
func fileURI(path string) string {
	return strings.ReplaceAll((&url.URL{Path: path}).EscapedPath(), ":", "%3A")
}
