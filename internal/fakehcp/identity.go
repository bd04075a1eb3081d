package fakehcp

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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
	// name of the principal that the exchange makes a caller.
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

// refuseToken is an error of the token endpoint, of RFC 6749, 5.2.
func refuseToken(httpStatus int, code, description string) error {
	return refusal{httpStatus, object{"error", code, "error_description", description}}
}

// token answers POST /oauth2/token, the client credentials grant of RFC 6749.
// The key is taken from HTTP Basic only.
func (s *Server) token(c *call) (any, error) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		return nil, refuseToken(http.StatusBadRequest, "unsupported_grant_type", "The request is malformed or its grant type not supported.")
	}
	user, password, _ := c.BasicAuth()
	id, _ := url.QueryUnescape(user) // RFC 6749, 2.3.1 has both halves form-encoded
	secret, _ := url.QueryUnescape(password)
	i := slices.IndexFunc(s.registry.Principals, func(p Principal) bool { return p.ClientID == id && p.ClientSecret == secret })
	if i < 0 {
		return nil, refuseToken(http.StatusUnauthorized, "invalid_client", "Client authentication failed.")
	}
	if form.Get("audience") != apiAudience {
		return nil, refuseToken(http.StatusForbidden, "access_denied", "The client may not ask for this audience.")
	}
	return object{"access_token", s.grant(&s.registry.Principals[i]), "token_type", "Bearer", "expires_in", tokenSeconds}, nil
}

// grant makes an access token for p.
func (s *Server) grant(p *Principal) string {
	token := randomToken()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.tokens[token] = p
	return token
}

// bearer is the principal whose access token r has, nil where it has none.
func (s *Server) bearer(r *http.Request) *Principal {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.tokens[bearerToken(r)]
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
		return nil, refuse(http.StatusNotFound, codeNotFound, "workload identity provider %q not found", name)
	}
	var request struct {
		JWTToken string `json:"jwt_token"`
	}
	if err := json.Unmarshal(c.body, &request); err != nil || request.JWTToken == "" {
		return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "the request has no jwt_token")
	}
	provider := s.registry.Providers[i]
	s.mutex.Lock()
	audience, minted := s.jwts[request.JWTToken]
	s.mutex.Unlock()
	if !minted {
		return nil, refuse(http.StatusUnauthorized, codeUnauthenticated, "the token's signature cannot be verified")
	}
	if audience != cmp.Or(provider.Audience, provider.ResourceName) {
		return nil, refuse(http.StatusUnauthorized, codeUnauthenticated, "the token's audience %q is not allowed", audience)
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
	audience := cmp.Or(c.URL.Query().Get("audience"), "https://github.com/octo-org") // GitHub's default, the repository's owner
	return object{"value", s.IDToken(audience)}, nil
}

// IDToken mints a GitHub OIDC token for an audience, as the OIDC endpoint does,
// for a credential file to hold. Its signature is a random text.
func (s *Server) IDToken(audience string) string {
	now := time.Now()
	claims, _ := json.Marshal(map[string]any{ // strings and numbers, which always encode
		"iss": "https://token.actions.githubusercontent.com",
		"sub": "repo:octo-org/octo-repo:ref:refs/heads/main",
		"aud": audience,
		"iat": now.Unix(),
		"exp": now.Add(5 * time.Minute).Unix(),
	})
	encode := base64.RawURLEncoding.EncodeToString
	jwt := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims) + "." + encode([]byte(randomToken()))
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.jwts[jwt] = audience
	return jwt
}

func randomToken() string { return rand.Text() + rand.Text() }

// callerIdentity answers GET /iam/2019-12-10/caller-identity, of cloud-iam's
// HashicorpCloudIamGetCallerIdentityResponse.
func (s *Server) callerIdentity(c *call) (any, error) {
	p := c.principal
	parent := "organization/" + p.Organization
	if p.Project != "" {
		parent = "project/" + p.Project
	}
	id := uuid(p.ClientID)
	return object{"principal", object{
		"id", id, "type", "PRINCIPAL_TYPE_SERVICE",
		"service", object{
			"id", id, "name", p.Name, "organization_id", p.Organization, "project_id?", p.Project,
			"resource_name", "iam/" + parent + "/service-principal/" + p.Name, "created_at", defaultTime,
		},
		"group_ids", []object{},
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
	if project == nil {
		return nil, refuse(http.StatusNotFound, codeNotFound, "project %q not found", c.PathValue("project"))
	}
	if !c.principal.sees(org, project) {
		return nil, refuse(http.StatusForbidden, codePermissionDenied, "the principal has no permission for project %q", project.ID)
	}
	return object{"project", renderProject(org, project)}, nil
}

// listOrganizations answers GET /resource-manager/2019-12-10/organizations, with which packer begins.
func (s *Server) listOrganizations(c *call) (any, error) {
	return object{"organizations", []object{{"id", c.principal.Organization, "state", "ACTIVE"}}}, nil
}

// getRegistry answers GET …/registry, which packer asks for before it builds.
func (s *Server) getRegistry(c *call) (any, error) {
	if err := s.findProject(c); err != nil {
		return nil, err
	}
	return object{"registry", object{"id", c.project.ID, "config", object{"activated", true}}}, nil
}

// listProjects answers GET /resource-manager/2019-12-10/projects.
func (s *Server) listProjects(c *call) (any, error) {
	query := c.URL.Query()
	if query.Get("scope.type") != "ORGANIZATION" {
		return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "scope.type must be ORGANIZATION")
	}
	org := s.registry.organization(query.Get("scope.id"))
	if org == nil {
		return nil, refuse(http.StatusNotFound, codeNotFound, "organization %q not found", query.Get("scope.id"))
	}
	if c.principal.Organization != org.ID || c.principal.Project != "" {
		return nil, refuse(http.StatusForbidden, codePermissionDenied, "the principal may not list the projects of organization %q", org.ID)
	}
	page, pagination, err := paginate(query, org.Projects)
	projects := []object{}
	for i := range page {
		projects = append(projects, renderProject(org, &page[i]))
	}
	return object{"projects", projects, "pagination", pagination}, err
}
