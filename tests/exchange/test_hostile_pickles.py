"""Pickles made to do harm: nothing of them is run, and they are refused early, in little memory and time."""

from __future__ import annotations

import builtins
import codecs
import collections
import copyreg
import functools
import io
import operator
import os
import pickle
import pickletools
import struct
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_code import Table, random_table, save_params
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fishlab.core.errors import FileFormatError, FishLabError
from fishlab.core.exchange import silent
from fishlab.core.exchange.book_pickle import LARGEST, read_book, read_table

PROTOCOLS = range(6)
GROWTH, SECONDS = 50 << 20, 1.0  # of the processor: other programs do not count


class Calls:
    """Pickled, it asks for a call when it is read."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


class Array(np.ndarray):
    """An array of one's own, whose state asks for a call."""

    hidden: Any = None

    def __reduce__(self) -> Any:
        make, arguments, state = super().__reduce__()
        return make, arguments, (*state[:-1], self.hidden)


def payloads(trace: Path) -> dict[str, Any]:
    """What would leave a file behind, each in a way of its own."""
    name, text = str(trace), f"open({str(trace)!r}, 'w').close()"
    return {
        "a shell": Calls(os.system, f"touch '{name}'"),
        "eval": Calls(eval, text),
        "exec": Calls(exec, text),
        "a process": Calls(subprocess.Popen, ["touch", name]),
        "open": Calls(open, name, "w"),
        "codecs": Calls(codecs.open, name, "w"),
        "a path": Calls(Path.touch, trace),
        "a part of a function": Calls(functools.partial(open, name, "w")),
        "a method of the caller": Calls(operator.methodcaller("touch"), trace),
        "an attribute": Calls(getattr(builtins, "eval"), text),  # noqa: B009
        "NumPy's memory map": Calls(np.memmap, name, "f4", "w+", 0, (4,)),
        "NumPy's writer": Calls(np.savetxt, name, [1.0]),
        "NumPy's saver": Calls(np.save, name, np.zeros(2)),
        "another pickle": Calls(pickle.loads, pickle.dumps(Calls(eval, text))),
        "NumPy's reader with pickles": Calls(np.load, io.BytesIO(_npy(Calls(eval, text))), None, True),
    }


def _npy(value: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([value], object), allow_pickle=True)
    return file.getvalue()


NAMES = list(payloads(Path("x")))


def _subclass(payload: Any) -> Any:
    array = np.zeros(3, np.float32).view(Array)
    array.hidden = payload
    return array


def _object_array(payload: Any) -> Any:
    return np.array([payload, 1.0], object)


def _keyed(payload: Any) -> Any:
    return collections.OrderedDict({"W1": np.zeros((2, 2)), "b1": {"deep": (payload,)}})


HIDING: dict[str, Callable[[Any], Any]] = {
    "alone": lambda payload: payload,
    "in the table": lambda payload: {"W1": np.zeros((2, 2)), "b1": payload},
    "deep in the table": _keyed,
    "in the state of an array": lambda payload: {"W1": _subclass(payload)},
    "in an array of objects": lambda payload: {"W1": _object_array(payload)},
}


def refusal(content: bytes, tmp_path: Path, *, measured: bool = True) -> str:
    """What is said of it; in little time and memory, where that is measured."""
    path = tmp_path / "forged.pkl"
    path.write_bytes(content)
    begin = time.process_time()
    with pytest.raises(FileFormatError) as caught:
        read_table(path)
    assert time.process_time() - begin < SECONDS
    if measured:
        assert growth(path) < GROWTH
    message = str(caught.value)
    assert message.startswith("“forged.pkl” cannot be opened: ")
    assert len(message) < 500
    return message


