package fakehcp

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Principal is a service principal of HCP, with the key that authenticates it.
type Principal struct {
	// Name is what people call it.
	Name string `yaml:"name"`
	// ClientID and ClientSecret are its key.
	ClientID     string `yaml:"client_id"`
	ClientSecret string `yaml:"client_secret"`
	// Organization is the UUID of its organization.
	Organization string `yaml:"organization"`
	// Project is the UUID of its project; empty for a principal of the
	// organization's level, which sees all of its projects and can list them.
	Project string `yaml:"project"`
	// Role is contributor or viewer.
	Role string `yaml:"role"`
}

// The roles of a principal.
const (
	roleContributor = "contributor"
	roleViewer      = "viewer"
)

// Provider is a workload identity provider of HCP that trusts GitHub's OIDC
// tokens.
type Provider struct {
	// ResourceName is iam/project/…/workload-identity-provider/….
	ResourceName string `yaml:"resource_name"`
	// Principal is the name of the principal that the exchange makes a caller.
	Principal string `yaml:"principal"`
	// Audience is the one audience that is accepted; the provider's resource
	// name where it is unset, as the SDK's
	// HashicorpCloudIamOIDCWorkloadIdentityProviderConfig has it.
	Audience string `yaml:"audience"`
}

// audience is the audience that a token for p must have.
func (p Provider) audience() string {
	if p.Audience != "" {
		return p.Audience
	}
	return p.ResourceName
}

// apiAudience is the audience that HCP's access tokens are asked for.
const apiAudience = "https://api.hashicorp.cloud"

// tokenSeconds is how long an access token is said to last. None expires here.
const tokenSeconds = 3600

// principal returns the principal with this name, nil where there is none.
func (r *Registry) principal(name string) *Principal {
	i := slices.IndexFunc(r.Principals, func(p Principal) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Principals[i]
}

// sees says whether p may know about a project of an organization.
func (p *Principal) sees(org *Organization, project *Project) bool {
	return p.Organization == org.ID && (p.Project == "" || p.Project == project.ID)
}

// accessToken is a token endpoint's answer. The exchange has no token_type.
type accessToken struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type,omitempty"`
	ExpiresIn   int    `json:"expires_in"`
}

// oauthError is the body of an error of the token endpoint, of RFC 6749, 5.2.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// token answers POST /oauth2/token, the client credentials grant of RFC 6749.
// The key is taken from HTTP Basic only.
func (s *Server) token(c call) answer {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("grant_type") == "" {
		return reply(http.StatusBadRequest, oauthError{"invalid_request", "The request is malformed or lacks a grant_type."})
	}
	if form.Get("grant_type") != "client_credentials" {
		return reply(http.StatusBadRequest, oauthError{"unsupported_grant_type", "The grant type is not supported."})
	}
	principal := s.client(c.Request)
	if principal == nil {
		return reply(http.StatusUnauthorized, oauthError{"invalid_client", "Client authentication failed."})
	}
	if form.Get("audience") != apiAudience {
		return reply(http.StatusForbidden, oauthError{"access_denied", "The client may not ask for this audience."})
	}
	return reply(http.StatusOK, accessToken{s.grant(principal), "Bearer", tokenSeconds})
}

