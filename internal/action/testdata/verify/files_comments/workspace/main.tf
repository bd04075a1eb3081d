# ami-0a000000000000101 was replaced in May.
/*
 ami-0a000000000000101
*/
resource "aws_instance" "web" {
  ami       = "ami-0a000000000000201"
  user_data = <<-EOF
    #!/bin/sh
    # The base image is ami-0a000000000000101.
  EOF
}
