package fakehcp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// updateChannel answers PATCH …/buckets/{bucket}/channels/{channel}. No fingerprint
// has the channel point at nothing.
func updateChannel(c *call) (any, error) {
	var request models.HashicorpCloudPacker20230101UpdateChannelBody
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	switch {
	case request.UpdateMask != "versionFingerprint":
		return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "update_mask %q is invalid", request.UpdateMask)
	case c.channel.Managed:
		return nil, refuse(http.StatusBadRequest, codeFailedPrecondition, "channel %q is managed by HCP Packer, its version cannot be changed", c.channelName)
	}
	return c.assign(c.channelName, request.VersionFingerprint)
}

// createChannel answers POST …/buckets/{bucket}/channels.
func createChannel(c *call) (any, error) {
	var request models.HashicorpCloudPacker20230101CreateChannelBody
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	if c.bucket.Channels[request.Name] != nil {
		return nil, refuse(http.StatusConflict, codeAlreadyExists, "channel %q already exists in bucket %q", request.Name, c.bucketName)
	}
	c.channel = &Channel{ID: ulid(c.project.ID + "/" + c.bucketName + "#" + request.Name)}
	return c.assign(request.Name, request.VersionFingerprint)
}

// assign has c's channel point at an iteration of its bucket, and answers with it.
// HashiCorp documents that only complete versions can be assigned, and nowhere the
// error's code.
func (c *call) assign(name, fingerprint string) (any, error) {
	if fingerprint != "" {
		switch i := c.bucket.Iterations[fingerprint]; {
		case i == nil:
			return nil, refuse(http.StatusConflict, codeAborted, "no version with fingerprint %q", fingerprint)
		case i.revoked(time.Now()):
			return nil, refuse(http.StatusBadRequest, codeFailedPrecondition, "version %q is revoked and cannot be assigned to a channel", i.Name)
		case !i.complete():
			return nil, refuse(http.StatusBadRequest, codeFailedPrecondition, "version %q is not complete and cannot be assigned to a channel", i.Name)
		}
	}
	c.channel.Iteration = fingerprint
	c.channel.record(timeOf(time.Now()), c.principal.Name)
	c.bucket.Channels[name] = c.channel
	c.takeChannel(name)
	return getChannel(c)
}

// decode reads the request's body; a field that the API does not have is refused,
// as by the gateway that turns JSON into HCP's gRPC.
func (c *call) decode(request any) error {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(request) != nil {
		return refuse(http.StatusBadRequest, codeInvalidArgument, "the request is not the JSON that it should be")
	}
	return nil
}
