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

// equalTimes compares to the nanosecond, whatever the zone.
var equalTimes = cmp.Comparer(func(a, b Time) bool { return a.moment.Equal(b.moment) })

// converted is what both documents of TestConvert are about.
func converted() *Iteration {
	at := At(created)
	return &Iteration{
		Bucket: "ubuntu", ID: "01VERSION", Name: "v7", Number: new(int64(7)), Fingerprint: "ubuntu-7",
		Status: RevocationScheduled, AuthorID: "ci@example.com", CreatedAt: at, UpdatedAt: at,
		RevokeAt: At(revokeAt), RevocationAuthor: "security@example.com", RevocationMessage: "CVE",
		RevocationInheritedFrom: &Ancestor{Bucket: "base-os", IterationID: "01BASE", IncrementalVersion: new(int64(3)), Fingerprint: "base-os-v3"},
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
		Status:   new(models2023.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED),
		AuthorID: "ci@example.com", CreatedAt: at, UpdatedAt: at,
		RevokeAt: strfmt.DateTime(revokeAt), RevocationAuthor: "security@example.com", RevocationMessage: "CVE",
		RevocationInheritedFrom: &models2023.HashicorpCloudPacker20230101RevokedAncestor{
			BucketName: "base-os", VersionID: "01BASE", VersionName: "v3", VersionFingerprint: "base-os-v3",
		},
		Builds: []*models2023.HashicorpCloudPacker20230101Build{
			nil,
			{
				ID: "01BUILD", Platform: "aws", ComponentType: "amazon-ebs.ubuntu", PackerRunUUID: "6f1b",
				Status: new(models2023.HashicorpCloudPacker20230101BuildStatusBUILDDONE),
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
				Status: new(models2021.HashicorpCloudPackerBuildStatusDONE),
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

// HCP gives an empty ancestor where it has none to give.
func TestIteration_of_nothing(t *testing.T) {
	t.Parallel()
	v := &models2023.HashicorpCloudPacker20230101Version{RevocationInheritedFrom: &models2023.HashicorpCloudPacker20230101RevokedAncestor{}}
	if got := iteration2023(v).RevocationInheritedFrom; got != nil || iteration2023(nil) != nil {
		t.Errorf("2023-01-01: got the ancestor %v", got)
	}
	if iteration2021(nil) != nil {
		t.Error("2021-04-30: got an iteration")
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
	type revocation = models2021.HashicorpCloudPackerIterationRevocationType
	type ancestor = models2021.HashicorpCloudPackerRevokedAncestor
	none, at, from := strfmt.DateTime{}, strfmt.DateTime(revokeAt), &ancestor{BucketSlug: "base-os"}
	for name, tc := range map[string]struct {
		complete bool
		revokeAt strfmt.DateTime
		kind     revocation
		from     *ancestor
		want     Status
	}{
		"complete":                   {true, none, "", nil, Active},
		"complete_type_unset":        {true, none, "UNSET", nil, Active},
		"complete_epoch":             {true, epoch, "", nil, Active},
		"complete_no_ancestor":       {true, none, "", &ancestor{}, Active},
		"complete_with_time":         {true, at, "", nil, RevocationScheduled},
		"complete_with_time_manual":  {true, at, "MANUAL", nil, RevocationScheduled},
		"complete_with_all":          {true, at, "INHERITED", from, RevocationScheduled},
		"manual_without_time":        {true, none, "MANUAL", nil, Revoked},
		"inherited_at_epoch":         {true, epoch, "INHERITED", nil, Revoked},
		"unknown_type_without_time":  {true, none, "SOMETHING_NEW", nil, Revoked},
		"ancestor_without_time":      {true, none, "", from, Revoked},
		"ancestor_at_epoch":          {true, epoch, "UNSET", from, Revoked},
		"incomplete":                 {false, none, "UNSET", nil, Incomplete},
		"incomplete_with_time":       {false, at, "MANUAL", nil, Incomplete},
		"incomplete_and_no_time":     {false, none, "INHERITED", from, Revoked},
		"incomplete_time_of_no_type": {false, at, "", nil, Incomplete},
	} {
		i := models2021.HashicorpCloudPackerIteration{Complete: tc.complete, RevokeAt: tc.revokeAt, RevocationType: &tc.kind, RevocationInheritedFrom: tc.from}
		got := iteration2021(&i)
		if tc.kind == "" {
			i.RevocationType = nil
		}
		// The number 0, by which the gate knows one that is incomplete, is that alone.
		if again := iteration2021(&i); got.Status != tc.want || again.Status != tc.want || (got.Name == "v0") == tc.complete {
			t.Errorf("%s: got %s and %s of %q, want %s", name, got.Status, again.Status, got.Name, tc.want)
		}
	}
}

func TestBuild_status(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"DONE", "RUNNING", "FAILED", "CANCELLED", "UNSET"} {
		old := models2021.HashicorpCloudPackerBuildStatus(want)
		if got := build2021(&models2021.HashicorpCloudPackerBuild{Status: &old}).Status; got != want {
			t.Errorf("2021-04-30: got %s, want %s", got, want)
		}
		current := models2023.HashicorpCloudPacker20230101BuildStatus("BUILD_" + want)
		if got := build2023(&models2023.HashicorpCloudPacker20230101Build{Status: &current}).Status; got != want {
			t.Errorf("2023-01-01: got %s, want %s", got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int64{
		"v0": 0, "v7": 7, "v9223372036854775807": 9223372036854775807, "v9223372036854775808": -1, "": -1, "v": -1, "7": -1, "V7": -1, "vv7": -1,
		"v-1": -1, "v+1": -1, "v 7": -1, "v7 ": -1, "v7.1": -1, "v1_000": -1, "v0x7": -1, "v７": -1, "spring-release": -1,
	} {
		if got := number(name); got == nil && want >= 0 || got != nil && *got != want {
			t.Errorf("%q: got %v, want %d", name, got, want)
		}
	}
}
