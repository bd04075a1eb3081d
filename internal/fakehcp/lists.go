package fakehcp

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// The types below are answers of the API of 2023-01-01, as those in
// packer2023.go.

type listBuckets2023 struct {
	Buckets    []bucket2023 `json:"buckets"`
	Pagination pagination   `json:"pagination"`
}

type bucket2023 struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	ResourceName  string            `json:"resource_name"`
	Location      location2023      `json:"location"`
	Labels        map[string]string `json:"labels"`
	Platforms     []string          `json:"platforms"`
	LatestVersion *version2023      `json:"latest_version,omitempty"`
	VersionCount  string            `json:"version_count"` // a 64-bit number, which protobuf's JSON quotes
	CreatedAt     Time              `json:"created_at"`
	UpdatedAt     Time              `json:"updated_at"`
}

type location2023 struct {
	OrganizationID string `json:"organization_id"`
	ProjectID      string `json:"project_id"`
}

type listChannels2023 struct {
	Channels   []channel2023 `json:"channels"`
	Pagination *pagination   `json:"pagination,omitempty"` // HCP's has none
}

// buckets2023 answers GET …/buckets, with the buckets that it refuses to show.
func (s *Server) buckets2023(c call) answer {
	f, refusal := s.findProject(c)
	if refusal != nil {
		return *refusal
	}
	query := c.URL.Query()
	names, refusal := f.project.bucketNames(query)
	if refusal != nil {
		return *refusal
	}
	first, last, page, refusal := paginate(query, len(names))
	if refusal != nil {
		return *refusal
	}
	list := listBuckets2023{[]bucket2023{}, page}
	for _, name := range names[first:last] {
		f.bucket = name
		list.Buckets = append(list.Buckets, f.newBucket2023(f.project.Buckets[name]))
	}
	return reply(http.StatusOK, list)
}

// bucketNames are the names of the project's buckets in the order that the query
// asks for: that of the names, or else of the file.
func (p *Project) bucketNames(query url.Values) ([]string, *answer) {
	switch order := query.Get("sorting.order_by"); order {
	case "":
		return inOrder(p.Buckets), nil
	case "name":
		return slices.Sorted(maps.Keys(p.Buckets)), nil
	default:
		refusal := refuse(http.StatusBadRequest, codeInvalidArgument, "cannot sort by %q", order)
		return nil, &refusal
	}
}

// newBucket2023 describes f's bucket. Whether HCP nests the builds of its latest
// version is not documented; here they are left out.
func (f found) newBucket2023(b *Bucket) bucket2023 {
	f.fingerprint = b.latest()
	f.iteration = b.Iterations[f.fingerprint]
	described := bucket2023{
		ID:            b.ID,
		Name:          f.bucket,
		ResourceName:  "packer/project/" + f.project.ID + "/bucket/" + f.bucket,
		Location:      location2023{f.org.ID, f.project.ID},
		Labels:        labels(b.Labels),
		Platforms:     f.iteration.platforms(),
		LatestVersion: f.version2023(),
		VersionCount:  strconv.Itoa(len(b.Iterations)),
		CreatedAt:     defaultTime,
		UpdatedAt:     defaultTime,
	}
	if described.LatestVersion != nil {
		described.LatestVersion.Builds = []build2023{}
	}
	return described
}

// platforms are the cloud providers of i's builds, in order and each once.
func (i *Iteration) platforms() []string {
	platforms := []string{}
	if i == nil {
		return platforms
	}
	for _, build := range i.Builds {
		platforms = append(platforms, build.CloudProvider)
	}
	slices.Sort(platforms)
	return slices.Compact(platforms)
}

// channels2023 answers GET …/buckets/{bucket}/channels: all channels in order of
// name, each with its version. A viewer sees that there is a restricted channel,
// and not what it points at.
func (s *Server) channels2023(c call) answer {
	f, bucket, refusal := s.findBucket(c)
	if refusal != nil {
		return *refusal
	}
	names, page, refusal := bucket.channelNames(c.URL.Query())
	if refusal != nil {
		return *refusal
	}
	list := listChannels2023{[]channel2023{}, page}
	for _, name := range names {
		f.channelName, f.channel = name, bucket.Channels[name]
		f.fingerprint = f.channel.Iteration
		f.iteration = bucket.Iterations[f.fingerprint]
		channel := f.newChannel2023()
		switch {
		case f.channel.hiddenFrom(c.principal):
			channel.Version = nil
		case channel.Version != nil:
			channel.Version.leaveOut(f.iteration.ListLeavesOut)
		}
		list.Channels = append(list.Channels, channel)
	}
	return reply(http.StatusOK, list)
}

// channelNames are the names of the channels of the page that is asked for.
func (b *Bucket) channelNames(query url.Values) ([]string, *pagination, *answer) {
	names := slices.Sorted(maps.Keys(b.Channels))
	if b.ChannelsPage == 0 {
		return names, nil, nil
	}
	query.Set("pagination.page_size", strconv.Itoa(b.ChannelsPage))
	first, last, page, refusal := paginate(query, len(names))
	return names[first:last], &page, refusal
}

// What a list of channels may leave out of a version.
const (
	leftOutStatus  = "status"
	leftOutParents = "parents"
)

// leaveOut takes out of v what a list does not say.
func (v *version2023) leaveOut(fields []string) {
	for _, field := range fields {
		switch field {
		case leftOutStatus:
			v.Status = ""
		case leftOutParents:
			v.Parents = nil
		}
	}
}
