#!/usr/bin/env python3
"""The program under every fault that can be made; see oracle.py for what is demanded of it.

usage: campaign.py [--build DIR] [--seed N] [--jobs N] [--count N] [--only CASE] [--long] [PART...]

Prints its counts. Each complaint names its case; --only with that name repeats it alone."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import calls
import disks
import kills
import mutants
import power
import races
import signals
import surroundings
from known import KNOWN
from lab import Complaint, Lab
from scenes import World

# A part: its cases, and how many of them are tried in the short and in the long form (0: all).
PARTS = {
    "calls": (calls.cases, 1, 0),
    "kills": (kills.cases, 10, 700),
    "disks": (disks.cases, 4, 50),
    "power": (power.cases, 12, 0),
    "races": (races.cases, 8, 200),
    "signals": (signals.cases, 3, 40),
    "surroundings": (surroundings.cases, 40, 0),
    "mutants": (mutants.cases, 1, 100),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all")
    parser.add_argument("--build", default="build", help="the build folder (build)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at a time")
    parser.add_argument("--count", type=int, help="cases of each part, in its own sense; 0: all")
    parser.add_argument("--only", help="the one case of this name, or all that begin with it")
    parser.add_argument("--long", action="store_true", help="the long form")
    options = parser.parse_args()
    if options.only:
        options.parts = [options.only.split("/")[0]]
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]}; expected {', '.join(PARTS)}")
    return options


def selected(cases, only):
    """The cases that --only asks for: of this name, or of one that goes on with / or :."""
    beginnings = (only.rstrip("/") + "/", only + ":") if only else ("",)
    return (case for case in cases if case.name == only or case.name.startswith(beginnings))


def with_own_mounts():
    """Goes on where what is mounted is seen by nobody else and goes away with this process, if the
    system allows that; disks.py says so where not."""
    words = ["unshare", "-m" if os.geteuid() == 0 else "-rm"]
    if "RL_FAULTS_UNSHARED" in os.environ or not shutil.which("unshare"):
        return
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
        os.environ["RL_FAULTS_UNSHARED"] = "1"
        os.execvp("unshare", [*words, sys.executable, *sys.argv])


def main():
    options = arguments()
    with_own_mounts()
    lab = Lab(options.build, KNOWN, options.only)
    skipped = []
    try:
        world = World(lab)
        for part in options.parts or PARTS:
            cases, short, long = PARTS[part]
            count = long if options.long or options.only else short
            count = count if options.count is None else options.count
            lab.counts.clear()
            reason = part == "disks" and disks.why_not(world)
            if reason:
                print(f"disks: skipped: {reason}")
                skipped.append(part)
                continue
            seconds = lab.try_all(selected(cases(world, count, options.seed), options.only),
                                  options.jobs)
            told = ", ".join(f"{what} {number}" for what, number in lab.counts.items() if number)
            print(f"{part}: {told or 'nothing'} ({seconds:.0f} s)", flush=True)
    except Complaint as complaint:
        lab.complaints.append(("before the first fault", str(complaint)))
        print(f"FAILED before the first fault: {complaint}", file=sys.stderr)
    finally:
        lab.close()
    for reason, number in lab.known_seen.items():
        print(f"known, to be mended: {reason}: {number}")
    for name, _ in lab.complaints[:20]:
        print(f"repeat: {sys.argv[0]} --build {options.build} --seed {options.seed} --only '{name}'")
    sys.exit(1 if lab.complaints else 77 if skipped == options.parts else 0)


if __name__ == "__main__":
    main()
