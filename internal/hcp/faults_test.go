package hcp

import (
	"crypto/tls"
	"flag"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/problem"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// faultCase is one way in which HCP fails, and how it ends. The list of them is testdata/faults.golden,
// which the documentation shows. Each is met by a request to the registry, over HTTP/1.1, and the first of a name by
// every source of tokens, over HTTP/2; those of connections by the registry's request over both.
type faultCase struct {
	// name is the row of the table. Faults of the same name share it, and variant tells them apart.
	name, variant string
	// meet is what becomes of a request, dial of a connection to the host, and proxy of one to the proxy
	// before it. Settings are the host's TLS.
	meet        fault
	dial, proxy dial
	settings    *tls.Config
	// ofConnection is whether meet is a fault of the connection.
	ofConnection bool
	// ends is how often the fault is met.
	ends ending
	// registry and token are the titles with which a run ends where the registry or a source of tokens
	// fails so; empty where it passes.
	registry, token problem.Title
}

// ending is what a run does about a fault.
type ending int

const (
	retried   ending = iota // it is met once, and the second try is answered
	permanent               // it is met at each try, and there is one
	lasting                 // it is met at each try, and there are several
	harmless                // it is met at each try, and the first is answered all the same
)

func faultCases() []faultCase {
	const refused, unavailable, unexpected = problem.NotAuthenticated, problem.HCPUnavailable, problem.UnexpectedResponse
	return slices.Concat(
		statusesThatPass(),
		connectionFaults(),
		ended(permanent, unexpected, refused, refusals()),
		ended(permanent, unexpected, unexpected, badAnswers()),
		ended(permanent, unavailable, unavailable, badServers()),
		ended(permanent, unexpected, unexpected, []faultCase{{name: "no TLS", dial: withoutTLS}}),
		ended(lasting, unavailable, unavailable, faultsThatLast()),
		ended(permanent, unavailable, unavailable, []faultCase{
			{name: "`Retry-After` that does not fit in `timeout`", variant: "seconds", meet: answer(429, "", "Retry-After", "3600")},
			{name: "`Retry-After` that does not fit in `timeout`", variant: "date", meet: answer(503, "", "Retry-After", "Fri, 01 Jan 2100 00:00:00 GMT")},
		}),
	)
}

// ended sets how the cases end, and with which titles if they have no others.
func ended(ends ending, registry, token problem.Title, list []faultCase) []faultCase {
	for i := range list {
		list[i].ends = ends
		if list[i].registry == "" {
			list[i].registry = registry
		}
		if list[i].token == "" {
			list[i].token = token
		}
	}
	return list
}

func statusesThatPass() []faultCase {
	date := func(w http.ResponseWriter, r *http.Request) {
		answer(429, "", "Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))(w, r)
	}
	return []faultCase{
		{name: "500 Internal Server Error", meet: answer(500, "<html><body><h1>::error::down</h1></body></html>")},
		{name: "502 Bad Gateway", meet: answer(502, "")},
		{name: "503 Service Unavailable", meet: rpc(503, 14, "try again")},
		{name: "504 Gateway Timeout", meet: answer(504, "Gateway Timeout")},
		{name: "429 Too Many Requests", meet: answer(429, "")},
		{name: "429 with `Retry-After` in seconds", meet: answer(429, "", "Retry-After", "20")},
		{name: "429 with `Retry-After` as a date", meet: date},
	}
}

func connectionFaults() []faultCase {
	slow := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(14 * time.Second)
		answer(http.StatusOK, normalAnswers()[routeOf(r)])(w, r)
	}
	list := []faultCase{
		{name: "connection refused", dial: failing(refused())},
		{name: "failed name look-up", dial: failing(&net.DNSError{Err: "server misbehaving", Name: apiHost, IsTemporary: true})},
		{name: "connection reset", meet: reset},
		{name: "connection closed without an answer", meet: drop},
		{name: "HTTP/2 stream reset", meet: abort},
		{name: "HTTP/2 stream refused", meet: refuseStream},
		{name: "HTTP/2 GOAWAY", variant: "before the request", meet: goAway(0)},
		{name: "HTTP/2 GOAWAY", variant: "behind the request", meet: goAway(255)},
		{name: "body cut short", meet: cut},
		{name: "no answer within a quarter of `timeout`", variant: "at all", meet: hang},
		{name: "no answer within a quarter of `timeout`", variant: "whole", meet: endless},
		{name: "proxy that answers otherwise", variant: "429", proxy: throughProxy(429)},
		{name: "proxy that answers otherwise", variant: "400", proxy: throughProxy(400)},
		{name: "proxy that cannot be reached", variant: "refused", proxy: failing(refused())},
		{name: "proxy that cannot be reached", variant: "closed", proxy: throughProxy(0)},
		{name: "slow answer", meet: slow, ends: harmless},
	}
	for i := range list {
		list[i].ofConnection = true
	}
	return list
}

// rpc is an error answer of HCP's.
func rpc(status, code int, message string) fault {
	return answer(status, fmt.Sprintf(`{"code": %d, "message": %q, "details": []}`, code, message))
}

// refusals are errors that another try would not mend.
func refusals() []faultCase {
	return []faultCase{
		{name: "400 Bad Request", meet: rpc(400, 3, "invalid argument")},
		{name: "400 of an inactive registry", meet: rpc(400, 9, "Registry not activated."), registry: problem.RegistryDeactivated},
		{name: "401 Unauthorized", meet: rpc(401, 16, "unauthenticated"), registry: problem.NotAuthenticated},
		{name: "403 Forbidden", variant: "json", meet: rpc(403, 7, "permission denied"), registry: problem.PermissionDenied},
		{name: "403 Forbidden", variant: "html", meet: answer(403, "<html>no</html>"), registry: problem.PermissionDenied},
		{name: "404 Not Found", meet: rpc(404, 5, "not found"), registry: problem.NotFound},
		{name: "409 Conflict", meet: rpc(409, 10, "no such fingerprint"), registry: problem.NotFound},
		{name: "any other 4xx status", variant: "408", meet: rpc(408, 1, "slow")},
		{name: "any other 4xx status", variant: "418", meet: rpc(418, 2, "teapot")},
		{name: "any other status", variant: "501", meet: rpc(501, 12, "not here"), token: problem.UnexpectedResponse},
		{name: "any other status", variant: "599", meet: rpc(599, 2, "odd"), token: problem.UnexpectedResponse},
		{name: "any other status", variant: "201", meet: answer(201, `{"channel": {}}`), token: problem.UnexpectedResponse},
		{name: "any other status", variant: "204", meet: answer(204, ""), token: problem.UnexpectedResponse},
	}
}

// badAnswers are answers that the API does not promise.
func badAnswers() []faultCase {
	body := func(text string) fault { return answer(200, text) }
	// A large answer is sent to the registry's request alone: the same lines read all, and one takes a second.
	large := func(text func() string, other fault) fault {
		return func(w http.ResponseWriter, r *http.Request) {
			if routeOf(r) != channelRoute {
				other(w, r)
				return
			}
			body(text())(w, r)
		}
	}
	announced := answer(200, "{}", "Content-Length", fmt.Sprint(16<<20+1))
	sent := large(func() string { return `{"x": "` + strings.Repeat("x", 16<<20) + `"}` }, announced)
	parts := func(n int) string {
		return `{"channel": {"version": {"builds": [{}` + strings.Repeat(",{}", n) + `]}}}`
	}
	list := []faultCase{
		{name: "HTML with status 200", meet: answer(200, "<html>hello</html>", "Content-Type", "text/html")},
		{name: "empty body", meet: body("")},
		{name: "broken JSON", meet: body(`{"channel": {"id": "x", `)},
		{name: "broken JSON", variant: "trailing", meet: body(`{"channel": {}, "access_token": 1, "value": 1} <html>`)},
		{name: "broken JSON", variant: "deep", meet: body(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))},
		{name: "JSON of another type", variant: "array", meet: body(`[]`)},
		{name: "JSON of another type", variant: "number", meet: body(`{"channel": 7, "access_token": {}, "value": {}}`)},
		{name: "JSON without what was asked for", variant: "nothing", meet: body(`{}`)},
		{name: "JSON without what was asked for", variant: "null", meet: body(`null`)},
		{name: "JSON without what was asked for", variant: "null fields", meet: body(`{"channel": null, "access_token": null, "value": null}`)},
		{name: "more than 16 MiB", variant: "announced", meet: announced},
		{name: "more than 16 MiB", variant: "sent", meet: sent},
		{name: "more than 500,000 parts", meet: large(func() string { return parts(600_000) }, body(parts(60_000)))},
	}
	locations := []string{"https://" + issuerHost + ":443/elsewhere", "/elsewhere", "http://" + apiHost + "/elsewhere", "", "/elsewhere"}
	for i, status := range []int{301, 302, 303, 307, 308} {
		list = append(list, faultCase{
			name:    "redirect, which is not followed",
			variant: fmt.Sprint(status),
			meet:    answer(status, "", "Location", locations[i]),
		})
	}
	return list
}

