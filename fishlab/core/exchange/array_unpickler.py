"""An unpickler that admits arrays and nothing else: tables of text to arrays of float16, float32 and float64.

Python's own unpickler does what a pickle says, and one that looks names up in a list still builds, calls and sets
whatever the listed things let it. This one is a small machine of its own: it knows 44 of the 68 opcodes, a name stays a
name, "call" looks the name up in a table of functions of this package, "set the state" asks an array or a number type
of its own and nothing else. No module is imported, nothing is looked up by name, nothing is called that is not in
fishlab.core.exchange.pickle_values. Protocols 0 to 5, of Python 2 and 3, of NumPy before 2 and after.

Bounds: no more opcodes than networks of a thousand layers need, no text or bytes longer than what is left of the file,
no more array bytes than the file has. So memory is at most a few times the file, and time a second.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader
from typing import Any

from fishlab.core.errors import FileFormatError
from fishlab.core.exchange.pickle_stream import VALUES, PickleStream
from fishlab.core.exchange.pickle_values import CALLS, KNOWN, Budget, DType, Name, Numbers
from fishlab.core.exchange.reading import quoted
from fishlab.core.layers.base import Array

MOST_STEPS = 300_000
NEWEST_PROTOCOL = 5
COPIES = 3  # bytes may be made of the file's: out of a text, then as an array

_MARK = object()
Step = Callable[["ArrayUnpickler"], None]


class ArrayUnpickler:
    """A pickle of `size` bytes in `file`. `load` takes the whole of it; raises FileFormatError, with a clause."""

    def __init__(self, file: BufferedReader, size: int) -> None:
        self.stream = PickleStream(file, size)
        self.room = COPIES * size
        self.budget = Budget(self.room)
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def load(self) -> dict[str, Array]:
        """The table of arrays that it holds."""
        for _ in range(MOST_STEPS):
            code = self.stream.take(1)
            if code == b".":
                return self._result()
            self._step(code)
        raise FileFormatError(f"it has more than {MOST_STEPS:,} parts")

    def _step(self, code: bytes) -> None:
        if code in VALUES:
            self.push(VALUES[code](self.stream))
        elif code in _STEPS:
            _STEPS[code](self)
        else:
            raise FileFormatError(f"it holds more than arrays of numbers (opcode 0x{code.hex()}), or is no pickle")

    def _result(self) -> dict[str, Array]:
        if self.stream.left:
            raise FileFormatError("it goes on after its contents end")
        table = self.pop()
        if self.stack or not isinstance(table, dict):
            raise FileFormatError("it does not hold a table of names and arrays")
        found = {_key(name): _array(name, value) for name, value in table.items()}
        if sum(array.nbytes for array in found.values()) > self.room:  # one array under many names is copied later
            raise FileFormatError("it makes more numbers than it holds")
        return found

    # -- the stack ---------------------------------------------------------------------------------------------
    def push(self, value: Any) -> None:
        """Put a value on top."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the value on top."""
        if not self.stack or self.stack[-1] is _MARK:
            raise FileFormatError("it is damaged: it uses a value that is not there")
        return self.stack.pop()

    def pop_to_mark(self) -> list[Any]:
        """Take all that was put on top since the last mark, and the mark."""
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] is _MARK:
                values = self.stack[place + 1 :]
                del self.stack[place:]
                return values
        raise FileFormatError("it is damaged: it uses a mark that is not there")

    def fill(self, values: list[Any]) -> None:
        """Enter names and values, one after the other, into the table on top."""
        table = self.pop()
        if not isinstance(table, dict) or len(values) % 2:
            raise FileFormatError("it is damaged: it fills what is no table")
        for name, value in zip(values[::2], values[1::2], strict=True):
            table[_key(name)] = value
        self.push(table)

    def keep(self, number: int) -> None:
        """Remember the value on top."""
        self.push(value := self.pop())
        self.memo[number] = value

    def recall(self, number: int) -> None:
        """Put a remembered value on top."""
        if number not in self.memo:
            raise FileFormatError("it is damaged: it recalls what it did not keep")
        self.push(self.memo[number])

    def push_name(self, module: Any, name: Any) -> None:
        """Put a name on top, if it is one that arrays need."""
        if not (isinstance(module, str) and isinstance(name, str)):
            raise FileFormatError("it is damaged: it names a thing by what is no text")
        found = Name(module, name)
        if found not in KNOWN:
            raise FileFormatError(f"it asks for {found}, and of a pickle only arrays of numbers are read")
        self.push(found)

    def call(self) -> None:
        """What the name below the top makes of the arguments on top."""
        arguments, name = self.pop(), self.pop()
        call = CALLS.get(name) if isinstance(name, Name) else None
        if call is None:
            raise FileFormatError("it calls what is no way to make an array")
        self.push(call(arguments, self.budget))

    def set_state(self) -> None:
        """Give the array or number type below the top the state on top."""
        state, value = self.pop(), self.pop()
        if not isinstance(value, Numbers | DType):
            raise FileFormatError("it sets the state of what is no array")
        value.set_state(state, self.budget)
        self.push(value)


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise FileFormatError("it holds a table whose names are no texts")
    return name


def _array(name: str, value: Any) -> Array:
    if not isinstance(value, Numbers) or value.value is None:
        raise FileFormatError(f"its {quoted(name)} is no array of numbers")
    return value.value


# -- what each opcode does that is more than a value ------------------------------------------------------------------
def _protocol(machine: ArrayUnpickler) -> None:
    if machine.stream.number(1) > NEWEST_PROTOCOL:
        raise FileFormatError(f"it is a pickle of a protocol newer than {NEWEST_PROTOCOL}")


def _frame(machine: ArrayUnpickler) -> None:
    if machine.stream.number(8) > machine.stream.left:
        raise FileFormatError("it ends before its contents do")


def _name_in_lines(machine: ArrayUnpickler) -> None:
    machine.push_name(machine.stream.name(), machine.stream.name())


def _name_on_stack(machine: ArrayUnpickler) -> None:
    name, module = machine.pop(), machine.pop()
    machine.push_name(module, name)


def _pair(machine: ArrayUnpickler) -> None:
    value, name = machine.pop(), machine.pop()
    machine.fill([name, value])


def _whole_table(machine: ArrayUnpickler) -> None:
    values = machine.pop_to_mark()
    machine.push({})
    machine.fill(values)


def _tuple(count: int) -> Step:
    def step(machine: ArrayUnpickler) -> None:
        machine.push(tuple(reversed([machine.pop() for _ in range(count)])))

    return step


_STEPS: dict[bytes, Step] = {
    b"\x80": _protocol,
    b"\x95": _frame,
    b"(": lambda machine: machine.push(_MARK),
    b"}": lambda machine: machine.push({}),
    b"d": _whole_table,
    b"s": _pair,
    b"u": lambda machine: machine.fill(machine.pop_to_mark()),
    b"t": lambda machine: machine.push(tuple(machine.pop_to_mark())),
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"c": _name_in_lines,
    b"\x93": _name_on_stack,
    b"R": lambda machine: machine.call(),
    b"b": lambda machine: machine.set_state(),
    b"p": lambda machine: machine.keep(machine.stream.decimal()),
    b"q": lambda machine: machine.keep(machine.stream.number(1)),
    b"r": lambda machine: machine.keep(machine.stream.number(4)),
    b"\x94": lambda machine: machine.keep(len(machine.memo)),
    b"g": lambda machine: machine.recall(machine.stream.decimal()),
    b"h": lambda machine: machine.recall(machine.stream.number(1)),
    b"j": lambda machine: machine.recall(machine.stream.number(4)),
}
