#!/usr/bin/env bash
# Runs a test on the peers' Python where there is one. usage: run.sh PEERS PYTHON SCRIPT ARGUMENT...
set -euo pipefail
python=$2
[ ! -x "$1/bin/python" ] || python=$1/bin/python
exec "$python" "${@:3}"
