"""ONNX graphs as other exporters write them: what they become here, against ONNX Runtime, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_kit import answers_of_onnxruntime, assert_agrees

from fishlab.core.exchange import IMPORTS, ExchangeError, Imported, silent

onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra onnx brings it")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: the extra parity brings it")

from onnx import helper, numpy_helper  # noqa: E402

RNG = np.random.default_rng(5)
IMAGE = (2, 7, 6)
Arrays = dict[str, Any]


def node(operator: str, inputs: str, output: str, **attributes: Any) -> Any:
    """A node; its inputs stand in one text."""
    return helper.make_node(operator, [name.strip("-") for name in inputs.split()], [output], name=output, **attributes)


def weights(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def write(folder: Path, nodes: Sequence[Any], arrays: Arrays, shape: Sequence[int], *, opset: int = 21,
          batch: Any = "N", number: int = 1) -> Path:  # fmt: skip
    """A file with these nodes, of which the first takes x; the last one's output is the network's."""
    held = [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()]
    given = [helper.make_tensor_value_info("x", number, [batch, *shape])]
    graph = helper.make_graph(nodes, "g", given, [helper.make_tensor_value_info(nodes[-1].output[0], 1, None)], held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    path = folder / "graph.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def read(path: Path) -> Imported:
    return IMPORTS["onnx"].item.read(path, None, silent)


def head(x: str, features: int) -> tuple[list[Any], Arrays]:
    """Three probabilities of a tensor with so many numbers."""
    nodes = [node("Flatten", x, "flat"), node("Gemm", "flat hw hb", "scores"), node("Softmax", "scores", "y")]
    return nodes, {"hw": weights(features, 3) / np.sqrt(features).astype("f4"), "hb": weights(3)}


def agreed(folder: Path, nodes: Sequence[Any], arrays: Arrays, features: int, shape: Sequence[int] = IMAGE,
           **how: Any) -> Imported:  # fmt: skip
    """What is read of these nodes and a head; its answers are ONNX Runtime's."""
    more, held = head(nodes[-1].output[0], features)
    path = write(folder, [*nodes, *more], {**arrays, **held}, shape, **how)
    found = read(path)
    images = RNG.normal(size=(1 if how.get("batch") == 1 else 4, *shape)).astype(np.float32)
    assert_agrees(found.model.network().predict(images), answers_of_onnxruntime(path, images))
    return found


def kinds(found: Imported) -> list[str]:
    return [spec.kind for spec in found.project.network.walk()][:-2]


