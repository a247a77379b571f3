"""Colour tokens: the only place in FishLab that holds hex values.

`LIGHT` and `DARK` are the two instances of `Tokens`. Ask for the running one with `theme().tokens` and for a QColor
with `theme().colour("accent")`. Text tokens keep a contrast of at least 4.5:1, edges and curves at least 3:1, over
every surface they may stand on (WCAG 2.2, 1.4.3 and 1.4.11); `tests/ui/test_theme.py` measures it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """One theme's colours as "#RRGGBB". See `LIGHT` for what each is for."""

    name: str
    # Surfaces, from the back to the front.
    bench: str
    panel: str
    card: str
    hover: str
    # Lines: hairlines are decoration, edges mark a control.
    line: str
    edge: str
    # Ink for names, labels, captions and disabled controls.
    ink: str
    ink2: str
    ink3: str
    disabled: str
    # What is the person's own right now.
    accent: str
    pressed: str
    on_accent: str
    soft: str
    # Verdicts, each with the pale fill it may stand on.
    bad: str
    bad_pale: str
    warn: str
    warn_pale: str
    good: str
    good_pale: str
    # Inside plots.
    band: str
    grid: str
    curves: tuple[str, ...]  # train, validation, test, then earlier runs
    raw_alpha: int  # of 255, for raw data behind its smoothed curve
    diverging: tuple[str, str, str]  # negative end, zero, positive end
    sequential: tuple[str, str]  # low end, high end


LIGHT = Tokens(
    name="light",
    bench="#E7EAEC",
    panel="#F6F7F8",
    card="#FFFFFF",
    hover="#E9EDEF",
    line="#D9DEE1",
    edge="#78838A",
    ink="#182025",
    ink2="#48545A",
    ink3="#5A666D",
    disabled="#8C969B",
    accent="#0B6E79",
    pressed="#095B64",
    on_accent="#FFFFFF",
    soft="#DBEEF0",
    bad="#B3261E",
    bad_pale="#FCEBE9",
    warn="#875400",
    warn_pale="#FFF2D9",
    good="#1B7443",
    good_pale="#E2F3E8",
    band="#F4F6F7",
    grid="#E6EAEC",
    curves=("#0072B2", "#C04E00", "#005F45", "#C06B9F", "#A87400", "#3C96CD", "#182025"),
    raw_alpha=40,
    diverging=("#0A639A", "#F3F4F4", "#A33F00"),
    sequential=("#FFFFFF", "#063A41"),
)

DARK = Tokens(
    name="dark",
    bench="#0F1214",
    panel="#171B1E",
    card="#1F2529",
    hover="#272E33",
    line="#2D353A",
    edge="#7A868D",
    ink="#E8ECEE",
    ink2="#B2BCC1",
    ink3="#94A0A6",
    disabled="#6B767C",
    accent="#55C4CF",
    pressed="#7AD6DF",
    on_accent="#052024",
    soft="#143A3F",
    bad="#FF8F80",
    bad_pale="#3A1F1D",
    warn="#F0B849",
    warn_pale="#35290F",
    good="#6CCB94",
    good_pale="#163024",
    band="#23292E",
    grid="#2E363B",
    curves=("#56B4E9", "#F58A4B", "#17997A", "#F2B3D6", "#F0C04A", "#7F86E8", "#E8ECEE"),
    raw_alpha=62,
    diverging=("#6FC0F5", "#262C30", "#FF9A5C"),
    sequential=("#1F2529", "#D6F6F5"),
)
