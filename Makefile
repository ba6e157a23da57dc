# The short way to everything; CMake does the work. `make help` lists the targets.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
RUN ?= runs/demo-$(shell date +%Y%m%d-%H%M%S)
SOURCES = $(shell git ls-files '*.c' '*.h')

.DEFAULT_GOAL := build

.PHONY: help dependencies build test demo install asan clang format lint clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

dependencies: ## install what is missing (Debian, Ubuntu)
	@scripts/install-dependencies.sh build

build: ## the program, build/reslab, and the library
	@cmake -S . -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@cmake --build $(BUILD) -j$(JOBS)

test: dependencies ## set up, build, run the whole test suite
	@$(MAKE) --no-print-directory build
	@cd $(BUILD) && ctest --output-on-failure -j$(JOBS)

demo: dependencies ## set up, build, train and evaluate on the built-in data (about 2 minutes)
	@$(MAKE) --no-print-directory build
	$(BUILD)/reslab train --data shapes --width 8 --epochs 8 --schedule onecycle --lr 0.05 --out $(RUN)
	$(BUILD)/reslab eval $(RUN)
	@echo
	@echo "The run is in $(RUN). Next: $(BUILD)/reslab train --help, or the example in README.md."

install: build ## library, header, pkg-config file, CMake package, program (PREFIX, DESTDIR)
	@cmake --install $(BUILD) --prefix $(PREFIX)

asan: dependencies ## build with AddressSanitizer and UBSan, run the suite
	@cmake -S . -B build-asan -DRL_SANITIZE=ON >/dev/null
	@cmake --build build-asan -j$(JOBS)
	@cd build-asan && ctest --output-on-failure -j$(JOBS)

clang: ## build with clang
	@scripts/install-dependencies.sh build clang
	@cmake -S . -B build-clang -DCMAKE_C_COMPILER=clang-14 >/dev/null
	@cmake --build build-clang -j$(JOBS)

format: ## clang-format all sources in place
	@scripts/install-dependencies.sh lint
	@clang-format-14 -i $(SOURCES)

lint: ## formatting, clang-tidy, shellcheck
	@scripts/install-dependencies.sh build lint
	@clang-format-14 --dry-run -Werror $(SOURCES)
	@cmake -S . -B build-lint -DCMAKE_C_COMPILER=clang-14 >/dev/null
	@git ls-files 'src/*.c' 'cli/*.c' | xargs -P $(JOBS) -n 8 clang-tidy-14 -p build-lint --quiet
	@git ls-files '*.sh' .ci/run | xargs shellcheck

clean: ## remove the build folders
	@rm -rf build build-asan build-clang build-lint
