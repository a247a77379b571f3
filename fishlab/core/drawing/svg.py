"""A sheet as SVG: plain shapes and texts, no script, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from fishlab.core.drawing.sheet import Box, Line, Sheet, Text

Attributes = Mapping[str, str | float]

FAMILY = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Noto Sans', 'Noto Sans CJK JP', sans-serif"
_ANCHORS = {"left": "start", "middle": "middle", "right": "end"}
# What XML 1.0 has no way to hold: control characters, halves of pairs, and what is no character.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg_bytes(sheet: Sheet) -> bytes:
    """The sheet as an SVG file on white, UTF-8."""
    return "\n".join(_lines(sheet)).encode()


def _lines(sheet: Sheet) -> Iterator[str]:
    wide, high = _number(sheet.width), _number(sheet.height)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'role="img" aria-labelledby="title description" font-family="{FAMILY}">'
    )
    yield f'<title id="title">{_words(sheet.title)}</title>'
    yield f'<desc id="description">{_words(sheet.description)}</desc>'
    yield f'<rect width="{wide}" height="{high}" fill="#FFFFFF"/>'
    yield from (_shape(item) for item in sheet.items if not isinstance(item, Text))
    yield from (_text(item) for item in sheet.items if isinstance(item, Text))
    yield "</svg>\n"


def _shape(item: Box | Line) -> str:
    if isinstance(item, Line):
        points = " ".join(f"{_number(x)},{_number(y)}" for x, y in item.points)
        return _element("polyline", {"points": points, "fill": "none", **_stroke(item.ink, item.thickness, item.dash)})
    place: Attributes = {"x": item.x, "y": item.y, "width": item.width, "height": item.height}
    corners = {"rx": item.radius} if item.radius else {}
    edge = _stroke(item.edge, item.thickness) if item.edge else {}
    return _element("rect", {**place, **corners, "fill": item.fill or "none", **edge})


def _stroke(ink: str, thickness: float, dash: float = 0.0) -> Attributes:
    dashes = {"stroke-dasharray": dash} if dash else {}
    return {"stroke": ink, "stroke-width": thickness, **dashes}


def _text(text: Text) -> str:
    look: dict[str, str | float] = {"x": text.x, "y": text.y, "font-size": text.size, "fill": text.ink}
    if text.weight != 400:
        look["font-weight"] = text.weight
    if text.align != "left":
        look["text-anchor"] = _ANCHORS[text.align]
    return _element("text", look, text.words)


def _element(name: str, attributes: Attributes, words: str = "") -> str:
    written = "".join(
        f" {key}={quoteattr(value if isinstance(value, str) else _number(value))}" for key, value in attributes.items()
    )
    return f"<{name}{written}>{_words(words)}</{name}>" if words else f"<{name}{written}/>"


def _words(words: str) -> str:
    return escape(in_xml(words))


def in_xml(words: str) -> str:
    """The words without what XML has no way to hold."""
    return _NOT_XML.sub("", words)


def _number(value: float) -> str:
    """At most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
