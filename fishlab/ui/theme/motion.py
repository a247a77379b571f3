"""Motion that tells a state: ease-out, short, and a jump where motion is reduced.

    animate(card, card.set_gap, 0.0, 10.0, GAP)

calls `card.set_gap` with values from 0 to 10 over 120 ms; `finish_motion(card)` takes every running one to its
end, for the next key press. Curves and other data never move this way.
"""

from collections.abc import Callable

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QObject, QVariantAnimation

from fishlab.ui.theme.theme import theme

GAP, ARRIVE, FLASH = 120, 160, 600  # milliseconds


def animate(owner: QObject, setter: Callable[[float], None], start: float, end: float, duration: int = GAP) -> None:
    """Call `setter` (a bound method of `owner`) from `start` to `end`; only with `end` if motion is reduced."""
    if theme().reduce_motion:
        setter(end)
        return
    animation = QVariantAnimation(owner)
    animation.setStartValue(float(start))
    animation.setEndValue(float(end))
    animation.setDuration(duration)
    animation.setEasingCurve(QEasingCurve.Type.OutCubic)
    animation.valueChanged.connect(setter)
    animation.start(QAbstractAnimation.DeletionPolicy.DeleteWhenStopped)


def finish_motion(owner: QObject) -> None:
    """Take every motion of `owner` to its end at once."""
    for animation in owner.findChildren(QVariantAnimation):
        animation.setCurrentTime(animation.duration())
