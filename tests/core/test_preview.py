"""The picture in a project file: small, always the same, and drawn for whatever is legal."""

import dataclasses
import io
import math

import numpy as np
import pytest
from PIL import Image

from fishlab.core.drawing import sheet
from fishlab.core.exchange.model import imported_model
from fishlab.core.files.preview import preview_png
from fishlab.core.history import History
from fishlab.core.layers import LAYERS
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES

CURVES = (230, 50, 500, 310)  # the box of the picture with the plots
MOST_BYTES = 40_000


def picture(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def project_of(*layers, **more):
    return ProjectSpec(network=NetworkSpec(layers=tuple(layers), **more))


def layer(kind, **fields):
    return LAYERS[kind].item.Spec(**fields)


def history(losses, accuracies, validation=()):
    made = History()
    for index, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), start=1):
        made.steps.append(index / 100, loss, accuracy, 100)
    for epoch, (loss, accuracy) in enumerate(validation, start=1):
        made.epochs.append(epoch, loss, accuracy, loss, accuracy)
    return made


def trained(project, made):
    model = imported_model(project, Network(project.network, seed=0).arrays())
    return dataclasses.replace(model, history=made)


def usual():
    project = TEMPLATES["simple_conv_net"].item()
    places = np.arange(500)
    losses, accuracies = 2.3 * np.exp(-places / 90) + 0.02, 1 - 0.9 * np.exp(-places / 60)
    return project, trained(project, history(losses, accuracies, [(0.5, 0.9), (0.2, 0.95), (0.1, 0.97)]))


@pytest.mark.one_in(7)
@pytest.mark.parametrize("kind", TEMPLATES.kinds())
def test_every_template_has_a_small_picture(kind):
    content = preview_png(TEMPLATES[kind].item(), None)
    assert picture(content).size == (512, 320)
    assert len(content) < MOST_BYTES


def test_the_same_project_gives_the_same_bytes():
    project, model = usual()
    assert preview_png(project, model) == preview_png(project, model)
    assert b"tIME" not in preview_png(project, model)


def test_training_is_seen_in_the_colours_of_the_plots():
    project, model = usual()
    before, after = (picture(preview_png(project, m)).crop(CURVES).getcolors(1 << 20) for m in (None, model))
    train = tuple(bytes.fromhex(sheet.TRAIN[1:]))
    assert train in {colour for _, colour in after}
    assert train not in {colour for _, colour in before}


def test_a_better_run_has_another_picture():
    project, model = usual()
    better = dataclasses.replace(model, history=history([0.01] * 500, [1.0] * 500))
    assert preview_png(project, model) != preview_png(project, better)


STRANGE = {
    "nothing but NaN": ([math.nan] * 300, [math.nan] * 300, [(math.nan, math.nan)]),
    "infinite at the end": ([1.0] * 10 + [math.inf] * 10, [0.5] * 20, [(math.inf, 0.1)]),
    "zero and below": ([0.0, -1.0, 1.0], [0.0, 0.0, 0.0], [(0.0, 0.0)]),
    "as large as numbers get": ([1e308, 1.7e308] * 400, [0.5] * 800, [(1e308, 1.0)]),
    "noise": (np.random.default_rng(0).random(999), np.random.default_rng(1).random(999), [(0.5, 0.5), (9, 0)] * 99),
    "one step": ([1.0], [0.1], []),
    "long": (np.linspace(2, 0.1, 100_000), np.linspace(0, 1, 100_000), [(1.0, 0.5)] * 3000),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("losses, accuracies, validation", STRANGE.values(), ids=list(STRANGE))
def test_whatever_was_measured_has_a_picture(losses, accuracies, validation):
    project = TEMPLATES["two_layer_net"].item()
    content = preview_png(project, trained(project, history(losses, accuracies, validation)))
    assert picture(content).size == (512, 320)
    assert len(content) < MOST_BYTES


def test_a_model_without_a_history_has_a_picture():
    project = TEMPLATES["two_layer_net"].item()
    content = preview_png(project, trained(project, History()))
    assert content != preview_png(project, None)


def test_a_network_that_cannot_work_shows_where():
    good = project_of(layer("flatten"), layer("affine", units=10))
    bad = project_of(layer("flatten"), layer("convolution"))
    red = tuple(bytes.fromhex(sheet.BAD[1:]))
    assert red in {colour for _, colour in picture(preview_png(bad, None)).getcolors(1 << 20)}
    assert red not in {colour for _, colour in picture(preview_png(good, None)).getcolors(1 << 20)}


NAMES = ["", "🐟 " * 40, "数字 の ネットワーク", "a\nb\tc\0\x1b[0m", "<b>&\"'" * 13, "W" * 80, "\ud800", "ﷺ" * 80]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_drawn(name):
    project = project_of(layer("flatten", name=name), layer("affine", units=10, name=name), name=name)
    assert picture(preview_png(project, None)).size == (512, 320)


def test_a_thousand_layers_are_drawn():
    many = project_of(layer("flatten"), *(layer("affine", units=10) for _ in range(999)))
    content = preview_png(many, None)
    assert picture(content).size == (512, 320)
    assert len(content) < MOST_BYTES


def test_blocks_within_blocks_are_drawn():
    inner = layer("relu")
    for _ in range(8):
        inner = layer("residual", branches=((inner,), ()))
    assert picture(preview_png(project_of(inner, layer("flatten"), layer("affine", units=10)), None))


def test_a_layer_whose_words_fail_does_not_keep_a_project_from_its_picture(monkeypatch):
    project = project_of(layer("flatten"), layer("affine", units=10))

    def fails(_spec):
        raise ZeroDivisionError

    monkeypatch.setattr(LAYERS["affine"].item, "summary", fails)
    assert picture(preview_png(project, None)).size == (512, 320)
