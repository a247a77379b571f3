"""What every test stands on: no window on the screen, no touch of the person's own settings, the real MNIST by name."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Qt and pyqtgraph read these when they are imported, which is before any fixture runs.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

_HOME_VARIABLES = {
    "HOME": "",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
    "APPDATA": "config",
    "LOCALAPPDATA": "data",
}


def _redirect_home(home: Path) -> None:
    for name, folder in _HOME_VARIABLES.items():
        path = home / folder
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[name] = str(path)


_home = tempfile.TemporaryDirectory(prefix="fishlab-tests-", ignore_cleanup_errors=True)
_redirect_home(Path(_home.name))


def pytest_unconfigure() -> None:
    _home.cleanup()


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the real MNIST, from FISHLAB_DATA_DIR (a relative one counts from the project's root)."""
    named = os.environ.get("FISHLAB_DATA_DIR")
    folder = ROOT / named / "mnist" if named else None
    if folder is None or not folder.is_dir():
        pytest.skip("needs the real MNIST: set FISHLAB_DATA_DIR")
    return folder


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh, empty home for a test that writes or reads settings, caches or data."""
    home = tmp_path / "home"
    for name, folder in _HOME_VARIABLES.items():
        path = home / folder
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(path))
    yield home
