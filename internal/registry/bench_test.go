package registry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/registry"
)

// BenchmarkFind reads iterations of growing size, with 20 images in each build, from the request to the Iteration. An
// image should take as much time and memory in a large one as in a small one.
func BenchmarkFind(b *testing.B) {
	const images = 20
	formats := map[registry.APIVersion][3]string{ // of an answer, a build and an image
		registry.API2023: {
			`{"channel":{"name":"c","version":{"id":"01V","name":"v7","fingerprint":"f","status":"VERSION_ACTIVE","builds":[%s]}}}`,
			`{"id":"01BUILD%019d","platform":"aws","component_type":"amazon-ebs.ubuntu","status":"BUILD_DONE","labels":{"team":"platform"},"artifacts":[%s]}`,
			`{"id":"01IMAGE%[1]019d","external_identifier":"ami-%017[1]d","region":"region-%[1]d","created_at":"2026-09-20T10:00:00.123Z"}`,
		},
		registry.API2021: {
			`{"channel":{"slug":"c","iteration":{"id":"01V","incremental_version":7,"complete":true,"fingerprint":"f","builds":[%s]}}}`,
			`{"id":"01BUILD%019d","cloud_provider":"aws","component_type":"amazon-ebs.ubuntu","status":"DONE","labels":{"team":"platform"},"images":[%s]}`,
			`{"id":"01IMAGE%[1]019d","image_id":"ami-%017[1]d","region":"region-%[1]d","created_at":"2026-09-20T10:00:00.123Z"}`,
		},
	}
	repeat := func(n int, text func(i int) string) string {
		texts := make([]string, n)
		for i := range texts {
			texts[i] = text(i)
		}
		return strings.Join(texts, ",")
	}
	for version, format := range formats {
		imagesOfBuild := repeat(images, func(i int) string { return fmt.Sprintf(format[2], i) })
		for _, builds := range []int{10, 200, 2000} {
			b.Run(fmt.Sprintf("%s/builds=%d", version, builds), func(b *testing.B) {
				answer := fmt.Sprintf(format[0], repeat(builds, func(i int) string { return fmt.Sprintf(format[1], i, imagesOfBuild) }))
				api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
				b.Cleanup(api.Close)
				ctx, _, session := connect(b, api.Listener.Addr().String())
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for b.Loop() {
					it, err := registry.Find(ctx, session, registry.Query{APIVersion: version, Bucket: "b", Channel: "c"})
					if err != nil || len(it.Builds) != builds || len(it.Builds[builds-1].Images) != images {
						b.Fatalf("got %v, %v", it, err)
					}
				}
				runtime.ReadMemStats(&after)
				all := float64(b.N * builds * images)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/image")
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/all, "B/image")
			})
		}
	}
}
