#!/usr/bin/env python3
"""What recipe `strong` is made of against PyTorch: Nesterov momentum, decay of weights only,
clip_grad_norm_, label smoothing, AveragedModel with its buffers, and mirror averaging.

    python3 tests/interop/test_recipe.py build/reslab

Ten steps of a narrow network from the same weights on the same batches. As in tests/golden/live.py,
PyTorch in double precision is the reference, and PyTorch's own single precision says how far from it
rounding leads: losses, and the averages relative to how far training has moved them, may be ten
times as far. Then PyTorch's average and ours must give the same loss on mirrored test images.
"""
import csv
import pathlib
import sys
import tempfile

from peers import need, reslab

np, torch, swa_utils = need("numpy", "torch", "torch.optim.swa_utils")
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
from live import BATCH, STEPS, load_safetensors, to_input, write_data  # noqa: E402
from reference_net import ResNet, save_safetensors  # noqa: E402

WIDTH, MOMENTUM, DECAY, SMOOTHING, CLIP, EMA = 8, 0.9, 0.05, 0.1, 0.5, 0.4
# The growing decay reaches EMA before the last step. The kinks of ReLU make training chaotic; GELU,
# inside Ghost Modules too, lets rates be large enough for ten steps to move the weights well beyond
# their rounding.
ACTIVATION = "gelu"
CASES = [("resnet18", 2e-2), ("resnet18-ghost", 2e-3)]


def average(averaged, current, updates):
    """The decay grows with the updates: as after the first, which copies, so in the docs of --ema."""
    n = float(updates)
    decay = min(EMA, (1 + n) / (10 + n))
    return decay * averaged + (1 - decay) * current


def make_net(case, dtype):
    return ResNet(case[0], width=WIDTH, activation=ACTIVATION, ghost_activation="model").to(dtype)


def train_pytorch(case, initial, train, dtype):
    """Losses of all steps, the averaged net's state, and the norms before clipping."""
    net = make_net(case, dtype)
    net.load_state_dict({k: v.to(dtype) if v.is_floating_point() else v for k, v in initial.items()})
    vectors = [p for p in net.parameters() if p.ndim <= 1]
    weights = [p for p in net.parameters() if p.ndim > 1]
    optimizer = torch.optim.SGD([{"params": weights, "weight_decay": DECAY},
                                 {"params": vectors, "weight_decay": 0}],
                                lr=case[1], momentum=MOMENTUM, nesterov=True)
    averaged = swa_utils.AveragedModel(net, avg_fn=average, use_buffers=True)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    pixels, labels = train
    losses, norms = [], []
    for step in range(STEPS):
        some = slice(step * BATCH, (step + 1) * BATCH)
        loss = criterion(net(to_input(pixels[some], dtype)), torch.from_numpy(labels[some]))
        optimizer.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP)))
        optimizer.step()
        averaged.update_parameters(net)
        losses.append(loss.item())
    return np.array(losses), averaged.module.state_dict(), norms


def train_reslab(case, folder, initial):
    model, rate = case
    save_safetensors(folder / "init.safetensors", initial)
    run = folder / model
    reslab("train", "--data", folder, "--model", model, "--width", WIDTH, "--activation", ACTIVATION,
           "--ghost-activation", "model", "--optimizer", "momentum", "--nesterov", "--momentum", MOMENTUM, "--lr", rate,
           "--weight-decay", DECAY, "--weight-decay-on", "weights", "--clip-norm", CLIP,
           "--label-smoothing", SMOOTHING, "--ema", EMA, "--mirror-test", "--epochs", 1,
           "--batch-size", BATCH, "--limit-train", STEPS * BATCH, "--no-shuffle", "--no-augment",
           "--normalize", "cifar10", "--init", folder / "init.safetensors", "--out", run, "--quiet")
    return run


def column(path, name):
    with open(path) as file:
        return np.array([float(row[name]) for row in csv.DictReader(file)])


def mirrored_loss(net, test):
    """The mean of an image's and its mirror image's logits."""
    net.eval()
    images, labels = to_input(test[0], torch.float32), torch.from_numpy(test[1])
    with torch.no_grad():
        logits = (net(images) + net(images.flip(3))) / 2
    return torch.nn.functional.cross_entropy(logits, labels).item()


def largest_distance(state, exact, initial):
    """Of the parameters and of the running statistics (which move further): how far all of them are
    from `exact`, relative to how far these are from `initial`."""
    squares = {True: [0.0, 0.0], False: [0.0, 0.0]}
    for name, value in exact.items():
        if value.is_floating_point():
            of_kind = squares["running_" in name]
            of_kind[0] += float(torch.sum((state[name].double() - value) ** 2))
            of_kind[1] += float(torch.sum((value - initial[name].double()) ** 2))
    return max((off / moved) ** 0.5 for off, moved in squares.values())


def check(case, folder, train, test):
    torch.manual_seed(1)
    initial = {k: v.clone() for k, v in make_net(case, torch.float32).state_dict().items()}
    run = train_reslab(case, folder, initial)
    exact, exact_state, norms = train_pytorch(case, initial, train, torch.float64)
    single, single_state, _ = train_pytorch(case, initial, train, torch.float32)
    distance = np.max(np.abs(column(run / "steps.csv", "loss") - exact) / exact)
    stray = np.max(np.abs(single - exact) / exact)

    net = make_net(case, torch.float32)
    net.load_state_dict(load_safetensors(run / "model.safetensors"), strict=True)
    state_distance = largest_distance(net.state_dict(), exact_state, initial)
    state_stray = largest_distance(single_state, exact_state, initial)

    loss = column(run / "metrics.csv", "test_loss")[-1]
    of_ours = abs(mirrored_loss(net, test) - loss) / loss
    net.load_state_dict(exact_state)
    of_theirs = abs(mirrored_loss(net, test) - loss) / loss
    good = (distance <= min(max(10 * stray, 2e-5), 1e-2) and
            state_distance <= min(max(10 * state_stray, 1e-4), 1e-2) and
            of_ours <= 1e-5 and of_theirs <= 1e-3 and min(norms) > CLIP)
    print(f"{'ok' if good else 'FAILED':6} {case[0]:15} losses: {distance:.1e} from "
          f"double (PyTorch's float: {stray:.1e}); averages: {state_distance:.1e} "
          f"({state_stray:.1e}); test loss: {of_ours:.1e} from PyTorch's of our average, "
          f"{of_theirs:.1e} of its own; norms {min(norms):.2f} to {max(norms):.2f}")
    return good


def main():
    torch.set_num_threads(1)  # a narrow network is slower on more
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        train, test = write_data(folder)
        results = [check(case, folder, train, test) for case in CASES]
    print(f"PyTorch {torch.__version__}")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
