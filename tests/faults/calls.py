"""Every call fails once: the n-th of a kind, for every n until there is no such call any more. A
call that is no error to fail (a short read or write) must not be seen in the result; a process that
ends just before a call is one killed at the most awkward moments."""

import random

from lab import Case, Complaint

KINDS = ("malloc", "open", "read", "write", "fsync", "rename", "close", "mmap", "truncate",
         "unlink", "mkdir", "thread", "fork", "lock")
FAULTS = [(kind, "fail") for kind in KINDS] + [("read", "short"), ("write", "short"),
                                               ("any", "kill")]


def try_call(scene, fault, folder):
    scene.prepare(folder)
    outcome = scene.run(folder, fault=fault)
    made = [line for line in outcome.fault.splitlines() if not line.startswith("calls ")]
    if not made:
        scene.check(folder, outcome)
        return {"calls beyond the last": 1}
    killed = fault.endswith(":kill") and outcome.code == -9
    # What could not be removed is removed by the command after.
    unjudged = killed or (fault.startswith("unlink:") and outcome.code == 0)
    try:
        scene.settle(folder, None if unjudged else outcome)
    except Complaint as complaint:
        raise Complaint(f"{complaint} [{made[0]}]") from None
    if killed:
        return {"killed at a call": 1}
    return {"failing calls": 1, "failing calls survived": outcome.code == 0}


def cases(world, count, seed):
    """At most `count` calls of each command and kind: all, or else the first ones and others drawn
    by the seed."""
    for scene in world.by_name.values():
        for kind, action in FAULTS:
            if not world.lab.may_ask_for(f"calls/{scene.name}/{kind}:"):
                continue
            folder = world.lab.folder()
            scene.prepare(folder)
            total = world.lab.count_calls(folder, kind, *scene.words)
            numbers = range(1, total + 2)
            if count and total > count:
                rng = random.Random(f"{seed} {scene.name} {kind} {action}")
                numbers = sorted(rng.sample(numbers, count))
            for number in numbers:
                fault = f"{kind}:{number}:{action}"
                yield Case(f"calls/{scene.name}/{fault}",
                           lambda folder, s=scene, f=fault: try_call(s, f, folder))
