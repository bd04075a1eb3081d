# One of each: an image that counts, and what looks like one and does not.
resource "terraform_data" "object" {
  input = {
    ami  = "ami-0123456789abcdef0"
    tags = { ami = "ami-0000000000000tag0" }
  }
}

resource "terraform_data" "nested" {
  input = {
    boot_disk = [{ initialize_params = [{ image = "projects/acme/global/images/web-1" }] }]
    launch    = [{ image_id = "ami-11111111" }, { image_id = "ami-22222222" }, { image_id = null }, { image_id = "" }]
    image     = "ami-0000000000000too0"
    count     = 3
  }
}

resource "terraform_data" "string" {
  input = "ami-00000000000string"
}

output "ami" {
  value = "ami-00000000000output"
}
