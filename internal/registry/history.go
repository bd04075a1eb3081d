package registry

import (
	"context"
	"errors"
	"iter"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// Assignment is a row of a channel's history: what it was pointed at, when and by whom.
type Assignment struct {
	AssignedAt Time
	AuthorID   string
	// Iteration is as [Iteration.Brief] has it; nil where the channel was emptied, or the row is.
	Iteration *Iteration
}

// errEnough ends the reading of a history.
var errEnough = errors.New("enough was read")

// History reads what a channel pointed at, the newest first, in one request for 100 rows, and no more pages than
// the rows that are asked for take. It is of API 2023-01-01 alone. An error, which ends it, is a problem to show.
func History(ctx context.Context, s *hcp.Session, bucket, channel string) iter.Seq2[Assignment, error] {
	return func(yield func(Assignment, error) bool) {
		asked := "The history of channel " + channel + " of bucket " + bucket
		if !IsName(channel) {
			yield(Assignment{}, problem.New(problem.UnexpectedResponse, "The history of channel %s of bucket %s could not be read: that is not a valid name of a channel.",
				problem.Quote(channel), bucket))
			return
		}
		params := packer.NewPackerServiceListChannelAssignmentHistoryParamsWithTimeout(0).WithContext(ctx)
		params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
		params.BucketName, params.ChannelName = bucket, channel
		params.PaginationPageSize = new(pageSize)
		err := readPages(maxPages, asked, "history", []string{"count"}, func(page packer.ClientOption) error {
			answer, err := client2023(s).PackerServiceListChannelAssignmentHistory(params, nil, page)
			if err != nil {
				return explainHistory(s, err, asked)
			}
			for _, row := range answer.Payload.History {
				a, err := assignment2023(row, bucket, asked)
				if err != nil {
					return err
				}
				if !yield(a, nil) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(Assignment{}, err)
		}
	}
}

// assignment2023 is a row of the bucket's.
func assignment2023(row *models.HashicorpCloudPacker20230101ChannelAssignment, bucket, asked string) (Assignment, error) {
	if row == nil {
		return Assignment{}, nil
	}
	a := Assignment{AssignedAt: at(row.AssignedAt), AuthorID: cut(row.AuthorID), Iteration: iteration2023(row.Version).Brief()}
	switch it := a.Iteration; {
	case it == nil:
	case differs(it.Bucket, bucket):
		return a, hcp.Unexpected(asked, "HCP answered about another bucket")
	case it.ID == "":
		return a, hcp.Unexpected(asked, "HCP's answer has an iteration without an id")
	default:
		it.Bucket = bucket
	}
	return a, nil
}
