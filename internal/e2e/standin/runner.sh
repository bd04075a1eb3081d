#!/usr/bin/env bash
# runner.sh makes sure that the image is there in which act runs a workflow's jobs: this machine's
# busybox, bash and jq, a few megabytes instead of the gigabytes of GitHub's own runner.
set -euo pipefail

image=hcp-packer-iteration-runner
label=hcp-packer-iteration.standin
want=$(sha256sum "$0" | cut -d' ' -f1)
if [ "$(docker image inspect -f "{{index .Config.Labels \"$label\"}}" "$image" 2>/dev/null)" = "$want" ]; then exit 0; fi

# install PROGRAM PACKAGE: from Debian's packages, if the program is missing.
install() {
	if command -v "$1" >/dev/null; then return; fi
	sudo=
	if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
	$sudo apt-get update -qq >&2
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends "$2" >&2
}
install busybox busybox-static
install jq jq

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc/ssl/certs,opt/hostedtoolcache,root,usr/bin,var/run}
mkdir -m 1777 "$root"/{tmp,var/tmp}

# Each program with the shared libraries that it loads; a static one has none.
for program in busybox bash jq; do
	path=$(command -v "$program")
	cp -L "$path" "$root/bin/$program"
	for library in $(ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true); do
		mkdir -p "$root$(dirname "$library")"
		cp -L "$library" "$root$library"
	done
done
for applet in $(busybox --list); do
	if [ ! -e "$root/bin/$applet" ]; then ln -s busybox "$root/bin/$applet"; fi
done
ln -s /bin/env "$root/usr/bin/env"
echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

tar -c -C "$root" . |
	docker import -c 'ENV PATH=/bin:/usr/bin' -c 'CMD ["/bin/bash"]' -c "LABEL $label=$want" - "$image"
