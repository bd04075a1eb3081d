package hcp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

const (
	otherProject = "22222222-2222-4222-8222-222222222222"
	ofAnyone     = `{"principal": {}}`
	ofTheOrg     = `{"principal": {"service": {"organization_id": "` + organization + `"}}}`
)

// listOf is a list of projects, each "id state".
func listOf(projects ...string) string {
	var items []string
	for _, p := range projects {
		id, state, _ := strings.Cut(p, " ")
		items = append(items, fmt.Sprintf(`{"id": %q, "name": "a\nname", "state": %q}`, id, state))
	}
	return `{"projects": [null, {"id": "x"}, ` + strings.Join(items, ", ") + `]}`
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		organization, project string // given
		file                  string // instead of a secret
		byProvider            bool   // instead of a secret
		answers               map[route]string
		// title is how it ends, and says a part of the message.
		title problem.Title
		says  string
		// asks are the requests after the login.
		asks []route
	}{
		"both_given":         {organization: organization, project: project},
		"project_level":      {asks: []route{identityRoute}},
		"project_given":      {project: project, asks: []route{identityRoute}},
		"organization_given": {organization: organization, asks: []route{identityRoute}},
		"provider_names_the_project": {
			byProvider: true, answers: map[route]string{identityRoute: ofTheOrg}, asks: []route{identityRoute},
		},
		"project_given_beside_a_provider": {
			byProvider: true, organization: organization, project: project,
		},
		"file_names_the_project": {
			file: strings.Replace(secretFile, "{", `{"project_id": "`+project+`", `, 1), organization: organization,
		},
		"provider_of_a_file_names_the_project": {
			file: workloadFile(`"token": {"token": "` + jwt + `"}`), organization: organization,
		},
		"file_names_an_odd_project": {
			file:  strings.Replace(secretFile, "{", `{"project_id": "s3cr3t", `, 1),
			title: problem.NotAuthenticated, says: "project_id is not a UUID",
		},
		"project_alone_knows_its_parent": {
			project: project, answers: map[route]string{identityRoute: ofAnyone}, asks: []route{identityRoute, projectRoute},
		},
		"project_without_a_parent": {
			project: project, answers: map[route]string{identityRoute: ofAnyone, projectRoute: `{"project": {"id": "x"}}`}, asks: []route{identityRoute, projectRoute},
			title: problem.UnexpectedResponse,
		},
		"project_of_a_hostile_parent": {
			project: project, answers: map[route]string{identityRoute: ofAnyone, projectRoute: `{"project": {"parent": {"id": "../x"}}}`}, asks: []route{identityRoute, projectRoute},
			title: problem.UnexpectedResponse, says: "UUID",
		},
		"identity_of_nobody": {
			answers: map[route]string{identityRoute: `{}`}, asks: []route{identityRoute}, title: problem.UnexpectedResponse,
		},
		"identity_of_a_person": {
			answers: map[route]string{identityRoute: ofAnyone}, asks: []route{identityRoute},
			title: problem.NotFound, says: "Set organization-id and project-id",
		},
		"hostile_ids": {
			answers: map[route]string{identityRoute: `{"principal": {"service": {"organization_id": "../x", "project_id": "y"}}}`},
			asks:    []route{identityRoute}, title: problem.UnexpectedResponse, says: "UUID",
		},
		"wrong_fields": {
			answers: map[route]string{identityRoute: `{"principal": 7}`}, asks: []route{identityRoute}, title: problem.UnexpectedResponse,
		},
		"not_json": {
			answers: map[route]string{identityRoute: `<html>`}, asks: []route{identityRoute}, title: problem.UnexpectedResponse,
		},
		"one_active_project": {
			answers: map[route]string{identityRoute: ofTheOrg, projectsRoute: listOf(otherProject+" DELETING", project+" ACTIVE")},
			asks:    []route{identityRoute, projectsRoute},
		},
		"several_active_projects": {
			answers: map[route]string{identityRoute: ofTheOrg, projectsRoute: listOf(otherProject+" ACTIVE", project+" ACTIVE")},
			asks:    []route{identityRoute, projectsRoute}, title: problem.AmbiguousProject,
			says: `2 projects of organization ` + organization + `: "a\nname" (` + otherProject + `), "a\nname" (` + project + `)`,
		},
		"no_active_project": {
			answers: map[route]string{identityRoute: ofTheOrg, projectsRoute: listOf(project + " DELETING")},
			asks:    []route{identityRoute, projectsRoute}, title: problem.NotFound, says: "Set project-id",
		},
		"hostile_project": {
			answers: map[route]string{identityRoute: ofTheOrg, projectsRoute: listOf("../x ACTIVE")},
			asks:    []route{identityRoute, projectsRoute}, title: problem.UnexpectedResponse, says: "UUID",
		},
		"list_that_does_not_end": {
			answers: map[route]string{identityRoute: ofTheOrg, projectsRoute: `{"projects": [], "pagination": {"next_page_token": "x"}}`},
			asks:    append([]route{identityRoute}, slices.Repeat([]route{projectsRoute}, maxPages)...), title: problem.UnexpectedResponse,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t)
				for at, text := range tc.answers {
					c.answers[at] = text
				}
				cfg, env, login := secretConfig(), map[string]string(nil), []route{tokenRoute}
				switch {
				case tc.byProvider:
					cfg, env, login = providerConfig(), githubEnv(), []route{githubRoute, exchangeRoute}
				case tc.file != "":
					cfg = fileConfig(t, tc.file)
				}
				cfg.OrganizationID, cfg.ProjectID = tc.organization, tc.project
				s, err := c.logIn(t, cfg, env)
				checkProblem(t, err, tc.title, tc.says)
				if err == nil && (s.OrganizationID != organization || s.ProjectID != project) {
					t.Errorf("got organization %q, project %q", s.OrganizationID, s.ProjectID)
				}
				asks := slices.DeleteFunc(c.routes(), func(r route) bool { return slices.Contains(login, r) || r == exchangeRoute })
				if diff := cmp.Diff(tc.asks, asks); diff != "" && len(tc.asks)+len(asks) > 0 {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// checkProblem checks how something ended: with a problem of this title that says so, or without one
// where the title is empty.
func checkProblem(t *testing.T, err error, title problem.Title, says string) {
	t.Helper()
	if got := titleOf(t, err); got != title {
		t.Errorf("got title %q, want %q: %v", got, title, err)
	}
	if err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("got %q, which does not say %q", err, says)
	}
}

// TestPagesOfProjects reads a list of several pages.
func TestPagesOfProjects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.answers[identityRoute] = ofTheOrg
		c.fail(projectsRoute,
			answer(http.StatusOK, `{"projects": [], "pagination": {"next_page_token": "next"}}`),
			answer(http.StatusOK, listOf(project+" ACTIVE")))
		cfg := secretConfig()
		cfg.OrganizationID, cfg.ProjectID = "", ""
		s, err := c.logIn(t, cfg, nil)
		checkProblem(t, err, "", "")
		if s.ProjectID != project {
			t.Errorf("got project %q", s.ProjectID)
		}
		pages := c.asked(projectsRoute)
		if len(pages) != 2 || strings.Contains(pages[0].query, "next") || !strings.Contains(pages[1].query, "pagination.next_page_token=next") {
			t.Errorf("got the pages %+v", pages)
		}
		if want := "scope.id=" + organization + "&scope.type=ORGANIZATION"; !strings.Contains(pages[0].query, want) {
			t.Errorf("got the query %q, want %q in it", pages[0].query, want)
		}
	})
}

