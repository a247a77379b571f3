"""Row 13: names of files, folders, networks and layers of any letters. What is saved under one opens, equal."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from counts import times
from small_runs import assert_same_model, layer, project, trained
from window_kit import Opener, small_project

from fishlab.cli import main
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.exchange import EXPORTS, IMPORTS, Subject, silent
from fishlab.core.exchange.writing import write_export
from fishlab.core.files import SaveError, open_project, save_project
from fishlab.ui.settings import Settings

SUFFIX = ".fishlab"
EXTRAS = {"onnx": "onnx", "tensorboard": "tensorboardX"}
NAMES = {
    "Japanese": "ゼロから作る",
    "Arabic and Hebrew": "شبكة רשת",
    "combined and not": "e\u0301 \u00e9",
    "spaces": " two  words ",
    "emoji": "🐟👩‍🔬",
    "hash": "#1",
    "percent": "50 % %20 %s %d %(x)s",
    "quotes": "it's “one” \"more\" `name`",
    "shell": "$(touch x); & | > < * ? ! ~ {a,b} [c]",
    "dots": "...a..b.",
    "tab": "a\tb",
    "newline": "a\nb",
    "leading dash": "-o",
    "two dashes": "--help",
    "colon": "a:b",
    "markup": "<b>&amp;<i>",
    "right to left override": "a\u202eb",
    "255 bytes": "x" * (255 - len(SUFFIX)),
    "255 bytes of others": "é" * ((255 - len(SUFFIX)) // 2),
}
WINDOWS = {"quotes", "shell", "dots", "tab", "newline", "colon", "markup", "255 bytes", "255 bytes of others"}
HERE = {what: name for what, name in NAMES.items() if sys.platform != "win32" or what not in WINDOWS}
COMMANDS = HERE if times(0, 1) else set(HERE) & {"Japanese", "spaces", "shell", "newline", "leading dash", "two dashes"}
named = pytest.mark.parametrize("name", HERE.values(), ids=HERE)


@cache
def subject() -> Subject:
    kinds = ("convolution", "relu", "flatten")
    spec = project([*map(layer, kinds), layer("affine", units=10)])
    return Subject(spec, trained(spec, steps=2))


@named
def test_a_project_saved_under_any_name_opens_equal(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name[:60]
    folder.mkdir()
    path, saved = folder / (name + SUFFIX), subject()
    save_project(path, saved.project, saved.model)
    assert [file.name for file in folder.iterdir()] == [name + SUFFIX]
    spec, model = open_project(path)
    assert spec == saved.project and model is not None and saved.model is not None
    assert_same_model(model, saved.model)


def test_a_name_of_256_bytes_is_refused_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="its name is too long"):
        save_project(tmp_path / ("x" * 256), small_project(), None)
    assert not any(tmp_path.iterdir())


@named
def test_names_inside_a_project_come_back(name: str, tmp_path: Path) -> None:
    spec = project([layer("flatten", name=name[:60]), layer("affine", units=10, name=name[-60:])])
    spec = spec.edit_network(lambda network: network.renamed(name[:80]))
    save_project(tmp_path / "net.fishlab", spec, trained(spec, steps=1))
    assert open_project(tmp_path / "net.fishlab")[0] == spec
    for kind in ("svg", "png"):
        assert write_export(EXPORTS[kind], Subject(spec), tmp_path / f"net.{kind}")[0].stat().st_size > 100


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", [HERE[what] for what in sorted(COMMANDS)], ids=sorted(COMMANDS))
def test_the_command_line_trains_evaluates_and_exports_under_any_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = Path("source.fishlab")
    save_project(source, small_project(), None)
    out = f"./{name}{SUFFIX}" if name.startswith("-") else name + SUFFIX
    words = ["--data", "digits", "--set", "subset=100", "--set", "drawn=1000", "--epochs", "1"]
    assert main(["train", str(source), *words, "-o", out]) == 0
    spec, model = open_project(name + SUFFIX)
    assert model is not None and model.position.epoch == 1 and spec.network.name == "Small"
    picture = f"{out.removesuffix(SUFFIX)}.svg"
    assert main(["export", out, "--to", "svg", "-o", picture]) == 0
    assert sorted(path.name for path in Path().iterdir()) == sorted(["source.fishlab", name + SUFFIX, name + ".svg"])


def short(name: str) -> str:
    """With room for any suffix."""
    return name if len(name.encode()) < 240 else name[:100]


@pytest.mark.parametrize("kind", EXPORTS.kinds())
def test_an_export_under_any_name_is_that_of_a_plain_one(kind: str, tmp_path: Path) -> None:
    if kind in EXTRAS:
        pytest.importorskip(EXTRAS[kind], reason=f"the extra of {kind} is not installed")
    plain = exported(kind, "net", tmp_path / "plain")
    for number, name in enumerate(HERE.values()):
        assert exported(kind, short(name), tmp_path / str(number)) == plain, name


def exported(kind: str, name: str, folder: Path) -> tuple[int, dict[str, bytes]]:
    """How many files there are then; and what is read back, where that can be."""
    folder.mkdir()
    path = folder / (name + EXPORTS[kind].item.suffix)
    assert all(file.is_file() for file in write_export(EXPORTS[kind], subject(), path))
    weights = IMPORTS[kind].item.read(path, subject().project, silent).model.weights if kind in IMPORTS.kinds() else {}
    return len(list(folder.rglob("*"))), {key: array.tobytes() for key, array in weights.items()}


def test_the_numpy_file_runs_under_any_name(tmp_path: Path) -> None:
    files = [write_export(EXPORTS["numpy"], subject(), tmp_path / f"{short(name)}.py")[0] for name in HERE.values()]
    load = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path, run_name='loaded')"
    ended = subprocess.run([sys.executable, "-c", load, *files], capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="some of these names cannot be there")
def test_the_window_saves_opens_and_remembers_under_any_name(open_window: Opener, tmp_path: Path) -> None:
    name = "".join(NAMES[what] for what in ("Japanese", "emoji", "percent", "newline", "markup"))  # all at once
    path = tmp_path / (name + SUFFIX)
    window, person = open_window()
    window.document.replace(small_project())
    window.document.edit("Rename", window.document.network.renamed(name[:80]))
    window.files.save_to(path)
    assert not window.document.unsaved and person.told == []
    assert window.files.open(path) and window.document.path == path
    assert window.document.network.name == name[:80]
    window.close()
    again, _ = open_window()
    assert again.document.path == path


def test_a_list_of_recent_files_of_an_earlier_form_is_read_and_junk_is_none(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "window.ini")
    for text, names in (("/a b\n/c\n", ["/a b", "/c"]), ("[" * 100_000, []), ('["/a", 7, "", null]', ["/a"]), ("", [])):
        settings.set("files/recent", text)
        assert settings.recent == list(map(Path, names))


@named
def test_settings_remember_files_of_any_name(name: str, tmp_path: Path) -> None:
    paths = [tmp_path / (name + SUFFIX), tmp_path / "plain.fishlab"]
    settings = Settings(tmp_path / "window.ini")
    for path in reversed(paths):
        settings.add_recent(path)
    assert settings.flush()
    assert Settings(tmp_path / "window.ini").recent == paths


def test_halves_of_letters_become_question_marks_and_everything_can_be_written(tmp_path: Path) -> None:
    half = "\ud800x"
    spec = project([layer("flatten", name=half), layer("affine", units=10)]).replace(notes=half)
    spec = spec.edit_network(lambda network: network.renamed(half))
    assert (spec.network.name, spec.network.layers[0].name, spec.notes) == ("?x", "?x", "?x")
    images = ImageSet(np.zeros((2, 1, 8, 8), np.uint8), np.array([0, 1]))
    data = Dataset(half, "csv", images, images, (half, "b"))
    assert (data.name, data.class_names) == ("?x", ("?x", "b"))
    save_project(tmp_path / "net.fishlab", spec, None)
    assert open_project(tmp_path / "net.fishlab")[0] == spec


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a name that is no text can only be on Linux")
def test_a_name_that_is_no_text_saves_and_opens(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.fishlab"))
    save_project(path, small_project(), None)
    assert open_project(path)[0].network.name == "Small"
    assert main(["evaluate", str(path)]) != 0  # never trained; and what is said of it can be printed
