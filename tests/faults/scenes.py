"""The commands that meet the faults, each with what it starts from and what must come of it."""

import random
import shutil
import threading
import time

import oracle
from oracle import demand, demand_done, demand_equal, demand_one_line

EPOCHS = 2
STUDY = """name: faults
settings: {{data: "{data}", width: 1, batch_size: 8, epochs: 1, threads: 1}}
seeds: [3]
groups:
  activations: {{vary: {{activation: [relu, gelu]}}}}
"""


def make_images(folder, seed=1):
    """Three classes of images of noise, small enough to be read in no time."""
    rng = random.Random(seed)
    for part, count in (("train", 8), ("test", 4)):
        for name in "abc":
            place = folder / part / name
            place.mkdir(parents=True)
            for i in range(count):
                (place / f"{i}.ppm").write_bytes(b"P6 32 32 255\n" + rng.randbytes(3072))
    return folder


class Scene:
    """A command: `prepare` fills a folder, `words` are its arguments there, `settle` holds the folder
    to what is demanded after `outcome` (None: it was killed)."""

    writes = True  # files; else what it prints is all
    quiet = False  # prints nothing

    def __init__(self, world):
        self.world, self.lab = world, world.lab
        self._seconds = None

    def prepare(self, folder):
        pass

    def run(self, folder, **options):
        return self.lab.run(folder, *self.words, **options)

    def next_words(self, folder):
        """The command that a person would give next, whatever has become of the one before."""
        del folder
        return self.words

    def seconds(self):
        """How long the command takes when nothing disturbs it, at least."""
        if self._seconds is None:
            self._seconds = min(self._measure() for _ in range(3))
        return self._seconds

    def _measure(self):
        folder = self.lab.folder()
        self.prepare(folder)
        begin = time.monotonic()
        self.run(folder)
        return time.monotonic() - begin

    def settle(self, folder, outcome):
        """Judges the outcome, then goes on as a person would, who must end where an undisturbed
        command ends. Folders of one content need to be gone on with only once."""
        if outcome is not None and oracle.was_begun(outcome):
            if outcome.code == 0:
                if oracle.left_out(outcome):  # and said so; the next one has it all
                    outcome = self.run(folder)
                self.check(folder, outcome)
                return
            demand_one_line(outcome)
        state = (type(self).__name__, oracle.fingerprint(folder))
        if state not in self.world.settled:
            self.go_on(folder)
            self.world.settled.add(state)


class Train(Scene):
    name = "train"

    def __init__(self, world):
        super().__init__(world)
        self.words = ["train", "--out", "run", *world.options]

    def check(self, folder, outcome):
        demand_done(outcome)
        demand_equal(folder / "run", self.world.trained, "the run")
        demand(self.lab.program and sorted(p.name for p in folder.iterdir()) == ["run"],
               f"left in the folder: {sorted(p.name for p in folder.iterdir())}")

    def next_words(self, folder):
        if (folder / "run" / "checkpoint.safetensors").exists():
            return ["train", "--resume", "run", "--threads", 1]
        return self.words

    def go_on(self, folder):
        """Resumes; where there is nothing to resume, begins again."""
        outcome = None
        if (folder / "run").exists():
            outcome = self.lab.run(folder, "train", "--resume", "run", "--threads", 1)
            if outcome.code != 0:
                demand_one_line(outcome)
                demand(not (folder / "run" / "checkpoint.safetensors").exists(),
                       f"a checkpoint, but no way to go on: {outcome.err}")
        if outcome is None or outcome.code != 0:
            outcome = self.run(folder)
        self.check(folder, outcome)


class Resume(Train):
    name = "resume"

    def __init__(self, world):
        super().__init__(world)
        self.words = ["train", "--resume", "run", "--threads", "1"]

    def prepare(self, folder):
        shutil.copytree(self.world.stopped, folder / "run")

    def go_on(self, folder):
        self.check(folder, self.run(folder))


class Reading(Scene):
    """A command that writes nothing: what it prints is all."""

    writes = False

    def check(self, folder, outcome):
        demand_done(outcome)
        demand(oracle.timeless_json(outcome.out.encode()) == self.world.printed(self),
               f"printed otherwise: {outcome.out[:300]}")
        demand(not list(folder.iterdir()), f"left behind: {list(folder.iterdir())}")

    def go_on(self, folder):
        self.check(folder, self.run(folder))


class Eval(Reading):
    name = "eval"

    def __init__(self, world):
        super().__init__(world)
        self.words = ["eval", world.whole, "--data", world.images, "--threads", "1",
                      "--json"]


