gcloud compute instances create web \
  --image-project acme-images \
  --image web-v1
