package registry

import (
	"cmp"
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-openapi/strfmt"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// Query is what to look for: the iteration of a channel, or the one with a fingerprint.
type Query struct {
	// Bucket is the bucket's name.
	Bucket string
	// Channel is the channel's name; empty to look for Fingerprint.
	Channel string
	// Fingerprint is that of the iteration; empty to look for Channel.
	Fingerprint string
	// APIVersion is the generation of the API to ask.
	APIVersion APIVersion
}

// MaxFingerprint is how many characters a fingerprint has at most.
const MaxFingerprint = 128

// APIVersion is a generation of the HCP Packer API.
type APIVersion string

// The generations. 2023-01-01 calls an iteration a version.
const (
	API2023 APIVersion = "2023-01-01"
	API2021 APIVersion = "2021-04-30"
)

// APIVersions are the values of the input api-version.
func APIVersions() []APIVersion { return []APIVersion{API2023, API2021} }

// Find reads the iteration that the query asks for, in one request. An error is a problem to show.
func Find(ctx context.Context, s *hcp.Session, q Query) (*Iteration, error) {
	if q.Channel == "" {
		return byFingerprint(ctx, s, q)
	}
	asked := "Channel " + q.Channel + " of bucket " + q.Bucket
	get := getChannel2023
	if q.APIVersion == API2021 {
		get = getChannel2021
	}
	c, err := get(ctx, s, q.Bucket, q.Channel)
	switch {
	case err != nil && q.Channel == ManagedChannel:
		return nil, s.Explain(err, hcp.ReadManaged, asked)
	case err != nil:
		return nil, s.Explain(err, hcp.Read, asked)
	case c == nil:
		return nil, hcp.Unexpected(asked, "HCP's answer has no channel")
	case differs(c.Name, q.Channel) || !c.isOf(q.Bucket):
		return nil, hcp.Unexpected(asked, "HCP answered about another channel or bucket")
	case c.Iteration == nil:
		return nil, Unassigned(q, "", "")
	case c.Iteration.ID == "":
		return nil, hcp.Unexpected(asked, "HCP's answer has an iteration without an id")
	}
	it := c.Iteration
	it.Bucket, it.Channel, it.ChannelID = q.Bucket, q.Channel, c.ID
	return it, nil
}

// Unassigned is the problem of a channel that points at nothing. Why goes on with the first
// sentence, and more with the last; both are safe to show, and may be empty.
func Unassigned(q Query, why, more string) *problem.Problem {
	return problem.New(problem.NoIterationAssigned, "Channel %s of bucket %s points at no iteration%s. "+
		"Assign an iteration that is complete and not revoked to the channel.%s", q.Channel, q.Bucket, why, more)
}

// Again reads an iteration again, by its fingerprint: a list or a channel may leave parts of it out. An error is a
// problem to show.
func Again(ctx context.Context, s *hcp.Session, version APIVersion, first *Iteration) (*Iteration, error) {
	it, err := byFingerprint(ctx, s, Query{APIVersion: version, Bucket: first.Bucket, Fingerprint: first.Fingerprint})
	if err != nil {
		return nil, err
	}
	if it.ID != first.ID {
		return nil, hcp.Unexpected(askedFingerprint(first.Bucket, first.Fingerprint), "HCP's answer is about another iteration than the first")
	}
	it.Channel, it.ChannelID = first.Channel, first.ChannelID
	return it, nil
}

func byFingerprint(ctx context.Context, s *hcp.Session, q Query) (*Iteration, error) {
	asked := askedFingerprint(q.Bucket, q.Fingerprint)
	if !IsName(q.Fingerprint) {
		return nil, hcp.Unexpected(asked, "HCP's answer has an invalid fingerprint")
	}
	get := getIteration2023
	if q.APIVersion == API2021 {
		get = getIteration2021
	}
	it, err := get(ctx, s, q.Bucket, q.Fingerprint)
	switch {
	case err != nil && isVersion(q.Fingerprint):
		return nil, s.Explain(err, hcp.ReadVersion, asked)
	case err != nil:
		return nil, s.Explain(err, hcp.Read, asked)
	case it == nil:
		return nil, hcp.Unexpected(asked, "HCP's answer has no iteration")
	case differs(it.Bucket, q.Bucket) || it.Fingerprint != q.Fingerprint || it.ID == "":
		return nil, hcp.Unexpected(asked, "HCP's answer is about another iteration, or one without an id")
	}
	it.Bucket = q.Bucket
	return it, nil
}

// ManagedChannel is the channel that HCP keeps in every bucket. It is restricted: reading it takes
// the right to write (HCP's answer to a viewer names the channel).
const ManagedChannel = "latest"

// askedFingerprint quotes, since the fingerprint can be the registry's own.
func askedFingerprint(bucket, fingerprint string) string {
	return "The iteration with fingerprint " + problem.Quote(fingerprint) + " of bucket " + bucket
}

// isVersion is whether a fingerprint is what people take for one: the ULID of a version, or its name.
//
// https://github.com/ulid/spec
func isVersion(fingerprint string) bool {
	isULID := len(fingerprint) == 26 && strings.Trim(fingerprint, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ""
	return isULID || number(fingerprint) != nil
}

// number is the number in a version's name, nil where the name is not v<number>.
func number(name string) *int64 {
	digits, found := strings.CutPrefix(name, "v")
	n, err := strconv.ParseUint(digits, 10, 63)
	if !found || err != nil {
		return nil
	}
	return new(int64(n))
}

// IsName is whether name can be that of a bucket or a channel, or a fingerprint: letters, digits, "-", "_" and ".",
// beginning with a letter or digit. HCP's API does not say; this holds all that Terraform's provider and the portal let
// anybody make, and nothing that would lead to another path.
func IsName(name string) bool { return len(name) <= MaxFingerprint && nameForm().MatchString(name) }

var nameForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z][\w.-]*$`) })

// differs is whether an answer names something else than was asked for. It need not name it.
func differs(named, asked string) bool { return named != "" && named != asked }

func at(t strfmt.DateTime) Time { return At(time.Time(t)) }

func each[F, T any](things []*F, convert func(*F) T) []T {
	var all []T
	for _, thing := range things {
		if thing != nil {
			all = append(all, convert(thing))
		}
	}
	return all
}

// finish fills in what the JSON form of a build always has.
func (b Build) finish() Build {
	b.Status = cmp.Or(b.Status, "UNSET") // as HCP calls it
	if b.Labels == nil {
		b.Labels = map[string]string{}
	}
	if b.Images == nil {
		b.Images = []Image{}
	}
	return b
}
