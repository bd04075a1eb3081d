# The action's image: one static binary and the CA certificates it trusts.
#
# Every job that uses the action from a branch builds this, on whatever builder its runner has, so
# it keeps to what all of them know. Exec-form RUN needs no shell in the base image.
FROM golang:1.26.8-alpine AS build
WORKDIR /src
ENV CGO_ENABLED=0

# The modules first: they change seldom, and a change of the sources then keeps this layer.
COPY go.mod go.sum ./
RUN ["go", "mod", "download"]

COPY main.go ./
COPY internal internal
RUN ["go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", "/hcp-packer-iteration", "."]

# No USER: the runner's file commands (GITHUB_OUTPUT and its kin) belong to the runner's own user
# and are writable for no other but root.
FROM scratch
# By a name of its own: a file of the name that Go looks for first would be read a second time with its folder.
# A file in SSL_CERT_FILE adds to it either way.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/roots.pem
COPY --from=build /hcp-packer-iteration /
ENTRYPOINT ["/hcp-packer-iteration"]
