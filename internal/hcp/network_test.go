package hcp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

// raw answers with bytes of its own, over HTTP/1.1.
func raw(text string) fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.Close()
	}
}

// TestNotHTTP has answers that net/http refuses: they are asked for once, and not shown.
func TestNotHTTP(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"two_lengths":         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		"odd_length":          "HTTP/1.1 200 OK\r\nContent-Length: s3cr3t\r\n\r\n{}",
		"odd_status":          "HTTP/1.1 s3cr3t\r\n\r\n",
		"odd_header":          "HTTP/1.1 200 OK\r\ns3cr3t\r\n\r\n",
		"odd_encoding":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: s3cr3t\r\n\r\n",
		"odd_chunk":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cr3t\r\n",
		"no_http":             "s3cr3t and more of it\r\n\r\n",
		"compressed_not":      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 32\r\n\r\ns3cr3t, but not as gzip has it..",
		"another_protocol":    "SSH-2.0-OpenSSH_9.9\r\n",
		"switching_protocols": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: s3cr3t\r\n\r\n",
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.fail(channelRoute, raw(text))
			err := c.getChannel(t.Context(), secretConfig())
			checkProblem(t, err, problem.UnexpectedResponse, "HCP")
			if got := c.text(err); len(c.log) > 0 || strings.Contains(got, "s3cr3t") {
				t.Errorf("it is tried again, or the answer shown: %s", got)
			}
		}, overHTTP1)
	}
}

// TestOddHeader has an HTTP/2 server send a header whose name no header has: as over HTTP/1.1, it is not valid HTTP.
func TestOddHeader(t *testing.T) {
	t.Parallel()
	inCloud(t, "http2", func(t *testing.T, c *cloud) {
		c.fail(channelRoute, func(w http.ResponseWriter, r *http.Request) {
			// 11 octets of HEADERS, the whole answer, stream 1; status 200.
			writeFrame(r, append([]byte{0, 0, 11, 1, 5, 0, 0, 0, 1, 0x88, 0, 6}, "S3CR3T\x01y"...)...)
			hang(w, r)
		})
		err := c.getChannel(t.Context(), secretConfig())
		checkProblem(t, err, problem.UnexpectedResponse, "the answer of HCP is not valid HTTP")
		if len(c.log) > 0 {
			t.Errorf("got the retries %q", c.log)
		}
	})
}

// TestOddHandshake has a server that sends what TLS has in another place: no type of Go's is named.
func TestOddHandshake(t *testing.T) {
	t.Parallel()
	inCloud(t, "hello request", func(t *testing.T, c *cloud) {
		c.dials[apiHost] = []dial{func(context.Context, *cloud) (net.Conn, error) {
			client, server := newPair()
			go func() { _, _ = server.Write([]byte{22, 3, 3, 0, 4, 0, 0, 0, 0}) }()
			return client, nil
		}}
		checkProblem(t, c.getChannel(t.Context(), secretConfig()), problem.HCPUnavailable, `failed with "tls: received unexpected handshake message".`)
	})
}

// TestLateAlert has a server that ends a connection for want of a client's certificate, which TLS 1.3
// tells behind the handshake. Over HTTP/2, net/http keeps the cause to itself where nothing was sent yet.
func TestLateAlert(t *testing.T) {
	t.Parallel()
	inCloud(t, "http1", func(t *testing.T, c *cloud) {
		c.settings[apiHost] = showing(authority().leaf)
		c.settings[apiHost].ClientAuth, c.settings[apiHost].MinVersion = tls.RequireAnyClientCert, tls.VersionTLS13
		checkProblem(t, c.getChannel(t.Context(), secretConfig()), problem.HCPUnavailable, `"tls: certificate required"`)
		if len(c.log) > 0 {
			t.Errorf("got the retries %q", c.log)
		}
	}, overHTTP1)
}

// TestGoAwayIsNotQuoted has an HTTP/2 server say something when it shuts down.
func TestGoAwayIsNotQuoted(t *testing.T) {
	t.Parallel()
	inCloud(t, "http2", func(t *testing.T, c *cloud) {
		c.fail(channelRoute, func(w http.ResponseWriter, r *http.Request) {
			writeFrame(r, append([]byte{0, 0, 14, 7, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 1}, "s3cr3t"...)...)
			drop(w, r)
		})
		err := c.getChannel(t.Context(), secretConfig())
		checkProblem(t, err, problem.HCPUnavailable, "HCP closed the connection")
		if strings.Contains(c.text(err), "s3cr3t") {
			t.Errorf("the server is quoted: %s", c.text(err))
		}
	})
}

