"""What a network costs, in rows: counted at once, joined with what was measured, in order or the dearest first."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import everything, layer

from fishlab.core.cost_rows import counted, dearest_first, in_all, measured
from fishlab.core.network import Network
from fishlab.core.profile import LayerCost, profile, total
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec
from fishlab.core.templates import TEMPLATES

TRAINABLE = [entry.kind for entry in TEMPLATES if infer(entry.item().network).ok]


def nested() -> NetworkSpec:
    inner = layer("parallel", branches=((layer("affine", units=4),), (layer("affine", units=6), layer("tanh"))))
    block = layer("residual", branches=((layer("affine", units=8), inner), ()))
    layers = (layer("flatten"), layer("affine", units=10), block, layer("relu"), layer("affine", units=10))
    return NetworkSpec(in_shape=(1, 8, 8), layers=layers)


@pytest.mark.parametrize("kind", TRAINABLE)
def test_the_sums_are_those_of_the_whole_network(kind: str) -> None:
    report = infer(TEMPLATES[kind].item().network)
    rows = counted(report, 400)
    whole = in_all(rows)
    assert (whole.weights, whole.mult_adds) == (report.weights, report.mult_adds)
    assert [row.uids for row in rows] == [(entry.uid,) for entry in report.walk()]
    assert whole.forward is None and whole.held_bytes is None and whole.seconds == 0


def test_rows_in_a_block_are_deeper_and_counted_with_it() -> None:
    rows = counted(infer(nested()), 4)
    assert [(row.number, row.depth) for row in rows] == [
        ("1", 0), ("2", 0), ("3", 0), ("3a1", 1), ("3a2", 1), ("3a2a1", 2), ("3a2b1", 2), ("3a2b2", 2), ("4", 0),
        ("5", 0), ("6", 0),
    ]  # fmt: skip
    block, first, inner = rows[2], rows[3], rows[4]
    assert block.mult_adds == first.mult_adds + inner.mult_adds == 10 * 8 + 8 * 4 + 8 * 6
    assert block.weights == 11 * 8 + 9 * 4 + 9 * 6
    assert first.output_bytes == 4 * 8 and inner.output_bytes == 4 * (10 + 4 + 6 + 6)


def test_neighbours_that_run_as_one_are_one_row_with_their_sums() -> None:
    spec = NetworkSpec(in_shape=(1, 8, 8), layers=tuple(everything()))
    network, rng = Network(spec, seed=1), np.random.default_rng(0)
    costs = profile(network, rng.random((1, 8, 8, 6), np.float32), rng.integers(0, 10, 6), steps=1)
    plain = counted(infer(spec), 24)
    rows = measured(plain, costs)
    assert len(rows) == len(costs) < len(plain)
    assert [uid for row in rows for uid in row.uids] == [uid for row in plain for uid in row.uids]
    norm = next(row for row in rows if row.title == "Batch normalization + ReLU")
    first, last = (plain[int(number) - 1] for number in norm.number.split("–"))
    assert (norm.weights, norm.output_bytes) == (first.weights, first.output_bytes + last.output_bytes)
    whole, costs_in_all = in_all(rows), total(costs)
    assert (whole.forward, whole.backward) == pytest.approx((costs_in_all.forward, costs_in_all.backward))
    assert whole.held_bytes == costs_in_all.held_bytes


def test_what_is_measured_in_a_block_stands_under_it() -> None:
    spec, rng = nested(), np.random.default_rng(0)
    costs = profile(Network(spec, seed=1), rng.random((1, 8, 8, 6), np.float32), rng.integers(0, 10, 6), steps=1)
    rows = measured(counted(infer(spec), 24), costs)
    assert [(row.number, row.depth, row.held_bytes is None) for row in rows] == [
        ("1", 0, False), ("2", 0, False), ("3–4", 0, False), ("3a1", 1, True), ("3a2", 1, True), ("3a2a1", 2, True),
        ("3a2b1–3a2b2", 2, True), ("5", 0, False), ("6", 0, False),
    ]  # fmt: skip
    assert all(row.forward > 0 and row.backward > 0 for row in rows[1:])


def timed(uid: str, seconds: float, *inside: LayerCost) -> LayerCost:
    return LayerCost(uid, 1, 1, (uid,), (1,), seconds, 0.0, 0, 0, 0, inside)


def test_the_dearest_come_first_and_keep_what_is_in_them() -> None:
    report = infer(nested())
    uids = {entry.number: entry.uid for entry in report.walk()}
    inner = timed(uids["3a2"], 3.0, timed(uids["3a2a1"], 1.0), timed(uids["3a2b1"], 2.0))
    costs = (
        timed(uids["1"], 0.1), timed(uids["2"], 5.0), timed(uids["3"], 4.0, timed(uids["3a1"], 0.5), inner),
        timed(uids["5"], 7.0), timed("loss", 0.2),
    )  # fmt: skip
    rows = dearest_first(measured(counted(report, 4), costs))
    assert [row.number for row in rows] == ["5", "2", "3", "3a2", "3a2b1", "3a2a1", "3a1", "6", "1"]
    counted_first = [row.number for row in dearest_first(counted(report, 4)) if not row.depth]
    assert counted_first == ["2", "3", "5", "1", "4", "6"]
