"""How networks travel: out to other programs and in from them. One format a file; what is read is checked first.

`EXPORTS` and `IMPORTS` list what there is; the command line and the File menu read them.
"""

from __future__ import annotations

from fishlab.core.exchange import table as table  # enters all formats
from fishlab.core.exchange.formats import (
    EXPORTS,
    IMPORTS,
    ExchangeError,
    Export,
    Extra,
    Import,
    Imported,
    MissingExtraError,
    Progress,
    Subject,
    silent,
)

__all__ = [
    "EXPORTS",
    "IMPORTS",
    "ExchangeError",
    "Export",
    "Extra",
    "Import",
    "Imported",
    "MissingExtraError",
    "Progress",
    "Subject",
    "silent",
]
