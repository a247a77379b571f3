"""Project files: what comes back is what went in, to the last bit; what is not right is refused with a sentence."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import itertools
import json
import os
import pickle
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image
from small_runs import assert_same_arrays, assert_same_model, everything, images, layer, project, trained

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.errors import Cancelled, FileFormatError
from fishlab.core.evaluation import evaluate_now
from fishlab.core.files import archive, open_project, opening, save_project
from fishlab.core.files.archive import Archive, Part
from fishlab.core.files.frame import Frame
from fishlab.core.files.project import read_glance, read_preview
from fishlab.core.history import Mark
from fishlab.core.spec import ProjectSpec

Model = tuple[ProjectSpec, Checkpoint]


@pytest.fixture(scope="module")
def small() -> Model:
    """A trained project of some ten kilobytes that has all there is: state, memory, marks, an unfinished epoch."""
    spec = project([layer("flatten"), layer("batch_normalization"), layer("affine", units=10)], epochs=3)
    spec = spec.replace(data=spec.data.replace(validation=0.0))
    model = trained(spec, steps=10)
    model.history.marks.append(Mark(1.5, "rate 0.001 → 0.0003"))
    return spec, dataclasses.replace(model, test_looks=2)


@pytest.fixture(scope="module")
def small_file(small: Model, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("small") / "small.fishlab"
    save_project(path, *small)
    return path.read_bytes()


@pytest.fixture
def saved(small_file: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "small.fishlab"
    path.write_bytes(small_file)
    return path


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A file with a short header, to be damaged in many ways."""
    spec = project([layer("flatten"), layer("affine", units=10, bias=False)], optimizer="sgd")
    save_project(tmp_path / "damaged.fishlab", spec, trained(spec, steps=2))
    return tmp_path / "damaged.fishlab"


