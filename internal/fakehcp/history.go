package fakehcp

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// historyAuthor is the author of what HCP assigns itself: its own channels, and
// what a revocation rolls back.
const historyAuthor = "HCP Packer"

// listHistory2023 and assignment2023 are the history's answer, as the types in
// packer2023.go.
type listHistory2023 struct {
	Count      int              `json:"count"`
	History    []assignment2023 `json:"history"`
	Pagination pagination       `json:"pagination"`
}

type assignment2023 struct {
	AssignedAt Time         `json:"assigned_at"`
	AuthorID   string       `json:"author_id"`
	Version    *version2023 `json:"version"` // null where the channel was emptied
}

// history2023 answers GET …/buckets/{bucket}/channels/{channel}/history, newest
// first. As a list of channels does, it leaves out of a version what the file says.
func (s *Server) history2023(c call) answer {
	f, refusal := s.findChannel(c)
	if refusal != nil {
		return *refusal
	}
	rows := f.channel.History
	first, last, page, refusal := paginate(c.URL.Query(), len(rows))
	if refusal != nil {
		return *refusal
	}
	list := listHistory2023{len(rows), []assignment2023{}, page}
	for _, row := range rows[first:last] {
		f.fingerprint, f.iteration = row.Iteration, f.project.iteration(f.bucket, row.Iteration)
		version := f.version2023()
		if version != nil {
			version.Builds = []build2023{}
			version.leaveOut(f.iteration.ListLeavesOut)
		}
		list.History = append(list.History, assignment2023{row.AssignedAt, row.AuthorID, version})
	}
	return reply(http.StatusOK, list)
}

// Revoke revokes an iteration at once, as people do in the portal: HCP rolls each
// channel that points at it back to what it had before and is still valid, or
// empties it where there is no such iteration.
func (b *Bucket) Revoke(fingerprint, author, message string) {
	now := time.Now()
	i := b.Iterations[fingerprint]
	i.Status, i.RevokeAt, i.RevocationAuthor, i.RevocationMessage = "REVOKED", timeOf(now), author, message
	for _, channel := range b.Channels {
		if channel.Iteration != fingerprint {
			continue
		}
		valid := slices.IndexFunc(channel.History, func(a Assignment) bool {
			return a.Iteration != "" && !b.Iterations[a.Iteration].revoked(now)
		})
		channel.Iteration = ""
		if valid >= 0 {
			channel.Iteration = channel.History[valid].Iteration
		}
		channel.record(timeOf(now), historyAuthor)
	}
}

// record adds what the channel points at now to its history, if it is not there.
func (ch *Channel) record(at Time, author string) {
	if ch.Iteration == "" && len(ch.History) == 0 || len(ch.History) > 0 && ch.History[0].Iteration == ch.Iteration {
		return
	}
	if ch.Managed {
		author = historyAuthor
	}
	ch.History = append([]Assignment{{ch.Iteration, at, author}}, ch.History...)
}

// record adds to the history of each channel what it points at now.
func (r *Registry) record(author string) {
	for _, org := range r.Organizations {
		for _, project := range org.Projects {
			for _, bucket := range project.Buckets {
				for _, channel := range bucket.Channels {
					channel.record(timeOf(time.Now()), author)
				}
			}
		}
	}
}

// fillHistory sets what the file leaves unset of a history.
func (ch *Channel) fillHistory() {
	latest := defaultTime
	for i := range ch.History {
		setDefault(&ch.History[i].AssignedAt, defaultTime)
		setDefault(&ch.History[i].AuthorID, channelAuthor)
	}
	if len(ch.History) > 0 {
		latest = cmp.Or(ch.History[0].AssignedAt, defaultTime)
	}
	ch.record(latest, channelAuthor)
}

func timeOf(t time.Time) Time { return Time(t.UTC().Format("2006-01-02T15:04:05.000Z07:00")) }
