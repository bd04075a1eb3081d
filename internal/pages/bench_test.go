package pages_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/selection"
)

// BenchmarkPublish writes the outputs and the summary of iterations of growing size, with the 20 images of each build
// in the selection. An image should take as much time and memory in a large one as in a small one.
func BenchmarkPublish(b *testing.B) {
	for _, builds := range []int{10, 200, 2000} {
		b.Run(fmt.Sprintf("builds=%d", builds), func(b *testing.B) {
			page := resolutionOf("ubuntu-24.04")
			page.Iteration.Builds = nil
			for n := range builds {
				build := registry.Build{
					ID: fmt.Sprintf("01BUILD%019d", n), CloudProvider: "aws", ComponentType: "amazon-ebs.ubuntu", Status: registry.BuildDone,
					PackerRunUUID: fmt.Sprintf("6f1b7f5e-8a44-4d1e-9c2b-%012d", n), Labels: map[string]string{"team": "platform", "number": fmt.Sprint(n)},
				}
				for i := range 20 {
					build.Images = append(build.Images, registry.Image{
						ID: fmt.Sprintf("01IMAGE%015d%04d", n, i), ImageID: fmt.Sprintf("ami-%013d%04d", n, i), Region: fmt.Sprintf("region-%d", i),
					})
				}
				page.Iteration.Builds = append(page.Iteration.Builds, build)
			}
			page.Images, _ = selection.Select(page.Iteration.Builds, selection.Selectors{})
			dir := b.TempDir()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				runner, err := fakerunner.New(dir) // empties the files, as every step finds them
				if err != nil {
					b.Fatal(err)
				}
				r := report.New(io.Discard, getenv(runner.Environment()))
				r.Mask("a secret")
				if err := r.Publish(page.Form(nil), nil, true); err != nil {
					b.Fatal(err)
				}
			}
			runtime.ReadMemStats(&after)
			images := float64(b.N * len(page.Images))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/images, "ns/image")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/images, "B/image")
		})
	}
}
