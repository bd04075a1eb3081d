package fakehcp

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sortedNames are the names of what is there.
func sortedNames[V any](things map[string]V) []string { return slices.Sorted(maps.Keys(things)) }

// listBuckets answers GET …/buckets, with the buckets that it refuses to show.
// Whether HCP nests the builds of the latest version is not documented; here they
// are left out.
func (s *Server) listBuckets(c *call) (any, error) {
	if err := s.findProject(c); err != nil {
		return nil, err
	}
	query := c.URL.Query()
	if order := query.Get("sorting.order_by"); order != "" && order != "name" {
		return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "cannot sort by %q", order)
	}
	ordered := inOrder[*Bucket]
	if query.Get("sorting.order_by") == "name" {
		ordered = sortedNames[*Bucket]
	}
	names, pagination, err := paginate(query, ordered(c.project.Buckets))
	c.bare = true
	buckets := []object{}
	for _, name := range names {
		c.bucketName, c.bucket = name, c.project.Buckets[name]
		c.takeChannel("latest")
		buckets = append(buckets, object{
			"id", c.bucket.ID, "name", name,
			"resource_name", "packer/project/" + c.project.ID + "/bucket/" + name,
			"location", object{"organization_id", c.org.ID, "project_id", c.project.ID},
			"labels", labels(c.bucket.Labels), "platforms", []object{}, "latest_version?", c.version(),
			"version_count", strconv.Itoa(len(c.bucket.Iterations)), // a 64-bit number, which protobuf's JSON quotes
			"created_at", defaultTime, "updated_at", defaultTime,
		})
	}
	return object{"buckets", buckets, "pagination", pagination}, err
}

// listChannels answers GET …/buckets/{bucket}/channels: all channels in order of
// name, each with its version. A viewer sees that there is a restricted channel,
// and not what it points at. HCP's answer has no pagination.
func (s *Server) listChannels(c *call) (any, error) {
	err := s.findBucket(c)
	if err != nil {
		return nil, err
	}
	names, pagination := sortedNames(c.bucket.Channels), object(nil)
	if c.bucket.ChannelsPage > 0 {
		query := c.URL.Query()
		query.Set("pagination.page_size", strconv.Itoa(c.bucket.ChannelsPage))
		names, pagination, err = paginate(query, names)
	}
	c.listed = true
	channels := []object{}
	for _, name := range names {
		c.takeChannel(name)
		if c.hidden() {
			c.take("")
		}
		channels = append(channels, c.renderChannel(c.version()))
	}
	return object{"channels", channels, "pagination?", pagination}, err
}

// listHistory answers GET …/buckets/{bucket}/channels/{channel}/history, newest
// first. The version is null where the channel was emptied.
func (s *Server) listHistory(c *call) (any, error) {
	if err := s.findChannel(c); err != nil {
		return nil, err
	}
	c.bare, c.listed = true, true
	page, pagination, err := paginate(c.URL.Query(), c.channel.History)
	rows := []object{}
	for _, row := range page {
		c.take(row.Iteration)
		rows = append(rows, object{"assigned_at", row.AssignedAt, "author_id", row.AuthorID, "version", c.version()})
	}
	return object{"count", len(c.channel.History), "history", rows, "pagination", pagination}, err
}

// search answers POST …/_search/external_artifact: one match for every image of the
// project that the request is about.
func (s *Server) search(c *call) (any, error) {
	if err := s.findProject(c); err != nil {
		return nil, err
	}
	switch c.project.Search {
	case "refused":
		return nil, refuse(http.StatusForbidden, codePermissionDenied, "the registry of project %q does not include the search of external artifacts", c.project.ID)
	case "absent":
		return noEndpoint(c)
	case "unimplemented":
		return nil, refuse(http.StatusNotImplemented, codeUnimplemented, "Method Not Implemented")
	}
	var request struct { // of the SDK's HashicorpCloudPacker20230101SearchExternalArtifactRequestBody
		ExternalIdentifier string `json:"external_identifier"`
	}
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	if strings.TrimSpace(request.ExternalIdentifier) == "" {
		return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "external_identifier is required")
	}
	page, pagination, err := paginate(c.URL.Query(), c.matches(request.ExternalIdentifier))
	return object{"artifacts", page, "pagination", pagination}, err
}

// matches are all images of c's project with an id, in the order of the file.
func (c *call) matches(id string) []object {
	matches := []object{}
	for _, name := range inOrder(c.project.Buckets) {
		c.bucket = c.project.Buckets[name]
		for _, fingerprint := range inOrder(c.bucket.Iterations) {
			c.take(fingerprint)
			for _, build := range c.iteration.Builds {
				for _, image := range build.Images {
					if image.ImageID == id {
						matches = append(matches, object{
							"bucket", object{"id", c.bucket.ID, "name", name, "labels", labels(c.bucket.Labels)},
							"version", c.matchedVersion(), "build", c.renderBuild(c.iteration, build),
						})
					}
				}
			}
		}
	}
	return matches
}

// matchedVersion is what a match tells of c's iteration.
func (c *call) matchedVersion() object {
	i := c.iteration
	return append(object{
		"id", i.ID, "name", i.Name, "fingerprint", c.fingerprint,
		"status?", prefixed("VERSION_", i.Status), "author_id", i.AuthorID,
	}, c.revocation()...)
}

// historyAuthor is the author of what HCP assigns itself: its own channels, and
// what a revocation rolls back.
const historyAuthor = "HCP Packer"

// Revoke revokes an iteration at once, as people do in the portal: HCP rolls each
// channel that points at it back to what it had before and is still valid, or
// empties it where there is no such iteration.
func (b *Bucket) Revoke(fingerprint, author, message string) {
	now := time.Now()
	i := b.Iterations[fingerprint]
	i.Status, i.RevokeAt, i.RevocationAuthor, i.RevocationMessage = "REVOKED", timeOf(now), author, message
	for _, channel := range b.Channels {
		if channel.Iteration != fingerprint {
			continue
		}
		channel.Iteration = ""
		for _, row := range channel.History {
			if row.Iteration != "" && !b.Iterations[row.Iteration].revoked(now) {
				channel.Iteration = row.Iteration
				break
			}
		}
		channel.record(timeOf(now), historyAuthor)
	}
}

// record adds what the channel points at now to its history, if it is not there.
func (ch *Channel) record(at Time, author string) {
	if ch.Iteration == "" && len(ch.History) == 0 || len(ch.History) > 0 && ch.History[0].Iteration == ch.Iteration {
		return
	}
	if ch.Managed {
		author = historyAuthor
	}
	ch.History = append([]Assignment{{ch.Iteration, at, author}}, ch.History...)
}
