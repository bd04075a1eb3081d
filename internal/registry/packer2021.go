package registry

import (
	"context"
	"fmt"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"

	"hcp-packer-iteration/internal/hcp"
)

// API 2021-04-30: buckets hold iterations, and builds hold images of a cloud provider.

func client2021(s *hcp.Session) packer.ClientService { return packer.New(s.Client(), nil) }

// getChannel2021 reads a channel with its iteration, nil where the answer has none.
func getChannel2021(ctx context.Context, s *hcp.Session, bucket, channel string) (*Channel, error) {
	params := packer.NewPackerServiceGetChannelParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketSlug, params.Slug = bucket, channel
	answer, err := client2021(s).PackerServiceGetChannel(params, nil)
	if err != nil || answer.Payload.Channel == nil {
		return nil, err
	}
	c := answer.Payload.Channel
	return &Channel{Bucket: c.BucketSlug, ID: c.ID, Name: c.Slug, Iteration: iteration2021(c.Iteration)}, nil
}

// getIteration2021 reads the iteration with a fingerprint, nil where the answer has none.
func getIteration2021(ctx context.Context, s *hcp.Session, bucket, fingerprint string) (*Iteration, error) {
	params := packer.NewPackerServiceGetIterationParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketSlug, params.Fingerprint = bucket, &fingerprint
	answer, err := client2021(s).PackerServiceGetIteration(params, nil)
	if err != nil {
		return nil, err
	}
	return iteration2021(answer.Payload.Iteration), nil
}

func iteration2021(i *models.HashicorpCloudPackerIteration) *Iteration {
	if i == nil {
		return nil
	}
	it := &Iteration{
		Bucket:            i.BucketSlug,
		ID:                i.ID,
		Number:            incremental(i.IncrementalVersion, i.Complete),
		Fingerprint:       i.Fingerprint,
		AuthorID:          i.AuthorID,
		CreatedAt:         at(i.CreatedAt),
		UpdatedAt:         at(i.UpdatedAt),
		RevokeAt:          at(i.RevokeAt),
		RevocationAuthor:  i.RevocationAuthor,
		RevocationMessage: i.RevocationMessage,
		Builds:            each(i.Builds, build2021),
	}
	if a := i.RevocationInheritedFrom; a != nil && *a != (models.HashicorpCloudPackerRevokedAncestor{}) {
		it.RevocationInheritedFrom = &Ancestor{
			Bucket:             a.BucketSlug,
			IterationID:        a.IterationID,
			IncrementalVersion: incremental(a.IterationIncrementalVersion, true),
			Fingerprint:        a.IterationFingerprint,
		}
	}
	if it.Number != nil {
		it.Name = fmt.Sprintf("v%d", *it.Number)
	}
	it.Status = status2021(i, it)
	return it
}

// incremental is nil for a number that is not there. That is 0 of an iteration that is complete, and
// so of any that has descendants: only an incomplete one has the number 0.
func incremental(version int32, complete bool) *int64 {
	if version < 0 || version == 0 && complete {
		return nil
	}
	return new(int64(version))
}

// status2021 derives what this generation does not say. It cannot tell a running, failed or
// cancelled iteration from an incomplete one; the gate refuses them alike. A revocation that HCP
// tells of, by its type or by where it comes from, but gives no time for, counts as in force.
func status2021(i *models.HashicorpCloudPackerIteration, it *Iteration) Status {
	kind := i.RevocationType
	isTyped := kind != nil && *kind != "" && *kind != models.HashicorpCloudPackerIterationRevocationTypeUNSET
	switch {
	case !it.RevokeAt.IsSet() && (isTyped || it.RevocationInheritedFrom != nil):
		return Revoked
	case !i.Complete:
		return Incomplete
	case it.RevokeAt.IsSet():
		return RevocationScheduled
	default:
		return Active
	}
}

func build2021(b *models.HashicorpCloudPackerBuild) Build {
	build := Build{
		ID:            b.ID,
		CloudProvider: b.CloudProvider,
		ComponentType: b.ComponentType,
		PackerRunUUID: b.PackerRunUUID,
		Labels:        b.Labels,
		CreatedAt:     at(b.CreatedAt),
		UpdatedAt:     at(b.UpdatedAt),
		Images: each(b.Images, func(i *models.HashicorpCloudPackerImage) Image {
			return Image{ID: i.ID, ImageID: i.ImageID, Region: i.Region, CreatedAt: at(i.CreatedAt)}
		}),
	}
	if b.Status != nil {
		build.Status = string(*b.Status)
	}
	return build.finish()
}
