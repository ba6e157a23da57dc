"""What tests/interop needs of networks: short runs with statistics that are not trivial, images as
files, and the usual CIFAR ResNet in PyTorch to hold the program's files against."""
import json
import os
import sys

import numpy

import peers

TOLERANCE = 1e-4  # between two programs that add in another order

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))


def train(folder, name, *options):
    """A run of a few steps on the built-in images; its folder."""
    run = os.path.join(folder, name)
    peers.reslab("train", "--data", "shapes", "--limit-train", 96, "--limit-test", 32, "--batch-size",
                 16, "--epochs", 1, "--lr", 0.01, "--out", run, *options)
    return run


def images(folder, count):
    """`count` images of 32x32 pixels as files, and as uint8 [count][3][32][32]."""
    from PIL import Image

    random = numpy.random.default_rng(5)
    os.makedirs(folder, exist_ok=True)
    pixels = random.integers(0, 256, (count, 32, 32, 3), dtype=numpy.uint8)
    pixels[:, 8:24, 8:24] //= 4  # not only noise
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(os.path.join(folder, f"{i:03}.png"))
    return pixels.transpose(0, 3, 1, 2).copy()


def reslab_logits(model, folder, *options):
    """The program's own logits for the images of a folder, in the order of their names."""
    text = peers.reslab("predict", model, folder, "--json", "--logits", *options)
    return numpy.array([image["logits"] for image in json.loads(text)["images"]], numpy.float64)


def metadata_of(path):
    """The metadata of a safetensors file, by its real reader."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        return file.metadata()


def normalized(pixels, metadata):
    """Pixels [n][3][32][32] as the network takes them."""
    mean, deviation = (numpy.array(json.loads(metadata["reslab." + key]), numpy.float32)
                       .reshape(1, 3, 1, 1) for key in ("mean", "deviation"))
    return (pixels.astype(numpy.float32) / 255 - mean) / deviation


def torch_net(metadata):
    """The usual CIFAR ResNet that a file's metadata describe, with fresh weights, for evaluation."""
    from reference_net import ResNet

    def value(key):
        return metadata["reslab." + key]

    return ResNet(value("model"), len(json.loads(value("classes"))), int(value("width")),
                  value("activation"), float(value("negative_slope")), int(value("ghost_ratio")),
                  int(value("ghost_dw_size")), value("ghost_outer_bn") == "true",
                  value("ghost_activation")).eval()


def softmax(logits):
    powers = numpy.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def check_close(what, found, expected):
    found, expected = numpy.asarray(found, numpy.float64), numpy.asarray(expected, numpy.float64)
    if found.shape != expected.shape:
        sys.exit(f"{what}: shape {found.shape}, expected {expected.shape}")
    if float(expected.std()) < 1e-3:
        sys.exit(f"{what}: all logits are about the same: this would show nothing")
    worst = float(abs(found - expected).max())
    if not worst < TOLERANCE:
        sys.exit(f"{what}: differs by {worst:.2e}, expected less than {TOLERANCE}")
    print(f"{what}: of {abs(expected).max():.2g}, differs by at most {worst:.1e}")
