#!/usr/bin/env python3
"""Writes the golden fixtures: what PyTorch computes, for tests that then need no PyTorch.

    python3 tests/golden/make_fixtures.py FOLDER [VARIANT...]

Everything is computed in float64 (the mathematics, not one library's rounding) from weights that are
exact in float16, in which they are stored to keep the files small. Fixtures (tests/golden/*.safetensors):

  optimizers   parameters after each of 10 steps of each update rule
  schedules    learning rates of PyTorch's schedulers
  batches      10 batches of images and labels
  <model>-<variant>  initial state, logits of the first batch with running statistics, and for each
               activation and optimizer the losses of 10 steps ("losses.<activation>.<optimizer>") and
               how far PyTorch's float32 strays from them ("stray.<activation>.<optimizer>")
  gradients-<variant>  a very narrow net with odd channel counts: state, and gradients of every
               parameter for one batch ("gradient.<activation>.<name>")

Learning rates are small: ReLU's kinks make training chaotic, and at 0.01 PyTorch's own float32 strays
from float64 by 1e-2 within 10 steps (Ghost nets, with twice the kinks and steep first gradients, more).
Printed for each row: that stray at the rate used, and how far the losses are from those of a net that
is never updated, which shows that the rows would notice a wrong update.
"""
import pathlib
import sys

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from reference_net import ResNet, save_safetensors  # noqa: E402

STEPS, BATCH, WIDTH = 10, 32, 16
GRADIENT_BATCH, GRADIENT_WIDTH = 4, 3
ACTIVATIONS = ["sigmoid", "relu", "leaky_relu", "gelu"]

OPTIMIZERS = {
    "sgd": lambda p, scale: torch.optim.SGD(p, 5e-4 * scale),
    "momentum": lambda p, scale: torch.optim.SGD(p, 2e-4 * scale, momentum=0.9),
    "adam": lambda p, scale: torch.optim.Adam(p, 3e-5 * scale),
    "adamw": lambda p, scale: torch.optim.AdamW(p, 3e-5 * scale, weight_decay=0.01),
}

UPDATE_RULES = {
    "sgd": lambda p: torch.optim.SGD(p, 0.01),
    "momentum": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, 0.01),
    "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.05),
    "sgd_decay": lambda p: torch.optim.SGD(p, 0.01, weight_decay=0.05),
    "momentum_decay": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, weight_decay=0.05),
    "nesterov": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, nesterov=True, weight_decay=0.05),
    "adam_decay": lambda p: torch.optim.Adam(p, 0.01, (0.8, 0.99), 1e-6, weight_decay=0.05),
}

VARIANTS = {  # file name: options of the network, activations, optimizers, scale of learning rates
    "resnet18": ({}, ACTIVATIONS, list(OPTIMIZERS), 1),
    "resnet18-ghost": ({}, ACTIVATIONS, list(OPTIMIZERS), 0.004),
    "resnet18-ghost-no_outer_bn": ({"ghost_outer_bn": False}, ["leaky_relu"], ["sgd"], 0.03),
    "resnet18-ghost-ratio3_dw5": (
        {"ghost_ratio": 3, "ghost_dw_size": 5, "ghost_activation": "model"}, ["gelu"], ["sgd"], 0.03),
}


def half_exact(array):
    return np.asarray(array).astype(np.float16)


def optimizer_fixture(folder):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=200), rng.normal(size=(STEPS, 200))
    start, gradients = start.astype(np.float32), gradients.astype(np.float32)
    tensors = {"start": start, "gradients": gradients}
    for name, make in UPDATE_RULES.items():
        w = torch.tensor(start.astype(np.float64), requires_grad=True)
        optimizer, after = make([w]), []
        for g in gradients:
            w.grad = torch.tensor(g.astype(np.float64))
            optimizer.step()
            after.append(w.detach().numpy().copy())
        tensors[f"after.{name}"] = np.array(after)
    save_safetensors(folder / "optimizers.safetensors", tensors)


def schedule_fixture(folder):
    """30 steps an epoch, 4 epochs, peak 0.1."""
    total, tensors = 120, {}
    makers = {
        "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, total),
        "onecycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, 0.1, total_steps=total, cycle_momentum=False),
        "step": lambda o: torch.optim.lr_scheduler.StepLR(o, 30, 0.5),  # stepped once a step
    }
    for name, make in makers.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
        scheduler, rates = make(optimizer), []
        for _ in range(total):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        tensors[name] = np.array(rates)
    save_safetensors(folder / "schedules.safetensors", tensors)


