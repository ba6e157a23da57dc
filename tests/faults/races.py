"""Up to 20 processes for one folder: whoever wins, the work is done once and to the bit; the others
end with a line, or find it done."""

import random

from lab import Case
from oracle import demand, demand_done, demand_equal, demand_one_line


def outcomes(lab, folder, commands):
    processes = [(lab.start(folder, *words), words) for words in commands]
    return [lab.wait(*process) for process in processes]


def race_to_make(world, rng, folder):
    scene = world.by_name["train"]
    ended = outcomes(world.lab, folder, [scene.words] * rng.randint(2, 20))
    winners = [outcome for outcome in ended if outcome.code == 0]
    for outcome in ended:
        if outcome.code != 0:
            demand_one_line(outcome)
    demand(len(winners) == 1, f"{len(winners)} of {len(ended)} made the run")
    scene.check(folder, winners[0])


def race_to_resume(world, rng, folder):
    scene = world.by_name["resume"]
    scene.prepare(folder)
    ended = outcomes(world.lab, folder, [scene.words] * rng.randint(2, 20))
    for outcome in ended:
        if outcome.code != 0:
            demand_one_line(outcome)
    winners = [outcome for outcome in ended if outcome.code == 0]
    demand(winners, "none of them resumed the run")
    scene.check(folder, winners[0])


def race_for_study(world, rng, folder):
    """All share the work; some are killed at it."""
    scene = world.by_name["study"]
    scene.prepare(folder)
    processes = [world.lab.start(folder, *scene.words) for _ in range(rng.randint(2, 20))]
    killed = processes[1:1 + rng.choice((0, 0, 1, len(processes) // 2))]
    for process in killed:
        process.kill()
    for process in processes:
        outcome = world.lab.wait(process, scene.words)
        if process not in killed:
            demand_done(outcome)
    scene.check(folder, scene.run(folder))


def race_of_readers(world, rng, folder):
    """Reports and status while the study runs: they say what there is, and disturb nothing."""
    scene = world.by_name["study"]
    scene.prepare(folder)
    study = world.lab.start(folder, *scene.words)
    for _ in range(rng.randint(1, 4)):
        readers = [["report", "study", "--format", "md"], ["study", "status", "study"],
                   ["report", "study", "--format", "md"]]
        for outcome in outcomes(world.lab, folder, readers):
            if outcome.code != 0:
                demand_one_line(outcome)
    demand_done(world.lab.wait(study, scene.words))
    for name in ("report.md", "figures"):  # the reader's; the rest is the study's
        path = folder / "study" / name
        for file in sorted(path.glob("*")) if path.is_dir() else [path]:
            file.unlink(missing_ok=True)
        if path.is_dir():
            path.rmdir()
    demand_equal(folder / "study", world.studied, "the study")


RACES = (race_to_make, race_to_resume, race_for_study, race_of_readers)


def try_race(world, race, seed, folder):
    race(world, random.Random(seed), folder)
    return {"races": 1, "done once, equal": 1}


def cases(world, count, seed):
    for number in range(count):
        race = RACES[number % len(RACES)]
        yield Case(f"races/{race.__name__}/{number}",
                   lambda folder, r=race, n=number: try_race(world, r, f"{seed} {n}", folder))
