resource "google_compute_instance" "web" {
  boot_disk {
    initialize_params {
      image = "acme-images/web-v1"
    }
  }
}
