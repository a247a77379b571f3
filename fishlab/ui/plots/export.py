"""A tile as a picture or as numbers: PNG, SVG, CSV. The question for a path stands apart.

save_png(tile, path)            twice as many pixels as on the screen, at least
save_svg(tile, path)            lines and letters stay lines and letters
csv_text(("epoch", "loss"), rows)
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

PNG_RATIO = 2.0


def save_png(widget: QWidget, path: Path) -> None:
    """Write what the widget shows as PNG; raises OSError where the file cannot be written."""
    ratio = max(PNG_RATIO, widget.devicePixelRatioF())
    image = QImage(widget.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    widget.render(image, QPoint())
    buffer = _buffer()
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    path.write_bytes(buffer.data().data())


def save_svg(widget: QWidget, path: Path) -> None:
    """Write what the widget shows as SVG; raises OSError where the file cannot be written."""
    buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(widget.rect())
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle(widget.accessibleName())
    generator.setDescription(widget.accessibleDescription())
    painter = QPainter(generator)
    widget.render(painter, QPoint())
    painter.end()
    path.write_bytes(buffer.data().data())


def csv_text(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as comma separated values with a line of names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def ask_path(parent: QWidget, title: str, name: str, ending: str) -> Path | None:
    """Ask where to save; None when the person changed their mind."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, f"{name}.{ending}", f"{ending.upper()} (*.{ending})")
    return Path(chosen) if chosen else None


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer
