"""The clumsy and the hostile: whatever is put in, what comes out is a sentence, and no accident of the machine."""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import dense, images, layer, prepared, project, trained

from fishlab.cli import main
from fishlab.core import evaluation, network
from fishlab.core.augmentation import AUGMENTATIONS
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import prepare
from fishlab.core.errors import ArrayError, DataError, FishLabError, LabelError, NetworkError, SpecError, UnfitError
from fishlab.core.evaluation import computing, confusion_matrix, evaluate_now
from fishlab.core.fields import FieldInfo, describe
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.losses import LOSSES
from fishlab.core.memory import training_bytes
from fishlab.core.metrics import class_scores, score_answers, top_accuracy
from fishlab.core.network import Network, answered_at_once
from fishlab.core.notebook import fit
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.own_layers import LayerFileError, load_layers
from fishlab.core.registry import Registry
from fishlab.core.schedules import SCHEDULES
from fishlab.core.shapes import infer
from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
from fishlab.core.templates import find_template
from fishlab.core.training import Trainer

SHAPES = ((1, 1, 1), (3, 1, 7), (1,), (4096,), (2, 5, 4), (784,))
SMALL = 3_000_000  # bytes that a trial may take
ODD = (float("nan"), float("inf"), 10**400, -1, True, None, "3", (), "", [1, 2, 3], np.array([1, 2]))


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# -- layers at their ends --------------------------------------------------------------------------------------------
def ends(info: FieldInfo) -> list[Any]:
    """Values of a field at both its ends, and beside them."""
    low, high = info.minimum, info.maximum
    if info.form == "int":
        return [int(low or 0), int(low or 0) + 1, 3, int(high or 9)]
    if info.form == "pair":
        return [(int(low or 0),) * 2, (3, 1), (1, int(high or 9))]
    if info.form == "float":
        return [value for bound in (low, high) if bound is not None for value in (bound, np.nextafter(bound, 0.5))]
    return {"choice": [choice.value for choice in info.choices], "bool": [True, False]}.get(info.form, [])


def with_field(spec: type[LayerSpec], info: FieldInfo, value: Any) -> LayerSpec | None:
    """The spec, or None where the field says that it does not take the value."""
    try:
        return spec(**{info.name: value})
    except FishLabError as error:
        assert len(str(error)) < 300 and info.label in str(error)
        return None


def described(kind: str) -> Iterator[LayerSpec]:
    spec = LAYERS[kind].item.Spec
    yield spec()
    for info in describe(spec):
        for value in (*ends(info), *ODD):
            found = with_field(spec, info, value)
            if found is not None:
                yield found


def tried(spec: LayerSpec, shape: tuple[int, ...], rng: np.random.Generator) -> bool:
    """Whether a network with this layer says that it does not work, or else computes a step."""
    stack = NetworkSpec(in_shape=shape, classes=2, layers=(spec, layer("flatten"), layer("affine", units=2)))
    report = infer(stack)
    if report.problem:
        assert report.problem.reason.endswith(".") and report.problem.summary
        return False
    if training_bytes(ProjectSpec(network=stack), report, 2) > SMALL:
        return False
    built = Network(stack)
    with computing():
        built.begin_step(0)
        built.gradient_step(rng.normal(size=(*shape, 2)).astype(np.float32), np.array([0, 1]))
    assert built.predict(rng.normal(size=(1, *shape))).shape == (1, 2)
    return True


@pytest.mark.one_in(9)
@pytest.mark.parametrize("kind", [entry.kind for entry in LAYERS])
def test_a_layer_at_the_ends_of_its_fields_says_what_is_wrong_or_computes(kind: str) -> None:
    rng = np.random.default_rng(0)
    specs = list(described(kind))
    chosen = random.Random(kind).sample(specs, min(len(specs), 10))
    computed = [tried(spec, shape, rng) for spec in chosen for shape in SHAPES]
    assert any(computed)


def test_bilinear_upsampling_of_very_long_rows_is_refused_with_the_arithmetic_and_a_repair() -> None:
    wide = layer("upsampling", factor=(64, 1), method="bilinear")
    report = infer(NetworkSpec(in_shape=(1, 2000, 4), layers=(wide,)))
    assert report.problem is not None and report.problem.arithmetic == "2,000·64·2,000 = 256,000,000 > 10,000,000"
    assert infer(report.problem.repairs[0].network).layers[0].out_shape == (1, 128_000, 4)


