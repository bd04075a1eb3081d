package registry

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// Query is what to look for: the iteration of a channel, or the one with a fingerprint.
type Query struct {
	// APIVersion is the generation of the API to ask.
	APIVersion APIVersion
	// Bucket is the bucket's name.
	Bucket string
	// Channel is the channel's name; empty to look for Fingerprint.
	Channel string
	// Fingerprint is that of the iteration; empty to look for Channel.
	Fingerprint string
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

// generation is one generation of the API.
type generation interface {
	// channel reads a channel's id and the iteration that it points at, nil where it points at none.
	channel(ctx context.Context, bucket, channel string) (id string, it *Iteration, err error)
	// iteration reads the iteration with a fingerprint.
	iteration(ctx context.Context, bucket, fingerprint string) (*Iteration, error)
}

// Find reads the iteration that the query asks for, in one request. An error is a problem to show.
func Find(ctx context.Context, s *hcp.Session, q Query) (*Iteration, error) {
	if q.Channel == "" {
		return byFingerprint(ctx, s, q)
	}
	id, it, err := q.generation(s).channel(ctx, q.Bucket, q.Channel)
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, problem.New(problem.NoIterationAssigned, "Channel %s of bucket %s points at no iteration. "+
			"Assign an iteration that is complete and not revoked to the channel.", q.Channel, q.Bucket)
	}
	if it.ID == "" {
		return nil, hcp.Unexpected(askedChannel(q.Bucket, q.Channel), "HCP's answer has an iteration without an id")
	}
	it.Channel, it.ChannelID = q.Channel, id
	return it, nil
}

// Again reads an iteration once more, by its fingerprint: not every answer that has it among others has all that there
// is to say of it. An error is a problem to show.
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
	if !IsName(q.Fingerprint) {
		return nil, hcp.Unexpected(askedFingerprint(q.Bucket, q.Fingerprint), "HCP's answer has an invalid fingerprint")
	}
	it, err := q.generation(s).iteration(ctx, q.Bucket, q.Fingerprint)
	if err != nil {
		return nil, err
	}
	if it.Fingerprint != q.Fingerprint || it.ID == "" {
		return nil, hcp.Unexpected(askedFingerprint(q.Bucket, q.Fingerprint), "HCP's answer is about another iteration, or one without an id")
	}
	return it, nil
}

// generation is the client of the API that the query asks.
func (q Query) generation(s *hcp.Session) generation {
	if q.APIVersion == API2021 {
		return packer2021{session: s}
	}
	return packer2023{session: s}
}

// ManagedChannel is the channel that HCP keeps in every bucket. It is restricted: reading it takes
// the right to write (HCP's answer to a viewer names the channel).
const ManagedChannel = "latest"

// explainChannel tells why a channel could not be read.
func explainChannel(s *hcp.Session, err error, bucket, channel string) error {
	if status, says := hcp.Refused(err); status == http.StatusForbidden && channel == ManagedChannel {
		return problem.New(problem.PermissionDenied, "Channel latest of bucket %s could not be read: %s. "+
			"HCP manages this channel and restricts it, so the viewer role is not enough: "+
			"use a channel of your own, or grant the service principal the contributor role.", bucket, says)
	}
	return s.Explain(err, askedChannel(bucket, channel))
}

func explainIteration(s *hcp.Session, err error, bucket, fingerprint string) error {
	return s.Explain(err, askedFingerprint(bucket, fingerprint))
}

func askedChannel(bucket, channel string) string {
	return "Channel " + channel + " of bucket " + bucket
}

// askedFingerprint quotes, since the fingerprint can be the registry's own.
func askedFingerprint(bucket, fingerprint string) string {
	return "The iteration with fingerprint " + problem.Quote(fingerprint) + " of bucket " + bucket
}

// number is the number in a version's name, nil where the name is not v<number>.
func number(name string) *int64 {
	digits, found := strings.CutPrefix(name, "v")
	n, err := strconv.ParseUint(digits, 10, 63)
	if !found || err != nil {
		return nil
	}
	signed := int64(n)
	return &signed
}

// IsName is whether name can be that of a bucket or a channel, or a fingerprint.
func IsName(name string) bool { return hcp.IsName(name, MaxFingerprint) }

// differs is whether an answer names something else than was asked for. It need not name it.
func differs(named, asked string) bool { return named != "" && named != asked }

func at(t strfmt.DateTime) Time { return At(time.Time(t)) }

// labels is never nil, so that it is {} in JSON.
func labels(given map[string]string) map[string]string {
	if given == nil {
		return map[string]string{}
	}
	return given
}