// badServers are servers that do not prove to be HCP.
func badServers() []faultCase {
	return []faultCase{
		{name: "certificate that cannot be verified", variant: "unknown", settings: showing(authority().stranger)},
		{name: "certificate that cannot be verified", variant: "expired", settings: showing(authority().expired)},
		{name: "TLS alert", settings: &tls.Config{MaxVersion: tls.VersionTLS11}}, //nolint:gosec // a server that is too old
		{name: "proxy that answers 403 or 407", variant: "403", proxy: throughProxy(403)},
		{name: "proxy that answers 403 or 407", variant: "407", proxy: throughProxy(407)},
	}
}

// showing are settings of TLS with a certificate.
func showing(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
}

// faultsThatLast are transient ones that outlast the timeout.
func faultsThatLast() []faultCase {
	const name = "a transient fault that lasts"
	return []faultCase{
		{name: name, variant: "503", meet: answer(503, "")},
		{name: name, variant: "hang", meet: hang},
		{name: name, variant: "reset", meet: reset, ofConnection: true},
		{name: name, variant: "GOAWAY", meet: goAway(0), ofConnection: true},
		{name: name, variant: "closed at once", dial: leaving(), ofConnection: true},
		{name: name, variant: "stream refused", meet: refuseStream, ofConnection: true},
		{name: name, variant: "refused", dial: failing(refused())},
		{name: name, variant: "look-up", dial: failing(&net.DNSError{Err: "no such host", Name: "hcp.invalid", IsNotFound: true})},
		{name: name, variant: "proxy answers 502", proxy: throughProxy(502)},
		{name: name, variant: "proxy refused", proxy: failing(refused())},
		{name: name, variant: "proxy closed", proxy: throughProxy(0)},
	}
}

