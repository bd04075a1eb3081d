// Package registry holds what the HCP Packer registry knows, in the terms of the field, and reads it
// from either generation of HCP's API.
package registry

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hcp-packer-iteration/internal/problem"
)

// Iteration is one iteration of a bucket, which API 2023-01-01 calls a version. Its text was
// written by anybody who may push a build: do not trust it.
type Iteration struct {
	// Bucket is the bucket that was asked for.
	Bucket string
	// Channel is the channel that was asked for, and ChannelID its ULID. Both are empty where the
	// iteration was asked for by its fingerprint.
	Channel, ChannelID string

	// ID is the iteration's ULID.
	ID string
	// Name is what API 2023-01-01 calls it: v0 while it is incomplete, then v1, v2, …. Empty where it
	// has none.
	Name string
	// Number is the number in the name, nil where the name is not v<number>.
	Number *int64
	// Fingerprint is what Packer set when it began the iteration.
	Fingerprint string
	// Status is what HCP says. Whether a revocation has come into force is for the gate to judge.
	Status Status
	// UnknownStatus is HCP's own word for a status that is [Unknown], empty where HCP gives none.
	UnknownStatus string
	// AuthorID is who created the iteration.
	AuthorID string
	// CreatedAt and UpdatedAt are the iteration's own.
	CreatedAt, UpdatedAt Time

	// RevokeAt is when the iteration was or will be revoked, zero where it is not to be.
	RevokeAt Time
	// RevocationAuthor and RevocationMessage say who revoked it and why.
	RevocationAuthor, RevocationMessage string
	// RevocationInheritedFrom is the ancestor whose revocation this one inherited, or nil.
	RevocationInheritedFrom *Ancestor

	// ParentsStatus says whether the parents' channels have moved on since, empty where HCP does not say.
	// API 2021-04-30 never does.
	ParentsStatus ParentsStatus
	// Parents are those that are out of date, nil where they were not asked for.
	Parents []Parent

	// Builds are in the registry's order.
	Builds []Build
}

// maxText is how many bytes of a text are kept where there can be thousands of them at a time. A message shows fewer.
const maxText = 4 << 10

// cut is the beginning of a text, without the memory of the rest.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(strings.Clone(text[:maxText]), "") + "…"
}

// Brief is the iteration as it is kept where there can be thousands of them at a time: without its builds, which
// are most of an answer, and with long texts cut. It is nil for nil.
func (it *Iteration) Brief() *Iteration {
	if it == nil {
		return nil
	}
	brief := *it
	brief.Builds = nil
	if it.RevocationInheritedFrom != nil {
		brief.RevocationInheritedFrom = new(*it.RevocationInheritedFrom)
	}
	for _, text := range brief.texts() {
		*text = cut(*text)
	}
	return &brief
}

// texts are those of the registry's that may be long.
func (it *Iteration) texts() []*string {
	texts := []*string{&it.ID, &it.Name, &it.Fingerprint, &it.UnknownStatus, &it.AuthorID, &it.RevocationAuthor, &it.RevocationMessage}
	if from := it.RevocationInheritedFrom; from != nil {
		texts = append(texts, &from.Bucket, &from.IterationID, &from.Fingerprint)
	}
	return texts
}

// ParentsStatus is whether an iteration is built on current parents. Its text is that of the output "parents".
type ParentsStatus string

const (
	// UpToDate is an iteration built on what its parents' channels have now.
	UpToDate ParentsStatus = "up-to-date"
	// OutOfDate is one of which at least one parent's channel has another version now.
	OutOfDate ParentsStatus = "out-of-date"
	// Undetermined is one whose parents HCP knows nothing of, as of every image without a tracked parent.
	Undetermined ParentsStatus = "undetermined"
)

// Parent is what an iteration was built on.
type Parent struct {
	// Bucket and Channel are the parent's.
	Bucket, Channel string
	// BuiltOn is the name of the version that the iteration was built on, and Now of the one that the channel
	// has now, empty where it has none.
	BuiltOn, Now string
}

