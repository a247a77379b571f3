"""How networks travel: out to other programs and in from them. One format a file; what is read is checked first.

`EXPORTS` and `IMPORTS` list what there is; the command line and the File menu read them.
"""

from __future__ import annotations

from fishlab.core.exchange.formats import (
    EXPORTS,
    IMPORTS,
    ExchangeError,
    Export,
    Import,
    Imported,
    MissingExtraError,
    Progress,
    Subject,
    silent,
)

# isort: off
# Importing them registers all formats, in the order of the menus.
from fishlab.core.exchange import (  # noqa: F401
    onnx_files,
    weights_file,
    code,
    book_pickle,
    diagram,
    history_csv,
    event_files,
)
# isort: on

__all__ = [
    "EXPORTS",
    "IMPORTS",
    "ExchangeError",
    "Export",
    "Import",
    "Imported",
    "MissingExtraError",
    "Progress",
    "Subject",
    "silent",
]
