#!/usr/bin/env bash
# Makes the states of the folders beside it, NAME.json of NAME: what terraform show -json says after
# its configuration was applied. The provider of terraform_data is part of Terraform, so that nothing
# is downloaded. The states here are of 1.11.4.
#
#     internal/terraform/testdata/states/make.sh && go test ./internal/terraform -update
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1

for main in */main.tf; do
    name=${main%/*}
    dir=$(mktemp -d)
    cp -r "$name/." "$dir"
    terraform() { command terraform -chdir="$dir" "$@"; }
    terraform init >/dev/null
    terraform apply -auto-approve >/dev/null
    terraform show -json >"$name.json"
    rm -r "$dir"
done
