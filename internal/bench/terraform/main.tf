# The job in Terraform. The provider gives a revoked version out like any other, so that refusing it
# is up to the configuration.
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

variable "bucket" {}
variable "channel" {}
variable "region" {}

data "hcp_packer_version" "job" {
  bucket_name  = var.bucket
  channel_name = var.channel

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

data "hcp_packer_artifact" "job" {
  bucket_name         = data.hcp_packer_version.job.bucket_name
  version_fingerprint = data.hcp_packer_version.job.fingerprint
  platform            = "aws"
  region              = var.region
}

output "image_id" {
  value = data.hcp_packer_artifact.job.external_identifier
}
