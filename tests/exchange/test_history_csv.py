"""The history as CSV: what is read back is what was measured, bit for bit."""

import csv
import math

import numpy as np
import pytest
from histories import BATCHES, history, trained

from fishlab.core.exchange import EXPORTS, ExchangeError, Subject, silent
from fishlab.core.exchange.history_csv import EPOCH_NAMES, STEP_NAMES
from fishlab.core.history import History
from fishlab.core.templates import TEMPLATES


def written(made, folder):
    model = trained(made)
    steps, epochs = EXPORTS["csv"].item.write(Subject(model.project, model), folder / "run.csv", silent)
    assert (steps, epochs) == (folder / "run.csv", folder / "run-epochs.csv")
    return read(steps), read(epochs)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def column(rows, name):
    return np.array([float(row[name]) if row[name] else math.nan for row in rows])


def test_every_step_is_there_bit_for_bit(tmp_path):
    made = history()
    steps, _ = written(made, tmp_path)
    assert tuple(steps[0]) == STEP_NAMES
    assert [row["step"] for row in steps] == [str(number) for number in range(1, 3 * BATCHES + 1)]
    for name, source in (("epoch", "x"), ("loss", "loss"), ("accuracy", "accuracy"), ("images", "images")):
        assert column(steps, name).tobytes() == made.steps.column(source).tobytes()


def test_every_epoch_is_there_bit_for_bit_with_its_last_step(tmp_path):
    made = history()
    _, epochs = written(made, tmp_path)
    assert tuple(epochs[0]) == EPOCH_NAMES
    assert [row["step"] for row in epochs] == ["7", "14", "21"]
    for name in made.epochs.columns:
        assert column(epochs, name).tobytes() == made.epochs.column(name).tobytes()


def test_each_step_has_the_learning_rate_it_used(tmp_path):
    steps, _ = written(history(), tmp_path)
    assert column(steps, "learning_rate").tolist() == [0.001] * 10 + [0.0003] * 11


def test_a_rate_that_is_not_known_is_empty(tmp_path):
    steps, _ = written(history(rates=False), tmp_path)
    assert {row["learning_rate"] for row in steps} == {""}


def test_steps_that_were_measured_say_what_of_them_and_the_others_nothing(tmp_path):
    made = history()
    steps, _ = written(made, tmp_path)
    for name in ("gradient_norm", "update_ratio"):
        found = column(steps, name)
        assert found[::4].tobytes() == made.metrics.column(name).tobytes()
        assert np.isnan(np.delete(found, np.s_[::4])).all()
    assert steps[0]["update_ratio"] == ""


def test_changes_by_hand_stand_at_the_step_after_them(tmp_path):
    steps, _ = written(history(), tmp_path)
    assert steps[10]["change"] == 'rate 0.001 → 0.0003; said "slower", twice'
    assert not any(row["change"] for index, row in enumerate(steps) if index != 10)


def test_epochs_without_validation_have_empty_fields(tmp_path):
    _, epochs = written(history(validation=False), tmp_path)
    assert {(row["validation_loss"], row["validation_accuracy"]) for row in epochs} == {("", "")}
    assert all(row["train_loss"] for row in epochs)


def test_what_is_no_number_any_more_is_told_from_what_was_not_measured(tmp_path):
    made = History()
    made.steps.append(0.5, math.inf, 0.1, 100)
    made.steps.append(1.0, math.nan, 0.1, 100)
    made.epochs.append(1, math.nan, 0.1, math.nan, 0.1)
    steps, epochs = written(made, tmp_path)
    assert [row["loss"] for row in steps] == ["inf", "nan"]
    assert (epochs[0]["train_loss"], epochs[0]["validation_loss"]) == ("nan", "nan")


def test_lines_end_as_the_standard_says_and_no_mark_stands_before_the_first(tmp_path):
    written(history(), tmp_path)
    content = (tmp_path / "run.csv").read_bytes()
    assert content.startswith(b"step,epoch,loss,accuracy,images,learning_rate,change,gradient_norm,update_ratio\r\n1,")
    assert content.count(b"\n") == content.count(b"\r\n") == 3 * BATCHES + 1
    assert '"rate 0.001 → 0.0003; said ""slower"", twice"' in content.decode("utf-8")


def test_without_a_history_there_is_nothing_to_write(tmp_path):
    model = trained(History())
    for subject in (Subject(model.project, model), Subject(TEMPLATES["two_layer_net"].item())):
        with pytest.raises(ExchangeError, match="history"):
            EXPORTS["csv"].item.write(subject, tmp_path / "run.csv", silent)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["csv", "tensorboard"])
def test_of_a_long_history_it_is_said_again_and_again_how_far_the_writing_is(kind, tmp_path):
    if kind == "tensorboard":
        pytest.importorskip("tensorboardX", reason="the extra “tensorboard” is not installed")
    model, said = trained(history(epochs=1500)), []
    EXPORTS[kind].item.write(Subject(model.project, model), tmp_path / "run.csv", lambda *words: said.append(words))
    assert [words for words in said if words[0] == "Writing the steps"] == [
        *(("Writing the steps", 1000 * done, 1500 * BATCHES) for done in range(1, 11)),
        ("Writing the steps", 1500 * BATCHES, 1500 * BATCHES),
    ]
    assert [words for words in said if words[0] == "Writing the epochs"] == [
        ("Writing the epochs", 1000, 1500), ("Writing the epochs", 1500, 1500)
    ]  # fmt: skip
