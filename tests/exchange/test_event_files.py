"""Event files of TensorBoard, read back record by record."""

import io
import math
import struct

import numpy as np
import pytest
from histories import history, trained
from PIL import Image

from fishlab.core.exchange import EXPORTS, ExchangeError, MissingExtraError, Subject, silent
from fishlab.core.exchange.event_files import FILE, refuse_other_folder, settings_of
from fishlab.core.files.atomic import TEMPORARY, SaveError
from fishlab.core.history import History
from fishlab.core.network import parameter_key

POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed


def export(model, folder, **more):
    return EXPORTS["tensorboard"].item.write(Subject(model.project, model, **more), folder, silent)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (POLYNOMIAL if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path, checked=60):
    """The contents of a file of TFRecords; the checksums of small ones are computed here anew."""
    content, place = path.read_bytes(), 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        body = content[place + 12 : place + 12 + length]
        assert struct.unpack_from("<I", content, place + 8)[0] == crc32c(content[place : place + 8])
        if length < checked:
            assert struct.unpack_from("<I", content, place + 12 + length)[0] == crc32c(body)
        yield body
        place += length + 16
    assert place == len(content)


@pytest.fixture(autouse=True)
def _package():
    pytest.importorskip("tensorboardX", reason="the extra “tensorboard” is not installed")


def events(path):
    from tensorboardX.proto.event_pb2 import Event

    return [Event.FromString(body) for body in records(path)]


def values(found, tag):
    return [(event.step, value) for event in found for value in event.summary.value if value.tag == tag]


def scalars(found, tag):
    pairs = values(found, tag)
    return [step for step, _ in pairs], np.array([value.simple_value for _, value in pairs], np.float32)


def as_floats(array):
    return np.asarray(array, dtype=np.float32)


def test_every_number_of_the_history_is_read_back(tmp_path):
    made = history()
    (path,) = export(trained(made), tmp_path / "run")
    found = events(path)
    for tag, column in (("loss/batch", "loss"), ("accuracy/batch", "accuracy")):
        steps, numbers = scalars(found, tag)
        assert steps == list(range(1, 22))
        np.testing.assert_array_equal(numbers, as_floats(made.steps.column(column)))
    for tag, column in (
        ("loss/train", "train_loss"),
        ("accuracy/train", "train_accuracy"),
        ("loss/validation", "validation_loss"),
        ("accuracy/validation", "validation_accuracy"),
    ):
        steps, numbers = scalars(found, tag)
        assert steps == [7, 14, 21]
        np.testing.assert_array_equal(numbers, as_floats(made.epochs.column(column)))
    steps, rates = scalars(found, "learning_rate")
    assert steps == list(range(1, 22))
    np.testing.assert_array_equal(rates, as_floats([0.001] * 10 + [0.0003] * 11))
    for tag, measured in (("gradient_norm", [1, 5, 9, 13, 17, 21]), ("update_ratio", [5, 9, 13, 17, 21])):
        steps, numbers = scalars(found, tag)
        assert steps == measured
        np.testing.assert_array_equal(numbers, as_floats(made.metrics.column(tag)[-len(measured):]))


def test_the_file_begins_with_its_version_and_no_event_has_a_time_of_its_own(tmp_path):
    found = events(export(trained(history()), tmp_path / "run")[0])
    assert found[0].file_version == "brain.Event:2"
    assert {event.wall_time for event in found} == {0.0}


def test_the_same_history_gives_the_same_bytes(tmp_path):
    model = trained(history())
    one, other = (export(model, tmp_path / name)[0].read_bytes() for name in ("one", "other"))
    assert one == other


def test_weights_stand_before_the_first_step_and_after_the_last(tmp_path):
    model = trained(history(), "resnet")
    found = events(export(model, tmp_path / "run")[0])
    first = model.project.network.layers[0]
    for name in ("W", "b") if parameter_key(first.uid, "b") in model.weights else ("W",):
        pairs = values(found, f"weights/1 Convolution/{name}")
        assert [step for step, _ in pairs] == [0, 21]
        for (_, value), weights in zip(pairs, (model.start, model.weights), strict=True):
            array = weights[parameter_key(first.uid, name)].astype(np.float64)
            assert value.histo.num == sum(value.histo.bucket) == array.size
            assert value.histo.sum == pytest.approx(array.sum())
            assert (value.histo.min, value.histo.max) == pytest.approx((array.min(), array.max()))
            edges = [-math.inf, *value.histo.bucket_limit]
            counts, _ = np.histogram(array, bins=edges[1:])
            assert counts.tolist() == list(value.histo.bucket)[1:]
    tags = {value.tag for event in found for value in event.summary.value if value.tag.startswith("weights/")}
    assert len(tags) == len(model.weights)