class Predict(Reading):
    name = "predict"

    def __init__(self, world):
        super().__init__(world)
        images = [world.images / "test" / name / "0.ppm" for name in "ab"]
        self.words = ["predict", world.whole, *images, "--threads", "1", "--json"]


class Writing(Scene):
    """A command that replaces files: each is the old one or the new one, whole."""

    old = b"what was there before"

    def prepare(self, folder):
        if self.source:
            shutil.copytree(self.source, folder, dirs_exist_ok=True)
        for name in self.results:
            (folder / name).write_bytes(self.old)

    def check(self, folder, outcome):
        demand_done(outcome)
        demand_equal(folder, self.world.written(self), "the folder")

    def go_on(self, folder):
        for name in self.results:
            content = (folder / name).read_bytes()
            demand(content in (self.old, self.world.written(self)[name]),
                   f"{name} is neither the old one nor the new one: {len(content)} bytes")
        self.check(folder, self.run(folder))


class Export(Writing):
    name, source, results, quiet = "export", None, ["net.onnx"], True

    def __init__(self, world):
        super().__init__(world)
        self.words = ["export", world.whole, "-o", "net.onnx"]


class Report(Writing):
    name, results = "report", ["report.md"]

    def __init__(self, world):
        super().__init__(world)
        self.source = world.studied_folder
        self.words = ["report", ".", "--format", "md"]

    def check(self, folder, outcome):
        """Where pictures cannot be drawn the report is whole without, and says so; but not because
        one hung until its time was up."""
        demand_done(outcome)
        demand("not done after" not in outcome.err, f"a drawing hung: {outcome.err}")
        expected = self.world.written(self)
        if "left out, with the PNG files" in outcome.err:
            expected = {name: content for name, content in expected.items()
                        if not name.endswith(".png") or (folder / name).exists()}
        demand_equal(folder, expected, "the folder")


class Study(Scene):
    name = "study"

    def __init__(self, world):
        super().__init__(world)
        self.words = ["study", "run", "study.yaml", "--out", "study"]

    def prepare(self, folder):
        (folder / "study.yaml").write_text(STUDY.format(data=self.world.images))

    def check(self, folder, outcome):
        demand_done(outcome)
        demand_equal(folder / "study", self.world.studied, "the study")

    def go_on(self, folder):
        self.check(folder, self.run(folder))


class World:
    """What all scenes share: the images, and what undisturbed commands make of them."""

    scenes = (Train, Resume, Eval, Predict, Export, Report, Study)

    def __init__(self, lab):
        self.lab = lab
        self.settled = set()
        self._lock = threading.Lock()
        self._printed, self._written = {}, {}
        self.base = lab.folder()
        self.images = make_images(self.base / "images")
        self.options = ["--data", self.images, "--width", 1, "--epochs", EPOCHS, "--batch-size", 8,
                        "--seed", 3, "--threads", 1]
        self.whole = self.base / "run"
        demand_done(lab.run(self.base, "train", "--out", "run", *self.options))
        self.trained = oracle.essences(self.whole)
        self.stopped = self._stop()
        study = Study(self)
        study.prepare(self.base)
        demand_done(study.run(self.base))
        self.studied_folder = self.base / "study"
        self.studied = oracle.essences(self.studied_folder)
        self.by_name = {scene.name: scene(self) for scene in self.scenes}

    def _stop(self):
        """A run that was killed in its second epoch."""
        folder = self.lab.folder()
        total = self.lab.count_calls(folder, "rename", "train", "--out", "run", *self.options)
        shutil.rmtree(folder / "run")
        self.lab.run(folder, "train", "--out", "run", *self.options,
                     fault=f"rename:{total - 3}:kill")
        demand((folder / "run" / "checkpoint.safetensors").exists(), "nothing to resume from")
        return folder / "run"

    def printed(self, scene):
        """What the command prints when nothing disturbs it."""
        with self._lock:
            if scene.name not in self._printed:
                outcome = scene.run(self.lab.folder())
                demand_done(outcome)
                self._printed[scene.name] = oracle.timeless_json(outcome.out.encode())
            return self._printed[scene.name]

    def written(self, scene):
        """The folder as the undisturbed command leaves it."""
        with self._lock:
            if scene.name not in self._written:
                folder = self.lab.folder()
                scene.prepare(folder)
                demand_done(scene.run(folder))
                self._written[scene.name] = oracle.essences(folder)
            return self._written[scene.name]
