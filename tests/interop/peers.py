"""What the tests against real peers share: a peer or a skip, and the program to test."""
import importlib
import subprocess
import sys

SKIPPED = 77


def need(*names):
    """The modules of these names; ends the test as skipped, with the reason, where one is missing."""
    try:
        modules = [importlib.import_module(name) for name in names]
    except ImportError as error:
        print(f"skipped: {error}; scripts/install-peers.sh installs the peers")
        sys.exit(SKIPPED)
    return modules[0] if len(modules) == 1 else modules


def reslab(*arguments, fails=False, **more):
    """Runs the program under test; its standard output, or its error message where it must fail."""
    done = subprocess.run([sys.argv[1], *map(str, arguments)], capture_output=True, text=True, **more)
    if (done.returncode != 0) != fails:
        sys.exit(f"reslab {' '.join(map(str, arguments))}: exit code {done.returncode}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stderr if fails else done.stdout
