#!/usr/bin/env python3
"""reslab against PyTorch, in turn on one machine: training images/s and peak memory.

    python3 bench/vs_pytorch.py [--model resnet18 resnet18-ghost] [--repeats 3] [--threads 2]

Each measurement is a process of its own that trains the same network on the same number of random
32x32 images at the same batch size; the first step (warm-up) is left out on both sides. Medians, and the
ratio of the medians. Run nothing else meanwhile.
"""
import argparse
import csv
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "golden"))


def write_data(folder, images):
    """Random images in CIFAR-10's binary layout: speed does not depend on what they show."""
    import numpy as np
    rng = np.random.default_rng(0)
    for name in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
        records = rng.integers(0, 256, (max(images // 5, 10), 3073), dtype=np.uint8)
        records[:, 0] %= 10
        records.tofile(folder / name)


def time_pytorch(model, batch, steps, threads):
    """Prints images/s and peak memory of PyTorch, as JSON. Runs in a process of its own."""
    import torch
    from reference_net import ResNet, make_optimizer
    torch.set_num_threads(threads)
    net = ResNet(model).train()
    optimizer = make_optimizer("momentum", net.parameters())
    images = torch.randn(batch, 3, 32, 32)
    labels = torch.randint(0, 10, (batch,))
    for step in range(steps + 1):
        if step == 1:
            start = time.perf_counter()
        loss = torch.nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    seconds = time.perf_counter() - start
    print(json.dumps({"images_per_second": steps * batch / seconds,
                      "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                      "version": torch.__version__}))


def run_pytorch(args, model):
    out = subprocess.run([sys.executable, __file__, "--pytorch-worker", model, "--batch-size",
                          str(args.batch_size), "--steps", str(args.steps), "--threads",
                          str(args.threads)], check=True, capture_output=True, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def run_reslab(args, model, data, scratch):
    """Two runs that differ by `steps` steps: what is common, start-up and warm-up, cancels."""
    def seconds(steps, out):
        subprocess.run([args.reslab, "train", "--model", model, "--data", data, "--epochs", "1",
                        "--limit-train", str(steps * args.batch_size), "--limit-test", "10",
                        "--batch-size", str(args.batch_size), "--threads", str(args.threads),
                        "--out", out, "--quiet"], check=True)
        with open(out / "metrics.csv") as f:
            row = list(csv.DictReader(f))[-1]
        return steps * args.batch_size / float(row["images_per_second"])
    n = len(list(scratch.iterdir()))
    one = seconds(1, scratch / f"{n}-warm")
    many = seconds(args.steps + 1, scratch / f"{n}-run")
    summary = json.loads((scratch / f"{n}-run" / "summary.json").read_text())
    environment = json.loads((scratch / f"{n}-run" / "environment.json").read_text())
    return {"images_per_second": args.steps * args.batch_size / (many - one),
            "peak_memory_bytes": summary["peak_memory_bytes"],
            "version": environment["reslab_version"] + " " + environment["instruction_set"],
            "cpu": environment["cpu"]}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--model", nargs="+", default=["resnet18", "resnet18-ghost"])
    p.add_argument("--batch-size", type=int, default=128)
    p.add_argument("--steps", type=int, default=5)
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--reslab", default=str(ROOT / "build" / "reslab"))
    p.add_argument("--pytorch-worker", help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.pytorch_worker:
        return time_pytorch(args.pytorch_worker, args.batch_size, args.steps, args.threads)

    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder) / "runs"
        data = pathlib.Path(folder) / "data"
        scratch.mkdir()
        data.mkdir()
        write_data(data, (args.steps + 1) * args.batch_size)
        print(f"batch {args.batch_size}, {args.threads} threads, medians of {args.repeats} runs of "
              f"{args.steps} steps, {platform.machine()}")
        print(f"{'training':16} {'PyTorch':>22} {'reslab':>22} {'ratio':>7}")
        for model in args.model:
            pairs = [(run_pytorch(args, model), run_reslab(args, model, data, scratch))
                     for _ in range(args.repeats)]
            for key, unit, scale in (("images_per_second", "images/s", 1),
                                     ("peak_memory_bytes", "MiB at peak", 2**-20)):
                theirs, ours = (statistics.median(pair[i][key] for pair in pairs) * scale
                                for i in (0, 1))
                print(f"{model:16} {theirs:10.1f} {unit:11} {ours:10.1f} {unit:11} {ours / theirs:6.2f}x",
                      flush=True)
        print(f"PyTorch {pairs[-1][0]['version']}, reslab {pairs[-1][1]['version']}, "
              f"{pairs[-1][1]['cpu']}")


if __name__ == "__main__":
    main()
