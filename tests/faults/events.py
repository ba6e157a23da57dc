"""What TensorBoard shows of a folder: the points of its event files, in the order of their names;
a file that begins anew at a step takes back the points from there on. A torn end is no record."""

import struct


def _records(data):
    """Records as TensorFlow frames them: length, its checksum, bytes, their checksum."""
    at = 0
    while len(data) - at >= 16:
        size, = struct.unpack_from("<Q", data, at)
        if size == 0 or size > len(data) - at - 16:
            return
        yield data[at + 12:at + 12 + size]
        at += size + 16


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data):
    """{number: [values]} of a message of protocol buffers."""
    found, at = {}, 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(key & 7)
            if size is None:
                size, at = _varint(data, at)
            value, at = data[at:at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


STEP, SUMMARY, SESSION = 2, 5, 7  # of an event
TAG, SIMPLE_VALUE = 1, 2  # of a value of its summary
START = 1  # a state of a session


def points(files):
    """{(tag, step): value as it stands there}, without speeds; `files` as bytes, in their order."""
    shown = {}
    for data in files:
        for record in _records(data):
            event = _fields(record)
            step = event.get(STEP, [0])[0]
            for session in event.get(SESSION, []):
                if _fields(session).get(1) == [START]:
                    shown = {key: value for key, value in shown.items() if key[1] < step}
            for summary in event.get(SUMMARY, []):
                for value in map(_fields, _fields(summary).get(1, [])):
                    tag = value[TAG][0].decode()
                    if SIMPLE_VALUE in value and not tag.endswith("images_per_second"):
                        shown[tag, step] = value[SIMPLE_VALUE][0]
    return shown
