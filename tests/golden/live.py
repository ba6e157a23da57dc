#!/usr/bin/env python3
"""Full-width networks against the PyTorch that is installed: ten training steps, and evaluation.

    python3 tests/golden/live.py build/reslab

From the same weights and batches, the losses of ten steps must follow PyTorch's in double precision:
within ten times the distance of PyTorch's own single precision, and never more than 1e-2. (ReLU's
kinks make training chaotic, so rates are small.) Then PyTorch loads the trained weights, strictly,
and must find the same test loss. Fixtures at narrow width, which need no PyTorch, are test_golden's.
"""
import csv
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch

from reference_net import ResNet, make_optimizer, save_safetensors

STEPS, BATCH, TEST_IMAGES = 10, 8, 32
MEAN = np.array([0.4914, 0.4822, 0.4465]).reshape(1, 3, 1, 1)
STD = np.array([0.2470, 0.2435, 0.2616]).reshape(1, 3, 1, 1)
CASES = [("resnet18", "relu", 1e-4), ("resnet18", "gelu", 1e-3), ("resnet18-ghost", "relu", 4e-6)]


def write_data(folder):
    """Images with some structure, in CIFAR-10's binary layout; returns them as they train."""
    rng = np.random.default_rng(0)
    sets = []
    for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
        count = STEPS * BATCH if name == "data_batch_1.bin" else TEST_IMAGES
        coarse = rng.integers(0, 256, (count, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
        noise = rng.integers(-20, 21, (count, 3, 32, 32))
        pixels = np.clip(coarse + noise, 0, 255).astype(np.uint8)
        labels = rng.integers(0, 10, count).astype(np.uint8)
        np.hstack([labels[:, None], pixels.reshape(count, -1)]).tofile(folder / name)
        sets.append((pixels, labels.astype(np.int64)))
    return sets[0], sets[-1]


def to_input(pixels, dtype):
    return torch.from_numpy((pixels / 255.0 - MEAN) / STD).to(dtype)


def train_pytorch(model, activation, lr, initial, train, dtype):
    net = ResNet(model, activation=activation).to(dtype)
    net.load_state_dict({k: v.to(dtype) if v.is_floating_point() else v for k, v in initial.items()})
    optimizer = make_optimizer("momentum", net.parameters(), lr=lr)
    pixels, labels = train
    losses = []
    for step in range(STEPS):
        some = slice(step * BATCH, (step + 1) * BATCH)
        loss = torch.nn.functional.cross_entropy(net(to_input(pixels[some], dtype)),
                                                 torch.from_numpy(labels[some]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def load_safetensors(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    types = {"F32": np.float32, "I64": np.int64}
    state = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = (8 + size + o for o in entry["data_offsets"])
            values = np.frombuffer(raw[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
            state[name] = torch.from_numpy(values.copy())
    return state


def check(reslab, folder, case, train, test):
    model, activation, lr = case
    torch.manual_seed(1)
    net = ResNet(model, activation=activation)
    initial = {k: v.clone() for k, v in net.state_dict().items()}
    save_safetensors(folder / "init.safetensors", initial)
    run = folder / f"{model}-{activation}"
    subprocess.run([reslab, "train", "--data", folder, "--model", model, "--activation", activation,
                    "--optimizer", "momentum", "--lr", str(lr), "--epochs", "1", "--batch-size",
                    str(BATCH), "--limit-train", str(STEPS * BATCH), "--no-shuffle", "--no-augment",
                    "--normalize", "cifar10", "--init", folder / "init.safetensors", "--out", run,
                    "--quiet"], check=True)
    with open(run / "steps.csv") as f:
        ours = np.array([float(row["loss"]) for row in csv.DictReader(f)])
    exact = train_pytorch(model, activation, lr, initial, train, torch.float64)
    single = train_pytorch(model, activation, lr, initial, train, torch.float32)
    distance = np.max(np.abs(ours - exact) / exact)
    stray = np.max(np.abs(single - exact) / exact)
    net.load_state_dict(load_safetensors(run / "model.safetensors"), strict=True)
    net.eval()
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(net(to_input(test[0], torch.float32)),
                                                 torch.from_numpy(test[1])).item()
    with open(run / "metrics.csv") as f:
        test_loss = float(list(csv.DictReader(f))[-1]["test_loss"])
    test_distance = abs(loss - test_loss) / loss
    good = distance <= min(max(10 * stray, 2e-5), 1e-2) and test_distance <= 1e-4
    print(f"{'ok' if good else 'FAILED':6} {model:15} {activation:5} ten losses: {distance:.1e} from "
          f"double (PyTorch's float: {stray:.1e}); test loss: {test_distance:.1e} from PyTorch's")
    return good


def main():
    reslab = pathlib.Path(sys.argv[1]).resolve()
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        train, test = write_data(folder)
        results = [check(reslab, folder, case, train, test) for case in CASES]
    print(f"PyTorch {torch.__version__}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
