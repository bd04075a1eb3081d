package hcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// maxAnswer bounds an answer's body. The largest iteration that is known to work, 2,000 builds of 20
// images, takes half of it.
const maxAnswer = 16 << 20

// transport is what every request to HCP goes through. It reads the whole answer within bounds,
// lets nothing but a plain 200 pass as one, and repeats what failed for a passing reason as long as
// the request's context allows. HTTP semantics end here: callers meet a [statusError] or a [failure].
type transport struct {
	// login is whose requests they are: it bounds a try, knows the secrets, and is told of repetitions.
	*login
	pool *pool
	// peer is who answers, for messages.
	peer string
	// header is set on every request to HCP's API. It is nil for a token endpoint: a connection to the API is then made
	// while there is no token yet.
	header http.Header
	// mute keeps the peer's own words out of errors.
	mute bool
	// pending is whether 403 is an answer that passes: GitHub's to a job that is pending.
	pending bool
}

// RoundTrip sends the request until it is answered for good, or [Once].
func (t *transport) RoundTrip(req *http.Request) (res *http.Response, err error) {
	var body []byte
	if req.Body != nil { // in memory, so that it can be sent more than once
		defer req.Body.Close()
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	if t.header == nil {
		t.login.pool(t.at.api, t.Endpoints.APITLS).connect(req.Context(), t.attempt())
	}
	if req.Context().Value(onceKey{}) != nil {
		return t.try(req, body)
	}
	err = t.retry(req.Context(), func() error {
		res, err = t.try(req, body) //nolint:bodyclose // which is the caller's
		return err
	})
	return res, err
}

// try sends the request once. An error that is worth another try is a passing [failure].
func (t *transport) try(req *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.attempt())
	defer cancel()
	once := req.Clone(ctx)
	maps.Copy(once.Header, t.header)
	if body != nil {
		once.Body = io.NopCloser(bytes.NewReader(body))
	}
	conn, err := t.pool.take(ctx)
	if err != nil {
		return nil, t.networkError(err)
	}
	res, err := t.receive(conn, once)
	if passing(err) != nil {
		t.pool.drop(conn)
	}
	return res, err
}

// receive sends the request over the connection, and takes the answer if it is one that passes.
func (t *transport) receive(conn *http.ClientConn, req *http.Request) (*http.Response, error) {
	res, err := conn.RoundTrip(req)
	if err != nil {
		return nil, t.networkError(causeOf(conn, err))
	}
	answer, err := t.readAnswer(res)
	if err != nil {
		return nil, err
	}
	if t.pool.to.Scheme == "http" && t.pool.proxy != "" {
		// Nobody can tell whose answer it is, and a proxy's may be an echo of its password.
		if res.StatusCode == http.StatusProxyAuthRequired {
			return nil, proxyRefusal(res.StatusCode, t.orProxy(), t.pool.to.Host)
		}
		either := *t
		either.peer, either.mute = t.orProxy(), true
		t = &either
	}
	if err := t.checkStatus(res, answer); err != nil {
		return nil, err
	}
	if t.header != nil {
		if err := t.checkJSON(res.Header, answer); err != nil {
			return nil, err
		}
	}
	res.Body = answerBody{io.NopCloser(bytes.NewReader(answer)), answer}
	res.ContentLength = int64(len(answer))
	return res, nil
}

// readAnswer reads the whole body. A body that is cut short is worth another try.
func (t *transport) readAnswer(res *http.Response) ([]byte, error) {
	defer res.Body.Close()
	size := int64(bytes.MinRead)
	if res.ContentLength >= 0 {
		size = min(res.ContentLength, maxAnswer) + 1 // for the end
	}
	answer := make([]byte, 0, size)
	for res.ContentLength <= maxAnswer && len(answer) <= maxAnswer {
		n, err := res.Body.Read(answer[len(answer):cap(answer)])
		answer = answer[:len(answer)+n]
		if errors.Is(err, io.EOF) {
			return answer, nil
		}
		if err != nil {
			return nil, t.networkError(err)
		}
		if len(answer) == cap(answer) {
			// Twice as large, but no larger than the bound, of which several can be on their way at once.
			answer = append(make([]byte, 0, min(2*cap(answer), maxAnswer+1)), answer...)
		}
	}
	return nil, unexpected(t.peer + "'s answer is larger than 16 MiB")
}

// answerBody is the body of an answer that was read already.
type answerBody struct {
	io.ReadCloser
	whole []byte
}

// largeAnswer is the size in bytes from which answers are decoded one at a time: eight at once would not fit in memory.
const largeAnswer = 1 << 20

// decode has the SDK decode an answer without a copy of it, and more than once where that is asked for.
func (s *Session) decode(body io.Reader, into any) error {
	answer := body.(answerBody).whole
	if len(answer) > largeAnswer {
		s.decoding.Lock()
		defer s.decoding.Unlock()
	}
	return json.Unmarshal(answer, into)
}

// checkStatus passes 200 alone: no other status is promised for anything that is asked here, and a
// redirect would take the token along to wherever it points.
func (t *transport) checkStatus(res *http.Response, answer []byte) error {
	switch code := res.StatusCode; {
	case code == http.StatusOK:
		return nil
	case code >= 300 && code < 400:
		return unexpected(fmt.Sprintf("%s answered with a redirect (%d)", t.peer, code))
	case code < 300:
		return unexpected((&statusError{peer: t.peer, status: code}).Error())
	case isTransient(code), code == http.StatusForbidden && t.pending:
		f := transient(t.statusError(code, answer).Error())
		f.wait = retryAfter(res.Header)
		if code == http.StatusForbidden {
			f.advice = "GitHub answers so while a job is pending, as with concurrency or in a large matrix: run the job again, or raise timeout."
		}
		return f
	default:
		return t.statusError(code, answer)
	}
}

// statusError reads what there is to read in an error body. One that is not JSON says nothing that a user should see.
func (t *transport) statusError(status int, answer []byte) *statusError {
	e := &statusError{peer: t.peer, status: status}
	var body struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if !t.mute && json.Unmarshal(answer, &body) == nil {
		e.code, e.message, e.shown = body.Code, body.Message, t.redact(body.Message)
	}
	return e
}

func isTransient(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusInternalServerError ||
		status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout
}

// retryAfter reads the header of that name, in seconds or as a date (RFC 9110, section 10.2.3). It
// is 0 where there is none that can be read.
func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// maxObjects bounds how many objects an answer may hold, since an empty one costs three bytes on the
// wire and hundreds in memory. The largest iteration that is known to work has 42,000.
const maxObjects = 500_000

// checkJSON refuses an answer of the API that is not JSON through and through, or that would take too
// much memory. The SDK's decoder would follow the content type into other formats, and leave what
// stands behind the first value unread.
func (t *transport) checkJSON(header http.Header, answer []byte) error {
	var says string
	switch {
	case len(bytes.TrimSpace(answer)) == 0:
		says = t.peer + "'s answer is empty"
	case !json.Valid(answer):
		says = t.peer + "'s answer is not JSON"
	case bytes.Count(answer, []byte("{")) > maxObjects:
		return unexpected(t.peer + "'s answer has too many parts")
	default:
		header.Set("Content-Type", "application/json")
		return nil
	}
	f := unexpected(says)
	f.notJSON = true
	return f
}
