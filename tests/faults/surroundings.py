"""Odd surroundings: descriptors that are closed, an environment without the usual or with the
unusual, little memory, few files, small stacks, folders that are missing, read-only or no folders,
an output that is full or closed. A command does its work there, or says in a line why not."""

import itertools
import os
import random
import subprocess

import disks
import oracle
from lab import Case
from oracle import demand, demand_ended, demand_one_line

LONG = "/" + "x" * 250

# What differs from the tests' own environment; None: not there. "{folder}" is the case's own.
ENVIRONMENTS = {
    "no-home": {"HOME": None}, "home-nowhere": {"HOME": "/nowhere"},
    "no-tmpdir": {"TMPDIR": None}, "tmpdir-nowhere": {"TMPDIR": "/nowhere"},
    "tmpdir-file": {"TMPDIR": "/dev/null"}, "tmpdir-long": {"TMPDIR": LONG * 20},
    "comma": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}, "no-locale": {"LC_ALL": "xx_YY.Z"},
    "ascii": {"LC_ALL": "C"}, "zone": {"TZ": "Pacific/Kiritimati"}, "bad-zone": {"TZ": ":/dev/zero"},
    "path-long": {"PATH": ":".join([LONG] * 100)}, "no-path": {"PATH": None},
    "spinning": {"OMP_WAIT_POLICY": None}, "bad-omp": {"OMP_NUM_THREADS": "x,-1"},
    "wide": {"COLUMNS": "99999999999"}, "no-cache": {"XDG_CACHE_HOME": "/proc/nowhere"},
    "colours": {"NO_COLOR": "1", "TERM": "dumb"}, "empty": dict.fromkeys(
        ("HOME", "PATH", "TMPDIR", "LC_ALL", "OMP_WAIT_POLICY")),
}

# Shell commands before the program.
LIMITS = {f"memory-{megabytes}": f"ulimit -v {megabytes * 1024}" for megabytes in (50, 80, 120, 200, 400)}
LIMITS |= {f"files-{count}": f"ulimit -n {count}" for count in (3, 4, 5, 6, 8, 12, 20)}
LIMITS |= {f"stack-{kib}": f"ulimit -s {kib}" for kib in (64, 256, 1024)}
LIMITS |= {"umask-777": "umask 777", "ignored-signals": "trap '' TERM INT HUP PIPE",
           "folder-gone": 'mkdir -p gone && cd gone && rmdir ../gone'}


def shell(command):
    return ["sh", "-c", command + ' && exec "$0" "$@"']


def try_environment(scene, name, folder):
    scene.prepare(folder)
    env = scene.lab.environment(**ENVIRONMENTS[name])
    scene.settle(folder, scene.run(folder, env=env))
    return {"environments": 1}


def try_limit(scene, name, folder):
    scene.prepare(folder)
    outcome = scene.run(folder, before=shell(LIMITS[name]))
    if name == "umask-777":  # the files are as asked for: for nobody
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=True)
    scene.settle(folder, outcome)
    return {"limits": 1, "limits that did not matter": outcome.code == 0}


def try_closed(scene, closed, folder):
    """Without some of the descriptors 0, 1 and 2. What cannot be printed is not missed, but files
    are whole, and nothing that was meant for the terminal is in them."""
    scene.prepare(folder)
    redirections = " ".join(f"{number}>&-" for number in closed)
    outcome = scene.run(folder, before=["sh", "-c", f'exec "$0" "$@" {redirections}'])
    demand_ended(outcome)
    if outcome.code != 0 and 2 not in closed:
        demand_one_line(outcome)
    if outcome.code != 0 or (1 in closed and not scene.writes):
        scene.go_on(folder)
    else:
        scene.check(folder, outcome)
    return {"closed descriptors": 1}


