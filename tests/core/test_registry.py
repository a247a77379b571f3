"""Registries: how every choice is found."""

import pytest

from fishlab.core.errors import UnknownKindError
from fishlab.core.layers import LAYERS
from fishlab.core.registry import Registry


@pytest.fixture
def fish() -> Registry[str]:
    registry: Registry[str] = Registry("fish")
    registry.register("pike", title="Northern pike", group="Fresh", chapter="2.1", aliases=("esox",))("a")
    registry.register("cod", title="Cod", group="Sea", help="Swims.", icon="round")("b")
    registry.register("perch", title="Perch", group="Fresh")("c")
    return registry


def test_entries_keep_the_order_in_which_they_came(fish: Registry[str]) -> None:
    assert fish.kinds() == ("pike", "cod", "perch")
    assert [entry.item for entry in fish] == ["a", "b", "c"]
    assert len(fish) == 3
    assert {group: [entry.kind for entry in found] for group, found in fish.groups().items()} == {
        "Fresh": ["pike", "perch"],
        "Sea": ["cod"],
    }


def test_an_old_name_still_finds_its_entry(fish: Registry[str]) -> None:
    assert fish["esox"] is fish["pike"]
    assert "esox" in fish and "shark" not in fish


def test_an_icon_is_named_like_the_kind_unless_said_otherwise(fish: Registry[str]) -> None:
    assert (fish["pike"].icon, fish["cod"].icon) == ("pike", "round")


@pytest.mark.parametrize(
    ("words", "found"),
    [("pike", ["pike"]), ("FRESH", ["pike", "perch"]), ("fresh nor", ["pike"]), ("2.1", ["pike"]), ("esox", ["pike"])],
)
def test_a_search_takes_every_word_from_anywhere(fish: Registry[str], words: str, found: list[str]) -> None:
    assert [entry.kind for entry in fish if entry.matches(words)] == found


def test_an_empty_search_finds_all(fish: Registry[str]) -> None:
    assert all(entry.matches("") for entry in fish)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("perhc", "There is no fish called 'perhc': did you mean 'perch'?"),
        ("whale", "There is no fish called 'whale': known are pike, cod, perch."),
    ],
)
def test_an_unknown_kind_is_told_what_is_near_or_known(fish: Registry[str], kind: str, sentence: str) -> None:
    with pytest.raises(UnknownKindError) as caught:
        fish[kind]
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("kind", "aliases"), [("cod", ()), ("esox", ()), ("eel", ("pike",))])
def test_a_name_is_given_once(fish: Registry[str], kind: str, aliases: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        fish.register(kind, title="Again", aliases=aliases)("d")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("dense", "affine"),
        ("linear", "affine"),
        ("conv2d", "convolution"),
        ("max_pooling", "max_pool"),
        ("batch_norm", "batch_normalization"),
    ],
)
def test_the_words_of_other_frameworks_find_the_layers(word: str, kind: str) -> None:
    assert LAYERS[word].kind == kind
    assert LAYERS[kind].matches(word)
