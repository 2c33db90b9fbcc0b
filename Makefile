# Takeup. `make demo` and `make test` work on a fresh Debian 12 with Swift 6.3; each installs what is missing first.

.DEFAULT_GOAL := help
.PHONY: help setup build demo test release soak bench lint format clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Install what is missing, check versions
	@tools/setup

build: setup ## Build everything, for development
	swift build

demo: setup ## From a hospital's notice to a payment and a number, on this machine alone
	@tools/demo

test: ## Every test, also on Apache Kafka where KAFKA_HOME names one
	@tools/setup test
	@tools/test

release: setup ## The six programs for a server, into .build-release/release
	@tools/release

soak: setup ## Workers killed for SOAK_MINUTES (30) or SOAK_KILLS deaths
	@tools/soak

bench: ## Throughput beside the bound that is measured in the same run
	@tools/bench

lint: ## Check the format of every Swift file
	@tools/lint

format: ## Mend the format of every Swift file
	swift format --in-place --parallel --recursive Libraries Services Tests Benchmarks Package.swift

clean: ## Remove everything that was built
	rm -rf .build .build-release
