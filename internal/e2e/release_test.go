package e2e

import (
	"archive/tar"
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The scripts of .github/release are what .github/workflows/release.yml runs. Here they push to a
// registry on loopback and to a Git repository in a folder.

// The same commit gives the same image, wherever it is built, and the action that names it by digest
// does what the README says.
func TestReleasedImage(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("jq"); err != nil {
		unavailable(t, "no jq here")
	}
	registry := startRegistry(t)
	commit := newRelease(t, ".")
	image := commit.build(t, registry+"/owner/hcp-packer-iteration:v1.2.3")

	t.Run("is_reproducible", func(t *testing.T) {
		t.Parallel()
		other := newRelease(t, ".")
		other.umask = "077"
		again := other.build(t, registry+"/elsewhere:v9")
		_, got, _ := strings.Cut(again.ref, "@")
		if _, want, _ := strings.Cut(image.ref, "@"); got == "" || got != want {
			t.Errorf("built again, the digest is %q, want %q", got, want)
		}
	})
	for platform, machine := range map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64} {
		t.Run("is_complete_for_"+platform, func(t *testing.T) {
			t.Parallel()
			checkImage(t, image.ref, platform, machine)
		})
	}
	t.Run("has_an_sbom", func(t *testing.T) {
		t.Parallel()
		checkSBOM(t, image)
	})
	t.Run("runs_by_digest", func(t *testing.T) {
		t.Parallel()
		if _, err := commit.publish(t, "release/v1.2.3", image.ref); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { command("docker", "image", "rm", image.ref) })
		w := newWorkflow(t, documentedWorkflows(t)["Image gate"])
		w.published = t.TempDir()
		git(t, w.published, "clone", "-q", "-b", "v1", commit.origin, ".")
		if got := w.run(t); got.exitCode != 0 || !strings.Contains(got.log, image.ref) {
			t.Errorf("act did not run %s:\n%s", image.ref, got.log)
		}
	})
}

