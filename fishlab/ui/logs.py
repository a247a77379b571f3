"""The log: one file in the person's log folder, or stderr where that cannot be written."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_folder() -> Path:
    """Where the log lies."""
    return user_log_path("fishlab", appauthor=False)


def start_log() -> None:
    """Log from here on."""
    logging.basicConfig(level=logging.INFO, handlers=[_handler()], format=_FORMAT)


def _handler() -> logging.Handler:
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(log_folder() / "fishlab.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        return logging.StreamHandler()
