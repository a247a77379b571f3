"""What every test stands on: no window on the screen, no touch of the person's own settings, the real MNIST by name."""

import gc
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy  # noqa: F401  (its BLAS has to be there to be limited)
import pytest
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 2.0  # seconds of a processor that a test may take without being slow; a slow computer needs twice as many

# Qt and pyqtgraph read these when they are imported, which is before any fixture runs.
if os.environ.get("QT_QPA_PLATFORM") not in ("offscreen", "minimal"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

# A relative folder counts from the project's root, wherever pytest was started.
if os.environ.get("FISHLAB_DATA_DIR"):
    os.environ["FISHLAB_DATA_DIR"] = str(ROOT / os.environ["FISHLAB_DATA_DIR"])

_HOME_FOLDERS = {
    "HOME": "",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
    "APPDATA": "config",
    "LOCALAPPDATA": "data",
}


def _home_variables(home: Path) -> dict[str, str]:
    for folder in _HOME_FOLDERS.values():
        (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {name: str(home / folder) for name, folder in _HOME_FOLDERS.items()}


_home = tempfile.TemporaryDirectory(prefix="fishlab-tests-", ignore_cleanup_errors=True)
os.environ.update(_home_variables(Path(_home.name)))

# Where no bytecode is to be kept beside the sources, it is kept in the environment: hundreds of programs are started by
# the tests, and each would spend half of its time on compiling, as would pytest at every start.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(sys.prefix if os.access(sys.prefix, os.W_OK) else _home.name, "bytecode"))
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


# A shell has what it starts in the background ignore Ctrl+C, and all that is started from there too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure() -> None:
    _home.cleanup()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """What pyproject.toml says of Qt is known without its plugin too: `run.py` leaves it out where nothing needs Qt."""
    if not pluginmanager.hasplugin("pytest-qt"):
        for name in ("qt_api", "qt_log_level_fail"):
            parser.addini(name, "Of pytest-qt, which is left out.")
        parser.addini("qt_log_ignore", "Of pytest-qt, which is left out.", type="linelist")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[object]:
    """Thousands of tests are made, and none goes: to look through them again and again takes half of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _thin_out(items)
    _expect_alone_written_out(items)
    if hasattr(config, "workerinput"):
        _longest_files_first(items)


def _thin_out(items: list[pytest.Item]) -> None:
    """`one_in(n)`: of the many cases of a test, the first of every n is for a check in passing, the others are slow."""
    seen = Counter[object]()
    for item in items:
        mark = item.get_closest_marker("one_in")
        if mark and isinstance(item, pytest.Function):
            if seen[item.function] % mark.args[0]:
                item.add_marker("slow")
            seen[item.function] += 1


def _expect_alone_written_out(items: list[pytest.Item]) -> None:
    """A test that is `alone` stands in a file that has the mark written out: `run.py` looks for it there."""
    for path in {item.path for item in items if item.get_closest_marker("alone")}:
        if "pytest.mark.alone" not in path.read_text(encoding="utf-8"):
            raise pytest.UsageError(f"{path}: write @pytest.mark.alone at its tests, or run.py leaves them out")


def _longest_files_first(items: list[pytest.Item]) -> None:
    """Beside others: no long one is begun when all else is done."""
    seconds = Counter[Path]()
    for item in items:
        seconds[item.path] += _about(item)
    items.sort(key=lambda item: (-seconds[item.path], item.path))


def _about(item: pytest.Item) -> float:
    """The seconds that such a test takes."""
    if item.get_closest_marker("slow"):
        return 0.3 if item.get_closest_marker("one_in") else 8
    return 0.6 if "open_window" in getattr(item, "fixturenames", ()) else 0.03


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    before = sum(os.times()[:4])  # of this process and of those that it waited for
    try:
        return (yield)
    finally:
        if not item.get_closest_marker("slow") and (taken := sum(os.times()[:4]) - before) > LONGEST:
            item.user_properties.append(("took", taken))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what is not marked slow, and is: beside others or not, time of the processor is what it is."""
    found = {(dict(report.user_properties).get("took", 0.0), report.nodeid)
             for report in terminalreporter.getreports("passed") if report.when == "call"}  # fmt: skip
    found = {one for one in found if one[0]}
    if found:
        terminalreporter.section(f"over {LONGEST:.0f} s of a processor, and not marked slow")
        for taken, name in sorted(found, reverse=True):
            terminalreporter.line(f"{taken:6.1f} s  {name}")


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As in every run of the engine. For arrays as small as these, threads would only wait for each other."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the real MNIST. A test that asks for it is skipped, by name, where it is not at hand."""
    named = os.environ.get("FISHLAB_DATA_DIR")
    folder = Path(named, "mnist") if named else None
    if folder is None or not folder.is_dir():
        pytest.skip("needs the real MNIST: set FISHLAB_DATA_DIR")
    return folder


@pytest.fixture(scope="session")
def _drawn_blocks() -> Callable[..., object]:
    from fishlab.core.data import digits

    return lru_cache(maxsize=12)(digits._draw_block)


@pytest.fixture
def drawn_once(_drawn_blocks: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same thousand digits are drawn once for all tests that ask for this."""
    monkeypatch.setattr("fishlab.core.data.digits._draw_block", _drawn_blocks)


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh, empty home for a test that writes or reads settings, caches or data."""
    for name, path in _home_variables(tmp_path / "home").items():
        monkeypatch.setenv(name, path)
    return tmp_path / "home"