# -- descriptions made in Python -------------------------------------------------------------------------------------
TWICE = layer("affine", units=10)
SPECS: dict[str, tuple[Callable[[], Any], str]] = {
    "a shape that is a number": (lambda: NetworkSpec(in_shape=28), "The input shape is 28: it takes"),  # type: ignore
    "a shape of text": (lambda: NetworkSpec(in_shape="abc"), "The input shape is 'abc'"),  # type: ignore[arg-type]
    "a shape of nothing": (lambda: NetworkSpec(in_shape=(0,)), "The input shape is"),
    "a shape of fractions": (lambda: NetworkSpec(in_shape=(1, 28.5, 28)), "The input shape is"),  # type: ignore
    "a shape beyond all bounds": (lambda: NetworkSpec(in_shape=(10**9,) * 3), "of 1 to 4,096"),
    "no classes": (lambda: NetworkSpec(classes=0), "The number of classes of the network is 0: it takes"),
    "classes of text": (lambda: NetworkSpec(classes="10"), "The number of classes"),  # type: ignore[arg-type]
    "layers of text": (lambda: NetworkSpec(layers="ab"), "The layers of a network are 'ab'"),  # type: ignore[arg-type]
    "a name for a layer": (lambda: NetworkSpec(layers=("affine",)), "it takes a LayerSpec"),  # type: ignore[arg-type]
    "a layer twice": (lambda: NetworkSpec(layers=(TWICE, TWICE)), "Layers 1 and 2 of the network carry the same uid"),
    "the uid of the loss": (lambda: NetworkSpec(layers=(layer("relu", uid="loss"),)), "which no layer can have"),
    "a name for a loss": (lambda: NetworkSpec(loss="x"), "The loss of a network is 'x'"),  # type: ignore[arg-type]
    "a name for an optimizer": (lambda: TrainingSpec(optimizer="adam"), "The optimizer is 'adam'"),  # type: ignore
    "a name for a schedule": (lambda: TrainingSpec(schedule="cosine"), "The schedule is 'cosine'"),  # type: ignore
    "a layer for a schedule": (lambda: TrainingSpec(schedule=layer("relu")), "The schedule is"),  # type: ignore
    "a name for augmentation": (lambda: DataSpec(augmentation=("rotate",)), "An augmentation is 'rotate'"),  # type: ignore
    "no augmentation": (lambda: DataSpec(augmentation=None), "The augmentation is not a list"),  # type: ignore[arg-type]
    "no network": (lambda: ProjectSpec(network=None), "The network of a project is None"),  # type: ignore[arg-type]
    "an unknown setting": (lambda: fit("TwoLayerNet", learning_rate=1), "no setting 'learning_rate': it has"),
    "a kind that is None": (lambda: LAYERS[None], "There is no layer called None"),  # type: ignore[index]
    "a kind that is a list": (lambda: LOSSES[[]], r"There is no loss called \[\]"),  # type: ignore[index]
    "a template that is None": (lambda: find_template(None), "There is no template called None"),  # type: ignore
    "a network of nothing": (lambda: Network(None), "this is a NoneType"),  # type: ignore[arg-type]
    "whole numbers to compute in": (lambda: Network(project(dense()).network, dtype=int), "float32 or float64, not in"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_a_description_made_in_python_is_refused_with_a_sentence(name: str) -> None:
    make, words = SPECS[name]
    with pytest.raises(FishLabError, match=words):
        make()


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, inner in items:
        yield from paths(inner, (*path, name))


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(data)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return changed


def nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": "relu"}
    for _ in range(depth):
        data = {"kind": "residual", "branches": [[data], []]}
    return data


JUNK = [
    None, True, -1, 1.5, float("nan"), 10**400, "", "\ud800", [], [[]], {}, {"kind": "x"}, {"kind": []}, [None], [{}],
    [1.0, 28, 28], 2**63, nested(9), nested(50),
]  # fmt: skip


@pytest.mark.slow
def test_a_project_with_junk_anywhere_is_refused_or_is_a_project() -> None:
    block = layer("residual", branches=((layer("convolution", filters=1, kernel_size=3, padding=1),), ()))
    inner = layer("parallel", branches=((layer("relu"),), (block,)))
    steps = tuple(entry.item.Spec() for entry in AUGMENTATIONS)
    stack = (inner, layer("flatten"), layer("affine", units=10))
    spec = ProjectSpec(network=NetworkSpec(layers=stack), data=DataSpec(augmentation=steps))
    good, refused = spec.to_dict(), 0
    for path in paths(good):
        for junk in JUNK:
            try:
                found = ProjectSpec.from_dict(put(good, path, junk))
            except FishLabError as error:
                refused += 1
                assert 10 < len(str(error)) < 500
            else:
                infer(found.network)
                found.to_dict()
    assert refused > 1000


def test_blocks_nested_without_end_are_refused_in_a_sentence() -> None:
    for depth, words in ((900, "nested too deeply"), (5000, "5,001 layers; at most 1,000 are read")):
        with pytest.raises(SpecError, match=words):
            NetworkSpec.from_dict(NetworkSpec().to_dict() | {"layers": [nested(depth)]})


# -- losses ----------------------------------------------------------------------------------------------------------
LABELS: dict[str, Any] = {
    "below the classes": [-1, 0, 1], "above the classes": [0, 1, 4], "fractions": [0.0, 1.0, 2.0], "too few": [0, 1],
    "none": [], "beyond all bounds": [2**62] * 3, "beyond them without a sign": np.full(3, 2**63, np.uint64),
    "words": ["0", "1", "2"], "nothing": [None] * 3, "targets of words": [["a"] * 3] * 4,
    "complex": np.ones((4, 3)) * 1j,
    "targets turned over": np.zeros((3, 4)), "three axes": np.zeros((1, 4, 3)), "one number": 0,
}  # fmt: skip


@pytest.mark.one_in(4)  # which meets every loss
@pytest.mark.parametrize("kind", [entry.kind for entry in LOSSES])
@pytest.mark.parametrize("name", LABELS)
def test_labels_that_do_not_go_with_the_scores_are_refused_by_every_loss(kind: str, name: str) -> None:
    entry, scores = LOSSES[kind], np.ones((4, 3), np.float32)
    with pytest.raises(LabelError, match=r"it takes (whole numbers|0 to 3)"):
        entry.item(entry.item.Spec()).forward(scores, LABELS[name])


@pytest.mark.parametrize("kind", [entry.kind for entry in LOSSES])
def test_a_loss_of_nothing_is_refused_and_one_of_no_number_is_none(kind: str) -> None:
    loss = LOSSES[kind].item(LOSSES[kind].item.Spec())
    with pytest.raises(NetworkError, match="follows a forward pass"):
        loss.backward()
    with pytest.raises(DataError, match="at least one image"):
        loss.forward(np.ones((4, 0)), np.empty(0, int))
    with computing():
        assert np.isnan(loss.forward(np.full((4, 1), np.nan), np.array([0])))
    assert loss.forward(np.ones((4, 1)), [0]) > 0  # a list is as good as an array


# -- optimizers and schedules ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_gradients_that_are_no_numbers_end_the_run_and_the_last_good_weights_stay(kind: str) -> None:
    spec = project(dense(), optimizer=kind)
    trainer = Trainer(spec, prepared(spec))
    before = trainer.network.values.copy()
    trainer.network.layers[-1].params["b"].value[...] = np.inf
    events = list(trainer.events())
    assert events[-1].reason == "diverged" and "Try a learning rate of" in events[-1].text
    trainer.network.layers[-1].params["b"].value[...] = 0
    assert np.array_equal(trainer.network.values, before)


@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_a_schedule_gives_a_share_at_its_ends_and_beyond(kind: str) -> None:
    spec = SCHEDULES[kind].item
    kinds = [spec(**{info.name: value}) for info in describe(spec) for value in (info.maximum, info.minimum or 1)]
    for schedule in (spec(), *kinds, spec(warm_up=5e-324), spec(warm_up=10_000.0)):
        for place in (0, 1e-9, 1, 3.5, 1e4, 1e300):
            for epochs in (0, 1, 1e9):
                assert 0 <= schedule.factor(place, epochs, 0.5) <= 1


# -- images and labels -----------------------------------------------------------------------------------------------
GOOD = np.zeros((3, 1, 8, 8), np.uint8)
SETS: dict[str, tuple[Any, Any, str]] = {
    "doubles": (GOOD.astype(float), np.zeros(3, int), "The images are float64: they are uint8"),
    "lists": ([[1]], [1], "The images are a list"),
    "no channels": (GOOD[:, 0], np.zeros(3, int), "do not go together"),
    "too few labels": (GOOD, np.zeros(2, int), "do not go together"),
    "fractions as labels": (GOOD, np.full(3, np.nan), "The labels are float64"),
    "words as labels": (GOOD, np.array(["a"] * 3), "The labels are <U1"),
    "nothing as labels": (GOOD, np.array([None] * 3), "The labels are object"),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_arrays_that_make_no_set_are_refused(name: str) -> None:
    values, labels, words = SETS[name]
    with pytest.raises(ArrayError, match=words):
        ImageSet(values, labels)


def test_labels_of_any_width_are_taken_and_those_beyond_all_bounds_are_found() -> None:
    assert ImageSet(GOOD, np.zeros(3, np.int8)).labels.dtype == np.intp
    spec = project(dense())
    strange = ImageSet(GOOD.copy(), np.full(3, 2**64 - 1, np.uint64))
    with pytest.raises(UnfitError, match="3 of 3 have no class"):
        evaluate_now(Network(spec.network), strange, prepared(spec).scaling)


def one_set(count: int) -> Dataset:
    return Dataset("Few", "digits", images(count, 1), images(count, 1))


def test_sets_of_one_image_train_and_those_of_none_say_so() -> None:
    spec = project(dense(), epochs=1, batch_size=100_000)
    for way in ("one", "threads:3"):
        assert fit(spec, one_set(1), way=way).text == "Finished 1 epoch."
    with pytest.raises(DataError, match="Few has no training images"):
        fit(spec, one_set(0))


@pytest.mark.parametrize("scaling", ["standard", "channels", "pixels", "whitened"])
def test_images_without_any_difference_are_scaled_to_finite_numbers(scaling: str) -> None:
    for grey in (np.full((4, 1, 8, 8), 7, np.uint8), np.full((1, 1, 8, 8), 1e-45, np.float32)):
        part = ImageSet(grey, np.zeros(len(grey), int))
        data = prepare(Dataset("Grey", "digits", part, part), DataSpec(scaling=scaling, validation=0.0))
        assert np.isfinite(data.scaling.apply(grey)).all()


# -- fit and what it gives -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "what"),
    [
        ({"project": None}, "as project: it takes ProjectSpec"), ({"data": GOOD}, "a ndarray as data: it takes"),
        ({"data": [1]}, "a list as data"), ({"resume": "x"}, "a str as resume"), ({"way": 5}, "a int as way"),
    ],
)  # fmt: skip
def test_fit_does_not_pass_over_what_it_cannot_take(words: dict[str, Any], what: str) -> None:
    given = {"project": project(dense()), "data": one_set(20), **words}
    with pytest.raises(TypeError, match=what):
        fit(**given)


@pytest.mark.parametrize("epochs", [-1, 1.5, "3", True])
def test_epochs_that_cannot_be_are_refused(epochs: Any) -> None:
    with pytest.raises(FishLabError, match="epochs cannot be: it takes a whole number"):
        fit(project(dense()), one_set(20), way="one", epochs=epochs)


def test_what_a_network_answers_to_other_things_than_its_images_is_a_sentence() -> None:
    found = fit(project(dense()), one_set(20), way="one", epochs=1)
    for odd in (np.full((8, 8), "a"), np.full((8, 8), 1j), [[1, 2], [3]], np.full((8, 8), None)):
        with pytest.raises(ArrayError):
            found.predict(odd)
    for shape in ((3, 9, 9), (2,), ()):
        with pytest.raises(UnfitError, match="The network takes images of 1 × 8 × 8"):
            found.predict(np.zeros(shape))
        with pytest.raises(UnfitError, match="The network takes images"):
            found.network.predict(np.zeros(shape))
    with pytest.raises(UnfitError, match="the batch behind it as the last axis"):
        found.network.gradient_step(np.zeros((2, 1, 8, 8), np.float32), np.array([0, 1]))


ANSWERS = np.full((3, 4), 0.25)
COUNTS: dict[str, Callable[[], Any]] = {
    "no labels": lambda: confusion_matrix(np.empty(0, int), np.empty(0, int)),
    "fewer labels": lambda: confusion_matrix(np.array([1, 2]), np.array([1])),
    "labels below zero": lambda: confusion_matrix(np.array([-1]), np.array([0])),
    "a label that would take all memory": lambda: confusion_matrix(np.array([10**9]), np.array([0])),
    "labels that are fractions": lambda: confusion_matrix(np.array([0.5]), np.array([0])),
    "a matrix that is no square": lambda: class_scores(np.ones((3, 2), int)),
    "a matrix that is a row": lambda: class_scores(np.ones(3, int)),
    "a label without an answer": lambda: score_answers(ANSWERS, np.array([0, 1, 4])),
    "a label from behind": lambda: score_answers(ANSWERS, np.array([0, 1, -1])),
    "one label for three": lambda: score_answers(ANSWERS, np.array([1])),
    "the best none": lambda: top_accuracy(ANSWERS, np.array([0, 1, 2]), 0),
    "the best of more than there are": lambda: top_accuracy(ANSWERS, np.array([0, 1, 2]), 5),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_what_cannot_be_counted_is_refused(name: str) -> None:
    with pytest.raises(DataError):
        COUNTS[name]()


# -- memory ----------------------------------------------------------------------------------------------------------
def test_a_network_beyond_the_memory_is_refused_before_any_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "free_bytes", lambda: 2 * 10**9)
    wide = [layer("affine", units=8000) for _ in range(40)]
    inside = [layer("residual", branches=((layer("affine", units=4096),), ())) for _ in range(40)]
    for stack in ((*wide, layer("affine", units=10)), (*inside, layer("affine", units=10))):
        for dtype in (np.float32, np.float64):
            with pytest.raises(NetworkError, match=r"GB of memory, and 2\.0 GB are free"):
                Network(NetworkSpec(in_shape=(4096,), layers=stack), dtype=dtype)


def test_images_that_grow_large_in_a_network_are_answered_fewer_at_once() -> None:
    def at_once(size: int) -> int:
        growing = (layer("upsampling", factor=(size, size)), layer("global_average_pool"), layer("affine", units=10))
        return answered_at_once(infer(NetworkSpec(layers=growing)), 4)

    assert at_once(2) == 100 and 1 < at_once(64) < 50
    assert answered_at_once(infer(project(dense()).network), 10**9) == 1


def test_a_network_answers_the_same_however_many_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spec, some = project(dense()), images(30, 2)
    found = []
    for room in (network.ANSWERED_BYTES, 1):
        monkeypatch.setattr(network, "ANSWERED_BYTES", room)
        built = Network(spec.network)
        found.append((built.predict(some.images).argmax(axis=1), evaluate_now(built, some, prepared(spec).scaling)))
    assert np.array_equal(found[0][0], found[1][0]) and found[0][1].loss == pytest.approx(found[1][1].loss)
    assert built.at_once == 1 and evaluation.worth_threads(spec.network, 30) == 1


# -- the command line ------------------------------------------------------------------------------------------------
COMMANDS: dict[str, tuple[list[str], str]] = {
    "epochs that are a half": (["--epochs", "1.5"], "'1.5' is not a whole number"),
    "a rate of nothing": (["--rate", ""], "'' is not a number"),
    "batches beyond all bounds": (["--batches", "9" * 400], "at most 1,000,000,000,000"),
    "batches of words": (["--batches", "x"], "'x' is not a whole number"),
    "an optimizer without a name": (["--optimizer", ""], "There is no optimizer called ''"),
    "a schedule without a name": (["--schedule", ""], "There is no schedule called ''"),
    "a set without a name": (["--data", ""], "Data set is ''"),
    "points said twice": (["--set", "points=50", "--points", "1"], "Points is 1: it takes"),
    "a layer file with a zero byte": (["--layers", "a\0b"], "is not a name that a layer file can have"),
    "a layer file that is a folder": (["--layers", "."], "is no file"),
}  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_cannot_be_is_refused_on_the_command_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, sentence = COMMANDS[name]
    out = str(tmp_path / "out.fishlab")
    assert sentence in said(capsys, "train", "twolayernet", "-o", out, "--data", "moons", "--fit", *words)
    assert not Path(out).exists()


@pytest.mark.parametrize("word", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused_by_every_command(
    word: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for command in (["train", word, "-o", str(tmp_path / "out")], ["evaluate", word], ["profile", word], [word]):
        assert said(capsys, *command).count("\n") == 1
    assert "is not a name" in said(capsys, "check-layer", word)
    with pytest.raises(LayerFileError, match="is not a name that a layer file can have"):
        load_layers(word)


def test_a_registry_names_what_is_near_only_for_words() -> None:
    things: Registry[int] = Registry("thing")
    things.register("apple", title="Apple")(1)
    with pytest.raises(FishLabError, match="did you mean 'apple'"):
        things["aple"]
    with pytest.raises(FishLabError, match="There is no thing called 5: known are apple"):
        things[5]  # type: ignore[index]


def test_a_checkpoint_of_a_stopped_run_is_not_spoiled_by_a_refused_one() -> None:
    spec = project(dense())
    model = trained(spec, steps=3)
    before = {key: array.copy() for key, array in model.weights.items()}
    with pytest.raises(FishLabError):
        Trainer(spec, prepared(spec), resume=model, epochs=-1)
    assert all(np.array_equal(before[key], array) for key, array in model.weights.items())
