package registry

import (
	"context"
	"net/http"
	"strings"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// Match is where the registry knows an image id from.
type Match struct {
	// Iteration is the one that the image is of, without its builds and without a channel.
	Iteration *Iteration
	// CloudProvider, ComponentType and Region are the image's. Region is empty where HCP does not say,
	// or names several.
	CloudProvider, ComponentType, Region string
}

const (
	searchPage = 100
	// maxBucket is more than any bucket's name has.
	maxBucket = 128
	// maxSearchPages bounds an answer that a server could make endless.
	maxSearchPages = 20
)

// Search finds where an image id comes from: in one bucket, in several, or nowhere. It is of API
// 2023-01-01 alone, one request for 100 matches. An error is a problem to show.
//
// A path of a Google image that the registry does not know is searched for by the image's name as
// well: Packer's plugin registers images by name, and has the path in a label.
func Search(ctx context.Context, s *hcp.Session, imageID string) ([]Match, error) {
	matches, err := search(ctx, s, imageID, func(*models.HashicorpCloudPacker20230101Build) bool { return true })
	project, name, isPath := googleImage(imageID)
	if err != nil || len(matches) > 0 || !isPath {
		return matches, err
	}
	return search(ctx, s, name, func(b *models.HashicorpCloudPacker20230101Build) bool {
		if b == nil {
			return false
		}
		ofProject, ofName, labelled := googleImage(b.Labels["self_link"])
		return labelled && ofProject == project && ofName == name
	})
}

// googleImage parts the path of an image of Google's, …projects/PROJECT/global/images/NAME.
func googleImage(path string) (project, name string, is bool) {
	_, path, is = strings.Cut(path, "projects/")
	project, name, found := strings.Cut(path, "/global/images/")
	return project, name, is && found && name != "" && !strings.Contains(name, "/")
}

// search finds the matches of an id whose build, nil where HCP gives none, is one to keep.
func search(ctx context.Context, s *hcp.Session, imageID string, keep func(*models.HashicorpCloudPacker20230101Build) bool) ([]Match, error) {
	asked := "The origin of image " + problem.Quote(imageID)
	size := int64(searchPage)
	params := packer.NewPackerServiceSearchExternalArtifactParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.Body = &models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{ExternalIdentifier: imageID}
	params.PaginationPageSize = &size
	var matches []Match
	for range maxSearchPages {
		answer, err := packer.New(s.Client(), nil).PackerServiceSearchExternalArtifact(params, nil)
		if err != nil {
			return nil, explainSearch(s, err, asked)
		}
		for _, found := range answer.Payload.Artifacts {
			m, err := match(found, imageID, asked)
			if err != nil {
				return nil, err
			}
			if keep(found.Build) {
				matches = append(matches, m)
			}
		}
		page := answer.Payload.Pagination
		if page == nil || page.NextPageToken == "" {
			return matches, nil
		}
		params.PaginationNextPageToken = &page.NextPageToken
	}
	return nil, hcp.Unexpected(asked, "HCP's answer does not end")
}

// explainSearch knows that not every registry can be searched.
func explainSearch(s *hcp.Session, err error, asked string) error {
	switch status, says := hcp.Refused(err); status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusNotImplemented:
		return problem.New(problem.SearchNotAvailable, "%s could not be asked for, since the registry of project %s cannot be searched: %s. "+
			"Check the service principal's role and the edition of HCP Packer.", asked, s.ProjectID, says)
	}
	return s.Explain(err, asked)
}

// match turns an artifact into a Match. What is not there makes its iteration one of unknown status,
// which the gate refuses.
func match(found *models.HashicorpCloudPacker20230101ExternalArtifact, imageID, asked string) (Match, error) {
	if found == nil || found.Version == nil || found.Version.ID == "" || found.Bucket == nil || !hcp.IsName(found.Bucket.Name, maxBucket) {
		return Match{}, hcp.Unexpected(asked, "HCP gave an image without a bucket or a version that could be its own")
	}
	v := found.Version
	m := Match{Iteration: &Iteration{
		Bucket:            found.Bucket.Name,
		ID:                v.ID,
		Name:              v.Name,
		Number:            number(v.Name),
		Fingerprint:       v.Fingerprint,
		Status:            status2023(v.Status),
		UnknownStatus:     unknown2023(v.Status),
		AuthorID:          v.AuthorID,
		RevokeAt:          at(v.RevokeAt),
		RevocationAuthor:  v.RevocationAuthor,
		RevocationMessage: v.RevocationMessage,
	}}
	if b := found.Build; b != nil {
		m.CloudProvider, m.ComponentType = b.Platform, b.ComponentType
		m.Region = region(b.Artifacts, imageID)
	}
	return m, nil
}

// region is the one region in which a build has the image.
func region(artifacts []*models.HashicorpCloudPacker20230101Artifact, imageID string) string {
	found := ""
	for _, a := range artifacts {
		switch {
		case a == nil || a.ExternalIdentifier != imageID || a.Region == found:
		case found != "":
			return ""
		default:
			found = a.Region
		}
	}
	return found
}
