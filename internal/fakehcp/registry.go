package fakehcp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Registry is all that a [Server] knows: who may ask, and what there is. One
// YAML document holds it; see testdata/registry.yaml for one with every case.
type Registry struct {
	// Organizations are the HCP organizations, each with its projects.
	Organizations []Organization `yaml:"organizations"`
	// Principals are the service principals that can authenticate.
	Principals []Principal `yaml:"principals"`
	// Providers are the workload identity providers that GitHub's OIDC tokens
	// are exchanged with.
	Providers []Provider `yaml:"workload_identity_providers"`
}

// Organization is an HCP organization.
type Organization struct {
	// ID is its UUID.
	ID string `yaml:"id"`
	// Projects are its projects, in the order in which HCP lists them.
	Projects []Project `yaml:"projects"`
}

// Project is an HCP project; it has at most one HCP Packer registry.
type Project struct {
	// ID is its UUID.
	ID string `yaml:"id"`
	// Name is what people call it.
	Name string `yaml:"name"`
	// State is ACTIVE (also where it is unset), DELETING or DELETED.
	State string `yaml:"state"`
	// Registry is active (also where it is unset), deactivated or
	// never-activated. Every Packer request of the latter two is refused.
	Registry string `yaml:"registry"`
	// Search is how the registry is without the search of external artifacts:
	// refused (403), absent (404) or unimplemented (501). Where it is unset,
	// the search is there.
	Search string `yaml:"search"`
	// Buckets are the registry's buckets by name.
	Buckets map[string]*Bucket `yaml:"buckets"`
	// Generate adds buckets, for the sizes that nobody wants to write down.
	Generate GenerateBuckets `yaml:"generate"`
}

// Bucket is a bucket of an HCP Packer registry.
type Bucket struct {
	// ID is its ULID; made from the names where it is unset.
	ID string `yaml:"id"`
	// Labels are the bucket's labels.
	Labels map[string]string `yaml:"labels"`
	// Iterations are its iterations (versions) by fingerprint.
	Iterations map[string]*Iteration `yaml:"iterations"`
	// Channels are its channels by name. Every bucket of HCP has a managed,
	// restricted channel "latest"; where the file has none, one that points at
	// the newest active iteration is added.
	Channels map[string]*Channel `yaml:"channels"`
	// Refused is set of a bucket that the list of buckets has and that nobody
	// may read: 403.
	Refused bool `yaml:"refused"`
	// Gone is set of a bucket that the list of buckets has and that is deleted
	// by the time it is read: 404.
	Gone bool `yaml:"gone"`
	// ChannelsPage is how many channels each page of the list of channels has.
	// Where it is unset the list is one page, as HCP's is.
	ChannelsPage int `yaml:"channels_page"`

	place place
}

// Channel is a channel of a bucket.
type Channel struct {
	// ID is its ULID; made from the names where it is unset.
	ID string `yaml:"id"`
	// Iteration is the fingerprint of the iteration that it points at, of the
	// same bucket; empty for an unassigned channel.
	Iteration string `yaml:"iteration"`
	// Managed is set of channels that HCP keeps up to date itself.
	Managed bool `yaml:"managed"`
	// Restricted is set of channels that a viewer may not read.
	Restricted bool `yaml:"restricted"`
	// History is what it pointed at before, newest first. It may begin with what
	// it points at now; where it does not, that is added as its newest row. While
	// the registry is served, every change of the channel adds a row.
	History []Assignment `yaml:"history"`
}

// Assignment is a row of a channel's history.
type Assignment struct {
	// Iteration is a fingerprint of the same bucket; empty where the channel was
	// emptied, and of an iteration that was deleted since.
	Iteration string `yaml:"iteration"`
	// AssignedAt is set to a fixed time where it is unset.
	AssignedAt Time `yaml:"assigned_at"`
	// AuthorID is who assigned it.
	AuthorID string `yaml:"author_id"`
}

