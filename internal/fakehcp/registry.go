package fakehcp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
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
// Below it, an id that is unset is made from the names, and a time that is unset
// is a fixed one, but for RevokeAt.
type Registry struct {
	// Organizations are the HCP organizations, each with its projects.
	Organizations []Organization `yaml:"organizations"`
	// Principals are the service principals that can authenticate.
	Principals []Principal `yaml:"principals"`
	// Providers are what GitHub's OIDC tokens are exchanged with.
	Providers []Provider `yaml:"workload_identity_providers"`
}

// Organization is an HCP organization.
type Organization struct {
	// ID is its UUID, and Projects are in the order in which HCP lists them.
	ID       string    `yaml:"id"`
	Projects []Project `yaml:"projects"`
}

// Project is an HCP project; it has at most one HCP Packer registry.
type Project struct {
	// ID is its UUID, and Name what people call it.
	ID   string `yaml:"id"`
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
	// Buckets are the registry's buckets by name, to which Generate adds some.
	Buckets  map[string]*Bucket `yaml:"buckets"`
	Generate GenerateBuckets    `yaml:"generate"`
}

// Bucket is a bucket of an HCP Packer registry.
type Bucket struct {
	// ID is its ULID, and Labels are its labels.
	ID     string            `yaml:"id"`
	Labels map[string]string `yaml:"labels"`
	// Iterations are its iterations (versions) by fingerprint.
	Iterations map[string]*Iteration `yaml:"iterations"`
	// Channels are its channels by name. Every bucket of HCP has a managed,
	// restricted channel "latest"; where the file has none, one that points at
	// the newest active iteration is added.
	Channels map[string]*Channel `yaml:"channels"`
	// Refused is set of a bucket that is listed and that nobody may read (403),
	// Gone of one that is deleted by the time it is read (404).
	Refused bool `yaml:"refused"`
	Gone    bool `yaml:"gone"`

	place place
}

// Channel is a channel of a bucket.
type Channel struct {
	// ID is its ULID.
	ID string `yaml:"id"`
	// Iteration is the fingerprint of the iteration that it points at, of the
	// same bucket; empty for an unassigned channel.
	Iteration string `yaml:"iteration"`
	// Managed is set of channels that HCP keeps up to date itself, and Restricted
	// of those that a viewer may not read.
	Managed    bool `yaml:"managed"`
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
	// AssignedAt and AuthorID are when and by whom it was assigned.
	AssignedAt Time   `yaml:"assigned_at"`
	AuthorID   string `yaml:"author_id"`
}

// Iteration is an iteration of a bucket, a version in the newer API.
type Iteration struct {
	// ID is its ULID.
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
	// AuthorID, CreatedAt and UpdatedAt are by whom and when it was made.
	AuthorID  string `yaml:"author_id"`
	CreatedAt Time   `yaml:"created_at"`
	UpdatedAt Time   `yaml:"updated_at"`
	// RevokeAt is left out of answers where it is unset. HCP also renders an
	// unset time as 0001-01-01T00:00:00Z and 1970-01-01T00:00:00Z; write these.
	RevokeAt Time `yaml:"revoke_at"`
	// RevocationMessage and RevocationAuthor are why and by whom.
	RevocationMessage string `yaml:"revocation_message"`
	RevocationAuthor  string `yaml:"revocation_author"`
	// InheritedFrom is the iteration whose revocation this one inherited, without a
	// channel.
	InheritedFrom *Parent `yaml:"revocation_inherited_from"`
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
	// Builds are its builds, in order, to which Generate adds some.
	Builds   []Build  `yaml:"builds"`
	Generate Generate `yaml:"generate"`

	place place
}

// Parent is an iteration that another one was built on.
type Parent struct {
	// Bucket, of the same project, and Iteration, a fingerprint, are the parent's.
	Bucket    string `yaml:"bucket"`
	Iteration string `yaml:"iteration"`
	// Channel is the channel that the build found the parent by. HCP cannot tell
	// whether the parent moved on where the channel is not there any more, or
	// where there was none, which is an empty one here.
	Channel string `yaml:"channel"`
}

// Generate says how many builds to add to an iteration. All are DONE, of the
// provider aws, each image in a region of its own.
type Generate struct {
	// Builds is how many builds there are, and Images how many images each has.
	Builds int `yaml:"builds"`
	Images int `yaml:"images"`
	// ImageID is the image id of all of them; each has its own where it is unset.
	ImageID string `yaml:"image_id"`
}

// GenerateBuckets says how many buckets to add to a project. They are named
// generated-0001 and channel-1 and so on. Each channel points at an active version
// of its own, with one build of one image.
type GenerateBuckets struct {
	// Buckets is how many there are, and Channels how many each has beside "latest".
	Buckets  int `yaml:"buckets"`
	Channels int `yaml:"channels"`
}

// Build is one build of an iteration.
type Build struct {
	// ID is its ULID, CloudProvider (the newer API's platform) is aws, azure,
	// gce, …, and ComponentType the Packer builder, such as amazon-ebs.ubuntu.
	ID            string `yaml:"id"`
	CloudProvider string `yaml:"cloud_provider"`
	ComponentType string `yaml:"component_type"`
	// Status is DONE (also where it is unset), RUNNING, FAILED, CANCELLED or
	// UNSET, with BUILD_ in front in the newer API; ABSENT leaves it out.
	Status string `yaml:"status"`
	// The rest is as its name says. Images are in order.
	PackerRunUUID string            `yaml:"packer_run_uuid"`
	Labels        map[string]string `yaml:"labels"`
	CreatedAt     Time              `yaml:"created_at"`
	UpdatedAt     Time              `yaml:"updated_at"`
	Images        []Image           `yaml:"images"`
}

