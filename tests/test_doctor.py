"""`fishlab doctor`: all is well here, and what is wrong elsewhere is said with what to do."""

import json
from pathlib import Path

import platformdirs
import pytest

from fishlab import doctor
from fishlab.core.data.mnist import FILES
from fishlab.ui import environment


def report(**options: bool) -> tuple[int, str]:
    written: list[str] = []
    return doctor.run(**options, write=written.append), "".join(written)


def test_here_all_is_well_and_the_json_says_the_same() -> None:
    code, text = report()
    assert code == 0, text
    assert "FishLab has all it needs." in text
    told = json.loads(report(as_json=True)[1])
    assert told["ok"]
    named = {check["name"] for check in told["checks"]}
    assert named >= {"FishLab", "Python", "PySide6-Essentials", "pyqtgraph", "numpy", "BLAS", "Display", "MNIST"}


def test_a_missing_system_library_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "needed_libraries", lambda: {"libnothing-of-the-kind.so.0": "libnothing"})
    monkeypatch.setattr(environment, "_is_debian", lambda: False)
    code, text = report()
    assert code == 1
    assert "Install the packages of your system that bring them" in text.splitlines()[-1]
    assert "libnothing-of-the-kind.so.0" in text.splitlines()[-1]


def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(platformdirs, "user_config_path", lambda *args, **options: tmp_path / "fishlab")
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    code, text = report()
    assert code == 1
    assert f"Settings: make {tmp_path} writable" in text
    assert not (tmp_path / "fishlab").exists()


def test_without_a_display_it_works_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(environment.sys, "platform", "linux")
    code, text = report()
    assert code == 0
    assert "the window does not" in text


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_mnist_is_found_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str) -> None:
    (tmp_path / "mnist").mkdir()
    for file in FILES:
        (tmp_path / "mnist" / (file.name + ending)).touch()
    monkeypatch.setenv("FISHLAB_DATA_DIR", str(tmp_path))
    assert str(tmp_path / "mnist") in report()[1]
