# Thin on purpose: what each target does stands in tools/.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help serve build test bench new-lesson setup clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile

serve: ## Install what is missing, then show the notebook at http://127.0.0.1:8080
	@tools/setup.sh serve
	@exec tools/serve.sh

build: ## Leave the notebook in dist/, a folder for any file server
	@tools/setup.sh serve
	@. tools/env.sh && exec trunk build

test: ## Run every check and every test
	@tools/setup.sh test
	@tools/test.sh

bench: ## Measure natively and in the browser, beside its peers, and write docs/performance.md
	@tools/setup.sh test
	@tools/bench.sh

new-lesson: ## Begin a lesson: make new-lesson NAME=batch-norm
	@tools/lessons.sh new "$(NAME)"

setup: ## Install what building, serving and testing need
	@tools/setup.sh test

clean: ## Delete what building made; what set-up fetched stays
	@rm -rf dist tests/e2e/out
	@cargo clean --quiet
