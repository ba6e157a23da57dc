"""Weights both ways between reslab and the real PyTorch: through safetensors, with strict loading and
the same logits; and a file of torch.save is refused with the lines that convert it, which do."""
import json
import os
import re
import subprocess
import sys
import tempfile

import peers

numpy, torch, safetensors_torch = peers.need("numpy", "torch", "safetensors.torch")
import nets  # noqa: E402

GHOST = ["--model", "resnet18-ghost"]
RUNS = {
    "plain": ["--activation", "gelu"],
    "full-width": ["--width", 64, "--limit-train", 32],
    "ghost-full-width": [*GHOST, "--width", 64, "--limit-train", 32],
    "ghost": [*GHOST, "--activation", "leaky_relu", "--negative-slope", 0.2],
    "ghost-ratio3-dw5": [*GHOST, "--ghost-ratio", 3, "--ghost-dw-size", 5, "--ghost-activation",
                         "model", "--activation", "sigmoid"],
    "ghost-no-outer-bn": [*GHOST, "--no-ghost-outer-bn"],
    "resnet34": ["--model", "resnet34"],
}
COUNT = 5


def torch_logits(net, pixels, metadata):
    with torch.no_grad():
        return net(torch.from_numpy(nets.normalized(pixels, metadata))).numpy()


def to_torch(folder, files, pixels):
    """model.safetensors of every form of the network loads strictly, and says the same."""
    for name, options in RUNS.items():
        run = nets.train(folder, name, "--width", 6, *options)
        path = os.path.join(run, "model.safetensors")
        metadata = nets.metadata_of(path)
        net = nets.torch_net(metadata)
        net.load_state_dict(safetensors_torch.load_file(path), strict=True)
        nets.check_close(f"{name} in PyTorch", torch_logits(net, pixels, metadata),
                         nets.reslab_logits(run, files))


def fresh_net(metadata):
    """A net with weights and statistics that PyTorch made."""
    torch.manual_seed(3)
    net = nets.torch_net(metadata).train()
    with torch.no_grad():
        for _ in range(3):
            net(torch.randn(16, 3, 32, 32))
    return net.eval()


def as_options(metadata):
    keys = ["model", "activation", "negative_slope", "ghost_ratio", "ghost_dw_size", "ghost_outer_bn",
            "ghost_activation"]
    return [f"--{key.replace('_', '-')}={metadata['reslab.' + key]}" for key in keys]


def from_torch(folder, files, pixels):
    """What safetensors saves of a PyTorch net, without a word of ours, is what --init, eval, predict
    and export read; in any type, and with the names that DataParallel gives."""
    for name in ["plain", "ghost-ratio3-dw5", "ghost-no-outer-bn"]:
        metadata = nets.metadata_of(os.path.join(folder, name, "model.safetensors"))
        net = fresh_net(metadata)
        options = [*as_options(metadata), "--data", "shapes"]
        expected = torch_logits(net, pixels, metadata)
        path = os.path.join(folder, "torch.safetensors")
        safetensors_torch.save_file(net.state_dict(), path)
        nets.check_close(f"{name} from PyTorch", nets.reslab_logits(path, files, *options), expected)
        parallel = torch.nn.DataParallel(net).state_dict()
        safetensors_torch.save_file(parallel, path)
        nets.check_close(f"{name} of DataParallel", nets.reslab_logits(path, files, *options), expected)

        described = os.path.join(folder, "described.safetensors")
        peers.reslab("export", path, "-o", described, *options)
        nets.check_close(f"{name} described", nets.reslab_logits(described, files), expected)
        evaluation = json.loads(peers.reslab("eval", path, "--json", "--limit-test", 50, *options))
        again = json.loads(peers.reslab("eval", described, "--json", "--limit-test", 50, "--data",
                                        "shapes"))
        assert evaluation["loss"] == again["loss"] and evaluation["images"] == 50, evaluation


def types(folder, files, pixels):
    """F16, BF16 and F64, alone and mixed: read as PyTorch converts them."""
    metadata = nets.metadata_of(os.path.join(folder, "plain", "model.safetensors"))
    net, path = fresh_net(metadata), os.path.join(folder, "typed.safetensors")
    state = net.state_dict()
    kinds = [torch.float16, torch.bfloat16, torch.float64, torch.float32]
    for what, choose in [(str(kind), lambda i, kind=kind: kind) for kind in kinds] + [
            ("mixed", lambda i: kinds[i % len(kinds)])]:
        converted = {name: tensor.to(choose(i)) if tensor.is_floating_point() else tensor
                     for i, (name, tensor) in enumerate(state.items())}
        safetensors_torch.save_file(converted, path)
        net.load_state_dict({name: tensor.float() if tensor.is_floating_point() else tensor
                             for name, tensor in converted.items()})
        found = nets.reslab_logits(path, files, *as_options(metadata), "--data", "shapes")
        nets.check_close(what, found, torch_logits(net, pixels, metadata))


