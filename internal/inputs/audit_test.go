package inputs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

func TestReadAudit_accepts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  env
		want func(in *inputs.Audit)
	}{
		"defaults": {nil, func(*inputs.Audit) {}},
		"patterns": {
			env{"INPUT_BUCKETS": " ubuntu \n\n!ubuntu-[12]?\r\n", "INPUT_CHANNELS": "prod*\nlatest"},
			func(in *inputs.Audit) {
				in.Buckets.Lines, in.Channels.Lines = []string{"ubuntu", "!ubuntu-[12]?"}, []string{"prod*", "latest"}
			},
		},
		"policy": {
			env{"INPUT_FAIL-ON": "scheduled", "INPUT_REVOCATION-HORIZON": "7d", "INPUT_MAX-AGE": "720h", "INPUT_PARENTS": "warn", "INPUT_UNASSIGNED": "fail", "INPUT_ROLLED-BACK": "warn"},
			func(in *inputs.Audit) {
				in.Policy = gate.Policy{FailOn: gate.FailOnScheduled, Horizon: 7 * 24 * time.Hour, MaxAge: 720 * time.Hour, Parents: gate.Warn}
				in.Unassigned, in.RolledBack = gate.Fail, gate.Warn
			},
		},
		"waivers": {
			env{"INPUT_WAIVERS": "golden/production until 2026-12-31 the vendor's  fix\n", "INPUT_WAIVERS-FILE": ".github/waivers.txt"},
			func(in *inputs.Audit) {
				in.Waivers = inputs.Waivers{File: ".github/waivers.txt", Given: []verdict.Waiver{
					{ID: "golden/production", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Reason: "the vendor's fix"},
				}}
			},
		},
		"timeout": {env{"INPUT_TIMEOUT": "20m"}, func(in *inputs.Audit) { in.HCP.Timeout = 20 * time.Minute }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := inputs.Audit{
				Buckets:    registry.Patterns{Lines: []string{"*"}},
				Channels:   registry.Patterns{Lines: []string{"*"}, ByName: "latest"},
				Policy:     gate.Policy{FailOn: gate.FailOnRevoked, Parents: gate.Ignore},
				RolledBack: gate.Ignore,
				Unassigned: gate.Warn,
				Common:     inputs.Common{HCP: hcp.Config{Geography: "us", Timeout: 5 * time.Minute}, JobSummary: true},
			}
			tc.want(&want)
			got, err := inputs.ReadAudit(tc.env.lookup)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadAudit_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  env
		says string
	}{
		"path":        {env{"INPUT_BUCKETS": "ubuntu\n../x"}, `neither a name nor a glob of names: "../x"`},
		"commas":      {env{"INPUT_CHANNELS": "dev, production"}, `"dev, production"`},
		"open_set":    {env{"INPUT_CHANNELS": "[a"}, `"[a"`},
		"only_not":    {env{"INPUT_BUCKETS": "!"}, `"!"`},
		"unassigned":  {env{"INPUT_UNASSIGNED": "error"}, `unassigned "error" is not one of fail, warn, ignore`},
		"rolled_back": {env{"INPUT_ROLLED-BACK": "true"}, `rolled-back "true" is not one of fail, warn, ignore`},
		"horizon":     {env{"INPUT_REVOCATION-HORIZON": "7d"}, "revocation-horizon needs fail-on: scheduled"},
		"max_age":     {env{"INPUT_MAX-AGE": "-1d"}, `max-age "-1d"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := inputs.ReadAudit(tc.env.lookup)
			message := invalidInput(t, err)
			checkWording(t, message)
			if !strings.Contains(message, tc.says) {
				t.Errorf("got %q, want %q in it", message, tc.says)
			}
		})
	}
}
