package hcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/go-openapi/jsonpointer"
	"github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"

	"hcp-packer-iteration/internal/problem"
)

// maxFile bounds a credential file, or a token's.
const maxFile = 1 << 20

// tokenOfFile is what is asked for at the URL of a credential file.
const tokenOfFile = "The token of the credential file in HCP_CRED_FILE" //nolint:gosec // words

// credentialFile logs in with the file that HCP_CRED_FILE names, of either scheme that the SDK knows.
func (l *login) credentialFile(ctx context.Context, path string) (string, error) {
	text, err := l.readFile(path)
	if err != nil {
		return "", unusableFile("it " + err.Error())
	}
	var file auth.CredentialFile
	if err := json.Unmarshal(text, &file); err != nil {
		return "", unusableFile("it is not the JSON of a credential file")
	}
	if file.Validate() != nil { // whose own words could repeat the file's content
		return "", unusableFile("its scheme is neither service_principal_creds nor workload, or a field is missing")
	}
	if l.ProjectID == "" && file.ProjectID != "" {
		if !IsUUID(file.ProjectID) {
			return "", unusableFile("its project_id is not a UUID")
		}
		l.ProjectID = file.ProjectID
	}
	if file.Oauth != nil {
		return l.clientCredentials(ctx, file.Oauth.ClientID, file.Oauth.ClientSecret, "the client id and secret of the file in HCP_CRED_FILE")
	}
	l.workloadSecrets(file.Workload)
	if !IsProvider(file.Workload.ProviderResourceName) {
		return "", unusableFile("its provider_resource_name does not name a workload identity provider")
	}
	subject, err := l.subject(ctx, file.Workload)
	if err != nil {
		return "", err
	}
	l.projectOf(file.Workload.ProviderResourceName)
	return l.exchange(ctx, file.Workload.ProviderResourceName, subject)
}

// workloadSecrets notes whatever in a credential file may be a secret: a token, the headers that are sent to a
// URL, and the URL's user and password. A short value is none.
func (l *login) workloadSecrets(w *workload.IdentityProviderConfig) {
	var values []string
	if w.Token != nil {
		values = append(values, w.Token.Token)
	}
	if w.URL != nil {
		secretHeader := regexp.MustCompile(`(?i)auth|token|key|secret|cookie|password`)
		for name, value := range w.URL.Headers {
			if !secretHeader.MatchString(name) {
				continue
			}
			_, behindScheme, _ := strings.Cut(value, " ")
			values = append(values, value, behindScheme)
		}
		if u, err := url.Parse(w.URL.URL); err == nil {
			password, _ := u.User.Password()
			values = append(values, u.User.Username(), password)
		}
	}
	for _, value := range values {
		// The provider's name is the usual audience, and messages show it.
		if value = strings.TrimSpace(value); len(value) >= problem.ShortestSecret && value != w.ProviderResourceName {
			l.secret(value)
		}
	}
}

// unusableFile shows nothing of the file's content.
func unusableFile(why string) error {
	return problem.New(problem.NotAuthenticated, "The credential file in HCP_CRED_FILE cannot be used: %s. "+
		"Run hashicorp/hcp-auth-action earlier in the same job, or log in another way.", why)
}

// readFile reads a file that a variable or a credential file names. hashicorp/hcp-auth-action writes
// into the workspace and exports the host's path, which does not exist in a container: there the
// workspace is at GITHUB_WORKSPACE.
func (l *login) readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if workspace := l.Getenv("GITHUB_WORKSPACE"); errors.Is(err, os.ErrNotExist) && workspace != "" {
		path = filepath.Join(workspace, filepath.Base(path))
		info, err = os.Stat(path)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("does not exist, neither at its path nor by its name in the workspace")
	case err != nil:
		return nil, errors.New("cannot be read")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() > maxFile:
		return nil, errors.New("is larger than 1 MiB")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	return text, nil
}

func (l *login) subject(ctx context.Context, w *workload.IdentityProviderConfig) (string, error) {
	var (
		text   []byte
		format workload.CredentialFormat
		err    error
	)
	switch {
	case w.Token != nil:
		text = []byte(w.Token.Token)
	case w.EnvironmentVariable != nil:
		text, format = []byte(l.Getenv(w.EnvironmentVariable.Var)), w.EnvironmentVariable.CredentialFormat
	case w.File != nil:
		format = w.File.CredentialFormat
		if text, err = l.readFile(w.File.Path); err != nil {
			return "", unusableFile("the token file that it names " + err.Error())
		}
	case w.URL != nil:
		format = w.URL.CredentialFormat
		if text, err = l.fetch(ctx, w.URL); err != nil {
			return "", err
		}
	default:
		return "", unusableFile("its token comes from AWS, which this action does not support")
	}
	subject := extract(text, format)
	switch {
	case subject != "":
		return subject, nil
	case w.URL != nil:
		return "", Unexpected(tokenOfFile, "the answer has no token where the file points")
	}
	return "", unusableFile("there is no token where it points")
}

// fetch asks the URL that a credential file names for a token, GitHub's in a job.
func (l *login) fetch(ctx context.Context, source *workload.URLCredentialSource) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source.URL, nil)
	if err != nil || req.URL.Hostname() == "" {
		return nil, unusableFile("its URL is invalid")
	}
	for name, value := range source.Headers {
		req.Header.Set(name, value)
	}
	if address, err := netip.ParseAddr(req.URL.Hostname()); req.URL.Scheme != "https" && (err != nil || !address.IsLinkLocalUnicast()) {
		return nil, unusableFile("its URL is neither https nor that of a cloud's metadata service")
	}
	t := l.tokenTransport(req.URL, tlsVerified)
	ofJob := l.Getenv(requestURL)
	t.pending = ofJob != "" && strings.HasPrefix(source.URL, ofJob)
	text, err := l.read(req, t)
	if err != nil {
		return nil, l.explain(err, tokenOfFile, "The URL of the credential file in HCP_CRED_FILE gave no token",
			"Run hashicorp/hcp-auth-action earlier in the same job.")
	}
	return text, nil
}

// extract takes the token out of a text, as the SDK's auth/workload does (its format.go). It is empty where there is none.
func extract(text []byte, format workload.CredentialFormat) string {
	if format.Type != workload.FormatTypeJSON {
		return strings.TrimSpace(string(text))
	}
	var document any
	pointer, err := jsonpointer.New(format.SubjectCredentialPointer)
	if err != nil || json.Unmarshal(text, &document) != nil {
		return ""
	}
	value, _, _ := pointer.Get(document)
	token, _ := value.(string)
	return token
}
