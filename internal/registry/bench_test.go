package registry_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/registry"
)

// imagesOfABuild is how many images each build of the benchmarks has.
const imagesOfABuild = 20

// BenchmarkFind reads iterations of growing size, from the request to the Iteration. An image should
// take as much time and memory in a large one as in a small one.
func BenchmarkFind(b *testing.B) {
	for _, version := range generations {
		for _, builds := range []int{10, 200, 2000} {
			b.Run(fmt.Sprintf("%s/builds=%d", version, builds), func(b *testing.B) {
				session, q := recorded(b, version, builds)
				it, err := registry.Find(b.Context(), session, q) // which connects, and has the answer recorded
				if err != nil || len(it.Builds) != builds || len(it.Builds[builds-1].Images) != imagesOfABuild {
					b.Fatalf("got %v, %v", it, err)
				}
				end := perImage(b, builds*imagesOfABuild)
				for b.Loop() {
					if _, err := registry.Find(b.Context(), session, q); err != nil {
						b.Fatal(err)
					}
				}
				end()
			})
		}
	}
}

// recorded is a session with an API that gives one answer of the fake HCP again and again, so that
// making it up is not measured along with reading it.
func recorded(b *testing.B, version registry.APIVersion, builds int) (*hcp.Session, registry.Query) {
	b.Helper()
	q := registry.Query{APIVersion: version, Bucket: "b", Channel: "c"}
	server := generated(b, builds)
	var answer []byte
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer == nil {
			answer = ask(b, server, r)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	}))
	b.Cleanup(api.Close)
	session, err := hcp.Login(b.Context(), hcp.Config{
		Credentials:    hcp.Credentials{ClientID: "id", ClientSecret: "secret"},
		OrganizationID: "0a1b2c3d-0000-4000-8000-00000000000a",
		ProjectID:      "11111111-1111-4111-8111-111111111111",
		Geography:      "us",
		Endpoints:      hcp.Endpoints{APIAddress: api.Listener.Addr().String(), APITLS: "disabled", AuthURL: "https://" + server.Addr(), AuthTLS: "insecure"},
		Timeout:        time.Minute,
	}, hcp.Job{Mask: func(string) {}, Log: func(string) {}})
	if err != nil {
		b.Fatal(err)
	}
	return session, q
}

// generated is a fake HCP that has one iteration of so many builds.
func generated(b *testing.B, builds int) *fakehcp.Server {
	b.Helper()
	reg, err := fakehcp.Parse(fmt.Appendf(nil, `
organizations:
  - id: 0a1b2c3d-0000-4000-8000-00000000000a
    projects:
      - id: 11111111-1111-4111-8111-111111111111
        buckets:
          b:
            channels: {c: {iteration: i}}
            iterations: {i: {generate: {builds: %d, images: %d}}}
principals:
  - {name: p, client_id: id, client_secret: secret, organization: 0a1b2c3d-0000-4000-8000-00000000000a, role: viewer}
`, builds, imagesOfABuild))
	if err != nil {
		b.Fatal(err)
	}
	server, err := fakehcp.Start(reg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	return server
}

// ask sends a request on to the fake HCP.
func ask(b *testing.B, server *fakehcp.Server, r *http.Request) []byte {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	req := r.Clone(r.Context())
	req.RequestURI, req.URL.Scheme, req.URL.Host = "", "https", server.Addr()
	res, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return nil
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		b.Error(err)
	}
	return answer
}

// perImage has the benchmark report, when it ends, what each image took.
func perImage(b *testing.B, images int) (end func()) {
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	return func() {
		runtime.ReadMemStats(&after)
		each := 1 / float64(b.N*images)
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())*each, "ns/image")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)*each, "B/image")
	}
}
