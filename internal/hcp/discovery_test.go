package hcp

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

const (
	otherProject = "22222222-2222-4222-8222-222222222222"
	ofAnyone     = `{"principal": {}}`
	ofTheOrg     = `{"principal": {"service": {"organization_id": "` + organization + `"}}}`
	noProjects   = `{"projects": [], "pagination": {"next_page_token": "next"}}`
)

// listOf is a list of projects, each "id state".
func listOf(projects ...string) fault {
	list := `{"projects": [null, {"id": "x"}`
	for _, p := range projects {
		id, state, _ := strings.Cut(p, " ")
		list += `, {"id": "` + id + `", "name": "a\nname", "state": "` + state + `"}`
	}
	return answer(200, list+"]}")
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	byProvider := func(*testing.T) Config { return providerConfig() }
	byFile := func(text string) func(*testing.T) Config {
		return func(t *testing.T) Config { return fileConfig(t, text) }
	}
	who, list, parent := []route{identityRoute}, []route{identityRoute, projectsRoute}, []route{identityRoute, projectRoute}
	for name, tc := range map[string]struct {
		organization, project string                    // given
		cfg                   func(t *testing.T) Config // nil for a secret
		identity, projects    []fault                   // nil for none; the project's own is as its name
		title                 problem.Title
		says                  string
		asks                  []route // after the login
	}{
		"both_given":                 {organization: organization, project: project},
		"project_level":              {asks: who},
		"project_given":              {project: project, asks: who},
		"organization_given":         {organization: organization, asks: who},
		"provider_names_the_project": {cfg: byProvider, identity: []fault{answer(200, ofTheOrg)}, asks: who},
		"provider_beside_a_project":  {cfg: byProvider, organization: organization, project: project},
		"file_names_the_project":     {cfg: byFile(strings.Replace(secretFile, "{", `{"project_id": "`+project+`", `, 1)), organization: organization},
		"file_of_a_provider":         {cfg: byFile(workloadFile(`"token": {"token": "` + jwt + `"}`)), organization: organization},
		"file_of_an_odd_project": {
			cfg:   byFile(strings.Replace(secretFile, "{", `{"project_id": "s3cr3t", `, 1)),
			title: problem.NotAuthenticated, says: "project_id is not a UUID",
		},
		"project_knows_its_parent":    {project: project, identity: []fault{answer(200, ofAnyone)}, asks: parent},
		"identity_refused":            {project: project, identity: []fault{answer(403, "")}, asks: parent},
		"identity_not_there":          {project: project, identity: []fault{answer(501, "")}, asks: parent},
		"identity_of_html":            {project: project, identity: []fault{answer(200, "<html></html>")}, asks: parent},
		"identity_redirected":         {project: project, identity: []fault{answer(302, "")}, asks: who, title: problem.UnexpectedResponse},
		"identity_of_html_alone":      {identity: []fault{answer(200, "<html></html>")}, asks: who, title: problem.UnexpectedResponse},
		"identity_of_nobody":          {identity: []fault{answer(200, `{}`)}, asks: who, title: problem.UnexpectedResponse},
		"identity_of_a_person":        {identity: []fault{answer(200, ofAnyone)}, asks: who, title: problem.NotFound, says: "Set organization-id and project-id"},
		"identity_of_odd_type":        {identity: []fault{answer(200, `{"principal": 7}`)}, asks: who, title: problem.UnexpectedResponse},
		"identity_of_odd_ids":         {identity: []fault{answer(200, `{"principal": {"service": {"organization_id": "../x", "project_id": "y"}}}`)}, asks: who, title: problem.UnexpectedResponse, says: "UUID"},
		"identity_passes_later":       {identity: []fault{answer(503, ""), nil}, asks: []route{identityRoute, identityRoute}},
		"one_active_project":          {identity: []fault{answer(200, ofTheOrg)}, projects: []fault{listOf(otherProject+" DELETING", project+" ACTIVE")}, asks: list},
		"one_project_on_a_later_page": {identity: []fault{answer(200, ofTheOrg)}, projects: []fault{answer(200, noProjects), listOf(project + " ACTIVE")}, asks: append(slices.Clone(list), projectsRoute)},
		"list_that_does_not_end":      {identity: []fault{answer(200, ofTheOrg)}, projects: []fault{answer(200, noProjects)}, asks: append([]route{identityRoute}, slices.Repeat([]route{projectsRoute}, maxPages)...), title: problem.UnexpectedResponse},
		"no_active_project":           {identity: []fault{answer(200, ofTheOrg)}, projects: []fault{listOf(project + " DELETING")}, asks: list, title: problem.NotFound, says: "Set project-id"},
		"project_of_an_odd_id":        {identity: []fault{answer(200, ofTheOrg)}, projects: []fault{listOf("../x ACTIVE")}, asks: list, title: problem.UnexpectedResponse, says: "UUID"},
		"several_active_projects": {
			identity: []fault{answer(200, ofTheOrg)}, projects: []fault{listOf(otherProject+" ACTIVE", project+" ACTIVE")}, asks: list, title: problem.AmbiguousProject,
			says: `2 projects of organization ` + organization + `: "a\nname" (` + otherProject + `), "a\nname" (` + project + `)`,
		},
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.fail(identityRoute, tc.identity...)
			c.fail(projectsRoute, tc.projects...)
			cfg := secretConfig()
			if tc.cfg != nil {
				cfg = tc.cfg(t)
			}
			cfg.OrganizationID, cfg.ProjectID = tc.organization, tc.project
			s, err := c.logIn(t, cfg, githubEnv())
			checkProblem(t, err, tc.title, tc.says)
			if err == nil && (s.OrganizationID != organization || s.ProjectID != project) {
				t.Errorf("got organization %q, project %q", s.OrganizationID, s.ProjectID)
			}
			asks := slices.DeleteFunc(c.routes(), func(r route) bool {
				return slices.Contains([]route{tokenRoute, githubRoute, exchangeRoute}, r)
			})
			if diff := cmp.Diff(tc.asks, asks); diff != "" && len(tc.asks)+len(asks) > 0 {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if pages := c.asked(projectsRoute); len(pages) > 0 && !strings.Contains(pages[0].query, "scope.id="+organization+"&scope.type=ORGANIZATION") ||
				len(pages) > 1 && !strings.Contains(pages[1].query, "pagination.next_page_token=next") {
				t.Errorf("got the pages %+v", pages)
			}
		})
	}
}

