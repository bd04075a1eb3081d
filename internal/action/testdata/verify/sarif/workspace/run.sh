gcloud compute instances create a \
  --image web-v1 --image-project=acme-images
é=ami-00000000000000000; ok=ami-0a000000000000301; ami-0a000000000000101