def growth(path: Path) -> int:
    """Bytes that reading it takes at most; apart from the clock, for tracing makes everything several times slower."""
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError):
            read_table(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def dumped(value: Any, protocol: int) -> bytes:
    """With the pickler in Python, which pickles what the one in C calls too odd."""
    file = io.BytesIO()
    pickle._Pickler(file, protocol).dump(value)
    return file.getvalue()


@pytest.mark.parametrize("name", ["a shell", "eval", "open", "codecs", "NumPy's memory map", "NumPy's writer"])
def test_the_payloads_of_these_tests_leave_a_trace_where_they_are_believed(name: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    found = pickle.loads(dumped({"W1": payloads(trace)[name]}, 2))
    assert trace.exists()
    if hasattr(found["W1"], "close"):
        found["W1"].close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("hiding", HIDING)
def test_a_pickle_that_asks_for_a_call_is_refused_and_nothing_is_run(name: str, hiding: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for protocol in PROTOCOLS:
        try:
            content = dumped(HIDING[hiding](payloads(trace)[name]), protocol)
        except (TypeError, AttributeError, pickle.PicklingError):  # an open file in an old protocol
            assert name == "NumPy's reader with pickles"
            continue
        words = refusal(content, tmp_path, measured=False)
        assert any(part in words for part in ("asks for", "more than arrays", "numbers of type “O"))
    assert not trace.exists()


def test_the_registry_of_extensions_is_not_asked(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    copyreg.add_extension("posix" if os.name == "posix" else "nt", "system", 0x7F01)
    try:
        content = dumped({"W1": Calls(os.system, f"touch '{trace}'")}, 2)
        assert any(opcode.name.startswith("EXT") for opcode, _, _ in pickletools.genops(content))
        assert "more than arrays" in refusal(content, tmp_path)
    finally:
        copyreg.remove_extension("posix" if os.name == "posix" else "nt", "system", 0x7F01)
    assert not trace.exists()


def test_names_are_only_known_whole(tmp_path: Path) -> None:
    asked = [
        ("os", "system"), ("builtins", "eval"), ("__builtin__", "apply"), ("numpy", "load"), ("numpy", "memmap"),
        ("numpy", "matrix"), ("numpy", "ndarray.tofile"), ("numpy.core.multiarray", "fromfile"), ("_codecs", "lookup"),
        ("numpy.core", "multiarray._reconstruct"), ("codecs", "encode"), ("numpy.core.numeric", "_frombuffer.x"),
        ("fishlab.core.exchange.pickle_values", "CALLS"), ("collections", "defaultdict"), ("", ""),
        ("numpy\x00", "dtype"),
    ]  # fmt: skip
    for module, name in asked:
        lines = f"c{module}\n{name}\n)R.".encode()
        stacked = b"\x80\x04" + _text(module) + _text(name) + b"\x93)R."
        for content in (lines, stacked):
            assert "asks for" in refusal(content, tmp_path)


# -- small files that would be large ----------------------------------------------------------------------------------
def _text(text: str) -> bytes:
    data = text.encode()
    return b"\x8c" + bytes([len(data)]) + data


LITTLE = b"(K\x03" + _text("<") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
F4 = b"cnumpy\ndtype\n" + _text("f4") + b"\x89\x88\x87R" + LITTLE
MAKE = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"


def with_state(shape: bytes, data: bytes = b"C\x04abcd", dtype: bytes = F4) -> bytes:
    """A table of one array whose state is this."""
    return b"\x80\x04}" + _text("W1") + MAKE + b"(K\x01" + shape + dtype + b"\x89" + data + b"tbs."


def long(number: int) -> bytes:
    data = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def test_the_forger_of_these_tests_makes_files_that_open(tmp_path: Path) -> None:
    (tmp_path / "good.pkl").write_bytes(with_state(b"K\x01\x85"))
    assert read_table(tmp_path / "good.pkl")["W1"].tobytes() == b"abcd"


BIG = b"B" + struct.pack("<I", 1 << 20) + bytes(1 << 20)
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing of a pickle": (b"<html>", "or is no pickle"),
    "the beginning alone": (b"\x80\x04", "ends before its contents do"),
    "a shape of 10^12": (with_state(long(10**12) + b"\x85"), "announces an array"),
    "a shape beyond all bounds": (with_state(long(1 << 200) + b"\x85"), "impossible shape"),
    "a shape whose product wraps round": (with_state((long(1 << 35)) * 2 + b"\x86"), "announces an array"),
    "a shape with nothing in it": (with_state(b"K\x00\x85", b"C\x00"), "impossible shape"),
    "a negative shape": (with_state(b"J\xff\xff\xff\xff\x85"), "impossible shape"),
    "a shape of truths": (with_state(b"\x88\x85"), "impossible shape"),
    "a shape of too many axes": (with_state(b"(" + b"K\x01" * 40 + b"t"), "impossible shape"),
    "a shape that is a number": (with_state(b"K\x01"), "without a shape"),
    "objects for numbers": (with_state(b"K\x01\x85", dtype=F4.replace(b"\x02f4", b"\x02O8")), "not float16, float32"),
    "records for numbers": (with_state(b"K\x01\x85", dtype=F4.replace(b"NNN", b"N)}")), "not plain"),
    "whole numbers": (with_state(b"K\x01\x85", dtype=F4.replace(b"\x02f4", b"\x02i4")), "not float16, float32"),
    "a type of long name": (with_state(b"K\x01\x85", dtype=F4.replace(b"\x02f4", b"\x42" + b"f4" * 33)), "not float16"),
    "a type that is an array": (with_state(b"K\x01\x85", dtype=MAKE), "without a shape"),
    "an array of no state": (b"\x80\x04}" + _text("W1") + MAKE + b"s.", "is no array of numbers"),
    "an array that calls itself": (b"\x80\x04" + MAKE + b"\x94h\x00b.", "without a shape"),
    "a state for a table": (b"}}b.", "the state of what is no array"),
    "a state for a name": (b"cnumpy\nndarray\n}b.", "the state of what is no array"),
    "a state with attributes": (b"\x80\x04" + MAKE + b"N}" + _text("x") + b"K\x01s\x86b.", "without a shape"),
    "a call of a text": (b"\x80\x04" + _text("x") + b")R.", "calls what is no way"),
    "a call of an array's class": (b"cnumpy\nndarray\n)R.", "calls what is no way"),
    "a call without arguments": (b"cnumpy\ndtype\n)R.", "not plain"),
    "an encoding that runs code": (b"c_codecs\nencode\n(Vabc\nVzlib_codec\ntR.", "an encoding"),
    "a frame of 2^63": (b"\x80\x04\x95" + struct.pack("<Q", 1 << 63), "ends before"),
    "bytes of 2^63": (b"\x80\x04\x8e" + struct.pack("<Q", 1 << 63) + b"x", "ends before"),
    "a text of 4 GB": (b"X\xff\xff\xff\xffx", "ends before"),
    "a bytearray of 2^62": (b"\x80\x05\x96" + struct.pack("<Q", 1 << 62) + b"x", "ends before"),
    "a number of 2 GB": (b"\x8b\xff\xff\xff\x7f", "more than arrays"),
    "a number of a million digits": (b"L" + b"9" * 1_000_000 + b"L\n.", "absurd length"),
    "a place to remember of 2^32": (b"Nr\xff\xff\xff\xff.", "does not hold a table"),
    "a place to remember of many digits": (b"Np" + b"9" * 5000 + b"\n.", "absurd length"),
    "a memory of nothing": (b"h\x07.", "recalls what it did not keep"),
    "tuples in tuples": (b")" + b"\x85" * 250_000 + b".", "does not hold a table"),
    "marks without end": (b"(" * 1_000_000, "more than 300,000 parts"),
    "a great many nothings": (b"N" * 2_000_000, "more than 300,000 parts"),
    "tables that hold each other": (b"\x80\x04}\x94" + _text("a") + b"h\x00s.", "is no array of numbers"),
    "pairs of pairs of pairs": (b")" + b"q\x00h\x00\x86" * 60_000 + b".", "does not hold a table"),
    "a name that is no text": (b"}NNs.", "names are no texts"),
    "a name that is a table": (b"}}Ns.", "names are no texts"),
    "a set": (b"\x80\x04\x8f.", "more than arrays"),
    "a list": (b"].", "more than arrays"),
    "an object": (b"\x80\x02ios\nsystem\n.", "more than arrays"),
    "an instance": (b"(ios\nsystem\n.", "more than arrays"),
    "a new object": (b"\x80\x02cnumpy\nndarray\n)\x81.", "more than arrays"),
    "a persistent id": (b"Pevil\n.", "more than arrays"),
    "a persistent id from the stack": (b"NQ.", "more than arrays"),
    "a buffer from elsewhere": (b"\x80\x05\x97.", "more than arrays"),
    "a protocol of the future": (b"\x80\x09N.", "newer than 5"),
    "another pickle behind": (b"}.}.", "goes on after its contents end"),
    "a quoted text without an end": (b"S'abc\n.", "not quoted"),
    "a text that is none": (b"X\x01\x00\x00\x00\xff.", "a text that is none"),
    "a mark where a value should be": (b"}(s.", "a value that is not there"),
    "two results": (b"}}.", "does not hold a table"),
}  # fmt: skip


LONG = ("tuples in tuples", "pairs of pairs of pairs", "a great many nothings", "marks without end")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in HOSTILE]
)
def test_a_hostile_pickle_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    assert words in refusal(content, tmp_path)


def test_arrays_cannot_be_made_of_the_same_bytes_without_end(tmp_path: Path) -> None:
    """A million bytes a thousand times over would be a gigabyte."""
    entries = b"".join(
        _text(f"W{number}") + MAKE + b"(K\x01J" + struct.pack("<i", 1 << 18) + b"\x85h\x00\x89h\x01tbs"
        for number in range(1, 1000)
    )
    content = b"\x80\x04}" + _text("f") + F4 + b"q\x00s" + _text("d") + BIG + b"q\x01s" + entries + b"."
    assert "makes more numbers than it holds" in refusal(content, tmp_path)


def test_bytes_cannot_be_encoded_without_end(tmp_path: Path) -> None:
    start = b"V" + b"a" * (1 << 20) + b"\nq\x00Vlatin1\nq\x01c_codecs\nencode\nq\x02"
    calls = (b"h\x02(h\x00h\x01tR" for _ in range(1000))
    assert "makes more numbers than it holds" in refusal(start + b"".join(calls) + b".", tmp_path)


def test_what_is_no_ordinary_file_of_reasonable_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="it is a folder"):
        read_table(tmp_path)
    with pytest.raises(FileFormatError, match="there is no such file"):
        read_table(tmp_path / "none.pkl")
    assert "it is empty" in refusal(b"", tmp_path)
    large = tmp_path / "large.pkl"
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(FileFormatError, match="larger than 256 MB"):
        read_table(large)


