"""Specs: frozen values, pure edits, and dicts that are checked before they are believed."""

import copy
import json
from typing import Any

import pytest

from fishlab.core.errors import FieldError, FishLabError, SpecError, UnknownKindError
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec, fresh_copies
from fishlab.core.templates import find_template


def layer(uid: str, kind: str = "relu", **values: Any) -> LayerSpec:
    return LAYERS[kind].item.Spec(uid=uid, **values)


def stack(uids: str) -> NetworkSpec:
    return NetworkSpec(layers=tuple(layer(uid) for uid in uids))


def order(network: NetworkSpec) -> str:
    return "".join(layer.uid for layer in network.layers)


# -- edits --------------------------------------------------------------------------------------------------------
def test_edits_are_new_values_and_leave_the_old_one_alone() -> None:
    network = stack("abcd")
    kept = copy.deepcopy(network)
    assert order(network.insert(2, layer("x"), layer("y"))) == "abxycd"
    assert order(network.remove("b", "d")) == "ac"
    assert order(network.with_layers(reversed(network.layers))) == "dcba"
    assert network.change("b", name="Bend").find("b").name == "Bend"
    assert network == kept


@pytest.mark.parametrize(
    ("uids", "index", "expected"),
    [("a", 2, "bacd"), ("a", 4, "bcda"), ("d", 0, "dabc"), ("b", 1, "abcd"), ("b", 2, "abcd"), ("ca", 4, "bdac")],
)
def test_moving_counts_in_places_of_the_stack_as_it_is_seen(uids: str, index: int, expected: str) -> None:
    assert order(stack("abcd").move(uids, index)) == expected


def test_changing_one_layer_keeps_the_others_as_they_are() -> None:
    network = find_template("SimpleConvNet").item().network
    first = network.layers[0]
    changed = network.change(first.uid, filters=8)
    assert changed.layers[0].filters == 8 and changed.layers[0].uid == first.uid
    assert all(one is other for one, other in zip(changed.layers[1:], network.layers[1:], strict=True))


def test_a_value_out_of_range_is_refused_by_an_edit() -> None:
    network = find_template("SimpleConvNet").item().network
    with pytest.raises(FieldError, match="Filters is 0: it takes a whole number, 1 to 4,096"):
        network.change(network.layers[0].uid, filters=0)


def test_copies_get_identities_of_their_own() -> None:
    layers = stack("ab").layers
    copies = fresh_copies(layers)
    assert {one.uid for one in copies}.isdisjoint("ab") and len({one.uid for one in copies}) == 2
    assert [one.replace(uid=two.uid) for one, two in zip(copies, layers, strict=True)] == list(layers)


def test_looking_for_a_layer_that_is_not_there() -> None:
    assert stack("ab").find("z") is None
    with pytest.raises(KeyError):
        stack("ab").place("z")


# -- dicts --------------------------------------------------------------------------------------------------------
def whole_project() -> ProjectSpec:
    """Every kind of layer, nothing at its default that can be otherwise."""
    loss = LOSSES["squared_error"].item.Spec()
    layers = tuple(entry.item.Spec(name=f"My {entry.title} ×") for entry in LAYERS)
    return ProjectSpec(
        network=NetworkSpec(name="Ünïcode", in_shape=(3, 20, 31), layers=layers, loss=loss),
        data=DataSpec(source="digits", drawn=5_000, subset=100, validation=0.3, scaling="standard", folder="a/b"),
        training=TrainingSpec(
            batch_size=7, epochs=2, weight_decay=0.01, seed=9, optimizer=OPTIMIZERS["momentum"].item.Spec(momentum=0.3)
        ),
    )


def as_json(project: ProjectSpec) -> dict[str, Any]:
    return json.loads(json.dumps(project.to_dict()))


def test_a_project_comes_back_from_json() -> None:
    project = whole_project()
    assert ProjectSpec.from_dict(as_json(project)) == project
    assert hash(ProjectSpec.from_dict(as_json(project))) == hash(project)


def test_an_old_name_of_a_kind_is_read() -> None:
    data = as_json(find_template("TwoLayerNet").item())
    data["network"]["layers"][1]["kind"] = "dense"
    assert ProjectSpec.from_dict(data).network.layers[1].kind == "affine"


BROKEN: dict[str, tuple[Any, type[FishLabError], str]] = {
    "no network": (lambda d: d.pop("network"), SpecError, "project has no 'network'"),
    "no layers": (lambda d: d["network"].pop("layers"), SpecError, "network has no 'layers'"),
    "layers are a text": (lambda d: d["network"].update(layers="abc"), SpecError, "network has no 'layers'"),
    "a layer is a number": (lambda d: d["network"]["layers"].append(5), SpecError, "A layer is int"),
    "a layer without a kind": (lambda d: d["network"]["layers"].append({}), SpecError, "layer has no 'kind'"),
    "an unknown kind": (
        lambda d: d["network"]["layers"].append({"kind": "relo"}),
        UnknownKindError,
        "no layer called 'relo': did you mean 'relu'",
    ),
    "an unknown field": (lambda d: d["network"]["layers"][0].update(colour=1), SpecError, "no field 'colour'"),
    "a field out of range": (lambda d: d["network"]["layers"][0].update(units=0), FieldError, "Units is 0"),
    "a field of another type": (lambda d: d["network"]["layers"][0].update(units="5"), FieldError, "Units is '5'"),
    "a uid twice": (
        lambda d: d["network"]["layers"].append(d["network"]["layers"][0]),
        SpecError,
        "carry the same uid",
    ),
    "a uid that is no text": (lambda d: d["network"]["layers"][0].update(uid=3), FieldError, "The uid of a layer"),
    "too many layers": (
        lambda d: d["network"].update(layers=[{"kind": "relu"}] * 1001),
        SpecError,
        "1,001 layers; at most 1,000",
    ),
    "an extra entry": (lambda d: d["network"].update(extra=1), SpecError, "network has no entry 'extra'"),
    "an input of two sizes": (lambda d: d["network"].update(in_shape=[28, 28]), SpecError, "input shape is"),
    "an input of zero rows": (lambda d: d["network"].update(in_shape=[1, 0, 28]), SpecError, "input shape is"),
    "an input that is no list": (lambda d: d["network"].update(in_shape=784), SpecError, "network has no 'in_shape'"),
    "an unknown loss": (lambda d: d["network"]["loss"].update(kind="hinge"), UnknownKindError, "called 'hinge'"),
    "no optimizer": (lambda d: d["training"].pop("optimizer"), SpecError, "training has no 'optimizer'"),
    "an unknown optimizer": (
        lambda d: d["training"]["optimizer"].update(kind="adan"),
        UnknownKindError,
        "did you mean 'adam'",
    ),
    "a batch of nothing": (lambda d: d["training"].update(batch_size=0), FieldError, "Batch size is 0"),
    "an unknown data set": (lambda d: d["data"].update(source="cats"), FieldError, "Data set is 'cats'"),
    "an extra section": (lambda d: d.update(more={}), SpecError, "project has no entry 'more'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_description_is_refused_in_a_sentence(name: str) -> None:
    spoil, error, sentence = BROKEN[name]
    data = as_json(whole_project())
    spoil(data)
    with pytest.raises(error, match=sentence):
        ProjectSpec.from_dict(data)


@pytest.mark.parametrize("data", [None, 3, "text", [], [1], {}, {"network": []}])
def test_what_is_no_table_at_all_is_refused(data: Any) -> None:
    with pytest.raises(SpecError):
        ProjectSpec.from_dict(data)
