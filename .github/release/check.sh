#!/usr/bin/env bash
# check.sh TAG prints the version, vX.Y.Z, that the tag release/vX.Y.Z asks for, if the commit that is
# checked out may be released: it has to be on main.
set -euo pipefail
cd "$(dirname "$0")/../.."

number='(0|[1-9][0-9]{0,8})'
if ! [[ $1 =~ ^release/(v$number\.$number\.$number)$ ]]; then
	printf 'check.sh: %q is not release/vX.Y.Z\n' "$1" >&2
	exit 1
fi
version=${BASH_REMATCH[1]}

if ! git merge-base --is-ancestor HEAD origin/main; then
	echo "check.sh: $(git rev-parse HEAD) is not on main" >&2
	exit 1
fi
echo "$version"