// Iteration is an iteration of a bucket, a version in the newer API.
type Iteration struct {
	// ID is its ULID; made from the names where it is unset.
	ID string `yaml:"id"`
	// Name is the version's name, v1 where it is unset. HCP's are v<number>,
	// and v0 while a version is incomplete. The number is what the older API
	// calls the incremental version.
	Name string `yaml:"name"`
	// Status is the version's status without HCP's VERSION_ in front: ACTIVE
	// (also where it is unset), REVOKED, REVOCATION_SCHEDULED, INCOMPLETE,
	// RUNNING, FAILED, CANCELLED, UNSET, or a word that HCP does not have yet;
	// ABSENT leaves the field out. The older API has no status, only complete.
	Status string `yaml:"status"`
	// AuthorID is who made it.
	AuthorID string `yaml:"author_id"`
	// CreatedAt and UpdatedAt are set to a fixed time where they are unset.
	CreatedAt Time `yaml:"created_at"`
	UpdatedAt Time `yaml:"updated_at"`
	// RevokeAt is left out of answers where it is unset. HCP also renders an
	// unset time as 0001-01-01T00:00:00Z and 1970-01-01T00:00:00Z; write these.
	RevokeAt Time `yaml:"revoke_at"`
	// RevocationMessage is why it was revoked.
	RevocationMessage string `yaml:"revocation_message"`
	// RevocationAuthor is who revoked it.
	RevocationAuthor string `yaml:"revocation_author"`
	// InheritedFrom is the iteration whose revocation this one inherited.
	InheritedFrom *Ancestor `yaml:"revocation_inherited_from"`
	// Parents are the iterations that it was built on. The answers then say
	// whether the channels that these came from have moved on since.
	Parents []Parent `yaml:"parents"`
	// ParentsStatus is what they say of the parents instead: UP_TO_DATE,
	// OUT_OF_DATE, UNDETERMINED, or a word that HCP does not have yet; ABSENT
	// leaves the field out. HCP says UNDETERMINED where it tracks no parent;
	// here, without parents and without this, there is no such field.
	ParentsStatus string `yaml:"parents_status"`
	// BuildsLeftOut has a channel come without the builds, which are then only
	// in the answer by fingerprint.
	BuildsLeftOut bool `yaml:"builds_left_out"`
	// ListLeavesOut is what the list of a bucket's channels and a channel's
	// history do not say of it, and the answer by fingerprint does: status,
	// parents, or both.
	ListLeavesOut []string `yaml:"list_leaves_out"`
	// Builds are its builds, in order.
	Builds []Build `yaml:"builds"`
	// Generate adds builds, for the sizes that nobody wants to write down.
	Generate Generate `yaml:"generate"`

	place place
}

// Ancestor names an iteration of another bucket of the same project.
type Ancestor struct {
	// Bucket is the ancestor's bucket.
	Bucket string `yaml:"bucket"`
	// Iteration is the ancestor's fingerprint.
	Iteration string `yaml:"iteration"`
}

// Parent is an iteration that another one was built on.
type Parent struct {
	// Bucket is the parent's bucket, of the same project.
	Bucket string `yaml:"bucket"`
	// Channel is the channel that the build found the parent by. HCP cannot tell
	// whether the parent moved on where the channel is not there any more, or
	// where there was none, which is an empty one here.
	Channel string `yaml:"channel"`
	// Iteration is the parent's fingerprint.
	Iteration string `yaml:"iteration"`
}

// Generate says how many builds to add to an iteration, and how many images
// each of them has. All are DONE, of the provider aws, each image in a region
// of its own.
type Generate struct {
	// Builds is the number of builds.
	Builds int `yaml:"builds"`
	// Images is the number of images of each build.
	Images int `yaml:"images"`
	// ImageID is the image id of all of them; each has its own where it is unset.
	ImageID string `yaml:"image_id"`
}

// GenerateBuckets says how many buckets to add to a project, and how many
// channels each of them has besides the managed one. They are named generated-0001
// and channel-1 and so on. Each channel points at an active version of its own,
// with one build of one image.
type GenerateBuckets struct {
	// Buckets is the number of buckets.
	Buckets int `yaml:"buckets"`
	// Channels is the number of channels of each bucket.
	Channels int `yaml:"channels"`
}

// Build is one build of an iteration.
type Build struct {
	// ID is its ULID; made from the names where it is unset.
	ID string `yaml:"id"`
	// CloudProvider is aws, azure, gce, …; the newer API's platform.
	CloudProvider string `yaml:"cloud_provider"`
	// ComponentType is the Packer builder, such as amazon-ebs.ubuntu.
	ComponentType string `yaml:"component_type"`
	// Status is DONE (also where it is unset), RUNNING, FAILED, CANCELLED or
	// UNSET, with BUILD_ in front in the newer API; ABSENT leaves it out.
	Status string `yaml:"status"`
	// PackerRunUUID is the UUID of Packer's run; made where it is unset.
	PackerRunUUID string `yaml:"packer_run_uuid"`
	// Labels are the build's labels.
	Labels map[string]string `yaml:"labels"`
	// CreatedAt and UpdatedAt are set to a fixed time where they are unset.
	CreatedAt Time `yaml:"created_at"`
	UpdatedAt Time `yaml:"updated_at"`
	// Images are the build's images, in order.
	Images []Image `yaml:"images"`
}

// Image is an image of a build, an artifact in the newer API.
type Image struct {
	// ID is its ULID; made from the names where it is unset.
	ID string `yaml:"id"`
	// ImageID is the cloud's name for it, such as ami-0123456789abcdef0; the
	// newer API's external identifier.
	ImageID string `yaml:"image_id"`
	// Region is where it is.
	Region string `yaml:"region"`
	// CreatedAt is set to a fixed time where it is unset.
	CreatedAt Time `yaml:"created_at"`
}

