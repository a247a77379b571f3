"""Where a layer cannot take its input: what to say of it, and what would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fix:
    """A repair a misfit proposes.

    Fields of the layer to change, or a kind of layer to put before it, the kind to move it before, or a kind to put
    in its place.
    """

    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    insert_before: str = ""
    move_before: str = ""
    replace_with: str = ""


class Misfit(Exception):
    """Raised by `output_shape` when a layer cannot take its input. `fishlab.core.shapes` turns it into data.

    `arithmetic` is the sum that fails, `reason` one or two sentences, `summary` what the problem list says after
    the layer's name ("does not fit evenly"), `fields` the fields to mark with the `short` text, `shape_text` what
    the card shows in place of the shape, `fixes` proposals that are tried before they are offered.
    """

    def __init__(
        self,
        reason: str,
        *,
        summary: str,
        arithmetic: str = "",
        fields: tuple[str, ...] = (),
        short: str = "",
        shape_text: str = "",
        fixes: tuple[Fix, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.summary = summary
        self.arithmetic = arithmetic
        self.fields = fields
        self.short = short
        self.shape_text = shape_text
        self.fixes = fixes
