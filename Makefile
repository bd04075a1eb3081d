# What a developer types and what CI runs. `make` alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test build lint unit e2e conformance look bench fuzz update packer crane

# Without a home, Go has nowhere to keep its caches: they go into the checkout then.
ifeq ($(HOME),)
export HOME := $(CURDIR)/.cache
export GOFLAGS += -modcacherw
endif

# Everything but what the race detector needs is compiled in the one way in which an image is, so that tools,
# linters, tests and images share what is compiled.
export CGO_ENABLED := 0
export GOFLAGS += -trimpath

# The tools, each in a folder of its version, so that a new version is a new file to make.
GOLANGCI_LINT := .tools/golangci-lint@v2.15.0/golangci-lint
ACTIONLINT := .tools/actionlint@v1.7.12/actionlint
ACT := .tools/act@v0.2.89/act
CRANE := .tools/crane@v0.22.1/crane
# It takes five minutes to build: CI has it, and whoever asks for it with make packer.
PACKER := .tools/packer@v1.16.0/packer
# It takes minutes to build, and only a Terraform can load it.
TERRAFORM_PROVIDER_HCP := .tools/terraform-provider-hcp@v0.111.0/terraform-provider-hcp
PROVIDER := $(if $(shell command -v terraform),$(TERRAFORM_PROVIDER_HCP))

# golangci-lint runs go vet already.
GO_TEST := ACT=$(CURDIR)/$(ACT) ACTIONLINT=$(CURDIR)/$(ACTIONLINT) CRANE=$(CURDIR)/$(CRANE) $(if $(CI)$(wildcard $(PACKER)),PACKER=$(CURDIR)/$(PACKER)) \
	TERRAFORM_PROVIDER_HCP=$(CURDIR)/$(TERRAFORM_PROVIDER_HCP) go test -vet=off -shuffle=on -parallel=16 -timeout=15m
# What these test runs in programs and containers, where the race detector of a test does not look.
DRIVERS := $(addprefix hcp-packer-iteration/internal/,conformance e2e)
VERBOSE := -v

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

demo: ## the actions against an HCP of their own; needs no account and no Docker
	@echo 'Building the actions and an HCP for them to ask; the first time this takes a minute.'
	@go run ./internal/demo

# The parts run side by side, once what all of them compile is compiled: e2e mostly waits.
test: build ## every test: the units, the container as a runner runs it, the real Terraform
	+@$(MAKE) --no-print-directory -k -j3 VERBOSE= e2e unit conformance
	@docker version >/dev/null 2>&1 || echo 'SKIPPED: internal/e2e, no Docker daemon'
	@command -v terraform >/dev/null || echo 'SKIPPED: internal/conformance, no Terraform'

build:
	@go list -export ./... >/dev/null

lint: $(GOLANGCI_LINT) $(ACTIONLINT) ## gofmt, go vet and the linters of .golangci.yml; actionlint on the workflows
	$(GOLANGCI_LINT) run
	$(ACTIONLINT) -shellcheck= -pyflakes= .github/workflows/*.yml internal/e2e/testdata/*.yml

# The race detector waits for a second at the end of each program, for goroutines that none of the tests leaves behind.
unit: ## only the tests that need neither Docker nor Terraform, with the race detector
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=0 $(GO_TEST) -race $(filter-out $(DRIVERS),$(shell go list ./...))

e2e: $(ACT) $(ACTIONLINT) $(CRANE) $(if $(CI),$(PACKER)) ## only the container's tests, each by name
	$(GO_TEST) $(VERBOSE) ./internal/e2e

conformance: $(PROVIDER) ## only the comparison with the real Terraform, each reading by name
	$(GO_TEST) $(VERBOSE) ./internal/conformance

# With README=docs/refused.png it writes only that picture, which README.md shows, and its dark one.
look: ## every job summary as GitHub shows it, in .look; fails where one is too wide; needs Chromium
	go run ./internal/look $(if $(README),-picture='$(README)')

bench: $(PROVIDER) ## what a job costs, beside Terraform and a script of curl and jq; rewrites docs/benchmarks.md
	internal/bench/bench.sh $^

FUZZTIME := 1m
fuzz: ## every fuzz test, each for FUZZTIME=1m
	@grep -rEo --include='*_test.go' '^func Fuzz\w+' internal | while IFS=: read -r file func; do \
		go test -run='^$$' -fuzz="^$${func#func }$$" -fuzztime=$(FUZZTIME) "./$$(dirname "$$file")"; \
	done

update: ## rewrite the golden files and the tables of the documentation
	@grep -rl --include='*_test.go' 'flag.Bool("update"' internal | xargs -n1 dirname | sort -u | \
		sed 's,^,./,' | xargs -I{} go test {} -update

packer: $(PACKER) ## the packer that the tests of workflows with a build run

# For the scripts in .github/release: where crane is.
crane: $(CRANE)
	@echo $(CURDIR)/$(CRANE)

# Without inlining they are compiled in two thirds of the time, and are fast enough. The standard library, which the
# tests and the image share, is compiled as for these.
TOOL_FLAGS := -ldflags=-s -gcflags=all=-l -gcflags=std=

$(GOLANGCI_LINT): MODULE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(ACTIONLINT): MODULE := github.com/rhysd/actionlint/cmd/actionlint
$(ACT): MODULE := github.com/nektos/act
$(CRANE): MODULE := github.com/google/go-containerregistry/cmd/crane
# It compresses the image's layers, and its toolchain decides how.
$(CRANE): export GOTOOLCHAIN = $(shell .github/release/toolchain.sh)
$(GOLANGCI_LINT) $(ACTIONLINT) $(ACT) $(CRANE):
	GOBIN=$(CURDIR)/$(@D) go install $(TOOL_FLAGS) $(MODULE)@$(lastword $(subst @, ,$(@D)))

# go install asks for the list of a module's versions, which not every proxy has of this one; a
# download of one version does not.
# What is measured is compiled as it is released.
$(TERRAFORM_PROVIDER_HCP): TOOL_FLAGS := -ldflags=-s
$(TERRAFORM_PROVIDER_HCP) $(PACKER): MODULE = github.com/hashicorp/$(notdir $(@D))
$(TERRAFORM_PROVIDER_HCP) $(PACKER):
	go mod download $(MODULE)
	go build -C "$$(go env GOMODCACHE)/$(MODULE)" -buildvcs=false $(TOOL_FLAGS) -o $(CURDIR)/$@ .
