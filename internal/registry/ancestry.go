package registry

import (
	"context"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// maxRelations is how many parents of a page are read, should HCP not mind the size that is asked for.
const maxRelations = 1000

// ReadParents reads which parents of an iteration are out of date, in one request for 100 of them. It is of API
// 2023-01-01 alone. An error is a problem to show.
func ReadParents(ctx context.Context, s *hcp.Session, it *Iteration) ([]Parent, error) {
	asked := "The ancestry of " + it.String()
	kind, size := string(models.HashicorpCloudPacker20230101BucketAncestryTypeANCESTRYTYPEPARENTS), int64(pageSize)
	params := packer.NewPackerServiceListBucketAncestryParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = it.Bucket
	params.Type, params.VersionFingerprint, params.PaginationPageSize = &kind, &it.Fingerprint, &size
	var parents []Parent
	for range maxPages {
		var answer struct {
			Relations  [maxRelations]models.HashicorpCloudPacker20230101BucketAncestry `json:"relations"` // an array leaves the rest out
			Pagination struct {
				Next string `json:"next_page_token"`
			} `json:"pagination"`
		}
		if _, err := packer.New(s.Client(), nil).PackerServiceListBucketAncestry(params, nil,
			decoding(&answer, packer.NewPackerServiceListBucketAncestryOK()), listing("relations", "total_count")); err != nil {
			return nil, s.Explain(err, asked)
		}
		for _, relation := range answer.Relations {
			if c := relation.Child; c != nil && (another(c.BucketName, it.Bucket) || another(c.VersionFingerprint, it.Fingerprint)) {
				return nil, hcp.Unexpected(asked, "HCP answered about another iteration")
			}
			if p, outOfDate := parent2023(relation); outOfDate {
				parents = append(parents, p)
			}
		}
		if answer.Pagination.Next == "" {
			return parents, nil
		}
		params.PaginationNextPageToken = &answer.Pagination.Next
	}
	return nil, hcp.Unexpected(asked, "HCP's answer does not end")
}

// parent2023 is the parent of a relation, and whether it is out of date.
func parent2023(relation models.HashicorpCloudPacker20230101BucketAncestry) (p Parent, outOfDate bool) {
	if relation.Parent == nil || relation.Status == nil {
		return p, false
	}
	from := relation.Parent
	p = Parent{Bucket: kept(from.BucketName), Channel: kept(from.ChannelName), BuiltOn: kept(from.VersionName)}
	if from.ChannelVersion != nil {
		p.Now = kept(from.ChannelVersion.Name)
	}
	return p, *relation.Status == models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE
}
