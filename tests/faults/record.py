"""The record of the shim, replayed: what a power cut after any of its operations may leave.

The disk promises what POSIX does and no more. What was written to a file is safe once the file was
synchronised, an entry of a folder (made, renamed, removed) once the folder was. Of the rest, the
newest may be lost and the older kept: entries in their order, data of a file not at all, as zeros of
the right length, up to a torn half, or all of it."""

import os
import posixpath

DATA = ("synced", "zeros", "torn", "written")


def operations(path, cwd):
    """(name, arguments) of each line; paths are absolute."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        end = data.index(b"\n", at)
        name, _, rest = data[at:end].decode().partition(" ")
        at = end + 1
        if name == "write":
            pid, fd, offset, size = map(int, rest.split())
            yield name, ((pid, fd), offset, data[at:at + size])
            at += size + 1
        elif name == "open":
            pid, fd, flags, target = rest.split(" ", 3)
            yield name, ((int(pid), int(fd)), int(flags), _absolute(cwd, target))
        elif name in ("fsync", "close", "truncate", "dup"):
            pid, fd, *number = map(int, rest.split())
            yield name, ((pid, fd), *number)
        else:
            yield name, tuple(_absolute(cwd, one) for one in rest.split("\t"))


def _absolute(cwd, path):
    return posixpath.normpath(posixpath.join(str(cwd), path))


class File:
    def __init__(self):
        self.written = b""  # what readers see
        self.synced = b""

    def content(self, policy):
        kept = self.synced
        if policy == "written" or self.written == kept:
            return self.written
        if policy == "zeros":
            return kept + bytes(max(0, len(self.written) - len(kept)))
        if policy == "torn":
            first = next((i for i, (a, b) in enumerate(zip(self.written, kept)) if a != b),
                         min(len(kept), len(self.written)))
            return self.written[:first + (len(self.written) - first) // 2]
        return kept


FOLDER = None  # the content of an entry that is a folder


class Disk:
    """Everything below `root`, which is there and safe from the start."""

    def __init__(self, root):
        self.root = posixpath.normpath(str(root))
        self.safe = {}  # {path: File or FOLDER}: entries that survive
        self.entries = {}  # as they are now
        self.pending = []  # changes of entries since: (path, File, FOLDER or "gone")
        self.opened = {}
        self.versions = {}  # {path: contents that were renamed to it, in order}
        self.promised = {}  # {path: how many of them were superseded by one that is safe}

    def _is_ours(self, path):
        return path.startswith(self.root + "/")

    def _change(self, *changes):
        for path, what in changes:
            if what == "gone":
                self.entries.pop(path, None)
            else:
                self.entries[path] = what
        self.pending.append(changes)

    def apply(self, name, arguments):
        """One operation; true when it changed what a power cut may leave."""
        return getattr(self, "_" + name)(*arguments) is not False

    def _open(self, key, flags, path):
        self.opened[key] = path
        if not self._is_ours(path):
            return False
        if path in self.entries:
            if flags & os.O_TRUNC and self.entries[path] is not FOLDER:
                self.entries[path].written = b""
            self.opened[key] = self.entries[path] or path
        elif flags & os.O_CREAT:
            self._change((path, File()))
            self.opened[key] = self.entries[path]
        else:
            return False
        return True

    def _write(self, key, offset, data):
        file = self.opened.get(key)
        if not isinstance(file, File):
            return False
        # An offset below the end that was not sought is that of a file opened to append.
        offset = max(offset, len(file.written)) if offset == 0 else offset
        gap = bytes(max(0, offset - len(file.written)))
        file.written = file.written[:offset] + gap + data + file.written[offset + len(data):]
        return True

    def _truncate(self, key, size):
        file = self.opened[key]
        file.written = file.written[:size] + bytes(max(0, size - len(file.written)))

    def _dup(self, key, copy):
        if key in self.opened:
            self.opened[key[0], copy] = self.opened[key]
        return False

    def _close(self, key):
        self.opened.pop(key, None)
        return False

    def _fsync(self, key):
        target = self.opened.get(key)
        if isinstance(target, File):
            target.synced = target.written
            return True
        if not target or not (target == self.root or self._is_ours(target)):
            return False
        # Entries of this folder are safe; a rename stays within one folder.
        rest = []
        for changes in self.pending:
            if posixpath.dirname(changes[0][0]) == target:
                self._settle(self.safe, changes)
                self._promise(changes)
            else:
                rest.append(changes)
        self.pending = rest
        return True

    @staticmethod
    def _settle(entries, changes):
        for path, what in changes:
            if what == "gone":
                entries.pop(path, None)
            else:
                entries[path] = what

    def _promise(self, changes):
        for path, what in changes:
            if isinstance(what, File) and path in self.versions:
                self.promised[path] = self.versions[path].index(what)

    def _rename(self, source, target):
        if source not in self.entries:
            return False
        file = self.entries[source]
        self.versions.setdefault(target, []).append(file)
        self._change((source, "gone"), (target, file))
        return True

    def _unlink(self, path):
        if path not in self.entries:
            return False
        self._change((path, "gone"))
        return True

    def _mkdir(self, path):
        if not self._is_ours(path):
            return False
        self._change((path, FOLDER))
        return True

    def states(self):
        """What a power cut now may leave: (name, {path below root: bytes or FOLDER})."""
        for kept in range(len(self.pending) + 1):
            entries = dict(self.safe)
            for changes in self.pending[:kept]:
                self._settle(entries, changes)
            for policy in DATA:
                state = {}
                for path, what in sorted(entries.items()):
                    parent = posixpath.dirname(path)
                    name = posixpath.relpath(path, self.root)
                    if parent != self.root and posixpath.relpath(parent, self.root) not in state:
                        continue  # its folder is not there
                    state[name] = what if what is FOLDER else what.content(policy)
                yield f"{kept}-{policy}", state

    def now(self):
        """{path below root: content or FOLDER} as readers see it."""
        return {posixpath.relpath(path, self.root): what if what is FOLDER else what.written
                for path, what in self.entries.items()}

    def broken_promises(self, state):
        """Files that were safe, and are older or gone."""
        for path, index in self.promised.items():
            name = posixpath.relpath(path, self.root)
            if path in self.entries and state.get(name) not in [
                    file.synced for file in self.versions[path][index:]]:
                yield name
