"""Power cuts: a training and a study are recorded, and every state that a cut after any of their
writes may leave (record.py) is laid out and gone on with."""

import random

import oracle
from lab import Case
from oracle import demand, demand_done
from record import FOLDER, Disk, operations


def lay_out(state, folder):
    for name, content in state.items():
        path = folder / name
        if content is FOLDER:
            path.mkdir()
        else:
            path.write_bytes(content)


def crash_states(world, scene):
    """(name, state, lost) of each state; states that are the same are one."""
    folder = world.lab.folder()
    record = world.lab.folder() / "record"
    scene.prepare(folder)
    prepared = oracle.essences(folder)
    demand_done(scene.run(folder, record=record))
    disk, seen = Disk(folder), set()
    for number, (name, arguments) in enumerate(operations(record, folder)):
        if not disk.apply(name, arguments):
            continue
        for policy, state in disk.states():
            lost = sorted(disk.broken_promises(state))
            key = (frozenset(state.items()), tuple(lost))
            if key not in seen:
                seen.add(key)
                yield f"{number}-{policy}", {**state}, lost
    written = {str(path.relative_to(folder)): FOLDER if path.is_dir() else path.read_bytes()
               for path in folder.rglob("*")}
    written = {name: content for name, content in written.items() if name not in prepared}
    demand(written == disk.now(), "the record is not what is on the disk")


def try_state(scene, state, lost, folder):
    scene.prepare(folder)
    lay_out(state, folder)
    demand(not lost, f"lost, although they were on the disk: {lost}")
    scene.settle(folder, None)
    return {"crash states": 1, "gone on with, equal": 1}


def cases(world, count, seed):
    for name in ("train", "study"):
        scene = world.by_name[name]
        states = list(crash_states(world, scene))
        if count and len(states) > count:
            states = random.Random(f"{seed} {name}").sample(states, count)
        for number, state, lost in states:
            yield Case(f"power/{name}/{number}",
                       lambda folder, s=scene, t=state, l=lost: try_state(s, t, l, folder))
