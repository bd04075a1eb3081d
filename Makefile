# What a developer types and what CI runs. `make` alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint e2e fuzz update

# Without a home, Go has nowhere to keep its caches: they go into the checkout then.
ifeq ($(HOME),)
export HOME := $(CURDIR)/.cache
export GOFLAGS += -modcacherw
endif

# The tools, each in a folder of its version, so that a new version is a new file to make.
GOLANGCI_LINT := .tools/golangci-lint@v2.15.0/golangci-lint
ACTIONLINT := .tools/actionlint@v1.7.12/actionlint
ACT := .tools/act@v0.2.89/act

GO_TEST := ACT=$(CURDIR)/$(ACT) ACTIONLINT=$(CURDIR)/$(ACTIONLINT) go test -race -shuffle=on -parallel=16 -timeout=15m

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

demo: ## the action against a fake HCP, no account and no Docker needed
	go run ./internal/demo

test: lint $(ACT) ## everything CI checks: the linters, the tests, the container as a runner runs it
	$(GO_TEST) ./...
	@docker version >/dev/null 2>&1 || echo 'SKIPPED: internal/e2e, for want of a Docker daemon'

lint: $(GOLANGCI_LINT) $(ACTIONLINT) ## gofmt, go vet and the linters of .golangci.yml; actionlint on the workflows
	$(GOLANGCI_LINT) run
	$(ACTIONLINT) -shellcheck= -pyflakes= .github/workflows/*.yml internal/e2e/testdata/*.yml

e2e: $(ACT) $(ACTIONLINT) ## only the container's tests, each by name
	$(GO_TEST) -v ./internal/e2e

FUZZTIME := 1m
fuzz: ## every fuzz test, each for FUZZTIME=1m
	@grep -rEo --include='*_test.go' '^func Fuzz\w+' internal | while IFS=: read -r file func; do \
		go test -run='^$$' -fuzz="^$${func#func }$$" -fuzztime=$(FUZZTIME) "./$$(dirname "$$file")"; \
	done

update: ## rewrite the golden files, in the packages whose tests know the flag -update
	@grep -rl --include='*_test.go' 'flag.Bool("update"' internal | xargs -n1 dirname | sort -u | \
		sed 's,^,./,' | xargs -I{} go test {} -update

$(GOLANGCI_LINT): MODULE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(ACTIONLINT): MODULE := github.com/rhysd/actionlint/cmd/actionlint
$(ACT): MODULE := github.com/nektos/act
$(GOLANGCI_LINT) $(ACTIONLINT) $(ACT):
	GOBIN=$(CURDIR)/$(@D) go install $(MODULE)@$(lastword $(subst @, ,$(@D)))