// Image is an image of a build, an artifact in the newer API.
type Image struct {
	// ID is its ULID, and ImageID the cloud's name for it, such as
	// ami-0123456789abcdef0; the newer API's external identifier.
	ID        string `yaml:"id"`
	ImageID   string `yaml:"image_id"`
	Region    string `yaml:"region"`
	CreatedAt Time   `yaml:"created_at"`
}

// Time is a time as it is served: the text of the file, so that its precision
// stays. The file may also say "in 48h" or "48h ago", meaning from the moment
// the file is read.
type Time string

// UnmarshalYAML resolves a relative time and checks an absolute one.
func (t *Time) UnmarshalYAML(node *yaml.Node) error {
	*t = Time(node.Value)
	after, future := strings.CutPrefix(node.Value, "in ")
	before, past := strings.CutSuffix(node.Value, " ago")
	_, err := time.Parse(time.RFC3339Nano, node.Value)
	if future || past {
		if past {
			after = "-" + before
		}
		var distance time.Duration
		distance, err = time.ParseDuration(after)
		*t = timeOf(time.Now().Add(distance))
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	return nil
}

func timeOf(t time.Time) Time { return Time(t.UTC().Format("2006-01-02T15:04:05.000Z07:00")) }

// parse is t, and whether HCP means a time by it: its two zero dates mean none.
func (t Time) parse() (at time.Time, set bool) {
	at, err := time.Parse(time.RFC3339Nano, string(t))
	return at, err == nil && at.Unix() > 0
}

// place is where in the file something begins, by which answers are ordered.
type place int

// UnmarshalYAML takes the place of what is there.
func (p *place) UnmarshalYAML(node *yaml.Node) error {
	*p = place(node.Line<<12 | node.Column)
	return nil
}

// UnmarshalYAML also notes the bucket's place. A [yaml.Node] for a parameter
// would not refuse keys that the model does not have.
func (b *Bucket) UnmarshalYAML(decode func(any) error) error {
	type plain Bucket
	return errors.Join(decode((*plain)(b)), decode(&b.place))
}

// UnmarshalYAML also notes the iteration's place, as a bucket's does.
func (i *Iteration) UnmarshalYAML(decode func(any) error) error {
	type plain Iteration
	return errors.Join(decode((*plain)(i)), decode(&i.place))
}

func (b *Bucket) at() place    { return b.place }
func (i *Iteration) at() place { return i.place }

// inOrder are the names of what is there, in the order of the file.
func inOrder[V interface{ at() place }](things map[string]V) []string {
	return slices.SortedStableFunc(slices.Values(sortedNames(things)), func(a, b string) int {
		return cmp.Compare(things[a].at(), things[b].at())
	})
}

// number is the version's number, and 0 where its name has none.
func (i *Iteration) number() int {
	digits, found := strings.CutPrefix(i.Name, "v")
	n, err := strconv.ParseUint(digits, 10, 31)
	if !found || err != nil {
		return 0
	}
	return int(n)
}

// complete says whether it came to its end. Others are INCOMPLETE, RUNNING and the like.
func (i *Iteration) complete() bool {
	return slices.Contains([]string{"ACTIVE", "REVOCATION_SCHEDULED", "REVOKED"}, i.Status)
}

// revoked says whether a revocation is in force.
func (i *Iteration) revoked(now time.Time) bool {
	at, set := i.RevokeAt.parse()
	return i.Status == "REVOKED" || set && at.Before(now)
}

// Load reads a registry file.
func Load(path string) (*Registry, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(doc)
}

// Parse is [Load] for a document in memory. A key that the model does not have
// is an error, and so is a channel's iteration that is not there: either would
// turn a case into another one.
func Parse(doc []byte) (*Registry, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(doc))
	decoder.KnownFields(true)
	reg := new(Registry)
	if err := decoder.Decode(reg); err != nil {
		return nil, err
	}
	reg.fill()
	return reg, reg.check()
}

// check finds a channel that points or pointed at an iteration that is not there.
func (r *Registry) check() error {
	for _, bucket := range r.buckets() {
		for name, channel := range bucket.Channels {
			for _, row := range channel.History { // the first is what it points at now
				if row.Iteration != "" && bucket.Iterations[row.Iteration] == nil {
					return fmt.Errorf("channel %q: no iteration %q in its bucket", name, row.Iteration)
				}
			}
		}
	}
	return nil
}

// buckets are all buckets there are.
func (r *Registry) buckets() []*Bucket {
	var all []*Bucket
	for _, org := range r.Organizations {
		for _, project := range org.Projects {
			all = slices.AppendSeq(all, maps.Values(project.Buckets))
		}
	}
	return all
}

// project returns the project with this id and the organization it is in, nil
// where there is none.
func (r *Registry) project(id string) (*Project, *Organization) {
	for o := range r.Organizations {
		org := &r.Organizations[o]
		if p := slices.IndexFunc(org.Projects, func(p Project) bool { return p.ID == id }); p >= 0 {
			return &org.Projects[p], org
		}
	}
	return nil, nil
}

// Bucket returns a bucket of the project with this id, which has to be there; nil
// where that has no such bucket.
func (r *Registry) Bucket(project, name string) *Bucket {
	p, _ := r.project(project)
	return p.Buckets[name]
}

// iteration returns the iteration of a bucket with this fingerprint. Both have to
// be there.
func (p *Project) iteration(bucket, fingerprint string) *Iteration {
	return p.Buckets[bucket].Iterations[fingerprint]
}

// principal returns the principal with this name, which has to be there.
func (r *Registry) principal(name string) *Principal {
	return &r.Principals[slices.IndexFunc(r.Principals, func(p Principal) bool { return p.Name == name })]
}
