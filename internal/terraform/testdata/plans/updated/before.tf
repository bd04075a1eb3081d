resource "terraform_data" "updated" {
  input = { ami = "ami-00000000000000ld0" }
}

resource "terraform_data" "untouched" {
  input = { ami = "ami-0000000000000same" }
}