CONV = {"w": weights(4, 2, 3, 3), "b": weights(4)}
ADDED = {"v": weights(4, 4, 3, 3)}
CASES: list[tuple[str, list[Any], Arrays, int, list[str]]] = [
    ("sides that differ", [node("Conv", "x w b", "c", pads=[1, 0, 2, 1])], CONV, 4 * 8 * 5,
     ["zero_padding", "convolution"]),
    ("same, upper", [node("Conv", "x w", "c", auto_pad="SAME_UPPER", strides=[2, 2])], CONV, 4 * 4 * 3,
     ["zero_padding", "convolution"]),
    ("same, lower", [node("Conv", "x w", "c", auto_pad="SAME_LOWER", strides=[3, 2])], CONV, 4 * 3 * 3,
     ["zero_padding", "convolution"]),
    ("padding left out", [node("Conv", "x w", "c", pads=[1, 1, 1, 1], strides=[2, 3])], CONV, 4 * 4 * 2,
     ["zero_padding", "convolution"]),
    ("an edge left out", [node("Conv", "x w", "c", strides=[3, 2])], CONV, 4 * 2 * 2, ["convolution"]),
    ("a bias of its own", [node("Conv", "x w", "c"), node("Add", "c b4", "d")], {**CONV, "b4": weights(4, 1, 1)}, 80,
     ["convolution"]),
    ("a bias before", [node("Conv", "x w b", "c"), node("Sub", "b4 c", "d")], {**CONV, "b4": weights(1, 4, 1, 1)}, 80,
     ["convolution"]),
    ("a scale and a shift", [node("Conv", "x w", "c"), node("Div", "c s", "d"), node("Add", "d t", "e")],
     {**CONV, "s": weights(4, 1, 1) + 4, "t": np.float32(0.5)}, 80, ["convolution"]),
    ("a pooling that stops short", [node("Conv", "x w b", "c"), node("Relu", "c", "r"),
     node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 3])], CONV, 4 * 2 * 1,
     ["convolution", "relu", "max_pool"]),
    ("two poolings that stop short", [node("Conv", "x w b", "c"), node("MaxPool", "c", "p", kernel_shape=[2, 2]),
     node("AveragePool", "p", "q", kernel_shape=[3, 2], strides=[3, 2])], CONV, 4 * 1 * 1,
     ["convolution", "max_pool", "average_pool"]),
    ("a pooling of branches that stops short", [node("Conv", "x w b", "c"), node("Conv", "c v", "d", pads=[1, 1, 1, 1]),
     node("Sigmoid", "d", "s"), node("Conv", "c v", "e", pads=[1, 1, 1, 1]), node("Concat", "s e", "f", axis=1),
     node("MaxPool", "f", "p", kernel_shape=[2, 3], strides=[2, 3])], {**CONV, **ADDED}, 8 * 2 * 1,
     ["convolution", "parallel", "convolution", "sigmoid", "convolution", "max_pool"]),
    ("zeros on one side of a mean", [node("AveragePool", "x", "p", kernel_shape=[2, 2], pads=[1, 0, 0, 0],
     count_include_pad=1)], {}, 2 * 7 * 5, ["zero_padding", "average_pool"]),
    ("a mean that keeps its axes", [node("ReduceMean", "x a", "m", keepdims=1), node("Sigmoid", "m", "s")],
     {"a": [2, 3]}, 2, ["global_average_pool", "reshape", "sigmoid"]),
    ("a mean, squeezed", [node("GlobalAveragePool", "x", "m"), node("Squeeze", "m a", "s")], {"a": [2, 3]}, 2,
     ["global_average_pool"]),
    ("nearest pixels", [node("Resize", "x - z", "r", mode="nearest")], {"z": np.float32([1, 1, 3, 1])}, 2 * 21 * 6,
     ["upsampling"]),
    ("a transposed convolution cut on one side", [node("ConvTranspose", "x w", "t", strides=[2, 2], pads=[1, 1, 0, 1])],
     {"w": weights(2, 3, 3, 3)}, 3 * 14 * 11, ["transposed_convolution"]),
    ("padding of some axes", [node("Pad", "x p - a", "q")], {"p": [1, 2, 3, 0], "a": [3, 2]}, 2 * 9 * 10,
     ["zero_padding"]),
    ("a sum of three", [node("Conv", "x w b", "c"), node("Conv", "c v", "d", pads=[1, 1, 1, 1]),
     node("Add", "c d", "e"),
     node("Tanh", "c", "t"), node("Add", "e t", "f")], {**CONV, **ADDED}, 80,
     ["convolution", "residual", "residual", "convolution", "tanh"]),
    ("a sum with itself", [node("Relu", "x", "r"), node("Sum", "r r", "s")], {}, 84, ["relu", "residual"]),
    ("an input beside what is made of it", [node("Conv", "x u", "c", pads=[1, 1, 1, 1]),
     node("Concat", "x c", "d", axis=-3)],
     {"u": weights(2, 2, 3, 3)}, 168, ["parallel", "convolution"]),
    ("a step", [node("Greater", "x o", "g"), node("Cast", "g", "s", to=1)], {"o": np.zeros(1, "f4")}, 84, ["step"]),
    ("all that changes nothing", [node("Identity", "x", "i"), node("Cast", "i", "c", to=1),
     node("Unsqueeze", "c a", "u"),
     node("Squeeze", "u a", "s"), node("Transpose", "s", "t", perm=[0, 1, 2, 3])], {"a": [2]}, 84,
     ["identity"]),
    ("weights of half precision", [node("Cast", "h", "w", to=1), node("Conv", "x w", "c")],
     {"h": weights(4, 2, 3, 3).astype(np.float16)}, 80, ["convolution"]),
    ("sizes that are asked for", [node("Shape", "x", "n"), node("Gather", "n o", "g"), node("Unsqueeze", "g a", "u"),
     node("Concat", "u m", "q", axis=0), node("Reshape", "x q", "r")], {"o": 0, "a": [0], "m": [-1]}, 84, ["flatten"]),
    ("constants among the nodes", [node("Constant", "", "k", value_float=0.25), node("Conv", "x w", "c"),
     node("Mul", "k c", "d")], CONV, 80, ["convolution"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_graph_gives_the_answers_of_onnxruntime(case: Any, tmp_path: Path) -> None:
    _, nodes, arrays, features, wanted = case
    assert kinds(agreed(tmp_path, nodes, arrays, features)) == wanted


def test_a_graph_for_a_single_image_becomes_a_network_for_many(tmp_path: Path) -> None:
    nodes = [node("Resize", "x - - z", "r", mode="nearest"), node("Reshape", "r s", "t")]
    found = agreed(tmp_path, nodes, {"z": [1, 2, 14, 18], "s": [1, -1]}, 504, batch=1)
    assert found.model.network().predict(weights(3, *IMAGE)).shape == (3, 3)


@pytest.mark.parametrize("opset", [7, 9, 12])
def test_operators_of_years_ago_are_read(opset: int, tmp_path: Path) -> None:
    nodes = [node("Conv", "x w b", "c"), node("BatchNormalization", "c g g g g", "n"), node("Dropout", "n", "d"),
             node("Pad", "d", "p", pads=[0, 0, 1, 0, 0, 0, 0, 2]) if opset < 11 else node("Pad", "d q", "p"),
             node("Unsqueeze", "p", "u", axes=[1]), node("Squeeze", "u", "s", axes=[1])]  # fmt: skip
    arrays = {**CONV, "g": abs(weights(4)), "q": [0, 0, 1, 0, 0, 0, 0, 2]}
    found = agreed(tmp_path, nodes, arrays, 4 * 6 * 6, opset=opset)
    assert kinds(found) == ["convolution", "batch_normalization", "dropout", "zero_padding"]


def test_channels_that_come_last_are_turned_and_weights_with_them(tmp_path: Path) -> None:
    """As TensorFlow's networks are written: turned for the convolution, turned back for Flatten."""
    nodes = [node("Sub", "x m", "s"), node("Transpose", "s", "t", perm=[0, 3, 1, 2]), node("Conv", "t w b", "c"),
             node("Relu", "c", "r"), node("Transpose", "r", "u", perm=[0, 2, 3, 1])]  # fmt: skip
    more, held = head("u", 80)
    path = write(tmp_path, [*nodes, *more], {**CONV, **held, "m": np.float32([0.2, 0.7])}, (7, 6, 2))
    found = read(path)
    assert (found.project.network.in_shape, kinds(found)) == (IMAGE, ["convolution", "relu"])
    images = RNG.random(size=(4, *IMAGE)).astype(np.float32)
    answers = found.model.network().predict(found.model.scaling.apply(255 * images))
    assert_agrees(answers, answers_of_onnxruntime(path, np.moveaxis(images, 1, -1)))


@pytest.mark.parametrize("turn", [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Reshape", "x s", "t")])
def test_a_single_channel_may_come_last(turn: Any, tmp_path: Path) -> None:
    more, held = head("t", 42)
    path = write(tmp_path, [turn, *more], {**held, "s": [-1, 1, 7, 6]}, (7, 6, 1))
    found, images = read(path), weights(4, 1, 7, 6)
    assert found.project.network.in_shape == (1, 7, 6)
    assert_agrees(found.model.network().predict(images), answers_of_onnxruntime(path, images.reshape(4, 7, 6, 1)))


def test_images_without_an_axis_of_channels_have_one_here(tmp_path: Path) -> None:
    more, held = head("x", 42)
    path = write(tmp_path, more, held, (7, 6))
    found, images = read(path), weights(4, 1, 7, 6)
    assert found.project.network.in_shape == (1, 7, 6)
    assert_agrees(found.model.network().predict(images), answers_of_onnxruntime(path, images.reshape(4, 7, 6)))


BY_ERF = [node("Div", "c root", "s"), node("Erf", "s", "e"), node("Add", "e one", "a")]
BY_TANH = [node("Mul", "c c", "c2"), node("Mul", "c c2", "c3"), node("Mul", "part c3", "p"), node("Add", "c p", "q"),
           node("Mul", "scale q", "s"), node("Tanh", "s", "e"), node("Add", "one e", "a")]  # fmt: skip
BY_POWER = [node("Pow", "c three", "c3"), *BY_TANH[2:]]
PRODUCTS = [
    [node("Mul", "c a", "m"), node("Mul", "m half", "g")],
    [node("Mul", "half a", "m"), node("Mul", "c m", "g")],
    [node("Mul", "c half", "m"), node("Mul", "m a", "g")],
]
NUMBERS = {"root": 2**0.5, "one": 1, "half": 0.5, "part": 0.044715, "scale": (2 / np.pi) ** 0.5, "three": 3}


@pytest.mark.parametrize("product", PRODUCTS, ids=["halved last", "halved first", "x halved"])
@pytest.mark.parametrize("bend", [BY_ERF, BY_TANH, BY_POWER], ids=["erf", "tanh", "power"])
def test_a_gelu_that_is_written_out_is_one(bend: list[Any], product: list[Any], tmp_path: Path) -> None:
    numbers = {name: np.float32(number) for name, number in NUMBERS.items()}
    nodes = [node("Conv", "x w b", "c"), *bend, *product]
    more, held = head("g", 4 * 5 * 4)
    path = write(tmp_path, [*nodes, *more], {**CONV, **numbers, **held}, IMAGE, opset=17)
    found, images = read(path), RNG.normal(size=(4, *IMAGE)).astype(np.float32)
    assert kinds(found) == ["convolution", "gelu"]
    assert ("with the error function" in " ".join(found.said)) == (bend is BY_ERF)
    ours, theirs = found.model.network().predict(images), answers_of_onnxruntime(path, images)
    assert_agrees(ours, theirs, 1e-3 if bend is BY_ERF else 1e-5)


def test_what_only_looks_like_a_gelu_is_none(tmp_path: Path) -> None:
    numbers = {name: np.float32(number) for name, number in {**NUMBERS, "root": 2}.items()}
    path = write(tmp_path, [node("Conv", "x w b", "c"), *BY_ERF, *PRODUCTS[0]], {**CONV, **numbers}, IMAGE)
    with pytest.raises(ExchangeError, match="Erf"):
        read(path)


@pytest.mark.parametrize("sizes", [[4, 84], [4, -1], [4, 2, 42], [-1, 84]], ids=str)
def test_a_file_for_a_fixed_number_of_images_may_count_them_in_its_shapes(sizes: list[int], tmp_path: Path) -> None:
    """As PyTorch writes a network that was shown four images, and whose first axis was not left open."""
    nodes = [node("Relu", "x", "r"), node("Reshape", "r s", "t")]
    found = agreed(tmp_path, nodes, {"s": sizes}, 84, batch=4)
    assert kinds(found)[0] == "relu"


def test_a_number_of_images_that_is_not_the_files_mixes_them(tmp_path: Path) -> None:
    path = write(tmp_path, [node("Reshape", "x s", "n")], {"s": [4, 84]}, IMAGE, batch=2)
    with pytest.raises(ExchangeError, match="makes 4 × 84 of N × 2 × 7 × 6"):
        read(path)


def test_nodes_that_lead_nowhere_are_passed_over(tmp_path: Path) -> None:
    nodes = [node("Sign", "x", "strange"), node("Relu", "x", "r")]
    assert kinds(agreed(tmp_path, nodes, {}, 84)) == ["relu"]


def way(*nodes: Any) -> Any:
    """One of the two ways of an If; what its last node gives is what it gives."""
    return helper.make_graph(nodes, "way", [], [helper.make_tensor_value_info(nodes[-1].output[0], 1, None)])


@pytest.mark.parametrize(("axis", "wanted"), [(1, "relu"), (2, "tanh")])
def test_of_two_ways_the_one_is_taken_that_the_sizes_choose(axis: int, wanted: str, tmp_path: Path) -> None:
    """As PyTorch's exporter writes a squeeze of an axis that it does not trust."""
    nodes = [node("Shape", "x", "n"), node("Gather", "n o", "g"), node("Equal", "g two", "e"),
             node("If", "e", "i", then_branch=way(node("Relu", "x", "t")), else_branch=way(node("Tanh", "x", "f")))]
    assert kinds(agreed(tmp_path, nodes, {"o": axis, "two": 2}, 84)) == [wanted]


def inner_if() -> Any:
    inside = node("If", "e", "j", then_branch=way(node("Sigmoid", "x", "t")), else_branch=way(node("Tanh", "x", "f")))
    return node("If", "e", "i", then_branch=way(inside), else_branch=way(node("Elu", "x", "u")))


def test_a_way_within_a_way_is_taken_too(tmp_path: Path) -> None:
    assert kinds(agreed(tmp_path, [inner_if()], {"e": np.array(True)}, 84)) == ["sigmoid"]


# -- how the input is scaled -----------------------------------------------------------------------------------------
def scaled(folder: Path, nodes: Sequence[Any], arrays: Arrays, shape: Sequence[int] = IMAGE, **how: Any) -> Imported:
    """What is read of nodes that scale the input: with its scaling, grey levels give what the file gives of x."""
    more, held = head(nodes[-1].output[0], int(np.prod(shape)))
    path = write(folder, [*nodes, *more], {**arrays, **held}, shape, **how)
    return read(path)


def test_grey_levels_that_a_graph_scales_stay_grey_levels(tmp_path: Path) -> None:
    arrays = {"f": np.float32(1 / 128), "o": [np.float32(1)]}
    found = scaled(tmp_path, [node("Mul", "x f", "m"), node("Sub", "m o", "s")], arrays)
    assert (found.model.scaling.scale, found.model.scaling.shift) == (1 / 128, -1)
    levels = RNG.integers(0, 256, (4, *IMAGE)).astype(np.float32)
    answers = found.model.network().predict(found.model.scaling.apply(levels))
    assert_agrees(answers, answers_of_onnxruntime(tmp_path / "graph.onnx", levels))


def test_mean_and_deviation_of_each_channel_are_for_images_of_0_to_1(tmp_path: Path) -> None:
    arrays = {"m": np.float32([0.4, 0.6]).reshape(1, 2, 1, 1), "d": np.float32([0.2, 0.3]).reshape(2, 1, 1)}
    found = scaled(tmp_path, [node("Sub", "x m", "s"), node("Div", "s d", "t")], arrays)
    levels = RNG.integers(0, 256, (4, *IMAGE)).astype(np.float32)
    answers = found.model.network().predict(found.model.scaling.apply(levels))
    assert_agrees(answers, answers_of_onnxruntime(tmp_path / "graph.onnx", levels / np.float32(255)))


def test_rows_without_a_scaling_are_taken_as_they_are(tmp_path: Path) -> None:
    found = scaled(tmp_path, [node("Relu", "x", "r")], {}, (5,))
    assert (found.model.scaling.scale, found.model.scaling.shift) == (1, 0)
    assert found.said[-1] == "It does not say how its input was scaled: numbers are taken as they are."


# -- what is refused, by the name of the node ------------------------------------------------------------------------
REFUSED = [
    ("(Det) is of a kind that no layer here is made of (Det). Read are Add, AveragePool", [node("Det", "x", "n")], {}),
    ("layer here is made of (my.own.Relu)", [helper.make_node("Relu", ["x"], ["n"], domain="my.own")], {}),
    ("has group 2; layers here have 1", [node("Conv", "x w", "n", group=2)], {"w": weights(4, 1, 3, 3)}),
    ("has dilations [2, 2]", [node("Conv", "x w", "n", dilations=[2, 2])], {"w": weights(4, 2, 3, 3)}),
    ("takes input 2 from other nodes", [node("Conv", "x x", "n")], {}),
    ("has weights 4 × 3 × 3 × 3 where 4 × 2 × 3 × 3", [node("Conv", "x w", "n")], {"w": weights(4, 3, 3, 3)}),
    ("pads opposite sides alike", [node("MaxPool", "x", "n", kernel_shape=[2, 2], pads=[1, 0, 0, 0])], {}),
    ("counts it as zeros", [node("AveragePool", "x", "n", kernel_shape=[2, 2], pads=[1, 1, 1, 1])], {}),
    ("cannot be made smaller", [node("MaxPool", "x", "n", kernel_shape=[2, 2], strides=[2, 2])], {}),
    ("(ceil_mode)", [node("MaxPool", "x", "n", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], {}),
    ("pads with something else than zeros", [node("Pad", "x p", "n", mode="reflect")], {"p": [0, 0, 1, 1, 0, 0, 1, 1]}),
    ("resizes by [1.0, 1.0, 1.5, 2.0]", [node("Resize", "x - z", "n")], {"z": np.float32([1, 1, 1.5, 2])}),
    ("an image whose axes were moved", [node("Relu", "x", "r"), node("Transpose", "r", "t", perm=[0, 2, 3, 1]),
     node("Relu", "t", "n")], {}),
    ("has a window of 4 channels", [node("LRN", "x", "n", size=4)], {}),
    ("goes over another axis", [node("Softmax", "x", "n", axis=-1)], {}),
    ("multiplies one tensor with another", [node("Relu", "x", "r"), node("Mul", "x r", "n")], {}),
    ("here only local response normalization does.", [node("Mul", "x x", "q"), node("Relu", "q", "n")], {}),
    ("multiplies by constants behind a layer without weights", [node("Relu", "x", "r"), node("Mul", "r k", "n")],
     {"k": np.float32(2)}),
    ("normalizes as in training", [node("BatchNormalization", "x g g g g", "n", training_mode=1)], {"g": weights(2)}),
    ("joins the input with another form of it", [node("Mul", "x k", "m"), node("Add", "m x", "n")],
     {"k": np.float32(2)}),
    ("is used on two ways", [node("Relu", "x", "a"), node("Tanh", "x", "b"), node("Add", "a b", "c"),
     node("Relu", "a", "d"),
     node("Concat", "c d b", "n", axis=1)], {}),
    ("does one thing or another", [node("Greater", "x o", "g"),
     node("If", "g", "n", then_branch=way(node("Relu", "x", "t")), else_branch=way(node("Tanh", "x", "f")))],
     {"o": np.zeros((), "f4")}),
    ("compares what are no sizes, or the number of images", [node("Shape", "x", "s"), node("Gather", "s o", "g"),
     node("Equal", "g o", "e"),
     node("If", "e", "n", then_branch=way(node("Relu", "x", "t")), else_branch=way(node("Tanh", "x", "f")))],
     {"o": 0}),
    ("makes 2 × 42 of N × 2 × 7 × 6", [node("Reshape", "x s", "n")], {"s": [2, 42]}),
    ("uses “nobody”", [node("Relu", "nobody", "n")], {}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "nodes", "arrays"), REFUSED, ids=[case[0][:40] for case in REFUSED])
def test_what_no_layer_does_is_refused_by_name(words: str, nodes: Any, arrays: Any, tmp_path: Path) -> None:
    path = write(tmp_path, nodes, arrays, IMAGE)
    with pytest.raises(ExchangeError) as caught:
        read(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith("“graph.onnx” holds a network that cannot be built here. ")


HELPED = [
    ("with group 1", [node("Conv", "x w", "n", group=2)], {"w": weights(4, 1, 3, 3)}),
    ("without dilation", [node("Conv", "x w", "n", dilations=[2, 2])], {"w": weights(4, 2, 3, 3)}),
    ("with count_include_pad on", [node("AveragePool", "x", "n", kernel_shape=[2, 2], pads=[1, 1, 1, 1])], {}),
    ("without ceil_mode", [node("MaxPool", "x", "n", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], {}),
    ("with ReLU, train it", [node("Clip", "x o s", "n")], {"o": np.float32(0), "s": np.float32(6)}),
    ("with Leaky ReLU,", [node("PRelu", "x p", "n")], {"p": weights(2, 1, 1)}),
    ("after network.eval()", [node("BatchNormalization", "x g g g g", "n", training_mode=1)], {"g": weights(2)}),
    ("in the program that made it", [node("Sign", "x", "n")], {}),
    ("in the program that made it", [node("Pad", "x p", "n", mode="reflect")], {"p": [0, 0, 1, 1, 0, 0, 1, 1]}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "nodes", "arrays"), HELPED, ids=[case[1][0].op_type for case in HELPED])
def test_a_refusal_says_what_helps(words: str, nodes: Any, arrays: Any, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError) as caught:
        read(write(tmp_path, nodes, arrays, IMAGE))
    assert words in str(caught.value).rpartition(". ")[2]


@pytest.mark.parametrize(
    ("how", "words"),
    [({"opset": 29}, "operator set 29"), ({"opset": 6}, "operator set 6"), ({"shape": ()}, "has no shape"),
     ({"shape": ("H", 6, 6)}, "leaves more open"), ({"number": 8}, "another number type"),
     ({"shape": (1000, 1000, 1000)}, "more than 10,000,000 numbers"), ({"shape": IMAGE}, "It gives images")],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_an_input_or_an_age_that_cannot_be_is_refused(how: Any, words: str, tmp_path: Path) -> None:
    path = write(tmp_path, [node("Relu", "x", "n")], {}, **{"shape": (5,), **how})
    with pytest.raises(ExchangeError, match=words):
        read(path)


def test_a_network_that_gives_one_number_is_refused_with_what_helps(tmp_path: Path) -> None:
    path = write(tmp_path, [node("Gemm", "x w", "n")], {"w": weights(5, 1)}, (5,))
    with pytest.raises(ExchangeError, match=r"It gives one number; .* Give it an output for each class"):
        read(path)
