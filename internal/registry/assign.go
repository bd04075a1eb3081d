package registry

import (
	"context"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// updateMask names what an update of a channel changes: what it points at, and nothing else.
const updateMask = "versionFingerprint"

// Assign asks HCP to have a channel of a bucket point at the iteration with a fingerprint, in one request that is
// sent once. Only a look at the channel tells what became of it, error or not; [hcp.Session.Retry] repeats it. It
// is of API 2023-01-01 alone.
func Assign(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error {
	params := packer.NewPackerServiceUpdateChannelParamsWithContext(hcp.Once(ctx))
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = bucket, channel
	params.Body = &models.HashicorpCloudPacker20230101UpdateChannelBody{UpdateMask: updateMask, VersionFingerprint: fingerprint}
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
