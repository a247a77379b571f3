"""Layers of one's own: loaded on request, like any other afterwards; broken files are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from small_runs import assert_same_arrays, dense, layer, project, trained

from fishlab.core.contract import check_layer
from fishlab.core.errors import UnknownKindError
from fishlab.core.files.project import open_project, save_project
from fishlab.core.layers import LAYERS
from fishlab.core.own_layers import LayerFileError, files_of, load_layers, loaded_files, unload_layers
from fishlab.core.parallel.way import Way
from fishlab.core.spec import NetworkSpec

SWISH = '''
"""A layer of one's own."""

from dataclasses import dataclass

import numpy as np

from fishlab.core.fields import float_field
from fishlab.core.layers.activation import Activation
from fishlab.core.layers.base import LayerSpec, register_layer


@dataclass(frozen=True, kw_only=True)
class SwishSpec(LayerSpec):
    beta: float = float_field(1.0, "Beta", "How sharp the bend is.", minimum=0.0, maximum=10.0)


@register_layer(
    "swish", title="Swish", group="Own", paper="Ramachandran et al. 2017", icon="sigmoid",
    help="x times its own sigmoid: like ReLU, but smooth, and a little below zero on the left.",
)
class Swish(Activation[SwishSpec]):
    """y = x sigmoid(beta x), any shape. Backward: dx = dy (s + beta y (1 - s)) with s = sigmoid(beta x)."""

    Spec = SwishSpec
    formula = "x · sigmoid(βx)"

    def apply(self, x, out):
        self._slope = np.multiply(x, self.spec.beta / 2, out=self.buffer("slope", x.shape))
        np.tanh(self._slope, out=self._slope)
        self._slope += 1
        self._slope *= 0.5
        self._out = np.multiply(x, self._slope, out=out)
        return out

    def backward(self, dout):
        dx = np.subtract(1, self._slope, out=self.buffer("dx", dout.shape))
        dx *= self._out
        dx *= self.spec.beta
        dx += self._slope
        dx *= dout
        return dx
