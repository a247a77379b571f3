"""The command line: what it prints, what it writes, and that bad input costs nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from idx_files import small_set, write_set
from PIL import Image
from programs import promised
from small_runs import assert_same_model

from fishlab import cli
from fishlab.commands import train as train_command
from fishlab.commands import window
from fishlab.commands.console import Progress
from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import load_dataset
from fishlab.core.events import HelperLost, StepDone, TrainEvent
from fishlab.core.files import SaveError, open_project, save_project
from fishlab.core.processors import processors
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import TEMPLATES, find_template
from fishlab.core.training import Trainer

Run = tuple[int, str, str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a small data set of 240 and 50 images beside it."""
    write_set(tmp_path / "set", small_set(train=240, test=50))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    return folder


def fishlab(capsys: pytest.CaptureFixture[str], *words: str) -> Run:
    """The exit code and what was written on stdout and stderr."""
    try:
        code = cli.main(list(words))
    except SystemExit as leave:  # how argparse ends
        code = int(leave.code or 0)
    return code, *capsys.readouterr()


def train(capsys: pytest.CaptureFixture[str], what: str, out: str, *words: str) -> dict[str, Any]:
    """Train on the small set and return what was printed as JSON."""
    code, printed, said = fishlab(capsys, "train", what, "--data-dir", "../set", "-o", out, "--json", *words)
    assert code == 0, said
    found: dict[str, Any] = json.loads(printed)
    return found


