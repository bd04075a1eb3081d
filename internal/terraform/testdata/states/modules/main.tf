module "fleet" {
  source   = "./fleet"
  for_each = { eu = "ami-0bbbbbbbbbbbbbbb1", us = "ami-0bbbbbbbbbbbbbbb2" }
  ami      = each.value
}

resource "terraform_data" "counted" {
  count = 2
  input = { ami = "ami-0bbbbbbbbbbbbbbb${count.index}" }
}
