package fakehcp

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Principal is a service principal of HCP, with the key that authenticates it.
type Principal struct {
	// Name is what people call it; ClientID and ClientSecret are its key.
	Name         string `yaml:"name"`
	ClientID     string `yaml:"client_id"`
	ClientSecret string `yaml:"client_secret"`
	// Organization and Project are the UUIDs of its own; Project is empty for a
	// principal of the organization, which sees all of its projects and can list
	// them.
	Organization string `yaml:"organization"`
	Project      string `yaml:"project"`
	// Role is contributor or viewer.
	Role string `yaml:"role"`
}

// Provider is a workload identity provider of HCP that trusts GitHub's OIDC
// tokens.
type Provider struct {
	// ResourceName is iam/project/…/workload-identity-provider/…, and Principal the
	// name of the principal whose access token the exchange gives.
	ResourceName string `yaml:"resource_name"`
	Principal    string `yaml:"principal"`
	// Audience is the one audience that is accepted; the provider's resource
	// name where it is unset, as the SDK's
	// HashicorpCloudIamOIDCWorkloadIdentityProviderConfig has it.
	Audience string `yaml:"audience"`
}

const (
	apiAudience  = "https://api.hashicorp.cloud" // of HCP's access tokens
	tokenSeconds = 3600                          // which an access token is said to last; none expires here
)

// sees says whether p may know about a project of an organization.
func (p *Principal) sees(org *Organization, project *Project) bool {
	return p.Organization == org.ID && (p.Project == "" || p.Project == project.ID)
}

// authenticate refuses a request without a token of the API.
func (s *Server) authenticate(c *call) error {
	if c.principal == nil {
		return refuse(unauthenticated, "the request does not have a valid access token")
	}
	return nil
}

// token answers POST /oauth2/token, the client credentials grant of RFC 6749.
// The key is taken from HTTP Basic only.
func (s *Server) token(c *call) (any, error) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("grant_type") != "client_credentials" || form.Get("audience") != apiAudience {
		return nil, refusal{http.StatusBadRequest, object{"error", "invalid_request"}}
	}
	user, password, _ := c.BasicAuth()
	id, _ := url.QueryUnescape(user) // RFC 6749, 2.3.1 has both halves form-encoded
	secret, _ := url.QueryUnescape(password)
	i := slices.IndexFunc(s.registry.Principals, func(p Principal) bool { return p.ClientID == id && p.ClientSecret == secret })
	if i < 0 {
		return nil, refusal{http.StatusUnauthorized, object{"error", "invalid_client"}}
	}
	token := s.grant(&s.registry.Principals[i])
	return object{"access_token", token, "token_type", "Bearer", "expires_in", tokenSeconds}, nil
}

// grant makes an access token for p.
func (s *Server) grant(p *Principal) string {
	token := randomToken()
	s.tokens[token] = p
	return token
}

// bearerToken is the token of an Authorization header, and empty without one.
func bearerToken(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// exchange answers POST /2019-12-10/<provider>/exchange-token. It takes only
// tokens that this server minted, for the provider's audience.
func (s *Server) exchange(c *call) (any, error) {
	name, found := strings.CutSuffix(c.PathValue("exchange"), "/exchange-token")
	i := slices.IndexFunc(s.registry.Providers, func(p Provider) bool { return p.ResourceName == name })
	if i < 0 || !found {
		return nil, refuse(notFound, "workload identity provider %q not found", name)
	}
	var request struct {
		JWTToken string `json:"jwt_token"`
	}
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	provider := s.registry.Providers[i]
	if audience := s.jwts[request.JWTToken]; audience != cmp.Or(provider.Audience, provider.ResourceName) {
		return nil, refuse(unauthenticated, "the token's audience %q is not allowed", audience)
	}
	return object{"access_token", s.grant(s.registry.principal(provider.Principal)), "expires_in", tokenSeconds}, nil
}

// OIDCEnvironment is what GitHub's runner gives a job that has the permission
// "id-token: write", pointed at this server. As GitHub's, the URL has a query.
func (s *Server) OIDCEnvironment() map[string]string {
	return map[string]string{
		"ACTIONS_ID_TOKEN_REQUEST_URL":   "https://" + s.Addr() + "/oidc/token?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": s.idBearer,
	}
}

// oidc answers GET /oidc/token, where GitHub gives a job its identity token.
func (s *Server) oidc(c *call) (any, error) {
	if bearerToken(c.Request) != s.idBearer {
		return nil, refusal{http.StatusUnauthorized, object{"message", "Bad credentials"}}
	}
	return object{"value", s.idToken(c.URL.Query().Get("audience"))}, nil
}

// idToken makes an OIDC token of GitHub's for an audience. Here it is any text.
func (s *Server) idToken(audience string) string {
	token := randomToken()
	s.jwts[token] = audience
	return token
}

func randomToken() string { return rand.Text() + rand.Text() }

// callerIdentity answers GET /iam/2019-12-10/caller-identity, of cloud-iam's
// HashicorpCloudIamGetCallerIdentityResponse.
func callerIdentity(c *call) (any, error) {
	p := c.principal
	id := uuid(p.ClientID)
	return object{"principal", object{
		"id", id, "type", "PRINCIPAL_TYPE_SERVICE", "group_ids", []object{},
		"service", object{
			"id", id, "name", p.Name, "organization_id", p.Organization, "project_id?", p.Project, "created_at", defaultTime,
		},
	}}, nil
}

// renderProject is a project in the resource manager's answers, of
// cloud-resource-manager's HashicorpCloudResourcemanagerProject.
func renderProject(org *Organization, p *Project) object {
	return object{
		"id", p.ID, "name", p.Name, "parent", object{"id", org.ID, "type", "ORGANIZATION"},
		"state", p.State, "created_at", defaultTime,
	}
}

// getProject answers GET /resource-manager/2019-12-10/projects/{project}.
func (s *Server) getProject(c *call) (any, error) {
	project, org := s.registry.project(c.PathValue("project"))
	if project == nil || !c.principal.sees(org, project) {
		return nil, refuse(permissionDenied, "the principal has no permission for project %q", c.PathValue("project"))
	}
	return object{"project", renderProject(org, project)}, nil
}

// listOrganizations answers GET /resource-manager/2019-12-10/organizations, with which packer begins.
func listOrganizations(c *call) (any, error) {
	return object{"organizations", []object{{"id", c.principal.Organization, "state", "ACTIVE"}}}, nil
}

// getRegistry answers GET …/registry, which packer asks for before it builds.
func getRegistry(c *call) (any, error) {
	return object{"registry", object{"id", c.project.ID, "config", object{"activated", true}}}, nil
}

// listProjects answers GET /resource-manager/2019-12-10/projects.
func (s *Server) listProjects(c *call) (any, error) {
	query := c.URL.Query()
	id := query.Get("scope.id")
	i := slices.IndexFunc(s.registry.Organizations, func(o Organization) bool { return o.ID == id })
	if i < 0 || c.principal.Organization != id || c.principal.Project != "" {
		return nil, refuse(permissionDenied, "the principal may not list the projects of organization %q", id)
	}
	org := &s.registry.Organizations[i]
	page, pagination, err := paginate(query, org.Projects)
	projects := []object{}
	for i := range page {
		projects = append(projects, renderProject(org, &page[i]))
	}
	return object{"projects", projects, "pagination", pagination}, err
}
