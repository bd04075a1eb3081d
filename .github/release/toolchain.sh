#!/usr/bin/env bash
# toolchain.sh prints the Go toolchain of the Dockerfile, as GOTOOLCHAIN wants it.
set -euo pipefail
sed -n 's/^FROM golang:\([0-9.]*\)-.*/go\1/p' "$(dirname "$0")/../../Dockerfile"
