package registry

import (
	"context"
	"net/http"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// updateMask names what an update of a channel changes: what it points at, and nothing else.
const updateMask = "versionFingerprint"

// Assign asks HCP to have a channel of a bucket point at the iteration with a fingerprint, in one request that is
// sent once. Only a look at the channel tells what became of it, error or not; [hcp.Session.Retry] repeats it. It
// is of API 2023-01-01 alone.
func Assign(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error {
	params := packer.NewPackerServiceUpdateChannelParamsWithTimeout(0).WithContext(hcp.Once(ctx))
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = bucket, channel
	params.Body = &models.HashicorpCloudPacker20230101UpdateChannelBody{UpdateMask: updateMask, VersionFingerprint: fingerprint}
	_, err := client2023(s).PackerServiceUpdateChannel(params, nil)
	return err
}

// CreateChannel is [Assign] for a channel that is not there yet.
func CreateChannel(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error {
	params := packer.NewPackerServiceCreateChannelParamsWithTimeout(0).WithContext(hcp.Once(ctx))
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = bucket
	params.Body = &models.HashicorpCloudPacker20230101CreateChannelBody{Name: channel, VersionFingerprint: fingerprint}
	_, err := client2023(s).PackerServiceCreateChannel(params, nil)
	return err
}

// Failure is what went wrong with a write.
type Failure struct {
	// Title is that of the problem, where the write had no effect.
	Title problem.Title
	// Says is a clause about HCP, safe to show: "HCP answered 503 Service Unavailable".
	Says string
	// Refused is whether HCP will not do it, so that it has no effect later either.
	Refused bool
}

// ExplainWrite tells what went wrong with a write.
func ExplainWrite(s *hcp.Session, err error) Failure {
	status, says := hcp.Refused(err)
	switch {
	case status < http.StatusBadRequest || status >= http.StatusInternalServerError:
		title, says := s.Failure(err)
		return Failure{Title: title, Says: says}
	case status == http.StatusUnauthorized:
		return Failure{problem.NotAuthenticated, says, true}
	case status == http.StatusForbidden:
		return Failure{problem.PermissionDenied, says, true}
	case hcp.Deactivated(err):
		return Failure{problem.RegistryDeactivated, says, true}
	default:
		return Failure{problem.PromotionRefused, says, true}
	}
}
