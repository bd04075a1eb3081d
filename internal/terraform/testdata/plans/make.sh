#!/usr/bin/env bash
# Makes the plans of the folders beside it, NAME.json of NAME: what terraform show -json says of a
# plan of after.tf, in a workspace where before.tf, if there is one, was applied. The provider of
# terraform_data is part of Terraform, so that nothing is downloaded. The plans here are of 1.11.4.
#
#     internal/terraform/testdata/plans/make.sh && go test ./internal/terraform -update
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1

for after in */after.tf; do
    name=${after%/*}
    dir=$(mktemp -d)
    cp -r "$name/." "$dir"
    rm "$dir/after.tf"
    terraform() { command terraform -chdir="$dir" "$@"; }
    if [[ -e $name/before.tf ]]; then
        terraform init >/dev/null
        terraform apply -auto-approve >/dev/null
        rm "$dir/before.tf"
    fi
    cp "$after" "$dir/main.tf"
    terraform init >/dev/null
    terraform plan -out=plan >/dev/null
    terraform show -json plan >"$name.json"
    rm -r "$dir"
done
