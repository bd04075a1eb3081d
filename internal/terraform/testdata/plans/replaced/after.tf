resource "terraform_data" "first" {
  triggers_replace = "2"
  input            = { ami = "ami-000000000000000a1" }
}

resource "terraform_data" "second" {
  triggers_replace = "2"
  input            = { ami = "ami-000000000000000a2" }
  lifecycle { create_before_destroy = true }
}
