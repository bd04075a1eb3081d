resource "terraform_data" "source" {
  input = "anything"
}

resource "terraform_data" "attribute" {
  input = {
    ami       = terraform_data.source.id
    known_too = { ami = "ami-0123456789abcdef0" }
  }
}

# Whether it would hold an image nobody knows.
resource "terraform_data" "object" {
  input = terraform_data.source.output
}

# The same of a block that is unknown as a whole, in a resource that is not known to have it.
resource "terraform_data" "block" {
  input = { boot_disk = terraform_data.source.output }
}
