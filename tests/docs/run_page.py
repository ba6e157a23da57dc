#!/usr/bin/env python3
"""Runs what a page of documentation tells its readers to run: all ```sh and ```python blocks, in the
order of the page, in a scratch folder in which the page's prepare_<page>.py was run first. Blocks of
other kinds (```text, ```c, ```yaml) are for reading.

usage: run_page.py RESLAB PAGE

A page whose blocks need more than the program says so in a comment, <!-- needs: torch onnx -->;
where a module of these is missing the test ends with 77 (skipped) and the reason."""
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def missing_modules(text):
    needed = " ".join(re.findall(r"<!-- needs: (.*?) -->", text)).split()
    return [name for name in needed if importlib.util.find_spec(name) is None]


def command_of(kind, code):
    if kind == "sh":
        return ["bash", "-euo", "pipefail", "-c", code]
    if kind == "python":
        return [sys.executable, "-c", code]
    return None


def main(reslab, page):
    text = page.read_text(encoding="utf-8")
    missing = missing_modules(text)
    if missing:
        print(f"skipped: no Python module {', '.join(missing)}; scripts/install-peers.sh installs the peers")
        return SKIPPED
    environment = dict(os.environ, OMP_WAIT_POLICY="passive",
                       PATH=f"{reslab.resolve().parent}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    ran = 0
    with tempfile.TemporaryDirectory() as scratch:
        prepare = Path(__file__).resolve().parent / f"prepare_{page.stem.replace('-', '_')}.py"
        if prepare.exists():
            subprocess.run([sys.executable, prepare], cwd=scratch, env=environment, check=True)
        for match in BLOCK.finditer(text):
            command = command_of(*match.groups())
            if command is None:
                continue
            line = text.count("\n", 0, match.start()) + 1
            print(f"---- {page.name}:{line}\n{match[2]}", flush=True)
            done = subprocess.run(command, cwd=scratch, env=environment, stdin=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                print(f"FAILED: {page.name}:{line}: exit code {done.returncode}")
                return 1
            ran += 1
    print(f"{ran} blocks ran")
    return 0 if ran else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
