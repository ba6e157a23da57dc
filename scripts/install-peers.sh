#!/usr/bin/env bash
# Makes the Python environment that the tests in tests/interop run in: PyTorch and numpy as Debian
# packages them, and onnx, onnxruntime, safetensors and tensorboard from PyPI, at versions known to work
# together. With everything in place it asks no one for anything. What cannot be had is said, and
# the exit code is 1; tests whose peers are there still run.
#
# usage: install-peers.sh [FOLDER]     (default build-peers, where the tests look)
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
folder=${1:-build-peers}

# numpy: Debian's torch was built against the first ABI; 1.26 is the last with it.
packages=(
    numpy==1.26.4
    onnx==1.23.2
    onnxruntime==1.32.0
    safetensors==0.8.0
    tensorboard==2.21.0
)
stamp=$folder/installed.txt

cannot() {
    echo "install-peers: $*" >&2
    exit 1
}

scripts/install-dependencies.sh interop || cannot "PyTorch, numpy or venv cannot be installed"
# The stamp is written last: an environment that was left half-made is made again.
if [ "$(cat "$stamp" 2>/dev/null)" != "${packages[*]}" ]; then
    rm -f "$stamp"
    # The system's Python, since its torch is the system's.
    /usr/bin/python3 -m venv --clear --system-site-packages "$folder" ||
        cannot "cannot make the environment $folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
        "${packages[@]}" || cannot "PyPI gives no ${packages[*]} here"
fi
"$folder/bin/python" -c 'import torch, onnx, onnxruntime, safetensors.torch, tensorboard
torch.ones(2).numpy()' || cannot "the peers in $folder do not work together"
echo "${packages[*]}" >"$stamp"
