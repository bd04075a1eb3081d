package registry

import (
	"context"
	"encoding/json"
	"strings"

	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"hcp-packer-iteration/internal/hcp"
)

// Summary reads an iteration that a list has once more, by its fingerprint, as [Channels] has them: without its
// builds, and with long texts cut. It is of API 2023-01-01 alone. An error is a problem to show.
func Summary(ctx context.Context, s *hcp.Session, listed *Iteration) (*Iteration, error) {
	asked := askedFingerprint(listed.Bucket, listed.Fingerprint)
	if !IsName(listed.Fingerprint) {
		return nil, hcp.Unexpected(asked, "HCP's answer has an invalid fingerprint")
	}
	params := packer.NewPackerServiceGetVersionParamsWithTimeout(0).WithContext(ctx)
	params.LocationOrganizationID, params.LocationProjectID = s.OrganizationID, s.ProjectID
	params.BucketName, params.Fingerprint = listed.Bucket, listed.Fingerprint
	var answer struct {
		Version *summary2023 `json:"version"`
	}
	if _, err := packer.New(s.Client(), nil).PackerServiceGetVersion(params, nil, decoding(&answer, packer.NewPackerServiceGetVersionOK())); err != nil {
		return nil, explainIteration(s, err, listed.Bucket, listed.Fingerprint)
	}
	if answer.Version == nil {
		return nil, hcp.Unexpected(asked, "HCP's answer has no version")
	}
	it := &answer.Version.Iteration
	if another(it.Bucket, listed.Bucket) || it.Fingerprint != listed.Fingerprint || it.ID != listed.ID {
		return nil, hcp.Unexpected(asked, "HCP's answer is about another iteration than the list's")
	}
	it.Bucket = listed.Bucket
	return it, nil
}

// summary2023 is a version without its builds, which are most of an answer, and with long texts cut. Its bucket
// is the one that it names.
type summary2023 struct{ Iteration }

// UnmarshalJSON decodes the SDK's model of a version, but for what is left out.
func (s *summary2023) UnmarshalJSON(text []byte) error {
	var found struct {
		models.HashicorpCloudPacker20230101Version
		Builds skipped `json:"builds"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	v := &found.HashicorpCloudPacker20230101Version
	for _, text := range []*string{&v.ID, &v.Name, &v.BucketName, &v.Fingerprint, &v.AuthorID, &v.RevocationAuthor, &v.RevocationMessage} {
		*text = kept(*text)
	}
	if from := v.RevocationInheritedFrom; from != nil {
		for _, text := range []*string{&from.BucketName, &from.VersionID, &from.VersionName, &from.VersionFingerprint} {
			*text = kept(*text)
		}
	}
	s.Iteration = *iteration2023(v.BucketName, v)
	s.UnknownStatus = kept(s.UnknownStatus)
	return nil
}

// maxKept is how many bytes of a text are kept where there can be thousands of them at a time. A message shows
// fewer.
const maxKept = 4 << 10

// kept is the beginning of a text, without the memory of the rest.
func kept(text string) string {
	if len(text) <= maxKept {
		return text
	}
	return strings.ToValidUTF8(strings.Clone(text[:maxKept]), "") + "…"
}
