# It was ami-0a000000000000101.
locals {
  ami = "ami-0a000000000000101"
}