def opened(path: str) -> tuple[ProjectSpec, Checkpoint]:
    spec, model = open_project(path)
    assert model is not None
    return spec, model


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence with which bad input is refused; nothing is printed and no folder changed."""
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    code, printed, said = fishlab(capsys, *words)
    assert (code, printed) == (2, "")
    assert "Traceback" not in said
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
    return said


# -- training --------------------------------------------------------------------------------------------------------
def test_training_writes_a_project_and_prints_one_json_object(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = train(capsys, "TwoLayerNet", "out.fishlab", "--epochs", "2", "--batch-size", "50")
    assert set(found) == {
        "accuracy", "best", "loss", "epochs", "steps", "seconds", "images_per_second", "way", "data", "out", "ended"
    }  # fmt: skip
    assert (found["epochs"], found["steps"], found["ended"]) == (2, 10, "done")
    assert (found["data"], found["out"]) == ("IDX folder set", "out.fishlab")
    assert found["images_per_second"] > 0
    spec, model = opened("out.fishlab")
    assert spec.training.batch_size == 50
    assert spec.network.name == "TwoLayerNet"
    last = model.history.epochs
    assert (found["accuracy"], found["loss"]) == tuple(last.rows[-1, 3:][::-1])


@pytest.mark.parametrize("name", ["twolayernet", "TWOLAYERNET", "two-layer-net", "two_layer_net"])
def test_templates_are_found_in_any_case(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert train(capsys, name, "out.fishlab", "--batches", "1")["steps"] == 1


def test_options_reach_the_project(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--seed", "7", "--optimizer", "Momentum", "--rate", "0.02", "--batch-size", "64", "--batches", "2"]
    train(capsys, "lenet-5", "out.fishlab", *words)
    training = opened("out.fishlab")[0].training
    assert (training.seed, training.batch_size) == (7, 64)
    assert training.optimizer.to_dict() == {"kind": "momentum", "learning_rate": 0.02, "momentum": 0.9}


def test_how_it_learns_is_said_by_kind_and_settings(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--optimizer", "Momentum:momentum=0.5", "--schedule", "cosine:warm_up=0.5,floor=0.1", "--batches", "1"]
    words += ["--loss", "softmax_cross_entropy:label_smoothing=0.2"]
    train(capsys, "twolayernet", "a.fishlab", *words, "--set", "clip_norm=2", "--set", "decay_kind=l1")
    project = opened("a.fishlab")[0]
    assert project.network.loss.label_smoothing == 0.2
    assert project.training.optimizer.momentum == 0.5
    assert (project.training.clip_norm, project.training.decay_kind) == (2.0, "l1")
    assert project.training.schedule.to_dict() == {"kind": "cosine", "warm_up": 0.5, "length": 0, "floor": 0.1}
    train(capsys, "a.fishlab", "b.fishlab", "--optimizer", "momentum:learning_rate=0.3", "--batches", "1")
    assert opened("b.fishlab")[0].training.optimizer.to_dict() == {
        "kind": "momentum", "learning_rate": 0.3, "momentum": 0.5
    }  # fmt: skip
    assert opened("b.fishlab")[0].training.schedule == project.training.schedule


def test_the_same_seed_gives_the_same_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_project("start.fishlab", find_template("simpleconvnet").item(), None)
    for out in ("one.fishlab", "two.fishlab"):
        train(capsys, "start.fishlab", out, "--batches", "3")
    assert Path("one.fishlab").read_bytes() == Path("two.fishlab").read_bytes()
    train(capsys, "start.fishlab", "three.fishlab", "--batches", "3", "--seed", "1")
    assert opened("three.fishlab")[1].history.steps.rows[0, 1] != opened("one.fishlab")[1].history.steps.rows[0, 1]


def test_the_way_of_running_is_chosen_and_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_project("start.fishlab", find_template("twolayernet").item(), None)
    files = []
    for way in ("threads:2", "processes:2", "one"):
        name = f"{way.partition(':')[0]}.fishlab"
        words = ["train", "start.fishlab", "--data-dir", "../set", "--batches", "4", "--way", way, "-o", name]
        code, printed, said = fishlab(capsys, *words)
        title = "1 thread" if way == "one" else " ".join(reversed(way.split(":")))
        assert code == 0 and f"Running in {title}." in said.splitlines()
        assert f"images/s in {title}. Saved as" in printed
        assert str(opened(name)[1].way) == way
        files.append(opened(name)[1])
    threads, processes, one = (model.weights for model in files)
    assert all((threads[key] == processes[key]).all() for key in threads), "as many workers, the same bits"
    assert all(np.allclose(threads[key], one[key], atol=1e-5) for key in threads)


def test_threads_and_processes_alone_are_one_a_processor(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = train(capsys, "twolayernet", "out.fishlab", "--batches", "2", "--way", "Threads")
    assert found["way"] == f"threads:{max(2, processors())}"


def test_a_lost_helper_is_told_and_the_training_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Trainer.events

    def events(trainer: Trainer) -> Iterator[TrainEvent]:
        for event in real(trainer):
            yield event
            if isinstance(event, StepDone) and event.position.step == 1:
                yield HelperLost("A helper process has ended.")

    monkeypatch.setattr(Trainer, "events", events)
    code, _, said = fishlab(capsys, *TRAIN, "--batches", "3", "--way", "one")
    assert (code, said.splitlines().count("A helper process has ended.")) == (0, 1)
    assert opened("out.fishlab")[1].position.step == 3


def test_one_epoch_and_one_more_are_two_epochs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_project("start.fishlab", find_template("twolayernet").item(), None)
    train(capsys, "start.fishlab", "one.fishlab", "--epochs", "1")
    assert train(capsys, "one.fishlab", "both.fishlab", "--epochs", "1")["epochs"] == 2
    train(capsys, "start.fishlab", "two.fishlab", "--epochs", "2")
    both, two = opened("both.fishlab")[1], opened("two.fishlab")[1]
    assert both.project.training.epochs == 1
    assert_same_model(both, _with_epochs(two, 1))


def _with_epochs(model: Checkpoint, epochs: int) -> Checkpoint:
    project = model.project
    return dataclasses.replace(model, project=project.replace(training=project.training.replace(epochs=epochs)))


def test_batches_counts_the_batches_of_this_training(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = train(capsys, "twolayernet", "a.fishlab", "--batches", "4", "--batch-size", "100")
    assert (first["steps"], first["epochs"], first["ended"]) == (4, 1.3333, "batches")
    assert first["accuracy"] is not None
    second = train(capsys, "a.fishlab", "b.fishlab", "--batches", "2")
    assert (second["steps"], second["epochs"], second["ended"]) == (6, 2, "batches")
    third = train(capsys, "a.fishlab", "c.fishlab", "--epochs", "5", "--batches", "2")
    assert (third["steps"], third["epochs"], third["ended"]) == (6, 2, "batches")
    assert opened("c.fishlab")[1].target == 6


def test_a_stopped_training_goes_on_to_where_it_was_heading(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "3", "--batches", "4", "--batch-size", "100")
    assert train(capsys, "a.fishlab", "a.fishlab")["epochs"] == 3


def test_a_training_may_go_its_way_a_few_batches_at_a_time(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--epochs", "3", "--batch-size", "100", "--optimizer", "momentum", "--schedule", "cosine"]
    train(capsys, "twolayernet", "start.fishlab", *words, "--batches", "1")
    train(capsys, "start.fishlab", "a.fishlab", "--batches", "1")
    assert opened("a.fishlab")[1].target == 3
    train(capsys, "a.fishlab", "a.fishlab")
    train(capsys, "start.fishlab", "whole.fishlab")
    for key, array in opened("whole.fishlab")[1].weights.items():
        np.testing.assert_array_equal(opened("a.fishlab")[1].weights[key], array)


def test_a_training_is_verified_from_an_earlier_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "TwoLayerNet", "one.fishlab", "--batches", "2", "--batch-size", "50")
    train(capsys, "one.fishlab", "two.fishlab")
    words = ("verify", "one.fishlab", "two.fishlab", "--data-dir", "../set")
    code, printed, _ = fishlab(capsys, *words)
    assert (code, printed.split(".")[0]) == (0, "3 batches again: max |difference| = 0")
    spec, model = opened("two.fishlab")
    key = next(iter(model.weights))
    weights = {**model.weights, key: model.weights[key] + np.float32(0.5)}
    save_project("two.fishlab", spec, dataclasses.replace(model, weights=weights))
    code, printed, _ = fishlab(capsys, *words, "--json")
    found = json.loads(printed)
    assert (code, found["batches"], found["exact"]) == (1, 3, False)
    assert float(found["difference"]) == pytest.approx(0.5, abs=1e-6)


def test_files_that_are_not_of_one_training_are_not_verified(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "TwoLayerNet", "one.fishlab", "--batches", "2", "--batch-size", "50")
    said = refused(capsys, "verify", "one.fishlab", "one.fishlab", "--data-dir", "../set")
    assert "There is no batch between the two" in said


def test_another_seed_starts_anew_and_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--batches", "2")
    words = ["train", "a.fishlab", "--seed", "9", "--batches", "1", "-o", "b.fishlab"]
    code, printed, said = fishlab(capsys, *words)
    assert code == 0
    assert "the training starts anew" in said
    assert opened("b.fishlab")[1].position.step == 1
    assert printed.startswith("Validation accuracy ")
    assert "Saved as “b.fishlab”." in printed


def test_without_a_terminal_progress_is_whole_lines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "twolayernet", "--data-dir", "../set", "--epochs", "2", "--way", "one", "-o", "a.fishlab"]
    said = fishlab(capsys, *words)[2]
    lines = said.splitlines()
    assert lines[:2] == ["Reading MNIST", "IDX folder set: 220 images to learn from, 20 to validate."]
    assert lines[2] == "Running in 1 thread."
    assert [re.sub(r"[\d.]+%?", "N", line) for line in lines[3:]] == [
        "Epoch N: loss N, accuracy N; validation loss N, accuracy N"
    ] * 2
    assert "\r" not in said


def test_on_a_terminal_progress_is_a_bar_that_is_taken_away() -> None:
    class Terminal:
        text = ""

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None: ...
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    progress = Progress(terminal)  # type: ignore[arg-type]
    progress.task("Reading", 12, 24)
    progress.draw(24, 24, "loss 1.0", before="Epoch 1/3")
    assert terminal.text.split("\r")[1:] == [f"Reading [{'#' * 12}{'-' * 12}] 50 %", f"Epoch 1/3 [{'#' * 24}] loss 1.0"]
    progress.line("Epoch 1: done")
    assert terminal.text.endswith(" \rEpoch 1: done\n")


def test_a_progress_that_nobody_reads_does_not_end_the_work() -> None:
    class Gone:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None: ...
        def isatty(self) -> bool:
            return False

    Progress(Gone()).line("lost")  # type: ignore[arg-type]


# -- evaluating and listing ------------------------------------------------------------------------------------------
def test_evaluate_prints_the_score_on_the_test_images(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "1")
    code, printed, _ = fishlab(capsys, "evaluate", "a.fishlab", "--json")
    found = json.loads(printed)
    assert code == 0
    assert set(found) == {"accuracy", "correct", "total", "loss"}
    assert found["total"] == 50
    assert found["accuracy"] == found["correct"] / 50
    assert json.loads(fishlab(capsys, "evaluate", "a.fishlab", "--json")[1]) == found
    write_set(Path("other"), small_set(seed=3, train=40, test=20))
    other = fishlab(capsys, "evaluate", "a.fishlab", "--data", "mnist", "--data-dir", "other")[1]
    assert re.fullmatch(r"IDX folder other: [\d.]+% right \(\d+ of 20\), loss [\d.]+\.\n", other)


def test_evaluate_counts_which_class_was_seen_in_images_of_which(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "1")
    found = json.loads(fishlab(capsys, "evaluate", "a.fishlab", "--confusion", "--json")[1])
    counts = found["confusion"]
    assert sum(map(sum, counts)) == 50
    assert sum(row[true] for true, row in enumerate(counts)) == found["correct"]
    table = fishlab(capsys, "evaluate", "a.fishlab", "--confusion")[1].splitlines()[2:]
    assert table[0].split() == ["is", "\\", "seen", "as", *map(str, range(len(counts)))]
    assert [[int(number) for number in line.split()] for line in table[1:]] == [[n, *r] for n, r in enumerate(counts)]


def test_evaluate_scores_each_class(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "1")
    found = json.loads(fishlab(capsys, "evaluate", "a.fishlab", "--confusion", "--per-class", "--json")[1])
    counts = np.array(found["confusion"])
    assert [row["name"] for row in found["classes"]] == list("0123456789")
    assert [row["support"] for row in found["classes"]] == [5] * 10
    assert [row["recall"] for row in found["classes"]] == [counts[n, n] / 5 for n in range(10)]
    assert found["macro"]["recall"] == pytest.approx(found["accuracy"]), "as many images of each class"
    _, head, *rows, mean = fishlab(capsys, "evaluate", "a.fishlab", "--per-class")[1].splitlines()[1:]
    assert head.split() == ["class", "precision", "recall", "F1", "images"]
    assert [row.split()[2] for row in rows] == [f"{row['recall']:.2%}" for row in found["classes"]]
    assert mean.split() == ["mean", *(f"{found['macro'][name]:.2%}" for name in ("precision", "recall", "f1")), "50"]


def test_evaluate_lets_several_answer_one_by_one_and_together(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["a.fishlab", "b.fishlab", "c.fishlab"]
    for seed, file in enumerate(files):
        train(capsys, "twolayernet", file, "--epochs", "1", "--seed", str(seed))
    single = [json.loads(fishlab(capsys, "evaluate", file, "--json")[1]) for file in files]
    found = json.loads(fishlab(capsys, "evaluate", *files, "--ensemble", "--confusion", "--json")[1])
    assert found["files"] == [{"file": file, **score} for file, score in zip(files, single, strict=True)]
    test = load_dataset(opened("a.fishlab")[0].data).test
    models = [opened(file)[1] for file in files]
    mean = sum(model.network().predict(model.scaling.apply(test.images)).astype(float) for model in models) / 3
    assert found["correct"] == int((mean.argmax(axis=1) == test.labels).sum()) == np.trace(found["confusion"])
    assert found["loss"] == pytest.approx(-np.log(mean[np.arange(50), test.labels]).mean())
    assert set(json.loads(fishlab(capsys, "evaluate", *files, "--json")[1])) == {"files"}
    lines = fishlab(capsys, "evaluate", *files, "--ensemble")[1].splitlines()
    assert [line.partition(":")[0] for line in lines] == [*files, "All together"]


def test_evaluate_takes_the_best_epoch_and_other_precisions(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = train(capsys, "twolayernet", "a.fishlab", "--epochs", "60", "--rate", "1", "--set", "patience=2")
    _, model = opened("a.fishlab")
    assert model.best is not None
    assert (found["ended"], found["epochs"]) == ("patience", model.best.epoch + 2)
    assert found["best"] == {"epoch": model.best.epoch, "loss": model.best.loss}
    last, best, half = (
        json.loads(fishlab(capsys, "evaluate", "a.fishlab", "--json", *words)[1])
        for words in ([], ["--best"], ["--best", "--precision", "float16"])
    )
    assert last["loss"] != best["loss"] != half["loss"]
    assert half["loss"] == pytest.approx(best["loss"], rel=0.01)


def test_training_says_that_its_patience_is_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--epochs", "60", "--rate", "1", "--set", "patience=2", "--way", "one"]
    _, _, said = fishlab(capsys, *TRAIN, *words)
    assert re.search(r"^No better for 2 epochs; the best was epoch \d+\. Its weights are kept\.$", said, re.MULTILINE)


# -- transfer ----------------------------------------------------------------------------------------------------------
def test_a_training_begins_with_what_another_has_learned(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "2")
    _, before = opened("a.fishlab")
    words = ["train", "--from", "a.fishlab", "--json", "--epochs", "1", "-o", "b.fishlab"]
    assert fishlab(capsys, *words)[0] == 0
    _, after = opened("b.fishlab")
    assert (after.position.epoch, after.optimizer_steps) == (1, after.position.step)
    assert all((after.start[key] == value).all() for key, value in before.weights.items())
    assert fishlab(capsys, *words, "--freeze")[0] == 0
    spec, frozen = opened("b.fishlab")
    assert [layer.frozen for layer in spec.network.layers] == [False, True, False, False]
    held, head = spec.network.layers[1].uid, spec.network.layers[3].uid
    for key, value in before.weights.items():
        assert (frozen.weights[key] == value).all() == key.startswith(held), key
    assert head in {layer.uid for layer in before.project.network.layers}


def test_a_new_head_has_a_score_for_each_class_of_the_data(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "1")
    rng = np.random.default_rng(0)
    np.savez("three.npz", images=rng.integers(0, 256, (90, 28, 28), np.uint8), labels=np.arange(90) % 3)
    words = ["--data", "npz", "--set", "file=three.npz", "--epochs", "1", "--json", "-o", "b.fishlab"]
    code, _, said = fishlab(capsys, "train", "--from", "a.fishlab", "--head", "--freeze", *words)
    assert code == 0, said
    spec, model = opened("b.fishlab")
    _, before = opened("a.fishlab")
    assert (spec.network.classes, spec.network.layers[-1].units) == (3, 3)
    held = f"{spec.network.layers[1].uid}/W"
    assert (model.weights[held] == before.weights[held]).all()


def test_profile_shows_each_layer_the_loss_and_a_total(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, said = fishlab(capsys, "profile", "twolayernet", "--batch", "3", "--steps", "2")
    title, *table = printed.splitlines()
    assert (code, said) == (0, "")
    assert title == "TwoLayerNet: a training step of 3 images, one thread."
    assert [line.split()[0] for line in table] == ["layer", *(line.split()[0] for line in table[1:-1]), "total"]
    assert table[0].split()[-2:] == ["GF/s", "MB"]
    assert len({len(line) for line in table}) == 1
    assert "100.0%" in table[-1]
    assert "Softmax + loss" in table[-2]


def test_profile_takes_a_trained_project_and_writes_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "a.fishlab", "--epochs", "1")
    code, printed, _ = fishlab(capsys, "profile", "a.fishlab", "--steps", "1", "--json")
    found = json.loads(printed)
    assert code == 0
    assert found["batch"] == 100
    assert found["total"]["forward"] == pytest.approx(sum(layer["forward"] for layer in found["layers"]))
    assert found["layers"][-1]["title"] == "Softmax + loss"


def test_a_learning_rate_is_found_without_training_anything(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["find-rate", "twolayernet", "--data-dir", "../set", "--steps", "20", "--lowest", "0.001", "--json"]
    code, printed, said = fishlab(capsys, *words)
    assert code == 0, said
    found = json.loads(printed)
    assert 0.001 <= found["steepest"] <= found["least"] <= 10 and len(found["rates"]) == len(found["losses"]) <= 20
    assert "The loss falls most steeply at" in fishlab(capsys, *words[:-1])[1]
    assert "cannot be tried" in refused(capsys, *words[:-1], "--highest", "0")


def test_templates_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, said = fishlab(capsys, "templates")
    assert (code, said) == (0, "")
    assert [line.split()[0] for line in printed.splitlines()] == [entry.title for entry in TEMPLATES]
    assert json.loads(fishlab(capsys, "templates", "--json")[1])["LeNet-5"]


@pytest.mark.parametrize("words", [[], *([name] for name in cli.COMMANDS)])
def test_help_is_there_and_short(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, printed, _ = fishlab(capsys, *words, "--help")
    assert code == 0
    assert printed.startswith("usage: fishlab")
    assert len(printed.splitlines()) < 40


def test_training_images_are_changed_as_the_options_say_and_evaluated_as_they_are(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--augment", "Rotate:degrees=5", "--augment", "shift:pixels=1,whole=yes", "--set", "scaling=whitened"]
    code, _, said = fishlab(capsys, *TRAIN, *words, "--batches", "3", "--way", "one")
    assert code == 0, said
    project, _ = opened("out.fishlab")
    assert [spec.to_dict() for spec in project.data.augmentation] == [
        {"kind": "rotate", "degrees": 5.0},
        {"kind": "shift", "pixels": 1.0, "whole": True},
    ]
    assert fishlab(capsys, "evaluate", "out.fishlab", "--data-dir", "../set")[0] == 0
    assert fishlab(capsys, "train", "out.fishlab", "--augment", "none", "--batches", "1", "-o", "b.fishlab")[0] == 0
    assert opened("b.fishlab")[0].data.augmentation == ()


# -- other data --------------------------------------------------------------------------------------------------------
def test_a_template_is_fitted_to_points_of_the_plane_and_learns_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", "spirals", "--points", "90", "--set", "arms=3", "--set", "noise=0", "--fit", "--epochs", "2"]
    code, _, said = fishlab(capsys, "train", "twolayernet", *words, "--way", "one", "-o", "a.fishlab")
    assert code == 0, said
    project, _ = opened("a.fishlab")
    assert (project.network.in_shape, project.network.classes, project.data.arms) == ((2,), 3, 3)
    code, printed, _ = fishlab(capsys, "evaluate", "a.fishlab", "--per-class")
    assert code == 0 and "of 45" in printed and "arm 3" in printed


def test_a_file_alone_says_by_its_name_what_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("flowers.csv").write_text("petal,leaf,label\n" + "1.5,2.5,rose\n-1,0.5,lily\n" * 20)
    words = ["--file", "flowers.csv", "--fit", "--epochs", "1", "--way", "one", "--json"]
    code, printed, said = fishlab(capsys, "train", "twolayernet", *words, "-o", "a.fishlab")
    assert code == 0, said
    assert json.loads(printed)["data"] == "flowers.csv"
    assert opened("a.fishlab")[0].data.source == "csv"


def test_settings_of_every_form_are_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("cat", "dog"):
        Path("pets", name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (9, 9), (40 * number, 9, 90)).save(Path("pets", name, f"{number}.png"))
    settings = ["colour=yes", "image_size=8x6", "test_share=0", "validation=0.2", "scaling=RAW"]
    words = ["--data", "folder", "--folder", "pets", *(word for text in settings for word in ("--set", text))]
    code, _, said = fishlab(capsys, "train", "twolayernet", *words, "--fit", "--epochs", "1", "-o", "a.fishlab")
    assert code == 0, said
    project, _ = opened("a.fishlab")
    assert (project.network.in_shape, project.data.colour, project.data.scaling) == ((3, 8, 6), True, "raw")


def test_a_model_that_was_trained_on_other_data_is_not_gone_on_with(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--points", "40", "--fit", "--epochs", "1", "--way", "one", "-o", "a.fishlab"]
    assert fishlab(capsys, "train", "twolayernet", "--data", "moons", *words)[0] == 0
    code, _, said = fishlab(capsys, "train", "a.fishlab", "--data", "spirals", "--set", "arms=3", *words)
    assert code == 0 and "the training starts anew" in said
    assert opened("a.fishlab")[1].position.epoch == 1


def test_the_data_sets_are_listed_with_what_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(fishlab(capsys, "datasets", "--json")[1])
    assert listed["spirals"]["settings"] == ["points", "noise", "arms", "turns", "draw"]
    assert "turns" in fishlab(capsys, "datasets")[1]


# -- bad input ---------------------------------------------------------------------------------------------------------
TRAIN = ["train", "twolayernet", "--data-dir", "../set", "-o", "out.fishlab"]
BAD = {
    "no such command": (["trian"], "Did you mean “train”?"),
    "no such command with words behind it": (["trian", *TRAIN[1:]], "Did you mean “train”?"),
    "no such file to open": (["nowhere.fishlab"], "There is no command and no file called “nowhere.fishlab”."),
    "an option nobody knows": (["--fast"], "unrecognized arguments: --fast"),
    "no such template": (["train", "twolayer", "-o", "out.fishlab"], "There is no template called 'twolayer'"),
    "no such project": (["train", "a.fishlab", "-o", "out.fishlab"], "“a.fishlab” cannot be opened: there is no"),
    "a project that is none": (["train", "old.fishlab", "-o", "out.fishlab"], "“old.fishlab” cannot be opened"),
    "a folder": (["train", ".", "-o", "out.fishlab"], "it is a folder"),
    "nowhere to write": (["train", "twolayernet"], "the following arguments are required: -o"),
    "out in a folder that is not there": ([*TRAIN[:-1], "no/out.fishlab"], "“out.fishlab” cannot be saved: the folder"),
    "out that is a folder": ([*TRAIN[:-1], ".."], "it is a folder"),
    "data nobody knows": ([*TRAIN, "--data", "cats"], "Data set is 'cats': it takes one of auto, mnist, digits,"),
    "data that are not there": ([*TRAIN, "--data-dir", "nowhere"], "nowhere"),
    "an augmentation nobody knows": ([*TRAIN, "--augment", "whirl"], "There is no augmentation called 'whirl'"),
    "a setting that an augmentation lacks": ([*TRAIN, "--augment", "rotate:angle=3"], "Rotate has no setting “angle”"),
    "an angle of no number": ([*TRAIN, "--augment", "rotate:degrees=much"], "Angle is 'much': it takes a number"),
    "points changed like images": (
        ["train", "twolayernet", "--data", "moons", "--fit", "--augment", "flip", "-o", "o"], "“Flip” changes images"
    ),
    "a setting nobody knows": ([*TRAIN, "--set", "nois=1"], "There is no setting “nois”. Did you mean “noise”?"),
    "a setting that is no number": ([*TRAIN, "--points", "many"], "Points is 'many': it takes a whole number."),
    "data of another shape": (["train", "twolayernet", "--data", "moons", "-o", "o"], "“--fit” fits the network to"),
    "a CSV file that is not there": (["train", "twolayernet", "--file", "a.csv", "-o", "o"], "“a.csv” is no file"),
    "no epochs": ([*TRAIN, "--epochs", "0"], "Epochs is 0: it takes a whole number, 1 to 10,000."),
    "half an epoch": ([*TRAIN, "--epochs", "0.5"], "'0.5' is not a whole number"),
    "no batches": ([*TRAIN, "--batches", "0"], "at least 1 is needed"),
    "a batch of nothing": ([*TRAIN, "--batch-size", "-3"], "Batch size is -3"),
    "a seed below zero": ([*TRAIN, "--seed", "-1"], "Seed is -1"),
    "an optimizer nobody knows": ([*TRAIN, "--optimizer", "adamm"], "did you mean 'adam'?"),
    "a loss nobody knows": ([*TRAIN, "--loss", "squared"], "did you mean 'squared_error'?"),
    "a loss's setting out of range": (
        [*TRAIN, "--loss", "softmax_cross_entropy:label_smoothing=2"], "Label smoothing is 2.0: it takes"
    ),
    "a schedule nobody knows": ([*TRAIN, "--schedule", "cosin"], "did you mean 'cosine'?"),
    "a schedule's setting nobody knows": ([*TRAIN, "--schedule", "step:each=2"], "Step has no setting “each”: it has"),
    "no rate": ([*TRAIN, "--rate", "0"], "Learning rate is 0.0: it takes a number"),
    "a rate that is no number": ([*TRAIN, "--rate", "nan"], "Learning rate is nan: it takes a finite number."),
    "a way nobody knows": ([*TRAIN, "--way", "fast"], "There is no way “fast” of running. Write auto, one, threads"),
    "workers that are no number": ([*TRAIN, "--way", "threads:many"], "threads:2 or processes:2, not 'threads:many'"),
    "no workers": ([*TRAIN, "--way", "processes:0"], "1 to 64 workers, not 0"),
    "one process": ([*TRAIN, "--way", "processes:1"], "threads and processes are two or more"),
    "several of one": ([*TRAIN, "--way", "one:2"], "One worker is the way “one”"),
    "a network without layers": (["train", "empty", *TRAIN[2:]], "needs a row of 10"),
    "a file to evaluate that is not there": (["evaluate", "a.fishlab"], "there is no such file"),
    "a file to evaluate that is none": (["evaluate", "old.fishlab"], "it is not a FishLab project"),
    "a network that was never trained": (["evaluate", "idea.fishlab"], "has not been trained"),
    "an ensemble of one": (["evaluate", "idea.fishlab", "--ensemble"], "An ensemble needs two files or more."),
    "classes of several": (["evaluate", "a", "b", "--per-class"], "--per-class is said of one file, or of all"),
    "nothing to train": (["train", "-o", "out.fishlab"], "Say what to train: a template, a project, or --from"),
    "two things to train": ([*TRAIN, "--from", "idea.fishlab"], "Either “twolayernet” is trained, or a new network"),
    "features of nothing": ([*TRAIN, "--freeze"], "--freeze goes with --from and a trained project."),
    "a head of nothing": ([*TRAIN, "--head"], "--head goes with --from and a trained project."),
    "what was never trained to begin from": (["train", "--from", "idea.fishlab", "-o", "o"], "has not been trained"),
    "patience without validation": (
        [*TRAIN, "--set", "patience=3", "--set", "validation=0"], "Patience is 3, and there are no images to validate"
    ),
    "training in half precision": ([*TRAIN, "--set", "precision=float16"], "one of float32, float64"),
    "a profile of nothing": (["profile", "a.fishlab"], "there is no such file"),
    "a profile of no steps": (["profile", "twolayernet", "--steps", "0"], "The number of steps is 1 to 10,000, not 0."),
    "a profile of no images": (["profile", "twolayernet", "--batch", "0"], "Batch size is 0"),
    "a profile of what cannot be built": (["profile", "empty"], "needs a row of 10"),
    "a tour into a file": (["tour", "old.fishlab"], "“old.fishlab” is a file"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_sentence_and_costs_nothing(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    Path("out.fishlab").write_bytes(b"kept")
    Path("old.fishlab").write_bytes(b"of another program")
    save_project("idea.fishlab", find_template("twolayernet").item(), None)
    words, sentence = BAD[name]
    assert sentence in refused(capsys, *words)


def test_a_damaged_data_set_is_named_and_costs_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contents = small_set(train=240, test=50)
    write_set(Path("bad"), {name: content[:-1] for name, content in contents.items()})
    assert "bad" in refused(capsys, "train", "twolayernet", "--data-dir", "bad", "-o", "out.fishlab")


def test_a_diverging_training_keeps_the_last_finite_weights_and_says_what_to_try(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "three_layer_mlp", "--data-dir", "../set", "--optimizer", "sgd", "--rate", "100"]
    code, printed, said = fishlab(capsys, *words, "--epochs", "20", "-o", "out.fishlab", "--json")
    assert (code, printed) == (1, "")
    assert "Try a learning rate of 10 or less; it was 100. The last finite weights are kept." in said
    assert "They are in “out.fishlab”." in said
    _, model = open_project("out.fishlab")
    assert model is not None and model.position.step > 0
    assert all(np.isfinite(array).all() for array in model.weights.values())


def test_a_disk_that_fills_while_training_costs_nothing(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *content: Any) -> None:
        if path == Path("out.fishlab"):
            raise SaveError("“out.fishlab” cannot be saved: the disk is full.")
        save_project(path, *content)

    monkeypatch.setattr(train_command, "save_project", full)
    monkeypatch.setattr(train_command.tempfile, "gettempdir", lambda: str(tmp_path))
    code, printed, said = fishlab(capsys, *TRAIN, "--batches", "2", "--json")
    assert code == 1
    assert "the disk is full. What was learned is in “" in said
    assert opened(json.loads(printed)["out"])[1].position.step == 2


# -- the window --------------------------------------------------------------------------------------------------------
def test_without_a_display_the_tour_is_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toured: list[list[str]] = []
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(window.environment, "has_display", lambda: False)
    monkeypatch.setattr(window.tour, "run", lambda words: toured.append(words) or 0)
    code, _, said = fishlab(capsys)
    assert (code, toured) == (0, [["fishlab-tour"]])
    assert said.startswith("There is no display here")


@pytest.mark.parametrize("words", [[], ["a.fishlab"]])
def test_the_window_opens_with_the_file_that_was_named(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    seen: list[list[str]] = []
    Path("a.fishlab").write_bytes(b"")
    monkeypatch.setattr("fishlab.ui.app.main", lambda words: seen.append(words) or 0)
    assert fishlab(capsys, *words)[0] == 0
    assert seen == [words]


def test_the_tour_gets_its_folder(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Path, bool]] = []

    def main(folder: Path, *, instruments: bool) -> int:
        seen.append((folder, instruments))
        return 0

    monkeypatch.setattr("fishlab.ui.tour.main", main)
    assert fishlab(capsys, "tour", "pictures")[0] == 0
    assert fishlab(capsys, "tour", "more", "--instruments")[0] == 0
    assert seen == [(Path("pictures"), False), (Path("more"), True)]


def test_without_a_display_a_file_is_not_opened(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.fishlab").write_bytes(b"")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(window.environment, "has_display", lambda: False)
    assert "There is no display here" in refused(capsys, "a.fishlab")


# -- as a process of its own ------------------------------------------------------------------------------------------
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes in the way of Unix")
COMMAND = [sys.executable, "-m", "fishlab"]


def _not_under_nohup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


ENDS = [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)]


@unix
@pytest.mark.one_in(3)
@pytest.mark.parametrize(("name", "code"), ENDS)
def test_interrupted_it_saves_what_was_learned_and_says_so(here: Path, name: str, code: int) -> None:
    words = ["train", "twolayernet", "--data-dir", "../set", "--epochs", "10000", "-o", "out.fishlab", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*COMMAND, *words], **pipes, preexec_fn=_not_under_nohup) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("Epoch 3"):
            assert process.poll() is None
        began = time.monotonic()
        for _ in range(2 if name == "SIGHUP" else 1):  # the shell and the terminal both tell of a hang-up
            process.send_signal(getattr(signal, name))
        printed, said = process.communicate(timeout=60)
    assert time.monotonic() - began < promised(3)
    assert process.returncode == code
    assert "What was learned is in “out.fishlab”." in said
    assert "Traceback" not in said
    found = json.loads(printed)
    assert found["ended"] == "interrupted"
    model = opened("out.fishlab")[1]
    assert model.position.step == found["steps"] == len(model.history.steps) > 0
    assert model.target == 10_000


@pytest.mark.slow
def test_language_and_time_zone_change_no_byte(here: Path) -> None:
    save_project("start.fishlab", find_template("twolayernet").item(), None)
    words = ["train", "start.fishlab", "--data-dir", "../set", "--batches", "4", "-o", "out.fishlab"]
    contents = set()
    for language, zone in (("C", "UTC"), ("de_DE.UTF-8", "Asia/Kathmandu")):
        variables = {**os.environ, "LC_ALL": language, "TZ": zone}
        subprocess.run([*COMMAND, *words], env=variables, check=True, capture_output=True)
        contents.add(Path("out.fishlab").read_bytes())
    assert len(contents) == 1


@pytest.mark.slow
@unix
def test_a_reader_who_leaves_ends_it_without_a_complaint(here: Path) -> None:
    for words in (["templates"], ["doctor"], ["train", "--help"]):
        command = [*COMMAND, *words]
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        assert done.stderr == "", words
        assert done.returncode == 141 or (done.returncode == 0 and "--help" in words)  # argparse forgives by itself


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
@pytest.mark.parametrize("words", [["templates"], ["datasets", "--json"]], ids=" ".join)
def test_output_to_a_full_disk_is_said_in_a_sentence(words: list[str], here: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "The output cannot be written: no space left on device.\n"


@unix
def test_a_reader_who_leaves_does_not_stop_the_training(here: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    words = ["train", "twolayernet", "--data-dir", "../set", "--epochs", "2", "-o", "out.fishlab"]
    done = subprocess.run([*COMMAND, *words], stdout=write, stderr=write)
    os.close(write)
    assert done.returncode == 141
    assert opened("out.fishlab")[1].position.epoch == 2


@unix
def test_killed_at_a_random_batch_the_file_before_is_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "twolayernet", "out.fishlab", "--batches", "2")
    before = Path("out.fishlab").read_bytes()
    words = ["train", "out.fishlab", "--epochs", "10000", "-o", "out.fishlab"]
    with subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("Epoch 2"):
            assert process.poll() is None
        process.kill()
    assert Path("out.fishlab").read_bytes() == before
