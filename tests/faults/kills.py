"""kill -9 at random moments, of a command and of those that go on after it; then one is let end."""

import random
import time

from lab import Case

SCENES = ("train", "resume", "study", "report", "export")


def try_kills(scene, seed, folder):
    rng = random.Random(seed)
    scene.prepare(folder)
    kills = 0
    for _ in range(rng.randint(1, 3)):
        process = scene.lab.start(folder, *scene.next_words(folder))
        time.sleep(rng.uniform(0, scene.seconds()))
        process.kill()
        outcome = scene.lab.wait(process, scene.words)
        kills += outcome.code == -9
        if outcome.code == 0:
            break
    scene.go_on(folder)
    return {"kills": kills, "gone on with, equal": 1}


def cases(world, count, seed):
    """`count` commands, each killed up to three times."""
    for number in range(count):
        scene = world.by_name[SCENES[number % len(SCENES)]]
        yield Case(f"kills/{scene.name}/{number}",
                   lambda folder, s=scene, n=number: try_kills(s, f"{seed} {n}", folder))
