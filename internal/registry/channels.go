package registry

import (
	"context"
	"encoding/json"
	"strings"

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
		summarizing(&answer, packer.NewPackerServiceListChannelsOK(), "channels")); err != nil {
		return nil, s.Explain(err, asked)
	}
	var channels []Channel
	for _, found := range answer.Channels {
		switch {
		case !found.listed:
			return channels, nil
		case found.Name == "":
			return nil, hcp.Unexpected(asked, "HCP's answer has a channel without a name")
		case another(found.bucket, bucket) || another(found.versionBucket, bucket):
			return nil, hcp.Unexpected(asked, "HCP answered about another bucket")
		}
		if found.Iteration != nil {
			found.Iteration.Bucket = bucket
		}
		channels = append(channels, found.Channel)
	}
	return nil, hcp.Unexpected(asked, "HCP's answer has too many channels")
}

// listedChannel2023 is a channel of a list. The builds of its version, which are most of an answer, are left
// out.
type listedChannel2023 struct {
	Channel

	// listed is whether it is there at all.
	listed bool
	// bucket and versionBucket are the buckets that the channel and its version name.
	bucket, versionBucket string
}

// UnmarshalJSON decodes the SDK's model of a channel, but for what is left out.
func (c *listedChannel2023) UnmarshalJSON(text []byte) error {
	var found struct {
		models.HashicorpCloudPacker20230101Channel
		Version *struct {
			models.HashicorpCloudPacker20230101Version
			Builds skipped `json:"builds"`
		} `json:"version"`
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
	if v := found.Version; v != nil {
		c.versionBucket = v.BucketName
		for _, text := range []*string{&v.ID, &v.Name, &v.Fingerprint, &v.AuthorID, &v.RevocationAuthor, &v.RevocationMessage} {
			*text = kept(*text)
		}
		c.Iteration = iteration2023("", &v.HashicorpCloudPacker20230101Version)
	}
	return nil
}

// maxKept is how many bytes of a text of a list are kept. There can be thousands of them at a time, and a
// message shows fewer.
const maxKept = 4 << 10

// kept is the beginning of a text, without the memory of the rest.
func kept(text string) string {
	if len(text) <= maxKept {
		return text
	}
	return strings.ToValidUTF8(strings.Clone(text[:maxKept]), "") + "…"
}
