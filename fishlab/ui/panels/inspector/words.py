"""Words that the core does not hold because only the inspector says them."""

import re

# Texts of choices that have to fit into a narrow field.
SHORT_CHOICES = {
    "auto": "Automatic", "standard": "mean 0, std 1", "l2": "L2", "l1": "L1", "max_norm": "Max-norm",
    "channels": "each channel", "pixels": "each pixel",
}  # fmt: skip

_LONG_WORD = re.compile(r"([/\\]|[^\s/\\\u200b]{14})(?=\S)")


def soft_breaks(text: str) -> str:
    """Return `text` with places to break inside paths and very long words, which otherwise widen the panel."""
    return _LONG_WORD.sub("\\1\u200b", text)
