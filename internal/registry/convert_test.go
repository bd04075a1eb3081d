package registry

import (
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/google/go-cmp/cmp"
	models2021 "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
	models2023 "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// Times of a document, with and without the zone and the precision that HCP gives.
var (
	created  = time.Date(2026, 9, 20, 12, 0, 0, 123456789, time.FixedZone("east", 2*60*60))
	revokeAt = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	epoch    = strfmt.NewDateTime() // what strfmt makes of ""
)

func pointer[T any](value T) *T { return &value }

// equalTimes compares to the nanosecond, whatever the zone.
var equalTimes = cmp.Comparer(func(a, b Time) bool { return a.moment.Equal(b.moment) })

// converted is what both documents of TestConvert are about.
func converted() *Iteration {
	at := At(created)
	return &Iteration{
		Bucket: "ubuntu", ID: "01VERSION", Name: "v7", Number: pointer(int64(7)), Fingerprint: "ubuntu-7",
		Status: RevocationScheduled, AuthorID: "ci@example.com", CreatedAt: at, UpdatedAt: at,
		RevokeAt: At(revokeAt), RevocationAuthor: "security@example.com", RevocationMessage: "CVE",
		RevocationInheritedFrom: &Ancestor{Bucket: "base-os", IterationID: "01BASE", IncrementalVersion: pointer(int64(3)), Fingerprint: "base-os-v3"},
		Builds: []Build{
			{
				ID: "01BUILD", CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Status: "DONE", PackerRunUUID: "6f1b",
				Labels: map[string]string{"os": "ubuntu"}, CreatedAt: at, UpdatedAt: at,
				Images: []Image{{ID: "01IMAGE", ImageID: "ami-1", Region: "us-east-1", CreatedAt: at}},
			},
			{ID: "02BUILD", Status: "UNSET", Labels: map[string]string{}, Images: []Image{}},
		},
	}
}

func TestIteration2023(t *testing.T) {
	t.Parallel()
	at := strfmt.DateTime(created)
	got := iteration2023(&models2023.HashicorpCloudPacker20230101Version{
		ID: "01VERSION", Name: "v7", Fingerprint: "ubuntu-7", BucketName: "ubuntu",
		Status:   pointer(models2023.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED),
		AuthorID: "ci@example.com", CreatedAt: at, UpdatedAt: at,
		RevokeAt: strfmt.DateTime(revokeAt), RevocationAuthor: "security@example.com", RevocationMessage: "CVE",
		RevocationInheritedFrom: &models2023.HashicorpCloudPacker20230101RevokedAncestor{
			BucketName: "base-os", VersionID: "01BASE", VersionName: "v3", VersionFingerprint: "base-os-v3",
		},
		Builds: []*models2023.HashicorpCloudPacker20230101Build{
			nil,
			{
				ID: "01BUILD", Platform: "aws", ComponentType: "amazon-ebs.ubuntu", PackerRunUUID: "6f1b",
				Status: pointer(models2023.HashicorpCloudPacker20230101BuildStatusBUILDDONE),
				Labels: map[string]string{"os": "ubuntu"}, CreatedAt: at, UpdatedAt: at,
				Artifacts: []*models2023.HashicorpCloudPacker20230101Artifact{
					nil, {ID: "01IMAGE", ExternalIdentifier: "ami-1", Region: "us-east-1", CreatedAt: at},
				},
			},
			{ID: "02BUILD", CreatedAt: epoch},
		},
	})
	if diff := cmp.Diff(converted(), got, equalTimes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestIteration2021(t *testing.T) {
	t.Parallel()
	at := strfmt.DateTime(created)
	got := iteration2021(&models2021.HashicorpCloudPackerIteration{
		ID: "01VERSION", IncrementalVersion: 7, Fingerprint: "ubuntu-7", BucketSlug: "ubuntu", Complete: true,
		AuthorID: "ci@example.com", CreatedAt: at, UpdatedAt: at,
		RevokeAt: strfmt.DateTime(revokeAt), RevocationAuthor: "security@example.com", RevocationMessage: "CVE",
		RevocationInheritedFrom: &models2021.HashicorpCloudPackerRevokedAncestor{
			BucketSlug: "base-os", IterationID: "01BASE", IterationIncrementalVersion: 3, IterationFingerprint: "base-os-v3",
		},
		Builds: []*models2021.HashicorpCloudPackerBuild{
			nil,
			{
				ID: "01BUILD", CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", PackerRunUUID: "6f1b",
				Status: pointer(models2021.HashicorpCloudPackerBuildStatusDONE),
				Labels: map[string]string{"os": "ubuntu"}, CreatedAt: at, UpdatedAt: at,
				Images: []*models2021.HashicorpCloudPackerImage{
					nil, {ID: "01IMAGE", ImageID: "ami-1", Region: "us-east-1", CreatedAt: at},
				},
			},
			{ID: "02BUILD", CreatedAt: epoch},
		},
	})
	if diff := cmp.Diff(converted(), got, equalTimes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestIteration_of_nothing(t *testing.T) {
	t.Parallel()
	if got := iteration2023(nil); got != nil {
		t.Errorf("2023-01-01: got %v", got)
	}
	if got := iteration2021(nil); got != nil {
		t.Errorf("2021-04-30: got %v", got)
	}
}

// HCP gives an empty ancestor where it has none to give.
func TestIteration_of_an_empty_ancestor(t *testing.T) {
	t.Parallel()
	v := &models2023.HashicorpCloudPacker20230101Version{RevocationInheritedFrom: &models2023.HashicorpCloudPacker20230101RevokedAncestor{}}
	if got := iteration2023(v).RevocationInheritedFrom; got != nil {
		t.Errorf("2023-01-01: got %v", got)
	}
	i := &models2021.HashicorpCloudPackerIteration{RevocationInheritedFrom: &models2021.HashicorpCloudPackerRevokedAncestor{}}
	if got := iteration2021(i).RevocationInheritedFrom; got != nil {
		t.Errorf("2021-04-30: got %v", got)
	}
}

func TestStatus2023(t *testing.T) {
	t.Parallel()
	for given, want := range map[models2023.HashicorpCloudPacker20230101VersionStatus]struct {
		status  Status
		unknown string
	}{
		"VERSION_ACTIVE": {Active, ""}, "VERSION_REVOCATION_SCHEDULED": {RevocationScheduled, ""}, "VERSION_REVOKED": {Revoked, ""},
		"VERSION_INCOMPLETE": {Incomplete, ""}, "VERSION_RUNNING": {Running, ""}, "VERSION_FAILED": {Failed, ""}, "VERSION_CANCELLED": {Cancelled, ""},
		"VERSION_UNSET": {Unknown, ""}, "VERSION_SOMETHING_NEW": {Unknown, "VERSION_SOMETHING_NEW"}, "ACTIVE": {Unknown, "ACTIVE"}, "": {Unknown, ""},
	} {
		if status, unknown := status2023(&given); status != want.status || unknown != want.unknown {
			t.Errorf("%q: got %s, %q", given, status, unknown)
		}
	}
	if status, unknown := status2023(nil); status != Unknown || unknown != "" {
		t.Errorf("absent: got %s, %q", status, unknown)
	}
}

func TestStatus2021(t *testing.T) {
	t.Parallel()
	const manual, inherited, unset = "MANUAL", "INHERITED", "UNSET"
	type revocation = models2021.HashicorpCloudPackerIterationRevocationType
	none, at := strfmt.DateTime{}, strfmt.DateTime(revokeAt)
	for name, test := range map[string]struct {
		complete bool
		revokeAt strfmt.DateTime
		kind     *revocation
		want     Status
	}{
		"complete":                    {true, none, nil, Active},
		"complete_type_unset":         {true, none, pointer[revocation](unset), Active},
		"complete_type_empty":         {true, none, pointer[revocation](""), Active},
		"complete_epoch":              {true, epoch, nil, Active},
		"complete_with_time":          {true, at, nil, RevocationScheduled},
		"complete_with_time_manual":   {true, at, pointer[revocation](manual), RevocationScheduled},
		"manual_without_time":         {true, none, pointer[revocation](manual), Revoked},
		"inherited_without_time":      {true, none, pointer[revocation](inherited), Revoked},
		"inherited_at_epoch":          {true, epoch, pointer[revocation](inherited), Revoked},
		"unknown_type_without_time":   {true, none, pointer[revocation]("SOMETHING_NEW"), Revoked},
		"incomplete":                  {false, none, nil, Incomplete},
		"incomplete_type_unset":       {false, none, pointer[revocation](unset), Incomplete},
		"incomplete_with_time":        {false, at, pointer[revocation](manual), Incomplete},
		"incomplete_time_and_no_type": {false, at, nil, Incomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := iteration2021(&models2021.HashicorpCloudPackerIteration{Complete: test.complete, RevokeAt: test.revokeAt, RevocationType: test.kind}).Status
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestBuild_status(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"DONE", "RUNNING", "FAILED", "CANCELLED", "UNSET"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			old := models2021.HashicorpCloudPackerBuildStatus(want)
			if got := build2021(&models2021.HashicorpCloudPackerBuild{Status: &old}).Status; got != want {
				t.Errorf("2021-04-30: got %s, want %s", got, want)
			}
			current := models2023.HashicorpCloudPacker20230101BuildStatus("BUILD_" + want)
			if got := build2023(&models2023.HashicorpCloudPacker20230101Build{Status: &current}).Status; got != want {
				t.Errorf("2023-01-01: got %s, want %s", got, want)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*int64{
		"v0": pointer(int64(0)), "v1": pointer(int64(1)), "v7": pointer(int64(7)), "v1234567": pointer(int64(1234567)),
		"v9223372036854775807": pointer(int64(9223372036854775807)),
		"v9223372036854775808": nil,
		"":                     nil, "v": nil, "7": nil, "V7": nil, "vv7": nil, "v-1": nil, "v+1": nil, "v 7": nil, "v7 ": nil, "v7.1": nil,
		"v1_000": nil, "v0x7": nil, "v７": nil, "spring-release": nil,
	} {
		t.Run("of_"+name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, number(name)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An ancestor that the revocation is inherited from says that there is one, without a type or a time.
func TestStatus2021_of_an_ancestor(t *testing.T) {
	t.Parallel()
	from := &models2021.HashicorpCloudPackerRevokedAncestor{BucketSlug: "base-os"}
	for name, tc := range map[string]struct {
		from     *models2021.HashicorpCloudPackerRevokedAncestor
		revokeAt strfmt.DateTime
		want     Status
	}{
		"named":            {from, strfmt.DateTime{}, Revoked},
		"named_at_epoch":   {from, epoch, Revoked},
		"named_with_time":  {from, strfmt.DateTime(revokeAt), RevocationScheduled},
		"named_by_nothing": {&models2021.HashicorpCloudPackerRevokedAncestor{}, strfmt.DateTime{}, Active},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &models2021.HashicorpCloudPackerIteration{Complete: true, RevocationInheritedFrom: tc.from, RevokeAt: tc.revokeAt}
			if got := iteration2021(i).Status; got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
