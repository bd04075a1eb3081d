variable "ami" {
  type = string
}

resource "terraform_data" "node" {
  input = { launch_template = [{ image_id = var.ami }] }
}
