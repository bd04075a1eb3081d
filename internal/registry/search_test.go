package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// search looks for an image of bucket web, whose build the answer's edit may change.
func search(t *testing.T, accepts func(string, map[string]string) bool, fault fakehcp.Fault) ([]registry.Match, error) {
	t.Helper()
	server := start(t, content(t))
	server.Fail(fakehcp.SearchRoute, fault)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return registry.Search(ctx, viewer(ctx, t, server), "ami-0a000000000000101", accepts)
}

func TestSearch_takes_what_is_accepted(t *testing.T) {
	t.Parallel()
	is := func(id string) func(string, map[string]string) bool {
		return func(externalID string, _ map[string]string) bool { return externalID == id }
	}
	answer := func(artifacts string) fakehcp.Fault {
		return fakehcp.Fault{Body: `{"artifacts": [{"bucket": {"name": "web"}, "version": {"id": "01V", "status": "VERSION_ACTIVE"},
			"build": {"platform": "aws", "artifacts": [` + artifacts + `]}}]}`}
	}
	for name, tc := range map[string]struct {
		accepts func(string, map[string]string) bool
		fault   fakehcp.Fault
		regions []string
		refused bool
	}{
		"as_it_is":                  {is("ami-0a000000000000101"), fakehcp.Fault{Pass: true}, []string{"us-east-1"}, false},
		"not_accepted":              {is("other"), fakehcp.Fault{Pass: true}, nil, false},
		"no_artifacts":              {is("other"), answer(``), []string{""}, false},
		"no_artifact_that_is_there": {is("other"), answer(`null`), nil, true},
		"another_image":             {is("ami-0a000000000000101"), answer(`{"external_identifier": "ami-2"}`), nil, true},
		"among_others":              {is("ami-0a000000000000101"), answer(`{"external_identifier": "ami-2"}, {"external_identifier": "ami-0a000000000000101", "region": "a"}`), []string{"a"}, false},
		"in_two_regions": {
			is("ami-0a000000000000101"),
			answer(`{"external_identifier": "ami-0a000000000000101", "region": "a"}, {"external_identifier": "ami-0a000000000000101", "region": "b"}`), []string{""}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			matches, err := search(t, tc.accepts, tc.fault)
			if p := (*problem.Problem)(nil); tc.refused != errors.As(err, &p) || tc.refused && p.Title != problem.UnexpectedResponse {
				t.Errorf("got %v, want refused %t", err, tc.refused)
			}
			var regions []string
			for _, m := range matches {
				regions = append(regions, m.Region)
			}
			if diff := cmp.Diff(tc.regions, regions); diff != "" {
				t.Errorf("regions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSearch_long_texts cuts what is longer than anybody shows: there can be thousands of matches.
func TestSearch_long_texts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	matches, err := search(t, func(string, map[string]string) bool { return true }, fakehcp.Fault{Body: fmt.Sprintf(`{"artifacts": [{"bucket": {"name": "web"},
		"version": {"id": "01V", "name": "v3", "fingerprint": "%[1]s", "status": "%[1]s", "author_id": "%[1]s", "revocation_author": "%[1]s", "revocation_message": "%[1]s"},
		"build": {"platform": "%[1]s", "component_type": "%[1]s", "artifacts": [{"external_identifier": "ami-0a000000000000101", "region": "%[1]s"}]}}]}`, long)})
	if err != nil {
		t.Fatal(err)
	}
	if kept := fmt.Sprintf("%+v %+v", matches[0], matches[0].Iteration); *matches[0].Iteration.Number != 3 || len(kept) > 9*5000 {
		t.Errorf("got %d bytes: %.300s", len(kept), kept)
	}
}
