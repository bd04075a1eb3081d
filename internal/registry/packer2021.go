package registry

import (
	"context"
	"fmt"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"

	"hcp-packer-iteration/internal/hcp"
)

// packer2021 is API 2021-04-30: buckets hold iterations, and builds hold images of a cloud provider.
type packer2021 struct{ session *hcp.Session }

func (p packer2021) client() packer.ClientService { return packer.New(transport(p), nil) }

func (p packer2021) channel(ctx context.Context, bucket, channel string) (*Channel, error) {
	params := packer.NewPackerServiceGetChannelParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = p.session.OrganizationID, p.session.ProjectID
	params.BucketSlug, params.Slug = bucket, channel
	answer, err := p.client().PackerServiceGetChannel(params, nil)
	if err != nil || answer.Payload.Channel == nil {
		return nil, err
	}
	c := answer.Payload.Channel
	return &Channel{Bucket: c.BucketSlug, ID: c.ID, Name: c.Slug, Iteration: iteration2021(c.Iteration)}, nil
}

func (p packer2021) iteration(ctx context.Context, bucket, fingerprint string) (*Iteration, error) {
	params := packer.NewPackerServiceGetIterationParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = p.session.OrganizationID, p.session.ProjectID
	params.BucketSlug, params.Fingerprint = bucket, &fingerprint
	answer, err := p.client().PackerServiceGetIteration(params, nil)
	if err != nil {
		return nil, err
	}
	return iteration2021(answer.Payload.Iteration), nil
}

// iteration2021 is nil for no iteration.
func iteration2021(i *models.HashicorpCloudPackerIteration) *Iteration {
	if i == nil {
		return nil
	}
	it := &Iteration{
		Bucket:            i.BucketSlug,
		ID:                i.ID,
		Number:            incremental(i.IncrementalVersion, i.Complete),
		Fingerprint:       i.Fingerprint,
		Status:            status2021(i),
		AuthorID:          i.AuthorID,
		CreatedAt:         at(i.CreatedAt),
		UpdatedAt:         at(i.UpdatedAt),
		RevokeAt:          at(i.RevokeAt),
		RevocationAuthor:  i.RevocationAuthor,
		RevocationMessage: i.RevocationMessage,
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
	for _, b := range i.Builds {
		if b != nil {
			it.Builds = append(it.Builds, build2021(b))
		}
	}
	return it
}

// incremental is nil for a number that is not there. That is 0 of an iteration that is complete, and
// so of any that has descendants: only an incomplete one has the number 0.
func incremental(version int32, complete bool) *int64 {
	if version < 0 || version == 0 && complete {
		return nil
	}
	n := int64(version)
	return &n
}

func build2021(b *models.HashicorpCloudPackerBuild) Build {
	build := Build{
		ID:            b.ID,
		CloudProvider: b.CloudProvider,
		ComponentType: b.ComponentType,
		Status:        buildUnset,
		PackerRunUUID: b.PackerRunUUID,
		Labels:        labels(b.Labels),
		CreatedAt:     at(b.CreatedAt),
		UpdatedAt:     at(b.UpdatedAt),
		Images:        []Image{},
	}
	if b.Status != nil && *b.Status != "" {
		build.Status = string(*b.Status)
	}
	for _, i := range b.Images {
		if i != nil {
			build.Images = append(build.Images, Image{ID: i.ID, ImageID: i.ImageID, Region: i.Region, CreatedAt: at(i.CreatedAt)})
		}
	}
	return build
}

// status2021 derives what this generation does not say. It cannot tell a running, failed or
// cancelled iteration from an incomplete one; the gate refuses them alike.
func status2021(i *models.HashicorpCloudPackerIteration) Status {
	switch {
	case revokedWithoutTime(i):
		return Revoked
	case !i.Complete:
		return Incomplete
	case at(i.RevokeAt).IsSet():
		return RevocationScheduled
	default:
		return Active
	}
}

// revokedWithoutTime is a revocation that HCP tells of, by its type or by where it comes from, but gives no
// time for. It counts as in force.
func revokedWithoutTime(i *models.HashicorpCloudPackerIteration) bool {
	if at(i.RevokeAt).IsSet() {
		return false
	}
	t, from := i.RevocationType, i.RevocationInheritedFrom
	return t != nil && *t != "" && *t != models.HashicorpCloudPackerIterationRevocationTypeUNSET ||
		from != nil && *from != (models.HashicorpCloudPackerRevokedAncestor{})
}
