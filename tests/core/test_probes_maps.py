"""Filters, feature maps, what excites a unit, saliency: what they show is what the network computes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_runs import dataset, dense, everything, project, trained

from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.data.prepare import Prepared, prepare
from fishlab.core.errors import Cancelled, DataError, LabelError, UnfitError
from fishlab.core.layers import LAYERS, LayerSpec
from fishlab.core.moment import Moment
from fishlab.core.numeric import numerical_gradient
from fishlab.core.probes.excite import excite
from fishlab.core.probes.filters import filter_bank, filterable
from fishlab.core.probes.layer_by_layer import LayerByLayer, receptive_boxes
from fishlab.core.probes.maps import feature_maps
from fishlab.core.probes.saliency import saliency
from fishlab.core.shapes import infer
from fishlab.core.sight import Sight
from fishlab.core.spec import ProjectSpec


def layer(kind: str, uid: str = "", **values: object) -> LayerSpec:
    return LAYERS[kind].item.Spec(**({"uid": uid} if uid else {}), **values)


def conv(uid: str, filters: int, kernel: object = 3, **values: object) -> LayerSpec:
    return layer("convolution", uid, filters=filters, kernel_size=kernel, **values)


def head() -> list[LayerSpec]:
    return [layer("flatten", "flat"), layer("affine", "head", units=10)]


def blocks() -> list[LayerSpec]:
    body = (conv("a", 4, padding=1), layer("batch_normalization", "bn"), layer("relu", "r"), conv("b", 4, padding=1))
    wide = (conv("wide", 3, 5, padding=2),)
    return [
        conv("first", 4),
        layer("relu", "r1"),
        layer("residual", "sum", branches=(body, ())),
        layer("relu", "r2"),
        layer("parallel", "side", branches=((conv("narrow", 2, 1),), wide)),
        layer("max_pool", "pool"),
        *head(),
    ]


def looked_at(spec: ProjectSpec, **words: object) -> Sight:
    return Sight(Moment.fresh(spec), data=prepared, **words)


def prepared(moment: Moment) -> Prepared:
    return prepare(dataset(), moment.project.data, seed=moment.project.training.seed)


def exact(layers: list[LayerSpec]) -> Sight:
    return looked_at(project(layers, precision="float64"))


# -- feature maps ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("layers", [dense(), everything(), blocks()], ids=["dense", "everything", "blocks"])
def test_the_answer_under_the_maps_is_what_the_network_predicts(layers) -> None:
    sight = looked_at(project(layers))
    found = feature_maps(sight, image=number_of(sight, 7))
    pixels = sight.data.train.images[7:8]
    np.testing.assert_allclose(found.answer, sight.network.predict(sight.scaling.apply(pixels))[0], rtol=2e-5)
    assert found.image.pixels.tobytes() == pixels.tobytes()
    assert found.image.label == sight.data.train.labels[7]
    assert {entry.uid for entry in found.layers} == {entry.uid for entry in sight.moment.network.walk()}


def test_the_maps_are_what_each_layer_makes_of_the_one_before() -> None:
    sight = exact(blocks())
    maps = {entry.uid: entry for entry in feature_maps(sight, image=number_of(sight, 3)).layers}
    rectified = np.maximum(maps["first"].values, 0)
    np.testing.assert_array_equal(maps["r1"].values, rectified)
    np.testing.assert_allclose(maps["sum"].values, maps["b"].values + maps["r1"].values, atol=1e-6)
    together = np.concatenate([maps["narrow"].values, maps["wide"].values])
    np.testing.assert_array_equal(maps["side"].values, together)
    assert maps["b"].number == "3a4"
    assert list(maps)[2:8] == ["a", "bn", "r", "b", "sum", "r2"]
    first = maps["first"]
    assert (first.low, first.high) == pytest.approx((first.values.min(), first.values.max()))


def number_of(sight: Sight, place: int) -> int:
    """What the image at this place of those learned from is called."""
    return int(sight.data.train.numbers[place])


def test_a_drawing_goes_through_like_an_image() -> None:
    sight = looked_at(project(everything()))
    image = sight.data.train.images[5].astype(np.float32)
    drawn, known = feature_maps(sight, drawing=image.tobytes()), feature_maps(sight, image=number_of(sight, 5))
    np.testing.assert_array_equal(drawn.answer, known.answer)
    assert drawn.image.label is None
    with pytest.raises(DataError, match="the network reads 1 × 8 × 8"):
        feature_maps(sight, drawing=bytes(4))


def test_images_of_another_size_are_refused_in_words() -> None:
    spec = project(everything())
    wide = dataclasses.replace(spec, network=dataclasses.replace(spec.network, in_shape=(1, 12, 12)))
    for probe in (feature_maps, saliency, lambda sight: excite(sight, layer=wide.network.layers[0].uid)):
        with pytest.raises(UnfitError, match="reads 1 × 12 × 12, and an image of the data is 1 × 8 × 8"):
            probe(looked_at(wide))


def test_colour_images_go_through_with_all_their_channels() -> None:
    rng = np.random.default_rng(0)
    images = ImageSet(rng.integers(0, 256, (30, 3, 6, 7), dtype=np.uint8), np.arange(30) % 10)
    spec = project([conv("c", 2), *head()])
    spec = dataclasses.replace(spec, network=dataclasses.replace(spec.network, in_shape=(3, 6, 7)))
    data = prepare(Dataset("Colours", "own", images, images), spec.data)
    sight = Sight(Moment.fresh(spec), data=lambda _moment: data)
    assert saliency(sight, image=1).gradient.shape == (3, 6, 7)
    assert saliency(sight, image=1).magnitude.shape == (6, 7)
    assert feature_maps(sight).layers[0].shape == (2, 4, 5)
    found = excite(sight, layer="c", top=2)
    assert found.images.shape[1:] == (3, 6, 7)
    assert (found.boxes[..., 2:] - found.boxes[..., :2] == 3).all()


def test_the_last_image_stands_for_one_beyond_the_end() -> None:
    sight = looked_at(project())
    found = feature_maps(sight, image=10**6, split="validation")
    assert found.image.number == found.image.last == sight.data.validation.numbers.max()


def test_looking_inside_leaves_the_network_as_it_was() -> None:
    sight = looked_at(project(blocks()))
    network, (x, _) = sight.network, sight.batch(20)
    before, stages, chains = network.arrays(), network.stages, [b.chains for b in network.layers if b.branches]
    scores = network.forward(x, training=False).copy()
    feature_maps(sight)
    saliency(sight)
    excite(sight, layer="b", count=30)
    np.testing.assert_array_equal(network.forward(x, training=False), scores)
    assert network.stages is stages
    assert [b.chains for b in network.layers if b.branches] == chains
    assert not network.layers[0].input_gradient
    for key, array in network.arrays().items():
        np.testing.assert_array_equal(array, before[key])


# -- saliency --------------------------------------------------------------------------------------------------------
SMOOTH = [
    conv("c", 3, (2, 3), stride=(2, 1), padding=(1, 0)),
    layer("batch_normalization"),
    layer("tanh"),
    layer("average_pool", pool_size=(2, 2), stride=(1, 2)),
    layer("dropout", rate=0.3, scaled="predicting"),
    layer("residual", branches=((conv("in", 3, padding=1), layer("sigmoid")), ())),
    layer("parallel", branches=((conv("p1", 2, 1),), (conv("p2", 2, 3, padding=1),))),
    *head(),
]


@pytest.mark.parametrize("of", [0, 7])
def test_saliency_is_the_slope_of_the_score_found_by_changing_each_pixel(of) -> None:
    sight = exact(SMOOTH)
    found = saliency(sight, image=number_of(sight, 2), of=of)
    read = sight.scaling.apply(sight.data.train.images[2:3]).astype(np.float64)[0]

    def score(pixels: np.ndarray) -> float:
        return float(sight.network.forward(np.ascontiguousarray(pixels[..., None]), training=False)[of, 0])

    assert found.score == pytest.approx(score(read), rel=1e-12)
    np.testing.assert_allclose(found.gradient, numerical_gradient(score, read), rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(found.magnitude, np.abs(found.gradient[0]))


def test_saliency_asks_for_the_label_the_answer_or_any_class() -> None:
    sight = looked_at(project(everything()))
    number = number_of(sight, 4)
    label, best = saliency(sight, image=number), saliency(sight, image=number, of="answer")
    assert label.target == label.image.label == sight.data.train.labels[4]
    assert best.target == int(best.answer.argmax())
    drawing = sight.data.train.images[4].astype(np.float32).tobytes()
    assert saliency(sight, drawing=drawing).target == best.target
    with pytest.raises(LabelError, match="10 classes"):
        saliency(sight, of=10)


# -- what excites a unit -----------------------------------------------------------------------------------------------
def plain_outputs(sight: Sight, uid: str, count: int) -> np.ndarray:
    return LayerByLayer(sight.network).output(uid, sight.batch(count)[0]).copy()


@pytest.mark.parametrize("uid", ["first", "wide", "flat", "head"])
def test_the_images_that_excite_a_unit_are_those_with_its_largest_answers(uid) -> None:
    sight = exact(blocks())
    LayerByLayer.at_once = property(lambda self: 17, lambda self, value: None)  # several parts, the last one ragged
    try:
        found = excite(sight, layer=uid, count=90, top=5)
    finally:
        del LayerByLayer.at_once
    out = plain_outputs(sight, uid, 90)
    best = out.reshape(len(out), -1, 90).max(axis=1)
    order = np.argsort(-best, axis=1, kind="stable")[:, :5]
    np.testing.assert_array_equal(found.numbers[found.places], sight.data.train.numbers[order])
    np.testing.assert_allclose(found.values, np.take_along_axis(best, order, axis=1), rtol=1e-6)
    train = sight.data.train
    np.testing.assert_array_equal(found.images[found.places], train.images[order])
    np.testing.assert_array_equal(found.labels[found.places], train.labels[order])
    seven = train.labels[:90] == 7
    np.testing.assert_allclose(found.means[:, 7], best[:, seven].mean(axis=1), rtol=1e-5)
    assert found.looked == 90


def test_nothing_outside_its_box_changes_the_strongest_answer() -> None:
    sight = exact(blocks())
    found = excite(sight, layer="b", count=50, top=3)
    inside = LayerByLayer(sight.network)
    for unit in range(len(found.values)):
        top, left, bottom, right = found.boxes[unit, 0]
        assert (bottom - top, right - left) < (8, 8)
        pixels = sight.scaling.apply(found.images[found.places[unit, :1]]).astype(np.float64)
        cut = np.full_like(pixels, 3.0)
        cut[..., top:bottom, left:right] = pixels[..., top:bottom, left:right]
        strongest = inside.output("b", np.moveaxis(pixels, 0, -1)).copy()[unit, ..., 0]
        spot = np.unravel_index(strongest.argmax(), strongest.shape)
        assert strongest[spot] == inside.output("b", np.moveaxis(cut, 0, -1))[unit, ..., 0][spot]


def test_work_on_many_images_can_be_called_off() -> None:
    told = []

    def look(done: int, total: int) -> None:
        told.append((done, total))
        raise Cancelled

    with pytest.raises(Cancelled):
        excite(looked_at(project(blocks()), look=look), layer="b", count=60)
    assert told == [(0, 60)]


def test_labels_without_a_class_do_not_count_for_any() -> None:
    sight = looked_at(project(blocks()))
    train = sight.data.train
    labels = train.labels.copy()
    labels[:10], labels[10:20] = -1, 77
    strange = dataclasses.replace(sight.data, train=ImageSet(train.images, labels))
    found = excite(Sight(sight.moment, data=lambda _moment: strange), layer="b", count=50)
    kept = labels[20:50]
    assert np.isnan(found.means[0]).tolist() == [k not in kept for k in range(10)]


def test_a_layer_that_is_not_there_is_excited_by_nothing() -> None:
    assert excite(looked_at(project(blocks())), layer="gone") is None


# -- receptive fields ------------------------------------------------------------------------------------------------
def boxes(layers: list[LayerSpec], uid: str, *place: int) -> list[int]:
    inside = LayerByLayer(looked_at(project([*layers, *head()])).network)
    return receptive_boxes(inside, uid, tuple(np.array([index]) for index in place))[0].tolist()


def test_a_window_sees_its_own_rows_and_columns() -> None:
    window = conv("c", 2, (2, 3), stride=(2, 1), padding=(1, 0))
    assert boxes([window], "c", 0, 0, 0) == [0, 0, 1, 3]
    assert boxes([window], "c", 1, 2, 5) == [3, 5, 5, 8]


def test_receptive_fields_grow_from_layer_to_layer() -> None:
    stack = [conv("c1", 2), layer("relu", "r"), layer("max_pool", "p"), conv("c2", 2, 2)]
    assert boxes(stack, "p", 1, 1, 2) == [2, 4, 6, 8]
    assert boxes(stack, "c2", 1, 0, 1) == [0, 2, 6, 8]


def test_branches_of_a_block_see_different_parts() -> None:
    side = layer("parallel", "side", branches=((conv("n", 1, 1),), (conv("w", 1, 5, padding=2),)))
    assert boxes([side], "side", 0, 3, 4) == [3, 4, 4, 5]
    assert boxes([side], "side", 1, 3, 4) == [1, 2, 6, 7]


def test_a_number_of_a_flat_row_still_has_its_place_and_an_affine_sees_all() -> None:
    assert boxes([conv("c", 2)], "flat", 36 + 6 * 4 + 1) == [4, 1, 7, 4]
    assert boxes([conv("c", 2)], "head", 3) == [0, 0, 8, 8]


def test_every_number_of_a_map_has_the_box_that_it_has_by_itself() -> None:
    sight = looked_at(project(blocks()))
    inside = LayerByLayer(sight.network)
    for layer in feature_maps(sight).layers:
        if len(layer.shape) == 1:
            assert layer.rows.size == 0 and layer.title in ("Flatten", "Affine")
            continue
        places = tuple(axis.reshape(-1) for axis in np.indices(layer.shape))
        wanted = receptive_boxes(inside, layer.uid, places).tolist()
        assert [list(layer.box(*place)) for place in zip(*places, strict=True)] == wanted, layer.number


def test_what_numbers_see_of_very_large_images_is_left_open(monkeypatch) -> None:
    monkeypatch.setattr("fishlab.core.probes.layer_by_layer.MOST_MULT_ADDS", 1000)
    large = project([conv("large", 5), *head()])
    assert [layer.box(0, 0, 0) for layer in feature_maps(looked_at(large)).layers if len(layer.shape) == 3] == [None]
    assert (excite(looked_at(large), layer="large").boxes == -1).all()


def test_a_box_that_cannot_be_known_is_said_to_be_unknown() -> None:
    class Deaf:
        """A layer of somebody's own that makes zeros of whatever comes."""

        in_shape, at_once, dtype = (1, 8, 8), 5, np.float32
        spec = project([conv("c", 1), *head()]).network

        def output(self, _uid: str, x: np.ndarray) -> np.ndarray:
            return np.zeros_like(x)

    found = receptive_boxes(Deaf(), "deaf", (np.array([0]), np.array([3]), np.array([4])))
    assert found.tolist() == [[-1, -1, -1, -1]]


