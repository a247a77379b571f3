"""The look keeps its promises: contrast, one place for colours, one unit for sizes, icons at every scale."""

import ast
import gc
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QFile, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QScrollArea, QVBoxLayout, QWidget

from fishlab.core.resources import resource_path
from fishlab.ui.panels.inspector import fetch_box
from fishlab.ui.theme import DARK, FLASH, LIGHT, Mode, Theme, Tokens, animate, finish_motion, theme
from fishlab.ui.theme import colormaps as maps
from fishlab.ui.theme.svg import svg_text, svg_url
from fishlab.ui.widgets import icon, icon_pixmap
from fishlab.ui.widgets.button import Button
from fishlab.ui.widgets.inputs import LineInput
from fishlab.ui.widgets.label import Label
from fishlab.ui.widgets.mark import mark

UI = Path(__file__).resolve().parents[2] / "fishlab" / "ui"
SURFACES = ("bench", "panel", "card", "hover", "soft")
THEMES = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
ICONS = sorted(path.stem for path in resource_path("icons").glob("*.svg"))

# The lowest ratio over every surface, light and dark, and the least that is allowed.
RATIOS = {
    "ink": (13.7, 10.3, 4.5),
    "ink2": (6.5, 6.4, 4.5),
    "ink3": (4.9, 4.6, 4.5),
    "edge": (3.2, 3.3, 3.0),
    "accent": (4.9, 6.0, 4.5),
    "bad": (5.4, 5.6, 4.5),
    "warn": (5.3, 6.8, 4.5),
    "good": (4.8, 6.2, 4.5),
}
PALE = {"bad": (5.7, 6.8), "warn": (5.7, 7.9), "good": (5.0, 7.2)}
CURVES = ((5.2, 4.8, 7.7, 3.6, 4.1, 3.3, 16.5), (6.7, 6.4, 4.3, 9.0, 9.1, 4.8, 13.0))

# Full protanopia, deuteranopia and tritanopia in linear light: Machado, Oliveira and Fernandes 2009.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.fixture
def worn(qapp: QApplication) -> Iterator[Theme]:
    theme().apply(qapp)
    theme().set_mode(Mode.LIGHT)
    yield theme()
    theme().set_font_scale(1.0)
    theme().set_reduce_motion(False)
    theme().set_mode(Mode.LIGHT)


