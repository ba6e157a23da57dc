#!/usr/bin/env bash
# Installs what reslab is built with, on Debian and Ubuntu, and only what is missing: with everything
# in place it asks no one for anything. Elsewhere it says what to install by hand.
#
# usage: install-dependencies.sh [GROUP...]
#   build   compiler, CMake and libraries (the default)
#   lint    clang-format, clang-tidy
#   clang   the second compiler of continuous integration
#   arm     cross compiler and emulator for 64-bit Arm
#   browser Chromium and selenium, which the report's page is tested with; fonts with Chinese
#   data    Fashion-MNIST, as Debian packages it
#   ccache  what remembers compiled files
#   torch   PyTorch, the peer that bench/ and tests/golden compare with
#   interop PyTorch and what scripts/install-peers.sh makes an environment for tests/interop with
set -euo pipefail

# What shows that a thing is there, and the Debian package that brings it.
declare -A needs
needs[build]='
command cmake       cmake
command make        make
command pkg-config  pkg-config
compiler cc         gcc
header stdlib.h     libc6-dev
module jansson      libjansson-dev
module yaml-0.1     libyaml-dev
module libjpeg      libjpeg-dev
module libpng16     libpng-dev
module libwebp      libwebp-dev
module libexif      libexif-dev
module zlib         zlib1g-dev
module libcurl      libcurl4-openssl-dev
module libarchive   libarchive-dev
module libcrypto    libssl-dev
module librsvg-2.0  librsvg2-dev
file /usr/share/javascript/dygraphs/dygraph.min.js libjs-dygraphs
module cmocka       libcmocka-dev
module libturbojpeg libturbojpeg0-dev'
needs[clang]='
command clang-14    clang-14
package libclang-rt-14-dev libclang-rt-14-dev'
needs[lint]="${needs[clang]}
command git             git
command clang-format-14 clang-format-14
command clang-tidy-14   clang-tidy-14
command shellcheck      shellcheck"
needs[arm]='
command cmake                 cmake
command make                  make
command aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
package libc6-dev-arm64-cross libc6-dev-arm64-cross
command qemu-aarch64          qemu-user'
needs[browser]='
package chromium         chromium
package chromium-driver  chromium-driver
package python3-selenium python3-selenium
package fonts-noto-cjk   fonts-noto-cjk'
needs[data]='
package dataset-fashion-mnist dataset-fashion-mnist'
needs[ccache]='
command ccache ccache'
# Without a fast BLAS, PyTorch takes the reference one, which is ten times slower in double precision.
needs[torch]='
package python3-torch python3-torch
package python3-numpy python3-numpy
package libblis4-pthread libblis4-pthread'
needs[interop]="${needs[torch]}
package python3-venv python3-venv
package python3-pil  python3-pil"

compiler() { "${CC:-cc}" --version >/dev/null 2>&1; }

present() { # KIND NAME
    case $1 in
        command) command -v "$2" >/dev/null ;;
        compiler) compiler ;;
        header) compiler && echo "#include <$2>" | "${CC:-cc}" -E - >/dev/null 2>&1 ;;
        file) [ -e "$2" ] ;;
        module) command -v pkg-config >/dev/null && pkg-config --exists "$2" ;;
        package) dpkg-query -W -f '${Status}' "$2" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

missing=()
for group in "${@:-build}"; do
    if [ -z "${needs[$group]:-}" ]; then
        echo "$0: unknown group '$group', expected ${!needs[*]}" >&2
        exit 2
    fi
    while read -r kind name package; do
        if [ -n "$kind" ] && ! present "$kind" "$name"; then
            missing+=("$package")
        fi
    done <<<"${needs[$group]}"
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    cat >&2 <<END
reslab: missing here: ${missing[*]}
(names of Debian packages). This script installs on Debian and Ubuntu only. On another system,
please install with its own package manager:
  - gcc 12 or clang 14 or later; CMake 3.25 or later; make; pkg-config
  - jansson 2.13 or later, libyaml, libjpeg-turbo, libpng 1.6, libwebp, libexif, zlib, libcurl,
    libarchive, OpenSSL 3 (libcrypto), librsvg 2.54, each with its headers; dygraphs 2.2 (JavaScript)
  - cmocka and libjpeg-turbo's TurboJPEG interface, for the tests
and run the same command again.
END
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "reslab: please install as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
