#!/usr/bin/env bash
# The job with curl and jq, as somebody careful would write it into a workflow: the secret stays out
# of argument lists, what passes is retried, a revoked version is refused, and one image has to be
# left. It says no more than that of what is wrong.
set -euo pipefail

: "${BUCKET:?}" "${CHANNEL:?}" "${REGION:?}" "${HCP_CLIENT_ID:?}" "${HCP_CLIENT_SECRET:?}"
: "${HCP_ORGANIZATION_ID:?}" "${HCP_PROJECT_ID:?}"
request=(curl --silent --show-error --fail --retry 3 --max-time 60 --config -)

token=$("${request[@]}" "${HCP_AUTH_URL:-https://auth.idp.hashicorp.com}/oauth2/token" \
	--data grant_type=client_credentials --data audience=https://api.hashicorp.cloud \
	<<<"user = \"$HCP_CLIENT_ID:$HCP_CLIENT_SECRET\"" | jq --exit-status --raw-output .access_token)

path=packer/2023-01-01/organizations/$HCP_ORGANIZATION_ID/projects/$HCP_PROJECT_ID
image=$("${request[@]}" "https://${HCP_API_ADDRESS:-api.cloud.hashicorp.com}/$path/buckets/$BUCKET/channels/$CHANNEL" \
	<<<"header = \"Authorization: Bearer $token\"" |
	jq --exit-status --raw-output --arg region "$REGION" '
		def revoked:
			(.revoke_at // "") as $at
			| .status == "VERSION_REVOKED" or (
				$at != "" and ($at | startswith("0001-") or startswith("1970-") | not)
				and ($at | sub("\\.\\d+"; "") | fromdate) <= now);
		.channel.version
		| if . == null then error("the channel points at nothing") else . end
		| if revoked then error("the version is revoked: \(.revocation_message)") else . end
		| if .status == "VERSION_ACTIVE" or .status == "VERSION_REVOCATION_SCHEDULED" then . else
			error("the version is not usable: \(.status)") end
		| [.builds[] | select(.status == "BUILD_DONE").artifacts[] | select(.region == $region).external_identifier]
		| if length == 1 then .[0] else error("\(length) images in \($region)") end')

echo "image-id=$image" >>"${GITHUB_OUTPUT:-/dev/stdout}"
echo "The image is $image"