def batches():
    """Smooth coloured blobs around one prototype a class: images with structure, labels that can be
    learned, so that gradients are not all noise. Pixels are N C H W."""
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 10, STEPS * BATCH)
    prototypes = rng.normal(size=(10, 3, 5, 5))
    coarse = prototypes[labels] + 0.7 * rng.normal(size=(STEPS * BATCH, 3, 5, 5))
    smooth = nn.functional.interpolate(torch.tensor(coarse), size=(32, 32), mode="bilinear",
                                       align_corners=True).numpy()
    pixels = np.clip(128 + 45 * smooth + rng.normal(size=smooth.shape) * 8, 0, 255)
    return pixels.astype(np.uint8), labels.astype(np.int64)


def batch_fixture(folder):
    pixels, labels = batches()
    save_safetensors(folder / "batches.safetensors",
                     {"pixels": np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)),
                      "labels": labels})


def normalized(pixels, dtype):
    return (torch.tensor(pixels, dtype=dtype) / 255 - 0.5) / 0.25


def initial_state(model, options, width=WIDTH):
    torch.manual_seed(3)
    state = ResNet(model, width=width, **options).state_dict()
    rng = np.random.default_rng(4)
    for name, value in state.items():
        if name.endswith("running_mean"):
            value.copy_(torch.tensor(rng.normal(size=value.shape) * 0.1))
        elif name.endswith("running_var"):
            value.copy_(torch.tensor(rng.uniform(0.5, 1.5, size=value.shape)))
        if value.is_floating_point():
            value.copy_(torch.tensor(half_exact(value.numpy()).astype(np.float32)))
    return state


def stored_state(state):
    return {f"state.{k}": half_exact(v.numpy()) if v.is_floating_point() else v
            for k, v in state.items()}


def train(net, optimizer, pixels, labels, dtype):
    losses = []
    for step in range(STEPS):
        part = slice(step * BATCH, (step + 1) * BATCH)
        loss = nn.functional.cross_entropy(net(normalized(pixels[part], dtype)),
                                           torch.tensor(labels[part]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def network_fixture(folder, name, options, activations, optimizers, scale):
    model = "resnet18-ghost" if "ghost" in name else "resnet18"
    pixels, labels = batches()
    state = initial_state(model, options)
    tensors = stored_state(state)
    for activation in activations:
        def make(dtype):
            net = ResNet(model, width=WIDTH, activation=activation, **options).to(dtype)
            net.load_state_dict(state)
            return net
        with torch.no_grad():
            tensors[f"logits.{activation}"] = make(torch.float64).eval()(
                normalized(pixels[:BATCH], torch.float64)).numpy()
        for optimizer in optimizers:
            def losses(dtype, factor):
                net = make(dtype).train()
                return train(net, OPTIMIZERS[optimizer](net.parameters(), factor), pixels, labels,
                             dtype)
            exact, single, frozen = (losses(torch.float64, scale), losses(torch.float32, scale),
                                     losses(torch.float32, 0))
            tensors[f"losses.{activation}.{optimizer}"] = exact
            stray = np.max(np.abs(single / exact - 1))
            tensors[f"stray.{activation}.{optimizer}"] = np.array(stray)
            tensors[f"lr.{optimizer}"] = np.array(
                OPTIMIZERS[optimizer]([torch.zeros(1, requires_grad=True)], scale).defaults["lr"])
            print(f"{name} {activation} {optimizer}: {exact[0]:.4f} -> {exact[-1]:.4f}, "
                  f"float32 strays by {stray:.1e}, "
                  f"without updates {np.max(np.abs(frozen / exact - 1)):.1e}", flush=True)
    save_safetensors(folder / f"{name}.safetensors", tensors)


def gradient_fixture(folder, name, options):
    model = "resnet18-ghost" if "ghost" in name else "resnet18"
    pixels, labels = batches()
    pixels, labels = pixels[:GRADIENT_BATCH], labels[:GRADIENT_BATCH]
    state = initial_state(model, options, GRADIENT_WIDTH)
    tensors = stored_state(state)
    for activation in ACTIVATIONS:
        net = ResNet(model, width=GRADIENT_WIDTH, activation=activation, **options).double()
        net.load_state_dict(state)
        loss = nn.functional.cross_entropy(net(normalized(pixels, torch.float64)),
                                           torch.tensor(labels), label_smoothing=0.1)
        loss.backward()
        tensors[f"loss.{activation}"] = np.array(loss.item())
        for key, parameter in net.named_parameters():
            tensors[f"gradient.{activation}.{key}"] = parameter.grad.numpy().astype(np.float32)
        for key, value in net.state_dict().items():  # running statistics after one batch
            if "running" in key:
                tensors[f"after.{activation}.{key}"] = value.numpy().astype(np.float32)
    save_safetensors(folder / f"gradients-{name}.safetensors", tensors)


def main():
    folder, chosen = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(VARIANTS)
    optimizer_fixture(folder)
    schedule_fixture(folder)
    batch_fixture(folder)
    for name in chosen:
        gradient_fixture(folder, name, VARIANTS[name][0])
    for name in chosen:
        network_fixture(folder, name, *VARIANTS[name])


if __name__ == "__main__":
    main()
