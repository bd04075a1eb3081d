variable "ami" {
  type      = string
  sensitive = true
  default   = "ami-000000000000000a0"
}

resource "terraform_data" "attribute" {
  input = {
    ami    = var.ami
    others = [{ ami = "ami-000000000000000a1" }, { ami = var.ami }]
  }
}

resource "terraform_data" "object" {
  input = sensitive({ ami = "ami-000000000000000a2" })
}

# Known as sensitive by another resource only.
resource "terraform_data" "elsewhere" {
  input = { ami = "ami-000000000000000a0" }
}
