"""ONNX files that are damaged, or made to do harm: one kind of error each, in a sentence, at little cost."""

from __future__ import annotations

import itertools
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx_kit import export, subject_of
from small_runs import layer

from benchmarks.stacks import random_stack
from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.exchange import IMPORTS, ExchangeError, silent
from fishlab.core.exchange.onnx_files import wire
from fishlab.core.spec import NetworkSpec

resource = pytest.importorskip("resource", reason="this system does not tell how much memory a process has taken")

PYTORCH = Path(__file__).parent / "fixtures" / "pytorch"


def read(data: bytes, folder: Path) -> Any:
    path = folder / "hostile.onnx"
    path.write_bytes(data)
    return IMPORTS["onnx"].item.read(path, None, silent)


def key(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind)


def varint(value: int) -> bytes:
    found = bytearray()
    value &= 2**64 - 1
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def message(*parts: tuple[int, Any]) -> bytes:
    """A message of Protocol Buffers: whole numbers, texts, and messages."""
    found = b""
    for number, value in parts:
        if isinstance(value, int):
            found += key(number, wire.VARINT) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            found += key(number, wire.BYTES) + varint(len(data)) + data
    return found


def model(*graph: tuple[int, Any], opset: int = 21) -> bytes:
    return message((7, message(*graph)), (8, message((2, opset))))


def given_x(*sizes: int, number: int = 1) -> bytes:
    dims = [(1, message((1, size))) for size in sizes]
    return message((1, "x"), (2, message((1, message((1, number), (2, message(*dims)))))))


def relu(x: str, y: str) -> bytes:
    return message((1, x), (2, y), (4, "Relu"))


Y = message((1, "y"))
SIMPLE = [(11, given_x(1, 5)), (12, Y)]


def test_the_least_file_that_holds_a_network_is_read(tmp_path: Path) -> None:
    found = read(model(*SIMPLE, (1, relu("x", "y"))), tmp_path)
    assert [spec.kind for spec in found.project.network.layers] == ["relu"]


def tensor(*parts: tuple[int, Any], name: str = "w") -> tuple[int, bytes]:
    return 5, message((8, name), *parts)


def wholes(name: str, *values: int) -> list[tuple[int, bytes]]:
    """An attribute of a node."""
    return [(5, message((1, name), *[(8, value) for value in values], (20, 7)))]


def graphs_in_graphs(count: int) -> bytes:
    found = message()
    for _ in range(count):
        found = message((1, message((2, "y"), (4, "If"), (5, message((1, "then_branch"), (6, found))))))
    return found


