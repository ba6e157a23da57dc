"""IDX, gzip and CIFAR files as numpy and Python write them: what `reslab data info` says of them must
be what numpy computes by itself, padding and fingerprint included."""
import gzip
import hashlib
import json
import os
import struct
import sys
import tempfile

import peers

numpy = peers.need("numpy")
random = numpy.random.default_rng(5)


def write(folder, name, data, packed=False):
    os.makedirs(folder, exist_ok=True)
    with (gzip.open if packed else open)(os.path.join(folder, name + (".gz" if packed else "")), "wb") as file:
        file.write(data)


def idx(array):
    """An array of bytes as an IDX file: big-endian sizes, values in row order."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def centred(images):
    """Grey images as 32x32 RGB on black, the smaller half of the margin left and above."""
    margins = [((32 - side) // 2, (33 - side) // 2) for side in images.shape[1:]]
    return numpy.repeat(numpy.pad(images, [(0, 0), *margins])[..., None], 3, axis=3)


def fingerprint(names, splits):
    """SHA-256 over classes, counts, labels and pixels, as src/data/measure.h documents it."""
    digest = hashlib.sha256(struct.pack("<Q", len(names)))
    for name in names:
        digest.update(name.encode() + b"\0")
    for images, labels in splits:
        digest.update(struct.pack("<Q", len(labels)) + labels.astype("<u2").tobytes() + images.tobytes())
    return digest.hexdigest()


def statistics(images):
    """Mean and deviation by channel, of pixels from 0 to 1; in integers, as floats would take gigabytes."""
    channels = [images[..., c] for c in range(3)]
    means = numpy.array([channel.mean(dtype=numpy.float64) for channel in channels])
    squares = [numpy.square(channel, dtype=numpy.uint16).mean(dtype=numpy.float64) for channel in channels]
    return means / 255, numpy.sqrt(numpy.array(squares) - means ** 2) / 255


def expect(what, actual, expected):
    if actual != expected:
        sys.exit(f"{what}: {actual}, expected {expected}")


def check(path, kind, names, splits, *options):
    """Holds what the program says of the data at `path` against (images [n,32,32,3], labels) by split."""
    info = json.loads(peers.reslab("data", "info", path, "--json", *options))
    expect(f"{path}: format", info["format"], kind)
    expect(f"{path}: classes", info["classes"], names)
    expect(f"{path}: counts", [info["train"], info["test"]], [len(labels) for _, labels in splits])
    for key, values in zip(("mean", "deviation"), statistics(splits[0][0])):
        if not numpy.allclose(info[key], values, rtol=0, atol=1e-6):
            sys.exit(f"{path}: {key} {info[key]}, expected {values}")
    expect(f"{path}: fingerprint", info["fingerprint"], fingerprint(names, splits))


def check_idx(root):
    for height, width in ((28, 28), (32, 32), (27, 14)):
        for packed in (False, True):
            folder = os.path.join(root, f"idx-{height}-{width}-{packed}")
            splits = []
            for name, count in (("train", 50), ("t10k", 20)):
                images = random.integers(0, 256, (count, height, width), numpy.uint8)
                labels = numpy.append(random.integers(0, 7, count - 1), 6).astype(numpy.uint8)
                write(folder, f"{name}-images-idx3-ubyte", idx(images), packed)
                write(folder, f"{name}-labels-idx1-ubyte", idx(labels), packed)
                splits.append((centred(images), labels))
            check(folder, "idx", [str(label) for label in range(7)], splits)
            names = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs"]
            write(folder, "classes.txt", "\n".join(names).encode())
            check(folder, "idx", names, splits)


def check_idx_types(root):
    """What numpy can also write as IDX, and what is not an image file, is refused by name."""
    folder = os.path.join(root, "types")
    for name in ("train", "t10k"):
        write(folder, f"{name}-images-idx3-ubyte", idx(numpy.zeros((3, 4, 4, 3), numpy.uint8)))
        write(folder, f"{name}-labels-idx1-ubyte", idx(numpy.arange(3, dtype=numpy.uint8)))
    said = peers.reslab("data", "info", folder, fails=True)
    if "train-images-idx3-ubyte: 4 dimensions, expected 3" not in said:
        sys.exit(f"four dimensions: {said}")


def check_cifar100(root):
    folder = os.path.join(root, "cifar-100-binary")
    names = {"coarse": [f"kind {k}" for k in range(20)], "fine": [f"sort_{k}" for k in range(100)]}
    splits = {"coarse": [], "fine": []}
    for name, count in (("train", 200), ("test", 60)):
        planes = random.integers(0, 256, (count, 3, 32, 32), numpy.uint8)
        labels = {"coarse": random.integers(0, 20, count), "fine": random.integers(0, 100, count)}
        records = numpy.concatenate([labels["coarse"][:, None], labels["fine"][:, None],
                                     planes.reshape(count, -1)], axis=1)
        write(folder, f"{name}.bin", records.astype(numpy.uint8).tobytes())
        for kind in splits:
            splits[kind].append((numpy.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels[kind]))
    for kind in splits:
        write(folder, f"{kind}_label_names.txt", ("\n".join(names[kind]) + "\n").encode())
    for kind in splits:
        check(folder, "cifar100", names[kind], splits[kind], "--labels", kind)
    check(root, "cifar100", names["fine"], splits["fine"])


def read_packed(path, header):
    with gzip.open(path) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


def check_fashion(root):
    """The real Fashion-MNIST of Debian's package, found by its name, where it is installed."""
    folder = "/usr/share/datasets/fashion-mnist"
    if not os.path.exists(folder):
        print(f"not checked: {folder} is not there; Debian's dataset-fashion-mnist brings it")
        return
    splits = [(centred(read_packed(f"{folder}/{name}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)),
               read_packed(f"{folder}/{name}-labels-idx1-ubyte.gz", 8)) for name in ("train", "t10k")]
    for key in ("RESLAB_DATA", "XDG_CACHE_HOME"):
        os.environ.pop(key, None)
    os.environ["HOME"] = root
    names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
             "Ankle boot"]
    check("fashion-mnist", "idx", names, splits)


with tempfile.TemporaryDirectory() as scratch:
    check_idx(scratch)
    check_idx_types(scratch)
    check_cifar100(scratch)
    check_fashion(scratch)
