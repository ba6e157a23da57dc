"""`reslab export --format onnx` against the real onnx and onnxruntime: every activation and form of the
network passes the checker with strict shapes, and gives the program's own logits."""
import itertools
import json
import os
import sys
import tempfile

import peers

numpy, onnx, onnxruntime = peers.need("numpy", "onnx", "onnxruntime")
import nets  # noqa: E402

ACTIVATIONS = ["sigmoid", "relu", "leaky_relu", "gelu"]
FORMS = {
    "plain": [],
    "ghost": ["--model", "resnet18-ghost"],
    "ghost-no-outer-bn": ["--model", "resnet18-ghost", "--no-ghost-outer-bn"],
    "ghost-ratio3-dw5": ["--model", "resnet18-ghost", "--ghost-ratio", 3, "--ghost-dw-size", 5,
                         "--ghost-activation", "model"],
}
COUNT = 5


def export(model, path, *options):
    peers.reslab("export", model, "--format", "onnx", "-o", path, *options)
    loaded = onnx.load(path)
    onnx.checker.check_model(loaded, full_check=True)
    return loaded


def run_model(path, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (input_,), (output,) = session.get_inputs(), session.get_outputs()
    assert input_.name == "images" and input_.shape == ["batch", 3, 32, 32], input_
    assert output.shape[0] == "batch", output
    whole = session.run([output.name], {"images": inputs})[0]
    one = session.run(None, {"images": inputs[:1]})[0]
    assert one.shape[0] == 1 and numpy.allclose(one[0], whole[0], atol=1e-5), "batches of 1"
    return output.name, whole


def check_metadata(loaded, metadata):
    found = {pair.key: pair.value for pair in loaded.metadata_props}
    for key, value in metadata.items():
        if key.startswith("reslab.") and key != "reslab.checksum":  # that is of the other file
            assert found[key] == value, (key, found.get(key), value)
    assert loaded.producer_name == "reslab" and found["reslab.version"] == loaded.producer_version


def check_run(folder, run, what, pixels, expected):
    metadata = nets.metadata_of(os.path.join(run, "model.safetensors"))
    normalized = nets.normalized(pixels, metadata)
    path = os.path.join(folder, "model.onnx")
    for opset, fold, bytes_, softmax in itertools.product([17, 20], *[[False, True]] * 3):
        if fold != softmax and bytes_:
            continue  # options that do not touch each other need not be crossed fully
        flags = ["--fold-bn"] * fold + ["--pixels"] * bytes_ + ["--softmax"] * softmax
        loaded = export(run, path, "--opset", opset, *flags)
        check_metadata(loaded, metadata)
        (import_,) = loaded.opset_import
        assert import_.version == opset and loaded.ir_version == {17: 8, 20: 9}[opset]
        norms = sum(node.op_type == "BatchNormalization" for node in loaded.graph.node)
        outer = "ghost" in metadata["reslab.model"] and metadata["reslab.ghost_outer_bn"] == "true"
        assert (norms > 0) == (not fold or outer), f"{norms} batch norms"
        name, found = run_model(path, pixels if bytes_ else normalized)
        assert name == ("probabilities" if softmax else "logits"), name
        wanted = nets.softmax(expected) if softmax else expected
        nets.check_close(f"{what} opset {opset} {' '.join(flags)}", found, wanted)


def check_operators(folder, run):
    """GELU is one operator where there is one."""
    path = os.path.join(folder, "model.onnx")
    for opset, present, absent in [(17, "Erf", "Gelu"), (20, "Gelu", "Erf")]:
        used = {node.op_type for node in export(run, path, "--opset", opset).graph.node}
        assert present in used and absent not in used, used


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = os.path.join(folder, "images")
        pixels = nets.images(files, COUNT)
        for (form, options), activation in itertools.product(FORMS.items(), ACTIVATIONS):
            run = nets.train(folder, f"{form}-{activation}", "--width", 6, "--activation", activation,
                             "--negative-slope", 0.2, *options)
            check_run(folder, run, f"{form} {activation}", pixels, nets.reslab_logits(run, files))
        check_operators(folder, os.path.join(folder, "plain-gelu"))
        deep = nets.train(folder, "deep", "--model", "resnet34-ghost", "--width", 4)
        check_run(folder, deep, "resnet34-ghost", pixels, nets.reslab_logits(deep, files))
        wide = nets.train(folder, "wide", "--width", 64, "--limit-train", 32)
        check_run(folder, wide, "full width", pixels, nets.reslab_logits(wide, files))
        classes = json.loads(peers.reslab("predict", wide, files, "--json"))["classes"]
        loaded = onnx.load(os.path.join(folder, "model.onnx"))
        named = {pair.key: pair.value for pair in loaded.metadata_props}["reslab.classes"]
        assert json.loads(named) == classes, named


if __name__ == "__main__":
    sys.exit(main())
