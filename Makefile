# o2v-tune for people and for CI. `make` alone lists the targets; CMake does the building.
#
#   JOBS=2                          compilers at a time (otherwise: what cores and memory allow)
#   PRESET=dev                      another tree of CMakePresets.json for build and test
#   CMAKE_PREFIX_PATH=/opt/libtorch an official LibTorch (CPU or CUDA) instead of Debian's
#   O2V_INSTALL=no                  install nothing
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PRESET ?= release
SUITE ?= trixie
CORE ?= 1
PYTHON ?= /usr/bin/python3
SHARED ?= ../shared
MINUTES ?= 0
JOBS ?= $(shell cmake/setup/jobs.sh)
FUZZ_SECONDS ?= 600
SANITIZED := test_answers test_data test_evaluation test_hyperparameters test_neighbors test_protocol test_reports \
    test_study test_worker
BUILD := build/$(PRESET)
export CMAKE_PREFIX_PATH

.PHONY: help
help: ## This list
	@echo "usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do \
	    printf '  %-14s %s\n' "$$name" "$$text"; done

.PHONY: quickstart
quickstart: build ## Install, build, prepare WordNet, tune on it, ask the best model; safe to repeat
	@cmake/setup/quickstart.sh $(BUILD)/bin

.PHONY: build
build: configure ## The programs, in build/release/bin
	@cmake --build $(BUILD) -j $(JOBS) --target programs

.PHONY: test
test: configure ## Install, build everything, run the whole suite through CTest
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --preset $(PRESET) -j $(JOBS)

.PHONY: sanitize
sanitize: install ## What reads from outside under AddressSanitizer and UBSan (every room but LibTorch's: make test PRESET=asan)
	@cmake --preset asan
	@cmake --build build/asan -j $(JOBS) --target $(SANITIZED)
	@for program in $(SANITIZED); do build/asan/bin/$$program --gtest_brief=1; done

.PHONY: configure
configure: install
	@cmake --preset $(PRESET)

.PHONY: install
install: ## Only the missing Debian packages (as root or through sudo)
	@cmake/setup/install.sh build test

.PHONY: bench
bench: configure ## Every bar again, BENCHMARKS.md's table anew (45 minutes): ONLY="training ...", MINUTES=60, LONG=1, PYTHON=, SHARED=
	@cmake --build $(BUILD) -j $(JOBS) --target programs o2v-bench-train o2v-bench-data o2v-bench-answers neighbors-bench \
	    search-bench o2v-chaos o2v-soak o2v-slurm-faults
	@tests/bench/bars.py --bin $(BUILD)/bin --python "$(PYTHON)" --shared "$(SHARED)" --core "$(CORE)" --only "$(ONLY)" \
	    --minutes "$(MINUTES)" $(if $(LONG),--long) $(if $(FRESH),--fresh)

.PHONY: gpu-check
gpu-check: build ## What a GPU computes beside a CPU core: losses, bits, kill -9, answers, speed; needs CMAKE_PREFIX_PATH of a CUDA LibTorch
	@cmake --build $(BUILD) -j $(JOBS) --target o2v-bench-train test_model
	@$(BUILD)/bin/o2v-prepare wordnet --out experiments/data
	@tests/gpu/check.sh --bin $(BUILD)/bin

.PHONY: fuzz
fuzz: install ## libFuzzer over requests and model folders, FUZZ_SECONDS=600 each; needs Clang
	@tests/fuzz/fuzz.sh $(FUZZ_SECONDS) $(JOBS)

.PHONY: format
format: ## clang-format over every tracked .hpp and .cpp
	@cmake/setup/lint.sh format

.PHONY: lint
lint: ## Format check, clang-tidy on what needs no LibTorch (not with TIDY=no), shell and JSON syntax
	@cmake/setup/lint.sh check

.PHONY: fresh
fresh: ## quickstart and test of HEAD in a bare Debian: SUITE=trixie or bookworm, KEEP=1 keeps the folder; needs root
	@cmake/setup/fresh.sh "$(SUITE)" "$(KEEP)"

.PHONY: image
image: ## the Dockerfile's steps without an engine, then train and serve there: about 25 minutes; needs root
	@cmake/setup/dockerfile_in_chroot.sh

.PHONY: package
package: ## A Debian package of the programs, man pages and experiments: build/release/o2v-tune_*.deb
	@cmake/setup/install.sh build test package
	@cmake --preset $(PRESET)
	@cmake --build $(BUILD) -j $(JOBS) --target packaged
	@cd $(BUILD) && rm -f o2v-tune_*.deb && cpack

.PHONY: package-check
package-check: ## Installs that package in a bare Debian (that of this machine) and uses it: about 5 minutes; needs root
	@cmake/setup/package_check.sh $(BUILD)/o2v-tune_*.deb

.PHONY: clean
clean: ## Remove the build trees of the presets (runs/ and experiments/data/ stay)
	@rm -rf build/release build/dev build/asan build/tsan build/lint build/fuzz
