# The only entry point, for people and for CI. `make help` lists the targets.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

# Words are what make knows: it would take such a path for two.
ifneq ($(words $(CURDIR)),1)
$(error the path "$(CURDIR)" holds a space, which make cannot handle: put the clone elsewhere)
endif

ROOT    := $(CURDIR)
BIN     := $(ROOT)/bin
TOOLBIN := $(ROOT)/.bin
PREFIX  ?= $(HOME)/.local
EXE     := $(shell go env GOEXE)

VERSION ?= $(shell git describe --tags --match 'v[0-9]*' --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# Leaves out gRPC's trace pages and urfave/cli's manual writer: half a megabyte
# that nothing here uses.
TAGS := grpcnotrace,urfave_cli_no_docs

# Every module of the workspace, as a folder.
MODULES := $(shell go list -m -f '{{.Dir}}')
# Plugins that have a program; the others are not written yet.
PLUGINS := $(patsubst plugins/%/cmd,%,$(wildcard plugins/*/cmd))

GOLANGCI_VERSION := v2.12.2
BUF_VERSION      := v1.75.0
GENGO_VERSION    := v1.36.12
GENGRPC_VERSION  := v1.6.2
# The version that gRPC itself asks for; sdk/go.mod names the same.
GENVT_VERSION    := v0.6.1-0.20240319094008-0393e58bdf10

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A linker writes its file page by page, and in single pages the system keeps it in
# memory; what was copied, as by an installation, is kept in larger pieces, and starts a
# millisecond sooner. A program that is running keeps its file. None is copied where
# plugins are looked for: what an interrupted copy left there would be one.
PROGRAM = CGO_ENABLED=0 go build -tags '$(TAGS)' -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/linked/$(notdir $(1)) $(2) && \
	{ cmp -s $(BIN)/linked/$(notdir $(1)) $(1) || { cp $(BIN)/linked/$(notdir $(1)) $(BIN)/linked/new && mv -f $(BIN)/linked/new $(1); }; }

.PHONY: build
build: ## build bin/jcode and the bundled plugins, stripped and stamped
	@echo "build: bin/jcode and plugins: $(PLUGINS)"
	@mkdir -p $(BIN)/plugins $(BIN)/linked
	@$(call PROGRAM,$(BIN)/jcode$(EXE),./cmd/jcode)
	@$(foreach p,$(PLUGINS),$(call PROGRAM,$(BIN)/plugins/jcode-provider-$(p)$(EXE),./plugins/$(p)/cmd/jcode-provider-$(p)) &&) true
	@go run ./tools/bundle --dir $(BIN)/plugins --version $(VERSION)

.PHONY: run
run: build ## do a task: PROMPT='…' with your own provider, else a demonstration
ifdef PROMPT
	@$(BIN)/jcode$(EXE) run -- "$$JCODE_MAKE_PROMPT"
else
	@go run ./tools/demo --jcode $(BIN)/jcode$(EXE)
endif
# The prompt as it was given: make would take a dollar sign for a variable.
export JCODE_MAKE_PROMPT := $(value PROMPT)

.PHONY: walk
walk: ## record docs/first-ten-minutes.md anew; needs tmux
	@go run ./tools/walk

# -race needs cgo and a C compiler.
RACE := $(shell if [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC)" >/dev/null 2>&1; then echo -race; fi)

# Test programs without what only debuggers read link in two thirds of the time; `make
# alone`, which `make test` runs too, vets everything; and many tests wait for processes,
# so that one package more than there are processors keeps these busy.
QUICKER := -ldflags=-w -vet=off -p $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)

.PHONY: test
test: build ## test every module, with the race detector where it can
	@if [ -n "$(RACE)" ]; then echo "test: with the race detector"; \
	else echo "test: WITHOUT the race detector: no C compiler found"; fi
	@JCODE_TEST_BIN=$(BIN) go test $(RACE) $(QUICKER) -timeout 10m $(addsuffix /...,$(MODULES))
	@$(MAKE) alone cross

.PHONY: race
race: build ## test with the race detector, three times over
	JCODE_TEST_BIN=$(BIN) go test -race -count=3 -timeout 20m $(addsuffix /...,$(MODULES))

.PHONY: alone
alone: ## build and vet each module by itself, without the workspace
	@for m in $(MODULES); do echo "alone: $${m#$(ROOT)/}"; (cd $$m && GOWORK=off go build -o /dev/null ./... && GOWORK=off go vet ./...) || exit 1; done

.PHONY: cross
cross: ## vet for the systems that we are not on, tests included
	@for os in darwin windows linux; do \
	  [ $$os = "$$(go env GOOS)" ] && continue; echo "cross: $$os"; \
	  CGO_ENABLED=0 GOOS=$$os go vet $(addsuffix /...,$(MODULES)) || exit 1; done

.PHONY: e2e
e2e: build ## only the end-to-end tests: real binaries, real processes, real kills
	JCODE_TEST_BIN=$(BIN) go test $(RACE) -count=1 -timeout 10m ./cmd/... ./tools/e2e/... ./tools/vendorcheck/...

.PHONY: vendor-claude
vendor-claude: build ## drive the real claude from npm, with a stand-in for its server; needs root, npm and node
	JCODE_TEST_BIN=$(BIN) JCODE_VENDOR_CLAUDE=1 go test -count=1 -timeout 10m -run TestVendorClaude -v ./tools/e2e

.PHONY: vendor-codex
vendor-codex: build ## let the real codex from npm use the login that jcode wrote; needs root, npm and node
	JCODE_TEST_BIN=$(BIN) JCODE_VENDOR_CODEX=1 go test -count=1 -timeout 15m -run TestVendorCodex -v ./tools/e2e

# A module outside the workspace: its SDK takes minutes to compile.
.PHONY: vendor-openai-sdk
vendor-openai-sdk: ## let OpenAI's own SDKs, Go and npm, read the stand-in's streams; npm needs node
	@cd tools/vendorcheckopenai && GOWORK=off go mod tidy -diff && GOWORK=off go vet ./...
	cd tools/vendorcheckopenai && GOWORK=off JCODE_VENDOR_OPENAI_SDK=1 go test -count=1 -timeout 10m -v . | grep -v '^=== '

.PHONY: vendor-copilot
vendor-copilot: build ## drive the real copilot from npm, with stand-ins for its servers; needs root, npm, node and tmux
	JCODE_TEST_BIN=$(BIN) JCODE_VENDOR_COPILOT=1 go test -count=1 -timeout 10m -run TestVendorCopilot -v ./tools/e2e

.PHONY: node-plugin
node-plugin: ## pack the example plugin in JavaScript into dist/; needs npm and node
	@node sdk/examples/node/pack.js $(ROOT)/dist

.PHONY: test-node
test-node: build ## pack that plugin, test, install and use it; needs npm and node
	JCODE_TEST_BIN=$(BIN) JCODE_NODE_PLUGIN=1 go test -count=1 -timeout 10m -run TestNodePlugin -v ./tools/e2e

.PHONY: bench
bench: build ## measure against the budgets, beside a floor program in the same run
	@go run ./tools/bench --bin $(BIN)

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (20s each)
	@for m in $(MODULES); do (cd $$m && \
	  for p in $$(go list ./...); do \
	    for f in $$(go test -list '^Fuzz' $$p 2>/dev/null | grep '^Fuzz' || true); do \
	      echo "fuzz: $$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-20s} $$p || exit 1; \
	    done; done) || exit 1; done

# golangci-lint keeps positions by path: a cache shared with another clone of this
# project reports what that clone's lines, perhaps gone by now, have excused.
export GOLANGCI_LINT_CACHE := $(TOOLBIN)/lint-cache

.PHONY: lint
lint: $(TOOLBIN)/golangci-lint-$(GOLANGCI_VERSION) proto-check mod-check ## lint every module, the protocol and the module files
	@echo "lint: golangci-lint, every module"
	@$(TOOLBIN)/golangci-lint-$(GOLANGCI_VERSION) run --allow-parallel-runners $(addsuffix /...,$(MODULES))

.PHONY: fmt
fmt: $(TOOLBIN)/golangci-lint-$(GOLANGCI_VERSION) ## format the code
	@$(TOOLBIN)/golangci-lint-$(GOLANGCI_VERSION) fmt $(MODULES)

.PHONY: mod-check
mod-check: ## module files are tidy and agree
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff >/dev/null) || \
	  { echo "mod-check: go.mod or go.sum of $$m is not tidy: run 'make tidy'"; exit 1; }; done

.PHONY: tidy
tidy: ## tidy every module
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy) || exit 1; done

PROTOTOOLS := $(TOOLBIN)/buf-$(BUF_VERSION) $(TOOLBIN)/$(GENGO_VERSION)/protoc-gen-go $(TOOLBIN)/$(GENGRPC_VERSION)/protoc-gen-go-grpc \
  $(TOOLBIN)/$(GENVT_VERSION)/protoc-gen-go-vtproto
PROTOPATH  := $(TOOLBIN)/$(GENGO_VERSION):$(TOOLBIN)/$(GENGRPC_VERSION):$(TOOLBIN)/$(GENVT_VERSION):$(PATH)

.PHONY: proto
proto: $(PROTOTOOLS) ## generate the protocol's Go code
	@cd sdk && PATH="$(PROTOPATH)" $(TOOLBIN)/buf-$(BUF_VERSION) generate

.PHONY: proto-check
proto-check: $(PROTOTOOLS) ## the protocol: lint, no break, generated code is current
	@echo "lint: protocol"
	@cd sdk && $(TOOLBIN)/buf-$(BUF_VERSION) lint
	@cd sdk && $(TOOLBIN)/buf-$(BUF_VERSION) breaking --against proto/released.binpb
	@cd sdk && rm -rf $(TOOLBIN)/gen && PATH="$(PROTOPATH)" $(TOOLBIN)/buf-$(BUF_VERSION) generate -o $(TOOLBIN)/gen
	@cd sdk && for f in proto/jcode/provider/v1/*.pb.go; do cmp -s $$f $(TOOLBIN)/gen/$$f || \
	  { echo "proto-check: sdk/$$f is not what provider.proto generates: run 'make proto'"; exit 1; }; done

$(TOOLBIN)/golangci-lint-$(GOLANGCI_VERSION):
	@echo "install: golangci-lint $(GOLANGCI_VERSION) into .bin (once, some minutes)"
	@GOBIN=$(TOOLBIN)/tmp GOWORK=off GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(TOOLBIN)/tmp/golangci-lint$(EXE) $@

$(TOOLBIN)/buf-$(BUF_VERSION):
	@echo "install: buf $(BUF_VERSION) into .bin (once, some minutes)"
	@GOBIN=$(TOOLBIN)/tmp GOWORK=off GOFLAGS= go install github.com/bufbuild/buf/cmd/buf@$(BUF_VERSION)
	@mv $(TOOLBIN)/tmp/buf$(EXE) $@

$(TOOLBIN)/$(GENGO_VERSION)/protoc-gen-go:
	@GOBIN=$(dir $@) GOWORK=off GOFLAGS= go install google.golang.org/protobuf/cmd/protoc-gen-go@$(GENGO_VERSION)

$(TOOLBIN)/$(GENGRPC_VERSION)/protoc-gen-go-grpc:
	@GOBIN=$(dir $@) GOWORK=off GOFLAGS= go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@$(GENGRPC_VERSION)

$(TOOLBIN)/$(GENVT_VERSION)/protoc-gen-go-vtproto:
	@GOBIN=$(dir $@) GOWORK=off GOFLAGS= go install github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto@$(GENVT_VERSION)

.PHONY: check
check: test lint ## what CI runs

.PHONY: man
man: build ## write the manual to bin/man, from the tables of the help
	@rm -rf $(BIN)/man && $(BIN)/jcode$(EXE) man --dir $(BIN)/man

# Where each shell looks for completions below PREFIX/share.
COMPLETIONS := bash=bash-completion/completions/jcode zsh=zsh/site-functions/_jcode fish=fish/vendor_completions.d/jcode.fish

.PHONY: install
install: build ## install into PREFIX (~/.local): program, plugins, manual, completions
	@mkdir -p $(PREFIX)/bin $(PREFIX)/libexec/jcode
	@install -m 0755 $(BIN)/jcode$(EXE) $(PREFIX)/bin/jcode$(EXE)
	@rm -rf $(PREFIX)/libexec/jcode/plugins && cp -R $(BIN)/plugins $(PREFIX)/libexec/jcode/plugins
	@$(PREFIX)/bin/jcode$(EXE) man --dir $(PREFIX)/share/man/man1
	@for c in $(COMPLETIONS); do f=$(PREFIX)/share/$${c#*=}; mkdir -p "$$(dirname $$f)"; \
	  $(PREFIX)/bin/jcode$(EXE) completion $${c%%=*} > $$f; done
	@echo "installed: $(PREFIX)/bin/jcode$(EXE); plugins in $(PREFIX)/libexec/jcode/plugins"
	@echo "           manual and completions in $(PREFIX)/share"

.PHONY: clean
clean: ## remove what the build made; tools stay
	@rm -rf $(BIN) $(TOOLBIN)/gen
