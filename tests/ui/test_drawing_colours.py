"""Pictures that the core draws look like the window in its light theme, whose colours it may not import."""

from fishlab.core.drawing import sheet
from fishlab.ui.theme.tokens import LIGHT


def test_colours_of_pictures_are_those_of_the_light_theme():
    theirs = (LIGHT.panel, LIGHT.card, LIGHT.line, LIGHT.edge, LIGHT.ink, LIGHT.ink2, LIGHT.ink3, LIGHT.bad)
    ours = (sheet.PANEL, sheet.CARD, sheet.LINE, sheet.EDGE, sheet.INK, sheet.INK2, sheet.INK3, sheet.BAD)
    assert ours == theirs
    assert (LIGHT.bad_pale, LIGHT.grid) == (sheet.BAD_PALE, sheet.GRID)
    assert LIGHT.curves[:2] == (sheet.TRAIN, sheet.VALIDATION)
