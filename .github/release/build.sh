#!/usr/bin/env bash
# build.sh IMAGE SBOM builds the released image for linux/amd64 and linux/arm64, pushes it to the
# registry under the name IMAGE (repository:tag), and writes its SPDX SBOM into the file SBOM. It
# prints repository@digest.
#
# The digest depends on the commit alone. The toolchain is the Dockerfile's, modules and CA
# certificates have their checksums in go.sum, and no time, owner, path or setting of this machine
# gets in.
set -euo pipefail
image=$1 sbom=$(realpath "$2")
cd "$(dirname "$0")/../.."

crane=${CRANE:-$(make -s crane)}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
mkdir -p "$build"/{amd64,arm64,certificates/etc/ssl/certs}

GOTOOLCHAIN=$(.github/release/toolchain.sh)
export GOTOOLCHAIN GOOS=linux CGO_ENABLED=0 GOFLAGS= GOEXPERIMENT= GOAMD64=v1 GOARM64=v8.0

# layer FOLDER NAME... makes FOLDER.tar of the NAMEs in FOLDER.
layer() {
	tar -c -f "$1.tar" -C "$1" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 \
		--numeric-owner --mode=u=rwX,go=rX "${@:2}"
}

go build -C .github/release/certificates -buildvcs=false -trimpath -o "$build/print-certificates"
"$build/print-certificates" >"$build/certificates/etc/ssl/certs/roots.pem"
layer "$build/certificates" etc

manifests=()
for arch in amd64 arm64; do
	GOARCH=$arch go build -buildvcs=false -trimpath -ldflags='-s -w' -o "$build/$arch/hcp-packer-iteration" .
	layer "$build/$arch" hcp-packer-iteration
	"$crane" append --oci-empty-base -t "$image-$arch" -f "$build/certificates.tar" -f "$build/$arch.tar" >&2
	manifests+=(-m "$("$crane" mutate "$image-$arch" -t "$image-$arch" \
		--set-platform "linux/$arch" --entrypoint /hcp-packer-iteration)")
done
result=$("$crane" index append -t "$image" "${manifests[@]}")

go version -m -json "$build"/*/hcp-packer-iteration "$build/print-certificates" |
	jq -s --arg image "$result" --arg created "$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)" \
		-f .github/release/sbom.jq >"$sbom"
echo "$result"