def try_output(scene, place, folder):
    """Standard output is a full device or a pipe that nobody reads."""
    scene.prepare(folder)
    before = ["sh", "-c", f'exec "$0" "$@" >{place}']
    if place == "pipe":
        before = ["bash", "-c", 'exec "$0" "$@" > >(exec true)']
    outcome = scene.run(folder, before=before)
    if place == "/dev/full" and not scene.quiet:
        demand(outcome.code != 0, f"exit 0, although nothing could be printed: {scene.name}")
    demand_ended(outcome._replace(code=0) if outcome.code == -13 and place == "pipe" else outcome)
    if outcome.code != 0 and outcome.err:
        demand_one_line(outcome, (1, 141))
    scene.go_on(folder)
    return {"outputs": 1}


def try_read_only(scene, folder):
    disks.mount(folder, f"size={disks.ROOMY}")
    try:
        scene.prepare(folder)
        disks.mount(folder, "remount,ro")
        outcome = scene.run(folder)
        disks.mount(folder, "remount,rw")
        demand(not scene.writes or outcome.code != 0, f"exit 0 on a read-only disk: {scene.name}")
        scene.settle(folder, outcome)
    finally:
        disks.unmount(folder)
    return {"read-only disks": 1}


# Arguments that name what is not there, or is something else; each is refused with a line.
WRONG_PLACES = {
    "train-below-file": ["train", "--out", "file/run", "OPTIONS"],
    "train-in-proc": ["train", "--out", "/proc/run", "OPTIONS"],
    "train-over-file": ["train", "--out", "file", "OPTIONS"],
    "train-long-name": ["train", "--out", "r" * 300, "OPTIONS"],
    "train-long-path": ["train", "--out", "r/" * 3000, "OPTIONS"],
    "resume-missing": ["train", "--resume", "missing"],
    "resume-file": ["train", "--resume", "file"],
    "resume-empty": ["train", "--resume", "empty"],
    "report-missing": ["report", "missing"],
    "report-empty": ["report", "empty"],
    "report-file": ["report", "file"],
    "study-missing": ["study", "run", "missing.yaml"],
    "study-folder": ["study", "run", "empty"],
    "export-missing": ["export", "missing", "-o", "x.onnx"],
    "export-below-missing": ["export", "RUN", "-o", "missing/x.onnx"],
    "export-over-folder": ["export", "RUN", "-o", "empty"],
    "eval-missing": ["eval", "missing", "--data", "empty"],
    "eval-no-data": ["eval", "RUN", "--data", "empty"],
    "predict-missing": ["predict", "RUN", "missing.png"],
    "predict-folder": ["predict", "RUN", "empty"],
}


def try_place(world, words, folder):
    (folder / "file").write_bytes(b"x")
    (folder / "empty").mkdir()
    before = oracle.essences(folder)
    expanded = []
    for word in words:
        expanded += world.options if word == "OPTIONS" else [world.whole if word == "RUN" else word]
    outcome = world.lab.run(folder, *expanded)
    demand_one_line(outcome, (1, 2))
    oracle.demand_equal(folder, before, "the folder")
    return {"wrong places": 1}


def every_case(world):
    for name, words in WRONG_PLACES.items():
        yield f"place/{name}", lambda folder, w=words: try_place(world, w, folder)
    mounts = not disks.why_not(world)
    for scene in world.by_name.values():
        for name in ENVIRONMENTS:
            yield (f"environment/{scene.name}/{name}",
                   lambda folder, s=scene, n=name: try_environment(s, n, folder))
        for name in LIMITS:
            yield f"limit/{scene.name}/{name}", lambda folder, s=scene, n=name: try_limit(s, n, folder)
        for closed in itertools.chain.from_iterable(
                itertools.combinations((0, 1, 2), size) for size in (1, 2, 3)):
            name = "".join(map(str, closed))
            yield (f"closed/{scene.name}/{name}",
                   lambda folder, s=scene, c=closed: try_closed(s, c, folder))
        for name, place in (("full", "/dev/full"), ("pipe", "pipe")):
            yield (f"output/{scene.name}/{name}",
                   lambda folder, s=scene, p=place: try_output(s, p, folder))
        if mounts:
            yield f"read-only/{scene.name}", lambda folder, s=scene: try_read_only(s, folder)


def cases(world, count, seed):
    every = list(every_case(world))
    if count:
        every = random.Random(seed).sample(every, min(count, len(every)))
    for name, function in every:
        yield Case(f"surroundings/{name}", function)
