"""Event files in the real TensorBoard: the scalars of the CSV tables, settings and configuration; a
study is one table of comparable runs; a run that was killed and resumed shows what an
undisturbed one does, although its first file has points that the resumed run made again."""
import csv
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import peers

numpy, _ = peers.need("numpy", "tensorboard")
from tensorboard import context  # noqa: E402
from tensorboard.backend.event_processing import (  # noqa: E402
    data_provider, event_accumulator, event_file_loader, plugin_event_multiplexer)
from tensorboard.plugins import base_plugin  # noqa: E402
from tensorboard.plugins.hparams import (  # noqa: E402
    api_pb2, backend_context, list_session_groups, plugin_data_pb2)

SMALL = ["--data", "shapes", "--width", 4, "--limit-train", 1024, "--limit-test", 32,
         "--batch-size", 16, "--seed", 7]
UNDISTURBED = ["--epochs", 3]
STEPS = 3 * 1024 // 16

STUDY = """
name: small
settings: {data: shapes, width: 4, limit_train: 64, limit_test: 32, batch_size: 16, epochs: 2}
seeds: [1, 2]
groups:
  activations: {vary: {activation: [relu, gelu]}}
"""


def accumulate(run):
    sizes = {"scalars": 0, "tensors": 0}  # 0: all
    return event_accumulator.EventAccumulator(run, size_guidance=sizes).Reload()


def scalars(accumulator):
    return {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
            for tag in accumulator.Tags()["scalars"]}


