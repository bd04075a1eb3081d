package fakehcp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// absent is the status that leaves the field out of an answer.
const absent = "ABSENT"

// channelAuthor is who last changed every channel.
const channelAuthor = "release-manager"

// The answers below have the fields of the SDK's models, in the words of the newer
// API; see [olderWords]. The models themselves would cut every time to milliseconds.

// findProject finds the request's project, or refuses as HCP does.
func (s *Server) findProject(c *call) error {
	if err := s.authenticate(c); err != nil {
		return err
	}
	projectID := c.PathValue("project")
	c.project, c.org = s.registry.project(projectID)
	switch {
	case c.project == nil || c.org.ID != c.PathValue("org"):
		return refuse(notFound, "project %q not found", projectID)
	case !c.principal.sees(c.org, c.project):
		return refuse(permissionDenied, "the principal has no permission for project %q", projectID)
	case c.project.Registry == "deactivated":
		return refuse(failedPrecondition, "This HCP Packer registry was deactivated by the administrator. "+
			"Reactivate the registry to use it.")
	case c.project.Registry == "never-activated":
		return refuse(failedPrecondition, "Registry not activated. "+
			"Activate the HCP Packer registry of the project to use it.")
	}
	return nil
}

// findBucket finds the request's bucket, or refuses as HCP does.
func (s *Server) findBucket(c *call) error {
	if err := s.findProject(c); err != nil {
		return err
	}
	c.bucketName = c.PathValue("bucket")
	c.bucket = c.project.Buckets[c.bucketName]
	switch {
	case c.bucket == nil, c.bucket.Gone:
		return refuse(notFound, "bucket %q not found", c.bucketName)
	case c.bucket.Refused:
		return refuse(permissionDenied, "the principal has no permission for bucket %q", c.bucketName)
	case c.Method != http.MethodGet && c.principal.Role != "contributor":
		return refuse(permissionDenied, "the principal has no permission to write to bucket %q", c.bucketName)
	}
	return nil
}

// findChannel finds the request's channel and what it points at.
func (s *Server) findChannel(c *call) error {
	if err := s.findBucket(c); err != nil {
		return err
	}
	name := c.PathValue("channel")
	if c.bucket.Channels[name] == nil {
		return refuse(notFound, "channel %q not found in bucket %q", name, c.bucketName)
	}
	c.takeChannel(name)
	if c.hidden() {
		return refuse(permissionDenied, "channel %q is restricted, the principal has no permission to read it", name)
	}
	return nil
}

// takeChannel sets the channel that c is about, and what that points at now.
func (c *call) takeChannel(name string) {
	c.channelName, c.channel = name, c.bucket.Channels[name]
	c.take(c.channel.Iteration)
}

// take sets the iteration that c is about, or none.
func (c *call) take(fingerprint string) {
	c.fingerprint, c.iteration = fingerprint, c.bucket.Iterations[fingerprint]
}

// hidden says whether c's principal may not see what its channel points at.
func (c *call) hidden() bool { return c.channel.Restricted && c.principal.Role == "viewer" }

// findIteration finds the iteration whose fingerprint the path or the query has.
func (s *Server) findIteration(c *call) error {
	if err := s.findBucket(c); err != nil {
		return err
	}
	query := c.URL.Query()
	c.take(cmp.Or(c.PathValue("fingerprint"), query.Get("fingerprint"), query.Get("version_fingerprint")))
	if c.iteration == nil {
		return refuse(aborted, "no version with fingerprint %q in bucket %q", c.fingerprint, c.bucketName)
	}
	return nil
}

// getChannel answers GET …/buckets/{bucket}/channels/{channel}, and the older
// API's …/images/….
func getChannel(c *call) (any, error) {
	return object{"channel", c.renderChannel()}, nil
}

// getIteration answers GET …/buckets/{bucket}/versions/{fingerprint}, and the older
// API's …/images/{bucket}/iteration.
func getIteration(c *call) (any, error) { return object{"version", c.version()}, nil }

func (c *call) renderChannel() object {
	return object{
		"id", c.channel.ID, "name", c.channelName, "bucket_name", c.bucketName,
		"author_id", channelAuthor, "created_at", defaultTime, "updated_at", defaultTime,
		"managed", c.channel.Managed, "restricted", c.channel.Restricted, "version?", c.version(),
	}
}

