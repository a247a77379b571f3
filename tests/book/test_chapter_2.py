"""Chapter 2, the perceptron: gates by hand, XOR from two layers, and the learning rule."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from fishlab.core.book import AND, NAND, OR, XOR, Gate, learned, perceptron_rule, plane, truth_table
from fishlab.core.errors import DataError

TRUTH = {"AND": (0, 0, 0, 1), "NAND": (1, 1, 1, 0), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}


@pytest.mark.parametrize(
    ("gate", "name"),
    [
        (Gate((0.5, 0.5), -0.7), "AND"),
        (Gate((-0.5, -0.5), 0.7), "NAND"),
        (Gate((1.0, 1.0), -0.5), "OR"),
        (Gate((0.5, 0.5), -0.2), "OR"),
    ],
)
def test_weights_and_bias_set_by_hand_make_the_gate(gate: Gate, name: str) -> None:
    """Gates with weights and bias: (0.5, 0.5, -0.7), (-0.5, -0.5, 0.7), (1, 1, -0.5), (0.5, 0.5, -0.2)."""
    assert truth_table(gate) == TRUTH[name]


def test_the_ready_gates_have_their_truth_tables() -> None:
    """Implementing perceptrons: the four gates."""
    assert [truth_table(gate) for gate in (AND, NAND, OR, XOR)] == list(TRUTH.values())


def test_nand_and_or_into_and_make_xor() -> None:
    """Combining the gates there are: s1 = NAND, s2 = OR, y = AND(s1, s2)."""
    inputs = list(itertools.product((0.0, 1.0), repeat=2))
    hidden = [(float(NAND(x)), float(OR(x))) for x in inputs]
    assert hidden == [(1, 0), (1, 1), (1, 1), (0, 1)]
    assert [int(AND(s)) for s in hidden] == [0, 1, 1, 0]


def test_no_gate_of_a_fine_grid_is_xor() -> None:
    """The limits of the perceptron, linear and non-linear: no single line makes XOR, though it makes the others."""
    steps = np.linspace(-1, 1, 21)
    found = {truth_table(Gate((w1, w2), b)) for w1, w2, b in itertools.product(steps, repeat=3)}
    assert TRUTH["XOR"] not in found
    assert {TRUTH["AND"], TRUTH["NAND"], TRUTH["OR"]} < found


def test_one_line_cuts_the_plane_once_and_xor_cuts_it_twice() -> None:
    """Linear and non-linear: along the diagonal the answer of a gate changes once, that of XOR twice."""
    along = np.linspace(-0.5, 1.5, 41)
    changes = {gate: int(np.count_nonzero(np.diff(np.diag(plane(gate, along, along))))) for gate in (AND, OR, XOR)}
    assert changes == {AND: 1, OR: 1, XOR: 2}


def test_the_plane_has_a_row_for_each_x2() -> None:
    shaded = plane(Gate((1.0, 0.0), -0.5), [0.0, 0.4, 0.6], [7.0, 8.0])
    np.testing.assert_array_equal(shaded, [[0, 0, 1], [0, 0, 1]])


@pytest.mark.parametrize("name", ["AND", "NAND", "OR"])
@pytest.mark.parametrize("rate", [1.0, 0.3])
def test_the_learning_rule_finds_the_gate_in_finite_steps(name: str, rate: float) -> None:
    """Perceptron learning rule: it settles where one line is enough."""
    history = list(perceptron_rule(TRUTH[name], rate=rate))
    gate = learned(history)
    assert gate is not None
    assert truth_table(gate) == TRUTH[name]
    assert history[-1].epoch < 10


def test_the_learning_rule_comes_back_to_where_it_was_on_xor() -> None:
    """Perceptron learning rule: on XOR two epochs end at the same weights, so it goes in a circle for ever."""
    history = list(perceptron_rule(TRUTH["XOR"], epochs=50))
    assert (len(history), learned(history)) == (200, None)
    ends = [(look.w, look.b) for look in history if look.point == 3]
    assert len(set(ends)) < len(ends)


@pytest.mark.parametrize("targets", [(0, 1), (0, 1, 2, 1), ()])
def test_targets_that_do_not_fit_the_points_are_refused(targets: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="do not go together"):
        next(perceptron_rule(targets))


def test_the_rule_moves_only_where_an_answer_is_wrong() -> None:
    """Perceptron learning rule: w += t - y along x, and b."""
    before: Sequence[float] = (0.0, 0.0, 0.0)
    for look in perceptron_rule(TRUTH["AND"]):
        x = list(itertools.product((0, 1), repeat=2))[look.point]
        by = look.target - look.answer
        assert (*look.w, look.b) == (before[0] + by * x[0], before[1] + by * x[1], before[2] + by)
        assert look.changed == ((*look.w, look.b) != before)
        before = (*look.w, look.b)
