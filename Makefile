# make demo       install what is missing, build, and show the main job from end to end
# make test       install what is missing, run every check and every test
# make test-long  the longer forms of the tests: 100 kills of a node under load
# make bench      one table of speeds, beside those of others doing the same work
# make bench-peers  build the one of them that takes minutes
# make lint       formatting and style only
# make format     format the Swift sources
# make generate   remake the generated C from Protos
# make help       this list

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# What building and testing need of Debian, beside Swift itself.
BUILD_PACKAGES := libprotobuf-c-dev libssl-dev libnghttp2-dev libsqlite3-dev pkg-config
TEST_PACKAGES := $(BUILD_PACKAGES) protobuf-compiler protobuf-c-compiler libprotobuf-dev g++ \
	openssl nghttp2-client python3 python3-venv strace
BENCH_PACKAGES := $(TEST_PACKAGES) libgrpc++-dev etcd-server postgresql

# Warnings are errors, and a room may import only what Package.swift says it depends on.
STRICT := --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks
VENV := .build/conformance-venv

export SWIFT_BACKTRACE := enable=no

# So many tests run at once, where the toolchain can be told: with all of them at once on few cores
# each waits for all others, and time limits within tests mean nothing.
TEST_WIDTH = $(shell swift test --help-hidden 2>/dev/null \
	| grep experimental-maximum-parallelization-width >/dev/null \
	&& echo --experimental-maximum-parallelization-width 6)

# install PACKAGES: those that are missing, as root or through sudo; says what to do otherwise.
define install
	@missing=$$(for package in $(1); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
			|| echo $$package; done | tr '\n' ' '); \
	if [ -z "$${missing// /}" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then run=; \
	elif sudo -n true 2>/dev/null; then run=sudo; \
	else echo "dossier: missing Debian packages, and no right to install them. As root, run:" >&2; \
		echo "    apt-get install $$missing" >&2; exit 1; fi; \
	echo "installing $$missing"; \
	$$run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq $$missing >/dev/null
endef

.PHONY: help demo test test-long bench bench-peers lint format generate check-generated build \
	conformance install-build install-test install-bench check-swift

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

check-swift:
	@command -v swift >/dev/null || { echo "dossier: Swift 6.2 or newer is needed: https://www.swift.org/install" >&2; exit 1; }

install-build: check-swift
	$(call install,$(BUILD_PACKAGES))

install-test: check-swift
	$(call install,$(TEST_PACKAGES))

install-bench: check-swift
	$(call install,$(BENCH_PACKAGES))

demo: install-build
	@echo "building (some minutes the first time) ..."
	@swift build --product dossier $(STRICT) 2>&1 | grep -E 'error|warning|Compiling|Build' | tail -n 5
	@rm -rf .build/demo && .build/debug/dossier demo --folder .build/demo

lint: check-swift
	@swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@if grep -rnE '^ *(@_exported|public|package) +import +C(OpenSSL|Nghttp2|ProtobufC|Linux|DossierProtos|GRPCProtos)' Sources Tests; then \
		echo "dossier: error: a C module is imported for others to see; import it plainly" >&2; exit 1; fi
	@if git ls-files | xargs grep -lE 'BEGIN ([A-Z]+ )?PRIVATE KEY-----' -- 2>/dev/null; then \
		echo "dossier: error: a private key is committed" >&2; exit 1; fi
	@echo "ok: format, imports, no keys"

format: check-swift
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

generate:
	Protos/generate.sh

check-generated:
	@rm -rf .build/generated && mkdir -p .build/generated
	@cp -R Sources/CDossierProtos Sources/CGRPCProtos .build/generated/
	@Protos/generate.sh .build/generated
	@diff -r Sources/CDossierProtos .build/generated/CDossierProtos
	@diff -r Sources/CGRPCProtos .build/generated/CGRPCProtos
	@echo "ok: generated C is what Protos says"

build: install-test
	@swift build --build-tests $(STRICT) 2>&1 | tail -n 25
	@echo "ok: built, no warnings, every import declared"

test: install-test
	@$(MAKE) --no-print-directory lint check-generated build
	swift test --skip-build $(TEST_WIDTH)
	@$(MAKE) --no-print-directory conformance

conformance: install-test
	Tests/Conformance/run.sh .build/debug/dossier

test-long: install-test
	@$(MAKE) --no-print-directory lint check-generated build
	DOSSIER_LONG_TESTS=1 swift test --skip-build $(TEST_WIDTH)
	DOSSIER_LONG_TESTS=1 $(MAKE) --no-print-directory conformance

bench: install-bench
	@$(MAKE) --no-print-directory -C Benchmarks/Peers
	@swift build --package-path Benchmarks -c release 2>&1 | tail -n 3
	@Benchmarks/.build/release/benchmarks

bench-peers: install-bench
	@$(MAKE) --no-print-directory -C Benchmarks/Peers all grpc-swift