# -- what comes back ---------------------------------------------------------------------------------------------------
def test_what_comes_back_is_what_went_in_to_the_last_bit(small: Model, saved: Path) -> None:
    spec, model = open_project(saved)
    assert spec == small[0]
    assert model is not None
    assert_same_model(model, small[1])
    assert np.isnan(model.history.epochs.rows).any()
    assert model.history.steps.rows.dtype == np.float64
    assert {array.dtype for array in model.weights.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("optimizer", ["adam", "momentum", "adagrad", "rmsprop", "sgd"])
def test_every_optimizer_and_all_kinds_of_layers_come_back(optimizer: str, tmp_path: Path) -> None:
    spec = project(everything(), optimizer=optimizer)
    model = trained(spec, steps=3)
    save_project(tmp_path / "all.fishlab", spec, model, preview=False)
    opened = open_project(tmp_path / "all.fishlab")
    assert opened[0] == spec
    assert opened[1] is not None
    assert_same_model(opened[1], model)


def test_weights_with_nan_infinity_and_tiny_numbers_come_back(small: Model, tmp_path: Path) -> None:
    spec, model = small
    key = next(iter(model.weights))
    odd = model.weights[key].copy()
    odd.flat[:5] = [np.nan, np.inf, -np.inf, 1e-45, -0.0]
    model = dataclasses.replace(model, weights={**model.weights, key: odd})
    save_project(tmp_path / "odd.fishlab", spec, model, preview=False)
    _, opened = open_project(tmp_path / "odd.fishlab")
    assert opened is not None
    assert_same_arrays(opened.weights, model.weights)


def test_an_opened_model_answers_as_the_saved_one_to_the_last_bit(tmp_path: Path) -> None:
    spec = project(everything(), epochs=2)
    model, unseen = trained(spec), images(1200, 5)
    save_project(tmp_path / "answers.fishlab", spec, model, preview=False)
    _, opened = open_project(tmp_path / "answers.fishlab")
    assert opened is not None
    before = evaluate_now(model.network(), unseen, model.scaling)
    assert evaluate_now(opened.network(), unseen, opened.scaling) == before


def test_a_project_without_a_model_and_with_a_network_that_does_not_work_comes_back(tmp_path: Path) -> None:
    spec = project([layer("affine", units=10), layer("max_pool")])
    save_project(tmp_path / "idea.fishlab", spec, None)
    assert open_project(tmp_path / "idea.fishlab") == (spec, None)


def test_the_model_keeps_the_project_it_was_trained_with(small: Model, tmp_path: Path) -> None:
    changed = small[0].edit_network(lambda network: network.insert(1, layer("relu")))
    save_project(tmp_path / "changed.fishlab", changed, small[1])
    spec, model = open_project(tmp_path / "changed.fishlab")
    assert spec == changed
    assert model is not None
    assert model.project == small[0]


def test_the_same_content_gives_the_same_bytes(small: Model, saved: Path, tmp_path: Path) -> None:
    spec, model = open_project(saved)
    save_project(tmp_path / "again.fishlab", spec, model)
    assert (tmp_path / "again.fishlab").read_bytes() == saved.read_bytes()


def test_any_reader_of_zip_archives_and_safetensors_can_read_it(small: Model, saved: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        assert file.testzip() is None
        parts = {name: file.read(name) for name in file.namelist()}
    assert list(parts) == [
        "manifest.json", "preview.png", "weights.safetensors", "optimizer.safetensors", "history.safetensors"
    ]  # fmt: skip
    tensors = safetensors.numpy.load(parts["weights.safetensors"])
    weights = {f"weights/{key}": array for key, array in small[1].weights.items()}
    assert_same_arrays({key: tensors[key] for key in weights}, weights)
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["format"], manifest["version"]) == ("fishlab.project", 5)
    assert manifest["project"] == small[0].to_dict()
    assert set(manifest["written_by"]) == {"fishlab", "numpy", "python"}


def test_a_project_brings_its_picture(saved: Path, tmp_path: Path) -> None:
    with Image.open(io.BytesIO(read_preview(saved))) as picture:
        assert picture.format == "PNG" and picture.width >= 256
    save_project(tmp_path / "plain.fishlab", *open_project(saved), preview=False)
    assert read_preview(tmp_path / "plain.fishlab") == b""
    assert open_project(tmp_path / "plain.fishlab")[0] == open_project(saved)[0]


def test_a_glance_at_a_project_reads_no_weights(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, picture = open_project(saved)[0], read_preview(saved)
    read: list[str] = []
    content = Archive.read

    def noted(self: Archive, part: Part, *how: object) -> memoryview:
        read.append(part.name)
        return content(self, part, *how)

    monkeypatch.setattr(Archive, "read", noted)
    assert read_glance(saved) == (whole, picture) and read == ["manifest.json", "preview.png"]


def test_a_glance_at_an_earlier_project_has_no_picture_and_reads_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Path(__file__).parent / "fixtures" / "format-3.fishlab"
    whole = open_project(earlier)[0]
    monkeypatch.setattr(Frame, "read", lambda *_: pytest.fail("a large one would hold the window"))
    assert read_glance(earlier) == (whole, b"")


def test_who_is_told_how_far_a_project_is_read_can_end_it(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "AT_ONCE", 1000)
    told: list[tuple[int, int]] = []
    open_project(saved, lambda done, total: told.append((done, total)))
    sizes = [done for done, _ in told]
    assert len(told) > 10 and sizes == sorted(sizes) and sizes[0] == 0
    assert {total for _, total in told} == {saved.stat().st_size} and sizes[-1] < saved.stat().st_size

    def stop(done: int, _total: int) -> None:
        if done > 3000:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        open_project(saved, stop)


NAMES = ["数字", "two words", "🐟", "50 % #1", "a" * 247 + ".fishlab", "quote\"'\\", "-o", "%20", "é"]


@pytest.mark.parametrize("name", NAMES)
def test_files_may_have_any_name(small: Model, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "Ordner mit ü #%"
    folder.mkdir()
    save_project(folder / name, *small, preview=False)
    assert [path.name for path in folder.iterdir()] == [name]
    spec, model = open_project(str(folder / name))
    assert spec == small[0]
    assert_same_model(model, small[1])


@pytest.mark.parametrize("name", ["数字 🐟", 'a"b\\c\n\t\0', "\ud800 half a letter", "[{" * 40, "</script>"])
def test_layers_and_networks_may_have_any_name(tmp_path: Path, name: str) -> None:
    layers = [layer("flatten", name=name), layer("affine", units=10, uid=name[:60], name=name)]
    spec = project(layers).edit_network(lambda network: dataclasses.replace(network, name=name))
    model = trained(spec, steps=1)
    save_project(tmp_path / "names.fishlab", spec, model, preview=False)  # test_preview.py draws any name
    opened = open_project(tmp_path / "names.fishlab")
    assert opened[0] == spec
    assert_same_model(opened[1], model)


@pytest.mark.slow
def test_a_network_of_the_most_layers_there_may_be_comes_back(tmp_path: Path) -> None:
    rows = [layer("affine", units=1, name="Schicht 🐟 " * 8) for _ in range(998)]
    spec = project([layer("flatten"), *rows, layer("affine", units=10)])
    model = trained(spec, steps=1)
    save_project(tmp_path / "tower.fishlab", spec, model)
    _, opened = open_project(tmp_path / "tower.fishlab")
    assert_same_model(opened, model)


# -- what is refused ---------------------------------------------------------------------------------------------------
def refusal(path: Path, words: str = "") -> str:
    """The sentence with which a file is refused; within a second, and as a FileFormatError and nothing else."""
    began = time.process_time()
    with pytest.raises(FileFormatError) as caught:
        open_project(path)
    assert time.process_time() - began < 1
    sentence = str(caught.value)
    assert sentence.startswith(f"“{path.name}” cannot be opened: ")
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert len(sentence) < 600
    assert words in sentence
    return sentence


@pytest.mark.slow
def test_every_flipped_bit_is_refused(damaged: Path) -> None:
    content = bytearray(damaged.read_bytes())
    rng = np.random.default_rng(0)
    last = 8 * len(content)
    places = [*range(8 * 60), *range(last - 8 * 150, last), *rng.integers(0, last, 500)]  # both ends, then anywhere
    for place in places:
        content[place // 8] ^= 1 << place % 8
        damaged.write_bytes(content)
        refusal(damaged)
        content[place // 8] ^= 1 << place % 8
    damaged.write_bytes(content)
    open_project(damaged)


@pytest.mark.slow
def test_every_damaged_byte_of_the_description_and_of_the_archive_is_refused(damaged: Path) -> None:
    content = bytearray(damaged.read_bytes())
    picture, directory = content.index(b"\x89PNG"), content.index(b"PK\x01\x02")
    for place in (*range(picture), *range(directory, len(content))):
        content[place] ^= 0xFF
        damaged.write_bytes(content)
        refusal(damaged)
        content[place] ^= 0xFF


def test_a_file_cut_short_anywhere_is_refused(saved: Path, tmp_path: Path) -> None:
    content = saved.read_bytes()
    cut = tmp_path / "cut.fishlab"
    cut.write_bytes(content)
    for length in sorted({*range(200), *range(200, len(content), 97), len(content) - 1}, reverse=True):
        os.truncate(cut, length)
        refusal(cut)
    cut.write_bytes(content + b"\0")
    refusal(cut, "its end is missing")


class Payload:
    """A pickle that would leave a trace if anybody unpickled it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.trace,)


def test_what_is_no_project_is_refused(tmp_path: Path) -> None:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    refusal(file("empty", b""), "it is empty")
    refusal(file("pickle", pickle.dumps(Payload(tmp_path / "trace"))), "not a FishLab project")
    assert not (tmp_path / "trace").exists()
    refusal(file("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(1000)), "not a FishLab project")
    refusal(file("other.safetensors", safetensors.numpy.save({"a": np.zeros(3)})), "not a FishLab project")
    refusal(file("zip", b"PK\x03\x04" + bytes(1000)), "not a FishLab project")
    refusal(tmp_path / "nowhere.fishlab", "there is no such file")
    refusal(tmp_path / "zip" / "below.fishlab", "not a directory")
    refusal(tmp_path, "it is a folder")
    refusal(tmp_path / ("x" * 300), "name too long")
    refusal(tmp_path / "nul\0l", "its name is not possible")


def test_a_folder_that_has_no_name_is_called_as_it_was_written() -> None:
    with pytest.raises(FileFormatError, match=r"^“\.” cannot be opened: it is a folder\.$"):
        open_project(".")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system knows no FIFO")
def test_what_is_no_ordinary_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    refusal(tmp_path / "fifo", "not an ordinary file")
    refusal(Path("/dev/zero"), "not an ordinary file")


def test_a_file_that_may_not_be_read_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(opening, "_open_without_waiting", forbid)
    refusal(saved, "it may not be read")


@pytest.mark.slow
def test_two_saves_at_once_leave_one_of_them_whole(small: Model, tmp_path: Path) -> None:
    spec, model = small
    path = tmp_path / "both.fishlab"
    specs = [spec.edit_network(lambda network, name=name: dataclasses.replace(network, name=name)) for name in "ab"]
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda each: save_project(path, each, model), itertools.islice(itertools.cycle(specs), 40)):
            pass
    assert open_project(path)[0] in specs
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_that_does_not_fit_its_network_is_never_written(small: Model, saved: Path) -> None:
    before = saved.read_bytes()
    spec, model = small
    for broken in (
        dataclasses.replace(model, weights={}),
        dataclasses.replace(model, weights={**model.weights, "more/W": np.zeros(3, np.float32)}),
        dataclasses.replace(model, memory={}),
        dataclasses.replace(model, start={key: array.astype(np.float16) for key, array in model.start.items()}),
    ):
        with pytest.raises(FileFormatError, match=r"“small.fishlab” cannot be saved: "):
            save_project(saved, spec, broken, preview=False)
    assert saved.read_bytes() == before


def test_the_seal_vouches_for_the_description_and_that_for_the_parts(saved: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        assert file.comment == b"sha256:" + hashlib.sha256(file.read("manifest.json")).hexdigest().encode()
        digests = json.loads(file.read("manifest.json"))["sha256"]
        found = {name: hashlib.sha256(file.read(name)).hexdigest() for name in file.namelist()[1:]}
    assert digests == found
