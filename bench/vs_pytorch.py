#!/usr/bin/env python3
"""reslab against PyTorch on one machine: speed of training and inference, peak memory, share of what
the CPU could do, and what a second thread brings.

    python3 bench/vs_pytorch.py [--model resnet18 resnet18-ghost] [--repeats 5] [--threads 2]
                                [--rows training inference ...]

Every measurement is a process of its own, PyTorch's and reslab's in turn; all measurements are made
once before any is repeated, so that a machine that slows down slows all rows alike. Both sides run
the same network at the same batch size and number of threads on random 32x32 images: one step to warm
up, then the median of the timed ones. The table shows medians over the repeats and reslab's figure
over PyTorch's. Run nothing else meanwhile.

Rows:
  training    images a second: forward, loss, backward, SGD with momentum
  inference   the same of forward passes only, PyTorch's in eval mode under inference_mode
  inference1  the same at batch size 1
  ghost       training a Ghost model against training the plain one, each beside itself
  memory      peak memory of the training process
  peak        training in direct-equivalent operations (two a multiply-add, three times the forward
              pass), as a share of the fp32 peak that `reslab bench` measures
  threads     training with --threads against one thread
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = ["training", "inference", "inference1", "ghost", "memory", "peak", "threads"]
MIB = 2**20


def time_pytorch(args):
    """What `reslab bench --json` says, of PyTorch. Runs in a process of its own."""
    import torch
    sys.path.insert(0, str(ROOT / "tests" / "golden"))
    from reference_net import ResNet, make_optimizer
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    net = ResNet(args.model[0], width=args.width)
    images = torch.randn(args.batch_size, 3, 32, 32)
    labels = torch.randint(0, 10, (args.batch_size,))
    optimizer = make_optimizer("momentum", net.parameters())

    def train():
        loss = torch.nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    def infer():
        with torch.inference_mode():
            net(images)

    net.train(args.pytorch_worker == "train")
    step = train if args.pytorch_worker == "train" else infer
    step()
    seconds = []
    for _ in range(args.steps):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({
        "images_per_second": args.batch_size / statistics.median(seconds),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "version": torch.__version__}))


def run(command):
    """The JSON object that a worker prints, or the end of this program with what it said."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr.strip()}")
    return json.loads(done.stdout)


class Job:
    """A measurement, repeated on both sides."""

    def __init__(self, args, command, model, batch_size, threads):
        # A step on few images is too short for a few of them to say much.
        steps = max(args.steps, min(640 // batch_size, 100))
        options = ["--model", model, "--width", str(args.width), "--batch-size", str(batch_size),
                   "--threads", str(threads)]
        self.name = f"{command} {model}, batch {batch_size}, threads {threads}"
        self.commands = (
            [sys.executable, __file__, "--pytorch-worker", command, "--steps", str(steps), *options],
            [args.reslab, "bench", command, "--alone", "--json", "--repeats", str(steps), *options])
        self.results = ([], [])

    def repeat(self):
        for command, results in zip(self.commands, self.results):
            results.append(run(command))

    def pytorch(self, key):
        return statistics.median(result[key] for result in self.results[0])

    def reslab(self, key):
        return statistics.median(result[key] for result in self.results[1])


# Figures of a row: (PyTorch's, reslab's), from the jobs it needs.
def speed(job):
    return job.pytorch("images_per_second"), job.reslab("images_per_second")


def memory(job):
    return job.pytorch("peak_memory_bytes") / MIB, job.reslab("peak_memory_bytes") / MIB


def speed_over(job, other):
    return tuple(above / below for above, below in zip(speed(job), speed(other)))


def peak_gflops(job):
    """The largest that was measured: whatever disturbs the measurement makes it smaller."""
    return max(result["peak_gflops"] for result in job.results[1])


def share_of_peak(job):
    percent = 3 * 2 * job.reslab("macs") / (peak_gflops(job) * 1e9) * 100
    return tuple(images * percent for images in speed(job))


def table(args, job):
    """(label, unit, digits, figure, jobs) of every line; `job` makes each measurement once."""
    batch, threads = args.batch_size, args.threads
    plain = [model for model in args.model if not model.endswith("-ghost")]
    for model in args.model:
        if "training" in args.rows:
            yield f"{model} training", "images/s", 1, speed, [job("train", model, batch, threads)]
        if model in plain and "inference" in args.rows:
            yield (f"{model} inference, batch {batch}", "images/s", 1, speed,
                   [job("infer", model, batch, threads)])
        if model in plain and "inference1" in args.rows:
            yield (f"{model} inference, batch 1", "images/s", 1, speed,
                   [job("infer", model, 1, threads)])
    for model in args.model:
        base = model.removesuffix("-ghost")
        if model != base and base in plain and "ghost" in args.rows:
            yield (f"{model} over {base}", "x", 2, speed_over,
                   [job("train", model, batch, threads), job("train", base, batch, threads)])
    for row, label, unit, digits, figure in (
            ("memory", "peak memory", "MiB", 1, memory),
            ("peak", "share of fp32 peak", "%", 1, share_of_peak)):
        for model in args.model if row in args.rows else []:
            yield (f"{model} {label}", unit, digits, figure, [job("train", model, batch, threads)])
    for model in plain if "threads" in args.rows and threads > 1 else []:
        yield (f"{model} {threads} threads over 1", "x", 2, speed_over,
               [job("train", model, batch, threads), job("train", model, batch, 1)])


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--model", nargs="+", default=["resnet18", "resnet18-ghost"])
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--batch-size", type=int, default=128)
    p.add_argument("--steps", type=int, default=5, help="timed steps of a measurement")
    p.add_argument("--repeats", type=int, default=5, help="measurements a side")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS, metavar="ROW",
                   help=", ".join(ROWS) + "; all")
    p.add_argument("--reslab", default=str(ROOT / "build" / "reslab"))
    p.add_argument("--pytorch-worker", choices=["train", "infer"], help=argparse.SUPPRESS)
    return p.parse_args()


def main():
    args = arguments()
    if args.pytorch_worker:
        return time_pytorch(args)
    jobs = {}

    def job(*what):
        if what not in jobs:
            jobs[what] = Job(args, *what)
        return jobs[what]

    lines = list(table(args, job))
    if not lines:
        sys.exit("nothing to measure: --rows " + " ".join(args.rows) + " has no line for --model "
                 + " ".join(args.model) + " on " + str(args.threads) + " threads")
    for repeat in range(args.repeats):
        for measurement in jobs.values():
            print(f"{repeat + 1}/{args.repeats}: {measurement.name}", file=sys.stderr, flush=True)
            measurement.repeat()

    print(f"{'':36} {'PyTorch':>10} {'reslab':>10} {'':8} {'ratio':>7}")
    for label, unit, digits, figure, needed in lines:
        theirs, ours = figure(*needed)
        print(f"{label:36} {theirs:10.{digits}f} {ours:10.{digits}f} {unit:8} {ours / theirs:6.2f}x")
    first = next(iter(jobs.values()))
    theirs, ours = (results[-1] for results in first.results)
    print(f"\nbatch {args.batch_size}, {args.threads} threads, width {args.width}; medians of "
          f"{args.repeats} runs of {args.steps} steps or more\n"
          f"{ours['cpu']}, {platform.machine()}; PyTorch {theirs['version']}; "
          f"reslab {ours['version']}, {ours['isa']} kernels, "
          f"peak {peak_gflops(first):.1f} GFLOP/s on {ours['threads']} threads")


if __name__ == "__main__":
    main()
