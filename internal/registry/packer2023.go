package registry

import (
	"context"
	"strings"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// API 2023-01-01: buckets hold versions, and builds hold artifacts of a platform.

// client2023 is the SDK's client of API 2023-01-01. Its parameters are made with a context alone: the timeout that the
// SDK gives them otherwise would end the retries with the first try. It is no interface, whose methods as values would
// make the program half a megabyte larger.
func client2023(s *hcp.Session) *packer.Client { return packer.New(s.Client(), nil).(*packer.Client) }

// getChannel2023 reads a channel with its iteration, nil where the answer has none.
func getChannel2023(ctx context.Context, s *hcp.Session, bucket, channel string) (*Channel, error) {
	params := packer.NewPackerServiceGetChannelParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = bucket, channel
	answer, err := client2023(s).PackerServiceGetChannel(params, nil)
	if err != nil {
		return nil, err
	}
	return channel2023(answer.Payload.Channel), nil
}

// getIteration2023 reads the iteration with a fingerprint, nil where the answer has none.
func getIteration2023(ctx context.Context, s *hcp.Session, bucket, fingerprint string) (*Iteration, error) {
	params := packer.NewPackerServiceGetVersionParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.Fingerprint = bucket, fingerprint
	answer, err := client2023(s).PackerServiceGetVersion(params, nil)
	if err != nil {
		return nil, err
	}
	return iteration2023(answer.Payload.Version), nil
}

// Assign asks HCP to have a channel of a bucket point at the iteration with a fingerprint, in one request that is
// sent once. Only a look at the channel tells what became of it, error or not; [hcp.Session.Retry] repeats it. It
// is of API 2023-01-01 alone.
func Assign(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error {
	params := packer.NewPackerServiceUpdateChannelParamsWithContext(hcp.Once(ctx))
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = bucket, channel
	params.Body = &models.HashicorpCloudPacker20230101UpdateChannelBody{
		UpdateMask:         "versionFingerprint", // nothing else is changed
		VersionFingerprint: fingerprint,
	}
	_, err := client2023(s).PackerServiceUpdateChannel(params, nil)
	return err
}

// CreateChannel is [Assign] for a channel that is not there yet.
func CreateChannel(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error {
	params := packer.NewPackerServiceCreateChannelParamsWithContext(hcp.Once(ctx))
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = bucket
	params.Body = &models.HashicorpCloudPacker20230101CreateChannelBody{Name: channel, VersionFingerprint: fingerprint}
	_, err := client2023(s).PackerServiceCreateChannel(params, nil)
	return err
}

func channel2023(c *models.HashicorpCloudPacker20230101Channel) *Channel {
	if c == nil {
		return nil
	}
	return &Channel{
		Bucket:     c.BucketName,
		ID:         c.ID,
		Name:       c.Name,
		Managed:    c.Managed,
		Restricted: c.Restricted,
		Iteration:  iteration2023(c.Version),
	}
}

func iteration2023(v *models.HashicorpCloudPacker20230101Version) *Iteration {
	if v == nil {
		return nil
	}
	it := &Iteration{
		Bucket:            v.BucketName,
		ID:                v.ID,
		Name:              v.Name,
		Number:            number(v.Name),
		Fingerprint:       v.Fingerprint,
		AuthorID:          v.AuthorID,
		CreatedAt:         at(v.CreatedAt),
		UpdatedAt:         at(v.UpdatedAt),
		RevokeAt:          at(v.RevokeAt),
		RevocationAuthor:  v.RevocationAuthor,
		RevocationMessage: v.RevocationMessage,
		Builds:            each(v.Builds, build2023),
	}
	it.Status, it.UnknownStatus = status2023(v.Status)
	if v.Parents != nil && v.Parents.Status != nil {
		it.ParentsStatus = parentsStatuses2023[*v.Parents.Status]
	}
	if a := v.RevocationInheritedFrom; a != nil && *a != (models.HashicorpCloudPacker20230101RevokedAncestor{}) {
		it.RevocationInheritedFrom = &Ancestor{
			Bucket:             a.BucketName,
			IterationID:        a.VersionID,
			IncrementalVersion: number(a.VersionName),
			Fingerprint:        a.VersionFingerprint,
		}
	}
	return it
}

func build2023(b *models.HashicorpCloudPacker20230101Build) Build {
	build := Build{
		ID:            b.ID,
		CloudProvider: b.Platform,
		ComponentType: b.ComponentType,
		PackerRunUUID: b.PackerRunUUID,
		Labels:        b.Labels,
		CreatedAt:     at(b.CreatedAt),
		UpdatedAt:     at(b.UpdatedAt),
		Images: each(b.Artifacts, func(a *models.HashicorpCloudPacker20230101Artifact) Image {
			return Image{ID: a.ID, ImageID: a.ExternalIdentifier, Region: a.Region, CreatedAt: at(a.CreatedAt)}
		}),
	}
	if b.Status != nil {
		build.Status = strings.TrimPrefix(string(*b.Status), "BUILD_")
	}
	return build.finish()
}

// statuses2023 are what the SDK knows.
var statuses2023 = map[models.HashicorpCloudPacker20230101VersionStatus]Status{
	models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE:              Active,
	models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED: RevocationScheduled,
	models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED:             Revoked,
	models.HashicorpCloudPacker20230101VersionStatusVERSIONINCOMPLETE:          Incomplete,
	models.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING:             Running,
	models.HashicorpCloudPacker20230101VersionStatusVERSIONFAILED:              Failed,
	models.HashicorpCloudPacker20230101VersionStatusVERSIONCANCELLED:           Cancelled,
}

// status2023 is [Unknown], which the gate refuses, and HCP's word for it, for a status that the SDK does not know.
func status2023(s *models.HashicorpCloudPacker20230101VersionStatus) (status Status, unknown string) {
	if s == nil || *s == models.HashicorpCloudPacker20230101VersionStatusVERSIONUNSET {
		return Unknown, ""
	}
	if status, known := statuses2023[*s]; known {
		return status, ""
	}
	return Unknown, string(*s)
}

// parentsStatuses2023 are what the SDK knows. Any other says nothing of the parents.
var parentsStatuses2023 = map[models.HashicorpCloudPacker20230101AncestryStatus]ParentsStatus{
	models.HashicorpCloudPacker20230101AncestryStatusUPTODATE:     UpToDate,
	models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE:    OutOfDate,
	models.HashicorpCloudPacker20230101AncestryStatusUNDETERMINED: Undetermined,
}
