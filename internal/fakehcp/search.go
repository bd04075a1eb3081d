package fakehcp

import (
	"encoding/json"
	"net/http"
	"strings"
)

// The ways in which a project's registry is without the search.
const (
	searchRefused       = "refused"
	searchAbsent        = "absent"
	searchUnimplemented = "unimplemented"
)

// searchRequest is the body of a search, of the SDK's
// HashicorpCloudPacker20230101SearchExternalArtifactRequestBody.
type searchRequest struct {
	ExternalIdentifier string `json:"external_identifier"`
	Platform           string `json:"platform"`
	Region             string `json:"region"`
}

// search2023 and the types below are the search's answer, as those in
// packer2023.go.
type search2023 struct {
	Artifacts  []match2023 `json:"artifacts"`
	Pagination pagination  `json:"pagination"`
}

type match2023 struct {
	Bucket  matchBucket2023  `json:"bucket"`
	Version matchVersion2023 `json:"version"`
	Build   build2023        `json:"build"`
}

type matchBucket2023 struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

type matchVersion2023 struct {
	ID                string `json:"id"`
	Name              string `json:"name"`
	Fingerprint       string `json:"fingerprint"`
	Status            string `json:"status,omitempty"`
	AuthorID          string `json:"author_id"`
	RevokeAt          Time   `json:"revoke_at,omitempty"`
	RevocationType    string `json:"revocation_type"`
	RevocationMessage string `json:"revocation_message"`
	RevocationAuthor  string `json:"revocation_author"`
}

// search2023 answers POST …/_search/external_artifact.
func (s *Server) search2023(c call) answer {
	f, refusal := s.findProject(c)
	if refusal != nil {
		return *refusal
	}
	switch f.project.Search {
	case searchRefused:
		return refuse(http.StatusForbidden, codePermissionDenied, "the registry of project %q does not include the search of external artifacts", f.project.ID)
	case searchAbsent:
		return noEndpoint(c)
	case searchUnimplemented:
		return refuse(http.StatusNotImplemented, codeUnimplemented, "Method Not Implemented")
	}
	var request searchRequest
	if err := json.Unmarshal(c.body, &request); err != nil && len(c.body) > 0 {
		return refuse(http.StatusBadRequest, codeInvalidArgument, "the request is not the JSON that it should be")
	}
	if strings.TrimSpace(request.ExternalIdentifier) == "" {
		return refuse(http.StatusBadRequest, codeInvalidArgument, "external_identifier is required")
	}
	matches := f.project.search(request)
	first, last, page, refusal := paginate(c.URL.Query(), len(matches))
	if refusal != nil {
		return *refusal
	}
	return reply(http.StatusOK, search2023{matches[first:last], page})
}

// search returns one match for every image of the project that the request is
// about, in the order of the file.
func (p *Project) search(request searchRequest) []match2023 {
	matches := []match2023{}
	for _, name := range inOrder(p.Buckets) {
		bucket := p.Buckets[name]
		for _, fingerprint := range inOrder(bucket.Iterations) {
			i := bucket.Iterations[fingerprint]
			for _, build := range i.Builds {
				for range request.count(build) {
					matches = append(matches, match2023{
						matchBucket2023{bucket.ID, name, labels(bucket.Labels)},
						newMatchVersion(fingerprint, i),
						newBuild2023(i, build),
					})
				}
			}
		}
	}
	return matches
}

// count is how many images of a build the request is about.
func (r searchRequest) count(b Build) int {
	if r.Platform != "" && r.Platform != b.CloudProvider {
		return 0
	}
	count := 0
	for _, image := range b.Images {
		if image.ImageID == r.ExternalIdentifier && (r.Region == "" || r.Region == image.Region) {
			count++
		}
	}
	return count
}

func newMatchVersion(fingerprint string, i *Iteration) matchVersion2023 {
	return matchVersion2023{
		ID:                i.ID,
		Name:              i.Name,
		Fingerprint:       fingerprint,
		Status:            prefixed("VERSION_", i.Status),
		AuthorID:          i.AuthorID,
		RevokeAt:          i.RevokeAt,
		RevocationType:    i.revocation2023(),
		RevocationMessage: i.RevocationMessage,
		RevocationAuthor:  i.RevocationAuthor,
	}
}