def rows(run, name):
    with open(os.path.join(run, name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def check_against_table(found, run, name, prefix, columns):
    table = rows(run, name)
    for column in columns:
        expected = [(int(row["step"]), numpy.float32(row[column])) for row in table]
        assert found[f"{prefix}/{column}"] == expected, (prefix, column, found[f"{prefix}/{column}"])


def hyper_parameters(accumulator):
    metadata = accumulator.SummaryMetadata("_hparams_/session_start_info").plugin_data
    assert metadata.plugin_name == "hparams"
    data = plugin_data_pb2.HParamsPluginData.FromString(metadata.content)
    return {name: getattr(value, value.WhichOneof("kind"))
            for name, value in data.session_start_info.hparams.items()}


def check_run(run):
    accumulator = accumulate(run)
    found = scalars(accumulator)
    check_against_table(found, run, "steps.csv", "step", ["loss", "cross_entropy", "accuracy", "lr"])
    check_against_table(found, run, "metrics.csv", "epoch",
                        ["lr", "train_loss", "train_cross_entropy", "train_accuracy", "test_loss",
                         "test_accuracy"])
    speeds = [float(row["images_per_second"]) for row in rows(run, "metrics.csv")]  # rounded there
    assert numpy.allclose([value for _, value in found["epoch/images_per_second"]], speeds, 1e-2)
    settings = hyper_parameters(accumulator)
    assert settings["optimizer"] == "momentum" and settings["width"] == 4, settings
    assert settings["lr"] == 0.01 and "out" not in settings, settings
    text = accumulator.Tensors("configuration")[0].tensor_proto.string_val[0].decode()
    assert "    optimizer: momentum\n" in text and "    epochs: 3\n" in text, text
    return found


def wait_for_epoch(process, run):
    """Waits until the run has ended an epoch, and some steps more."""
    deadline = time.monotonic() + 300
    metrics = os.path.join(run, "metrics.csv")
    while time.monotonic() < deadline and process.poll() is None:
        if os.path.exists(metrics) and os.path.getsize(metrics) > 200:
            return
        time.sleep(0.005)
    sys.exit(f"the run to be stopped was not there to be stopped: {process.poll()}")


def raw_steps(run):
    """Steps of a scalar in all files, with nothing dropped."""
    steps = []
    for name in sorted(os.listdir(run)):
        if name.startswith("events.out.tfevents."):
            for event in event_file_loader.EventFileLoader(os.path.join(run, name)).Load():
                steps += [event.step for value in event.summary.value if value.tag == "step/loss"]
    return steps


def stop_and_resume(folder, what, number, undisturbed):
    run = os.path.join(folder, what)
    command = [sys.argv[1], "train", *SMALL, *UNDISTURBED, "--out", run]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        wait_for_epoch(process, run)
        process.send_signal(number)
    shutil.copy(os.path.join(run, "checkpoint.safetensors"),
                os.path.join(folder, "early.safetensors"))
    peers.reslab("train", "--resume", run)
    found = check_run(run)
    for tag in ["step/loss", "step/accuracy", "step/lr", "epoch/train_loss", "epoch/test_accuracy"]:
        assert found[tag] == undisturbed[tag], (what, tag, found[tag], undisturbed[tag])
    files = [name for name in os.listdir(run) if name.startswith("events.")]
    assert len(files) == 2, files
    print(f"{what}: {len(raw_steps(run)) - len(found['step/loss'])} points made again, none shown")


def orphans(folder, undisturbed):
    """A run killed after points of steps that its checkpoint does not have: made by letting an
    earlier checkpoint follow a whole run."""
    run = os.path.join(folder, "interrupted")
    checkpoint = os.path.join(run, "checkpoint.safetensors")
    os.replace(os.path.join(folder, "early.safetensors"), checkpoint)
    assert len(raw_steps(run)) == STEPS, raw_steps(run)
    peers.reslab("train", "--resume", run)
    again = len(raw_steps(run)) - STEPS
    assert again > 0, raw_steps(run)
    found = check_run(run)
    for tag in ["step/loss", "epoch/train_loss", "epoch/test_accuracy"]:
        assert found[tag] == undisturbed[tag], (tag, found[tag], undisturbed[tag])
    print(f"orphans: {again} points made again, none shown twice")


def session_groups(folder):
    """What the table of the plugin for hyper-parameters shows of a folder."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        size_guidance={"scalars": 0, "tensors": 0}).AddRunsFromDirectory(folder).Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, folder)
    backend = backend_context.Context(
        base_plugin.TBContext(data_provider=provider, logdir=folder))
    wanted = api_pb2.ListSessionGroupsRequest(
        start_index=0, slice_size=100, allowed_statuses=[api_pb2.STATUS_SUCCESS])
    return list_session_groups.Handler(context.RequestContext(), backend, "", wanted).run()


def study(folder):
    """Its runs are one table: they have the same settings, of which some differ, and outcomes."""
    path, out = os.path.join(folder, "small.yaml"), os.path.join(folder, "study")
    with open(path, "w", encoding="utf-8") as file:
        file.write(STUDY)
    peers.reslab("study", "run", path, "--out", out)
    table = session_groups(out)
    assert table.total_size == 4, table.total_size
    settings = [{name: str(value) for name, value in group.hparams.items()}
                for group in table.session_groups]
    assert all(one.keys() == settings[0].keys() and len(one) > 30 for one in settings)
    differing = {name for name in settings[0] if len({one[name] for one in settings}) > 1}
    assert differing == {"activation", "seed"}, differing
    arms = {(group.hparams["activation"].string_value, group.hparams["seed"].number_value)
            for group in table.session_groups}
    assert arms == {(activation, seed) for activation in ["relu", "gelu"] for seed in [1, 2]}, arms
    for group in table.session_groups:
        (session,) = group.sessions
        shown = {value.name.tag: value.value for value in session.metric_values}
        last = rows(os.path.join(out, session.name), "metrics.csv")[-1]
        assert shown["epoch/test_loss"] == numpy.float32(last["test_loss"]), (session.name, shown)


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "undisturbed")
        peers.reslab("train", *SMALL, *UNDISTURBED, "--out", run)
        undisturbed = check_run(run)
        stop_and_resume(folder, "killed", signal.SIGKILL, undisturbed)
        stop_and_resume(folder, "interrupted", signal.SIGINT, undisturbed)
        orphans(folder, undisturbed)
        study(folder)


if __name__ == "__main__":
    sys.exit(main())