def test_the_diagram_and_the_settings_are_there(tmp_path):
    model = trained(history())
    found = events(export(model, tmp_path / "run")[0])
    ((_, picture),) = values(found, "network")
    image = Image.open(io.BytesIO(picture.image.encoded_image_string))
    assert image.size == (picture.image.width, picture.image.height)
    ((_, text),) = values(found, "settings/text_summary")
    table = text.tensor.string_val[0].decode()
    for name, value in settings_of(model.project).items():
        assert f"| {name} | {value} |" in table
    assert "| training.batch_size | 100 |" in table


def test_hyper_parameters_are_those_of_the_project(tmp_path):
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    model = trained(history())
    found = events(export(model, tmp_path / "run")[0])
    ((_, value),) = values(found, "_hparams_/session_start_info")
    told = HParamsPluginData.FromString(value.metadata.plugin_data.content).session_start_info.hparams
    assert told["training.batch_size"].number_value == model.project.training.batch_size
    assert told["training.optimizer.kind"].string_value == model.project.training.optimizer.kind
    ((_, value),) = values(found, "_hparams_/experiment")
    experiment = HParamsPluginData.FromString(value.metadata.plugin_data.content).experiment
    shown = {metric.name.tag for metric in experiment.metric_infos}
    assert shown == {"loss/train", "accuracy/train", "loss/validation", "accuracy/validation"}


def test_losses_that_are_no_numbers_and_weights_without_any_are_written(tmp_path):
    made = history(validation=False, rates=False)
    made.steps.append(4.0, math.nan, 0.1, 100)
    made.steps.append(5.0, 1e300, 0.1, 100)
    model = trained(made)
    model.weights[next(iter(model.weights))][:] = math.nan
    found = events(export(model, tmp_path / "run")[0])
    _, losses = scalars(found, "loss/batch")
    assert math.isnan(losses[-2]) and losses[-1] == math.inf
    assert not values(found, "loss/validation") and not values(found, "learning_rate")


def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    (tmp_path / "file").write_bytes(b"x")
    for name in ("photos", "file"):
        with pytest.raises(SaveError, match=name):
            export(trained(history()), tmp_path / name)
        with pytest.raises(SaveError, match=name):
            refuse_other_folder(tmp_path / name)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "photos"]


def test_an_empty_folder_and_one_of_an_earlier_export_are_taken(tmp_path):
    (tmp_path / "run").mkdir()
    (path,) = export(trained(history(1)), tmp_path / "run")
    before = path.read_bytes()
    assert export(trained(history(2)), tmp_path / "run") == [path]
    assert path.read_bytes() != before
    assert [found.name for found in (tmp_path / "run").iterdir()] == [FILE]


def test_a_folder_may_have_a_name_as_long_as_names_can_be_and_what_lies_beside_it_is_left_alone(tmp_path):
    victim = tmp_path / "somewhere"
    victim.mkdir()
    (tmp_path / ".short.part").symlink_to(victim)
    for name in ("x" * 255, "short"):
        export(trained(history()), tmp_path / name)
        assert [file.name for file in (tmp_path / name).iterdir()] == [FILE]
    assert not any(victim.iterdir())


def test_what_a_killed_export_left_in_its_folder_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / TEMPORARY.format("0123456789abcdef")).write_bytes(b"half")
    export(trained(history()), tmp_path / "events")
    assert [file.name for file in (tmp_path / "events").iterdir()] == [FILE]


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path):
    with pytest.raises(SaveError, match="“run” cannot be saved"):
        export(trained(history()), tmp_path / "nowhere" / "run")


def test_without_a_history_there_is_nothing_to_write(tmp_path):
    with pytest.raises(ExchangeError, match="history"):
        export(trained(History()), tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_without_the_package_the_command_that_brings_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
    with pytest.raises(MissingExtraError, match=r"fishlab\[tensorboard\]"):
        export(trained(history()), tmp_path / "run")
