"""The interpolation of augmentation against PyTorch's: affine mappings and free ones, drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from fishlab.core.augmentation.mapping import AT_ONCE, Mapping, Sampler  # noqa: E402

SIZES = [(1, 28, 28), (3, 7, 12), (2, 1, 9), (1, 5, 1)]


def random_mapping(rng: np.random.Generator, count: int, size: tuple[int, int, int], bent: bool) -> Mapping:
    mapping = Mapping(count)
    mapping.move(rng.uniform(-4, 4, (count, 2)))
    mapping.turn(np.eye(2) + rng.uniform(-0.8, 0.8, (count, 2, 2)))
    mapping.move(rng.uniform(-2, 2, (count, 2)))
    if bent:
        mapping.warp(rng.uniform(-3, 3, (count, 2, *size[1:])).astype(np.float32))
    return mapping


def places(mapping: Mapping, size: tuple[int, int, int]) -> np.ndarray:
    """Where every pixel comes from, (N, H, W, 2), x then y, from the middle."""
    _, rows, columns = size
    y, x = np.mgrid[:rows, :columns]
    place = np.stack([x - (columns - 1) / 2, y - (rows - 1) / 2], axis=-1)
    found = np.einsum("nij,hwj->nhwi", mapping.matrix, place) + mapping.offset[:, None, None]
    return found if mapping.bend is None else found + np.moveaxis(mapping.bend, 1, -1)


@pytest.mark.parametrize("bent", [False, True], ids=["straight", "bent"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_images_are_looked_up_where_pytorch_looks(size: tuple[int, int, int], bent: bool) -> None:
    rng, count = np.random.default_rng(1), AT_ONCE + 6
    images = rng.integers(0, 256, (count, *size), dtype=np.uint8)
    mapping, out = random_mapping(rng, count, size, bent), np.empty(images.shape, np.float32)
    grid = places(mapping, size) * 2 / (size[2], size[1])  # -1 and 1 are the outer edges of the outer pixels
    Sampler(size).sample(images, mapping, out)
    wanted = torch.nn.functional.grid_sample(
        torch.from_numpy(images.astype(np.float64)), torch.from_numpy(grid), padding_mode="zeros", align_corners=False
    )
    np.testing.assert_allclose(out, wanted.numpy(), atol=255 * 1e-5)
