package registry

import (
	"context"
	"encoding/json"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// Channel is one channel of a bucket.
type Channel struct {
	// ID is the channel's ULID, and Name what people call it, which need not be a valid name.
	ID, Name string
	// Managed is whether HCP itself decides what the channel points at, as of "latest".
	Managed bool
	// Restricted is whether only a contributor may see what the channel points at.
	Restricted bool
	// Iteration is what the channel points at, without its builds; nil where that is nothing, or hidden.
	Iteration *Iteration
}

// maxChannels is how many channels of a bucket are read.
const maxChannels = 1000

// Channels reads all channels of a bucket, in one request, which HCP does not bill as it does the read of one
// channel. The iterations may lack their status, and long texts of theirs are cut. It is of API 2023-01-01
// alone. An error is a problem to show.
func Channels(ctx context.Context, s *hcp.Session, bucket string) ([]Channel, error) {
	asked := "The list of channels of bucket " + bucket
	params := packer.NewPackerServiceListChannelsParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = bucket
	var answer struct {
		Channels [maxChannels + 1]listedChannel2023 `json:"channels"` // of an array, the rest is left out
	}
	if _, err := packer.New(s.Client(), nil).PackerServiceListChannels(params, nil,
		decoding(&answer, packer.NewPackerServiceListChannelsOK()), listing("channels")); err != nil {
		return nil, s.Explain(err, asked)
	}
	var channels []Channel
	for _, found := range answer.Channels {
		switch {
		case !found.listed:
			return channels, nil
		case found.Name == "":
			return nil, hcp.Unexpected(asked, "HCP's answer has a channel without a name")
		case another(found.bucket, bucket) || found.Iteration != nil && another(found.Iteration.Bucket, bucket):
			return nil, hcp.Unexpected(asked, "HCP answered about another bucket")
		}
		if found.Iteration != nil {
			found.Iteration.Bucket = bucket
		}
		channels = append(channels, found.Channel)
	}
	return nil, hcp.Unexpected(asked, "HCP's answer has too many channels")
}

// listedChannel2023 is a channel of a list.
type listedChannel2023 struct {
	Channel

	// listed is whether it is there at all.
	listed bool
	// bucket is the bucket that it names.
	bucket string
}

// UnmarshalJSON decodes the SDK's model of a channel, but for its version's builds.
func (c *listedChannel2023) UnmarshalJSON(text []byte) error {
	var found struct {
		models.HashicorpCloudPacker20230101Channel
		Version *summary2023 `json:"version"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	c.listed, c.bucket = true, found.BucketName
	c.Channel = Channel{
		ID:         kept(found.ID),
		Name:       kept(found.Name),
		Managed:    found.Managed,
		Restricted: found.Restricted,
	}
	if found.Version != nil {
		c.Iteration = &found.Version.Iteration
	}
	return nil
}
