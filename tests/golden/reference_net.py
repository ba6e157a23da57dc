"""ResNet-18/34 for 32x32 images and their Ghost forms in PyTorch.

The independent reference that reslab is held against: fixtures, parity checks and timings all
build their networks here. Parameter names are those of the usual CIFAR ResNet (conv1, bn1,
layer1.0.conv1, ..., shortcut.0, linear) with the Ghost paper's names inside a module
(primary_conv, cheap_operation), so that a state_dict and a reslab model file name the same things.
"""
import json
import math
import struct

import numpy as np
import torch
from torch import nn


def make_activation(name, negative_slope=0.01):
    return {
        "sigmoid": nn.Sigmoid,
        "relu": nn.ReLU,
        "leaky_relu": lambda: nn.LeakyReLU(negative_slope),
        "gelu": nn.GELU,
    }[name]()


class GhostModule(nn.Module):
    """Han et al. 2020: a primary convolution, and cheap depthwise maps made from its output."""

    def __init__(self, inp, oup, kernel_size, stride, activation, ratio=2, dw_size=3):
        super().__init__()
        self.oup = oup
        init = math.ceil(oup / ratio)
        new = init * (ratio - 1)
        self.primary_conv = nn.Sequential(
            nn.Conv2d(inp, init, kernel_size, stride, kernel_size // 2, bias=False),
            nn.BatchNorm2d(init),
            activation(),
        )
        self.cheap_operation = nn.Sequential(
            nn.Conv2d(init, new, dw_size, 1, dw_size // 2, groups=init, bias=False),
            nn.BatchNorm2d(new),
            activation(),
        )

    def forward(self, x):
        primary = self.primary_conv(x)
        cheap = self.cheap_operation(primary)
        return torch.cat([primary, cheap], dim=1)[:, : self.oup]


class BasicBlock(nn.Module):
    def __init__(self, inp, oup, stride, conv3x3, outer_bn, activation):
        super().__init__()
        self.conv1 = conv3x3(inp, oup, stride)
        self.bn1 = nn.BatchNorm2d(oup) if outer_bn else nn.Identity()
        self.conv2 = conv3x3(oup, oup, 1)
        self.bn2 = nn.BatchNorm2d(oup) if outer_bn else nn.Identity()
        self.act = activation()
        self.shortcut = nn.Sequential()
        if stride != 1 or inp != oup:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inp, oup, 1, stride, bias=False), nn.BatchNorm2d(oup)
            )

    def forward(self, x):
        out = self.act(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out)) + self.shortcut(x)
        return self.act(out)


class ResNet(nn.Module):
    def __init__(
        self,
        model="resnet18",
        classes=10,
        width=64,
        activation="relu",
        negative_slope=0.01,
        ghost_ratio=2,
        ghost_dw_size=3,
        ghost_outer_bn=True,
        ghost_activation="relu",
    ):
        super().__init__()
        base, _, form = model.partition("-")
        depths = {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3]}[base]
        act = lambda: make_activation(activation, negative_slope)
        inner = act if ghost_activation == "model" else nn.ReLU
        if form == "ghost":
            conv3x3 = lambda i, o, s: GhostModule(i, o, 3, s, inner, ghost_ratio, ghost_dw_size)
        else:
            conv3x3 = lambda i, o, s: nn.Conv2d(i, o, 3, s, 1, bias=False)
        outer_bn = ghost_outer_bn or form != "ghost"

        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.act = act()
        inp = width
        for stage, depth in enumerate(depths):
            oup = width << stage
            blocks = []
            for i in range(depth):
                stride = 2 if stage > 0 and i == 0 else 1
                blocks.append(BasicBlock(inp, oup, stride, conv3x3, outer_bn, act))
                inp = oup
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(inp, classes)

    def forward(self, x):
        out = self.act(self.bn1(self.conv1(x)))
        for stage in range(1, 5):
            out = getattr(self, f"layer{stage}")(out)
        return self.linear(out.mean((2, 3)))


def make_optimizer(name, parameters, lr=0.01):
    return {
        "sgd": lambda: torch.optim.SGD(parameters, lr),
        "momentum": lambda: torch.optim.SGD(parameters, lr, momentum=0.9),
        "adam": lambda: torch.optim.Adam(parameters, lr),
        "adamw": lambda: torch.optim.AdamW(parameters, lr),
    }[name]()


_DTYPES = {"float32": "F32", "float16": "F16", "int64": "I64", "uint8": "U8", "float64": "F64"}


def save_safetensors(path, tensors, metadata=None):
    """Writes numpy arrays or tensors by name; alignment first, then name, as the format asks."""
    arrays = {k: np.ascontiguousarray(v.detach().numpy() if torch.is_tensor(v) else v)
              if np.ndim(v) else np.asarray(v) for k, v in tensors.items()}
    header, offset, order = {}, 0, sorted(arrays, key=lambda k: (-arrays[k].itemsize, k))
    if metadata:
        header["__metadata__"] = metadata
    for name in order:
        a = arrays[name]
        header[name] = {"dtype": _DTYPES[str(a.dtype)], "shape": list(a.shape),
                        "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            f.write(arrays[name].tobytes())
