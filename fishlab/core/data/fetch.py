"""One file over HTTP into memory, from a server that may be slow, silent, endless or wrong.

A thread of its own does the waiting, so that the caller can be called off at any moment, even while a name is looked
up or a server says nothing. The thread owns nothing but its connection, and ends with it.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPResponse
from queue import Empty, SimpleQueue
from urllib.error import HTTPError, URLError

from fishlab.core.errors import DataError

PATIENCE = 10.0
_CHUNK = 2**16
_LEAST = 2**10
_LOOK_UP = 0.1


class FetchError(DataError):
    """A server that did not send the file; the text is what it did instead, such as "answered 404 Not Found"."""


class _FewRedirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5


def fetch(url: str, *, most: int, tell: Callable[[int], object], patience: float = PATIENCE) -> bytes:
    """The content of `url`, at most `most` bytes; FetchError if it does not come.

    `tell(bytes so far)` is called at least every 0.1 s and may raise to stop. A server that sends less than 1 KiB
    in `patience` seconds is given up.
    """
    chunks: SimpleQueue[bytes | Exception] = SimpleQueue()
    left = threading.Event()
    threading.Thread(target=_receive, args=(url, most, patience, chunks, left), name="fetch", daemon=True).start()
    try:
        return _collect(chunks, tell, patience)
    finally:
        left.set()


def _collect(chunks: SimpleQueue[bytes | Exception], tell: Callable[[int], object], patience: float) -> bytes:
    received = bytearray()
    enough, until = _LEAST, time.monotonic() + patience
    while True:
        tell(len(received))
        try:
            item = chunks.get(timeout=_LOOK_UP)
        except Empty:
            item = None
        if item == b"":
            return bytes(received)
        if isinstance(item, Exception):
            raise FetchError(_words(item, patience)) from item
        received += item or b""
        if len(received) >= enough:
            enough, until = len(received) + _LEAST, time.monotonic() + patience
        elif time.monotonic() > until:
            raise FetchError(_words(TimeoutError(), patience))


def _receive(
    url: str, most: int, patience: float, chunks: SimpleQueue[bytes | Exception], left: threading.Event
) -> None:
    """Put the content into `chunks`, piece by piece, and at the end b"" or the exception that was the end."""
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "FishLab"})
        with urllib.request.build_opener(_FewRedirects).open(request, timeout=patience) as answer:
            for chunk in _pieces(answer, most):
                chunks.put(chunk)
                if left.is_set():
                    return
        chunks.put(b"")
    except Exception as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        chunks.put(error)


def _pieces(answer: HTTPResponse, most: int) -> Iterator[bytes]:
    """The content as it comes, none of it empty; FetchError if it is more than `most` bytes, or breaks off."""
    if (answer.length or 0) > most:
        raise FetchError(f"offered {answer.length:,} bytes, where at most {most:,} were expected")
    received = 0
    while chunk := answer.read1(_CHUNK):
        received += len(chunk)
        if received > most:
            raise FetchError(f"sent more than {most:,} bytes")
        yield chunk
    if answer.length:
        raise FetchError(f"broke off after {received:,} bytes, {answer.length:,} before the end")


def _words(error: Exception, patience: float) -> str:
    """What a server did, in words that continue its name."""
    cause = error.reason if isinstance(error, URLError) and not isinstance(error, HTTPError) else error
    match cause:
        case HTTPError():
            return "redirects and never arrives" if 300 <= cause.code < 400 else f"answered {cause.code} {cause.msg}"
        case TimeoutError():
            return f"sent nothing, or next to nothing, for {patience:g} seconds"
        case OSError():
            return f"could not be reached ({cause.strerror or cause})"
        case HTTPException():
            return f"did not speak HTTP ({type(cause).__name__})"
    return str(cause)