// Time is a time as it is served: the text of the file, so that its precision
// stays. The file may also say "in 48h" or "48h ago", meaning from the moment
// the file is read.
type Time string

// UnmarshalYAML resolves a relative time and checks an absolute one.
func (t *Time) UnmarshalYAML(node *yaml.Node) error {
	text, err := absoluteTime(node.Value, time.Now())
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*t = Time(text)
	return nil
}

// absoluteTime returns text as an RFC 3339 time.
func absoluteTime(text string, now time.Time) (string, error) {
	after, future := strings.CutPrefix(text, "in ")
	before, past := strings.CutSuffix(text, " ago")
	if !future && !past {
		_, err := time.Parse(time.RFC3339Nano, text)
		return text, err
	}
	if past {
		after = "-" + before
	}
	distance, err := time.ParseDuration(after)
	if err != nil {
		return "", err
	}
	return string(timeOf(now.Add(distance))), nil
}

// place is where in the file something begins, by which answers are ordered.
type place struct{ line, column int }

// UnmarshalYAML takes the place of what is there.
func (p *place) UnmarshalYAML(node *yaml.Node) error {
	p.line, p.column = node.Line, node.Column
	return nil
}

// UnmarshalYAML notes the bucket's place besides what it holds. A [yaml.Node]
// for a parameter would not refuse keys that the model does not have.
func (b *Bucket) UnmarshalYAML(decode func(any) error) error {
	type plain Bucket
	return errors.Join(decode((*plain)(b)), decode(&b.place))
}

// UnmarshalYAML notes the iteration's place, as a bucket's does.
func (i *Iteration) UnmarshalYAML(decode func(any) error) error {
	type plain Iteration
	return errors.Join(decode((*plain)(i)), decode(&i.place))
}

func (b *Bucket) at() place    { return b.place }
func (i *Iteration) at() place { return i.place }

// inOrder are the names of what is there, in the order of the file.
func inOrder[V interface{ at() place }](things map[string]V) []string {
	return slices.SortedFunc(maps.Keys(things), func(a, b string) int {
		p, q := things[a].at(), things[b].at()
		return cmp.Or(cmp.Compare(p.line, q.line), cmp.Compare(p.column, q.column), cmp.Compare(a, b))
	})
}

// set says whether HCP means a time by t: its two zero dates mean none.
func (t Time) set() bool {
	at, err := time.Parse(time.RFC3339Nano, string(t))
	return err == nil && at.Unix() > 0
}

// number is the version's number, and 0 where its name has none.
func (i *Iteration) number() int32 {
	digits, found := strings.CutPrefix(i.Name, "v")
	n, err := strconv.ParseUint(digits, 10, 31)
	if !found || err != nil {
		return 0
	}
	return int32(n)
}

// complete is what the older API has in place of a status.
func (i *Iteration) complete() bool {
	return slices.Contains([]string{"ACTIVE", "REVOCATION_SCHEDULED", "REVOKED"}, i.Status)
}

// revoked says whether a revocation is in force.
func (i *Iteration) revoked(now time.Time) bool {
	at, err := time.Parse(time.RFC3339Nano, string(i.RevokeAt))
	return i.Status == "REVOKED" || err == nil && i.RevokeAt.set() && at.Before(now)
}

// revocation is the revocation's type as the older API spells it.
func (i *Iteration) revocation() string {
	switch {
	case i.InheritedFrom != nil:
		return "INHERITED"
	case i.RevokeAt.set(), i.Status == "REVOKED", i.Status == "REVOCATION_SCHEDULED":
		return "MANUAL"
	default:
		return "UNSET"
	}
}

// Load reads a registry file.
func Load(path string) (*Registry, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reg, err := Parse(doc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return reg, nil
}

// Parse is [Load] for a document in memory. A key that the model does not have
// is an error, and so is a reference to what is not there.
func Parse(doc []byte) (*Registry, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(doc))
	decoder.KnownFields(true)
	reg := new(Registry)
	if err := decoder.Decode(reg); err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	reg.fill()
	return reg, reg.check()
}

// project returns the project with this id and the organization it is in, nil
// where there is none.
func (r *Registry) project(id string) (*Project, *Organization) {
	for o := range r.Organizations {
		org := &r.Organizations[o]
		for p := range org.Projects {
			if org.Projects[p].ID == id {
				return &org.Projects[p], org
			}
		}
	}
	return nil, nil
}

// organization returns the organization with this id, nil where there is none.
func (r *Registry) organization(id string) *Organization {
	i := slices.IndexFunc(r.Organizations, func(o Organization) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return &r.Organizations[i]
}
