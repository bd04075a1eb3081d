#!/usr/bin/env bash
# Measures what a job costs with the action, with a client written by hand, with Terraform and its
# provider, and with a script of curl and jq: the same job against the same fake HCP. Writes the tables of
# docs/benchmarks.md. hyperfine measures, and tables.jq lays out.
#
#   bench.sh [PROVIDER]             # the binary of Terraform's provider hcp
#   ROUNDS=3 TABLES=jobs bench.sh   # fewer rounds, some of the tables; PAGE=… into another file
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-15} page=${PAGE:-docs/benchmarks.md} provider=${1:+$(realpath "$1")} here=$PWD/internal/bench
for program in hyperfine jq curl; do
	type "$program" >/dev/null || { echo "bench: no $program here; install Debian's packages hyperfine, jq and curl" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/run" "$work/results"
build() { CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags='-s -w' -o "$work/$1" "$2"; }
build action .
build handwritten ./internal/bench/handwritten
build floor ./internal/bench/floor
build bench ./internal/bench
printf 'provider_installation {\n  dev_overrides {\n    "hashicorp/hcp" = "%s"\n  }\n  direct {}\n}\n' "${provider%/*}" >"$work/terraformrc"

# Each run begins in a folder as new, with the files of a runner and those of Terraform.
cat >"$work/prepare" <<-PREPARE
	#!/usr/bin/env bash
	cd "$work/run" && find . -mindepth 1 ! -name ca.pem -delete && touch output summary
	cp "$here/\${CONFIGURATION:-terraform}/main.tf" .
PREPARE
chmod +x "$work/prepare"

# job BUCKET CHANNEL REGION sets what a run sees: nothing of this machine but the path.
job() {
	environment=(PATH="$PATH" HOME="$work/run" GITHUB_ACTIONS=true GITHUB_OUTPUT="$work/run/output" GITHUB_STEP_SUMMARY="$work/run/summary"
		TF_CLI_CONFIG_FILE="$work/terraformrc" CHECKPOINT_DISABLE=1
		HCP_ORGANIZATION_ID=0a1b2c3d-0000-4000-8000-00000000000a HCP_PROJECT_ID="$project"
		HCP_CLIENT_ID=project-viewer-id HCP_CLIENT_SECRET=project-viewer-secret-55c0fe
		BUCKET="$1" CHANNEL="$2" REGION="$3" INPUT_BUCKET="$1" INPUT_CHANNEL="$2" INPUT_REGION="$3"
		TF_VAR_bucket="$1" TF_VAR_channel="$2" TF_VAR_region="$3")
}
project=11111111-1111-4111-8111-111111111111
job ubuntu production us-east-1

# beside FLAGS… -- COMMAND… runs a command beside the fake, and tells it where that is.
beside() {
	local flags=()
	while [[ $1 != -- ]]; do flags+=("$1") && shift; done
	env -i "${environment[@]}" "$work/bench" -dir "$work/run" "${flags[@]}" "$@"
}

# refuses COMMAND… says that it does not let a revoked image through, so that nobody is fast by not looking.
refuses() {
	local environment out
	job revocations revoked us-east-1
	"$work/prepare"
	if out=$(beside -- "$@" 2>&1) || [[ $out$(cat "$work/run/output") != *revoked* ]]; then
		echo "bench: $1 does not refuse a revoked image: $out" >&2 && exit 1
	fi
}

# time_in_turns FILE FLAGS… -- COMMAND… runs the commands A B C, A B C, …, so that whatever else happens on the
# machine meets all of them. The first round only warms up. The file gets for each command the wall and CPU
# times of its runs.
time_in_turns() {
	local file=$1 flags=()
	shift
	while [[ $1 != -- ]]; do flags+=("$1") && shift; done
	shift
	rm -f "$work"/results/*
	# shellcheck disable=SC2016
	beside "${flags[@]}" -- bash -euc 'results=$1 rounds=$2 prepare=$3; shift 3
		for ((round = 0; round <= rounds; round++)); do
			hyperfine -N --runs 1 --style none --prepare "$prepare" --export-json "$results/$round.json" "$@" >&2
		done' bash "$work/results" "$rounds" "$work/prepare" "$@"
	rm "$work/results/0.json"
	jq -s 'map(.results) | transpose | map({wall: map(.times[0]), cpu: map(.user + .system)})' "$work"/results/*.json >"$file"
}

# weigh_in_turns FILE FLAGS… -- COMMAND… does the same with memory, which takes time to look at, and requests.
weigh_in_turns() {
	local file=$1 flags=() round command
	shift
	while [[ $1 != -- ]]; do flags+=("$1") && shift; done
	shift
	for ((round = 0; round < rounds; round++)); do
		for command in "$@"; do
			env -i "${environment[@]}" "$work/prepare"
			# shellcheck disable=SC2086 # a command is its words
			beside -weigh "${flags[@]}" -- $command
		done | jq -s .
	done | jq -s 'transpose | map({memory: map(.memory), requests: map(.requests)})' >"$file"
}

# merge FILE… merges what was measured of each command.
merge() { jq -s 'transpose | map(add)' "$@"; }
version() { "$@" 2>/dev/null | grep -oEm1 '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -1; }
compressed() { cat "$@" | gzip -c | wc -c; }
render() { jq -r -L "$here" "include \"tables\"; $1"; }

# Markdown's name of a contender, what a runner downloads for it, and its command.
jobs_table() {
	local names=() sizes=() commands=() command
	contender() { names+=("$1") && sizes+=("$2") && commands+=("$3"); }
	contender "**the action**" "$(compressed "$work/action")" "$work/action"
	contender "a [client](../internal/bench/handwritten/main.go) written by hand with net/http" "$(compressed "$work/handwritten")" "$work/handwritten"
	if [[ $provider ]] && type terraform &>/dev/null; then
		contender "Terraform $(version terraform version), provider $(version echo "$provider")" "$(compressed "$(type -P terraform)" "$provider")" \
			"terraform apply -auto-approve -input=false -no-color"
	fi
	contender "a [script](../internal/bench/curl-jq.sh) of curl $(version curl --version) and jq $(version jq --version)" 0 "$here/curl-jq.sh"
	# shellcheck disable=SC2086 # a command is its words
	for command in "${commands[@]}"; do refuses $command; done
	time_in_turns "$work/times" -- "${commands[@]}"
	weigh_in_turns "$work/weights" -- "${commands[@]}"
	paste <(printf '%s\n' "${names[@]}") <(printf '%s\n' "${sizes[@]}") |
		jq -R 'split("\t") | {name: .[0], download: [.[1] | tonumber]}' | jq -s . >"$work/names"
	merge "$work/names" "$work/times" "$work/weights" >"$work/rows"
	containers
	render jobs <"$work/rows"
}

# containers adds the whole step, as a runner starts it, and the floor: the same container with a program
# in it that does nothing. The rest is the action's.
containers() {
	docker version &>/dev/null || { echo 'bench: no rows for containers, no Docker' >&2 && return; }
	local step=hcp-packer-iteration:bench floor=hcp-packer-iteration:floor run=(docker run --rm --network host -v "$work:$work") name
	internal/e2e/standin/golang.sh
	docker build -q -t "$step" . &>/dev/null
	docker build -q -t "$floor" -f internal/bench/floor/Dockerfile "$work" &>/dev/null
	for name in HCP_API_ADDRESS HCP_AUTH_URL SSL_CERT_FILE "${environment[@]%%=*}"; do
		run+=(--env "$name")
	done
	time_in_turns "$work/times" -- "${run[*]} $step" "${run[*]} $floor"
	docker save "$step" | gzip -c | wc -c | jq --slurpfile times "$work/times" --slurpfile rows "$work/rows" '
		$times[0] as [$whole, $empty] | $rows[0] + [
			{name: "the action'"'"'s whole step, in its container", wall: $whole.wall, requests: $rows[0][0].requests, download: [.]},
			{name: "`docker run` of an empty image", wall: $empty.wall},
			{name: "what the action adds to that", wall: ([$whole.wall, $empty.wall] | transpose | map(.[0] - .[1]))}]' >"$work/more"
	mv "$work/more" "$work/rows"
}

# Four pairs a round, of the action and the client written by hand.
trips_table() {
	local rounds=$((4 * rounds)) at login
	for at in "0s on loopback" "50ms at a round trip of 50 ms"; do
		for login in "client secret" "workload identity"; do
			(
				if [[ $login = workload* ]]; then
					environment+=(HCP_CLIENT_ID= HCP_CLIENT_SECRET=
						"HCP_WORKLOAD_IDENTITY_PROVIDER=iam/project/$project/service-principal/project-contributor/workload-identity-provider/github")
				fi
				time_in_turns "$work/times" -rtt "${at%% *}" -- "$work/action" "$work/handwritten"
			)
			jq --arg name "$login, ${at#* }" '{name: $name, ours: .[0], theirs: .[1]}' "$work/times"
		done
	done | jq -s . | render trips
}

growth_table() {
	go test -run='^$' -bench='^Benchmark(Find|Publish)$' -benchtime=100ms -count="$rounds" ./internal/registry ./internal/pages |
		jq -R 'select(startswith("Benchmark")) | split("\t") | map(gsub("^ +| +$"; "") | split(" "))
			| {name: (.[0][0] | sub("-\\d+$"; "")), values: (.[2:] | map({key: .[1], value: (.[0] | tonumber)}) | from_entries)}' |
		jq -s 'group_by(.name) | map({key: .[0].name, value: map(.values)}) | from_entries' | render growth
}

# delayed COMMAND… measures commands with answers at once and after 100 ms.
delayed() {
	local delay flags=()
	while [[ $1 != -- ]]; do flags+=("$1") && shift; done
	for delay in 0s 100ms; do
		time_in_turns "$work/times" "${flags[@]}" -delay "$delay" "$@"
		weigh_in_turns "$work/weights" "${flags[@]}" -delay "$delay" "$@"
		merge "$work/times" "$work/weights" | jq --arg delay "$delay" '{delay: $delay, columns: .}'
	done | jq -s .
}

# One of the ids is known.
verify_table() {
	local count
	environment+=(INPUT_UNTRACKED=ignore)
	for count in 1 50 500; do
		{ echo ami-0123456789abcdef0 && seq -f 'ami-0000000000000%04.0f' 2 "$count"; } >"$work/$count.ids"
		printf '#!/bin/sh\nexec env "INPUT_IMAGE-IDS=$(cat %s)" %s verify\n' "$work/$count.ids" "$work/action" >"$work/verify-$count"
		chmod +x "$work/verify-$count"
	done
	delayed -- "$work/verify-1" "$work/verify-50" "$work/verify-500" | render 'delayed(["`verify` of", "1 id", "50 ids", "500 ids"])'
}

# The whole registry of 1,000 buckets, a tenth of it, and Terraform's plan over that tenth. It mostly waits, so
# that few rounds are enough.
audit_table() {
	local rounds=$((rounds < 5 ? rounds : 5)) header='"", "`audit` of 1,000 buckets", "`audit` of 100 of them", "`audit` of the 1,000, with `rolled-back`"' commands=()
	environment+=("INPUT_CHANNELS=channel-*" CONFIGURATION=fleet)
	for given in 'INPUT_BUCKETS=generated-*' $'INPUT_BUCKETS=generated-00*\ngenerated-0100' 'INPUT_BUCKETS=generated-*" "INPUT_ROLLED-BACK=fail'; do
		printf '#!/bin/sh\nexec env "%s" %s audit\n' "$given" "$work/action" >"$work/audit-${#commands[@]}"
		chmod +x "$work/audit-${#commands[@]}"
		commands+=("$work/audit-${#commands[@]}")
	done
	if [[ $provider ]] && type terraform &>/dev/null; then
		header+=', "`terraform plan` of one channel of each of these 100"'
		commands+=("terraform plan -input=false -no-color")
	fi
	delayed -buckets 1000 -- "${commands[@]}" | render "delayed([$header])"
}

machine_table() {
	echo "$rounds rounds on $(nproc) cores ($(go env GOARCH)), Linux $(version uname -r), Go $(version go env GOVERSION)."
}

# put TABLE puts what it reads between the comments that mark the table's place.
put() {
	text=$(cat) awk -v table="$1" '
		$0 == "<!-- /" table " -->" { inside = 0; ended = 1 }
		!inside
		$0 == "<!-- " table ": written by make bench -->" { print ENVIRON["text"]; inside = 1 }
		END { exit !ended || inside }' "$page" >"$work/page"
	cat "$work/page" >"$page"
}

for table in ${TABLES:-jobs trips growth verify audit} machine; do
	echo "bench: $table" >&2
	(set -e; "${table}_table") | tee "$work/table"
	put "$table" <"$work/table"
done
