"""Disks that fill up: each command on a file system in memory that has room for so many pages more.
When it has failed, there is room again, and it is gone on with."""

import os
import subprocess

import oracle
from lab import Case, Complaint

PAGE = 4096
ROOMY = "64m"
SCENES = ("train", "resume", "export", "report", "study")


def mount(folder, options):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise Complaint(f"cannot mount: {done.stderr.decode().strip()}")


def unmount(folder):
    subprocess.run(["umount", "-l", str(folder)], check=False)


def why_not(world):
    """The reason why nothing can be mounted here; '' when it can."""
    folder = world.lab.folder()
    try:
        mount(folder, f"size={ROOMY}")
    except (Complaint, OSError) as reason:
        return str(reason)
    unmount(folder)
    return ""


def try_size(scene, pages, folder):
    mount(folder, f"size={ROOMY}")
    try:
        scene.prepare(folder)
        about = os.statvfs(folder)
        used = about.f_blocks - about.f_bfree
        mount(folder, f"remount,size={(used + pages) * PAGE or PAGE}")
        outcome = scene.run(folder)
        mount(folder, f"remount,size={ROOMY}")
        full = outcome.code != 0
        scene.settle(folder, outcome)
    finally:
        unmount(folder)
    return {"disks": 1, "full": full, "gone on with, equal": 1}


def cases(world, count, seed):
    """`count` sizes for each command, evenly from none left to more than enough."""
    del seed
    for name in SCENES:
        scene = world.by_name[name]
        folder = world.lab.folder()
        scene.prepare(folder)
        before = sum(map(len, oracle.essences(folder).values()))
        oracle.demand_done(scene.run(folder))
        after = sum(path.stat().st_size + PAGE for path in folder.rglob("*"))
        needed = max(count, (after - before) * 5 // 4 // PAGE)
        for pages in sorted({needed * i // count for i in range(count)}):
            yield Case(f"disks/{name}/{pages}", lambda folder, s=scene, p=pages: try_size(s, p, folder))
