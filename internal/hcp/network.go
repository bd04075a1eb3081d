package hcp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"hcp-packer-iteration/internal/problem"
)

// proxyError is a fault of the proxy, met before there was a way through it.
type proxyError struct {
	error
	proxy string // its host
}

func (e *proxyError) Unwrap() error { return e.error }

// networkError sorts a failure to get an answer. All that is known to pass is transient, and the rest
// is not: certificates, alerts of TLS, and bytes that are not HTTP. It is told without what says nothing to a user, such
// as the addresses of this machine, and without the other side's words, such as what an HTTP/2 server has to say when
// it shuts down.
func (t *transport) networkError(err error) error {
	to := t.orProxy()
	atProxy, isAtProxy := errors.AsType[*proxyError](err)
	if isAtProxy {
		to = "the proxy " + atProxy.proxy
	}
	refused, isRefused := errors.AsType[*statusError](err)
	certificate, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	lookUp, isLookUp := errors.AsType[*net.DNSError](err)
	switch {
	case isRefused:
		return proxyRefusal(refused.status, to, t.pool.to.Host)
	case isTimeout(err):
		return transient(to + " did not answer in time")
	case isEarlyEnd(err):
		return transient(to + " closed the connection before its answer was complete")
	case isCertificate:
		return unreachable(fmt.Sprintf("the certificate of %s cannot be verified (%s)", to, problem.Clean(certificate.Err.Error())),
			certificateAdvice(certificate.Err))
	case errors.As(err, new(tls.RecordHeaderError)):
		return unexpected("the answer of " + to + " is not HTTP over TLS")
	case strings.Contains(err.Error(), "tls: "): // which crypto/tls and net/http put into errors of the network too
		says, _, _ := strings.Cut(innermost(err).Error(), " of type *") // which is Go's
		return unreachable(fmt.Sprintf("the TLS connection to %s failed with %s", to, problem.Quote(says)),
			"Check the proxies and firewalls between the runner and HCP.")
	case isLookUp && isAtProxy:
		f := transient("the name of " + to + " could not be resolved")
		f.advice = "Correct HTTPS_PROXY or HTTP_PROXY, or try again later."
		return f
	case isLookUp:
		return transient("the name " + problem.Clean(lookUp.Name) + " could not be resolved")
	case isSocketError(err):
		return transient(fmt.Sprintf("the connection to %s failed with %s", to, problem.Quote(innermost(err).Error())))
	}
	// Its text could hold parts of the answer.
	return unexpected("the answer of " + to + " is not valid HTTP")
}

// orProxy names who may be at fault where nobody can tell: the peer, or the proxy on the way to it.
func (t *transport) orProxy() string {
	if t.pool.proxy != "" {
		return t.peer + " or the proxy " + t.pool.proxy
	}
	return t.peer
}

// proxyRefusal is a proxy that answered CONNECT with another status than 200. With 403 and 407 it knows
// what it does.
func proxyRefusal(status int, proxy, host string) error {
	says := (&statusError{peer: proxy, status: status}).Error()
	if status == http.StatusForbidden || status == http.StatusProxyAuthRequired {
		return unreachable(says,
			fmt.Sprintf("Check HTTPS_PROXY (with user and password if the proxy requires them), and that the proxy allows connections to %s.", problem.Clean(host)))
	}
	return transient(says)
}

// innermost is what the operating system said, where it did.
func innermost(err error) error {
	for op := (*net.OpError)(nil); errors.As(err, &op); {
		err = op.Err
	}
	return err
}

func isTimeout(err error) bool {
	var timed net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}

// isEarlyEnd is whether the other side ended the connection in good order. Of most ways to do that
// net/http keeps the types to itself.
func isEarlyEnd(err error) bool {
	text := err.Error()
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(text, "server closed idle connection") ||
		strings.HasPrefix(text, "http2: ") && (strings.Contains(text, "GOAWAY") || strings.Contains(text, "client conn"))
}

// isSocketError is whether the network failed, or the other side ended HTTP/2's stream in place of a connection. A stream
// that net/http ends is one with a broken answer, of which the error has parts.
func isSocketError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) || errors.As(err, new(*net.OpError)) ||
		strings.HasPrefix(err.Error(), "stream error: ") && strings.HasSuffix(err.Error(), "received from peer")
}

// isAlert is whether either side ended the connection with an alert of TLS.
func isAlert(err error) bool {
	return strings.Contains(err.Error(), "remote error: tls: ") || strings.Contains(err.Error(), "local error: tls: ")
}

func certificateAdvice(err error) string {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "Check the runner's clock, and renew the certificate if it has expired."
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "If a proxy or a private authority issued it, set SSL_CERT_FILE to a file with the certificate of that authority."
	}
	return "Check the address, and the proxies and firewalls on the way to it."
}
