resource "terraform_data" "updated" {
  input = { ami = "ami-000000000000000a0" }
}

resource "terraform_data" "untouched" {
  input = { ami = "ami-0000000000000same" }
}