'''

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Writes a layer file; what is loaded from it is gone after the test."""
    path = tmp_path / "my layers.py"

    def write(source: str) -> Path:
        path.write_text(source, encoding="utf-8")
        return path

    before = LAYERS.kinds()
    yield write
    unload_layers(path)
    assert LAYERS.kinds() == before


def test_a_layer_of_ones_own_is_there_once_its_file_is_loaded(write: Write) -> None:
    path = write(SWISH)
    assert "swish" not in LAYERS
    file = load_layers(path)
    assert file.kinds == ("swish",) and file in loaded_files()
    assert LAYERS["swish"].title == "Swish" and "Own" in LAYERS.groups()


def test_it_keeps_the_contract(write: Write) -> None:
    load_layers(write(SWISH))
    verdicts = list(check_layer("swish"))
    assert len(verdicts) > 10 and [verdict.problem for verdict in verdicts] == [""] * len(verdicts)


def test_a_wrong_gradient_is_said_by_the_contract(write: Write) -> None:
    load_layers(write(SWISH.replace("dx += self._slope", "dx -= self._slope")))
    (problem,) = [verdict.problem for verdict in check_layer("swish") if verdict.problem]
    assert "dx at" in problem and "was expected" in problem


def test_what_a_layer_raises_is_a_verdict_and_no_crash(write: Write) -> None:
    load_layers(write(SWISH.replace("dx += self._slope", "dx += self.nothing")))
    assert any("AttributeError" in verdict.problem for verdict in check_layer("swish"))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("way", [Way("threads", 2), Way("processes", 2)], ids=str)
def test_it_trains_in_every_way_and_comes_back_from_a_file(write: Write, tmp_path: Path, way: Way) -> None:
    load_layers(write(SWISH))
    flat, affine, _, last = dense()
    spec = project([flat, affine, layer("swish", beta=1.5), last])
    model = trained(spec, steps=3, way=way)
    assert model.way == way, "It lost its helpers."
    assert_same_arrays(model.weights, trained(spec, steps=3, way=Way("threads", 2)).weights)
    save_project(tmp_path / "own.fishlab", spec, model, preview=False)
    again, found = open_project(tmp_path / "own.fishlab")
    assert again == spec
    images = np.random.default_rng(1).random((5, 1, 8, 8), np.float32)
    np.testing.assert_array_equal(found.network().predict(images), model.network().predict(images))
    unload_layers(write(SWISH))
    with pytest.raises(Exception, match=r"no layer called 'swish'.*somebody's own"):
        open_project(tmp_path / "own.fishlab")


def test_opening_a_project_loads_no_code(write: Write) -> None:
    path = write(SWISH)
    load_layers(path)
    data = NetworkSpec(layers=(layer("swish"),)).to_dict()
    unload_layers(path)
    with pytest.raises(UnknownKindError, match="known once its file is loaded"):
        NetworkSpec.from_dict(data)


def test_a_network_knows_which_files_its_layers_come_from(write: Write) -> None:
    file = load_layers(write(SWISH))
    assert files_of([layer("relu"), layer("swish")]) == (file,)
    assert files_of([layer("relu")]) == ()


def test_a_file_that_changed_is_taken_anew(write: Write) -> None:
    before = load_layers(write(SWISH))
    assert load_layers(before.path) is before
    after = load_layers(write(SWISH.replace('title="Swish"', 'title="Swish 2"')))
    assert LAYERS["swish"].title == "Swish 2" and after.digest != before.digest


def test_a_change_that_breaks_a_file_leaves_the_layer_as_it_was(write: Write) -> None:
    load_layers(write(SWISH))
    with pytest.raises(LayerFileError):
        load_layers(write(SWISH + "\nraise ValueError('not yet')\n"))
    assert LAYERS["swish"].title == "Swish"


def test_a_layer_that_leaves_its_file_stays_for_the_networks_that_hold_it(write: Write) -> None:
    load_layers(write(SWISH))
    file = load_layers(write(SWISH.replace('"swish"', '"swash"')))
    assert set(file.kinds) == {"swish", "swash"} and "swish" in LAYERS


def test_another_file_than_the_one_promised_is_refused(write: Write) -> None:
    with pytest.raises(LayerFileError, match="has changed"):
        load_layers(write(SWISH), digest="0" * 64)
    assert "swish" not in LAYERS


A_RELU = """
from fishlab.core.layers.base import register_layer
from fishlab.core.layers.activation import ReLU

@register_layer("mine", title="Mine", group="Own", help="A ReLU.", paper="none")
class Mine(ReLU):
    pass
"""

BROKEN = {
    "a slip of the pen": (SWISH.replace("beta: float", "beta float"), r"line 15: SyntaxError: .*Mend it"),
    "an error while it runs": (SWISH + "\n1 / 0\n", r"line \d+: ZeroDivisionError: division by zero"),
    "a name that is taken": (SWISH.replace('"swish"', '"relu"'), r"'relu' is registered twice"),
    "no layer in it": ("x = 1\n", r"holds no layer. Put a line"),
    "no spec": (SWISH.replace("    Spec = SwishSpec\n", ""), r"has no `Spec`|AttributeError"),
    "the spec of another layer": (A_RELU, r"ReLUSpec is the Spec of 'relu'.*class MineSpec\(ReLUSpec\)"),
    "it ends the program": ("raise SystemExit(3)\n", r"line 1: SystemExit"),
    "no text": ("\x00", r"SyntaxError|ValueError|source code"),
    "too long": ("#" * 1_100_000, r"more than 1,048,576 bytes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_layer_file_is_refused_in_a_sentence(name: str, write: Write) -> None:
    source, sentence = BROKEN[name]
    before = LAYERS.kinds()
    with pytest.raises(LayerFileError, match=sentence):
        load_layers(write(source))
    assert LAYERS.kinds() == before
    assert LAYERS["relu"].item.__module__ == "fishlab.core.layers.activation"
    assert LAYERS["relu"].item.Spec.kind == "relu"


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(LayerFileError, match=r"nowhere\.py.*cannot be read"):
        load_layers("nowhere.py")
