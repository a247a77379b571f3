"""What several tests of the exchange stand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fishlab.core.layers import LAYERS, Layer, LayerSpec
from fishlab.core.layers.base import Array, register_layer


@pytest.fixture
def own_layer() -> Iterator[LayerSpec]:
    """A layer of somebody's own, until the test ends."""

    @dataclass(frozen=True, kw_only=True)
    class OwnSpec(LayerSpec):
        """Nothing to set."""

    class Own(Layer[OwnSpec]):
        Spec = OwnSpec

        def forward(self, x: Array, *, training: bool) -> Array:
            return x

    register_layer("own", title="My own", help="A test's.")(Own)
    yield OwnSpec()
    LAYERS.remove("own")
