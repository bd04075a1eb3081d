package registry

import (
	"context"
	"strings"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// packer2023 is API 2023-01-01: buckets hold versions, and builds hold artifacts of a platform.
type packer2023 struct{ session *hcp.Session }

// client2023 is the SDK's client of API 2023-01-01.
func client2023(s *hcp.Session) packer.ClientService { return packer.New(transport{s}, nil) }

func (p packer2023) channel(ctx context.Context, bucket, channel string) (string, *Iteration, error) {
	// No timeout beside the context's: the SDK's own would end the retries with the first try.
	params := packer.NewPackerServiceGetChannelParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = p.session.OrganizationID, p.session.ProjectID
	params.BucketName, params.ChannelName = bucket, channel
	answer, err := client2023(p.session).PackerServiceGetChannel(params, nil)
	if err != nil {
		return "", nil, explainChannel(p.session, err, bucket, channel)
	}
	found := answer.Payload.Channel
	if found == nil {
		return "", nil, hcp.Unexpected(askedChannel(bucket, channel), "HCP's answer has no channel")
	}
	if differs(found.Name, channel) || differs(found.BucketName, bucket) || found.Version != nil && differs(found.Version.BucketName, bucket) {
		return "", nil, hcp.Unexpected(askedChannel(bucket, channel), "HCP answered about another channel or bucket")
	}
	return found.ID, iteration2023(bucket, found.Version), nil
}

func (p packer2023) iteration(ctx context.Context, bucket, fingerprint string) (*Iteration, error) {
	params := packer.NewPackerServiceGetVersionParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = p.session.OrganizationID, p.session.ProjectID
	params.BucketName, params.Fingerprint = bucket, fingerprint
	answer, err := client2023(p.session).PackerServiceGetVersion(params, nil)
	if err != nil {
		return nil, explainIteration(p.session, err, bucket, fingerprint)
	}
	it := iteration2023(bucket, answer.Payload.Version)
	if it == nil {
		return nil, hcp.Unexpected(askedFingerprint(bucket, fingerprint), "HCP's answer has no version")
	}
	if differs(answer.Payload.Version.BucketName, bucket) {
		return nil, hcp.Unexpected(askedFingerprint(bucket, fingerprint), "HCP answered about another bucket")
	}
	return it, nil
}

// iteration2023 is nil for no version.
func iteration2023(bucket string, v *models.HashicorpCloudPacker20230101Version) *Iteration {
	if v == nil {
		return nil
	}
	it := &Iteration{
		Bucket:            bucket,
		ID:                v.ID,
		Name:              v.Name,
		Number:            number(v.Name),
		Fingerprint:       v.Fingerprint,
		Status:            status2023(v.Status),
		UnknownStatus:     unknown2023(v.Status),
		AuthorID:          v.AuthorID,
		CreatedAt:         at(v.CreatedAt),
		UpdatedAt:         at(v.UpdatedAt),
		RevokeAt:          at(v.RevokeAt),
		RevocationAuthor:  v.RevocationAuthor,
		RevocationMessage: v.RevocationMessage,
		ParentsStatus:     parents2023(v.Parents),
	}
	if a := v.RevocationInheritedFrom; a != nil && *a != (models.HashicorpCloudPacker20230101RevokedAncestor{}) {
		it.RevocationInheritedFrom = &Ancestor{
			Bucket:             a.BucketName,
			IterationID:        a.VersionID,
			IncrementalVersion: number(a.VersionName),
			Fingerprint:        a.VersionFingerprint,
		}
	}
	for _, b := range v.Builds {
		if b != nil {
			it.Builds = append(it.Builds, build2023(b))
		}
	}
	return it
}

func build2023(b *models.HashicorpCloudPacker20230101Build) Build {
	build := Build{
		ID:            b.ID,
		CloudProvider: b.Platform,
		ComponentType: b.ComponentType,
		Status:        buildUnset,
		PackerRunUUID: b.PackerRunUUID,
		Labels:        labels(b.Labels),
		CreatedAt:     at(b.CreatedAt),
		UpdatedAt:     at(b.UpdatedAt),
		Images:        []Image{},
	}
	if b.Status != nil && *b.Status != "" {
		build.Status = strings.TrimPrefix(string(*b.Status), "BUILD_")
	}
	for _, a := range b.Artifacts {
		if a != nil {
			build.Images = append(build.Images, Image{ID: a.ID, ImageID: a.ExternalIdentifier, Region: a.Region, CreatedAt: at(a.CreatedAt)})
		}
	}
	return build
}

// status2023 knows what the SDK knows. Anything else is unknown, which the gate refuses.
func status2023(s *models.HashicorpCloudPacker20230101VersionStatus) Status {
	if s == nil {
		return Unknown
	}
	switch *s {
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE:
		return Active
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED:
		return RevocationScheduled
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED:
		return Revoked
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONINCOMPLETE:
		return Incomplete
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING:
		return Running
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONFAILED:
		return Failed
	case models.HashicorpCloudPacker20230101VersionStatusVERSIONCANCELLED:
		return Cancelled
	default:
		return Unknown
	}
}

// unknown2023 is the word of a status that the SDK does not know. Unset is none.
func unknown2023(s *models.HashicorpCloudPacker20230101VersionStatus) string {
	if s == nil || status2023(s) != Unknown || *s == models.HashicorpCloudPacker20230101VersionStatusVERSIONUNSET {
		return ""
	}
	return string(*s)
}

// parents2023 is empty for a word that the SDK does not know: that is no word on the parents.
func parents2023(p *models.HashicorpCloudPacker20230101VersionParents) ParentsStatus {
	if p == nil || p.Status == nil {
		return ""
	}
	switch *p.Status {
	case models.HashicorpCloudPacker20230101AncestryStatusUPTODATE:
		return UpToDate
	case models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE:
		return OutOfDate
	case models.HashicorpCloudPacker20230101AncestryStatusUNDETERMINED:
		return Undetermined
	default:
		return ""
	}
}
