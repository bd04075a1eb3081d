package fakehcp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// updateRequest is the body of a channel's update, of the SDK's
// HashicorpCloudPacker20230101UpdateChannelBody.
type updateRequest struct {
	UpdateMask         string `json:"update_mask"`
	VersionFingerprint string `json:"version_fingerprint"`
	Restricted         bool   `json:"restricted"`
}

// createRequest is the body of a channel's creation, of the SDK's
// HashicorpCloudPacker20230101CreateChannelBody.
type createRequest struct {
	Name               string `json:"name"`
	VersionFingerprint string `json:"version_fingerprint"`
	Restricted         bool   `json:"restricted"`
}

// updateChannel answers PATCH …/buckets/{bucket}/channels/{channel}. No fingerprint
// has the channel point at nothing.
func (s *Server) updateChannel(c *call) (any, error) {
	if err := s.findBucketToWrite(c); err != nil {
		return nil, err
	}
	if err := s.findChannel(c); err != nil {
		return nil, err
	}
	var request updateRequest
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	changed := *c.channel
	for field := range strings.SplitSeq(request.UpdateMask, ",") {
		switch field {
		case "versionFingerprint":
			if changed.Managed {
				return nil, refuse(http.StatusBadRequest, codeFailedPrecondition, "channel %q is managed by HCP Packer, its version cannot be changed", c.channelName)
			}
			if err := c.bucket.refuseToAssign(request.VersionFingerprint); err != nil {
				return nil, err
			}
			changed.Iteration = request.VersionFingerprint
		case "restricted":
			changed.Restricted = request.Restricted
		default:
			return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "update_mask %q is invalid", request.UpdateMask)
		}
	}
	return c.write(c.channelName, changed), nil
}

// createChannel answers POST …/buckets/{bucket}/channels.
func (s *Server) createChannel(c *call) (any, error) {
	if err := s.findBucketToWrite(c); err != nil {
		return nil, err
	}
	var request createRequest
	if err := c.decode(&request); err != nil {
		return nil, err
	}
	switch {
	case request.Name == "":
		return nil, refuse(http.StatusBadRequest, codeInvalidArgument, "name is required")
	case c.bucket.Channels[request.Name] != nil:
		return nil, refuse(http.StatusConflict, codeAlreadyExists, "channel %q already exists in bucket %q", request.Name, c.bucketName)
	}
	if err := c.bucket.refuseToAssign(request.VersionFingerprint); err != nil {
		return nil, err
	}
	id := ulid(c.project.ID + "/" + c.bucketName + "#" + request.Name)
	return c.write(request.Name, Channel{ID: id, Iteration: request.VersionFingerprint, Restricted: request.Restricted}), nil
}

// findBucketToWrite is findBucket for a request that takes the contributor role.
func (s *Server) findBucketToWrite(c *call) error {
	if err := s.findBucket(c); err != nil {
		return err
	}
	if c.principal.Role != "contributor" {
		return refuse(http.StatusForbidden, codePermissionDenied, "the principal has no permission to write to bucket %q", c.bucketName)
	}
	return nil
}

// write sets a channel of c's bucket, and is the answer with it.
func (c *call) write(name string, channel Channel) object {
	channel.record(timeOf(time.Now()), c.principal.Name)
	c.bucket.Channels[name] = &channel
	c.takeChannel(name)
	return c.channelAnswer()
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

// refuseToAssign says in HCP's words why a channel cannot point at an iteration;
// nil where it can, and where there is no fingerprint. HashiCorp documents that
// only complete versions can be assigned, and nowhere the error's code.
func (b *Bucket) refuseToAssign(fingerprint string) error {
	if fingerprint == "" {
		return nil
	}
	switch i := b.Iterations[fingerprint]; {
	case i == nil:
		return refuse(http.StatusConflict, codeAborted, "no version with fingerprint %q", fingerprint)
	case i.revoked(time.Now()):
		return refuse(http.StatusBadRequest, codeFailedPrecondition, "version %q is revoked and cannot be assigned to a channel", i.Name)
	case slices.Contains([]string{"INCOMPLETE", "RUNNING", "FAILED", "CANCELLED"}, i.Status):
		return refuse(http.StatusBadRequest, codeFailedPrecondition, "version %q is not complete and cannot be assigned to a channel", i.Name)
	}
	return nil
}
