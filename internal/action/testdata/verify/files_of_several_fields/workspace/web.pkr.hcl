source "azure-arm" "web" {
  shared_image_gallery {
    subscription   = "5f0c2a4e-0000-4000-8000-000000000001"
    resource_group = "images"
    gallery_name   = "acme"
    image_name     = "web"
    image_version  = "1.0.0"
  }
}
