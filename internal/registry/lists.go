package registry

import (
	"context"
	"iter"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/problem"
)

// The lists are of API 2023-01-01 alone.

// maxBucketPages bounds how many buckets a registry can have.
const maxBucketPages = maxItems / int(pageSize)

// Buckets reads the names of all buckets of the registry, in their order, in one request for 100 of them. They
// are what HCP gives, and need not be valid names. An error is a problem to show.
func Buckets(ctx context.Context, s *hcp.Session) ([]string, error) {
	const asked = "The list of buckets"
	params := packer.NewPackerServiceListBucketsParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.PaginationPageSize = new(pageSize)
	buckets := items[models.HashicorpCloudPacker20230101Bucket](s, list{hcp.Read, asked, "buckets", maxBucketPages},
		client2023(s).PackerServiceListBuckets, params)
	var names []string
	known := map[string]bool{}
	for b, err := range buckets {
		if err != nil {
			return nil, err
		}
		name := ""
		if b != nil {
			name = cut(b.Name)
		}
		if !known[name] {
			known[name] = true
			names = append(names, name)
		}
	}
	return names, nil
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
// channel. The iterations may lack their status, and long texts of theirs are cut. An error is a problem to show.
func Channels(ctx context.Context, s *hcp.Session, bucket string) ([]Channel, error) {
	asked := "The list of channels of bucket " + bucket
	params := packer.NewPackerServiceListChannelsParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName = bucket
	listed := items[models.HashicorpCloudPacker20230101Channel](s, list{hcp.Read, asked, "channels", maxPages},
		client2023(s).PackerServiceListChannels, params)
	var channels []Channel
	for channel, err := range listed {
		if err != nil {
			return nil, err
		}
		c := channel2023(channel)
		switch {
		case c == nil || c.Name == "":
			return nil, hcp.Unexpected(asked, "HCP's answer has a channel without a name")
		case !c.isOf(bucket):
			return nil, hcp.Unexpected(asked, "HCP answered about another bucket")
		}
		c.Bucket, c.ID, c.Name, c.Iteration = bucket, cut(c.ID), cut(c.Name), c.Iteration.Brief()
		if c.Iteration != nil {
			c.Iteration.Bucket = bucket
		}
		channels = append(channels, *c)
	}
	return channels, nil
}

// Assignment is a row of a channel's history: what it was pointed at, and when.
type Assignment struct {
	AssignedAt Time
	// Iteration is as [Iteration.Brief] has it; nil where the channel was emptied, or the row is.
	Iteration *Iteration
}

// History reads what a channel pointed at, the newest first, in one request for 100 rows, and no more pages than
// the rows that are asked for take. An error, which ends it, is a problem to show.
func History(ctx context.Context, s *hcp.Session, bucket, channel string) iter.Seq2[Assignment, error] {
	asked := "The history of channel " + channel + " of bucket " + bucket
	params := packer.NewPackerServiceListChannelAssignmentHistoryParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.ChannelName = bucket, channel
	params.PaginationPageSize = new(pageSize)
	rows := items[models.HashicorpCloudPacker20230101ChannelAssignment](s, list{hcp.ReadHistory, asked, "history", maxPages},
		client2023(s).PackerServiceListChannelAssignmentHistory, params)
	return func(yield func(Assignment, error) bool) {
		if !IsName(channel) {
			yield(Assignment{}, problem.New(problem.UnexpectedResponse,
				"The history of channel %s of bucket %s could not be read: that is not a valid name of a channel.", problem.Quote(channel), bucket))
			return
		}
		for row, err := range rows {
			var a Assignment
			if err == nil && row != nil {
				a, err = assignment2023(row, bucket, asked)
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

func assignment2023(
	row *models.HashicorpCloudPacker20230101ChannelAssignment, bucket, asked string,
) (Assignment, error) {
	it := iteration2023(row.Version).Brief()
	switch {
	case it == nil:
	case differs(it.Bucket, bucket):
		return Assignment{}, hcp.Unexpected(asked, "HCP answered about another bucket")
	case it.ID == "":
		return Assignment{}, hcp.Unexpected(asked, "HCP's answer has an iteration without an id")
	default:
		it.Bucket = bucket
	}
	return Assignment{AssignedAt: at(row.AssignedAt), Iteration: it}, nil
}

// ReadParents reads which parents of an iteration are out of date, in one request for 100 of them. An error is a
// problem to show.
func ReadParents(ctx context.Context, s *hcp.Session, it *Iteration) ([]Parent, error) {
	asked := "The ancestry of " + it.String()
	params := packer.NewPackerServiceListBucketAncestryParamsWithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.VersionFingerprint = it.Bucket, &it.Fingerprint
	params.Type = new(string(models.HashicorpCloudPacker20230101BucketAncestryTypeANCESTRYTYPEPARENTS))
	params.PaginationPageSize = new(pageSize)
	relations := items[models.HashicorpCloudPacker20230101BucketAncestry](s, list{hcp.Read, asked, "relations", maxPages},
		client2023(s).PackerServiceListBucketAncestry, params)
	parents := []Parent{}
	for relation, err := range relations {
		switch {
		case err != nil:
			return nil, err
		case relation == nil:
			continue
		}
		child, from, status := relation.Child, relation.Parent, relation.Status
		if child != nil && (differs(child.BucketName, it.Bucket) || differs(child.VersionFingerprint, it.Fingerprint)) {
			return nil, hcp.Unexpected(asked, "HCP answered about another iteration")
		}
		if from == nil || status == nil || *status != models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE {
			continue
		}
		p := Parent{Bucket: cut(from.BucketName), Channel: cut(from.ChannelName), BuiltOn: cut(from.VersionName)}
		if from.ChannelVersion != nil {
			p.Now = cut(from.ChannelVersion.Name)
		}
		parents = append(parents, p)
	}
	return parents, nil
}