DAMAGED = {
    "empty": b"",
    "nothing but zeros": b"\0" * 100,
    "another format": b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    "text": b"This is a story about a fish.",
    "no graph": message((8, message((2, 21)))),
    "no operator set": message((7, message(*SIMPLE))),
    "a length beyond the end": key(7, wire.BYTES) + varint(2**40) + b"x",
    "a varint that never ends": b"\xff" * 50,
    "a group": bytes([7 << 3 | 3]),
    "a name that is no text": model((1, message((4, b"\xff\xfe")))),
    "a number for a text": model((1, message((4, 7)))),
    "an array that is too short": model(*SIMPLE, tensor((1, 4), (2, 1), (9, b"\0" * 8))),
    "an array that is too long": model(*SIMPLE, tensor((1, 1), (2, 1), (9, b"\0" * 8))),
    "an array of exabytes": model(*SIMPLE, tensor((1, 2**47), (1, 2**47), (2, 1))),
    "an array of negative size": model(*SIMPLE, tensor((1, -1), (2, 1), (9, b"\0" * 4))),
    "an array of 100 axes": model(*SIMPLE, tensor(*[(1, 1)] * 100, (2, 1), (9, b"\0" * 4))),
    "half a number": model(*SIMPLE, tensor((1, 1), (2, 1), (9, b"\0" * 3))),
    "too many listed numbers": model(*SIMPLE, tensor((1, 9000), (2, 7), (7, b"\1" * 400))),
    "graphs in graphs": message((7, graphs_in_graphs(5)), (8, message((2, 21)))),
    "graphs in graphs in graphs": message((7, graphs_in_graphs(2000)), (8, message((2, 21)))),
    "too many nodes": model(*SIMPLE, *[(1, b"")] * 10_001),
    "too many arrays": model(*SIMPLE, *[(5, message((8, f"w{i}"), (1, 0), (2, 1))) for i in range(10_001)]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"^“hostile\.onnx” cannot be opened: .+\.$"):
        read(DAMAGED[name], tmp_path)


REFUSED = {
    "two inputs": ([*SIMPLE, (11, given_x(1, 5).replace(b"x", b"z"))], "takes 2 inputs"),
    "two outputs": ([*SIMPLE, (12, Y)], "gives 2 outputs"),
    "an output of nowhere": (SIMPLE, "does not depend on its input"),
    "sparse arrays": ([*SIMPLE, (15, b"")], "sparse arrays"),
    "texts in arrays": ([*SIMPLE, tensor((1, 1), (2, 8), (6, "a"))], "of a type that is not read"),
    "an array elsewhere": ([*SIMPLE, tensor((1, 1), (2, 1), (14, 1), (13, b""))], "another file"),
    "a circle": ([*SIMPLE, (1, relu("y", "x2")), (1, relu("x2", "y"))], "uses “y”"),
    "ever deeper": ([*SIMPLE, *[(1, relu("x" if not i else f"v{i}", f"v{i + 1}" if i < 5000 else "y"))
                                for i in range(5001)]], "more than 4,000 nodes behind one another"),
    "more layers than are read": ([*SIMPLE, *[(1, relu("x" if not i else f"v{i}", f"v{i + 1}" if i < 1500 else "y"))
                                              for i in range(1501)]], "at most 1,000 are read"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_graph_that_cannot_be_a_network_is_refused(name: str, tmp_path: Path) -> None:
    parts, words = REFUSED[name]
    with pytest.raises(ExchangeError, match=words):
        read(model(*parts), tmp_path)


def test_sums_of_sums_cost_no_more_than_they_hold(tmp_path: Path) -> None:
    """2 to the power of 300 ways lead through this graph."""
    names = ["x", *(f"v{i}" for i in range(299)), "y"]
    sums = [message((1, name), (1, name), (2, then), (4, "Add")) for name, then in itertools.pairwise(names)]
    began = time.process_time()
    found = read(model(*SIMPLE, *[(1, node) for node in sums]), tmp_path)
    assert len(found.project.network.layers) == 300
    assert time.process_time() - began < 5


def test_blocks_that_lie_too_deep_in_one_another_are_refused(tmp_path: Path) -> None:
    names = ["x", *(f"v{i}" for i in range(29)), "y"]
    sums = [message((1, name), (1, "x"), (2, then), (4, "Add")) for name, then in itertools.pairwise(names)]
    with pytest.raises(ExchangeError, match="deep in one another"):
        read(model(*SIMPLE, *[(1, node) for node in sums]), tmp_path)


def test_ten_million_empty_messages_take_neither_time_nor_memory(tmp_path: Path) -> None:
    hostile = message((7, message((99, b"")) * 10_000_000))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(FileFormatError, match="more than 300,000 parts"):
        read(hostile, tmp_path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert time.process_time() - began < 10
    assert grown * (1024 if sys.platform == "linux" else 1) < 150 * 2**20


def test_weights_that_many_nodes_share_are_not_copied_without_end(tmp_path: Path) -> None:
    size = 300
    shared = tensor((1, size), (1, size), (2, 1), (9, np.zeros((size, size), "f4").tobytes()))
    nodes = [message((1, f"v{i}" if i else "x"), (1, "w"), (2, f"v{i + 1}" if i < 99 else "y"), (4, "MatMul"))
             for i in range(100)]  # fmt: skip
    with pytest.raises(ExchangeError, match="Its nodes share weights"):
        read(model((11, given_x(1, size)), (12, Y), shared, *[(1, node) for node in nodes]), tmp_path)


def test_weights_that_are_changed_again_and_again_are_not_kept_without_end(tmp_path: Path) -> None:
    """A thousand products of a few bytes each, behind a product with a megabyte of weights."""
    size, names = 512, ["p", *(f"v{i}" for i in range(999)), "y"]
    arrays = [tensor((1, size), (1, size), (2, 1), (9, np.zeros((size, size), "f4").tobytes())),
              (5, message((8, "k"), (2, 1), (9, np.float32(2).tobytes())))]  # fmt: skip
    nodes = [message((1, "x"), (1, "w"), (2, "p"), (4, "MatMul")),
             *(message((1, x), (1, "k"), (2, y), (4, "Mul")) for x, y in itertools.pairwise(names))]  # fmt: skip
    with pytest.raises(FileFormatError, match="so often that they would take far more memory"):
        read(model((11, given_x(1, size)), (12, Y), *arrays, *[(1, node) for node in nodes]), tmp_path)


def test_filters_that_a_crop_makes_larger_are_counted_where_they_lie(tmp_path: Path) -> None:
    """A thousand poolings, each with larger filters of its own before it."""
    pools = [message((1, "c"), (2, f"p{i}"), (4, "MaxPool"), *wholes("kernel_shape", 1, 1), *wholes("strides", 3, 3))
             for i in range(1000)]  # fmt: skip
    sums = [message((1, f"s{i - 1}" if i > 1 else "p0"), (1, f"p{i}"), (2, f"s{i}"), (4, "Sum")) for i in range(1, 999)]
    weights = tensor((1, 50), (1, 1), (1, 20), (1, 20), (2, 1), (9, bytes(4 * 50 * 400)))
    conv = message((1, "x"), (1, "w"), (2, "c"), (4, "Conv"))
    hostile = model((11, given_x(1, 1, 40, 40)), (12, Y), weights, *[(1, node) for node in (conv, *pools, *sums)],
                    (1, relu("s998", "y")))  # fmt: skip
    with pytest.raises(FileFormatError, match="so often that they would take far more memory"):
        read(hostile, tmp_path)


def test_numbers_one_by_one_in_many_lists_are_counted(tmp_path: Path) -> None:
    """1.6 million."""
    numbers = varint(1) * 4000
    for lists in (tensor((1, 1), (2, 7), *[(7, numbers)] * 400),
                  (1, message((1, "x"), (2, "y"), (4, "Relu"), (5, message((1, "k"), *[(8, numbers)] * 400)))),
                  (1, message((1, "x"), (2, "y"), (4, "Relu"), (5, message((1, "k"), *[(7, numbers)] * 400))))):
        began = time.process_time()
        with pytest.raises(FileFormatError, match="more than 300,000 parts"):
            read(model(*SIMPLE, lists), tmp_path)
        assert time.process_time() - began < 2


@pytest.mark.slow
def test_a_join_of_far_apart_tensors_many_times_over_is_found_out_in_time(tmp_path: Path) -> None:
    """A hundred thousand inputs, each three thousand layers behind the first."""
    names = ["x", *(f"v{i}" for i in range(3000))]
    chain = [(1, relu(x, y)) for x, y in itertools.pairwise(names)]
    join = message((1, "x"), *[(1, names[-1])] * 100_000, (2, "y"), (4, "Concat"), (5, message((1, "axis"), (3, 1))))
    began = time.process_time()
    with pytest.raises(ExchangeError, match="used on two ways"):
        read(model(*SIMPLE, *chain, (1, join)), tmp_path)
    assert time.process_time() - began < 5


def test_a_row_of_a_turned_image_takes_no_memory_before_its_weights_are_seen(tmp_path: Path) -> None:
    nodes = [message((1, "x"), (1, "w"), (2, "c"), (4, "Conv")),
             message((1, "c"), (2, "t"), (4, "Transpose"), *wholes("perm", 0, 2, 3, 1)),
             message((1, "t"), (2, "f"), (4, "Flatten")),
             message((1, "f"), (1, "w"), (2, "y"), (4, "MatMul"))]  # fmt: skip
    weights = tensor((1, 1000), (1, 1), (1, 1), (1, 1), (2, 1), (9, bytes(4000)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ExchangeError, match="a matrix that does not go with it"):
        read(model((11, given_x(1, 1, 200, 200)), (12, Y), weights, *[(1, node) for node in nodes]), tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 2**10


def test_rows_and_columns_of_a_large_input_are_not_scaled_apart(tmp_path: Path) -> None:
    rows, columns = (tensor((1, a), (1, b), (2, 1), (9, np.ones(3000, "f4").tobytes()), name=name)
                     for name, a, b in (("a", 3000, 1), ("b", 1, 3000)))  # fmt: skip
    first = (1, message((1, "x"), (1, "a"), (2, "c"), (4, "Mul")))
    both = (1, message((1, "c"), (1, "b"), (2, "y"), (4, "Mul")))
    large = [(11, given_x(1, 1, 3000, 3000)), (12, Y), rows, columns]
    with pytest.raises(ExchangeError, match="scales the rows of a large input"):
        read(model(*large, first, both), tmp_path)
    flat = (1, message((1, "c"), (2, "y"), (4, "Flatten")))
    with pytest.raises(ExchangeError, match="more than 1,048,576 numbers differently"):
        read(model(*large, first, flat), tmp_path)


def test_an_empty_array_of_endless_other_sizes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="impossible shape"):
        read(model(*SIMPLE, tensor((1, 0), (1, 2**47), (1, 2**47), (2, 1)), (1, relu("x", "y"))), tmp_path)


# -- by chance -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def good_files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    pytest.importorskip("onnx", reason="onnx is not installed: the extra onnx brings it")
    folder = tmp_path_factory.mktemp("good")
    specs = [random_stack(seed, small=True) for seed in range(12)]
    specs.append(NetworkSpec(layers=(layer("flatten"), layer("affine", units=10))))
    written = [export(subject_of(spec), folder).read_bytes() for spec in specs]
    return written + [path.read_bytes() for path in sorted(PYTORCH.glob("*.onnx"))]


def changed(data: bytes, chance: random.Random) -> bytes:
    """The file with one to four small changes: bytes set, flipped, taken out, put in, copied from elsewhere."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place, length = chance.randrange(len(found)), chance.randint(1, 12)
        other = chance.randrange(len(found))
        pieces = [bytes([chance.randrange(256)]), bytes([found[place] ^ 1 << chance.randrange(8)]), b"",
                  found[place : place + 1] + chance.randbytes(length), found[other : other + length]]  # fmt: skip
        found[place : place + (length if chance.random() < 0.3 else 1)] = chance.choice(pieces)
        if not found:
            return b"\0"
    return bytes(found)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, 1000), seed=st.integers(0, 2**32))
def test_a_file_with_some_bytes_changed_is_read_or_refused(which: int, seed: int, good_files: list[bytes],
                                                           tmp_path: Path) -> None:  # fmt: skip
    data = changed(good_files[which % len(good_files)], random.Random(seed))
    try:
        read(data, tmp_path).model.network()
    except FishLabError as error:
        assert str(error).startswith("“hostile.onnx” ")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(FishLabError):
        read(data, tmp_path)
