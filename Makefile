# Thin: the bodies are in scripts/. `make help` lists the targets.
SHELL := bash
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "%-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## generate a feed, run the whole pipeline on it, print the leads
	@scripts/demo.sh

.PHONY: build
build: ## put every binary under bin/
	@scripts/build.sh

.PHONY: test
test: ## run every test of every module, with the race detector
	@scripts/test.sh

.PHONY: integration
integration: ## the tests against real servers, which are fetched, started and stopped
	@scripts/integration.sh

.PHONY: deploy-check
deploy-check: ## check what is under deploy/: chart, compose, alert rules
	@scripts/deploy-check.sh

.PHONY: lint
lint: ## formatting, linters, generated code, module files
	@scripts/lint.sh

.PHONY: fmt
fmt: ## format the Go code
	@scripts/fmt.sh

.PHONY: generate
generate: ## regenerate what is generated from schemas/ and deploy/kibana/src
	@scripts/generate.sh

.PHONY: bench
bench: ## the benchmarks that the documentation quotes
	@scripts/bench.sh

.PHONY: eval
eval: ## measure scores and clusters against labelled adverts
	@scripts/eval.sh

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (default 2m) each
	@scripts/fuzz.sh

.PHONY: vuln
vuln: ## look for known vulnerabilities in what is linked
	@scripts/vuln.sh

.PHONY: tidy
tidy: ## bring the module files up to date
	@scripts/tidy.sh

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin .tools out
