"""Layers on the clipboard and in a drag: one MIME type, JSON inside, and nothing believed before it is checked.

    data = pack(layers)             QMimeData for a drag
    data = pack(layers, text=True)  for the clipboard: the same JSON as plain text too
    layers = unpack(data)           () for whatever is not a list of layers
"""

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData

from fishlab.core.errors import FishLabError
from fishlab.core.layers import LayerSpec
from fishlab.core.layers.base import layer_from_dict
from fishlab.core.spec import MOST_LAYERS, announced

LAYERS_MIME = "application/x-fishlab-layers+json"
MOST_BYTES = 1_000_000
_ENTRY = "fishlab_layers"


def pack(layers: Sequence[LayerSpec], *, text: bool = False) -> QMimeData:
    """Return `layers` as JSON under `LAYERS_MIME`, with `text` also as plain text."""
    written = json.dumps({_ENTRY: [layer.to_dict() for layer in layers]}, indent=1, ensure_ascii=False)
    data = QMimeData()
    data.setData(LAYERS_MIME, QByteArray(written.encode()))
    if text:
        data.setText(written)
    return data


def unpack(data: QMimeData | None) -> tuple[LayerSpec, ...]:
    """Return the layers in `data`, or () where there are none or they are not what they should be."""
    if data is None:
        return ()
    if data.hasFormat(LAYERS_MIME):
        return _layers(bytes(data.data(LAYERS_MIME).data()))
    return _layers(data.text().encode(errors="replace")) if data.hasText() else ()


def _layers(raw: bytes) -> tuple[LayerSpec, ...]:
    if len(raw) > MOST_BYTES:
        return ()
    try:
        content = json.loads(raw)
        json.dumps(content, ensure_ascii=False).encode()  # halves of characters could be put into no file
        return _checked(content)
    except (FishLabError, ValueError, TypeError, OverflowError, RecursionError):
        return ()


def _checked(content: Any) -> tuple[LayerSpec, ...]:
    items = content.get(_ENTRY) if isinstance(content, dict) and set(content) == {_ENTRY} else None
    if not isinstance(items, list) or announced(items) > MOST_LAYERS:
        return ()
    return tuple(layer_from_dict(item) for item in items)