// checkImage checks what an image tells its runner, and that the program and the CA certificates are in it, and
// nothing else.
func checkImage(t *testing.T, ref, platform string, machine elf.Machine) {
	t.Helper()
	text, err := command(tool(t, "crane"), "config", "--platform", platform, ref)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		OS, Architecture string
		Config           struct {
			User       string
			Entrypoint []string
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("%s/%s as %q with %q", got.OS, got.Architecture, got.Config.User, got.Config.Entrypoint)
	if want := platform + ` as "" with ["/hcp-packer-iteration"]`; config != want {
		t.Errorf("the image is for %s, want %s", config, want)
	}

	const program, certificates = "hcp-packer-iteration", "etc/ssl/certs/roots.pem"
	files := exportImage(t, ref, platform)
	if got, want := slices.Sorted(maps.Keys(files)), []string{certificates, program}; !slices.Equal(got, want) {
		t.Fatalf("the image has the files %q, want %q", got, want)
	}
	if size := len(files[program]) + len(files[certificates]); size > mostBytes {
		t.Errorf("the image has %d bytes, want at most %d", size, mostBytes)
	}
	executable, err := elf.NewFile(bytes.NewReader(files[program]))
	if err != nil {
		t.Fatal(err)
	}
	if libraries, _ := executable.ImportedLibraries(); executable.Machine != machine || len(libraries) != 0 {
		t.Errorf("the program is for %v and needs %q, want it static for %v", executable.Machine, libraries, machine)
	}
	if n := bytes.Count(files[certificates], []byte("BEGIN CERTIFICATE")); n < 100 {
		t.Errorf("there are %d CA certificates", n)
	}
}

// exportImage reads the files of an image, by path.
func exportImage(t *testing.T, ref, platform string) map[string][]byte {
	t.Helper()
	archive, err := exec.CommandContext(t.Context(), tool(t, "crane"), "export", "--platform", platform, ref, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for reader := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if files[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}

// checkSBOM checks that the SBOM is of this image, and holds the modules of go.mod that are in it.
func checkSBOM(t *testing.T, image builtImage) {
	t.Helper()
	var got struct {
		SPDXVersion, SPDXID, Name string
		Packages                  []struct {
			SPDXID       string
			ExternalRefs []struct{ ReferenceLocator string }
		}
		Relationships []struct{ RelatedSPDXElement string }
	}
	if err := json.Unmarshal([]byte(image.sbom), &got); err != nil {
		t.Fatal(err)
	}
	if got.SPDXVersion != "SPDX-2.3" || got.SPDXID != "SPDXRef-DOCUMENT" || got.Name != image.ref {
		t.Errorf("this is not an SPDX document of %s:\n%s", image.ref, image.sbom)
	}
	related := map[string]bool{}
	for _, r := range got.Relationships {
		related[r.RelatedSPDXElement] = true
	}
	modules := ""
	for _, p := range got.Packages {
		if !related[p.SPDXID] || len(p.ExternalRefs) != 1 {
			t.Fatalf("package %s is related to nothing, or no package URL: %+v", p.SPDXID, p)
		}
		modules += p.ExternalRefs[0].ReferenceLocator + "\n"
	}
	for _, want := range []string{
		"pkg:golang/github.com/hashicorp/hcp-sdk-go@v",
		"pkg:golang/golang.org/x/crypto/x509roots/fallback@v",
		"pkg:golang/stdlib@1.",
		"pkg:oci/hcp-packer-iteration@sha256%3A",
	} {
		if !strings.Contains(modules, want) {
			t.Errorf("the SBOM does not have %s:\n%s", want, modules)
		}
	}
}

const (
	someImage  = "ghcr.io/owner/hcp-packer-iteration@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	otherImage = "ghcr.io/owner/hcp-packer-iteration@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

// What is published is the commit that was tagged, with the image in the place of the Dockerfile.
func TestPublishedCommit(t *testing.T) {
	t.Parallel()
	commit := newRelease(t, published()...)
	if _, err := commit.publish(t, "release/v1.2.3", someImage); err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob(filepath.Join(commit.folder, "*", "action.yml"))
	if err != nil || len(others) == 0 {
		t.Fatalf("%v, no other actions", err)
	}
	want := "-  image: Dockerfile\n+  image: docker://" + someImage +
		strings.Repeat("\n-  image: ../Dockerfile\n+  image: docker://"+someImage, len(others))
	commit.git(t, "fetch", "-q", "--tags")
	changes := regexp.MustCompile(`(?m)^[-+] .*$`).FindAllString(commit.git(t, "diff", "HEAD", "v1.2.3"), -1)
	if got := strings.Join(changes, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := commit.git(t, "rev-parse", "v1.2.3^"), commit.git(t, "rev-parse", "HEAD"); got != want {
		t.Errorf("the published commit is on top of %s, want %s", got, want)
	}
	if got := commit.git(t, "status", "--porcelain"); got != "" {
		t.Errorf("the checkout is changed:\n%s", got)
	}
}

// vX.Y.Z is for good, and vX is the latest of them.
func TestPublishedTags(t *testing.T) {
	t.Parallel()
	commit := newRelease(t, published()...)
	publish := func(tag, image string) {
		t.Helper()
		if out, err := commit.publish(t, tag, image); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	publish("release/v1.9.0", someImage)
	first := commit.tags(t)
	if first["v1"] == "" || first["v1"] != first["v1.9.0"] {
		t.Fatalf("got the tags %v, want v1 to be v1.9.0", first)
	}

	publish("release/v1.9.0", someImage)
	if again := commit.tags(t); !maps.Equal(again, first) {
		t.Errorf("published again, the tags are %v, want %v", again, first)
	}
	if _, err := commit.publish(t, "release/v1.9.0", otherImage); err == nil {
		t.Error("v1.9.0 is published with another image")
	}
	if again := commit.tags(t); !maps.Equal(again, first) {
		t.Errorf("after a refusal the tags are %v, want %v", again, first)
	}

	publish("release/v1.10.0", otherImage)
	publish("release/v1.9.1", someImage)
	publish("release/v2.0.0", someImage)
	publish("release/v1.9.0", someImage)
	got := commit.tags(t)
	for _, same := range [][2]string{{"v1", "v1.10.0"}, {"v2", "v2.0.0"}} {
		if got[same[0]] != got[same[1]] {
			t.Errorf("%s is not %s: %v", same[0], same[1], got)
		}
	}
	if got["v1.9.0"] != first["v1.9.0"] || got["v1.9.1"] == "" || len(got) != 6 {
		t.Errorf("got the tags %v", got)
	}
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	commit := newRelease(t, published()...)
	for name, args := range map[string][2]string{
		"no_tag":            {"", someImage},
		"no_prefix":         {"v1.2.3", someImage},
		"leading_zero":      {"release/v1.02.3", someImage},
		"prerelease":        {"release/v1.2.3-rc.1", someImage},
		"second_line":       {"release/v1.2.3\nimage=evil", someImage},
		"command":           {"release/v1.2.3$(touch hacked)", someImage},
		"image_by_tag":      {"release/v1.2.3", "ghcr.io/owner/hcp-packer-iteration:v1.2.3"},
		"short_digest":      {"release/v1.2.3", someImage[:len(someImage)-1]},
		"image_in_two":      {"release/v1.2.3", "ghcr.io/owner/x\n" + someImage},
		"command_for_image": {"release/v1.2.3", "x,;e touch hacked;" + someImage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := commit.publish(t, args[0], args[1]); err == nil {
				t.Errorf("%q is published:\n%s", args, out)
			}
		})
	}
	t.Run("commit_that_is_not_on_main", func(t *testing.T) {
		t.Parallel()
		aside := newRelease(t, published()...)
		aside.git(t, "commit", "-q", "--allow-empty", "-m", "aside")
		if out, err := aside.publish(t, "release/v1.2.3", someImage); err == nil || !strings.Contains(err.Error(), "is not on main") {
			t.Errorf("got %v, want it to say that the commit is not on main\n%s", err, out)
		}
	})
	t.Cleanup(func() {
		if tags := commit.tags(t); len(tags) != 0 {
			t.Errorf("published nevertheless: %v", tags)
		}
	})
}

// release is a clone of a repository that has files of this checkout as its main.
type release struct{ folder, origin, umask string }

// published is what publish.sh needs of the checkout.
func published() []string { return []string{".github/release", "action.yml", "*/action.yml"} }

func newRelease(t *testing.T, paths ...string) *release {
	t.Helper()
	r := &release{folder: t.TempDir(), origin: t.TempDir(), umask: "022"}
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	git(t, r.origin, "init", "-q", "--bare", "-b", "main")
	for _, path := range paths {
		git(t, r.origin, "--work-tree", checkout, "add", filepath.Join(checkout, path))
	}
	git(t, r.origin, "--work-tree", checkout, "commit", "-q", "-m", "e2e")
	git(t, r.folder, "clone", "-q", r.origin, ".")
	return r
}

// git runs Git in the clone.
func (r *release) git(t *testing.T, args ...string) string {
	t.Helper()
	return git(t, r.folder, args...)
}

// tags are the origin's tags, with their commits.
func (r *release) tags(t *testing.T) map[string]string {
	t.Helper()
	tags := map[string]string{}
	for line := range strings.Lines(r.git(t, "ls-remote", "--tags", "origin")) {
		sha, ref, _ := strings.Cut(strings.TrimSpace(line), "\t")
		tags[strings.TrimPrefix(ref, "refs/tags/")] = sha
	}
	return tags
}

// publish runs publish.sh.
func (r *release) publish(t *testing.T, tag, image string) (string, error) {
	t.Helper()
	return command(filepath.Join(r.folder, ".github/release/publish.sh"), tag, image)
}

// builtImage is what build.sh makes: repository@digest, and the SBOM.
type builtImage struct{ ref, sbom string }

// build runs build.sh.
func (r *release) build(t *testing.T, image string) builtImage {
	t.Helper()
	sbom := filepath.Join(t.TempDir(), "sbom.spdx.json")
	ref, err := command("env", "CRANE="+tool(t, "crane"), "bash", "-c", `umask "$1"; shift; "$@"`, "-",
		r.umask, filepath.Join(r.folder, ".github/release/build.sh"), image, sbom)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(sbom)
	if err != nil {
		t.Fatal(err)
	}
	return builtImage{ref, string(text)}
}

var servingPort = regexp.MustCompile(`serving on port (\d+)`)

// startRegistry starts a container registry on loopback, where Docker asks for no TLS, and returns
// its address.
func startRegistry(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "crane"), "registry", "serve", "--address", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if port := servingPort.FindStringSubmatch(lines.Text()); port != nil {
			go io.Copy(io.Discard, stderr)
			return "127.0.0.1:" + port[1]
		}
	}
	t.Fatal("the registry does not start")
	return ""
}