// client is the principal whose key is in the request, nil where there is none.
// RFC 6749, 2.3.1 has both halves form-encoded.
func (s *Server) client(r *http.Request) *Principal {
	user, password, _ := r.BasicAuth()
	id, _ := url.QueryUnescape(user)
	secret, _ := url.QueryUnescape(password)
	for i := range s.registry.Principals {
		if p := &s.registry.Principals[i]; p.ClientID == id && p.ClientSecret == secret {
			return p
		}
	}
	return nil
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

// exchange answers POST /2019-12-10/<provider>/exchange-token. It takes only
// tokens that this server minted, for the provider's audience.
func (s *Server) exchange(c call) answer {
	name := c.PathValue("provider")
	i := slices.IndexFunc(s.registry.Providers, func(p Provider) bool { return p.ResourceName == name })
	if i < 0 {
		return refuse(http.StatusNotFound, codeNotFound, "workload identity provider %q not found", name)
	}
	var request struct {
		JWTToken string `json:"jwt_token"`
	}
	if err := json.Unmarshal(c.body, &request); err != nil || request.JWTToken == "" {
		return refuse(http.StatusBadRequest, codeInvalidArgument, "the request has no jwt_token")
	}
	provider := s.registry.Providers[i]
	audience, minted := s.mintedFor(request.JWTToken)
	if !minted {
		return refuse(http.StatusUnauthorized, codeUnauthenticated, "the token's signature cannot be verified")
	}
	if audience != provider.audience() {
		return refuse(http.StatusUnauthorized, codeUnauthenticated, "the token's audience %q is not allowed", audience)
	}
	principal := s.registry.principal(provider.Principal)
	return reply(http.StatusOK, accessToken{AccessToken: s.grant(principal), ExpiresIn: tokenSeconds})
}

func (s *Server) mintedFor(jwt string) (audience string, minted bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	audience, minted = s.jwts[jwt]
	return audience, minted
}

// OIDCEnvironment is what GitHub's runner gives a job that has the permission
// "id-token: write", pointed at this server. As GitHub's, the URL has a query.
func (s *Server) OIDCEnvironment() map[string]string {
	return map[string]string{
		"ACTIONS_ID_TOKEN_REQUEST_URL":   "https://" + s.address + "/oidc/token?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": s.idBearer,
	}
}

// oidc answers GET /oidc/token, where GitHub gives a job its identity token.
func (s *Server) oidc(c call) answer {
	if bearerToken(c.Request) != s.idBearer {
		return reply(http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
	}
	audience := c.URL.Query().Get("audience")
	if audience == "" {
		audience = "https://github.com/octo-org" // GitHub's default, the repository's owner
	}
	return reply(http.StatusOK, map[string]string{"value": s.IDToken(audience)})
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

// callerIdentity and the types below are the answers of HCP's IAM, of
// cloud-iam's HashicorpCloudIamGetCallerIdentityResponse.
type callerIdentity struct {
	Principal iamPrincipal `json:"principal"`
}

type iamPrincipal struct {
	ID       string           `json:"id"`
	Type     string           `json:"type"`
	Service  servicePrincipal `json:"service"`
	GroupIDs []string         `json:"group_ids"`
}

type servicePrincipal struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	OrganizationID string `json:"organization_id"`
	ProjectID      string `json:"project_id,omitempty"`
	ResourceName   string `json:"resource_name"`
	CreatedAt      Time   `json:"created_at"`
}

// callerIdentity answers GET /iam/2019-12-10/caller-identity.
func (s *Server) callerIdentity(c call) answer {
	p := c.principal
	parent := "organization/" + p.Organization
	if p.Project != "" {
		parent = "project/" + p.Project
	}
	id := uuid(p.ClientID)
	return reply(http.StatusOK, callerIdentity{iamPrincipal{
		ID:       id,
		Type:     "PRINCIPAL_TYPE_SERVICE",
		GroupIDs: []string{},
		Service: servicePrincipal{
			ID:             id,
			Name:           p.Name,
			OrganizationID: p.Organization,
			ProjectID:      p.Project,
			ResourceName:   "iam/" + parent + "/service-principal/" + p.Name,
			CreatedAt:      defaultTime,
		},
	}})
}

// projectAnswer and the types below are the answers of HCP's resource manager,
// of cloud-resource-manager's HashicorpCloudResourcemanagerProject….
type projectAnswer struct {
	Project projectFields `json:"project"`
}

type projectList struct {
	Projects   []projectFields `json:"projects"`
	Pagination pagination      `json:"pagination"`
}

type projectFields struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Parent    resourceID `json:"parent"`
	State     string     `json:"state"`
	CreatedAt Time       `json:"created_at"`
}

type resourceID struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type pagination struct {
	NextPageToken     string `json:"next_page_token"`
	PreviousPageToken string `json:"previous_page_token"`
}

func newProject(org *Organization, p *Project) projectFields {
	return projectFields{
		ID:        p.ID,
		Name:      p.Name,
		Parent:    resourceID{org.ID, "ORGANIZATION"},
		State:     p.State,
		CreatedAt: defaultTime,
	}
}

// project answers GET /resource-manager/2019-12-10/projects/{project}.
func (s *Server) project(c call) answer {
	project, org := s.registry.project(c.PathValue("project"))
	if project == nil {
		return refuse(http.StatusNotFound, codeNotFound, "project %q not found", c.PathValue("project"))
	}
	if !c.principal.sees(org, project) {
		return refuse(http.StatusForbidden, codePermissionDenied, "the principal has no permission for project %q", project.ID)
	}
	return reply(http.StatusOK, projectAnswer{newProject(org, project)})
}

// projects answers GET /resource-manager/2019-12-10/projects.
func (s *Server) projects(c call) answer {
	query := c.URL.Query()
	if query.Get("scope.type") != "ORGANIZATION" {
		return refuse(http.StatusBadRequest, codeInvalidArgument, "scope.type must be ORGANIZATION")
	}
	org := s.registry.organization(query.Get("scope.id"))
	if org == nil {
		return refuse(http.StatusNotFound, codeNotFound, "organization %q not found", query.Get("scope.id"))
	}
	if c.principal.Organization != org.ID || c.principal.Project != "" {
		return refuse(http.StatusForbidden, codePermissionDenied, "the principal may not list the projects of organization %q", org.ID)
	}
	first, last, page, refusal := paginate(query, len(org.Projects))
	if refusal != nil {
		return *refusal
	}
	list := projectList{Projects: []projectFields{}, Pagination: page}
	for i := range org.Projects[first:last] {
		list.Projects = append(list.Projects, newProject(org, &org.Projects[first+i]))
	}
	return reply(http.StatusOK, list)
}

// defaultPage is how long a page is where the request does not say.
const defaultPage = 10

// paginate is the page of a list of this length that the query asks for: from
// first up to last. A token is where in the list the page before it ends and
// the page after it begins.
func paginate(query url.Values, length int) (first, last int, page pagination, refusal *answer) {
	size, next, previous := number(query, "pagination.page_size"), number(query, "pagination.next_page_token"), number(query, "pagination.previous_page_token")
	if min(size, next, previous) < 0 || max(next, previous) > length || next > 0 && previous > 0 {
		refusal := refuse(http.StatusBadRequest, codeInvalidArgument, "the pagination is invalid")
		return 0, 0, page, &refusal
	}
	if size == 0 {
		size = defaultPage
	}
	first = next
	if previous > 0 {
		first = max(0, previous-size)
		size = previous - first
	}
	last = first + min(size, length-first)
	if first > 0 {
		page.PreviousPageToken = strconv.Itoa(first)
	}
	if last < length {
		page.NextPageToken = strconv.Itoa(last)
	}
	return first, last, page, nil
}

// number is a number of the query: 0 where it is absent, -1 where it is none.
func number(query url.Values, name string) int {
	if query.Get(name) == "" {
		return 0
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil {
		return -1
	}
	return n
}