// TestDiscoveryUnreachable has no way to HCP, with or without a discovery.
func TestDiscoveryUnreachable(t *testing.T) {
	t.Parallel()
	inCloud(t, "certificate", func(t *testing.T, c *cloud) {
		c.settings[apiHost] = showing(authority().stranger)
		cfg := secretConfig()
		cfg.OrganizationID, cfg.ProjectID = "", ""
		_, err := c.logIn(t, cfg, nil)
		checkProblem(t, err, problem.HCPUnavailable, "set SSL_CERT_FILE to a file")
	})
}

// TestDiscoveryRefused has the requests of the discovery refused: giving the ids makes them unnecessary.
func TestDiscoveryRefused(t *testing.T) {
	t.Parallel()
	const advice = "Set organization-id and project-id, which makes this request unnecessary."
	for _, at := range []route{identityRoute, projectsRoute, projectRoute} {
		for name, tc := range map[string]struct {
			meet  fault
			title problem.Title
			says  string
		}{
			"401": {answer(401, ""), problem.NotAuthenticated, "401 Unauthorized. " + advice},
			"403": {answer(403, `{"code": 7, "message": "no\nway"}`), problem.PermissionDenied, `"no\nway". ` + advice},
			"404": {answer(404, ""), problem.NotFound, advice},
			"409": {rpc(409, 10, "odd"), problem.UnexpectedResponse, advice},
			"503": {answer(503, ""), problem.HCPUnavailable, advice},
			"odd": {answer(200, `{"project": {"parent": {"id": "../x"}}, "projects": 7, "principal": 7}`), problem.UnexpectedResponse, ""},
		} {
			inCloud(t, string(at)+"/"+name, func(t *testing.T, c *cloud) {
				cfg := secretConfig()
				cfg.OrganizationID, cfg.ProjectID = "", ""
				c.answers[identityRoute] = ofTheOrg
				if at == projectRoute {
					cfg.ProjectID, c.answers[identityRoute] = project, ofAnyone
				}
				c.fail(at, tc.meet)
				_, err := c.logIn(t, cfg, nil)
				checkProblem(t, err, tc.title, tc.says)
			})
		}
	}
}
