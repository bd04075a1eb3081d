package registry

import (
	"cmp"
	"context"
	"iter"
	"strings"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// Match is where the registry knows an image id from.
type Match struct {
	// Iteration is the one that the image is of, as [Iteration.Brief] has it and without a channel.
	Iteration *Iteration
	// CloudProvider, ComponentType and Region are the image's. Region is empty where HCP does not say,
	// or names several.
	CloudProvider, ComponentType, Region string

	// Version is what the iteration's own answer says of it, and Problem why that could not be read; nil where
	// nobody asked.
	Version *Iteration
	Problem *problem.Problem
}

// Accept is whether an artifact of that id, whose build has the labels, is the image that is looked for.
type Accept func(externalID string, labels map[string]string) bool

// Search finds where an image id comes from: in one bucket, in several, or nowhere. It is of API 2023-01-01
// alone, one request for 100 matches. An error, which ends it, is a problem to show.
func Search(ctx context.Context, s *hcp.Session, id string, accepts Accept) iter.Seq2[Match, error] {
	asked := "The origin of image " + problem.QuoteID(id)
	params := packer.NewPackerServiceSearchExternalArtifactParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.Body = &models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody{ExternalIdentifier: id}
	params.PaginationPageSize = new(pageSize)
	artifacts := items[models.HashicorpCloudPacker20230101ExternalArtifact](s, list{hcp.Search, asked, "artifacts", maxPages},
		client2023(s).PackerServiceSearchExternalArtifact, params)
	return func(yield func(Match, error) bool) {
		for found, err := range artifacts {
			var m *Match
			if err == nil {
				m, err = match(found, id, accepts, asked)
			}
			if err != nil {
				yield(Match{}, err)
				return
			}
			if m != nil && !yield(*m, nil) {
				return
			}
		}
	}
}

// Size is about how many bytes the match takes in memory.
func (m Match) Size() int64 {
	size := 700 + len(m.CloudProvider) + len(m.ComponentType) + len(m.Region)
	for _, text := range m.Iteration.texts() {
		size += len(*text)
	}
	return int64(size)
}

// match turns an artifact into a Match, nil where it is not the image. A build that names no image has the one that
// was asked for; one that names others alone is the answer to another question. What is not there makes the iteration
// one of unknown status, which the gate refuses.
func match(
	found *models.HashicorpCloudPacker20230101ExternalArtifact, id string, accepts Accept, asked string,
) (*Match, error) {
	if found == nil || found.Version == nil || found.Version.ID == "" || found.Bucket == nil || !IsName(found.Bucket.Name) {
		return nil, hcp.Unexpected(asked, "HCP's answer has an image without a valid bucket or version")
	}
	v := found.Version
	m := &Match{Iteration: iteration2023(&models.HashicorpCloudPacker20230101Version{
		BucketName:        found.Bucket.Name,
		ID:                v.ID,
		Name:              v.Name,
		Fingerprint:       v.Fingerprint,
		Status:            v.Status,
		AuthorID:          v.AuthorID,
		RevokeAt:          v.RevokeAt,
		RevocationAuthor:  v.RevocationAuthor,
		RevocationMessage: v.RevocationMessage,
	}).Brief()}
	b := cmp.Or(found.Build, &models.HashicorpCloudPacker20230101Build{})
	m.CloudProvider, m.ComponentType = cut(b.Platform), cut(b.ComponentType)
	isNamed, regions := false, map[string]bool{}
	for _, a := range b.Artifacts {
		if a == nil {
			continue
		}
		isNamed = isNamed || strings.EqualFold(a.ExternalIdentifier, id)
		if accepts(a.ExternalIdentifier, b.Labels) {
			m.Region, regions[a.Region] = cut(a.Region), true
		}
	}
	switch {
	case len(b.Artifacts) == 0:
	case len(regions) == 0 && !isNamed:
		return nil, hcp.Unexpected(asked, "HCP answered about another image")
	case len(regions) == 0:
		return nil, nil
	case len(regions) > 1:
		m.Region = ""
	}
	return m, nil
}
