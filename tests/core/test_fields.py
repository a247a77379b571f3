"""Fields: a hyper-parameter described once, checked wherever a value comes in."""

import json
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import numpy as np
import pytest

from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.errors import FieldError, SpecError
from fishlab.core.fields import (
    Spec,
    bool_field,
    choice_field,
    describe,
    float_field,
    int_field,
    pair_field,
    text_field,
)
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.schedules import SCHEDULES
from fishlab.core.spec import DataSpec, TrainingSpec


@dataclass(frozen=True, kw_only=True)
class Tank(Spec):
    fish: int = int_field(3, "Fish", "How many.", minimum=1, maximum=40, unit="fish")
    warmth: float = float_field(24.5, "Warmth", "Of the water.", minimum=0.0, minimum_open=True, live=True)
    salt: float = float_field(0.1, "Salt", "Share of salt.", minimum=0.0, maximum=0.5)
    size: tuple[int, int] = pair_field((2, 3), "Size", "Rows and columns.", minimum=1, maximum=9)
    water: str = choice_field("fresh", "Water", "What kind.", {"fresh": "Fresh", "sea": "Sea"})
    lit: bool = bool_field(True, "Lit", "A lamp.", shown_when=("water", ("sea",)))
    label: str = text_field("", "Label", "On the glass.")


@dataclass(frozen=True, kw_only=True)
class NewerTank(Tank):
    bubbles: int = int_field(0, "Bubbles", "A second.", later=True)


def test_fields_are_described_in_order() -> None:
    assert [(info.name, info.form, info.default) for info in describe(Tank)] == [
        ("fish", "int", 3),
        ("warmth", "float", 24.5),
        ("salt", "float", 0.1),
        ("size", "pair", (2, 3)),
        ("water", "choice", "fresh"),
        ("lit", "bool", True),
        ("label", "text", ""),
    ]


def test_a_range_is_said_in_words() -> None:
    assert [info.range_text() for info in describe(Tank)] == ["1 to 40", "above 0", "0 to 0.5", "1 to 9", "", "", ""]


def test_a_field_matters_where_it_has_a_meaning() -> None:
    lit = describe(Tank)[5]
    assert not lit.matters(Tank()) and lit.matters(Tank(water="sea"))


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"fish": 0}, "fish", "Fish is 0: it takes a whole number, 1 to 40."),
        ({"fish": 41}, "fish", "Fish is 41: it takes a whole number, 1 to 40."),
        ({"fish": 2.5}, "fish", "Fish is 2.5: it takes a whole number."),
        ({"fish": "3"}, "fish", "Fish is '3': it takes a whole number."),
        ({"fish": True}, "fish", "Fish is True: it takes a whole number."),
        ({"fish": None}, "fish", "Fish is None: it takes a whole number."),
        ({"fish": np.ones(2)}, "fish", "Fish is array([1., 1.]): it takes a whole number."),
        ({"warmth": 0}, "warmth", "Warmth is 0.0: it takes a number, above 0."),
        ({"warmth": float("nan")}, "warmth", "Warmth is nan: it takes a finite number."),
        ({"warmth": float("inf")}, "warmth", "Warmth is inf: it takes a finite number."),
        ({"warmth": "warm"}, "warmth", "Warmth is 'warm': it takes a number."),
        ({"salt": -0.1}, "salt", "Salt is -0.1: it takes a number, 0 to 0.5."),
        ({"salt": 0.6}, "salt", "Salt is 0.6: it takes a number, 0 to 0.5."),
        ({"size": (1, 2, 3)}, "size", "Size is (1, 2, 3): it takes two whole numbers, rows and columns."),
        ({"size": "22"}, "size", "Size is '22': it takes two whole numbers, rows and columns."),
        ({"size": (2, 0)}, "size", "Size is 0: it takes a whole number, 1 to 9."),
        ({"water": "tea"}, "water", "Water is 'tea': it takes one of fresh, sea."),
        ({"water": ["sea"]}, "water", "Water is ['sea']: it takes one of fresh, sea."),
        ({"lit": 1}, "lit", "Lit is 1: it takes true or false."),
        ({"label": 7}, "label", "Label is 7: it takes a text of at most 4096 letters."),
    ],
)
def test_a_value_out_of_range_is_refused_in_a_sentence(values: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(FieldError) as caught:
        Tank(**values)
    assert caught.value.field == field
    assert str(caught.value) == sentence


@pytest.mark.parametrize("values", [{"fish": 10**6000}, {"warmth": 10**400}, {"label": "x" * 5000}])
def test_a_value_of_any_size_is_refused_in_a_short_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        Tank(**values)
    assert len(str(caught.value)) < 120


def test_values_take_the_type_of_their_field() -> None:
    tank = Tank(fish=np.int64(4), warmth=20, size=5, salt=np.float32(0.25))
    assert (tank.fish, tank.warmth, tank.size, tank.salt) == (4, 20.0, (5, 5), 0.25)
    assert [type(value) for value in (tank.fish, tank.warmth, tank.salt)] == [int, float, float]
    assert Tank(size=[4, 2]).size == (4, 2)


def test_a_spec_does_not_change_and_a_changed_copy_is_checked() -> None:
    tank = Tank()
    with pytest.raises(FrozenInstanceError):
        tank.fish = 5  # type: ignore[misc]
    assert tank.replace(fish=5) == Tank(fish=5) and tank == Tank()
    with pytest.raises(FieldError):
        tank.replace(fish=0)


def test_a_spec_comes_back_from_json_and_what_is_left_out_takes_its_default() -> None:
    tank = Tank(fish=7, size=(4, 1), water="sea", lit=False, label="Ünïcode ×")
    assert Tank.from_dict(json.loads(json.dumps(tank.to_dict()))) == tank
    assert Tank.from_dict({"fish": 7}) == Tank(fish=7)


def test_a_later_field_is_written_only_where_it_is_not_as_it_was_before_it_came() -> None:
    assert NewerTank().to_dict() == Tank().to_dict()
    bubbling = NewerTank(bubbles=2)
    assert bubbling.to_dict() == Tank().to_dict() | {"bubbles": 2}
    assert NewerTank.from_dict(bubbling.to_dict()) == bubbling


def test_an_unknown_entry_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="Tank has no field 'sharks'"):
        Tank.from_dict({"fish": 3, "sharks": 1})


# Numbers of which another is only another: it draws other weights, other points.
ONLY_OTHERS = {"seed", "draw"}


def test_every_number_that_can_be_set_says_what_happens_when_it_is_larger_and_smaller() -> None:
    specs = {TrainingSpec, DataSpec}
    for registry in (LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, AUGMENTATIONS):
        specs |= {spec for entry in registry if (spec := getattr(entry.item, "Spec", entry.item))}
    mute = {
        f"{spec.__qualname__}.{info.name}"
        for spec in specs
        for info in describe(spec)
        if info.form in ("int", "float", "pair") and info.name not in ONLY_OTHERS and not (info.larger and info.smaller)
    }
    assert mute == set()
