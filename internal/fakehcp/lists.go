package fakehcp

import (
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// sortedNames are the names of what is there.
func sortedNames[V any](things map[string]V) []string { return slices.Sorted(maps.Keys(things)) }

// listBuckets answers GET …/buckets, with the buckets that it refuses to show.
// Whether HCP nests the builds of the latest version is not documented; here they
// are left out.
func listBuckets(c *call) (any, error) {
	names, pagination, err := paginate(c.URL.Query(), inOrder(c.project.Buckets))
	c.bare = true
	buckets := []object{}
	for _, name := range names {
		c.bucketName, c.bucket = name, c.project.Buckets[name]
		c.takeChannel("latest")
		buckets = append(buckets, object{
			"id", c.bucket.ID, "name", name,
			"resource_name", "packer/project/" + c.project.ID + "/bucket/" + name,
			"location", object{"organization_id", c.org.ID, "project_id", c.project.ID},
			"labels?", c.bucket.Labels, "platforms", []object{}, "latest_version?", c.version(),
			"version_count", strconv.Itoa(len(c.bucket.Iterations)), // a 64-bit number, which protobuf's JSON quotes
			"created_at", defaultTime, "updated_at", defaultTime,
		})
	}
	return object{"buckets", buckets, "pagination", pagination}, err
}

// listChannels answers GET …/buckets/{bucket}/channels: all channels in order of
// name, each with its version. A viewer sees that there is a restricted channel,
// and not what it points at. HCP's answer has no pagination.
func listChannels(c *call) (any, error) {
	c.listed = true
	channels := []object{}
	for _, name := range sortedNames(c.bucket.Channels) {
		c.takeChannel(name)
		if c.hidden() {
			c.take("")
		}
		channels = append(channels, c.renderChannel())
	}
	return object{"channels", channels}, nil
}

// listHistory answers GET …/buckets/{bucket}/channels/{channel}/history, newest
// first. The version is null where the channel was emptied.
func listHistory(c *call) (any, error) {
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
func search(c *call) (any, error) {
	switch c.project.Search {
	case "refused":
		return nil, refuse(permissionDenied, "the registry of project %q does not include the search", c.project.ID)
	case "absent":
		return noEndpoint(c)
	case "unimplemented":
		return nil, refuse(unimplemented, "Method Not Implemented")
	}
	var request models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody
	if err := c.decode(&request); err != nil {
		return nil, err
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
			i := c.iteration
			version := append(object{
				"id", i.ID, "name", i.Name, "fingerprint", fingerprint, "author_id", i.AuthorID,
				"status?", prefixed("VERSION_", i.Status),
			}, c.revocation()...)
			for _, build := range i.Builds {
				for _, image := range build.Images {
					if image.ImageID == id {
						matches = append(matches, object{
							"bucket", object{"id", c.bucket.ID, "name", name, "labels?", c.bucket.Labels},
							"version", version, "build", c.renderBuild(i, build),
						})
					}
				}
			}
		}
	}
	return matches
}

// record adds what the channel points at now to its history, if it is not there.
func (ch *Channel) record(at Time, author string) {
	if ch.Iteration == "" && len(ch.History) == 0 || len(ch.History) > 0 && ch.History[0].Iteration == ch.Iteration {
		return
	}
	ch.History = append([]Assignment{{ch.Iteration, at, author}}, ch.History...)
}
