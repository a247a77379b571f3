"""Real drags with the mouse, in a process of their own: only Qt's `minimal` platform drags without a screen."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("real_drag_child.py")
ROOT = Path(__file__).resolve().parents[2]
BEFORE = ["convolution", "relu", "max_pool", "flatten", "affine"]


@pytest.fixture(scope="module")
def drags() -> dict[str, Any]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "minimal", "PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, "-W", "error", str(CHILD)], env=environment, capture_output=True, text=True, timeout=600
    )
    complaints = [line for line in child.stderr.splitlines() if "does not support" not in line]
    assert (child.returncode, complaints) == (0, [])
    outcomes: dict[str, Any] = json.loads(child.stdout)
    return outcomes


def test_the_drags_ran_on_a_platform_that_drags(drags: dict[str, Any]) -> None:
    assert drags["platform"] == "minimal"


def test_a_layer_dragged_from_the_palette_lands_where_it_was_let_go(drags: dict[str, Any]) -> None:
    add = drags["add"]
    assert add["kinds"] == ["convolution", "relu", "dropout", "max_pool", "flatten", "affine"]
    assert add["selected"] == ["dropout"]


def test_a_card_dragged_past_the_next_one_changes_places_with_it(drags: dict[str, Any]) -> None:
    assert drags["reorder"]["kinds"] == ["convolution", "max_pool", "relu", "flatten", "affine"]
    assert drags["reorder"]["selected"] == ["relu"]


def test_a_card_dragged_out_of_the_network_is_deleted(drags: dict[str, Any]) -> None:
    assert drags["delete"]["kinds"] == ["convolution", "max_pool", "flatten", "affine"]
    assert "drop here to delete" in drags["delete"]["words"]


@pytest.mark.parametrize("name", ["header", "nowhere"])
def test_a_drop_on_the_docks_header_or_a_palette_row_let_go_elsewhere_changes_nothing(
    drags: dict[str, Any], name: str
) -> None:
    assert (drags[name]["kinds"], drags[name]["steps"]) == (BEFORE, [])


def test_escape_ends_a_drag_and_changes_nothing(drags: dict[str, Any]) -> None:
    assert (drags["escape"]["kinds"], drags["escape"]["steps"]) == (BEFORE, [])
    assert "30 × 24 × 24" in drags["escape"]["words"]


def test_a_layer_that_cannot_work_there_is_refused_with_the_reason(drags: dict[str, Any]) -> None:
    assert (drags["refused"]["kinds"], drags["refused"]["steps"]) == (BEFORE, [])
    assert drags["refused"]["refusals"] == ["Affine needs a row and gets 30 × 24 × 24: put Flatten before it."]


BLOCK = ["convolution", "residual", "2a1 relu", "flatten", "affine"]


def test_a_layer_dragged_from_the_palette_fills_the_slot_of_an_empty_branch(drags: dict[str, Any]) -> None:
    assert drags["fill"]["kinds"] == ["convolution", "residual", "2a1 relu", "2b1 sigmoid", "flatten", "affine"]
    assert drags["fill"]["selected"] == ["sigmoid"] and drags["fill"]["undone"] == BLOCK


def test_a_layer_is_dragged_out_of_a_block(drags: dict[str, Any]) -> None:
    assert drags["out"]["kinds"] == ["convolution", "relu", "residual", "flatten", "affine"]
    assert drags["out"]["steps"] == ["Move ReLU"] and drags["out"]["undone"] == BLOCK


def test_a_block_is_not_taken_by_itself(drags: dict[str, Any]) -> None:
    assert (drags["itself"]["kinds"], drags["itself"]["steps"]) == (BLOCK, [])
    assert drags["itself"]["refusals"] == ["A block cannot hold itself: drop it outside."]


STEPS = {"add": "Add Dropout", "reorder": "Move ReLU", "delete": "Delete ReLU"}


@pytest.mark.parametrize(("name", "step"), STEPS.items(), ids=STEPS)
def test_each_drag_is_one_step_that_undo_takes_back(drags: dict[str, Any], name: str, step: str) -> None:
    assert drags[name]["steps"] == [step]
    assert drags[name]["undone"] == BEFORE


def test_the_card_under_the_pointer_tells_the_shape_it_would_get_as_it_moves(drags: dict[str, Any]) -> None:
    assert {"1 × 28 × 28", "30 × 24 × 24"} <= set(drags["add"]["words"])
    assert {"30 × 24 × 24", "30 × 12 × 12"} <= set(drags["reorder"]["words"])


@pytest.mark.parametrize("name", ["add", "reorder", "delete", "header", "escape", "refused", "nowhere"])
def test_nothing_of_a_drag_is_left_on_the_window(drags: dict[str, Any], name: str) -> None:
    assert drags[name]["left_over"] == []
