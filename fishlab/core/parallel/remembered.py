"""Which way of running was the fastest, remembered on this machine, so that the same network runs the same way again.

Nothing in it is precious: what cannot be read is as good as not there, and where it cannot be written the next run
measures again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from fishlab import __version__
from fishlab.core.data.cache import cache_dir, replacing
from fishlab.core.errors import FieldError
from fishlab.core.layers import LayerSpec
from fishlab.core.parallel.way import Way
from fishlab.core.processors import processors
from fishlab.core.spec import ProjectSpec, each_layer

MOST = 500
LARGEST = 1 << 20
UNSURE = "?"  # behind a way that other programs may have had a part in
JUDGED = 2  # raised where ways are judged otherwise: what was found before is not believed

_log = logging.getLogger(__name__)


def remembered(project: ProjectSpec) -> Way | None:
    """The way that was found for a network, batch size and optimizer like these, on this machine, and is sure."""
    return _way(_load().get(_key(project)))


def remember(project: ProjectSpec, way: Way, *, sure: bool = True) -> None:
    """Keep what was found; the oldest entries make room. What is not sure becomes so when it is found again."""
    ways = _load()
    before = ways.pop(_key(project), None)
    ways[_key(project)] = str(way) if sure or before == f"{way}{UNSURE}" else f"{way}{UNSURE}"
    try:
        with replacing(_path()) as temporary:
            temporary.write_text(json.dumps(dict(list(ways.items())[-MOST:])), encoding="utf-8")
    except OSError as error:
        _log.info("The way of running is not remembered: %s", error)


def _way(entry: Any) -> Way | None:
    try:
        return Way.parse(entry)  # an unsure one is none
    except FieldError:
        return None


def _load() -> dict[str, Any]:
    try:
        with _path().open("rb") as file:
            found = json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _path() -> Path:
    return cache_dir() / "ways.json"


def _bare(layer: LayerSpec) -> LayerSpec:
    """Without what makes it this layer and no other: who is who does not matter to speed."""
    return layer.replace(uid="", name="")


def _key(project: ProjectSpec) -> str:
    """All that the fastest way depends on."""
    layers = [layer.to_dict() for layer in each_layer(project.network.layers, _bare)]
    machine = (platform.machine(), processors(), os.environ.get("OPENBLAS_CORETYPE", ""))
    training = (project.training.batch_size, project.training.optimizer.kind, project.training.precision)
    prepared = (project.data.scaling, *(spec.kind for spec in project.data.augmentation if spec.enabled))
    versions = (JUDGED, __version__, np.__version__, platform.python_version())
    loss = project.network.loss.to_dict()
    text = json.dumps([layers, project.network.in_shape, loss, training, prepared, machine, versions])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