// place is where a fault is met: with a request of a run that logs in with cfg.
type place struct {
	route route
	host  string
	cfg   func(t *testing.T) Config
}

func places() []place {
	secret := func(*testing.T) Config { return secretConfig() }
	identity := func(*testing.T) Config { return providerConfig() }
	file := func(t *testing.T) Config { return fileConfig(t, urlFile) }
	return []place{
		{channelRoute, apiHost, secret},
		{tokenRoute, authHost, secret},
		{githubRoute, githubHost, identity},
		{exchangeRoute, apiHost, identity},
		{issuerRoute, issuerHost, file},
	}
}

// title is how the fault ends there.
func (p place) title(f faultCase) problem.Title {
	if p.route == channelRoute {
		return f.registry
	}
	return f.token
}

func TestFaults(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	messages := map[string]string{}
	t.Run("cases", func(t *testing.T) {
		seen := map[string]bool{}
		for _, f := range faultCases() {
			places := places()
			if seen[f.name] && !strings.Contains(f.name, "JSON") { // which each library decodes by itself
				places = places[:1]
			}
			seen[f.name] = true
			for _, p := range places {
				f := f
				if p.route == githubRoute && strings.HasPrefix(f.name, "403") { // a job that is pending
					f.ends, f.token = lasting, problem.HCPUnavailable
				}
				name := strings.Join([]string{f.name, f.variant, string(p.route)}, "/")
				test := func(t *testing.T, c *cloud) {
					if err := meetFault(t, c, f, p); err != nil && (!c.http1 || !f.ofConnection) {
						mutex.Lock()
						defer mutex.Unlock()
						messages[strings.TrimSpace(string(p.route)+": "+f.name+" "+f.variant)] = err.Error()
					}
				}
				switch {
				case p.route != channelRoute:
					inCloud(t, name, test)
				case f.ofConnection:
					overBoth(t, name, test)
				default:
					inCloud(t, name, test, overHTTP1)
				}
			}
		}
	})
	compareMessages(t, messages)
}

