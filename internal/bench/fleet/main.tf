# Channels of many buckets in Terraform, each refused if its version is revoked.
terraform {
  required_providers {
    hcp = {
      source = "hashicorp/hcp"
    }
  }
}

provider "hcp" {
  skip_status_check = true # or it would also ask a status page, which the bench has none of
}

data "hcp_packer_version" "fleet" {
  for_each     = toset([for i in range(1, 101) : format("generated-%04d", i)])
  bucket_name  = each.key
  channel_name = "channel-1"

  lifecycle {
    postcondition {
      # The provider may give a time that is unset as null, or as the zero date.
      condition = anytrue([
        startswith(coalesce(self.revoke_at, "0001"), "0001"),
        timecmp(coalesce(self.revoke_at, "0001-01-01T00:00:00Z"), plantimestamp()) > 0,
      ])
      error_message = "The version is revoked."
    }
  }
}

output "checked" {
  value = "${length(data.hcp_packer_version.fleet)} versions"
}
