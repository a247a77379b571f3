"""Words and formulas that the core does not hold because only the inspector says them."""

import re

from fishlab.ui.widgets.formula_box import FormulaRow

# Texts of choices that have to fit into a narrow field.
SHORT_CHOICES = {
    "auto": "Automatic", "standard": "mean 0, std 1", "l2": "L2", "l1": "L1", "max_norm": "Max-norm",
    "channels": "each channel", "pixels": "each pixel",
}  # fmt: skip

LOSS_FORMULAS = {
    "softmax_cross_entropy": (
        FormulaRow("y", "exp s", "Σ exp s", general=True),
        FormulaRow("L", "− log y", "", "of the right class"),
    ),
    "squared_error": (FormulaRow("L", "1", "2", "Σ (y − t)²", general=True),),
    "binary_cross_entropy": (
        FormulaRow("y", "1", "1 + exp(−s)", general=True),
        FormulaRow("L", "− Σ (t log y + (1 − t) log (1 − y))", general=True),
    ),
}

_LONG_WORD = re.compile(r"([/\\]|[^\s/\\\u200b]{14})(?=\S)")


def soft_breaks(text: str) -> str:
    """Return `text` with places to break inside paths and very long words, which otherwise widen the panel."""
    return _LONG_WORD.sub("\\1\u200b", text)
