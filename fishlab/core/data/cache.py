"""The folder in which FishLab keeps what it fetched or drew, so that the next start need not do it again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Where the cache is, there or not: FISHLAB_CACHE_DIR if it is set, else the platform's usual place."""
    named = os.environ.get("FISHLAB_CACHE_DIR")
    return Path(named) if named else platformdirs.user_cache_path("fishlab", appauthor=False)
