"""What the stack draws behind its rows: frames of blocks, the spine, and where a drop would land."""

from collections.abc import Mapping

from PySide6.QtGui import QPainter

from fishlab.ui.panels.network.arrangement import Arrangement, row_left, row_width
from fishlab.ui.panels.network.block_frame import paint_frames
from fishlab.ui.panels.network.drop_line import paint_drop_line
from fishlab.ui.panels.network.drop_plan import DropPlan
from fishlab.ui.panels.network.spine import paint_spine
from fishlab.ui.panels.network.stack_row import StackRow


def paint_stack(
    painter: QPainter, arrangement: Arrangement, widgets: Mapping[str, StackRow], plan: DropPlan | None, width: int
) -> None:
    """Draw all of it for a stack of `width`; rows are taken to be where their widgets are right now."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_frames(painter, arrangement.rows, widgets)
    paint_spine(painter, arrangement.rows, widgets)
    if plan is None:
        return
    above = arrangement.rows[arrangement.position(plan.place)]
    if not above.empty:  # a slot shows by itself that it is meant
        left = row_left(above.depth_below)
        right = left + row_width(above.depth_below, width)
        y = arrangement.line_y(plan.place)
        paint_drop_line(painter, left, right, y, above.depth_below, refused=bool(plan.refusal))
