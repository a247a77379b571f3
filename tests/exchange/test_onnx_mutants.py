"""Graphs changed by chance: what is still read gives the answers of ONNX Runtime, and all else is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_kit import answers_of_onnxruntime, export, images_for, subject_of

from benchmarks.stacks import random_stack
from fishlab.core.errors import FishLabError
from fishlab.core.exchange import IMPORTS, Imported, silent
from fishlab.core.exchange.onnx_files.constants import FOLDED
from fishlab.core.exchange.onnx_files.operators import OPERATORS

onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra onnx brings it")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: the extra parity brings it")

PYTORCH = Path(__file__).parent / "fixtures" / "pytorch"
NUMBERS = (0, 1, 2, 3, -1, -2, 5, 100, 2**31, -(2**62))
INSERTED: dict[str, dict[str, Any]] = {
    "Relu": {}, "Tanh": {}, "Identity": {}, "LogSoftmax": {}, "Flatten": {}, "Dropout": {}, "Squeeze": {}, "Add": {},
    "Mul": {}, "Concat": {"axis": 1}, "Softmax": {"axis": 1}, "MaxPool": {"kernel_shape": [2, 2], "strides": [2, 2]},
    "AveragePool": {"kernel_shape": [2, 3], "strides": [3, 2]}, "Transpose": {"perm": [0, 2, 3, 1]},
    "GlobalAveragePool": {},
}  # fmt: skip
Change = Callable[[Any, random.Random], None]


def another_operator(graph: Any, chance: random.Random) -> None:
    chance.choice(graph.node).op_type = chance.choice((*OPERATORS, *FOLDED))


def another_input(graph: Any, chance: random.Random) -> None:
    node = chance.choice(graph.node)
    if node.input:
        names = [name for other in graph.node for name in other.output] + [array.name for array in graph.initializer]
        node.input[chance.randrange(len(node.input))] = chance.choice([*names, graph.input[0].name, ""])


def another_number(graph: Any, chance: random.Random) -> None:
    held = [attribute for node in graph.node for attribute in node.attribute if attribute.ints or attribute.type == 2]
    if held:
        attribute, value = chance.choice(held), chance.choice(NUMBERS)
        if attribute.ints:
            attribute.ints[chance.randrange(len(attribute.ints))] = value
        else:
            attribute.i = value


def another_size(graph: Any, chance: random.Random) -> None:
    dims = graph.input[0].type.tensor_type.shape.dim
    dims[chance.randrange(1, len(dims))].dim_value = chance.choice((1, 2, 5, 7, 28, 40))


def one_more(graph: Any, chance: random.Random) -> None:
    """A node between two others, which takes its input once or twice."""
    place = chance.randrange(len(graph.node))
    before, (operator, attributes) = graph.node[place].output[0], chance.choice(list(INSERTED.items()))
    inputs = [before] * (2 if operator in ("Add", "Mul", "Concat") else 1)
    new = onnx.helper.make_node(operator, inputs, [f"new{chance.random()}"], **attributes)
    for node in list(graph.node)[place + 1 :]:
        for at, name in enumerate(node.input):
            if name == before and chance.random() < 0.9:
                node.input[at] = new.output[0]
    graph.node.insert(place + 1, new)


CHANGES: list[Change] = [another_operator, another_input, another_number, another_size, one_more, one_more, one_more]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("originals")
    written = [export(subject_of(random_stack(seed, small=True), seed), folder).read_bytes() for seed in range(40)]
    return written + [path.read_bytes() for path in sorted(PYTORCH.glob("*.onnx"))]


def mutant(original: bytes, seed: int) -> bytes:
    chance, model = random.Random(seed), onnx.ModelProto.FromString(original)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice(CHANGES)(model.graph, chance)
    for number, node in enumerate(model.graph.node):
        node.name = f"n{number}"
    data: bytes = model.SerializeToString()
    return data


def verdict(path: Path) -> str:
    """What becomes of a file: refused here, refused by ONNX Runtime, or read by both, which then have to agree."""
    try:
        found = IMPORTS["onnx"].item.read(path, None, silent)
    except FishLabError:
        return "refused"
    if any("scale" in words and "nodes" in words for words in found.said):
        return "scaled"  # answers to other numbers
    images = images_for(found.project.network, 3)
    try:
        size = onnxruntime.InferenceSession(str(path)).get_inputs()[0].shape
        theirs = answers_of_onnxruntime(path, images.reshape(len(images), *size[1:]))
    except Exception:  # ONNX Runtime has many kinds of errors, and no common one
        return "refused by ONNX Runtime"
    return "agrees" if agrees(found, images, theirs) else "differs"


def agrees(found: Imported, images: np.ndarray, theirs: np.ndarray) -> bool:
    """As answers, as scores where a softmax was added, or as logarithms where the file gives these."""
    network = found.model.network()
    with np.errstate(all="ignore"):
        answers = network.predict(images)
        scores = network.forward(np.moveaxis(images, 0, -1), training=False).T
        forms = (answers, scores, np.log(np.maximum(answers, 1e-38)))
    if not np.isfinite(theirs).all():
        return True
    scale = max(1.0, float(abs(theirs).max()))
    return any(form.shape == theirs.shape and float(abs(form - theirs).max()) <= 1e-4 * scale for form in forms)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:overflow|invalid")
@pytest.mark.parametrize("part", range(4))
def test_graphs_changed_by_chance_are_refused_or_give_the_answers_of_onnxruntime(part: int, originals: list[bytes],
                                                                                 tmp_path: Path) -> None:  # fmt: skip
    path, told = tmp_path / "mutant.onnx", []
    for seed in range(300 * part, 300 * (part + 1)):
        path.write_bytes(mutant(originals[seed % len(originals)], seed))
        told.append(verdict(path))
        assert told[-1] != "differs", seed
    assert told.count("agrees") > 30
    assert told.count("refused") > 30
