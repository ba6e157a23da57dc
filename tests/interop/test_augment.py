"""Augmented batches and the loss of mixed labels against PyTorch.

    python3 tests/interop/test_augment.py build/reslab

Everything from the random numbers on is written again here: Philox, the draws, and the augmentations
by PyTorch's padding, interpolation and cross-entropy, in double precision. Runs with a learning rate
of zero keep their weights, so that the loss of every step of two epochs is that of the initial
network on that step's batch: each must be PyTorch's within single precision, and each count of
correct images the same.
"""
import csv
import math
import pathlib
import sys
import tempfile

from peers import need, reslab

np, torch, functional = need("numpy", "torch", "torch.nn.functional")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
from reference_net import ResNet, save_safetensors  # noqa: E402

SEED, EPOCHS, STEPS, BATCH, WIDTH = 7, 2, 4, 16, 4
IMAGES = STEPS * BATCH - 5  # the last batch is short
MEAN = torch.tensor([0.4914, 0.4822, 0.4465], dtype=torch.float64)[:, None, None]
STD = torch.tensor([0.2470, 0.2435, 0.2616], dtype=torch.float64)[:, None, None]
AUGMENT, FLIP, RESIZED, CUTOUT, ERASING, SHARE, PARTNER = 3, 8, 9, 10, 11, 12, 13
CASES = [
    ["--crop", "zero"],
    ["--crop", "reflect", "--crop-pad", "6", "--flip", "none"],
    ["--crop", "resized", "--crop-area", "0.2", "--flip", "alternating"],
    ["--crop", "none", "--flip", "none", "--cutout", "9"],
    ["--crop", "none", "--random-erasing", "0.5", "--cutout", "4"],
    ["--mixup", "0.2", "--label-smoothing", "0.1"],
    ["--mixup", "1", "--crop", "none"],
    ["--mixup", "3", "--label-smoothing", "0.2", "--cutout", "8", "--flip", "alternating"],
]


class Stream:
    """Philox4x32-10, named by (seed, purpose, epoch, item)."""

    def __init__(self, purpose, epoch, item):
        self.name, self.block, self.words = (item, purpose << 24 | epoch), 0, []

    def word(self):
        if not self.words:
            item, last = self.name
            c, k = [self.block, item & 0xFFFFFFFF, item >> 32, last], [SEED & 0xFFFFFFFF, SEED >> 32]
            for _ in range(10):
                p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [(q >> 32) ^ c[1] ^ k[0], q & 0xFFFFFFFF, (p >> 32) ^ c[3] ^ k[1], p & 0xFFFFFFFF]
                k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
            self.block, self.words = self.block + 1, c
        return self.words.pop(0)

    def below(self, bound):
        while True:
            product = self.word() * bound
            if product & 0xFFFFFFFF >= 2**32 % bound:
                return product >> 32

    def double(self):
        high = self.word()
        return (((high << 32 | self.word()) >> 12) + 0.5) / 2**52

    def between(self, low, high):
        return low + (high - low) * self.double()

    def box(self, area, ratio, largest):
        for _ in range(10):
            pixels = 1024 * self.between(*area)
            shape = math.exp(self.between(math.log(ratio[0]), math.log(ratio[1])))
            w, h = round(math.sqrt(pixels * shape)), round(math.sqrt(pixels / shape))
            if 0 < w <= largest and 0 < h <= largest:
                top = self.below(33 - h)
                return top, self.below(33 - w), h, w
        return None

    def beta(self, a):
        while a <= 1:
            x, y = math.log(self.double()) / a, math.log(self.double()) / a
            if math.exp(x) + math.exp(y) <= 1:
                return math.exp(x) / (math.exp(x) + math.exp(y))
        while True:
            u = self.double()
            w = a * math.exp(math.log(u / (1 - u)) / math.sqrt(a))
            # Cheng's test, multiplied out.
            density = (w / a) ** (a + math.sqrt(a)) * (2 * a / (a + w)) ** (2 * a)
            if density >= 4 * u * u * self.double():
                return w / (a + w)


