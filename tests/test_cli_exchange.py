"""`fishlab export` and `fishlab import`: what they write, what they say, and that what fails changes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from idx_files import small_set, write_set

from fishlab import cli
from fishlab.commands import importing
from fishlab.core.errors import FileFormatError
from fishlab.core.events import Evaluating
from fishlab.core.exchange import EXPORTS, IMPORTS, ExchangeError, Export, Extra, Import, Imported, Subject
from fishlab.core.exchange.formats import Progress
from fishlab.core.exchange.model import imported_model
from fishlab.core.exchange.writing import write_export
from fishlab.core.files import SaveError, open_project, save_project
from fishlab.core.files.atomic import write_atomic
from fishlab.core.network import Network
from fishlab.core.registry import Registry
from fishlab.core.spec import ProjectSpec
from fishlab.core.templates import find_template

WORDS = "weights of test"


def write_words(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    """Two files: a main one, and its weights beside it."""
    beside = path.with_suffix(".npz")
    for number, (target, text) in enumerate(((path, subject.trained.network.name), (beside, WORDS))):
        progress("Writing words", number, 2)
        write_atomic(target, [text.encode()])
    return [path, beside]


def write_folder(subject: Subject, path: Path, progress: Progress) -> list[Path]:
    path.mkdir()
    write_atomic(path / "events", [subject.trained.network.name.encode()])
    return [path / "events"]


def read_words(path: Path, project: ProjectSpec | None, progress: Progress) -> Imported:
    """The seed of a network, in digits."""
    progress("Reading words", 0, 1)
    text = path.read_text(encoding="utf-8")
    if not text.strip().isdigit():
        raise FileFormatError(f"“{path.name}” cannot be opened: it holds no number.")
    if project is None:
        raise ExchangeError("The file does not say which network it is of.")
    weights = Network(project.network, seed=int(text)).arrays()
    return Imported(project, imported_model(project, weights), ("W1 went into the first Affine.", "b1 with it."))


@pytest.fixture
def formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Formats of the test beside the real ones."""
    for table in (EXPORTS, IMPORTS):
        monkeypatch.setattr(table, "_entries", dict(table._entries))
        monkeypatch.setattr(table, "_aliases", dict(table._aliases))
    EXPORTS.register("words", title="Words", help="Tells the name.")(Export(".words", write_words))
    EXPORTS.register("twins", title="Twins", help="Another one.")(Export(".twin", write_words))
    EXPORTS.register("others", title="Others", help="And another.")(Export(".twin", write_words))
    EXPORTS.register("curves", title="Curves", help="Of a run.")(Export(".curves", write_words, needs_model=True))
    EXPORTS.register("places", title="Places", help="A folder.")(Export("", write_folder))
    IMPORTS.register("seed", title="Seeds", help="Makes weights.")(Import((".seed",), read_words))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formats: None) -> Path:
    """An empty folder to work in, with a small data set beside it, a project and a seed in it."""
    write_set(tmp_path / "set", small_set(train=60, test=50))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    save_project("new.fishlab", project(), None)
    weights = Network(project().network, seed=3).arrays()
    save_project("old.fishlab", project(), imported_model(project(), weights))
    Path("three.seed").write_text("3")
    return folder


def project() -> ProjectSpec:
    return find_template("TwoLayerNet").item()


