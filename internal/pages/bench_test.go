package pages_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/selection"
)

// imagesOfABuild is how many images each build of the benchmark has.
const imagesOfABuild = 20

// BenchmarkPublish writes the outputs and the summary of iterations of growing size, with every image
// in the selection. An image should take as much time and memory in a large one as in a small one.
func BenchmarkPublish(b *testing.B) {
	for _, builds := range []int{10, 200, 2000} {
		b.Run(fmt.Sprintf("builds=%d", builds), func(b *testing.B) {
			result := generated(b, builds)
			dir := b.TempDir()
			end := perImage(b, len(result.Images))
			for b.Loop() {
				runner, err := fakerunner.New(dir) // empties the files, as every step finds them
				if err != nil {
					b.Fatal(err)
				}
				r := report.New(io.Discard, getenv(runner.Environment()))
				r.Mask("a secret")
				if err := r.Publish(result.Form(nil), nil, true); err != nil {
					b.Fatal(err)
				}
			}
			end()
		})
	}
}

// generated is a result of so many builds, none of which looks like another.
func generated(b *testing.B, builds int) pages.Resolution {
	b.Helper()
	at := registry.At(time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC))
	it := &registry.Iteration{Bucket: "ubuntu", Channel: "production", ID: "01VERSION", Name: "v7", CreatedAt: at}
	for n := range builds {
		build := registry.Build{
			ID: fmt.Sprintf("01BUILD%019d", n), CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Status: registry.BuildDone,
			PackerRunUUID: fmt.Sprintf("6f1b7f5e-8a44-4d1e-9c2b-%012d", n), CreatedAt: at, UpdatedAt: at,
			Labels: map[string]string{"os": "ubuntu-24.04", "team": "platform", "number": fmt.Sprint(n)},
		}
		for i := range imagesOfABuild {
			build.Images = append(build.Images, registry.Image{
				ID: fmt.Sprintf("01IMAGE%015d%04d", n, i), ImageID: fmt.Sprintf("ami-%013d%04d", n, i), Region: fmt.Sprintf("region-%d", i), CreatedAt: at,
			})
		}
		it.Builds = append(it.Builds, build)
	}
	images, err := selection.Select(it.Builds, selection.Selectors{})
	if err != nil {
		b.Fatal(err)
	}
	return pages.Resolution{Judged: pages.Judged{BucketURL: portal, Iteration: it, Decision: gate.Decision{Status: registry.Active}, Images: images}}
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
