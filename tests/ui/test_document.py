"""The one truth: edits, undo, merging, selection, and what counts as unsaved."""

from pathlib import Path

import pytest

from fishlab.core.layers import LAYERS
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.ui import document as document_module
from fishlab.ui.document import Document, changed_uids


def affine(**values):
    return LAYERS["affine"].item.Spec(**values)


@pytest.fixture
def document(qapp):
    stack = NetworkSpec(layers=(LAYERS["flatten"].item.Spec(uid="f"), affine(uid="a", units=10)))
    return Document(ProjectSpec(network=stack))


def test_an_edit_is_one_undo_step_that_brings_the_old_value_back(document):
    before = document.spec
    document.edit("Change units", document.network.change("a", units=20))
    assert document.network.find("a").units == 20
    document.undo_stack.undo()
    assert document.spec is before
    document.undo_stack.redo()
    assert document.network.find("a").units == 20


def test_an_edit_that_changes_nothing_is_no_step(document):
    document.edit("Nothing", document.network.change("a", units=10))
    assert document.undo_stack.count() == 0
    assert not document.unsaved


def test_edits_of_one_gesture_merge_into_one_step(document):
    for units in (11, 12, 13):
        document.edit("Units", document.network.change("a", units=units), merge="a.units")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.network.find("a").units == 10


def test_a_gesture_that_returns_to_its_beginning_leaves_no_step(document):
    document.edit("Units", document.network.change("a", units=11), merge="a.units")
    document.edit("Units", document.network.change("a", units=10), merge="a.units")
    assert document.undo_stack.count() == 0


def test_edits_of_different_fields_or_after_a_while_do_not_merge(document, monkeypatch):
    document.edit("Units", document.network.change("a", units=11), merge="a.units")
    document.edit("Bias", document.network.change("a", bias=False), merge="a.bias")
    assert document.undo_stack.count() == 2
    monkeypatch.setattr(document_module, "MERGE_SECONDS", -1.0)
    document.edit("Bias", document.network.change("a", bias=True), merge="a.bias")
    assert document.undo_stack.count() == 3


def test_undo_and_redo_say_where_to_look(document):
    seen = []
    document.focus_requested.connect(seen.append)
    document.edit("Units", document.network.change("a", units=11))
    assert seen == []
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert seen == [("a",), ("a",)]


def test_undoing_a_removal_looks_at_the_layer_that_came_back(document):
    document.edit("Remove", document.network.remove("f"))
    seen = []
    document.focus_requested.connect(seen.append)
    document.undo_stack.undo()
    assert seen == [("f",)]


def test_the_report_follows_the_network(document):
    assert document.report.ok
    document.edit("Remove", document.network.remove("f"))
    assert "needs a row" in document.report.problem.sentence
    document.undo_stack.undo()
    assert document.report.ok


def test_a_removed_layer_leaves_the_selection(document):
    document.select(("f", "a"))
    document.edit("Remove", document.network.remove("f"))
    assert document.selection == ("a",)


def test_saved_means_clean_until_the_next_edit_or_model(document):
    document.edit("Units", document.network.change("a", units=11))
    assert document.unsaved
    document.mark_saved(Path("x.fishlab"), document.spec, document.model)
    assert not document.unsaved
    document.undo_stack.undo()
    assert document.unsaved
    document.undo_stack.redo()
    assert not document.unsaved


def test_replacing_the_project_clears_undo_and_selection(document):
    document.select(("a",))
    document.edit("Units", document.network.change("a", units=11))
    document.replace(ProjectSpec(), path=Path("y.fishlab"))
    assert document.undo_stack.count() == 0
    assert document.selection == ()
    assert not document.unsaved
    assert document.title == "y"


def test_changed_uids_names_what_is_new_changed_or_moved():
    first = NetworkSpec(layers=(affine(uid="a"), affine(uid="b"), affine(uid="c")))
    assert changed_uids(first, first.insert(1, affine(uid="n"))) == ("n",)
    assert changed_uids(first, first.change("b", units=7)) == ("b",)
    assert changed_uids(first, first.move(["a"], 2)) == ("b", "a")
    assert changed_uids(first, first.remove("a")) == ()