def fishlab(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code and what was written on stdout and stderr."""
    try:
        code = cli.main(list(words))
    except SystemExit as leave:
        code = int(leave.code or 0)
    return code, *capsys.readouterr()


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence with which it is refused; no file is new or changed."""
    before = files()
    code, printed, said = fishlab(capsys, *words)
    assert (code, printed) == (2, ""), said
    assert "Traceback" not in said
    assert files() == before
    return said


# -- export ----------------------------------------------------------------------------------------------------------
def test_export_says_what_it_wrote_and_how_large(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = fishlab(capsys, "export", "old.fishlab", "--to", "words", "-o", "a.words")
    assert code == 0
    assert printed.splitlines() == ["Wrote “a.words”, 11 bytes.", "Wrote “a.npz”, 15 bytes."]
    assert Path("a.words").read_text() == "TwoLayerNet"


@pytest.mark.parametrize("what", ["old.fishlab", "new.fishlab", "two-layer-net"])
def test_a_project_and_a_template_are_exported_alike(
    here: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    code, printed, _ = fishlab(capsys, "export", what, "-o", "a.WORDS", "--json")
    found = json.loads(printed)
    assert (code, found["kind"], [file["path"] for file in found["files"]]) == (0, "words", ["a.WORDS", "a.npz"])


def test_the_kind_is_asked_for_where_the_suffix_leaves_it_open(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "export", "old.fishlab", "-o", "a.twin")
    assert "may be Twins or Others" in said and "“--to twins” or “--to others”" in said
    assert "Add “--to”" in refused(capsys, "export", "old.fishlab", "-o", "a.nothing")
    assert "Add “--to”" in refused(capsys, "export", "old.fishlab", "-o", "folder")
    assert "did you mean 'words'?" in refused(capsys, "export", "old.fishlab", "--to", "word", "-o", "a")


def test_a_format_may_write_a_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = fishlab(capsys, "export", "old.fishlab", "--to", "places", "-o", "out")
    assert (code, printed) == (0, f"Wrote “{Path('out', 'events')}”, 11 bytes.\n")
    assert Path("out", "events").read_text() == "TwoLayerNet"


def test_what_is_missing_is_said_before_anything_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "has not been trained" in refused(capsys, "export", "new.fishlab", "-o", "a.curves")
    assert "No best epoch" in refused(capsys, "export", "old.fishlab", "-o", "a.words", "--best")
    assert "the folder does not exist" in refused(capsys, "export", "old.fishlab", "-o", "nowhere/a.words")
    assert "is the file that is read" in refused(capsys, "export", "old.fishlab", "--to", "words", "-o", "old.fishlab")
    assert "cannot be opened" in refused(capsys, "export", "gone.fishlab", "-o", "a.words")
    entry = EXPORTS["words"]
    item = replace(entry.item, extra=Extra("words", "no_such_package"))
    monkeypatch.setitem(EXPORTS._entries, "words", replace(entry, item=item))
    assert '-m pip install "fishlab[words]"' in refused(capsys, "export", "old.fishlab", "-o", "a.words")


def test_a_format_that_fails_on_the_way_leaves_nothing(here: Path) -> None:
    def fails(subject: Subject, path: Path, progress: Progress) -> list[Path]:
        write_words(subject, path, progress)
        raise ExchangeError("“Swish” is in no ONNX.")

    before = files()
    table: Registry[Export] = Registry("format")
    table.register("bad", title="Bad")(Export(".bad", fails))
    with pytest.raises(ExchangeError, match="Swish"):
        write_export(table["bad"], Subject(project()), Path("a.bad"))
    assert files() == before


def test_a_file_beside_that_cannot_be_written_keeps_the_main_one_as_it_was(here: Path) -> None:
    Path("a.words").write_text("before")
    Path("a.npz").mkdir()
    with pytest.raises(SaveError, match=r"“a\.npz” cannot be saved: it is a folder"):
        write_export(EXPORTS["words"], Subject(project()), Path("a.words"))
    assert Path("a.words").read_text() == "before"


def test_a_file_beside_that_is_of_no_earlier_export_is_not_replaced(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.npz").write_text("images of somebody")
    said = refused(capsys, "export", "old.fishlab", "-o", "a.words")
    assert "“a.npz” is there already, and would be replaced by what belongs to “a.words”" in said
    Path("a.npz").unlink()
    assert fishlab(capsys, "export", "old.fishlab", "-o", "a.words")[0] == 0
    Path("a.npz").write_text("stale")
    assert fishlab(capsys, "export", "old.fishlab", "-o", "a.words")[0] == 0
    assert Path("a.npz").read_text() == WORDS


@pytest.mark.parametrize("out", ["other.fishlab", "new.FISHLAB"])
def test_an_export_takes_no_name_of_a_project(here: Path, capsys: pytest.CaptureFixture[str], out: str) -> None:
    save_project("other.fishlab", project(), None)
    for kind in ("words", "places"):
        assert "has the name of a project" in refused(capsys, "export", "old.fishlab", "--to", kind, "-o", out)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_an_export_takes_no_project_behind_a_link(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.words").symlink_to("new.fishlab")
    assert "has the name of a project" in refused(capsys, "export", "old.fishlab", "-o", "a.words")


def test_a_folder_in_place_of_a_file_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "“.” cannot be saved: it is a folder" in refused(capsys, "export", "old.fishlab", "--to", "words", "-o", ".")


NAMES = {"net.py": "python net.py DATA", "my net.py": "python 'my net.py' DATA", "-net.py": "python ./-net.py DATA"}


@pytest.mark.skipif(sys.platform == "win32", reason="names are quoted otherwise there")
@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize(("name", "command"), NAMES.items(), ids=list(NAMES))
def test_the_command_that_runs_a_program_is_one_that_a_shell_takes(
    here: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str, command: str
) -> None:
    code, printed, _ = fishlab(capsys, "export", "old.fishlab", "--to", kind, f"--out={name}")
    assert code == 0
    assert printed.splitlines()[-2:] == [
        f"Run it with: {command}", "DATA is a folder with the four files of MNIST, or of a set like it."
    ]  # fmt: skip
    if kind == "numpy":
        place = str(here.parent / "set")
        shown = subprocess.run(
            command.replace("python", sys.executable, 1).replace("DATA", place),
            shell=True, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert shown.startswith("accuracy on 50 test images: ")


def test_a_program_for_points_says_that_it_takes_an_npz(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = project()
    spec = spec.replace(data=replace(spec.data, source="moons"))
    save_project("moons.fishlab", spec, None)
    _, printed, _ = fishlab(capsys, "export", "moons.fishlab", "--to", "torch", "-o", "moons.py")
    assert printed.splitlines()[-1] == "DATA is an .npz file with x_train, y_train, x_test and y_test."


def test_ctrl_c_leaves_nothing_half_written(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(subject: Subject, path: Path, progress: Progress) -> list[Path]:
        write_words(subject, path, progress)
        os.kill(os.getpid(), signal.SIGINT)
        return write_words(subject, path, progress)

    entry = EXPORTS["words"]
    monkeypatch.setitem(EXPORTS._entries, "words", replace(entry, item=replace(entry.item, write=interrupted)))
    before = files()
    code, printed, said = fishlab(capsys, "export", "old.fishlab", "-o", "a.words")
    assert (code, printed, said.splitlines()[-1]) == (130, "", "Stopped. Nothing was written.")
    assert files() == before


def test_ctrl_c_in_a_shell_leaves_nothing_half_written(here: Path) -> None:
    words = [sys.executable, "-m", "fishlab", "export", "DeepConvNet", "--to", "numpy", "-o", "deep.py"]
    before = files()
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        child.stderr.readline()  # it has begun
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert "Traceback" not in said
    if child.returncode == 130:
        assert files() == before
    else:  # it was done before the signal came
        assert child.returncode == 0 and {"deep.py", "deep.npz"} == files().keys() - before.keys()


def test_ctrl_c_while_it_is_tried_keeps_the_project(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Iterator[Evaluating]:
        os.kill(os.getpid(), signal.SIGINT)
        yield Evaluating(1, 50)
        raise AssertionError("it went on")

    monkeypatch.setattr(importing, "evaluate", interrupted)
    words = ["import", "three.seed", "--as", "TwoLayerNet", "--folder", "../set", "-o", "a.fishlab"]
    code, printed, said = fishlab(capsys, *words)
    assert code == 130 and "It was not tried: Stopped" in said
    assert "Saved as “a.fishlab”" in printed and open_project("a.fishlab")[1] is not None


def test_the_help_has_a_line_about_every_kind() -> None:
    for command, table in (("export", EXPORTS), ("import", IMPORTS)):
        words = [sys.executable, "-m", "fishlab", command, "--help"]
        shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        kinds = shown.split("kinds:\n")[1].splitlines()
        assert [line.split()[0] for line in kinds] == list(table.kinds())
        assert all(entry.help in line for entry, line in zip(table, kinds, strict=True))


# -- all formats -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after an epoch on a small set that is beside it."""
    folder = tmp_path_factory.mktemp("trained")
    write_set(folder / "set", small_set(train=240, test=50))
    path = folder / "model.fishlab"
    words = ["train", "TwoLayerNet", "--data-dir", str(folder / "set"), "--epochs", "1", "--way", "one"]
    assert cli.main([*words, "-o", str(path)]) == 0
    return path


@pytest.mark.parametrize("kind", EXPORTS.kinds())
def test_every_format_takes_a_trained_project(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    if EXPORTS[kind].item.extra:
        pytest.importorskip(EXPORTS[kind].item.extra.package, reason=f"the extra of {kind} is not installed")
    out = tmp_path / f"out{EXPORTS[kind].item.suffix}"
    code, printed, said = fishlab(capsys, "export", str(trained), "--to", kind, "-o", str(out), "--json")
    assert code == 0, said
    found = [Path(file["path"]) for file in json.loads(printed)["files"]]
    assert set(found) == {path for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path.stat().st_size for path in found)


@pytest.mark.parametrize("kind", IMPORTS.kinds())
def test_what_went_out_comes_in_and_is_as_good_as_before(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    if EXPORTS[kind].item.extra:
        pytest.importorskip(EXPORTS[kind].item.extra.package, reason=f"the extra of {kind} is not installed")
    out, back = tmp_path / f"out{EXPORTS[kind].item.suffix}", tmp_path / "back.fishlab"
    assert fishlab(capsys, "export", str(trained), "--to", kind, "-o", str(out))[0] == 0
    words = ["import", str(out), "-o", str(back), "--folder", str(trained.parent / "set"), "--json"]
    code, printed, said = fishlab(capsys, *words)
    assert code == 0, said
    before = json.loads(fishlab(capsys, "evaluate", str(trained), "--json")[1])
    after = json.loads(printed)
    assert after["correct"] == before["correct"]
    assert after["loss"] == pytest.approx(before["loss"], rel=1e-5)


# -- import ----------------------------------------------------------------------------------------------------------
def test_import_writes_a_project_and_says_what_went_where(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, said = fishlab(capsys, "import", "three.seed", "--as", "TwoLayerNet", "-o", "a.fishlab")
    assert code == 0
    assert printed.splitlines()[:2] == ["W1 went into the first Affine.", "b1 with it."]
    assert printed.splitlines()[2:4] == ["  2 Affine: W 784 × 50, b 50", "  4 Affine: W 50 × 10, b 10"]
    assert printed.splitlines()[4].startswith("Saved as “a.fishlab”, ")
    assert "fishlab evaluate a.fishlab --data mnist" in said
    spec, model = open_project("a.fishlab")
    assert model is not None and spec.network.name == "TwoLayerNet"
    expected = Network(spec.network, seed=3).arrays()
    assert expected.keys() == model.weights.keys()
    assert all(np.array_equal(model.weights[key], expected[key]) for key in expected)


def test_import_tries_what_came_in_where_the_images_are_at_hand(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["import", "three.seed", "--as", "old.fishlab", "--folder", "../set", "-o", "a.fishlab"]
    code, printed, _ = fishlab(capsys, *words)
    assert code == 0
    said = printed.splitlines()[-1]
    _, again, _ = fishlab(capsys, "evaluate", "a.fishlab")
    assert said.startswith("IDX folder set: ") and said == again.strip()
    _, printed, _ = fishlab(capsys, *words, "--json")
    found = json.loads(printed)
    assert (found["total"], found["data"], len(found["said"])) == (50, "IDX folder set", 2)


def test_mnist_at_hand_is_used_without_being_asked_for(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("..", "set").rename(Path("..", "mnist"))
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(here.parent))
    _, printed, said = fishlab(capsys, "import", "three.seed", "--as", "TwoLayerNet", "-o", "a.fishlab")
    assert " right (" in printed.splitlines()[-1], said


def test_images_that_do_not_fit_do_not_cost_the_project(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["import", "three.seed", "--as", "TwoLayerNet", "--data", "moons", "-o", "a.fishlab"]
    code, _, said = fishlab(capsys, *words)
    assert code == 0 and "It was not tried: " in said
    assert open_project("a.fishlab")[1] is not None


def test_what_cannot_be_imported_is_refused_in_a_sentence(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.seed").write_text("none")
    Path("odd.xyz").write_bytes(bytes(20))
    assert "holds no number" in refused(capsys, "import", "bad.seed", "-o", "a.fishlab")
    assert "does not say which network" in refused(capsys, "import", "three.seed", "-o", "a.fishlab")
    assert "ends with “.fishlab”" in refused(capsys, "import", "three.seed", "-o", "a.onnx")
    assert "Seeds (.seed)" in refused(capsys, "import", "odd.xyz", "-o", "a.fishlab")
    assert "open it as it is" in refused(capsys, "import", "old.fishlab", "-o", "a.fishlab")
    assert "no such file" in refused(capsys, "import", "gone.xyz", "-o", "a.fishlab")
    Path("net.onnx").write_bytes(b"\x08")
    assert "Leave out “--as”" in refused(capsys, "import", "net.onnx", "--as", "TwoLayerNet", "-o", "a.fishlab")
    said = refused(capsys, "import", "three.seed", "--as", "TwoLayerNet", "-o", "nowhere/a.fishlab")
    assert "the folder does not exist" in said


def test_an_archive_of_pytorch_called_a_pickle_is_refused_with_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("net.pkl").write_bytes(b"PK\x03\x04" + bytes(100))
    said = refused(capsys, "import", "net.pkl", "-o", "a.fishlab")
    assert "such as PyTorch saves" in said and "safetensors.torch.save_file" in said


@pytest.mark.parametrize("words", [["evaluate"], ["train", "-o", "a.fishlab"], ["export", "-o", "a.words"]])
def test_a_file_of_another_program_in_place_of_a_project_is_said_to_be_importable(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    Path("net.onnx").write_bytes(b"\x08\x0d")
    assert "“fishlab import” makes a project" in refused(capsys, words[0], "net.onnx", *words[1:])
    assert "import" not in refused(capsys, words[0], "gone.fishlab", *words[1:])


def test_the_kind_may_be_named_where_the_suffix_is_another(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("three.seed").rename("three.txt")
    words = ["import", "three.txt", "--kind", "SEED", "--as", "TwoLayerNet", "-o", "a.fishlab"]
    assert fishlab(capsys, *words)[0] == 0