# -- filters ---------------------------------------------------------------------------------------------------------
def bank_of(layers: list[LayerSpec], uid: str = ""):
    return filter_bank(looked_at(project(layers)), layer=uid)


def test_any_convolution_has_its_filters_before_and_now() -> None:
    model = trained(project(blocks()), steps=2)
    sight = Sight(Moment.of(model))
    for uid, number in (("first", "1"), ("b", "3a4"), ("wide", "5b1")):
        found = filter_bank(sight, layer=uid)
        np.testing.assert_array_equal(found.now, model.weights[f"{uid}/W"])
        np.testing.assert_array_equal(found.before, model.start[f"{uid}/W"])
        assert found.number == number
        assert not np.array_equal(found.before, found.now)
    assert filter_bank(sight).uid == "first"


def test_a_transposed_convolution_has_its_filters_first() -> None:
    layers = [conv("c", 3), layer("transposed_convolution", "t", filters=5), *head()]
    sight = looked_at(project(layers))
    found = filter_bank(sight, layer="t")
    assert found.now.shape == (5, 3, 2, 2)
    np.testing.assert_array_equal(found.now[4, 1], sight.moment.weights["t/W"][1, 4])


def test_an_affine_behind_an_image_is_one_image_for_each_unit() -> None:
    layers = [conv("c", 3), layer("flatten"), layer("relu"), layer("affine", "wide", units=7), *head()[1:]]
    sight = looked_at(project(layers))
    found = filter_bank(sight, layer="wide")
    assert found.now.shape == (7, 3, 6, 6)
    assert found.now[2, 1, 4, 5] == sight.moment.weights["wide/W"][36 + 4 * 6 + 5, 2]
    assert bank_of(layers, "head") is None  # its inputs are mixed: they have no place in an image


