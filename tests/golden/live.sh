#!/usr/bin/env bash
# Live parity with the PyTorch of the system's package manager, at full width. usage: live.sh RESLAB
set -euo pipefail
exec /usr/bin/python3 "$(dirname "$0")/live.py" "$1"
