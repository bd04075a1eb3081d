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
	params := packer.NewPackerServiceListBucketAncestryParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.VersionFingerprint = it.Bucket, &it.Fingerprint
	params.Type = new(string(models.HashicorpCloudPacker20230101BucketAncestryTypeANCESTRYTYPEPARENTS))
	params.PaginationPageSize = new(pageSize)
	var parents []Parent
	err := readPages(maxPages, asked, "relations", []string{"total_count"}, func(page packer.ClientOption) error {
		answer, err := client2023(s).PackerServiceListBucketAncestry(params, nil, page)
		if err != nil {
			return s.Explain(err, asked)
		}
		for _, relation := range answer.Payload.Relations {
			if relation == nil {
				continue
			}
			if c := relation.Child; c != nil && (differs(c.BucketName, it.Bucket) || differs(c.VersionFingerprint, it.Fingerprint)) {
				return hcp.Unexpected(asked, "HCP answered about another iteration")
			}
			if p, outOfDate := parent2023(relation); outOfDate {
				parents = append(parents, p)
			}
		}
		return nil
	})
	return parents, err
}

// parent2023 is the parent of a relation, and whether it is out of date.
func parent2023(relation *models.HashicorpCloudPacker20230101BucketAncestry) (p Parent, outOfDate bool) {
	if relation.Parent == nil || relation.Status == nil {
		return p, false
	}
	from := relation.Parent
	p = Parent{Bucket: cut(from.BucketName), Channel: cut(from.ChannelName), BuiltOn: cut(from.VersionName)}
	if from.ChannelVersion != nil {
		p.Now = cut(from.ChannelVersion.Name)
	}
	return p, *relation.Status == models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE
}