# -- whatever comes ---------------------------------------------------------------------------------------------------
GOOD = [
    pickle.dumps(table, protocol)
    for protocol in PROTOCOLS
    for table in (random_table((4, 3), (3, 2)), {"s": np.ones((), np.float16)} | random_table((2, 2), dtype=np.float64))
]


def survive(path: Path, content: bytes) -> Table | None:
    """Read it; whatever it is, it is read or refused."""
    path.write_bytes(content)
    begin = time.process_time()
    try:
        model = read_book(path, None, silent).model
        return dict(model.weights)
    except FishLabError:
        return None
    finally:
        assert time.process_time() - begin < 5 * SECONDS


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"\x80\x04}.")
def test_arbitrary_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    assert survive(tmp_path_factory.getbasetemp() / "any.pkl", content) is None


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_a_changed_pickle_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(changed) - 1)))
        match data.draw(st.sampled_from(["set", "cut", "insert", "repeat", "end"])):
            case "set":
                changed[place : place + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del changed[place : place + data.draw(st.integers(1, 20))]
            case "insert":
                changed[place:place] = data.draw(st.binary(max_size=8))
            case "repeat":
                changed[place:place] = changed[: data.draw(st.integers(0, len(changed)))]
            case _:
                del changed[place:]
    weights = survive(tmp_path_factory.getbasetemp() / "changed.pkl", bytes(changed))
    assert weights is None or all(np.isfinite(array).all() for array in weights.values())


@pytest.mark.slow
def test_every_byte_of_a_pickle_may_be_wrong(tmp_path: Path) -> None:
    path = save_params(random_table((3, 2)), tmp_path / "params.pkl", 4)
    content = path.read_bytes()
    for place in range(len(content)):
        for value in (0, content[place] ^ 1, content[place] ^ 0x80, 0xFF):
            survive(path, content[:place] + bytes([value]) + content[place + 1 :])
    assert survive(path, content) is not None


def test_one_array_under_a_great_many_names_is_not_copied_for_each(tmp_path: Path) -> None:
    """300 layers of a million weights would be a gigabyte, out of a file of two million bytes."""
    shared, bias = np.ones((1000, 1000), np.float16), np.ones(1000, np.float16)
    table = {f"W{number}": shared for number in range(1, 301)} | {f"b{number}": bias for number in range(1, 301)}
    assert "makes more numbers than it holds" in refusal(pickle.dumps(table, 4), tmp_path)