def augment(pixels, epoch, index, o):
    """One image, [3][32][32] of 0..255, to normalised doubles."""
    x, pad = torch.from_numpy(pixels.astype(np.float64))[None], o["crop-pad"]
    shifts = Stream(AUGMENT, epoch, index)
    top, left, flip = shifts.below(2 * pad + 1), shifts.below(2 * pad + 1), shifts.below(2) == 1
    if o["crop"] in ("zero", "reflect"):
        mode = "constant" if o["crop"] == "zero" else "reflect"
        x = functional.pad(x, [pad] * 4, mode=mode)[:, :, top:top + 32, left:left + 32]
    elif o["crop"] == "resized":
        box = Stream(RESIZED, epoch, index).box((o["crop-area"], 1), (3 / 4, 4 / 3), 32)
        y0, x0, h, w = box or (0, 0, 32, 32)
        part = x[:, :, y0:y0 + h, x0:x0 + w]
        x = torch.floor(functional.interpolate(part, (32, 32), mode="bilinear") + 0.5)
    if o["flip"] == "alternating":
        flip = (Stream(FLIP, 0, index).below(2) + epoch) % 2 == 1
    if flip and o["flip"] != "none":
        x = x.flip(3)
    x = (x[0] / 255 - MEAN) / STD
    if side := o["cutout"]:
        centre = Stream(CUTOUT, epoch, index)
        y0, x0 = centre.below(32) - side // 2, centre.below(32) - side // 2
        x[:, max(y0, 0):y0 + side, max(x0, 0):x0 + side] = 0
    erasing = Stream(ERASING, epoch, index)
    if o["random-erasing"] and erasing.double() < o["random-erasing"]:
        box = erasing.box((0.02, 0.33), (1 / 3.3, 1 / 0.3), 31)
        if box:
            y0, x0, h, w = box
            x[:, y0:y0 + h, x0:x0 + w] = 0
    return x


def order(stream, count):
    numbers = list(range(count))
    for i in range(count - 1, 0, -1):
        j = stream.below(i + 1)
        numbers[i], numbers[j] = numbers[j], numbers[i]
    return numbers


def expected_step(net, pixels, labels, epoch, step, o):
    """Loss and share of correct images of the step's batch."""
    some = range(step * BATCH, min((step + 1) * BATCH, IMAGES))
    x = torch.stack([augment(pixels[i], epoch, i, o) for i in some])
    a = b = torch.from_numpy(labels[some.start:some.stop])
    share = 1
    if o["mixup"]:
        share = Stream(SHARE, epoch, step).beta(o["mixup"])
        partners = order(Stream(PARTNER, epoch, step), len(some))
        x, b = share * x + (1 - share) * x[partners], a[partners]
    with torch.no_grad():
        logits = net(x)
        losses = [functional.cross_entropy(logits, y, label_smoothing=o["label-smoothing"]).item()
                  for y in (a, b)]
    correct = (logits.argmax(1) == (a if share >= 0.5 else b)).double().mean().item()
    return share * losses[0] + (1 - share) * losses[1], correct


def write_data(folder):
    """Images with some structure, in CIFAR-10's binary layout; returns those to train on."""
    rng = np.random.default_rng(1)
    for name in ["test_batch.bin"] + [f"data_batch_{i}.bin" for i in range(5, 0, -1)]:
        coarse = rng.integers(0, 256, (IMAGES, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
        pixels = np.clip(coarse + rng.integers(-20, 21, (IMAGES, 3, 32, 32)), 0, 255).astype(np.uint8)
        labels = rng.integers(0, 10, IMAGES).astype(np.uint8)
        np.hstack([labels[:, None], pixels.reshape(IMAGES, -1)]).tofile(folder / name)
    return pixels, labels.astype(np.int64)


def check(folder, number, case, net, data):
    o = {"crop": "zero", "crop-pad": 4, "crop-area": 0.08, "flip": "random", "cutout": 0,
         "random-erasing": 0, "mixup": 0, "label-smoothing": 0}
    for name, value in zip(case[::2], case[1::2]):
        o[name[2:]] = type(o[name[2:]])(value) if name in ("--crop", "--flip") else float(value)
    for name in ("crop-pad", "cutout"):
        o[name] = int(o[name])
    run = folder / f"run{number}"
    reslab("train", "--data", folder, "--width", WIDTH, "--epochs", EPOCHS, "--batch-size", BATCH,
           "--last-batch", "keep", "--limit-train", IMAGES, "--lr", 0, "--momentum", 0, "--no-shuffle", "--seed", SEED,
           "--normalize", "cifar10", "--init", folder / "init.safetensors", "--out", run, "--quiet", *case)
    with open(run / "steps.csv") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == EPOCHS * STEPS
    distance = wrong = 0
    for i, row in enumerate(rows):
        loss, correct = expected_step(net, *data, i // STEPS, i % STEPS, o)
        distance = max(distance, abs(float(row["loss"]) / loss - 1))
        wrong += abs(float(row["accuracy"]) - correct) > 1e-6
    good = distance < 2e-5 and not wrong
    print(f"{'ok' if good else 'FAILED':6} {' '.join(case):72} losses {distance:.1e} apart, "
          f"{wrong} counts differ")
    return good


def main():
    torch.manual_seed(3)
    net = ResNet("resnet18", width=WIDTH)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        data = write_data(folder)
        save_safetensors(folder / "init.safetensors", net.state_dict())
        net.double().train()
        results = [check(folder, i, case, net, data) for i, case in enumerate(CASES)]
    print(f"PyTorch {torch.__version__}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
