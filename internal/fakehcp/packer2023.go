package fakehcp

import (
	"net/http"
	"net/url"
)

// The types below are answers of the API of 2023-01-01, with the fields of the
// SDK's HashicorpCloudPacker20230101… models. The models themselves would cut
// every time to milliseconds.

type getChannel2023 struct {
	Channel channel2023 `json:"channel"`
}

type getVersion2023 struct {
	Version *version2023 `json:"version"`
}

type channel2023 struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	BucketName string       `json:"bucket_name"`
	AuthorID   string       `json:"author_id"`
	CreatedAt  Time         `json:"created_at"`
	UpdatedAt  Time         `json:"updated_at"`
	Managed    bool         `json:"managed"`
	Restricted bool         `json:"restricted"`
	Version    *version2023 `json:"version,omitempty"`
}

type version2023 struct {
	ID                      string        `json:"id"`
	Name                    string        `json:"name"`
	BucketName              string        `json:"bucket_name"`
	Fingerprint             string        `json:"fingerprint"`
	Status                  string        `json:"status,omitempty"`
	AuthorID                string        `json:"author_id"`
	CreatedAt               Time          `json:"created_at"`
	UpdatedAt               Time          `json:"updated_at"`
	Builds                  []build2023   `json:"builds"`
	TemplateType            string        `json:"template_type"`
	HasDescendants          bool          `json:"has_descendants"`
	RevokeAt                Time          `json:"revoke_at,omitempty"`
	RevocationType          string        `json:"revocation_type"`
	RevocationMessage       string        `json:"revocation_message"`
	RevocationAuthor        string        `json:"revocation_author"`
	RevocationInheritedFrom *ancestor2023 `json:"revocation_inherited_from,omitempty"`
	Parents                 *parents2023  `json:"parents,omitempty"`
}

type parents2023 struct {
	Href   string `json:"href"`
	Status string `json:"status"`
}

type ancestor2023 struct {
	BucketName         string `json:"bucket_name"`
	Href               string `json:"href"`
	VersionFingerprint string `json:"version_fingerprint"`
	VersionID          string `json:"version_id"`
	VersionName        string `json:"version_name"`
}

type build2023 struct {
	ID            string            `json:"id"`
	VersionID     string            `json:"version_id"`
	ComponentType string            `json:"component_type"`
	Platform      string            `json:"platform"`
	Status        string            `json:"status,omitempty"`
	PackerRunUUID string            `json:"packer_run_uuid"`
	Labels        map[string]string `json:"labels"`
	CreatedAt     Time              `json:"created_at"`
	UpdatedAt     Time              `json:"updated_at"`
	Artifacts     []artifact2023    `json:"artifacts"`
}

type artifact2023 struct {
	ID                 string `json:"id"`
	ExternalIdentifier string `json:"external_identifier"`
	Region             string `json:"region"`
	CreatedAt          Time   `json:"created_at"`
}

// channel2023 answers GET …/buckets/{bucket}/channels/{channel}.
func (s *Server) channel2023(c call) answer {
	f, refusal := s.findChannel(c)
	if refusal != nil {
		return *refusal
	}
	return reply(http.StatusOK, getChannel2023{f.newChannel2023()})
}

func (f found) newChannel2023() channel2023 {
	return channel2023{
		ID:         f.channel.ID,
		Name:       f.channelName,
		BucketName: f.bucket,
		AuthorID:   channelAuthor,
		CreatedAt:  defaultTime,
		UpdatedAt:  defaultTime,
		Managed:    f.channel.Managed,
		Restricted: f.channel.Restricted,
		Version:    f.version2023(),
	}
}

// version2023 answers GET …/buckets/{bucket}/versions/{fingerprint}.
func (s *Server) version2023(c call) answer {
	f, refusal := s.findIteration(c, c.PathValue("fingerprint"))
	if refusal != nil {
		return *refusal
	}
	return reply(http.StatusOK, getVersion2023{f.version2023()})
}

func (f found) version2023() *version2023 {
	i := f.iteration
	if i == nil {
		return nil
	}
	return &version2023{
		ID:                      i.ID,
		Name:                    i.Name,
		BucketName:              f.bucket,
		Fingerprint:             f.fingerprint,
		Status:                  prefixed("VERSION_", i.Status),
		AuthorID:                i.AuthorID,
		CreatedAt:               i.CreatedAt,
		UpdatedAt:               i.UpdatedAt,
		Builds:                  f.builds2023(),
		TemplateType:            "HCL2",
		RevokeAt:                i.RevokeAt,
		RevocationType:          i.revocation2023(),
		RevocationMessage:       i.RevocationMessage,
		RevocationAuthor:        i.RevocationAuthor,
		RevocationInheritedFrom: f.ancestor2023(),
		Parents:                 f.parents2023(),
	}
}

func (i *Iteration) revocation2023() string {
	if i.revocation() == "UNSET" {
		return "REVOCATION_TYPE_UNSET"
	}
	return i.revocation()
}

func (f found) ancestor2023() *ancestor2023 {
	from := f.iteration.InheritedFrom
	if from == nil {
		return nil
	}
	ancestor := f.project.iteration(from.Bucket, from.Iteration)
	return &ancestor2023{
		BucketName:         from.Bucket,
		Href:               f.path("2023-01-01", "buckets", from.Bucket) + "/versions/" + from.Iteration,
		VersionFingerprint: from.Iteration,
		VersionID:          ancestor.ID,
		VersionName:        ancestor.Name,
	}
}

func (f found) parents2023() *parents2023 {
	status := f.project.parentsStatus(f.iteration)
	if status == absent {
		return nil
	}
	query := url.Values{"type": {ancestryOfParents}, "version_fingerprint": {f.fingerprint}}
	return &parents2023{
		Href:   f.path("2023-01-01", "buckets", f.bucket) + "/ancestry?" + query.Encode(),
		Status: status,
	}
}

func (f found) builds2023() []build2023 {
	builds := []build2023{}
	for _, b := range f.builds() {
		builds = append(builds, newBuild2023(f.iteration, b))
	}
	return builds
}

func newBuild2023(i *Iteration, b Build) build2023 {
	return build2023{
		ID:            b.ID,
		VersionID:     i.ID,
		ComponentType: b.ComponentType,
		Platform:      b.CloudProvider,
		Status:        prefixed("BUILD_", b.Status),
		PackerRunUUID: b.PackerRunUUID,
		Labels:        labels(b.Labels),
		CreatedAt:     b.CreatedAt,
		UpdatedAt:     b.UpdatedAt,
		Artifacts:     artifacts2023(b.Images),
	}
}

func artifacts2023(images []Image) []artifact2023 {
	artifacts := []artifact2023{}
	for _, i := range images {
		artifacts = append(artifacts, artifact2023{i.ID, i.ImageID, i.Region, i.CreatedAt})
	}
	return artifacts
}
