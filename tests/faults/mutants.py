"""Mutants of every file that the program reads: of those of a run and of a study through the
commands, and of every format through its fuzz target (which replay_<format> runs by the thousand).
A mutant is refused with a line, or read for what it is: a run that goes on all the same ends with
the bits of the run that was not damaged."""

import random
import shutil
import subprocess

import oracle
from lab import Case
from oracle import demand, demand_ended, demand_one_line

RUN_FILES = ("checkpoint.safetensors", "metrics.csv", "steps.csv", "environment.json",
             "summary.json", "clock.json", "config.yaml", "model.safetensors",
             "correct.safetensors")


def mutate(data, rng):
    """Some bytes changed, cut out, doubled, or swapped for a number at the edge."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 8, 64, 1000)))
        kind = rng.randrange(6)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at:end]
        elif kind == 2:
            data[at:at] = data[at:end]
        elif kind == 3:
            data[at:end] = rng.randbytes(end - at)
        elif kind == 4:
            data[at:end] = rng.choice((b"-1", b"1e999", b"nan", b"18446744073709551616", b"\0", b",",
                                       b"\n", b"\"", b"{", b"\xff\xfe", b"0"))
        else:
            del data[at:]
    return bytes(data)


def damage(path, rng):
    """Damages the file; true when that changed it."""
    old = path.read_bytes()
    new = mutate(old, rng)
    path.write_bytes(new)
    return new != old


def try_resume(world, name, seed, folder):
    """A stopped run with one damaged file."""
    scene = world.by_name["resume"]
    scene.prepare(folder)
    path = folder / "run" / name
    if not path.exists():  # of a run that has ended
        shutil.copy(world.whole / name, path)
    damage(path, random.Random(seed))
    outcome = scene.run(folder)
    if outcome.code != 0:
        demand_one_line(outcome)
        return {"damaged runs": 1, "refused": 1}
    there = oracle.essences(folder / "run")
    # What says the same in other words may stay as it is.
    wrong = [file for file, content in world.trained.items()
             if file not in ("environment.json", "config.yaml") and there.get(file) != content]
    demand(not wrong, f"went on from a damaged {name}, and ended otherwise: {wrong}")
    return {"damaged runs": 1, "went on, equal": 1}


READERS = (
    ("eval", lambda world: ["eval", "run", "--data", world.images, "--threads", 1]),
    ("export", lambda world: ["export", "run", "-o", "net.onnx"]),
    ("compare", lambda world: ["compare", "run", world.whole]),
    ("plot", lambda world: ["plot", "run", "-o", "curves.svg"]),
)


def try_reader(world, name, words, seed, folder):
    """A finished run with one damaged file, read by another command."""
    shutil.copytree(world.whole, folder / "run")
    damage(folder / "run" / name, random.Random(seed))
    outcome = world.lab.run(folder, *words(world))
    if outcome.code != 0:
        demand_one_line(outcome, (1, 3))
    left = [path.name for path in folder.rglob(".reslab-*")]
    demand(not left, f"left behind: {left}")
    return {"damaged runs": 1, "refused": outcome.code != 0}


def try_study(world, seed, folder):
    """A study with one damaged file, reported and gone on with."""
    rng = random.Random(seed)
    shutil.copytree(world.studied_folder, folder / "study")
    files = sorted(path for path in (folder / "study").rglob("*")
                   if path.is_file() and path.stat().st_size and "tfevents" not in path.name)
    damage(rng.choice(files), rng)
    for words in (["study", "status", "study"], ["report", "study", "--format", "md"]):
        outcome = world.lab.run(folder, *words)
        if outcome.code != 0:
            demand_one_line(outcome)
    return {"damaged studies": 1}


def try_format(world, replay, corpus, number, seed, folder):
    """Mutants in one process, where a sanitizer watches if the build has one."""
    words = [str(replay), str(corpus), str(number), str(seed)]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=3000,
                          env=world.lab.environment(ASAN_OPTIONS="allocator_may_return_null=1"))
    said = (done.stdout + done.stderr).decode(errors="replace")
    demand(done.returncode == 0, f"exit {done.returncode}: {' '.join(words)}: {said[-600:]}")
    return {f"mutants of {replay.name.removeprefix('replay_')}": number}


def cases(world, count, seed):
    """`count` mutants of each file and reader; a thousand times as many of each format."""
    replays = sorted((world.lab.build / "tests" / "fuzz").glob("replay_*"))
    for replay in replays:
        corpus = world.lab.corpora / replay.name.removeprefix("replay_")
        yield Case(f"mutants/format/{replay.name}",
                   lambda folder, r=replay, c=corpus:
                   try_format(world, r, c, 1000 * count, seed, folder))
    for number in range(count):
        for name in RUN_FILES:
            yield Case(f"mutants/resume/{name}/{number}",
                       lambda folder, m=name, n=number:
                       try_resume(world, m, f"{seed} {n}", folder))
            for reader, words in READERS:
                yield Case(f"mutants/{reader}/{name}/{number}",
                           lambda folder, m=name, w=words, n=number:
                           try_reader(world, m, w, f"{seed} {n}", folder))
        yield Case(f"mutants/study/{number}",
                   lambda folder, n=number: try_study(world, f"{seed} {n}", folder))
