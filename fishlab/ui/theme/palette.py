"""The QPalette of a theme.

Labels take their colour from a palette role, never from a sheet of their own: `INK_ROLES` says which role carries which
token, so that a label is recoloured by Qt itself when the theme changes.
"""

from PySide6.QtGui import QColor, QPalette

from fishlab.ui.theme.tokens import Tokens

_R = QPalette.ColorRole

INK_ROLES: dict[str, QPalette.ColorRole] = {
    "ink": _R.WindowText,
    "ink2": _R.Shadow,
    "ink3": _R.PlaceholderText,
    "bad": _R.BrightText,
    "warn": _R.LinkVisited,  # nothing here is a visited link
    "accent": _R.Accent,
}


def palette(tokens: Tokens) -> QPalette:
    """Return a palette with every role of every group set from `tokens`."""
    roles = {
        _R.Window: tokens.bench,
        _R.WindowText: tokens.ink,
        _R.Base: tokens.card,
        _R.AlternateBase: tokens.panel,
        _R.Text: tokens.ink,
        _R.Button: tokens.panel,
        _R.ButtonText: tokens.ink,
        _R.BrightText: tokens.bad,
        _R.PlaceholderText: tokens.ink3,
        _R.Highlight: tokens.accent,
        _R.HighlightedText: tokens.on_accent,
        _R.Accent: tokens.accent,
        _R.Link: tokens.accent,
        _R.LinkVisited: tokens.warn,
        _R.ToolTipBase: tokens.card,
        _R.ToolTipText: tokens.ink,
        _R.Light: tokens.card,
        _R.Midlight: tokens.hover,
        _R.Mid: tokens.line,
        _R.Dark: tokens.edge,
        _R.Shadow: tokens.ink2,
    }
    result = QPalette()
    for role, value in roles.items():
        result.setColor(role, QColor(value))
    for role in (_R.WindowText, _R.Text, _R.ButtonText, _R.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.disabled))
    result.setColor(QPalette.ColorGroup.Disabled, _R.Highlight, QColor(tokens.line))
    return result