// meetFault runs into the fault, and looks at how it ends and how often it asked.
func meetFault(t *testing.T, c *cloud, f faultCase, p place) error {
	t.Helper()
	f.happen(c, p)
	began := time.Now()
	err := c.getChannel(t.Context(), p.cfg(t))
	checkProblem(t, err, p.title(f), "")
	if took := time.Since(began); took > secretConfig().Timeout {
		t.Errorf("it took %s", took)
	}
	tries := len(c.log) + 1
	if got := len(c.asked(p.route)); f.meet != nil && got != tries {
		t.Errorf("got %d requests in %d tries", got, tries)
	}
	switch {
	case f.ends == retried && tries != 2, f.ends == lasting && tries < 4, (f.ends == permanent || f.ends == harmless) && tries != 1:
		t.Errorf("got %d tries: %q", tries, c.log)
	case f.ends == lasting && !strings.Contains(err.Error(), fmt.Sprintf("(%d tries)", tries)):
		t.Errorf("the message does not tell of %d tries: %v", tries, err)
	}
	if asked := c.asked(""); len(asked) > 0 {
		t.Errorf("there was a request %+v, where a redirect or nothing leads", asked[0])
	}
	text := c.text(err)
	if leak := internals.FindString(text); leak != "" {
		t.Errorf("there is %q in %s", leak, text)
	}
	if quotes := regexp.MustCompile(`answered \d+[^(.]*: "`); p.route != channelRoute && quotes.MatchString(text) {
		t.Errorf("a token endpoint is quoted in %s", text)
	}
	return err
}

// happen has the cloud fail so.
func (f faultCase) happen(c *cloud, p place) {
	if f.settings != nil {
		c.settings[p.host] = f.settings
	}
	if f.proxy != nil {
		c.behindProxy(p.host)
	}
	meets, dials, proxies := []fault{f.meet}, []dial{f.dial}, []dial{f.proxy}
	if f.ends == retried {
		meets, dials, proxies = append(meets, nil), append(dials, nil), append(proxies, throughProxy(http.StatusOK))
	}
	c.fail(p.route, meets...)
	c.dials[p.host], c.dials[proxyHost] = dials, proxies
}

// internals are words that only a developer of the action should ever see, or that HCP's answer has
// and nobody should.
var internals = regexp.MustCompile(`goroutine|panic|\*?models\.|\bjson:|oauth2:|HashicorpCloud|packer_service|PackerService|[pP]ayload|\{location|<html|nil pointer|unmarshal|context deadline|context canceled|s3cr3t`)

// compareMessages compares with the file of all messages, for people to read.
func compareMessages(t *testing.T, messages map[string]string) {
	t.Helper()
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		lines = append(lines, name+"\n    "+chance.ReplaceAllString(messages[name], "N tries")+"\n")
	}
	compareGolden(t, "messages.golden", strings.Join(lines, "\n"))
}

// chance is what differs from run to run, since waits are jittered.
var chance = regexp.MustCompile(`\d+ tries`)

// compareGolden compares with a file of testdata, or writes it where that was asked for.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestFaultTable compares with the table of faults that the documentation shows.
func TestFaultTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| fault | of the registry | of the token endpoint |\n| --- | --- | --- |\n")
	seen := map[string]bool{}
	for _, f := range faultCases() {
		if !seen[f.name] {
			seen[f.name] = true
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.name, f.says(f.registry), f.says(f.token))
		}
	}
	compareGolden(t, "faults.golden", b.String())
}

// says is a cell of the table.
func (f faultCase) says(title problem.Title) string {
	switch {
	case title != "":
		return "`" + string(title) + "`"
	case f.ends == harmless:
		return "passes"
	}
	return "retried"
}
