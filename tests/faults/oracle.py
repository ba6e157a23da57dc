"""What is demanded of a command that met a fault: it did its work, to the bit; or it ended with one
line that says why and an exit code that tells, and whoever goes on afterwards gets the same bits.
Nothing saved is lost, and nothing is left behind by the command after."""

import hashlib
import json
import re

import events
from lab import Complaint

EVENT_FILE = "events.out.tfevents."
VOLATILE = {"cpu", "seconds", "train_seconds", "all_train_seconds", "images_per_second",
            "peak_memory_bytes", "started", "command_line", "threads", "resumed"}


def demand(condition, text):
    if not condition:
        raise Complaint(text)


def timeless_json(data):
    """A JSON object without what differs from one process to the next; other bytes as they are."""
    try:
        value = json.loads(data)
    except ValueError:
        return data
    if isinstance(value, dict):
        value = {name: one for name, one in value.items() if name not in VOLATILE}
    return json.dumps(value, sort_keys=True).encode()


def _timeless_rows(data):
    rows = [row.split(b",") for row in data.split(b"\n")]
    return b"\n".join(b",".join(row[:7] + row[9:]) for row in rows)


def _without_place(data):
    return re.sub(rb"(?m)^out:.*\n", b"", data)


def _nothing(_):
    return b""


# Measured once at a study's start, for the time that it will take; nobody needs it to go on.
ESTIMATE = "price.json"

# What of a file must be equal: all of it, but for times and what says who did it.
ESSENCES = [(re.compile(pattern), essence) for pattern, essence in (
    (r"metrics\.csv$", _timeless_rows),
    (r"(summary|environment)\.json$", timeless_json),
    (r"config\.yaml$", _without_place),
    (r"clock\.json$", _nothing),
)]


def essence(path):
    data = path.read_bytes()
    for pattern, function in ESSENCES:
        if pattern.search(path.name):
            return function(data)
    return data


def essences(folder):
    """{relative path: what must be equal} of all files below `folder`. Of event files it is what
    they show together."""
    found, event_files = {}, {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if EVENT_FILE in path.name:
            event_files.setdefault(name.partition(EVENT_FILE)[0], []).append(path.read_bytes())
        elif path.name == ESTIMATE:
            continue
        elif path.is_file() and not path.is_symlink():
            found[name] = essence(path)
        else:
            found[name] = b"folder" if path.is_dir() else b"link"
    for place, files in event_files.items():
        shown = events.points(files)
        found[f"{place}events"] = repr(sorted(shown.items())).encode()
    return found


def fingerprint(folder):
    """Of all that matters in a folder: two with the same go on in the same way."""
    digest = hashlib.sha256()
    for name, data in essences(folder).items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def demand_equal(folder, reference, what):
    """`folder` holds the files of `reference` (essences), no more and no fewer, with their content."""
    there = essences(folder)
    missing = sorted(reference.keys() - there.keys())
    more = sorted(there.keys() - reference.keys())
    differing = sorted(name for name in reference.keys() & there.keys()
                       if reference[name] != there[name])
    demand(not (missing or more or differing),
           f"{what}: missing {missing}, left over {more}, different {differing}")


def was_begun(outcome):
    """Did the loader find room and descriptors for the program at all?"""
    return outcome.code != 127 or "error while loading shared libraries" not in outcome.err


def left_out(outcome):
    """Did it say that it has left out something that it could not read or draw?"""
    return outcome.code == 0 and any("left out" in line and line.startswith("reslab: ")
                                     for line in outcome.err.splitlines())


def demand_ended(outcome):
    """It ended by itself."""
    command = "reslab " + " ".join(outcome.words)
    demand(outcome.code is not None, f"hang: {command}")
    demand(outcome.code >= 0, f"signal {-outcome.code}: {command}: {outcome.err[-300:]}")


def demand_one_line(outcome, codes=(1,)):
    """It failed as it should: with one of the exit codes and one line of its own."""
    demand_ended(outcome)
    command = "reslab " + " ".join(outcome.words)
    demand(outcome.code in codes, f"exit {outcome.code}: {command}: {outcome.err[-300:]}")
    lines = outcome.err.splitlines()
    demand(len(lines) == 1 and lines[0].startswith("reslab: "),
           f"not one line: {command}: {outcome.err[-300:]!r}")


def demand_done(outcome):
    demand_ended(outcome)
    demand(outcome.code == 0,
           f"exit {outcome.code}: reslab {' '.join(outcome.words)}: {outcome.err[-300:]}")
