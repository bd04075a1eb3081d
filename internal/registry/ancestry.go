package registry

import (
	"context"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

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
		answer, err := packer.New(s.Client(), nil).PackerServiceListBucketAncestry(params, nil, listing("relations", "total_count"))
		if err != nil {
			return nil, s.Explain(err, asked)
		}
		for _, relation := range answer.Payload.Relations {
			if p, outOfDate := parent2023(relation); outOfDate {
				parents = append(parents, p)
			}
		}
		page := answer.Payload.Pagination
		if page == nil || page.NextPageToken == "" {
			return parents, nil
		}
		params.PaginationNextPageToken = &page.NextPageToken
	}
	return nil, hcp.Unexpected(asked, "HCP's answer does not end")
}

// parent2023 is the parent of a relation, and whether it is out of date.
func parent2023(relation *models.HashicorpCloudPacker20230101BucketAncestry) (p Parent, outOfDate bool) {
	if relation == nil || relation.Parent == nil || relation.Status == nil {
		return p, false
	}
	from := relation.Parent
	p = Parent{Bucket: from.BucketName, Channel: from.ChannelName, BuiltOn: from.VersionName}
	if from.ChannelVersion != nil {
		p.Now = from.ChannelVersion.Name
	}
	return p, *relation.Status == models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE
}
