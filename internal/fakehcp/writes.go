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

// update2023 answers PATCH …/buckets/{bucket}/channels/{channel}.
func (s *Server) update2023(c call) answer {
	_, bucket, refusal := s.findBucketToWrite(c)
	if refusal != nil {
		return *refusal
	}
	f, refusal := s.findChannel(c)
	if refusal != nil {
		return *refusal
	}
	var request updateRequest
	if refusal := readBody(c.body, &request); refusal != nil {
		return *refusal
	}
	changed, refusal := bucket.update(f, request)
	if refusal != nil {
		return *refusal
	}
	*f.channel = changed
	f.channel.record(timeOf(time.Now()), c.principal.Name)
	return f.writtenChannel()
}

// update is f's channel with what the request's mask names. No fingerprint has
// it point at nothing.
func (b *Bucket) update(f found, request updateRequest) (Channel, *answer) {
	changed := *f.channel
	for field := range strings.SplitSeq(request.UpdateMask, ",") {
		switch field {
		case "versionFingerprint":
			if f.channel.Managed {
				refusal := refuse(http.StatusBadRequest, codeFailedPrecondition, "channel %q is managed by HCP Packer, its version cannot be changed", f.channelName)
				return changed, &refusal
			}
			if refusal := b.refuseToAssign(request.VersionFingerprint); refusal != nil {
				return changed, refusal
			}
			changed.Iteration = request.VersionFingerprint
		case "restricted":
			changed.Restricted = request.Restricted
		default:
			refusal := refuse(http.StatusBadRequest, codeInvalidArgument, "update_mask %q is invalid", request.UpdateMask)
			return changed, &refusal
		}
	}
	return changed, nil
}

// create2023 answers POST …/buckets/{bucket}/channels.
func (s *Server) create2023(c call) answer {
	f, bucket, refusal := s.findBucketToWrite(c)
	if refusal != nil {
		return *refusal
	}
	var request createRequest
	if refusal := readBody(c.body, &request); refusal != nil {
		return *refusal
	}
	f.channelName = request.Name
	switch {
	case request.Name == "":
		return refuse(http.StatusBadRequest, codeInvalidArgument, "name is required")
	case bucket.Channels[request.Name] != nil:
		return refuse(http.StatusConflict, codeAlreadyExists, "channel %q already exists in bucket %q", request.Name, f.bucket)
	}
	if refusal := bucket.refuseToAssign(request.VersionFingerprint); refusal != nil {
		return *refusal
	}
	f.channel = &Channel{
		ID:         ulid(f.project.ID + "/" + f.bucket + "#" + request.Name),
		Iteration:  request.VersionFingerprint,
		Restricted: request.Restricted,
	}
	f.channel.record(timeOf(time.Now()), c.principal.Name)
	bucket.Channels[request.Name] = f.channel
	return f.writtenChannel()
}

// findBucketToWrite is findBucket for a request that takes the contributor role.
func (s *Server) findBucketToWrite(c call) (found, *Bucket, *answer) {
	f, bucket, refusal := s.findBucket(c)
	if refusal == nil && c.principal.Role != roleContributor {
		forbidden := refuse(http.StatusForbidden, codePermissionDenied, "the principal has no permission to write to bucket %q", f.bucket)
		refusal = &forbidden
	}
	return f, bucket, refusal
}

// writtenChannel is f's channel as it is after a write.
func (f found) writtenChannel() answer {
	f.fingerprint = f.channel.Iteration
	f.iteration = f.project.iteration(f.bucket, f.fingerprint)
	return reply(http.StatusOK, getChannel2023{f.newChannel2023()})
}

// readBody reads a request's body; a field that the API does not have is refused,
// as by the gateway that turns JSON into HCP's gRPC.
func readBody(body []byte, request any) *answer {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request); err != nil {
		refusal := refuse(http.StatusBadRequest, codeInvalidArgument, "the request is not the JSON that it should be")
		return &refusal
	}
	return nil
}

// refuseToAssign says in HCP's words why a channel cannot point at an iteration;
// nil where it can, and where there is no fingerprint. HashiCorp documents that
// only complete versions can be assigned, and nowhere the error's code.
func (b *Bucket) refuseToAssign(fingerprint string) *answer {
	if fingerprint == "" {
		return nil
	}
	var refusal answer
	switch i := b.Iterations[fingerprint]; {
	case i == nil:
		refusal = refuse(http.StatusConflict, codeAborted, "no version with fingerprint %q", fingerprint)
	case i.revoked(time.Now()):
		refusal = refuse(http.StatusBadRequest, codeFailedPrecondition, "version %q is revoked and cannot be assigned to a channel", i.Name)
	case slices.Contains([]string{"INCOMPLETE", "RUNNING", "FAILED", "CANCELLED"}, i.Status):
		refusal = refuse(http.StatusBadRequest, codeFailedPrecondition, "version %q is not complete and cannot be assigned to a channel", i.Name)
	default:
		return nil
	}
	return &refusal
}
