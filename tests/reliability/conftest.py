"""Tests of faults use the window in the way of tests/ui, and leave as little behind; and mirrors that misbehave."""

import threading
from collections.abc import Iterator

import pytest
from idx_files import described
from mirrors import SET, Mirrors

from fishlab.core.data import mnist, mnist_files
from tests.ui.conftest import (  # noqa: F401  (fixtures are found by their names here)
    empty_clipboard,
    long_there,
    nothing_left_behind,
    open_window,
    own_theme,
    patient_glimpse,
    patient_merge,
    patient_reader,
    pytest_runtest_makereport,
    qtbot,
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    """The mirrors, running. Afterwards no thread of a fetch may be left."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Mirrors() as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield server
        server.over.set()
        server.shutdown()
        serving.join()
    fetching = [thread for thread in threading.enumerate() if thread.name == "fetch"]
    for thread in fetching:
        thread.join(30)
    assert not any(thread.is_alive() for thread in fetching)


@pytest.fixture
def mirrors(server: Mirrors, monkeypatch: pytest.MonkeyPatch) -> Mirrors:
    """The mirrors, and the small set for MNIST."""
    for module in (mnist, mnist_files):
        monkeypatch.setattr(module, "FILES", described(SET))
    return server
