resource "terraform_data" "first" {
  triggers_replace = "1"
  input            = { ami = "ami-00000000000000ld1" }
}

resource "terraform_data" "second" {
  triggers_replace = "1"
  input            = { ami = "ami-00000000000000ld2" }
  lifecycle { create_before_destroy = true }
}
