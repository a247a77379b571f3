"""A drawing becomes an image as MNIST has them."""

import numpy as np
import pytest

from fishlab.core.data.mnist import read_mnist
from fishlab.core.digit_image import SIZE, as_mnist


def stroke(height: int = 224, width: int = 224, rows: slice = slice(30, 190), columns: slice = slice(100, 118)):
    raster = np.zeros((height, width), dtype=np.uint8)
    raster[rows, columns] = 255
    return raster


def extent(image: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(image[0])
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre(image: np.ndarray) -> np.ndarray:
    places = np.indices((SIZE, SIZE)).reshape(2, -1)
    return places @ image.ravel() / image.sum()


def test_nothing_drawn_gives_no_image() -> None:
    assert as_mnist(np.zeros((200, 200), dtype=np.uint8)) is None


def test_an_image_is_grey_levels_of_mnists_shape_and_range() -> None:
    image = as_mnist(stroke())
    assert image is not None and image.shape == (1, SIZE, SIZE) and image.dtype == np.float32
    assert image.min() == 0 and 250 <= image.max() <= 255


@pytest.mark.parametrize("side", [60, 224, 500])
def test_the_longest_side_measures_20_pixels_at_any_size_of_drawing(side: int) -> None:
    wide = as_mnist(stroke(side, side, slice(5, 12), slice(4, side - 6)))
    tall = as_mnist(stroke(side, side, slice(4, side - 6), slice(5, 12)))
    assert wide is not None and tall is not None
    assert extent(wide)[1] == extent(tall)[0] == 20


def test_the_centre_of_mass_lies_within_half_of_pixel_14_wherever_the_digit_was_drawn() -> None:
    raster = stroke(rows=slice(10, 150), columns=slice(20, 40))
    raster[130:150, 20:100] = 255  # an L: its middle is not its centre of mass
    for moved in (raster, np.roll(raster, (60, 90), axis=(0, 1))):
        image = as_mnist(moved)
        assert image is not None
        np.testing.assert_allclose(centre(image), [14, 14], atol=0.51)


def test_ink_is_kept_where_centring_would_push_it_over_the_edge() -> None:
    raster = np.zeros((200, 200), dtype=np.uint8)
    raster[0:200, 0:1] = 255  # a long thin arm ...
    raster[0:30, 0:200] = 255  # ... and all the weight at the top
    image = as_mnist(raster)
    assert image is not None
    assert image.sum() == pytest.approx(raster.sum(dtype=np.float64) * (20 / 200) ** 2, rel=0.01)


def test_edges_are_soft_as_mnists_are() -> None:
    raster = np.zeros((224, 224), dtype=np.uint8)
    for i in range(20, 200):
        raster[i, i : i + 18] = 255
    image = as_mnist(raster)
    assert image is not None
    assert np.count_nonzero((image > 20) & (image < 235)) > 20


@pytest.mark.slow
def test_an_image_of_mnist_drawn_large_comes_back_as_it_was(mnist_dir) -> None:
    images = read_mnist(mnist_dir).test.images[:500]
    for image in images:
        back = as_mnist(np.kron(image[0], np.ones((8, 8))))
        np.testing.assert_array_equal(back, np.rint(image * (255 / image.max())))


def test_a_drawing_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="height, width"):
        as_mnist(np.zeros((1, 28, 28)))