class Mover(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def move(self, value: float) -> None:
        self.seen.append(value)


def lowest(tokens: Tokens, name: str) -> float:
    return min(maps.contrast(getattr(tokens, name), getattr(tokens, surface)) for surface in SURFACES)


@THEMES
@pytest.mark.parametrize("name", RATIOS)
def test_text_and_edges_keep_their_contrast_on_every_surface(tokens: Tokens, name: str) -> None:
    *stated, least = RATIOS[name]
    ratio = lowest(tokens, name)
    assert ratio >= least
    assert round(ratio, 1) == stated[tokens is DARK]


@THEMES
@pytest.mark.parametrize("name", PALE)
def test_verdicts_can_be_read_on_their_pale_fill(tokens: Tokens, name: str) -> None:
    ratio = maps.contrast(getattr(tokens, name), getattr(tokens, f"{name}_pale"))
    assert round(ratio, 1) == PALE[name][tokens is DARK] >= 4.5


@THEMES
def test_text_on_the_accent_and_its_pressed_shade_can_be_read(tokens: Tokens) -> None:
    assert round(maps.contrast(tokens.on_accent, tokens.accent), 1) == (8.2 if tokens is DARK else 6.0)
    assert maps.contrast(tokens.on_accent, tokens.pressed) >= 4.5


@THEMES
def test_curves_stand_out_from_card_and_band(tokens: Tokens) -> None:
    on_card = [maps.contrast(curve, tokens.card) for curve in tokens.curves]
    on_band = [maps.contrast(curve, tokens.band) for curve in tokens.curves]
    assert min(on_card + on_band) >= 3.0
    assert on_card == pytest.approx(CURVES[tokens is DARK], abs=0.06)


@THEMES
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_the_first_four_curves_differ_for_the_colour_blind(tokens: Tokens, blindness: str) -> None:
    light = np.array([maps.linear(maps.rgb_from_hex(curve)) for curve in tokens.curves[:4]])
    seen = maps.oklab(maps.gamma(light @ np.array(BLINDNESS[blindness]).T))
    apart = [np.linalg.norm(seen[i] - seen[j]) for i in range(4) for j in range(i)]
    assert min(apart) >= 0.06


@THEMES
def test_the_diverging_map_is_a_straight_line_from_each_end_to_zero(tokens: Tokens) -> None:
    table = maps.diverging(tokens)
    assert table.shape == (256, 3) and table.dtype == np.uint8
    for index, colour in ((0, tokens.diverging[0]), (128, tokens.diverging[1]), (255, tokens.diverging[2])):
        assert np.array_equal(table[index], np.rint(maps.rgb_from_hex(colour) * 255))
    lightness = maps.oklab(table / 255.0)[:, 0]
    assert np.abs(np.diff(lightness[:129], n=2)).max() < 0.006
    assert np.all(np.sign(np.diff(lightness[:129:8])) == -np.sign(np.diff(lightness[128::8]))[0])


@THEMES
def test_the_sequential_map_is_even_and_monotone(tokens: Tokens) -> None:
    steps = np.diff(maps.oklab(maps.sequential(tokens) / 255.0)[:, 0])
    coarse = steps.reshape(15, 17).sum(axis=1)
    assert np.all(np.sign(coarse) == np.sign(coarse[0]))
    assert np.abs(coarse).max() / np.abs(coarse).min() < 1.15


def test_oklab_and_back_is_the_same_colour() -> None:
    colours = np.random.default_rng(0).random((50, 3))
    assert np.allclose(maps.rgb(maps.oklab(colours)), colours, atol=1e-6)


def test_lookup_takes_the_ends_for_what_lies_beyond() -> None:
    table = maps.diverging(LIGHT)
    pixels = maps.lookup(table, np.array([[-9.0, 0.0], [9.0, np.nan]]), -1.0, 1.0)
    assert pixels.shape == (2, 2, 3)
    assert np.array_equal(pixels[0, 0], table[0]) and np.array_equal(pixels[1, 0], table[255])
    assert np.array_equal(pixels[0, 1], table[128]) and np.array_equal(pixels[1, 1], table[0])


def test_lookup_of_a_range_of_nothing_is_one_colour() -> None:
    assert len(np.unique(maps.lookup(maps.sequential(LIGHT), np.zeros((3, 3)), 0.0, 0.0).reshape(-1, 3), axis=0)) == 1


def test_colours_are_written_in_the_tokens_only() -> None:
    colour = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
    found = [
        f"{path.relative_to(UI)}:{node.lineno} {node.value}"
        for path in UI.rglob("*.py")
        if path.name != "tokens.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and colour.fullmatch(node.value)
    ]
    assert not found


def test_a_mode_changes_tokens_palette_and_sheet_and_says_so(worn: Theme, qapp: QApplication, qtbot) -> None:
    with qtbot.waitSignal(worn.changed):
        worn.set_mode(Mode.DARK)
    assert worn.dark and worn.tokens == DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.bench
    assert DARK.accent in qapp.styleSheet() and LIGHT.accent not in qapp.styleSheet()


def test_the_palette_greys_what_is_disabled(worn: Theme, qapp: QApplication) -> None:
    grey = qapp.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert grey.name().upper() == LIGHT.disabled


def test_everything_measured_in_u_grows_with_the_font(worn: Theme, qtbot) -> None:
    button = QPushButton("Run")
    qtbot.addWidget(button)
    before, unit = button.sizeHint().height(), worn.u(1)
    worn.set_font_scale(1.5)
    assert worn.u(1) == pytest.approx(1.5 * unit, rel=0.06)
    assert button.sizeHint().height() == worn.px(30) > 1.4 * before


def test_no_length_vanishes_by_rounding(worn: Theme) -> None:
    assert worn.px(0.2) == 1 and worn.px(0) == 0


def test_type_steps_are_scaled_from_the_body(worn: Theme) -> None:
    body = worn.font().pointSizeF()
    steps = {step: worn.font(step).pointSizeF() / body for step in ("caption", "small", "heading")}
    assert steps == pytest.approx({"caption": 0.85, "small": 0.92, "heading": 1.23})
    assert [tag.toString().data().decode() for tag in worn.font().featureTags()] == ["tnum"]


def test_colour_takes_tokens_curves_and_alpha(worn: Theme) -> None:
    assert worn.colour("accent", 70).getRgb() == (0x0B, 0x6E, 0x79, 70)
    assert worn.curve(7) == worn.curve(0)


def test_motion_runs_to_its_end_and_can_be_finished_at_once(worn: Theme, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(Theme, "_animation_hint", lambda _self: 200)
    mover = Mover()
    animate(mover, mover.move, 0.0, 10.0, FLASH)
    assert mover.seen[-1:] != [10.0]
    finish_motion(mover)
    assert mover.seen[-1] == 10.0


def test_reduced_motion_jumps(worn: Theme, monkeypatch) -> None:
    monkeypatch.setattr(Theme, "_animation_hint", lambda _self: 200)
    assert not worn.reduce_motion
    worn.set_reduce_motion(True)
    mover = Mover()
    animate(mover, mover.move, 0.0, 10.0)
    assert mover.seen == [10.0]


def test_a_system_without_animations_reduces_motion(worn: Theme, monkeypatch) -> None:
    monkeypatch.setattr(Theme, "_animation_hint", lambda _self: 0)
    assert worn.reduce_motion


def test_every_icon_is_drawn_in_one_colour_within_its_grid(worn: Theme) -> None:
    faults = {name: fault for name in ICONS if (fault := icon_fault(name))}
    assert len(ICONS) >= 45 and faults == {}


def icon_fault(name: str) -> str:
    """What is wrong with the icon, drawn at twice its grid of 20, or nothing."""
    image = icon_pixmap(name, "accent", 40, 1.0).toImage()
    drawn = [(x, y) for x in range(40) for y in range(40) if image.pixelColor(x, y).alpha() > 60]
    if re.search(r"#[0-9a-fA-F]{3}|rgb", svg_text(name, "currentColor")):
        return "has a colour of its own"
    if len(drawn) <= 30:
        return "is all but empty"
    if min(min(at) for at in drawn) < 3 or max(max(at) for at in drawn) > 36:
        return "leaves its margin"
    darkest = max(drawn, key=lambda at: image.pixelColor(*at).alpha())
    return "" if image.pixelColor(*darkest).name().upper() == LIGHT.accent else "does not take the colour"


def test_an_icon_is_rendered_at_the_size_and_ratio_asked_for(worn: Theme) -> None:
    pixmap = icon("run").pixmap(QSize(16, 16), 2.0, QIcon.Mode.Normal)
    assert pixmap.size() == QSize(32, 32) and pixmap.devicePixelRatio() == 2.0
    assert icon_pixmap("run", "ink2", 18, 1.5).size() == QSize(27, 27)


def test_an_icon_follows_theme_and_state(worn: Theme) -> None:
    def ink(mode: QIcon.Mode) -> str:
        return icon("stop").pixmap(QSize(20, 20), 1.0, mode).toImage().pixelColor(10, 10).name().upper()

    assert ink(QIcon.Mode.Normal) == LIGHT.ink2 and ink(QIcon.Mode.Disabled) == LIGHT.disabled
    worn.set_mode(Mode.DARK)
    assert ink(QIcon.Mode.Normal) == DARK.ink2


def test_an_unknown_icon_is_named(worn: Theme) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        svg_text("no-such-icon", LIGHT.ink)


def test_no_state_of_a_control_changes_its_font(worn: Theme, qapp: QApplication) -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", qapp.styleSheet())
    assert len(rules) > 20
    changing = [name.strip() for name, body in rules if "font" in body and re.search(r"(?<!:):\w", name)]
    assert changing == [], "a size hint knows no states: the word would be cut off"


def test_the_sheet_points_at_pictures_that_exist(worn: Theme, qapp: QApplication) -> None:
    urls = re.findall(r'url\("([^"]+)"\)', qapp.styleSheet())
    assert svg_url("check", LIGHT.on_accent) in urls
    assert all(LIGHT.ink not in url and QFile.exists(url) for url in urls)
    assert all(not QPixmap(url).isNull() for url in urls)


def test_a_process_that_is_killed_leaves_no_picture_of_the_sheet_behind(tmp_path: Path) -> None:
    code = (
        "from PySide6.QtWidgets import QApplication; from fishlab.ui.theme import theme; "
        "app = QApplication([]); theme().apply(app); print('.svg' in app.styleSheet(), flush=True); input()"
    )
    scratch = os.environ | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "TMP": str(tmp_path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], env=scratch, **pipes) as process:
        assert process.stdout is not None and process.stdout.readline() == "True\n"
        process.kill()
    assert list(tmp_path.iterdir()) == []


def test_high_contrast_makes_hairlines_edges_and_raw_data_stronger(worn: Theme, monkeypatch) -> None:
    monkeypatch.setattr(Theme, "high_contrast", property(lambda _self: True))
    worn._on_hints_changed()
    assert (worn.tokens.line, worn.tokens.raw_alpha) == (LIGHT.edge, 2 * LIGHT.raw_alpha)
    monkeypatch.undo()
    worn._on_hints_changed()
    assert worn.tokens == LIGHT


def test_a_copied_icon_outlives_a_garbage_collection(worn: Theme) -> None:
    copies = [QIcon(icon("run")) for _ in range(20)]
    for copy in copies:
        copy.addPixmap(QPixmap(16, 16))  # parts the copy from the original, which clones the engine
    gc.collect()
    assert {copy.pixmap(QSize(20, 20), 2.0, QIcon.Mode.Normal).width() for copy in copies} == {40}


def test_another_theme_dresses_each_widget_once_however_deep_it_lies(worn: Theme, qtbot, own_theme: None) -> None:
    nest = QWidget()
    qtbot.addWidget(nest)
    inmost = nest
    for _ in range(12):
        column = QVBoxLayout(inmost)
        inmost = QWidget()
        column.addWidget(inmost)
    nest.show()
    QApplication.processEvents()
    dressed = _Dressed(inmost)
    worn.set_mode(Mode.LIGHT if worn.dark else Mode.DARK)
    assert dressed.times == 1


def test_a_theme_put_on_over_another_looks_as_if_it_had_been_the_first(worn: Theme, qtbot, own_theme: None) -> None:
    worn.set_mode(Mode.LIGHT)
    first = _some_of_everything(qtbot)
    was, check = first.findChildren(Button)[1], first.findChild(QCheckBox)
    for mode, scale in ((Mode.DARK, 1.0), (Mode.DARK, 1.4), (Mode.LIGHT, 1.4), (Mode.DARK, 1.0)):
        was.set_primary(True)
        mark(check, "bad", True)
        worn.set_mode(mode)
        worn.set_font_scale(scale)
        was.set_primary(False)  # what rules have given them is taken back
        mark(check, "bad", False)
        fresh = _some_of_everything(qtbot)
        pictures = [page.grab().toImage() for page in (first, fresh)]
        assert pictures[0] == pictures[1], f"{mode} at {scale}"
        fresh.deleteLater()


def _some_of_everything(qtbot) -> QWidget:
    """Controls, some of which are refused, disabled, primary and no longer so."""
    page = QWidget()
    column = QVBoxLayout(page)
    line, refused, off = LineInput("a line"), LineInput("refused"), LineInput("off")
    primary, was = Button("primary"), Button("no longer")
    for part in (line, refused, off, primary, was, QCheckBox("check"), QComboBox(), Label("words"), QScrollArea()):
        column.addWidget(part)
        part.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # only one of two pages can have it
    mark(refused, "bad", True)
    off.setEnabled(False)
    for button in (primary, was):
        button.set_primary(True)
    was.set_primary(False)
    qtbot.addWidget(page)
    page.resize(300, 500)
    page.show()
    QApplication.processEvents()
    return page


class _Dressed(QObject):
    """Counts how often a widget is given a style."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.times = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == QEvent.Type.StyleChange
        return False


def test_another_theme_looks_for_no_files(worn: Theme, open_window, monkeypatch: pytest.MonkeyPatch) -> None:
    open_window()
    looked: list[object] = []
    monkeypatch.setattr(fetch_box, "find_mnist", looked.append)
    worn.set_mode(Mode.LIGHT if worn.dark else Mode.DARK)
    assert looked == []
