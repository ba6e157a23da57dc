#!/usr/bin/env python3
"""Trains the reference network with PyTorch, configured as `reslab train` is, and prints a row an epoch.

The peer for accuracy curves: the same images, normalisation, augmentation (pad 4, crop, flip),
optimizer, cosine schedule a step and last batch. Leaves the initial weights behind, for `reslab train --init`.
"""
import argparse
import math
import pathlib
import resource
import sys
import time

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"))
from reference_net import ResNet, make_optimizer, save_safetensors  # noqa: E402


def read_cifar10(folder):
    def read(names):
        raw = np.concatenate([np.fromfile(folder / n, np.uint8) for n in names]).reshape(-1, 3073)
        return raw[:, 1:].reshape(-1, 3, 32, 32), raw[:, 0].astype(np.int64)

    return read([f"data_batch_{i}.bin" for i in range(1, 6)]), read(["test_batch.bin"])


def augment(images, rng):
    out = np.empty_like(images)
    padded = np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)))
    for i in range(len(images)):
        y, x = rng.integers(0, 9, 2)
        crop = padded[i, :, y : y + 32, x : x + 32]
        out[i] = crop[:, :, ::-1] if rng.integers(2) else crop
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("data", type=pathlib.Path, help="folder in CIFAR-10 binary layout")
    p.add_argument("--model", default="resnet18")
    p.add_argument("--activation", default="relu")
    p.add_argument("--optimizer", default="momentum")
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--lr", type=float, default=0.01)
    p.add_argument("--schedule", default="constant", choices=["constant", "cosine"])
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--batch-size", type=int, default=128)
    p.add_argument("--last-batch", default="drop", choices=["drop", "keep"])
    p.add_argument("--limit-train", type=int, default=None)
    p.add_argument("--limit-test", type=int, default=None)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--save-init", help="write the initial weights here (safetensors)")
    a = p.parse_args()

    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    rng = np.random.default_rng(a.seed)
    (images, labels), (test_images, test_labels) = read_cifar10(a.data)
    pixels = images.astype(np.float64) / 255
    mean, std = pixels.mean((0, 2, 3)), pixels.std((0, 2, 3))
    del pixels
    images, labels = images[: a.limit_train], labels[: a.limit_train]
    test_images, test_labels = test_images[: a.limit_test], test_labels[: a.limit_test]

    def normalize(batch):
        # Black padding comes before normalisation here, as in torchvision's usual order.
        scaled = (batch.astype(np.float32) / 255 - mean[:, None, None]) / std[:, None, None]
        return torch.from_numpy(scaled.astype(np.float32))

    net = ResNet(a.model, width=a.width, activation=a.activation)
    if a.save_init:
        save_safetensors(a.save_init, net.state_dict())
    optimizer = make_optimizer(a.optimizer, net.parameters(), a.lr)
    loss_function = nn.CrossEntropyLoss()
    batch_size = min(a.batch_size, len(images))
    steps_per_epoch = len(images) // batch_size if a.last_batch == "drop" else math.ceil(len(images) / batch_size)
    total, step = steps_per_epoch * a.epochs, 0
    print("epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second", flush=True)
    for epoch in range(1, a.epochs + 1):
        net.train()
        order, start = rng.permutation(len(images)), time.time()
        loss_sum = correct = 0
        for i in range(0, steps_per_epoch * batch_size, batch_size):
            if a.schedule == "cosine":
                for group in optimizer.param_groups:
                    group["lr"] = 0.5 * a.lr * (1 + math.cos(math.pi * step / total))
            chosen = order[i : i + batch_size]
            x = normalize(augment(images[chosen], rng))
            y = torch.from_numpy(labels[chosen])
            logits = net(x)
            loss = loss_function(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            loss_sum += loss.item() * len(chosen)
            correct += (logits.argmax(1) == y).sum().item()
        seconds = time.time() - start
        net.eval()
        test_loss = test_correct = 0
        with torch.no_grad():
            for i in range(0, len(test_images), 250):
                logits = net(normalize(test_images[i : i + 250]))
                y = torch.from_numpy(test_labels[i : i + 250])
                test_loss += loss_function(logits, y).item() * len(y)
                test_correct += (logits.argmax(1) == y).sum().item()
        n, m = min(steps_per_epoch * batch_size, len(images)), len(test_images)
        print(f"{epoch},{loss_sum / n:.4f},{correct / n:.4f},{test_loss / m:.4f},"
              f"{test_correct / m:.4f},{seconds:.1f},{n / seconds:.2f}", flush=True)
    print("peak_memory_bytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main()
