"""Fetching MNIST from mirrors that behave and mirrors that do not, all of them on this machine."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from idx_files import described, small_set

from fishlab.core.data import dataset, fetch, mnist, mnist_files
from fishlab.core.data.dataset import load_dataset
from fishlab.core.data.mnist import download_mnist, read_mnist
from fishlab.core.errors import Cancelled, DataError
from fishlab.core.spec import DataSpec

pytestmark = pytest.mark.slow  # most of it is waiting for servers that are made to be slow

SET = small_set()
PATIENCE = 0.5


class Mirrors(ThreadingHTTPServer):
    """One server that is many mirrors: the first part of the path is the name of a behaviour."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.over = threading.Event()
        self.asked: list[str] = []
        self.files = {f"{name}.gz": gzip.compress(content) for name, content in SET.items()}

    def url(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many of these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Mirrors

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        behaviour, name = self.path.strip("/").split("/")
        getattr(self, f"_{behaviour}")(self.server.files[name])

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""

    def _begin(self, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, data: bytes) -> None:
        self._begin(len(data))
        self.wfile.write(data)

    _good = _send

    def _first_only(self, data: bytes) -> None:
        if "train-images" in self.path:
            self._send(data)
        else:
            self.send_error(503)

    def _missing(self, data: bytes) -> None:
        self.send_error(404)

    def _cut(self, data: bytes) -> None:
        self._begin(len(data))
        self.wfile.write(data[: len(data) // 2])

    def _cut_unsaid(self, data: bytes) -> None:
        self._begin(None)
        self.wfile.write(data[: len(data) // 2])

    def _page(self, data: bytes) -> None:
        self._send(b"<html>Please sign in to the network</html>")

    def _other(self, data: bytes) -> None:
        self._send(gzip.compress(bytes(1000)))

    def _loop(self, data: bytes) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

    def _to_a_file(self, data: bytes) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/hostname")
        self.end_headers()

    def _huge(self, data: bytes) -> None:
        self._begin(10_000_000_000)
        self._pour()

    def _endless(self, data: bytes) -> None:
        self._begin(None)
        self._pour()

    def _pour(self) -> None:
        while not self.server.over.is_set():
            self.wfile.write(bytes(2**16))

    def _silent(self, data: bytes) -> None:
        self.server.over.wait()

    def _stall(self, data: bytes) -> None:
        self._begin(len(data))
        self.wfile.write(data[: len(data) // 2])
        self.server.over.wait()

    def _drip(self, data: bytes) -> None:
        self._begin(len(data))
        for byte in data:
            self.wfile.write(bytes([byte]))
            if self.server.over.wait(0.05):
                return

    def _hang_up(self, data: bytes) -> None:
        self.close_connection = True

    def _babble(self, data: bytes) -> None:
        self.wfile.write(b"220 mail.example ESMTP\r\n\r\n")


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
        thread.join(2 * PATIENCE)
    assert not any(thread.is_alive() for thread in fetching)


@pytest.fixture
def mirrors(server: Mirrors, monkeypatch: pytest.MonkeyPatch) -> Mirrors:
    """The mirrors, and the small set for MNIST."""
    for module in (mnist, mnist_files):
        monkeypatch.setattr(module, "FILES", described(SET))
    return server


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def fetched(server: Mirrors, folder: Path, *behaviours: str) -> Path:
    urls = [server.url(behaviour) for behaviour in behaviours]
    return download_mnist(quiet, mirrors=urls, directory=folder, patience=PATIENCE)


def test_the_four_files_are_fetched_and_are_mnist(mirrors: Mirrors, tmp_path: Path) -> None:
    folder = fetched(mirrors, tmp_path / "a" / "b", "good")
    assert folder == tmp_path / "a" / "b"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.gz" for name in SET)
    assert read_mnist(folder).name == "MNIST"


BAD = {
    "missing": "answered 404 Not Found",
    "cut": "broke off after",
    "cut_unsaid": "sent something else in place of train-images-idx3-ubyte.gz",
    "page": "sent a web page in place of",
    "other": "sent something else in place of",
    "loop": "redirects and never arrives",
    "to_a_file": "redirects and never arrives",
    "huge": "offered 10,000,000,000 bytes, where at most 15,000,000",
    "endless": "sent more than 15,000,000 bytes",
    "silent": "sent nothing, or next to nothing, for 0.5 seconds",
    "stall": "sent nothing, or next to nothing, for 0.5 seconds",
    "drip": "sent nothing, or next to nothing, for 0.5 seconds",
    "hang_up": "could not be reached",
    "babble": "did not speak HTTP",
}


@pytest.mark.parametrize("behaviour", BAD)
def test_a_bad_mirror_is_left_for_the_next(behaviour: str, mirrors: Mirrors, tmp_path: Path) -> None:
    assert read_mnist(fetched(mirrors, tmp_path, behaviour, "good")).name == "MNIST"


@pytest.mark.parametrize("behaviour", BAD)
def test_when_no_mirror_is_good_the_message_lists_each_and_no_file_is_left(
    behaviour: str, mirrors: Mirrors, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=BAD[behaviour]) as refusal:
        fetched(mirrors, tmp_path, behaviour, "missing")
    assert mirrors.url(behaviour) in str(refusal.value)
    assert f"{mirrors.url('missing')} answered 404" in str(refusal.value)
    assert "use the drawn digits" in str(refusal.value)
    assert not any(tmp_path.iterdir())


def test_a_mirror_that_cannot_be_reached_is_left_for_the_next(mirrors: Mirrors, tmp_path: Path) -> None:
    urls = ["http://127.0.0.1:1/", "http://a..b/", mirrors.url("good")]
    folder = download_mnist(quiet, mirrors=urls, directory=tmp_path)
    assert read_mnist(folder).name == "MNIST"


def test_what_a_failing_mirror_gave_right_is_not_fetched_again(mirrors: Mirrors, tmp_path: Path) -> None:
    fetched(mirrors, tmp_path, "first_only", "good")
    assert mirrors.asked.count("/good/train-images-idx3-ubyte.gz") == 0
    assert len([path for path in mirrors.asked if path.startswith("/good/")]) == 3


@pytest.mark.parametrize("behaviour", ["silent", "stall", "drip", "endless", "good"])
def test_cancelling_ends_long_before_patience_does_and_leaves_no_file(
    behaviour: str, mirrors: Mirrors, tmp_path: Path
) -> None:
    asked_to_stop = time.monotonic() + 0.3 * (behaviour not in ("good", "endless"))

    def stop(what: str, done: int, total: int) -> None:
        if time.monotonic() >= asked_to_stop:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        download_mnist(stop, mirrors=[mirrors.url(behaviour)], directory=tmp_path, patience=20)
    assert time.monotonic() - asked_to_stop < 5
    assert not any(tmp_path.iterdir())


KILLED = """
import sys
from pathlib import Path
from fishlab.core.data.mnist import download_mnist
download_mnist(lambda what, done, total: print(done, flush=True), mirrors=[sys.argv[1]], directory=Path(sys.argv[2]))
"""


def test_a_process_killed_while_it_fetches_leaves_no_file(mirrors: Mirrors, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, mirrors.url("stall"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        received = next((int(line) for line in child.stdout if int(line) > 0), 0)
        child.kill()
    assert received > 0
    assert not any(tmp_path.iterdir())
    assert read_mnist(fetched(mirrors, tmp_path, "good")).name == "MNIST"


def test_progress_names_the_mirror_and_never_falls(mirrors: Mirrors, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    download_mnist(lambda *told: seen.append(told), mirrors=[mirrors.url("good")], directory=tmp_path)
    assert {(what, total) for what, _, total in seen} == {("Fetching MNIST from 127.0.0.1", 11_594_722)}
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_fetched(mirrors: Mirrors, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be kept in .*Set FISHLAB_CACHE_DIR"):
        fetched(mirrors, tmp_path / "file" / "mnist", "good")
    assert not mirrors.asked


@pytest.fixture
def fetching_here(mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirrors:
    """`load_dataset` with an empty cache, and the good mirror for a network."""
    monkeypatch.setenv("FISHLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    monkeypatch.setattr(dataset, "_last", None)

    def here(url: str, **more: object) -> bytes:
        name = url.rsplit("/", 1)[1]
        content: bytes = fetch.fetch(mirrors.url("good") + name, **more)  # type: ignore[arg-type]
        return content

    monkeypatch.setattr(mnist, "fetch", here)
    return mirrors


def test_asking_for_mnist_fetches_it_once_and_keeps_it(
    fetching_here: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = DataSpec(source="mnist")
    first = load_dataset(spec)
    assert first.name == "MNIST"
    assert load_dataset(spec) is first
    monkeypatch.setattr(dataset, "_last", None)
    assert load_dataset(DataSpec(source="auto")).name == "MNIST"
    assert len(fetching_here.asked) == 4


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"])
def test_a_damaged_file_in_the_cache_is_fetched_afresh(
    name: str, fetching_here: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_dataset(DataSpec(source="mnist"))
    (tmp_path / "mnist" / name).write_bytes(b"not this")
    assert load_dataset(DataSpec(source="mnist")).name == "MNIST"
    assert len(fetching_here.asked) == 8


def test_the_real_mnist_comes_through_a_mirror(server: Mirrors, mnist_dir: Path, tmp_path: Path) -> None:
    server.files = {path.name: path.read_bytes() for path in mnist_dir.glob("*.gz")}
    assert read_mnist(fetched(server, tmp_path, "good")).name == "MNIST"