// TestProxy goes through a proxy, and looks at what it is told.
func TestProxy(t *testing.T) {
	t.Parallel()
	overBoth(t, "proxy", func(t *testing.T, c *cloud) {
		c.behindProxy(apiHost)
		c.dials[proxyHost] = []dial{throughProxy(http.StatusOK)}
		checkProblem(t, c.getChannel(t.Context(), secretConfig()), "", "")
		connects := slices.DeleteFunc(c.events, func(event string) bool { return !strings.HasPrefix(event, "CONNECT") })
		want := []string{"CONNECT " + apiHost + ":443 Basic dXNlcjpzM2NyM3Q="}
		if diff := cmp.Diff(want, connects); diff != "" {
			t.Errorf("connections (-want +got):\n%s", diff)
		}
	})
}

// TestProxyFaults has what is wrong with the proxy itself.
func TestProxyFaults(t *testing.T) {
	t.Parallel()
	expired := &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}
	for name, tc := range map[string]struct {
		err   error
		says  string
		lasts bool
	}{
		"certificate": {&net.OpError{Op: "proxyconnect", Err: expired}, "the certificate of the proxy " + proxyHost + ":3128 cannot be verified", false},
		"not_tls":     {&net.OpError{Op: "proxyconnect", Err: tls.RecordHeaderError{}}, "the answer of the proxy " + proxyHost + ":3128 is not HTTP over TLS", false},
		"no_name":     {&net.DNSError{Err: "no such host", Name: proxyHost}, "the name of the proxy " + proxyHost + ":3128 could not be resolved", true},
	} {
		inCloud(t, name, func(t *testing.T, c *cloud) {
			c.behindProxy(apiHost)
			c.dials[proxyHost] = []dial{failing(tc.err)}
			err := c.getChannel(t.Context(), secretConfig())
			if !strings.Contains(err.Error(), tc.says) || tc.lasts != (len(c.log) > 0) || tc.lasts != strings.Contains(err.Error(), "Correct HTTPS_PROXY or HTTP_PROXY") {
				t.Errorf("got %v and the log %q, want %s", err, c.log, tc.says)
			}
		})
	}
}

// TestProxyOfAPort decides on a proxy by host and port, as NO_PROXY may name both.
func TestProxyOfAPort(t *testing.T) {
	t.Parallel()
	inCloud(t, "port", func(t *testing.T, c *cloud) {
		var asked sync.Map
		c.proxy = func(r *http.Request) (*url.URL, error) {
			asked.Store(r.URL.Host, true)
			return nil, nil
		}
		cfg := secretConfig()
		cfg.Endpoints.APIAddress = apiHost + ":8443"
		c.dials[apiHost] = []dial{failing(refused())}
		checkProblem(t, c.getChannel(t.Context(), cfg), problem.HCPUnavailable, "")
		if _, found := asked.Load(apiHost + ":8443"); !found {
			t.Error("the proxy was not asked for by host and port")
		}
	})
}

// TestPlainHTTP has a session without TLS, as HCP_API_TLS=disabled asks for.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	inCloud(t, "http", func(t *testing.T, c *cloud) {
		cfg := secretConfig()
		cfg.Endpoints = Endpoints{APITLS: "disabled", APIAddress: apiHost + ":80"}
		checkProblem(t, c.getChannel(t.Context(), cfg), "", "")
	})
}

// TestPlainHTTP_Proxy has a proxy answer a request for plain HTTP itself, with an echo of what it got.
func TestPlainHTTP_Proxy(t *testing.T) {
	t.Parallel()
	inCloud(t, "echo", func(t *testing.T, c *cloud) {
		c.behindProxy(apiHost)
		c.dials[proxyHost] = []dial{withoutTLS}
		c.fail(channelRoute, rpc(http.StatusProxyAuthRequired, 7, "an echo"), answer(http.StatusOK, "an echo"))
		cfg := secretConfig()
		cfg.Endpoints = Endpoints{APITLS: "disabled", APIAddress: apiHost + ":80"}
		err := c.getChannel(t.Context(), cfg)
		checkProblem(t, err, problem.HCPUnavailable, "HCP or the proxy "+proxyHost+":3128 answered 407 Proxy Authentication Required. Check HTTPS_PROXY")
		checkProblem(t, c.getChannel(t.Context(), cfg), problem.UnexpectedResponse, "HCP or the proxy "+proxyHost+":3128's answer is not JSON")
		if text := c.text(err); strings.Contains(text, "echo") || strings.Contains(text, "s3cr3t") {
			t.Errorf("the proxy's words or its password are in %s", text)
		}
	})
}
