# The short way to everything; CMake does the work. `make help` lists the targets.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
DEMO ?= runs/demo-$(shell date +%Y%m%d-%H%M%S)
CMAKE_FLAGS ?=
FAULTS ?= short
CTEST_FLAGS ?=
# Some tests mostly wait: one more at a time than there are cores keeps all of them busy.
CTEST = ctest --output-on-failure --parallel $(shell expr $(JOBS) + 1) $(CTEST_FLAGS)

# ccache where it is there. It takes one checkout's objects for another's: paths do not count.
ifneq ($(shell command -v ccache),)
export CMAKE_C_COMPILER_LAUNCHER ?= ccache
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
endif
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := build

.PHONY: help dependencies build test demo install asan tsan clang shared arm faults format lint clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

dependencies:
	@scripts/install-dependencies.sh build

build: dependencies ## set up what is missing (Debian, Ubuntu); build/reslab and the library
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS) >/dev/null
	@cmake --build $(BUILD) --parallel $(JOBS)

test: build ## build, and run the whole test suite
	@cd $(BUILD) && $(CTEST)

demo: build ## build, run the study of studies/demo.yaml on the built-in images, write its report (three minutes)
	$(BUILD)/reslab study run studies/demo.yaml --out $(DEMO)
	$(BUILD)/reslab report $(DEMO)
	@echo
	@echo "The report is $(abspath $(DEMO))/report.html. Next: $(BUILD)/reslab study --help, or README.md."

install: build ## library, header, pkg-config file, CMake package, program (PREFIX, DESTDIR)
	@DESTDIR='$(DESTDIR)' cmake --install $(BUILD) --prefix '$(PREFIX)'

asan: ## the test suite under AddressSanitizer and UBSan
	@$(MAKE) test BUILD=build-asan CMAKE_FLAGS='-DRL_SANITIZE=ON $(CMAKE_FLAGS)'

# Where address spaces are laid out too randomly for the sanitizer, setarch makes them fit.
tsan: dependencies ## the tests where threads matter, under ThreadSanitizer
	@cmake -S . -B build-tsan -DRL_SANITIZE=thread -DRL_AVX512=OFF $(CMAKE_FLAGS) >/dev/null
	@cmake --build build-tsan --parallel $(JOBS) --target thread_tests
	@cd build-tsan && $$(setarch -R true 2>/dev/null && echo setarch -R) $(CTEST) -L '^threads$$' --no-tests=error

clang: ## the test suite, built by clang 14
	@scripts/install-dependencies.sh clang
	@$(MAKE) test BUILD=build-clang CMAKE_FLAGS='-DCMAKE_C_COMPILER=clang-14 $(CMAKE_FLAGS)'

shared: ## program and installation tests with a shared library
	@$(MAKE) build BUILD=build-shared CMAKE_FLAGS='-DBUILD_SHARED_LIBS=ON $(CMAKE_FLAGS)'
	@cd build-shared && $(CTEST) --tests-regex '^(cli|install)/' --no-tests=error

arm: ## kernels and operations, built for 64-bit Arm and tested under qemu
	@scripts/install-dependencies.sh arm
	@cmake -S . -B build-arm --toolchain cmake/aarch64.cmake -DRL_COMPUTE_ONLY=ON $(CMAKE_FLAGS) >/dev/null
	@cmake --build build-arm --parallel $(JOBS)
	@cd build-arm && $(CTEST) --no-tests=error

faults: build ## the campaign of tests/faults with its counts; FAULTS=long: every call, a thousand kills (a day or two)
	@tests/faults/campaign.py --build $(BUILD) $(if $(filter long,$(FAULTS)),--long)

format: ## clang-format all sources in place
	@scripts/install-dependencies.sh lint
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

lint: dependencies ## formatting, clang-tidy, shellcheck; changes nothing
	@scripts/install-dependencies.sh lint
	@scripts/lint.sh

clean: ## remove the build folders
	@rm -rf build build-asan build-tsan build-clang build-shared build-arm build-fuzz
