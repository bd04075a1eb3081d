package hcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/client/iam_service"
	projects "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"

	"hcp-packer-iteration/internal/problem"
)

// projectOf takes the project of a workload identity provider, iam/project/PROJECT/…, where none is given.
func (l *login) projectOf(provider string) {
	rest, isOfProject := strings.CutPrefix(provider, "iam/project/")
	project, _, _ := strings.Cut(rest, "/")
	if l.ProjectID == "" && isOfProject && IsUUID(project) {
		l.ProjectID = project
	}
}

// discover finds the organization and the project, as far as they are not given, in as few requests
// as can be.
func (s *Session) discover(ctx context.Context) error {
	if s.OrganizationID != "" && s.ProjectID != "" {
		return nil
	}
	if err := s.discoverByIdentity(ctx); err != nil {
		return err
	}
	switch {
	case s.OrganizationID == "" && s.ProjectID == "":
		return problem.New(problem.NotFound, "No organization was found: the identity behind the credentials names none. "+
			"Set organization-id and project-id.")
	case s.OrganizationID == "":
		return s.discoverByProject(ctx)
	case s.ProjectID == "":
		return s.discoverByList(ctx)
	}
	return nil
}

// discoverByIdentity asks who the caller is. A service principal knows its organization and, where it
// is a project's, the project.
func (s *Session) discoverByIdentity(ctx context.Context) error {
	const asked = "The identity behind the credentials"
	params := iam.NewIamServiceGetCallerIdentityParamsWithTimeout(0).WithContext(ctx)
	answer, err := iam.New(s.client, nil).IamServiceGetCallerIdentity(params, nil)
	var odd *failure
	if s.ProjectID != "" && (errors.As(err, new(*statusError)) || errors.As(err, &odd) && odd.notJSON) {
		// Who may not ask who it is, or asks a registry that does not know, may still read its project, which knows
		// the organization.
		return nil
	}
	if err != nil {
		return s.Explain(err, discover, asked)
	}
	principal := answer.Payload.Principal
	if principal == nil && s.ProjectID == "" {
		return Unexpected(asked, "HCP's answer has none")
	}
	if principal == nil || principal.Service == nil {
		return nil
	}
	s.OrganizationID = cmp.Or(s.OrganizationID, principal.Service.OrganizationID)
	s.ProjectID = cmp.Or(s.ProjectID, principal.Service.ProjectID)
	return checkIDs(asked, s.OrganizationID, s.ProjectID)
}

func (s *Session) discoverByProject(ctx context.Context) error {
	asked := "Project " + s.ProjectID
	params := projects.NewProjectServiceGetParamsWithTimeout(0).WithContext(ctx)
	params.ID = s.ProjectID
	answer, err := projects.New(s.client, nil).ProjectServiceGet(params, nil)
	if err != nil {
		return s.Explain(err, discover, asked)
	}
	found := answer.Payload.Project
	if found == nil || found.Parent == nil || found.Parent.ID == "" {
		return Unexpected(asked, "HCP's answer names no organization")
	}
	s.OrganizationID = found.Parent.ID
	return checkIDs(asked, s.OrganizationID)
}

func (s *Session) discoverByList(ctx context.Context) error {
	found, err := s.activeProjects(ctx)
	if err != nil {
		return err
	}
	switch len(found) {
	case 0:
		return problem.New(problem.NotFound, "Organization %s has no active project that the credentials can see. "+
			"Set project-id, or give the service principal a role in the project.", s.OrganizationID)
	case 1:
		s.ProjectID = found[0].ID
		return checkIDs("The projects of organization "+s.OrganizationID, s.ProjectID)
	}
	return problem.New(problem.AmbiguousProject, "The credentials can see %d projects of organization %s: %s. Set project-id to one of them.",
		len(found), s.OrganizationID, problem.ListOf(found, func(project *models.HashicorpCloudResourcemanagerProject) string {
			return fmt.Sprintf("%s (%s)", problem.Quote(project.Name), problem.Clean(project.ID))
		}))
}

// maxPages bounds the list of projects, which a server could make endless.
const maxPages = 20

func (s *Session) activeProjects(ctx context.Context) ([]*models.HashicorpCloudResourcemanagerProject, error) {
	asked := "The list of projects of organization " + s.OrganizationID
	scope, size := "ORGANIZATION", int64(100)
	params := projects.NewProjectServiceListParamsWithTimeout(0).WithContext(ctx)
	params.ScopeType, params.ScopeID, params.PaginationPageSize = &scope, &s.OrganizationID, &size
	var found []*models.HashicorpCloudResourcemanagerProject
	for range maxPages {
		answer, err := projects.New(s.client, nil).ProjectServiceList(params, nil)
		if err != nil {
			return nil, s.Explain(err, discover, asked)
		}
		for _, project := range answer.Payload.Projects {
			if project != nil && project.State != nil && *project.State == models.HashicorpCloudResourcemanagerProjectProjectStateACTIVE {
				found = append(found, project)
			}
		}
		page := answer.Payload.Pagination
		if page == nil || page.NextPageToken == "" {
			return found, nil
		}
		params.PaginationNextPageToken = &page.NextPageToken
	}
	return nil, Unexpected(asked, "the list does not end")
}

// checkIDs keeps what is no id of HCP's out of later requests and messages.
func checkIDs(asked string, ids ...string) error {
	for _, id := range ids {
		if id != "" && !IsUUID(id) {
			return Unexpected(asked, "HCP's answer has an id that is not a UUID")
		}
	}
	return nil
}
