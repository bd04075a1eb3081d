ami = "ami-0a000000000000001"
replaced_by_a_sensitive_one = "ami-0e000000000000001"
revoked_as_a_sensitive_one = "ami-0d000000000000001"
