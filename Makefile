# Everything here needs Go and nothing else. RACE=1 needs a C compiler too.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINT    := bin/tools/golangci-lint
export GO

# Of `make test`: RACE=1 adds the race detector, PKG narrows what is tested.
RACE    ?=
PKG     ?= ./...
TIMEOUT ?= 20m
# Of `make e2e`: E2E_FLAGS='-run Name -v' narrows.
E2E_FLAGS   ?=
E2E_TIMEOUT ?= 40m
# Of `make fuzz`: the time of each target.
FUZZTIME ?= 10s
# Of `make bench-sidecar`: how long to measure.
FOR ?= 10m

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## run the main job on generated traffic; needs no cloud and no cluster
	@bin/scaler demo

.PHONY: test
test: ## run the tests; what they need and do not find is skipped by name
	$(GO) test $(if $(RACE),-race) -timeout $(TIMEOUT) $(PKG)

.PHONY: cluster
cluster: ## build the real cluster that `make e2e` runs on; once, some minutes
	$(GO) run ./test/cluster/build

.PHONY: e2e
e2e: cluster ## run the end-to-end suites: on a real control plane, and on an emulated AWS
	$(GO) test -tags e2e -count=1 -p 2 -timeout $(E2E_TIMEOUT) $(E2E_FLAGS) ./test/kubernetes/... ./test/cluster/... ./test/cost/... ./test/ecs/... ./test/replay/...
	$(GO) -C test/deploy/terraform test -count=1 ./...
	$(GO) -C test/chart test -tags e2e -count=1 -timeout $(E2E_TIMEOUT) ./...

.PHONY: test-incumbents
test-incumbents: ## compare bench/incumbents with Kubernetes' and Knative's own code
	$(GO) -C test/incumbents test -count=1 -timeout $(TIMEOUT) ./...

.PHONY: test-browser
test-browser: build ## open the report of a replay in Debian's chromium; needs node and npm
	cd test/browser && npm ci --ignore-scripts --no-audit --no-fund && node --test

.PHONY: lint
lint: $(LINT) ## check style, formatting and the import rules
	$(LINT) config verify
	$(LINT) run $(PKG)

.PHONY: lint-selftest
lint-selftest: $(LINT) ## show that every import and clock rule can fail
	tools/lint-selftest $(LINT)

.PHONY: fmt
fmt: $(LINT) ## format the code
	$(LINT) fmt

.PHONY: fix
fix: $(LINT) ## format, and apply the fixes that linters offer
	$(LINT) run --fix $(PKG)

.PHONY: build
build: ## build bin/scaler, a static binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/scaler ./cmd/scaler

.PHONY: build-ecs
build-ecs: ## build bin/scaler-ecs, without Kubernetes
	CGO_ENABLED=0 $(GO) build -tags nok8s -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/scaler-ecs ./cmd/scaler

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (10s)
	tools/fuzz $(FUZZTIME)

.PHONY: bench-api
bench-api: ## compare the external metrics API with a constant
	$(GO) run ./bench/api

.PHONY: bench-cluster
bench-cluster: cluster ## compare the external metrics API with the bare library under 2,000 HPAs on a real controller
	$(GO) run ./bench/cluster

.PHONY: bench-sidecar
bench-sidecar: ## measure the daemon's memory and CPU as a sidecar, for FOR (10m)
	$(GO) run ./bench/sidecar -for $(FOR)

.PHONY: bench-policies
bench-policies: ## compare policies on every trace of SCALER_TRACES, or on generated traffic; writes bench/RESULTS.md
	$(GO) run ./bench/policies $(if $(SCALER_TRACES),-traces $(SCALER_TRACES))

.PHONY: bench-policies-quick
bench-policies-quick: ## what our policies do with their default settings, on traces that ONLY matches, in a minute or two
	$(GO) run ./bench/policies -quick $(if $(SCALER_TRACES),-traces $(SCALER_TRACES)) $(if $(ONLY),-only '$(ONLY)')

.PHONY: bench-replay
bench-replay: ## measure what a replay costs: policy steps a second, sixteen days against eight policies, memory
	$(GO) run ./bench/speed

.PHONY: generate
generate: ## run the generators and rewrite the golden files
	$(GO) generate ./...
	tools/golden

.PHONY: tidy-check
tidy-check: ## check that go.mod and go.sum are what the imports need
	$(GO) mod tidy -diff
	$(GO) mod verify

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist

# The linter is built from source, once for each version pinned in tools/go.mod.
$(LINT): tools/go.mod tools/go.sum
	$(GO) -C tools build -trimpath -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
