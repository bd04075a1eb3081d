package registry_test

import (
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
		"zero_date_in_zone": {time.Date(1, 1, 1, 2, 0, 0, 0, east), ""},
		"epoch":             {time.Unix(0, 0), ""},
		"after_epoch":       {time.Unix(1, 0), "1970-01-01T00:00:01.000Z"},
		"milliseconds":      {time.Date(2026, 10, 1, 10, 0, 0, 123e6, time.UTC), "2026-10-01T10:00:00.123Z"},
		"nanoseconds":       {time.Date(2026, 10, 1, 10, 0, 0, 999999999, time.UTC), "2026-10-01T10:00:00.999Z"},
		"in_zone":           {time.Date(2026, 10, 1, 1, 0, 0, 0, east), "2026-09-30T23:00:00.000Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := registry.At(test.time)
			if got := at.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			// Terraform's data sources print what strfmt makes of a time.
			if got := strfmt.DateTime(test.time.UTC()).String(); at.IsSet() && got != test.want {
				t.Errorf("Terraform prints %q, want %q", got, test.want)
			}
		})
	}
}

// Until is as precise as HCP, although String is not.
func TestTime_Until(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, want := range []time.Duration{1, 0, -1} {
		if got := registry.At(now.Add(want)).Until(now); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
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
