#!/usr/bin/env bash
# golang.sh makes sure that the Dockerfile's base image is there. Where no registry can be reached,
# it builds a stand-in from this machine's own Go: the toolchain, the CA certificates and the
# project's modules, as files and compiled, so that the image then builds without a network.
set -euo pipefail
cd "$(dirname "$0")/../../.."

image=$(sed -n 's/^FROM \(golang:[^ ]*\).*/\1/p' Dockerfile)
label=hcp-packer-iteration.standin
want=$(cat go.mod go.sum internal/e2e/standin/golang.sh <(go version) | sha256sum | cut -d' ' -f1)

# An image without the label is the real one, and fine as it is.
if have=$(docker image inspect -f "{{index .Config.Labels \"$label\"}}" "$image" 2>/dev/null); then
	if [ -z "$have" ] || [ "$have" = "$want" ]; then exit 0; fi
elif docker pull -q "$image" 2>/dev/null; then
	exit 0
fi
echo "golang.sh: building a local stand-in for $image from $(go version)" >&2

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc/ssl/certs,go,proxy,root/.cache/go-build,usr/local/go,tmp}

# Debian, Fedora and Alpine, in this order, keep their CA certificates here.
for certs in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
	if [ -e "$certs" ]; then break; fi
done
cp -L "$certs" "$root/etc/ssl/certs/ca-certificates.crt"

# Compiled as the Dockerfile compiles, or the image's build would not find it in its cache: what this machine's
# cache has of the program, each archive and the entry that names it.
gocache=$(go env GOCACHE)
CGO_ENABLED=0 go list -export -deps -trimpath -f '{{with .Export}}{{.}}{{end}}' . | sed 's,.*/,,' >"$root/tmp/archives"
(
	cd "$gocache"
	{
		sed 's,^..,&/&,' "$root/tmp/archives"
		sed 's,-d$,,' "$root/tmp/archives" | grep -rlFf - --include='*-a' .
	} | tar -c -T - | tar -x -C "$root/root/.cache/go-build"
)

# The module cache of a download is itself a file proxy. It starts empty, and is filled from the
# machine's own, so that it holds what this project needs and no more.
proxy=$(go env GOPROXY)
cache=$(go env GOMODCACHE)/cache/download
export GOFLAGS=-modcacherw GOMODCACHE=$root/go/pkg/mod
GOPROXY=file://$cache,$proxy go mod download
cp -r "$GOMODCACHE/cache/download/." "$root/proxy"
rm -r "$root/go" "$root/tmp/archives"

# The toolchain without its own sources and tests, which are most of its files.
goroot=$(go env GOROOT)
tar -c -C "$root" . -C "$goroot" --transform 's,^\(bin\|lib\|pkg\|src\|VERSION\|go.env\),usr/local/go/\1,' \
	--exclude='src/cmd' --exclude='src/*_test.go' --exclude='src/*/testdata' \
	bin lib pkg src VERSION go.env |
	docker import \
		-c 'ENV PATH=/usr/local/go/bin HOME=/root GOPATH=/go GOTOOLCHAIN=local' \
		-c "ENV GOPROXY=file:///proxy,$proxy" \
		-c "LABEL $label=$want" \
		- "$image"
