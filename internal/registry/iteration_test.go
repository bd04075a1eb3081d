package registry_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"hcp-packer-iteration/internal/registry"
)

func TestTime_String(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 2*60*60)
	tests := map[string]struct {
		time time.Time
		want string
	}{
		"zero":              {time.Time{}, ""},
		"zero_date":         {time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		"zero_date_in_zone": {time.Date(1, 1, 1, 2, 0, 0, 0, east), ""},
		"epoch":             {time.Unix(0, 0), ""},
		"epoch_in_zone":     {time.Date(1970, 1, 1, 2, 0, 0, 0, east), ""},
		"after_epoch":       {time.Unix(1, 0), "1970-01-01T00:00:01.000Z"},
		"seconds":           {time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC), "2026-10-01T10:00:00.000Z"},
		"tenths":            {time.Date(2026, 10, 1, 10, 0, 0, 5e8, time.UTC), "2026-10-01T10:00:00.500Z"},
		"milliseconds":      {time.Date(2026, 10, 1, 10, 0, 0, 123e6, time.UTC), "2026-10-01T10:00:00.123Z"},
		"microseconds":      {time.Date(2026, 10, 1, 10, 0, 0, 123456e3, time.UTC), "2026-10-01T10:00:00.123Z"},
		"nanoseconds":       {time.Date(2026, 10, 1, 10, 0, 0, 999999999, time.UTC), "2026-10-01T10:00:00.999Z"},
		"in_zone":           {time.Date(2026, 10, 1, 1, 0, 0, 0, east), "2026-09-30T23:00:00.000Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := registry.At(test.time).String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Terraform's data sources print what strfmt makes of a time.
func TestTime_String_is_as_terraform_prints_it(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"2026-09-20T10:00:00Z", "2026-09-20T10:00:00.5Z", "2026-09-20T10:00:00.123456Z", "2026-09-20T10:00:00.999999999Z",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			parsed, err := strfmt.ParseDateTime(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := registry.At(time.Time(parsed)).String(), parsed.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// Until is as precise as HCP, although String is not.
func TestTime_Until(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]time.Duration{"to_come": 1, "now": 0, "passed": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := registry.At(now.Add(want)).Until(now); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestIteration_String(t *testing.T) {
	t.Parallel()
	number := int64(7)
	for name, test := range map[string]struct {
		it   registry.Iteration
		want string
	}{
		"channel":      {registry.Iteration{Bucket: "ubuntu", Channel: "production", Name: "v7", Number: &number}, "iteration v7 of bucket ubuntu (channel production)"},
		"fingerprint":  {registry.Iteration{Bucket: "ubuntu", Name: "v7", Number: &number}, "iteration v7 of bucket ubuntu"},
		"no_number":    {registry.Iteration{Bucket: "ubuntu", Name: "spring"}, `iteration "spring" of bucket ubuntu`},
		"hostile_name": {registry.Iteration{Bucket: "ubuntu", Name: "a\n##[error]"}, `iteration "a\n## [error]" of bucket ubuntu`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.it.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The outputs "builds" and "revocation-inherited-from" are these values in JSON.
func TestJSON(t *testing.T) {
	t.Parallel()
	number := int64(3)
	at := registry.At(time.Date(2026, 9, 20, 10, 0, 0, 123456789, time.UTC))
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"build": {
			registry.Build{
				ID: "01BUILD", CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Status: "DONE", PackerRunUUID: "6f1b",
				Labels: map[string]string{"os": "ubuntu"}, CreatedAt: at, UpdatedAt: at,
				Images: []registry.Image{{ID: "01IMAGE", ImageID: "ami-1", Region: "us-east-1", CreatedAt: at}},
			},
			`{"id":"01BUILD","cloud_provider":"aws","component_type":"amazon-ebs.ubuntu","status":"DONE","packer_run_uuid":"6f1b",` +
				`"labels":{"os":"ubuntu"},"created_at":"2026-09-20T10:00:00.123Z","updated_at":"2026-09-20T10:00:00.123Z",` +
				`"images":[{"id":"01IMAGE","image_id":"ami-1","region":"us-east-1","created_at":"2026-09-20T10:00:00.123Z"}]}`,
		},
		"time_unset": {registry.Time{}, `""`},
		"ancestor": {
			registry.Ancestor{Bucket: "base-os", IterationID: "01BASE", IncrementalVersion: &number, Fingerprint: "base-os-v3"},
			`{"bucket":"base-os","iteration_id":"01BASE","incremental_version":3,"fingerprint":"base-os-v3"}`,
		},
		"ancestor_no_number": {
			registry.Ancestor{Bucket: "base-os"}, `{"bucket":"base-os","iteration_id":"","incremental_version":null,"fingerprint":""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(test.value)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
