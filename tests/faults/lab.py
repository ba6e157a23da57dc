"""Where the faults are made: the program with its surroundings, the cases and their counts.

A part of the campaign is a function that yields cases. A case is a name that says all about it (so
that it can be repeated alone) and a function that gets a fresh folder, makes the fault, and raises
Complaint when the program does not do what oracle.py demands. It returns what is to be counted."""

import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HANG = 120  # seconds after which a command of milliseconds counts as hanging


class Complaint(Exception):
    """What the program did wrong."""


Outcome = collections.namedtuple("Outcome", "words code out err fault")
Outcome.__doc__ = """How a command ended: its words, exit code (below 0: a signal; None: it had to be
ended as it hung), output, and the line of the shim's report on the fault that was made, or ''."""

Case = collections.namedtuple("Case", "name function")


class Lab:
    def __init__(self, build, known=(), only=None):
        build = pathlib.Path(build).resolve()
        self.program = build / "reslab"
        self.shim = build / "tests" / "faults" / "faults.so"
        self.build = build
        self.corpora = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus"
        self.known, self.only = known, only
        # Memory is the fastest disk; that what is there after a kill survives one is its nature too.
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="reslab-faults-", dir=place))
        self.counts = collections.Counter()
        self.complaints, self.known_seen = [], collections.Counter()
        self._lock = threading.Lock()
        self._number = 0

    def may_ask_for(self, beginning):
        """Can a case whose name begins so be asked for? Saves finding out what cases there are."""
        only = self.only or ""
        return only.startswith(beginning) or beginning.startswith(only)

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def folder(self):
        """A new empty folder."""
        with self._lock:
            self._number += 1
            number = self._number
        path = self.scratch / str(number)
        path.mkdir()
        return path

    def environment(self, **changes):
        """That of the tests: threads that wait do not spin, nothing of the caller's locale or job.
        A change to None takes a variable away."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        values = {"OMP_WAIT_POLICY": "passive", "LC_ALL": "C.UTF-8", **keep, **changes}
        return {name: str(value) for name, value in values.items() if value is not None}

    def start(self, folder, *words, fault=None, report=None, record=None, before=(), env=None,
              **options):
        """The program with `words` in `folder`, as a process. `before` are the words of a command
        that starts it, such as a shell that closes descriptors."""
        values = self.environment() if env is None else dict(env)
        if fault or record:
            values.update(LD_PRELOAD=str(self.shim))
        for name, value in (("RL_FAULT", fault), ("RL_FAULT_REPORT", report),
                            ("RL_FAULT_RECORD", record)):
            if value:
                values[name] = str(value)
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([*before, str(self.program), *map(str, words)], cwd=folder,
                                env=values, **options)

    def run(self, folder, *words, fault=None, **options):
        """The same, waited for."""
        report = folder / ".report" if fault else None
        if report and report.exists():
            report.unlink()
        process = self.start(folder, *words, fault=fault, report=report, **options)
        outcome = self.wait(process, words)
        if not report or not report.exists():
            return outcome
        lines = report.read_text().splitlines()
        report.unlink()
        return outcome._replace(fault="\n".join(lines))

    @staticmethod
    def wait(process, words):
        code = None
        for _ in range(HANG):  # a second at a time: while the campaign is stopped, no time passes
            try:
                out, err = process.communicate(timeout=1)
                code = process.returncode
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            process.kill()
            out, err = process.communicate()
        text = [(stream or b"").decode(errors="backslashreplace") for stream in (out, err)]
        return Outcome([str(word) for word in words], code, *text, "")

    def count_calls(self, folder, kind, *words):
        """How many calls of a kind the command makes when nothing fails."""
        outcome = self.run(folder, *words, fault=f"{kind}:0")
        counts = [line for line in outcome.fault.splitlines() if line.startswith("calls ")]
        if outcome.code != 0 or not counts:
            raise Complaint(f"without a fault: exit {outcome.code}: {outcome.err}")
        return max(int(line.split()[1]) for line in counts)

    def try_case(self, case):
        folder = self.folder()
        try:
            counted = case.function(folder) or {}
        except Complaint as complaint:
            self._complain(case.name, str(complaint))
            counted = {"complaints": 1}
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            self.counts.update(counted)

    def _complain(self, name, text):
        for pattern, reason in self.known:
            if pattern.search(f"{name}: {text}"):
                with self._lock:
                    self.known_seen[reason] += 1
                return
        with self._lock:
            self.complaints.append((name, text))
            print(f"FAILED {name}: {text}", file=sys.stderr, flush=True)

    def try_all(self, cases, jobs):
        """The cases one after another, `jobs` at a time. A part that goes wrong everywhere ends."""
        begin = time.monotonic()
        with ThreadPoolExecutor(jobs) as pool:
            room = threading.Semaphore(4 * jobs)

            def work(case):
                try:
                    self.try_case(case)
                finally:
                    room.release()

            futures = []
            for case in cases:
                room.acquire()
                if len(self.complaints) >= 50:
                    print("ended after 50 complaints", file=sys.stderr)
                    break
                futures.append(pool.submit(work, case))
            for future in futures:
                future.result()
        return time.monotonic() - begin
