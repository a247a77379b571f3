"""Mirrors of a small MNIST on this machine, some that behave and many that do not."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from idx_files import small_set

from fishlab.core.data.mnist import download_mnist

SET = small_set()
PATIENCE = 1.5  # seconds: a busy machine serves its own mirrors late
BOMB = gzip.compress(bytes(2**28))  # 256 KB that would become 256 MB


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

    def _to_be_continued(self, data: bytes) -> None:
        while not self.server.over.is_set():
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _slow_head(self, data: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")

    def _bomb(self, data: bytes) -> None:
        self._send(BOMB)


def quiet(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def fetched(server: Mirrors, folder: Path, *behaviours: str) -> Path:
    urls = [server.url(behaviour) for behaviour in behaviours]
    return download_mnist(quiet, mirrors=urls, directory=folder, patience=PATIENCE)