def test_an_affine_of_equal_size_hides_the_image_from_the_next_one() -> None:
    layers = [layer("flatten"), layer("affine", "same", units=64), layer("affine", "next", units=10)]
    assert set(filterable(infer(project(layers).network))) == {"same"}


def test_of_very_many_filters_the_first_are_looked_at(monkeypatch) -> None:
    monkeypatch.setattr("fishlab.core.probes.filters.MOST_NUMBERS", 200)
    found = bank_of(dense())
    assert found.now.shape == (3, 1, 8, 8)
    assert found.count == 12


def test_points_in_a_plane_have_no_pictures() -> None:
    spec = project([layer("affine", "a", units=8), layer("relu"), layer("affine", "z", units=10)])
    spec = dataclasses.replace(spec, network=dataclasses.replace(spec.network, in_shape=(2,)))
    sight = Sight(Moment.fresh(spec))
    assert filter_bank(sight, layer="a") is None
    assert saliency(sight) is None
    assert excite(sight, layer="a") is None


def test_windows_of_a_pooling_whose_largest_numbers_are_equal_are_counted() -> None:
    sight = looked_at(project([conv("c", 2), layer("relu", "r"), layer("max_pool", "p"), *head()]))
    sight.network.parameters["c/b"].value[:] = 0.5, -0.5  # a black image ties in the first map; the other is all 0
    x = np.zeros((1, 8, 8, 1), np.float32)
    assert LayerByLayer(sight.network).ties(x) == 9
    x[0, 4, 4] = 1.0
    assert 0 < LayerByLayer(sight.network).ties(x) < 9
    assert saliency(sight, drawing=bytes(256)).ties == 9
    assert saliency(sight).ties == 0


def test_ties_in_a_border_are_none_and_those_in_blocks_count() -> None:
    pool = layer("max_pool", "p", pool_size=(3, 3), stride=(1, 1), padding=(1, 1))
    sight = looked_at(project([layer("residual", "sum", branches=((pool,), ())), *head()]))
    x = np.arange(64, dtype=np.float32).reshape(1, 8, 8, 1) + 1
    assert LayerByLayer(sight.network).ties(x) == 0
    assert LayerByLayer(sight.network).ties(np.ones_like(x)) == 64
