# two of them
web_ami = "ami-0a000000000000101" # and ami-00000000000000000
