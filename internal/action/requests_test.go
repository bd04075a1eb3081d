package action_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
)

// TestRequests counts what each action asks HCP for, by the costs that its contract names.
func TestRequests(t *testing.T) {
	t.Parallel()
	moving := func(inputs map[string]string) map[string]string {
		return merged(map[string]string{"bucket": "golden", "channel": "production"}, inputs)
	}
	for name, tc := range map[string]struct {
		inputs map[string]string
		want   string
	}{
		"verify/ids": {
			map[string]string{"channel": "production", "image-ids": "ami-0a000000000000201\nami-0a000000000000301\nami-0c000000000000001\nami-0a000000000000201"},
			"channel 2, search 3",
		},
		"verify/replacement": {
			map[string]string{"channel": "production", "image-ids": "ami-0a000000000000201\nami-0a000000000000101"}, "channel 1, search 3",
		},
		"verify/versions": {
			map[string]string{"channel": "production", "image-ids": "ami-0a000000000000201\nami-0a000000000000101\nami-0a000000000000102", "max-age": "100000d"},
			"channel 1, iteration 3, search 5",
		},

		"audit/one_bucket":         {map[string]string{"buckets": "golden"}, "buckets 1, channels 1, iteration 1"},
		"audit/two_buckets":        {map[string]string{"buckets": "golden\nbase"}, "buckets 1, channels 2, iteration 1"},
		"audit/without_status":     {map[string]string{"buckets": "summaries"}, "buckets 1, channels 1, iteration 4"},
		"audit/of_chosen_channels": {map[string]string{"buckets": "summaries", "channels": "ok*"}, "buckets 1, channels 1, iteration 1"},
		"audit/parents":            {map[string]string{"buckets": "children", "parents": "warn"}, "ancestry 4, buckets 1, channels 1, iteration 2"},
		"audit/parents_ignored":    {map[string]string{"buckets": "children"}, "buckets 1, channels 1"},
		"audit/rolled_back":        {map[string]string{"buckets": "golden", "channels": "*\n!restricted", "rolled-back": "warn"}, "buckets 1, channels 1, history 10, iteration 1"},
		"audit/invalid_name":       {map[string]string{"buckets": "*name*"}, "buckets 1"},
		"audit/nothing":            {map[string]string{"buckets": "nowhere"}, "buckets 1"},

		"promote/moved":             {moving(map[string]string{"from-channel": "staging"}), "assign 1, channel 1, channels 2, history 1"},
		"promote/by_fingerprint":    {moving(map[string]string{"fingerprint": "golden-v7"}), "assign 1, channels 2, history 1, iteration 1"},
		"promote/created":           {moving(map[string]string{"channel": "canary", "from-channel": "staging", "create-channel": "true"}), "channel 1, channels 2, create-channel 1, history 1"},
		"promote/there":             {moving(map[string]string{"fingerprint": "golden-v6"}), "channels 1, iteration 1"},
		"promote/dry_run":           {moving(map[string]string{"from-channel": "staging", "dry-run": "true"}), "channel 1, channels 1"},
		"promote/ancestry_once":     {moving(map[string]string{"channel": "unassigned", "from-channel": "production", "parents": "warn"}), "ancestry 1, assign 1, channel 1, channels 2, history 1"},
		"promote/list_leaves_out":   {moving(map[string]string{"from-channel": "summary", "allow-older": "true"}), "assign 1, channel 1, channels 2, iteration 1"},
		"promote/previous":          {moving(map[string]string{"previous": "true"}), "assign 1, channels 2, history 2, iteration 2"},
		"promote/previous_of_none":  {moving(map[string]string{"channel": "staging", "previous": "true"}), "channels 1, history 1"},
		"promote/refused_by_gate":   {moving(map[string]string{"from-channel": "revoked"}), "channel 1"},
		"promote/refused_by_images": {moving(map[string]string{"from-channel": "staging", "require-images": "region=mars"}), "channel 1"},
		"promote/refused_as_older":  {moving(map[string]string{"channel": "dev", "from-channel": "staging"}), "channel 1, channels 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			action, _, _ := strings.Cut(name, "/")
			w.run(t, tc.inputs, action)
			if got := w.counts(); got != tc.want || w.asked(fakehcp.TokenRoute) != 1 {
				t.Errorf("got %s, and %d tokens, want %s, and one", got, w.asked(fakehcp.TokenRoute), tc.want)
			}
		})
	}
}

// counts tells how often each route but the token's was asked for.
func (w *world) counts() string {
	var counts []string
	for routes := w.routes(); len(routes) > 0; {
		route := slices.Min(routes)
		counts = append(counts, fmt.Sprintf("%s %d", route, w.asked(route)))
		routes = slices.DeleteFunc(routes, func(r fakehcp.Route) bool { return r == route })
	}
	return strings.Join(counts, ", ")
}
