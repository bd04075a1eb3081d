package report

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Result is what a run found out, as far as it got.
type Result struct {
	// Asked is what the run was asked for, each with the name of its input. Empty values are left out
	// of the summary.
	Asked []Field
	// OrganizationID and ProjectID are where the iteration was found.
	OrganizationID, ProjectID string
	// BucketURL is the bucket's page in HCP's portal.
	BucketURL string
	// Iteration is nil where none was found.
	Iteration *registry.Iteration
	// Verdict is the gate's, where there is an Iteration.
	Verdict gate.Verdict
	// Images are those that the selection leaves.
	Images []selection.Image
	// Problem is what fails the step, or nil.
	Problem *problem.Problem
}

// Field is a name and a value.
type Field struct{ Name, Value string }

// Chosen is the one image of the result, nil where there is not exactly one.
func (r *Result) Chosen() *selection.Image {
	if r.Problem != nil || len(r.Images) != 1 {
		return nil
	}
	return &r.Images[0]
}

func (r *Result) failed() bool { return r.Problem != nil }

// output is one output of the step.
type output struct{ name, value string }

// outputs are all outputs of the contract. A step that fails tells what it found and gives nothing
// that could be deployed, in a form that fromJSON takes.
func (r *Result) outputs() []output {
	builds, images := []registry.Build{}, []selection.Image{} // [] in JSON, where nil would be null
	if r.Problem == nil {
		builds = append(builds, r.Iteration.Builds...)
		images = append(images, r.Images...)
	}
	var out []output
	out = append(out, r.iterationOutputs()...)
	out = append(out, output{"builds", toJSON(builds)}, output{"images", toJSON(images)})
	return append(out, r.imageOutputs()...)
}

func (r *Result) iterationOutputs() []output {
	it, organization, project, revoked := r.Iteration, r.OrganizationID, r.ProjectID, ""
	if it == nil {
		it, organization, project = &registry.Iteration{}, "", ""
	} else {
		revoked = strconv.FormatBool(r.Verdict.Status == registry.Revoked)
	}
	return []output{
		{"iteration-id", it.ID},
		{"incremental-version", decimal(it.Number)},
		{"fingerprint", it.Fingerprint},
		{"status", string(r.Verdict.Status)},
		{"revoked", revoked},
		{"revoke-at", it.RevokeAt.String()},
		{"revocation-message", it.RevocationMessage},
		{"revocation-author", it.RevocationAuthor},
		{"revocation-inherited-from", ancestor(it.RevocationInheritedFrom)},
		{"created-at", it.CreatedAt.String()},
		{"updated-at", it.UpdatedAt.String()},
		{"author-id", it.AuthorID},
		{"channel-id", it.ChannelID},
		{"bucket", it.Bucket},
		{"channel", it.Channel},
		{"organization-id", organization},
		{"project-id", project},
	}
}

// imageOutputs are those of the one image, all empty where there is not exactly one.
func (r *Result) imageOutputs() []output {
	image, labels := r.Chosen(), ""
	if image == nil {
		image = &selection.Image{}
	} else {
		labels = toJSON(image.Labels)
	}
	return []output{
		{"image-id", image.ImageID},
		{"region", image.Region},
		{"cloud-provider", image.CloudProvider},
		{"component-type", image.ComponentType},
		{"build-id", image.BuildID},
		{"labels", labels},
	}
}

func decimal(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func ancestor(a *registry.Ancestor) string {
	if a == nil {
		return ""
	}
	return toJSON(a)
}

// toJSON is one line. The values here are structs of strings and numbers, which always encode.
func toJSON(v any) string {
	var text strings.Builder
	if err := json.NewEncoder(&text).Encode(v); err != nil {
		panic(err)
	}
	// In a string, the only place where it can be, this is the same "##[".
	return strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "##[", `#\u0023[`)
}

// writeOutputs appends the outputs to the runner's file, or prints them where no runner is.
func (r *Reporter) writeOutputs(outputs []output) error {
	if r.getenv("GITHUB_OUTPUT") == "" {
		for _, o := range outputs {
			fmt.Fprintf(r.stdout, "%s=%s\n", o.name, printable(o.value)) //nolint:errcheck // as for the log
		}
		return nil
	}
	return r.appendTo("GITHUB_OUTPUT", heredocs(outputs))
}

// printable keeps a value on its line, which begins with the output's name, and "##[" out of it.
func printable(value string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "##[", "## [").Replace(value)
}

// heredocs is the runner's form for values of any text: name<<delimiter, the value, the delimiter.
// The delimiter is random, so that nobody can write a value that ends its own block and goes on with
// an output of its own. The fixed one of go-githubactions can be written.
//
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
func heredocs(outputs []output) string {
	delimiter := "end-" + rand.Text()
	var b strings.Builder
	size := 0
	for _, o := range outputs {
		size += len(o.name) + len(o.value) + 2*len(delimiter) + len("<<\n\n\n")
	}
	b.Grow(size)
	for _, o := range outputs {
		// Not Fprintf, which would copy every value once more.
		for _, text := range []string{o.name, "<<", delimiter, "\n", o.value, "\n", delimiter, "\n"} {
			b.WriteString(text)
		}
	}
	return b.String()
}
