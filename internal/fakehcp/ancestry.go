package fakehcp

import "net/http"

// How an iteration stands to its parents, of the SDK's
// HashicorpCloudPacker20230101AncestryStatus.
const (
	upToDate     = "UP_TO_DATE"
	outOfDate    = "OUT_OF_DATE"
	undetermined = "UNDETERMINED"
)

// The relations that a list of the ancestry has, of the SDK's
// HashicorpCloudPacker20230101BucketAncestryType.
const (
	ancestryOfBoth     = "ANCESTRY_TYPE_UNSET"
	ancestryOfParents  = "ANCESTRY_TYPE_PARENTS"
	ancestryOfChildren = "ANCESTRY_TYPE_CHILDREN"
)

// listAncestry2023 and the types below are the ancestry's answer, as those in
// packer2023.go.
type listAncestry2023 struct {
	Relations  []relation2023 `json:"relations"`
	Pagination pagination     `json:"pagination"`
	TotalCount int            `json:"total_count"`
}

type relation2023 struct {
	Child  child2023  `json:"child"`
	Parent parent2023 `json:"parent"`
	Status string     `json:"status"`
}

type child2023 struct {
	BucketName         string `json:"bucket_name"`
	VersionFingerprint string `json:"version_fingerprint"`
	VersionID          string `json:"version_id"`
	VersionName        string `json:"version_name"`
}

type parent2023 struct {
	BucketName         string              `json:"bucket_name"`
	ChannelName        string              `json:"channel_name"`
	ChannelVersion     *channelVersion2023 `json:"channel_version,omitempty"`
	VersionFingerprint string              `json:"version_fingerprint"`
	VersionID          string              `json:"version_id"`
	VersionName        string              `json:"version_name"`
}

type channelVersion2023 struct {
	Fingerprint string `json:"fingerprint"`
	ID          string `json:"id"`
	Name        string `json:"name"`
}

// ancestry2023 answers GET …/buckets/{bucket}/ancestry: the parents of the
// version with the query's fingerprint, of the latest one without, and, unless
// the query asks for the parents alone, the children of the bucket.
func (s *Server) ancestry2023(c call) answer {
	f, bucket, refusal := s.findBucket(c)
	if refusal != nil {
		return *refusal
	}
	query := c.URL.Query()
	fingerprint := bucket.latest()
	if query.Has("version_fingerprint") {
		fingerprint = query.Get("version_fingerprint")
		if f, refusal = s.findIteration(c, fingerprint); refusal != nil {
			return *refusal
		}
	}
	var relations []relation2023
	switch query.Get("type") {
	case ancestryOfParents:
		relations = f.project.parents(f.bucket, fingerprint)
	case ancestryOfChildren:
		relations = f.project.children(f.bucket, query.Get("channel_name"))
	case ancestryOfBoth, "":
		relations = append(f.project.parents(f.bucket, fingerprint), f.project.children(f.bucket, query.Get("channel_name"))...)
	default:
		return refuse(http.StatusBadRequest, codeInvalidArgument, "invalid type %q", query.Get("type"))
	}
	first, last, page, refusal := paginate(query, len(relations))
	if refusal != nil {
		return *refusal
	}
	return reply(http.StatusOK, listAncestry2023{relations[first:last], page, len(relations)})
}

// latest is the fingerprint of what the managed channel points at.
func (b *Bucket) latest() string {
	if latest := b.Channels["latest"]; latest != nil {
		return latest.Iteration
	}
	return ""
}

// parents relates an iteration to what it was built on, in the order of the file.
func (p *Project) parents(bucket, fingerprint string) []relation2023 {
	relations := []relation2023{}
	i := p.iteration(bucket, fingerprint)
	if i == nil {
		return relations
	}
	for _, parent := range i.Parents {
		relations = append(relations, relation2023{
			Child:  child2023{bucket, fingerprint, i.ID, i.Name},
			Parent: p.newParent(parent),
			Status: p.parentStatus(parent),
		})
	}
	return relations
}

// children relates a bucket, or what was built by one channel of it, to the
// latest versions that were built on it, in the order of the file.
func (p *Project) children(bucket, channel string) []relation2023 {
	relations := []relation2023{}
	for _, name := range inOrder(p.Buckets) {
		for _, relation := range p.parents(name, p.Buckets[name].latest()) {
			if relation.Parent.BucketName == bucket && (channel == "" || relation.Parent.ChannelName == channel) {
				relations = append(relations, relation)
			}
		}
	}
	return relations
}

func (p *Project) newParent(parent Parent) parent2023 {
	built := p.iteration(parent.Bucket, parent.Iteration)
	related := parent2023{
		BucketName:         parent.Bucket,
		ChannelName:        parent.Channel,
		VersionFingerprint: parent.Iteration,
		VersionID:          built.ID,
		VersionName:        built.Name,
	}
	if channel := p.Buckets[parent.Bucket].Channels[parent.Channel]; channel != nil && channel.Iteration != "" {
		now := p.iteration(parent.Bucket, channel.Iteration)
		related.ChannelVersion = &channelVersion2023{channel.Iteration, now.ID, now.Name}
	}
	return related
}

// parentStatus is whether a parent's channel still points at what was built on.
func (p *Project) parentStatus(parent Parent) string {
	channel := p.Buckets[parent.Bucket].Channels[parent.Channel]
	switch {
	case channel == nil:
		return undetermined
	case channel.Iteration != parent.Iteration:
		return outOfDate
	default:
		return upToDate
	}
}

// parentsStatus is the status of all parents together: out of date where one of
// them is, and up to date only where all are. It is absent without parents.
func (p *Project) parentsStatus(i *Iteration) string {
	switch {
	case i.ParentsStatus != "":
		return i.ParentsStatus
	case len(i.Parents) == 0:
		return absent
	}
	status := upToDate
	for _, parent := range i.Parents {
		switch p.parentStatus(parent) {
		case outOfDate:
			return outOfDate
		case undetermined:
			status = undetermined
		}
	}
	return status
}
