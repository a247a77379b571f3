"""Words about layers that several panels say."""

from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.own_layers import fault
from fishlab.core.shapes import layer_title, layer_type
from fishlab.ui.branches import branch_titles
from fishlab.ui.widgets.explanation import Explanation


def help_text(kind: str) -> str:
    """Return what a layer does, its formula and the chapter, one a line."""
    entry = LAYERS[kind]
    chapter = QCoreApplication.translate("layer", "Chapter {chapter}").format(chapter=entry.chapter)
    return "\n".join(line for line in (entry.help, entry.item.formula, chapter if entry.chapter else "") if line)


def layer_explanation(kind: str, shape: str = "") -> Explanation:
    """Return what Explain says of a layer; `shape` is what goes in and comes out of this one."""
    entry = LAYERS[kind]
    return Explanation(entry.help, formula=entry.item.formula, shape=shape, chapter=entry.chapter)


def summary_text(layer: LayerSpec) -> str:
    """Return the numbers that matter of a layer, such as '30 filters 5 × 5'."""
    try:
        return f"{layer_type(layer).summary(layer)}"
    except Exception as error:  # somebody's own code
        if not fault(error):
            raise
        return QCoreApplication.translate("layer", "has an error in its file")


def weights_text(count: int) -> str:
    """Return '780 weights', or nothing for a layer that learns nothing."""
    if count == 0:
        return ""
    if count == 1:
        return QCoreApplication.translate("layer", "1 weight")
    return QCoreApplication.translate("layer", "{count} weights").format(count=f"{count:,}")


def in_branch(block: LayerSpec, number: str, branch: int) -> str:
    """Return 'in Residual 3, Body' for what stands in a branch of block 3."""
    words = QCoreApplication.translate("layer", "in {block} {number}, {branch}")
    return words.format(block=layer_title(block), number=number, branch=branch_titles(block)[branch])
