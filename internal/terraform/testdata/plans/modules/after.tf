module "one" {
  source = "./fleet"
  ami    = "ami-000000000000000a1"
}

module "counted" {
  source = "./fleet"
  count  = 2
  ami    = "ami-000000000000000a${count.index + 2}"
}

module "keyed" {
  source   = "./fleet"
  for_each = { "eu west" = "ami-000000000000000a4" }
  ami      = each.value
}
