revoked_elsewhere = "ami-0a000000000000001"
swapped           = ["ami-0b000000000000001", "ami-0b000000000000002"]
swapped_outdated  = ["ami-0c000000000000001", "ami-0c000000000000002"]
of_another_cloud  = "ami-0d000000000000001"
text              = "/subscriptions/0000/resourceGroups/images/providers/Microsoft.Compute/images/web-1"
replaced          = "ami-0e000000000000001"
