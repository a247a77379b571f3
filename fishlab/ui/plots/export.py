"""What is shown as a picture or as numbers: PNG, SVG, CSV, each file whole or not at all. SaveError says why not.

save_png(tile, path)            twice as many pixels as on the screen, at least
save_svg(tile, path)            lines and letters stay lines and letters
save_text(csv_text(("epoch", "loss"), rows), path)
ask_path(tile, self.tr("Save Loss"), suggested_name("SimpleConvNet", "loss"), "png")
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from fishlab.core.drawing.svg import in_xml
from fishlab.core.files.atomic import write_atomic
from fishlab.ui.settings import Settings

PNG_RATIO = 2.0
FOLDER = "files/pictures"  # among the settings: where the last one went
_NO_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')  # what some system takes in no name
_LONGEST = 60


def save_png(widget: QWidget, path: Path, *, ground: QColor | None = None) -> None:
    """Write what the widget shows as PNG, on `ground` where it does not paint one itself; raises SaveError."""
    ratio = max(PNG_RATIO, widget.devicePixelRatioF())
    image = QImage(widget.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(0, 0, 0, 0))
    painter = QPainter(image)
    _paint(widget, painter, ground)
    painter.end()
    buffer = _buffer()
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    write_atomic(path, [buffer.data().data()])


def save_svg(widget: QWidget, path: Path, *, ground: QColor | None = None) -> None:
    """Write what the widget shows as SVG, on `ground` where it does not paint one itself; raises SaveError."""
    buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(widget.rect())
    generator.setResolution(widget.logicalDpiX())
    generator.setTitle(widget.accessibleName())
    generator.setDescription(widget.accessibleDescription())
    painter = QPainter(generator)
    _paint(widget, painter, ground)
    painter.end()
    save_text(in_xml(buffer.data().data().decode()), path)


def _paint(widget: QWidget, painter: QPainter, ground: QColor | None) -> None:
    """What is on the widget; with a ground not the window's colour behind it."""
    flags = QWidget.RenderFlag.DrawChildren
    if ground:
        painter.fillRect(widget.rect(), ground)
    else:
        flags |= QWidget.RenderFlag.DrawWindowBackground
    widget.render(painter, QPoint(), QRegion(), flags)


def save_text(text: str, path: Path) -> None:
    """Write a text in UTF-8; raises SaveError where the file cannot be written."""
    write_atomic(path, [text.encode()])


def csv_text(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as comma separated values with a line of names, in lines as RFC 4180 ends them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def suggested_name(network: str, shown: str) -> str:
    """Return a name for a file that any system takes: 'SimpleConvNet loss'."""
    return " ".join(part for part in (_of_a_file(network), _of_a_file(shown)) if part)


def _of_a_file(text: str) -> str:
    return " ".join(_NO_NAME.sub(" ", text).split())[:_LONGEST].strip(" .")


def ask_path(parent: QWidget, title: str, name: str, ending: str) -> Path | None:
    """Ask where to save, first in the folder of the last time; None when the person changed their mind."""
    settings = Settings()
    last = settings.text(FOLDER)
    dialog = QFileDialog(parent, title, last if last and Path(last).is_dir() else str(Path.home()))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"{ending.upper()} (*.{ending})")
    dialog.setDefaultSuffix(ending)
    dialog.selectFile(f"{name}.{ending}")
    agreed = dialog.exec() == QFileDialog.DialogCode.Accepted
    chosen = dialog.selectedFiles()
    dialog.deleteLater()
    if not agreed or not chosen:
        return None
    settings.set(FOLDER, str(Path(chosen[0]).parent))
    return Path(chosen[0])


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer
