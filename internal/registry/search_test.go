package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// TestSearch takes what is accepted.
func TestSearch(t *testing.T) {
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
		title   problem.Title
	}{
		"as_it_is":                  {is("ami-0a000000000000101"), fakehcp.Fault{Pass: true}, []string{"us-east-1"}, ""},
		"not_accepted":              {is("other"), fakehcp.Fault{Pass: true}, nil, ""},
		"no_artifacts":              {is("other"), answer(``), []string{""}, ""},
		"no_artifact_that_is_there": {is("other"), answer(`null`), nil, problem.UnexpectedResponse},
		"version_of_no_id":          {is("other"), fakehcp.Fault{Body: strings.Replace(answer(``).Body, "01V", "", 1)}, nil, problem.UnexpectedResponse},
		"bucket_of_no_valid_name":   {is("other"), fakehcp.Fault{Body: strings.Replace(answer(``).Body, "web", "../web", 1)}, nil, problem.UnexpectedResponse},
		"another_image":             {is("ami-0a000000000000101"), answer(`{"external_identifier": "ami-2"}`), nil, problem.UnexpectedResponse},
		"among_others":              {is("ami-0a000000000000101"), answer(`{"external_identifier": "ami-2"}, {"external_identifier": "ami-0a000000000000101", "region": "a"}`), []string{"a"}, ""},
		"in_two_regions": {
			is("ami-0a000000000000101"),
			answer(`{"external_identifier": "ami-0a000000000000101", "region": "a"}, {"external_identifier": "ami-0a000000000000101", "region": "b"}`), []string{""}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, server, session := connect(t, "")
			server.Fail(fakehcp.SearchRoute, tc.fault)
			var regions []string
			var failed error
			for m, err := range registry.Search(ctx, session, "ami-0a000000000000101", tc.accepts) {
				if failed = err; err == nil {
					regions = append(regions, m.Region)
				}
			}
			checkProblem(t, failed, tc.title, "")
			if diff := cmp.Diff(tc.regions, regions); diff != "" {
				t.Errorf("regions (-want +got):\n%s", diff)
			}
		})
	}
}
