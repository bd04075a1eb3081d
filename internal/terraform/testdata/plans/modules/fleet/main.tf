variable "ami" {
  type = string
}

resource "terraform_data" "counted" {
  count = 2
  input = { ami = var.ami }
}

resource "terraform_data" "keyed" {
  for_each = { "a\"b" = "ami-000000000000000b1", "c\nd" = "ami-000000000000000b2" }
  input    = { ami = each.value }
}
