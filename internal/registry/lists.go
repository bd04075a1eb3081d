package registry

import (
	"context"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"

	"hcp-packer-iteration/internal/hcp"
)

// maxBucketPages bounds how many buckets a registry can have: 50,000.
const maxBucketPages = 500

// Buckets reads the names of all buckets of the registry, in their order, in one request for 100 of them. They
// are what HCP gives, and need not be valid names. It is of API 2023-01-01 alone. An error is a problem to show.
func Buckets(ctx context.Context, s *hcp.Session) ([]string, error) {
	const asked = "The list of buckets"
	params := packer.NewPackerServiceListBucketsParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.PaginationPageSize = new(pageSize)
	var names []string
	known := map[string]bool{}
	err := readPages(maxBucketPages, asked, "buckets", nil, func(page packer.ClientOption) error {
		answer, err := client2023(s).PackerServiceListBuckets(params, nil, page)
		if err != nil {
			return s.Explain(err, asked)
		}
		for _, b := range answer.Payload.Buckets {
			name := ""
			if b != nil {
				name = cut(b.Name)
			}
			if !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
		return nil
	})
	return names, err
}

// Channel is one channel of a bucket.
type Channel struct {
	// Bucket is the channel's bucket.
	Bucket string
	// ID is the channel's ULID, and Name what people call it, which need not be a valid name.
	ID, Name string
	// Managed is whether HCP itself decides what the channel points at, as of "latest".
	Managed bool
	// Restricted is whether only a contributor may see what the channel points at.
	Restricted bool
	// Iteration is what the channel points at, without its builds; nil where that is nothing, or hidden.
	Iteration *Iteration
}

// isOf is whether a channel and its iteration are of the bucket, as far as they name one.
func (c *Channel) isOf(bucket string) bool {
	return !differs(c.Bucket, bucket) && (c.Iteration == nil || !differs(c.Iteration.Bucket, bucket))
}

// Channels reads all channels of a bucket, in one request, which HCP does not bill as it does the read of one
// channel. The iterations may lack their status, and long texts of theirs are cut. It is of API 2023-01-01
// alone. An error is a problem to show.
func Channels(ctx context.Context, s *hcp.Session, bucket string) ([]Channel, error) {
	asked := "The list of channels of bucket " + bucket
	params := packer.NewPackerServiceListChannelsParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = bucket
	var channels []Channel
	err := readPages(maxPages, asked, "channels", nil, func(page packer.ClientOption) error {
		answer, err := client2023(s).PackerServiceListChannels(params, nil, page)
		if err != nil {
			return s.Explain(err, asked)
		}
		for _, listed := range answer.Payload.Channels {
			c := channel2023(listed)
			switch {
			case c == nil || c.Name == "":
				return hcp.Unexpected(asked, "HCP's answer has a channel without a name")
			case !c.isOf(bucket):
				return hcp.Unexpected(asked, "HCP answered about another bucket")
			}
			c.Bucket, c.ID, c.Name, c.Iteration = bucket, cut(c.ID), cut(c.Name), c.Iteration.Brief()
			if c.Iteration != nil {
				c.Iteration.Bucket = bucket
			}
			channels = append(channels, *c)
		}
		return nil
	})
	return channels, err
}