def init(folder, files, pixels):
    """A run that starts from PyTorch's weights, and takes no step to speak of, ends with them. The names
    are those of a network that was compiled and then trained in parallel."""
    metadata = nets.metadata_of(os.path.join(folder, "plain", "model.safetensors"))
    prefix = "module._orig_mod."
    state = {prefix + name: tensor for name, tensor in fresh_net(metadata).state_dict().items()}
    path = os.path.join(folder, "init.safetensors")
    safetensors_torch.save_file(state, path)
    run = nets.train(folder, "init", *as_options(metadata), "--width", metadata["reslab.width"],
                     "--init", path, "--lr", 1e-12, "--weight-decay", 0)
    trained = safetensors_torch.load_file(os.path.join(run, "model.safetensors"))
    for name, tensor in trained.items():
        if "running" not in name and "tracked" not in name:
            assert torch.allclose(tensor, state[prefix + name], atol=1e-6), name


def without_words(folder, files):
    """What cannot be known is asked for or said, never guessed in silence."""
    metadata = nets.metadata_of(os.path.join(folder, "plain", "model.safetensors"))
    path = os.path.join(folder, "silent.safetensors")
    safetensors_torch.save_file(fresh_net(metadata).state_dict(), path)
    message = peers.reslab("predict", path, files, fails=True)
    assert "--normalize cifar10" in message and message.count("\n") == 1, message
    done = subprocess.run([sys.argv[1], "predict", path, files, "--normalize", "cifar10", "--json"],
                          capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["classes"] == [str(i) for i in range(10)], done.stdout
    for said in ["resnet18", "relu", "width 6", "10 classes", "cifar10"]:
        assert said in done.stderr and done.stderr.count("\n") == 1, (said, done.stderr)
    own = os.path.join(folder, "plain")
    message = peers.reslab("predict", own, files, "--activation", "relu", fails=True)
    assert "--activation" in message and message.count("\n") == 1, message


def what_does_not_fit(folder, files):
    """Every name is in the message, or counted; and names of other networks make a hint."""
    metadata = nets.metadata_of(os.path.join(folder, "plain", "model.safetensors"))
    path = os.path.join(folder, "wrong.safetensors")
    good = fresh_net(metadata).state_dict()

    def refused(change, *options):
        safetensors_torch.save_file(change(dict(good)), path)
        message = peers.reslab("predict", path, files, "--normalize", "none", *options, fails=True)
        assert message.count("\n") == 1, message
        return message

    def several(state):
        for name in ["bn1.weight", "layer2.0.conv1.weight", "layer4.1.bn2.running_var"]:
            del state[name]
        state["bn1.bias"] = torch.zeros(7)
        state["extra"] = torch.zeros(1)
        return state

    message = refused(several)
    for part in ["5 differences", "bn1.weight is missing", "layer2.0.conv1.weight is missing",
                 "layer4.1.bn2.running_var is missing", "bn1.bias has shape [7], expected [6]",
                 "extra belongs to no layer"]:
        assert part in message, (part, message)

    message = refused(lambda state: state, "--model", "resnet34-ghost")
    total = int(re.search(r"\((\d+) differences", message)[1])
    more = int(re.search(r"and (\d+) more; 'reslab weights' lists all$", message.strip())[1])
    listed = len(re.findall(r" is missing| belongs to no layer| has shape", message))
    assert total == more + listed and listed > 5, message
    assert "give the plain model" in message, message
    done = subprocess.run([sys.argv[1], "weights", path, "--model", "resnet34-ghost"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout.count("\n") == total, done
    assert peers.reslab("weights", path) == "The weights fit.\n"

    def torchvision(state):
        return {name.replace("shortcut", "downsample").replace("linear", "fc"): tensor
                for name, tensor in state.items()}

    assert "rename 'downsample' to 'shortcut'" in refused(torchvision)


def never_pickle(folder, files):
    """Files of torch.save, new and old, are not opened; the lines in the message convert them."""
    metadata = nets.metadata_of(os.path.join(folder, "plain", "model.safetensors"))
    net = fresh_net(metadata)
    for zipped in [True, False]:
        path = os.path.join(folder, "weights.pth")
        torch.save(net.state_dict(), path, _use_new_zipfile_serialization=zipped)
        uses = [("predict", path, files), ("eval", path, "--data", "shapes"),
                ("export", path, "-o", os.path.join(folder, "never.onnx")),
                ("train", "--init", path, "--out", os.path.join(folder, "never"))]
        for use in uses:
            message = peers.reslab(*use, fails=True)
            assert "torch.save" in message and message.count("\n") == 1, message
        lines = re.search(r'-c "(.*)"', message)[1].replace("FILE", os.path.join(folder, "weights"))
        subprocess.run([sys.executable, "-c", lines], check=True)
        peers.reslab("predict", os.path.join(folder, "weights.safetensors"), files, "--normalize",
                     "cifar10")
        os.remove(os.path.join(folder, "weights.safetensors"))


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        files = os.path.join(folder, "images")
        pixels = nets.images(files, COUNT)
        to_torch(folder, files, pixels)
        from_torch(folder, files, pixels)
        types(folder, files, pixels)
        init(folder, files, pixels)
        without_words(folder, files)
        what_does_not_fit(folder, files)
        never_pickle(folder, files)


if __name__ == "__main__":
    sys.exit(main())
