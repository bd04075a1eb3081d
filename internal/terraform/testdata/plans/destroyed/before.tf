resource "terraform_data" "destroyed" {
  input = { ami = "ami-00000000000000ld0" }
}

resource "terraform_data" "forgotten" {
  input = { ami = "ami-00000000000000ld1" }
}