// String names the iteration in a sentence: "iteration v7 of bucket ubuntu (channel production)".
func (it *Iteration) String() string {
	if it.Channel == "" {
		return fmt.Sprintf("iteration %s of bucket %s", it.Version(), problem.Clean(it.Bucket))
	}
	return fmt.Sprintf("iteration %s of bucket %s (channel %s)", it.Version(), problem.Clean(it.Bucket), it.Channel)
}

// HasStatus is whether HCP gave any status, be it an unknown one. A list may leave it out.
func (it *Iteration) HasStatus() bool { return it.Status != Unknown || it.UnknownStatus != "" }

// Subject is [Iteration.String] at the beginning of a sentence.
func (it *Iteration) Subject() string { return "I" + strings.TrimPrefix(it.String(), "i") }

// Version is the iteration's name, safe to show; its id where it has none.
func (it *Iteration) Version() string {
	if it.Number == nil {
		return problem.Quote(cmp.Or(it.Name, it.ID))
	}
	return problem.Clean(it.Name)
}

// Ancestor is a revoked iteration that others inherited their revocation from.
type Ancestor struct {
	Bucket      string `json:"bucket"`
	IterationID string `json:"iteration_id"`
	// IncrementalVersion is nil where the ancestor's name holds no number.
	IncrementalVersion *int64 `json:"incremental_version"`
	Fingerprint        string `json:"fingerprint"`
}

// Build is one run of a builder. Its JSON form is that of the output "builds".
type Build struct {
	ID            string `json:"id"`
	CloudProvider string `json:"cloud_provider"`
	ComponentType string `json:"component_type"`
	// Status is DONE, RUNNING, CANCELLED, FAILED or UNSET.
	Status        string            `json:"status"`
	PackerRunUUID string            `json:"packer_run_uuid"`
	Labels        map[string]string `json:"labels"`
	CreatedAt     Time              `json:"created_at"`
	UpdatedAt     Time              `json:"updated_at"`
	Images        []Image           `json:"images"`
}

// BuildDone is the status of a build whose images can be used.
const BuildDone = "DONE"

// Image is one image of a build.
type Image struct {
	// ID is the image's ULID in the registry.
	ID string `json:"id"`
	// ImageID is the cloud's own id, such as ami-….
	ImageID   string `json:"image_id"`
	Region    string `json:"region"`
	CreatedAt Time   `json:"created_at"`
}

// Status is the state of an iteration. Its text is that of the output "status".
type Status string

// The states of an iteration. Those after Revoked are never usable.
const (
	Active              Status = "active"
	RevocationScheduled Status = "revocation-scheduled"
	Revoked             Status = "revoked"
	Incomplete          Status = "incomplete"
	Running             Status = "running"
	Failed              Status = "failed"
	Cancelled           Status = "cancelled"
	Unknown             Status = "unknown"
)

// Time is a moment in the registry, zero where HCP leaves it unset.
type Time struct{ moment time.Time }

// At makes a Time. The zero date and the epoch, with which HCP says that a time is not set, are both
// the zero Time.
func At(t time.Time) Time {
	if t.IsZero() || t.Unix() == 0 {
		return Time{}
	}
	return Time{moment: t}
}

// IsSet is whether HCP gave a time at all.
func (t Time) IsSet() bool { return !t.moment.IsZero() }

// Until is how long it is from now to t, negative where t has passed.
func (t Time) Until(now time.Time) time.Duration { return t.moment.Sub(now) }

// Since is how long it is from t to now, negative where t is to come.
func (t Time) Since(now time.Time) time.Duration { return now.Sub(t.moment) }

// Compare is negative where t is before the other, and positive where it is after it.
func (t Time) Compare(other Time) int { return t.moment.Compare(other.moment) }

// String is RFC 3339 in UTC with milliseconds, as Terraform's data sources print times, and empty
// where the time is not set.
func (t Time) String() string { return t.format("2006-01-02T15:04:05.000Z") }

// Day is the date of t in UTC, empty where the time is not set.
func (t Time) Day() string { return t.format(time.DateOnly) }

func (t Time) format(layout string) string {
	if !t.IsSet() {
		return ""
	}
	return t.moment.UTC().Format(layout)
}

// MarshalText is String.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