// version is c's iteration, nil where there is none. Where c is about a channel it
// may come without its builds.
func (c *call) version() object {
	i := c.iteration
	if i == nil {
		return nil
	}
	builds := []object{}
	if !c.bare && (c.channel == nil || !i.BuildsLeftOut) {
		for _, b := range i.Builds {
			builds = append(builds, c.renderBuild(i, b))
		}
	}
	status, parents := prefixed("VERSION_", i.Status), c.parents()
	if c.listed && slices.Contains(i.ListLeavesOut, "status") {
		status = ""
	}
	if c.listed && slices.Contains(i.ListLeavesOut, "parents") {
		parents = nil
	}
	if c.older {
		status, parents = "", nil
	}
	v := append(object{
		"id", i.ID, "bucket_name", c.bucketName, "fingerprint", c.fingerprint, "status?", status,
		"author_id", i.AuthorID, "created_at", i.CreatedAt, "updated_at", i.UpdatedAt, "builds", builds,
		"template_type", "HCL2", "has_descendants", false, "revocation_inherited_from?", c.ancestor(), "parents?", parents,
	}, c.revocation()...)
	if c.older {
		return append(v, "incremental_version", i.number(), "complete", i.complete())
	}
	return append(v, "name", i.Name)
}

// revocation are the fields of the revocation of c's iteration.
func (c *call) revocation() object {
	i, kind := c.iteration, "REVOCATION_TYPE_UNSET"
	_, timed := i.RevokeAt.parse()
	switch {
	case i.InheritedFrom != nil:
		kind = "INHERITED"
	case timed, i.Status == "REVOKED", i.Status == "REVOCATION_SCHEDULED":
		kind = "MANUAL"
	case c.older:
		kind = "UNSET"
	}
	return object{
		"revoke_at?", i.RevokeAt, "revocation_type", kind,
		"revocation_message", i.RevocationMessage, "revocation_author", i.RevocationAuthor,
	}
}

// ancestor is what c's iteration inherited its revocation from.
func (c *call) ancestor() object {
	from := c.iteration.InheritedFrom
	if from == nil {
		return nil
	}
	i := c.project.iteration(from.Bucket, from.Iteration)
	name := object{"version_name", i.Name}
	if c.older {
		name = object{"iteration_incremental_version", i.number()}
	}
	return append(object{"bucket_name", from.Bucket, "version_fingerprint", from.Iteration, "version_id", i.ID}, name...)
}

// parents is what the version says of its parents, nil where it says nothing.
func (c *call) parents() object {
	i := c.iteration
	status := i.ParentsStatus
	if len(i.Parents) > 0 && status == "" {
		status = c.project.parentsStatus(i)
	}
	if status == "" || status == absent {
		return nil
	}
	return object{"status", status}
}

func (c *call) renderBuild(i *Iteration, b Build) object {
	artifacts := []object{}
	for _, image := range b.Images {
		artifacts = append(artifacts, object{
			"id", image.ID, "external_identifier", image.ImageID, "region", image.Region, "created_at", image.CreatedAt,
		})
	}
	prefix := "BUILD_"
	if c.older {
		prefix = ""
	}
	return object{
		"id", b.ID, "version_id", i.ID, "component_type", b.ComponentType, "platform", b.CloudProvider,
		"status?", prefixed(prefix, b.Status), "packer_run_uuid", b.PackerRunUUID, "labels?", b.Labels,
		"created_at", b.CreatedAt, "updated_at", b.UpdatedAt, "artifacts", artifacts,
	}
}

// prefixed is a status as an API spells it, and empty where it is left out.
func prefixed(prefix, status string) string {
	if status == absent {
		return ""
	}
	return prefix + status
}

// parentStatus is whether a parent's channel still points at what was built on.
func (p *Project) parentStatus(parent Parent) string {
	channel := p.Buckets[parent.Bucket].Channels[parent.Channel]
	switch {
	case channel == nil:
		return "UNDETERMINED"
	case channel.Iteration != parent.Iteration:
		return "OUT_OF_DATE"
	}
	return "UP_TO_DATE"
}

