# Resources of all kinds of modes and marks, and one that user data names an image in.
resource "terraform_data" "web" {
  input = { ami = "ami-0aaaaaaaaaaaaaaa1" }
}

resource "terraform_data" "secret" {
  input = { image_id = sensitive("ami-0aaaaaaaaaaaaaaa2") }
}

resource "terraform_data" "script" {
  input = {
    user_data   = "#!/bin/sh\nrun --image ami-0aaaaaaaaaaaaaaa3\n"
    description = "once ami-0aaaaaaaaaaaaaaa4"
    tags        = { ami = "ami-0aaaaaaaaaaaaaaa5" }
  }
}

resource "terraform_data" "azure" {
  input = {
    source_image_reference = [{ publisher = "Canonical", offer = "ubuntu-24_04-lts", sku = "server", version = "latest" }]
  }
}

resource "terraform_data" "google" {
  input = { boot_disk = [{ initialize_params = [{ image = "debian-cloud/debian-12" }] }] }
}

output "ami" {
  value = "ami-0aaaaaaaaaaaaaaa6"
}