// TestDiscoveryFaults has the requests of the discovery fail. What another try mends is retried.
func TestDiscoveryFaults(t *testing.T) {
	t.Parallel()
	for _, at := range []route{identityRoute, projectsRoute} {
		for name, tc := range map[string]struct {
			faults []fault
			title  problem.Title
			says   string
		}{
			"503_once":   {[]fault{answer(503, ""), nil}, "", ""},
			"reset_once": {[]fault{reset, nil}, "", ""},
			"503":        {[]fault{answer(503, "")}, problem.HCPUnavailable, "timeout of 1m"},
			"401":        {[]fault{answer(401, "")}, problem.NotAuthenticated, "Set organization-id and project-id"},
			"403":        {[]fault{answer(403, `{"code": 7, "message": "no\nway"}`)}, problem.PermissionDenied, `"no\nway". Set organization-id`},
			"404":        {[]fault{answer(404, "")}, problem.NotFound, "Set organization-id and project-id"},
			"409":        {[]fault{answer(409, "")}, problem.UnexpectedResponse, "Set organization-id and project-id"},
			"501":        {[]fault{answer(501, "")}, problem.UnexpectedResponse, "Set organization-id and project-id"},
			"redirect":   {[]fault{answer(302, "", "Location", "/elsewhere")}, problem.UnexpectedResponse, ""},
		} {
			t.Run(string(at)+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t)
					c.answers[identityRoute] = ofTheOrg
					c.fail(at, tc.faults...)
					cfg := secretConfig()
					cfg.OrganizationID, cfg.ProjectID = "", ""
					_, err := c.logIn(t, cfg, nil)
					checkProblem(t, err, tc.title, tc.says)
				})
			})
		}
	}
}

// TestIdentityRefused has the identity refused to whom the project is given: the project tells the
// organization too.
func TestIdentityRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 401, 403, 404, 501} {
		for name, tc := range map[string]struct {
			meet  fault
			title problem.Title
			says  string
		}{
			"project_readable": {nil, "", ""},
			"project_refused":  {answer(403, ""), problem.PermissionDenied, "Project " + project + " could not be read"},
		} {
			t.Run(fmt.Sprintf("%d/%s", status, name), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCloud(t)
					c.fail(identityRoute, answer(status, "<html></html>"))
					c.fail(projectRoute, tc.meet)
					cfg := secretConfig()
					cfg.OrganizationID = ""
					s, err := c.logIn(t, cfg, nil)
					checkProblem(t, err, tc.title, tc.says)
					if err == nil && s.OrganizationID != organization {
						t.Errorf("got organization %q", s.OrganizationID)
					}
					if diff := cmp.Diff([]route{tokenRoute, identityRoute, projectRoute}, c.routes()); diff != "" {
						t.Errorf("requests (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}
