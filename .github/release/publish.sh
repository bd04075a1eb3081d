#!/usr/bin/env bash
# publish.sh TAG IMAGE publishes the commit that is checked out, tagged release/vX.Y.Z, with the image
# that was built from it: it makes a commit on top whose actions name IMAGE, repository@digest, in the
# place of the Dockerfile, and pushes that as vX.Y.Z, and as vX unless there is a later vX.
#
# The same commit and IMAGE give the same commit again, so a second run changes nothing. A vX.Y.Z that
# is another commit is never moved, and then nothing is.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(.github/release/check.sh "$1")
image=$2
if ! [[ $image =~ ^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$ ]]; then
	printf 'publish.sh: %q is not repository@sha256:digest\n' "$image" >&2
	exit 1
fi

# In an index of its own: the checkout stays as it is.
GIT_INDEX_FILE=$(mktemp -u)
export GIT_INDEX_FILE
trap 'rm -f "$GIT_INDEX_FILE"' EXIT
git read-tree HEAD
# The list of the actions is that of the folders with an action.yml, for the tests as well.
git ls-files -- ':(glob)action.yml' ':(glob)*/action.yml' | while read -r file; do
	blob=$(git show "HEAD:$file" | sed -E "s,^( +image: )(\.\./)?Dockerfile\$,\1docker://$image," | git hash-object -w --stdin)
	git update-index --cacheinfo "100644,$blob,$file"
	if git diff --cached --quiet HEAD -- "$file"; then
		echo "publish.sh: $file has no line that says image: Dockerfile" >&2
		exit 1
	fi
done

bot='github-actions[bot]' email='41898282+github-actions[bot]@users.noreply.github.com'
date=$(git log -1 --format='%ct +0000')
commit=$(
	export GIT_AUTHOR_NAME=$bot GIT_AUTHOR_EMAIL=$email GIT_AUTHOR_DATE=$date
	export GIT_COMMITTER_NAME=$bot GIT_COMMITTER_EMAIL=$email GIT_COMMITTER_DATE=$date
	git commit-tree --no-gpg-sign -p HEAD -m "Release $version" "$(git write-tree)"
)

refs=("$commit:refs/tags/$version")
major=${version%%.*}
latest=$({
	echo "$version"
	git ls-remote --tags --refs origin "$major.*" | sed -nE "s,.*\trefs/tags/($major\.[0-9]+\.[0-9]+)\$,\1,p"
} | sort -V | tail -n 1)
if [ "$latest" = "$version" ]; then refs+=("+$commit:refs/tags/$major"); fi
git push --atomic origin "${refs[@]}"
