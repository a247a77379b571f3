"""The stepper's view: walking through the steps, pointing at numbers, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from small_runs import layer, prepared, project
from window_kit import small_project

from fishlab.core.moment import Moment
from fishlab.core.own_layers import load_layers, unload_layers
from fishlab.core.sight import built
from fishlab.core.spec import ProjectSpec
from fishlab.core.stepper import Trace, trace_step
from fishlab.core.training import Trainer
from fishlab.ui.plots.live import LivePanel
from fishlab.ui.plots.stepper.page import StepPage
from fishlab.ui.plots.stepper.plane import Plane
from fishlab.ui.plots.stepper.steps import BACKWARD, FORWARD, LOSS, Step, steps_of
from fishlab.ui.plots.stepper.tensor_view import TensorView
from fishlab.ui.theme import theme
from fishlab.ui.theme.theme import Mode


def convolutional() -> ProjectSpec:
    layers = [
        layer("convolution", filters=4, kernel_size=3, uid="c1"), layer("relu", uid="r1"),
        layer("convolution", filters=3, kernel_size=3, padding=1, uid="c2"), layer("max_pool", uid="p"),
        layer("flatten", uid="f"), layer("affine", units=10, uid="a"),
    ]  # fmt: skip
    return project(layers, epochs=2)


def residual() -> ProjectSpec:
    body = (layer("convolution", filters=1, kernel_size=3, padding=1, uid="b1"), layer("relu", uid="b2"))
    block = layer("residual", branches=(body, ()), uid="block")
    return project([block, layer("flatten", uid="f"), layer("affine", units=10, uid="a")], epochs=2)


def traced(spec: ProjectSpec, **look: object) -> Trace:
    data = prepared(spec)
    moment = Moment.now(Trainer(spec, data))
    return trace_step(moment, built(moment), data.train, data.scaling, **look)


@pytest.fixture
def page(qtbot: QtBot) -> StepPage:
    shown = StepPage("live.stepper")
    qtbot.addWidget(shown)
    shown.resize(900, 640)
    shown.show()
    shown.set_trace(traced(convolutional(), image=3))
    return shown


# -- steps -------------------------------------------------------------------------------------------------------------
def test_the_steps_go_forward_through_the_loss_and_back_to_the_first_layer_that_learns() -> None:
    forward = ["c1", "r1", "c2", "p", "f", "a"]
    there, back = ([Step(way, uid) for uid in forward] for way in (FORWARD, BACKWARD))
    assert steps_of(traced(convolutional())) == (*there, Step(LOSS), *reversed(back))


def test_a_block_comes_after_what_is_in_it_and_on_the_way_back_before() -> None:
    steps = [(step.way, step.uid) for step in steps_of(traced(residual()))]
    assert [uid for way, uid in steps if way == FORWARD] == ["b1", "b2", "block", "f", "a"]
    assert [uid for way, uid in steps if way == BACKWARD] == ["a", "f", "block", "b2", "b1"]


def test_keys_on_the_rail_go_through_all_steps(page: StepPage) -> None:
    rail = page.rail
    QTest.keyClick(rail, Qt.Key.Key_Right)
    assert page.step == Step(FORWARD, "r1")
    QTest.keyClick(rail, Qt.Key.Key_End)
    assert page.step == Step(BACKWARD, "c1")
    QTest.keyClick(rail, Qt.Key.Key_Up)
    assert page.step == Step(FORWARD, "c1")
    QTest.keyClick(rail, Qt.Key.Key_Left)
    assert page.step == Step(FORWARD, "c1")
    QTest.keyClick(rail, Qt.Key.Key_Down)
    assert page.step == Step(BACKWARD, "c1")
    QTest.keyClick(rail, Qt.Key.Key_Home)
    assert page.step == Step(FORWARD, "c1")


def test_a_click_on_the_rail_goes_there(page: StepPage) -> None:
    wanted = page.steps.index(Step(BACKWARD, "p"))
    QTest.mouseClick(page.rail, Qt.MouseButton.LeftButton, pos=page.rail.cell(wanted).center().toPoint())
    assert page.step == Step(BACKWARD, "p")
    assert "backward, 4 Max pool" in page.rail.accessibleDescription()


@pytest.mark.parametrize("low", [True, False])
def test_every_step_has_a_cell_of_its_own_on_the_rail(page: StepPage, low: bool) -> None:
    page.rail.set_compact(low)
    for index in range(len(page.steps)):
        assert page.rail.step_at(page.rail.cell(index).center()) == index
        assert page.rail.cell(index).right() <= page.rail.width()


def test_a_new_trace_keeps_the_step_and_the_place(page: StepPage) -> None:
    page.go_to_layer("c2")
    page.point_at("out", (2, 4, 1))
    page.set_trace(traced(convolutional(), image=5))
    assert page.step == Step(FORWARD, "c2")
    assert page.tensors.right.place == (2, 4, 1)


# -- pointing ----------------------------------------------------------------------------------------------------------
def test_a_number_of_out_outlines_its_patch_and_its_filter_and_says_the_sum(page: StepPage) -> None:
    page.go_to_layer("c2")
    page.point_at("out", (2, 0, 1))
    x, weight, out = page.tensors.left, page.tensors.view("W"), page.tensors.right
    assert x.marks == (range(4), range(-1, 2), range(3))
    assert weight.marks == (range(2, 3), range(4), range(3), range(3)) and weight.channel // 4 == 2
    assert page.tensors.view("b").marks == (range(2, 3),)
    assert (out.place, out.channel) == ((2, 0, 1), 2)
    value = float(page.layer.out[2, 0, 1])
    assert page.sum.text().startswith(f"out[3, 2, 0, 1] = {value:.6g}".replace("-", "−")[:20])
    assert "Σ of 36 products" in page.sum.text() and "+ b" in page.sum.text()


def test_the_patch_stands_beside_the_filter_with_the_border_as_zeros(page: StepPage) -> None:
    page.go_to_layer("c2")
    page.point_at("out", (2, 0, 1))
    patch, x = page.tensors.view("patch"), page.layer.x
    assert patch.tensor.shape == (4, 3, 3)
    assert not patch.tensor[:, 0].any()
    np.testing.assert_array_equal(patch.tensor[:, 1:], x[:, :2, :3])
    QTest.keyClick(patch, Qt.Key.Key_Down)
    assert page.tensors.right.place == (2, 0, 1), "what it is the patch of stays"
    page.go_to_layer("p")
    page.point_at("out", (1, 2, 0))
    assert page.tensors.view("patch").tensor.max() == page.layer.out[1, 2, 0]


def test_tensors_are_called_as_the_batch_has_them(page: StepPage) -> None:
    assert page.tensors.left.caption() == "x  (20, 1, 8, 8) float32"
    assert page.tensors.view("W").caption() == "W  (4, 1, 3, 3) float32"
    page.set_trace(traced(convolutional(), image=3, alone=True))
    assert page.tensors.right.caption() == "out  (1, 4, 6, 6) float32"
    page.point_at("out", (1, 2, 3))
    assert page.sum.text().startswith("out[0, 1, 2, 3] = ")


def test_a_convolution_of_many_channels_begins_at_the_one_that_gives_most(page: StepPage) -> None:
    page.go_to_layer("c2")
    given = page.link.terms.prod(axis=1).reshape(4, -1).sum(axis=1)
    channel = int(np.abs(given).argmax())
    weight = page.tensors.view("W")
    assert (page.tensors.left.channel, page.tensors.view("patch").channel) == (channel, channel)
    assert weight.channel == 4 * page.tensors.right.channel + channel
    assert weight.marks[0] == range(page.tensors.right.channel, page.tensors.right.channel + 1)


def test_a_weight_outlines_all_that_it_meets(page: StepPage) -> None:
    page.go_to_layer("c1")
    page.point_at("W", (3, 0, 1, 2))
    assert page.tensors.left.marks == (range(1), range(1, 7), range(2, 8))
    assert page.tensors.right.marks == (range(3, 4), range(6), range(6))
    assert page.sum.text().startswith("W[3, 0, 1, 2] = ")


def test_arrows_move_what_is_pointed_at_and_page_keys_turn_the_channel(page: StepPage) -> None:
    out = page.tensors.right
    page.point_at("out", (1, 2, 3))
    QTest.keyClick(out, Qt.Key.Key_Down)
    QTest.keyClick(out, Qt.Key.Key_Right)
    assert out.place == (1, 3, 4)
    QTest.keyClick(out, Qt.Key.Key_PageDown)
    assert (out.place, out.channel) == ((2, 3, 4), 2)
    assert page.tensors.left.marks == (range(1), range(3, 6), range(4, 7))
    QTest.keyClick(out, Qt.Key.Key_PageUp)
    QTest.keyClick(out, Qt.Key.Key_Left)
    QTest.keyClick(out, Qt.Key.Key_Up)
    assert out.place == (1, 2, 3)
    assert page.sum.text().startswith("out[3, 1, 2, 3] = ")
    assert "out[3, 1, 2, 3]" in out.accessibleDescription()


def test_the_pointer_points_at_the_number_under_it(page: StepPage) -> None:
    out = page.tensors.right
    QTest.mouseMove(out, out.cell_rect(5, 2).center().toPoint())
    assert out.place == (out.channel, 5, 2)
    assert out.place_at(QPointF(-5, -5)) is None


def test_a_step_begins_at_the_largest_number(page: StepPage) -> None:
    page.go_to_layer("a")
    assert page.tensors.right.place == (int(np.abs(page.layer.out).argmax()),)


def test_backward_shows_the_gradients_and_what_this_image_adds(page: StepPage) -> None:
    page.go_to(page.steps.index(Step(BACKWARD, "a")))
    assert [view.name for view in page.tensors.views() if not view.isHidden()] == ["dout", "dW", "db", "dx"]
    page.point_at("dW", (5, 3))
    assert "over the 20 of the batch; this one adds" in page.sum.text()
    assert page.tensors.left.marks == (range(3, 4),)
    page.go_to(page.steps.index(Step(BACKWARD, "c1")))
    assert page.tensors.right.tensor is None
    assert "does not compute dx" in page.tensors.right.accessibleDescription()


def test_the_loss_shows_scores_answers_and_their_gradient_with_the_label_outlined(page: StepPage) -> None:
    page.go_to(page.steps.index(Step(LOSS)))
    views = [view for view in page.tensors.views() if not view.isHidden()]
    label = page.trace.loss.label
    assert [view.name for view in views] == ["scores", "y", "dscores"]
    assert all(view.marks == (range(label, label + 1),) for view in views)
    assert f"label {label}" in page.title.text()
    assert "dscores = (y - t) / len(t)" in page.code.toPlainText()


def test_formula_and_lines_belong_to_the_step(page: StepPage) -> None:
    page.go_to_layer("a")
    assert page.code.toPlainText() == "y = x @ W\nout = y + b"
    assert [row.spoken() for row in page.formula.rows()] == ["out = x · W + b"]
    page.go_to(page.steps.index(Step(BACKWARD, "a")))
    assert page.code.toPlainText() == "dW = x.T @ dout\ndb = dout.sum(axis=0)\ndx = dout @ W.T"
    assert len(page.formula.rows()) == 3
    page.go_to(page.steps.index(Step(BACKWARD, "c1")))
    assert "dx" not in page.code.toPlainText()


def test_what_runs_as_one_in_training_is_said(page: StepPage) -> None:
    assert "Convolution, ReLU run as one in training" in page.fused.text()
    page.go_to_layer("a")
    assert page.fused.text() == "" and page.fused.isHidden()


OWN = '''
from dataclasses import dataclass

import numpy as np

from fishlab.core.layers.base import Layer, LayerSpec, register_layer


@dataclass(frozen=True, kw_only=True)
class TwiceSpec(LayerSpec):
    pass


@register_layer("twice", title="Twice", group="Own", paper="Me 2026", help="Doubles.")
class Twice(Layer[TwiceSpec]):
    Spec = TwiceSpec

    def forward(self, x, *, training):
        return np.multiply(x, 2, out=self.buffer("out", x.shape))

    def backward(self, dout):
        return np.multiply(dout, 2, out=self.buffer("dx", dout.shape))
'''


def test_a_layer_of_ones_own_has_tensors_and_says_that_its_lines_are_elsewhere(page: StepPage, tmp_path: Path) -> None:
    path = tmp_path / "twice.py"
    path.write_text(OWN)
    load_layers(path)
    try:
        layers = [layer("flatten"), layer("affine", units=10, uid="a"), layer("twice", uid="own")]
        page.set_trace(traced(project(layers, epochs=2)))
        page.go_to_layer("own")
        page.point_at("out", (4,))
        assert page.tensors.left.marks == (range(4, 5),)
        assert float(page.layer.out[4]) == 2 * float(page.layer.x[4])
        assert page.code.toPlainText() == "# What this layer computes stands in a file of its own."
        assert page.formula.rows() == () and not page.grab().isNull()
    finally:
        unload_layers(path)


# -- im2col ------------------------------------------------------------------------------------------------------------
def test_im2col_outlines_the_row_of_the_patch_and_the_column_of_the_filter(page: StepPage) -> None:
    page.set_unfolds(True)
    page.go_to_layer("c2")
    page.point_at("out", (2, 1, 3))
    col, weights, rows = page.unfolded.left, page.unfolded.middle[0], page.unfolded.right
    assert col.marks == (range(9, 10), range(36))  # 6 columns: row 1, column 3 is the ninth
    assert weights.marks == (range(36), range(2, 3))
    assert rows.place == (9, 2)
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert page.tensors.right.place == (2, 1, 4)
    page.go_to_layer("a")
    assert page.unfolded.isHidden() and not page.can_unfold


def test_im2col_backward_has_dcol_and_the_gradient_of_the_filters(page: StepPage) -> None:
    page.set_unfolds(True)
    page.go_to(page.steps.index(Step(BACKWARD, "c2")))
    page.point_at("dW", (1, 3, 2, 0))
    names = [view.name for view in page.unfolded.views() if not view.isHidden()]
    assert names == ["drows", "dweights", "dcol"]
    assert page.unfolded.middle[0].place == (3 * 9 + 6, 1)


# -- planes and cells --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 4), (5, 2, 3, 4)], ids=str)
def test_every_number_has_one_cell(shape: tuple[int, ...]) -> None:
    plane = Plane.of(shape, 1.7)
    places = [plane.place(*at) for at in np.ndindex(plane.channels, plane.rows, plane.columns)]
    assert sorted(place for place in places if place is not None) == list(np.ndindex(shape))
    assert all(plane.place(*plane.cell(place)) == place for place in np.ndindex(shape))
    tensor = np.arange(np.prod(shape), dtype=float).reshape(shape)
    for place in np.ndindex(shape):
        channel, row, column = plane.cell(place)
        assert plane.values(tensor, channel)[row, column] == tensor[place]


def test_the_colours_of_the_cells_are_where_the_numbers_are(qtbot: QtBot) -> None:
    view = TensorView()
    qtbot.addWidget(view)
    view.resize(300, 300)
    tensor = np.zeros((1, 4, 4), np.float32)
    tensor[0, 1, 2] = 5
    view.show_tensor("x", tensor, "x", pixels=True)
    picture = view.grab().toImage()
    corners = {at: view.cell_rect(*at).topLeft() + QPointF(4, 4) for at in np.ndindex(4, 4)}
    colours = {at: QColor(picture.pixel(corner.toPoint())).lightness() for at, corner in corners.items()}
    assert max(colours, key=colours.get) == (1, 2)
    assert sum(value > 128 for value in colours.values()) == 1


def test_a_tensor_that_is_not_finite_is_drawn(qtbot: QtBot) -> None:
    view = TensorView()
    qtbot.addWidget(view)
    view.resize(200, 120)
    view.show_tensor("out", np.array([np.nan, np.inf, -1.0]), "out")
    assert not view.grab().isNull()


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("size", [(420, 140), (560, 200), (800, 560)], ids=str)
def test_every_step_is_drawn_at_any_size(
    page: StepPage, own_theme: None, size: tuple[int, int], scale: float, mode: Mode
) -> None:
    theme().set_mode(mode)
    theme().set_font_scale(scale)
    page.resize(*(theme().px(side) for side in size))
    for unfolds in (False, True):
        page.set_unfolds(unfolds)
        for index in range(len(page.steps)):
            page.go_to(index)
            QApplication.processEvents()
            assert not page.grab().isNull()
            tensors = *page.tensors.views(), *page.unfolded.views()
            for view in (page.rail, *tensors, page.sum, page.short_sum, page.formula, page.code):
                if view.isVisible():
                    assert page.rect().contains(view.mapTo(page, view.rect().center())), view.objectName()
                    assert view.height() >= theme().u(14), view.objectName()


# -- in the window -----------------------------------------------------------------------------------------------------
def test_the_instrument_answers_before_and_after_a_run_and_follows_the_selection(
    open_window: Callable[..., tuple[object, object]], qtbot: QtBot, tmp_path: Path
) -> None:
    window, _ = open_window()
    spec = small_project(epochs=1)
    window.document.edit("small", spec)
    live = window.findChild(LivePanel)
    live.strip.show_instrument("stepper")
    stepper = live.strip.instrument("stepper")
    qtbot.waitUntil(lambda: stepper.page.trace is not None and not stepper.is_empty)
    assert stepper.page.trace.step == 1 and stepper.page.trace.count == 20
    window.document.select((spec.network.layers[3].uid,))
    assert stepper.page.step == Step(FORWARD, spec.network.layers[3].uid)
    assert "4 Affine" in stepper.summary()
    QTest.keyClick(stepper, Qt.Key.Key_N)
    assert stepper.page.step == Step(LOSS)
    QTest.keyClick(stepper, Qt.Key.Key_P)
    header, rows = stepper.table()
    rows = list(rows)
    assert header == ("tensor", "place", "value") and len(rows) == 12 + 12 * 10 + 10 + 10
    stepper.mode.set_value("alone")
    stepper.mode.edited.emit("alone")
    qtbot.waitUntil(lambda: stepper.page.trace.alone)
    stepper.image.setValue(7)
    qtbot.waitUntil(lambda: stepper.page.trace.image == 6)
    stepper.save_png(tmp_path / "stepper.png")
    stepper.save_svg(tmp_path / "stepper.svg")
    assert all((tmp_path / f"stepper.{ending}").stat().st_size > 1000 for ending in ("png", "svg"))
    window.session.run()
    qtbot.waitUntil(lambda: not window.session.training and stepper.page.trace.step > 1, timeout=20_000)
    assert stepper.page.step == Step(FORWARD, spec.network.layers[3].uid)
