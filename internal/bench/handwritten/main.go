// Command handwritten is the job as an engineer would write it for one workflow, with net/http and no SDK:
// log in, read the channel, refuse what is revoked or not usable, and set image-id to the one image of the
// region. It says no more than that of what is wrong, and retries nothing.
package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	image, err := findImage(ctx)
	if err == nil {
		err = setOutput("image-id", image)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		cancel()
		os.Exit(1)
	}
	fmt.Println("The image is", image)
}

func findImage(ctx context.Context) (string, error) {
	api := "https://" + cmp.Or(os.Getenv("HCP_API_ADDRESS"), "api.cloud.hashicorp.com")
	logIn := clientCredentials
	if os.Getenv("HCP_WORKLOAD_IDENTITY_PROVIDER") != "" {
		logIn = workloadIdentity
	}
	token, err := logIn(ctx, api)
	if err != nil {
		return "", err
	}
	channel := fmt.Sprintf("%s/packer/2023-01-01/organizations/%s/projects/%s/buckets/%s/channels/%s",
		api, os.Getenv("HCP_ORGANIZATION_ID"), os.Getenv("HCP_PROJECT_ID"), os.Getenv("BUCKET"), os.Getenv("CHANNEL"))
	var answer struct{ Channel struct{ Version *version } }
	if err := call(ctx, http.MethodGet, channel, "Bearer "+token, "", "", &answer); err != nil {
		return "", err
	}
	return answer.Channel.Version.image(os.Getenv("REGION"), time.Now())
}

// accessToken is a token endpoint's answer.
type accessToken struct {
	Value string `json:"access_token"`
}

// clientCredentials gets an access token for a client id and secret.
func clientCredentials(ctx context.Context, _ string) (string, error) {
	endpoint := cmp.Or(os.Getenv("HCP_AUTH_URL"), "https://auth.idp.hashicorp.com") + "/oauth2/token"
	key := url.QueryEscape(os.Getenv("HCP_CLIENT_ID")) + ":" + url.QueryEscape(os.Getenv("HCP_CLIENT_SECRET"))
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {"https://api.hashicorp.cloud"}}
	var token accessToken
	err := call(ctx, http.MethodPost, endpoint, "Basic "+base64.StdEncoding.EncodeToString([]byte(key)),
		"application/x-www-form-urlencoded", form.Encode(), &token)
	return token.Value, err
}

// workloadIdentity exchanges the job's OIDC token for an access token.
func workloadIdentity(ctx context.Context, api string) (string, error) {
	provider := os.Getenv("HCP_WORKLOAD_IDENTITY_PROVIDER")
	var job struct{ Value string }
	err := call(ctx, http.MethodGet, os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL")+"&audience="+url.QueryEscape(provider),
		"Bearer "+os.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), "", "", &job)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]string{"jwt_token": job.Value})
	if err != nil {
		return "", err
	}
	var token accessToken
	err = call(ctx, http.MethodPost, api+"/2019-12-10/"+provider+"/exchange-token", "", "application/json", string(body), &token)
	return token.Value, err
}

// call sends a request and decodes the answer.
func call(ctx context.Context, method, to, authorization, contentType, body string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, to, res.Status)
	}
	return json.Unmarshal(text, answer)
}

// version is an iteration, as far as the job looks at it.
type version struct {
	Status            string
	RevokeAt          time.Time `json:"revoke_at"`
	RevocationMessage string    `json:"revocation_message"`
	Builds            []struct {
		Status    string
		Artifacts []struct {
			ExternalIdentifier string `json:"external_identifier"`
			Region             string
		}
	}
}

// image is the one image of the region, if the version may be used.
func (v *version) image(region string, now time.Time) (string, error) {
	switch {
	case v == nil:
		return "", errors.New("the channel points at nothing")
	case v.Status == "VERSION_REVOKED", v.RevokeAt.Unix() > 0 && !v.RevokeAt.After(now): // HCP has two zero dates
		return "", fmt.Errorf("the version is revoked: %s", v.RevocationMessage)
	case v.Status != "VERSION_ACTIVE" && v.Status != "VERSION_REVOCATION_SCHEDULED":
		return "", fmt.Errorf("the version is not usable: %s", v.Status)
	}
	var images []string
	for _, build := range v.Builds {
		for _, artifact := range build.Artifacts {
			if build.Status == "BUILD_DONE" && artifact.Region == region {
				images = append(images, artifact.ExternalIdentifier)
			}
		}
	}
	if len(images) != 1 {
		return "", fmt.Errorf("there are %d images in %s", len(images), region)
	}
	return images[0], nil
}

// setOutput adds an output of one line to the step's.
func setOutput(name, value string) error {
	if strings.ContainsAny(value, "\r\n") {
		return fmt.Errorf("%s has several lines", name)
	}
	file, err := os.OpenFile(os.Getenv("GITHUB_OUTPUT"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s=%s\n", name, value)
	return errors.Join(err, file.Close())
}
