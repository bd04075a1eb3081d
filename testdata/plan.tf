# The plan of testdata/plan.json: terraform plan -out plan.bin && terraform show -json plan.bin
resource "terraform_data" "web" {
  for_each = toset(["blue", "green"])
  input    = { ami = each.key == "blue" ? "ami-0a000000000000101" : "ami-0a000000000000201" }
}

resource "terraform_data" "base" {
  input = { ami = "ami-0c000000000000001" }
}

resource "terraform_data" "legacy" {
  input = { ami = "ami-00000000000000000" }
}

resource "terraform_data" "later" {
  input = { ami = terraform_data.base.id }
}
