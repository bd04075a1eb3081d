package hcp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"github.com/google/go-cmp/cmp"
	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// recorder notes requests as they go out, and answers each with an empty object.
type recorder struct{ requests []string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	var header strings.Builder
	if err := req.Header.WriteSubset(&header, map[string]bool{"User-Agent": true}); err != nil {
		return nil, err
	}
	r.requests = append(r.requests, req.Method+" "+req.URL.String()+"\n"+header.String()+body)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: NewAnswer([]byte("{}"))}, nil
}

// TestClient sends what go-openapi's own client sends, to the letter.
func TestClient(t *testing.T) {
	t.Parallel()
	size, next, orders := int64(100), "a&b=c d", []string{"name", "created_at desc"}
	for name, send := range map[string]func(ctx context.Context, service packer.ClientService) error{
		"path": func(ctx context.Context, service packer.ClientService) error {
			params := packer.NewPackerServiceGetChannelParamsWithTimeout(0).WithContext(ctx)
			params.LocationOrganizationID, params.LocationProjectID, params.BucketName, params.ChannelName = "o", "p", "a/../{channel_name}", "ü ?%2F#"
			_, err := service.PackerServiceGetChannel(params, nil)
			return err
		},
		"query": func(ctx context.Context, service packer.ClientService) error {
			params := packer.NewPackerServiceListBucketsParamsWithTimeout(0).WithContext(ctx)
			params.LocationOrganizationID, params.LocationProjectID = "o", "p"
			params.PaginationPageSize, params.PaginationNextPageToken, params.SortingOrderBy = &size, &next, orders
			_, err := service.PackerServiceListBuckets(params, nil)
			return err
		},
		"body": func(ctx context.Context, service packer.ClientService) error {
			params := packer.NewPackerServiceUpdateChannelParamsWithTimeout(0).WithContext(ctx)
			params.LocationOrganizationID, params.LocationProjectID, params.BucketName, params.ChannelName = "o", "p", "b", "c"
			params.Body = &models.HashicorpCloudPacker20230101UpdateChannelBody{UpdateMask: "versionFingerprint", VersionFingerprint: "<f>"}
			_, err := service.PackerServiceUpdateChannel(params, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ours, theirs recorder
			reference := httptransport.New("api.example", "", []string{"https"})
			reference.Transport = &theirs
			for _, transport := range []runtime.ClientTransport{client{"https", "api.example", &ours}, reference} {
				if err := send(t.Context(), packer.New(transport, strfmt.Default)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(theirs.requests, ours.requests); diff != "" {
				t.Errorf("request (-theirs +ours):\n%s", diff)
			}
		})
	}
}