// parentsStatus is the status of all parents together: out of date where one of
// them is, and up to date only where all are.
func (p *Project) parentsStatus(i *Iteration) string {
	for _, worst := range []string{"OUT_OF_DATE", "UNDETERMINED"} {
		if slices.ContainsFunc(i.Parents, func(parent Parent) bool { return p.parentStatus(parent) == worst }) {
			return worst
		}
	}
	return "UP_TO_DATE"
}

// listAncestry answers GET …/buckets/{bucket}/ancestry for the parents of a
// version, in the order of the file. HCP's query without a fingerprint is of the
// latest version, and without a type it includes children: neither is served.
func listAncestry(c *call) (any, error) {
	query := c.URL.Query()
	if kind := query.Get("type"); kind != "ANCESTRY_TYPE_PARENTS" {
		return nil, refuse(invalidArgument, "invalid type %q", kind)
	}
	parents, pagination, err := paginate(query, c.iteration.Parents)
	relations := []object{}
	for _, parent := range parents {
		relations = append(relations, object{
			"child", object{
				"bucket_name", c.bucketName, "version_fingerprint", c.fingerprint,
				"version_id", c.iteration.ID, "version_name", c.iteration.Name,
			},
			"parent", c.project.renderParent(parent),
			"status", c.project.parentStatus(parent),
		})
	}
	return object{"relations", relations, "pagination", pagination, "total_count", len(c.iteration.Parents)}, err
}

func (p *Project) renderParent(parent Parent) object {
	built := p.iteration(parent.Bucket, parent.Iteration)
	var now object
	if channel := p.Buckets[parent.Bucket].Channels[parent.Channel]; channel != nil && channel.Iteration != "" {
		i := p.iteration(parent.Bucket, channel.Iteration)
		now = object{"fingerprint", channel.Iteration, "id", i.ID, "name", i.Name}
	}
	return object{
		"bucket_name", parent.Bucket, "channel_name", parent.Channel, "channel_version?", now,
		"version_fingerprint", parent.Iteration, "version_id", built.ID, "version_name", built.Name,
	}
}

// updateChannel answers PATCH …/buckets/{bucket}/channels/{channel}. Without a
// fingerprint the channel is emptied.
func updateChannel(c *call) (any, error) {
	var request models.HashicorpCloudPacker20230101UpdateChannelBody
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	switch {
	case request.UpdateMask != "versionFingerprint":
		return nil, refuse(invalidArgument, "update_mask %q is invalid", request.UpdateMask)
	case c.channel.Managed:
		return nil, refuse(failedPrecondition, "channel %q is managed by HCP Packer and cannot be changed", c.channelName)
	}
	return c.assign(c.channelName, request.VersionFingerprint)
}

// createChannel answers POST …/buckets/{bucket}/channels.
func createChannel(c *call) (any, error) {
	var request models.HashicorpCloudPacker20230101CreateChannelBody
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	if c.bucket.Channels[request.Name] != nil {
		return nil, refuse(alreadyExists, "channel %q already exists in bucket %q", request.Name, c.bucketName)
	}
	c.channel = &Channel{ID: ulid(c.project.ID + "/" + c.bucketName + "#" + request.Name)}
	return c.assign(request.Name, request.VersionFingerprint)
}

// assign points c's channel at an iteration of its bucket, and answers with it.
// HashiCorp documents that only complete versions can be assigned, and nowhere the
// error's code.
func (c *call) assign(name, fingerprint string) (any, error) {
	if fingerprint != "" {
		switch i := c.bucket.Iterations[fingerprint]; {
		case i == nil:
			return nil, refuse(aborted, "no version with fingerprint %q", fingerprint)
		case i.revoked(time.Now()):
			return nil, refuse(failedPrecondition, "version %q is revoked and cannot be assigned to a channel", i.Name)
		case !i.complete():
			return nil, refuse(failedPrecondition, "version %q is incomplete and cannot be assigned to a channel", i.Name)
		}
	}
	c.channel.Iteration = fingerprint
	c.channel.record(timeOf(time.Now()), c.principal.Name)
	c.bucket.Channels[name] = c.channel
	c.takeChannel(name)
	return getChannel(c)
}

// decode reads the request's body; a field that the API does not have is refused,
// as by the gateway that turns JSON into HCP's gRPC.
func (c *call) decode(request any) error {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(request) != nil {
		return refuse(invalidArgument, "the request is not the JSON that it should be")
	}
	return nil
}
