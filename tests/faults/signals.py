"""Signals at random moments, and a limit on the size of files, whose signal is SIGXFSZ. A command
that saves does so, says how to go on, and exits with 128 + the signal; another one may simply end."""

import random
import signal
import time

from lab import Case
from oracle import demand, demand_one_line

SIGNALS = ("TERM", "INT", "HUP", "PIPE")
SCENES = ("train", "resume", "eval", "predict", "export", "report", "study")


def try_signal(scene, name, seed, folder):
    rng = random.Random(seed)
    number = getattr(signal, f"SIG{name}")
    scene.prepare(folder)
    process = scene.lab.start(folder, *scene.words)
    time.sleep(rng.uniform(0, 1.1 * scene.seconds()))
    for _ in range(rng.choice((1, 1, 2))):
        process.send_signal(number)
    outcome = scene.lab.wait(process, scene.words)
    if outcome.code == 128 + number:
        if outcome.err:
            demand_one_line(outcome, (128 + number,))
        scene.go_on(folder)
        return {f"SIG{name}": 1, "saved, gone on with, equal": 1}
    if outcome.code == -number:
        scene.go_on(folder)
        return {f"SIG{name}": 1, "ended, begun or gone on with, equal": 1}
    scene.settle(folder, outcome)
    return {f"SIG{name}": 1, "done before or all the same": 1}


def try_limit(scene, blocks, folder):
    """Files may have no more than `blocks` of 512 bytes."""
    scene.prepare(folder)
    limit = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(blocks)]
    outcome = scene.run(folder, before=limit)
    demand(outcome.code != 2 or "ulimit" not in outcome.err, f"no limit: {outcome.err}")
    scene.settle(folder, outcome)
    return {"limits on file size": 1, "limits that did not matter": outcome.code == 0}


def cases(world, count, seed):
    """`count` signals to each command, and as many limits on the size of its files."""
    for name in SCENES:
        scene = world.by_name[name]
        for number in range(count):
            which = SIGNALS[number % len(SIGNALS)]
            yield Case(f"signals/{name}/{which}-{number}",
                       lambda folder, s=scene, w=which, n=number:
                       try_signal(s, w, f"{seed} {n}", folder))
        rng = random.Random(f"{seed} {name}")
        for blocks in sorted(rng.sample(range(100), min(count, 100))):
            yield Case(f"signals/{name}/limit-{blocks}",
                       lambda folder, s=scene, b=blocks: try_limit(s, b, folder))
