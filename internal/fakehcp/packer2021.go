package fakehcp

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// The types below are answers of the API of 2021-04-30, with the fields of the
// SDK's HashicorpCloudPacker… models, as those in packer2023.go.

type getChannel2021 struct {
	Channel channel2021 `json:"channel"`
}

type getIteration2021 struct {
	Iteration *iteration2021 `json:"iteration"`
}

type channel2021 struct {
	ID         string         `json:"id"`
	Slug       string         `json:"slug"`
	BucketSlug string         `json:"bucket_slug"`
	AuthorID   string         `json:"author_id"`
	CreatedAt  Time           `json:"created_at"`
	UpdatedAt  Time           `json:"updated_at"`
	Managed    bool           `json:"managed"`
	Restricted bool           `json:"restricted"`
	Iteration  *iteration2021 `json:"iteration,omitempty"`
}

type iteration2021 struct {
	ID                      string        `json:"id"`
	IncrementalVersion      int32         `json:"incremental_version"`
	BucketSlug              string        `json:"bucket_slug"`
	Fingerprint             string        `json:"fingerprint"`
	Complete                bool          `json:"complete"`
	AuthorID                string        `json:"author_id"`
	CreatedAt               Time          `json:"created_at"`
	UpdatedAt               Time          `json:"updated_at"`
	Builds                  []build2021   `json:"builds"`
	TemplateType            string        `json:"template_type"`
	HasDescendants          bool          `json:"has_descendants"`
	RevokeAt                Time          `json:"revoke_at,omitempty"`
	RevocationType          string        `json:"revocation_type"`
	RevocationMessage       string        `json:"revocation_message"`
	RevocationAuthor        string        `json:"revocation_author"`
	RevocationInheritedFrom *ancestor2021 `json:"revocation_inherited_from,omitempty"`
}

type ancestor2021 struct {
	BucketSlug                  string `json:"bucket_slug"`
	Href                        string `json:"href"`
	IterationFingerprint        string `json:"iteration_fingerprint"`
	IterationID                 string `json:"iteration_id"`
	IterationIncrementalVersion int32  `json:"iteration_incremental_version"`
}

type build2021 struct {
	ID            string            `json:"id"`
	IterationID   string            `json:"iteration_id"`
	ComponentType string            `json:"component_type"`
	CloudProvider string            `json:"cloud_provider"`
	Status        string            `json:"status,omitempty"`
	PackerRunUUID string            `json:"packer_run_uuid"`
	Labels        map[string]string `json:"labels"`
	CreatedAt     Time              `json:"created_at"`
	UpdatedAt     Time              `json:"updated_at"`
	Images        []image2021       `json:"images"`
}

type image2021 struct {
	ID        string `json:"id"`
	ImageID   string `json:"image_id"`
	Region    string `json:"region"`
	CreatedAt Time   `json:"created_at"`
}

// channel2021 answers GET …/images/{bucket}/channels/{channel}.
func (s *Server) channel2021(c call) answer {
	f, refusal := s.findChannel(c)
	if refusal != nil {
		return *refusal
	}
	return reply(http.StatusOK, getChannel2021{channel2021{
		ID:         f.channel.ID,
		Slug:       f.channelName,
		BucketSlug: f.bucket,
		AuthorID:   channelAuthor,
		CreatedAt:  defaultTime,
		UpdatedAt:  defaultTime,
		Managed:    f.channel.Managed,
		Restricted: f.channel.Restricted,
		Iteration:  f.iteration2021(),
	}})
}

// iteration2021 answers GET …/images/{bucket}/iteration, where the query names
// the iteration by its fingerprint, id or incremental version.
func (s *Server) iteration2021(c call) answer {
	fingerprint := c.URL.Query().Get("fingerprint")
	if fingerprint == "" {
		_, bucket, refusal := s.findBucket(c)
		if refusal != nil {
			return *refusal
		}
		fingerprint, refusal = bucket.lookUp(c.URL.Query().Get("iteration_id"), c.URL.Query().Get("incremental_version"))
		if refusal != nil {
			return *refusal
		}
	}
	f, refusal := s.findIteration(c, fingerprint)
	if refusal != nil {
		return *refusal
	}
	return reply(http.StatusOK, getIteration2021{f.iteration2021()})
}

// lookUp is the fingerprint of the iteration with this id or number.
func (b *Bucket) lookUp(id, number string) (string, *answer) {
	if id == "" && number == "" {
		refusal := refuse(http.StatusBadRequest, codeInvalidArgument, "one of iteration_id, incremental_version and fingerprint is required")
		return "", &refusal
	}
	for _, fingerprint := range slices.Sorted(maps.Keys(b.Iterations)) {
		i := b.Iterations[fingerprint]
		if i.ID == id || id == "" && strconv.Itoa(int(i.number())) == number {
			return fingerprint, nil
		}
	}
	refusal := refuse(http.StatusNotFound, codeNotFound, "iteration %q not found", id+number)
	return "", &refusal
}

func (f found) iteration2021() *iteration2021 {
	i := f.iteration
	if i == nil {
		return nil
	}
	return &iteration2021{
		ID:                      i.ID,
		IncrementalVersion:      i.number(),
		BucketSlug:              f.bucket,
		Fingerprint:             f.fingerprint,
		Complete:                i.complete(),
		AuthorID:                i.AuthorID,
		CreatedAt:               i.CreatedAt,
		UpdatedAt:               i.UpdatedAt,
		Builds:                  f.builds2021(),
		TemplateType:            "HCL2",
		RevokeAt:                i.RevokeAt,
		RevocationType:          i.revocation(),
		RevocationMessage:       i.RevocationMessage,
		RevocationAuthor:        i.RevocationAuthor,
		RevocationInheritedFrom: f.ancestor2021(),
	}
}

func (f found) ancestor2021() *ancestor2021 {
	from := f.iteration.InheritedFrom
	if from == nil {
		return nil
	}
	ancestor := f.project.iteration(from.Bucket, from.Iteration)
	return &ancestor2021{
		BucketSlug:                  from.Bucket,
		Href:                        f.path("2021-04-30", "images", from.Bucket) + "/iterations/" + ancestor.ID,
		IterationFingerprint:        from.Iteration,
		IterationID:                 ancestor.ID,
		IterationIncrementalVersion: ancestor.number(),
	}
}

func (f found) builds2021() []build2021 {
	builds := []build2021{}
	for _, b := range f.builds() {
		builds = append(builds, build2021{
			ID:            b.ID,
			IterationID:   f.iteration.ID,
			ComponentType: b.ComponentType,
			CloudProvider: b.CloudProvider,
			Status:        prefixed("", b.Status),
			PackerRunUUID: b.PackerRunUUID,
			Labels:        labels(b.Labels),
			CreatedAt:     b.CreatedAt,
			UpdatedAt:     b.UpdatedAt,
			Images:        images2021(b.Images),
		})
	}
	return builds
}

func images2021(images []Image) []image2021 {
	served := []image2021{}
	for _, i := range images {
		served = append(served, image2021(i))
	}
	return served
}
