package registry

import (
	"context"
	"encoding/json"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"

	"hcp-packer-iteration/internal/hcp"
)

const (
	// maxBucketPages bounds how many buckets a registry can have: 50,000.
	maxBucketPages = 500
	// maxListed is how many buckets of a page are read, should HCP not mind the size that is asked for.
	maxListed = 5000
)

// Buckets reads the names of all buckets of the registry, in their order, in one request for 100 of them. They
// are what HCP gives, and need not be valid names. It is of API 2023-01-01 alone. An error is a problem to show.
func Buckets(ctx context.Context, s *hcp.Session) ([]string, error) {
	const asked = "The list of buckets"
	size := int64(pageSize)
	params := packer.NewPackerServiceListBucketsParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.PaginationPageSize = &size
	var names []string
	known := map[string]bool{}
	for range maxBucketPages {
		var answer struct {
			Buckets    [maxListed + 1]listedBucket2023 `json:"buckets"`
			Pagination struct {
				Next string `json:"next_page_token"`
			} `json:"pagination"`
		}
		if _, err := packer.New(s.Client(), nil).PackerServiceListBuckets(params, nil,
			decoding(&answer, packer.NewPackerServiceListBucketsOK()), listing("buckets")); err != nil {
			return nil, s.Explain(err, asked)
		}
		for _, found := range answer.Buckets {
			if found.listed && !known[found.name] {
				known[found.name] = true
				names = append(names, found.name)
			}
		}
		if answer.Buckets[maxListed].listed {
			return nil, hcp.Unexpected(asked, "HCP's answer has too many buckets at once")
		}
		if answer.Pagination.Next == "" {
			return names, nil
		}
		params.PaginationNextPageToken = &answer.Pagination.Next
	}
	return nil, hcp.Unexpected(asked, "HCP's answer does not end")
}

// listedBucket2023 is a bucket of a list: of all that HCP says of it, its name.
type listedBucket2023 struct {
	name string
	// listed is whether it is there at all.
	listed bool
}

// UnmarshalJSON decodes the name.
func (b *listedBucket2023) UnmarshalJSON(text []byte) error {
	var found struct {
		Name string `json:"name"`
	}
	err := json.Unmarshal(text, &found)
	b.name, b.listed = kept(found.Name), true
	return err
}
