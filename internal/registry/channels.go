package registry

import (
	"context"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// Channel is one channel of a bucket.
type Channel struct {
	// ID is the channel's ULID, and Name what people call it.
	ID, Name string
	// Managed is whether HCP itself decides what the channel points at, as of "latest".
	Managed bool
	// Restricted is whether only a contributor may see what the channel points at.
	Restricted bool
	// Iteration is what the channel points at, without its builds; nil where that is nothing, or hidden.
	Iteration *Iteration
}

// Channels reads all channels of a bucket, in one request, which HCP does not bill as it does the read of one
// channel. The iterations may lack their status. It is of API 2023-01-01 alone. An error is a problem to show.
func Channels(ctx context.Context, s *hcp.Session, bucket string) ([]Channel, error) {
	asked := "The list of channels of bucket " + bucket
	params := packer.NewPackerServiceListChannelsParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = bucket
	answer, err := packer.New(s.Client(), nil).PackerServiceListChannels(params, nil, listing("channels"))
	if err != nil {
		return nil, s.Explain(err, asked)
	}
	var channels []Channel
	for _, found := range answer.Payload.Channels {
		if found == nil {
			continue
		}
		if another(found.BucketName, bucket) || found.Version != nil && another(found.Version.BucketName, bucket) {
			return nil, hcp.Unexpected(asked, "HCP answered about another bucket")
		}
		channels = append(channels, channel2023(bucket, found))
	}
	return channels, nil
}

func channel2023(bucket string, found *models.HashicorpCloudPacker20230101Channel) Channel {
	return Channel{
		ID:         found.ID,
		Name:       found.Name,
		Managed:    found.Managed,
		Restricted: found.Restricted,
		Iteration:  iteration2023(bucket, found.Version),
	}
}
