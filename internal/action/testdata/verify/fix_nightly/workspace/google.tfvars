image = "projects/acme-images/global/images/web-v1"
