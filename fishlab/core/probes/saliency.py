"""Saliency: which pixels the score of a class hangs on (Simonyan, Vedaldi and Zisserman 2013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.data.dataset import class_words
from fishlab.core.errors import LabelError
from fishlab.core.probes.base import PROBES
from fishlab.core.probes.layer_by_layer import LayerByLayer
from fishlab.core.probes.one_image import OneImage, as_read, one_image
from fishlab.core.sight import Sight

LABEL, ANSWER = "label", "answer"


@dataclass(frozen=True, eq=False)
class Saliency:
    """d score / d image, (C, H, W) float32, for class number `target`, whose score is `score`.

    The image is taken as the network reads it, scaled. `answer` (K,) is what the network says of it. In `ties` windows
    of max poolings several numbers are the largest, where there is no derivative (see `LayerByLayer.ties`).
    """

    image: OneImage
    target: int
    score: float
    gradient: NDArray[np.float32]
    answer: NDArray[np.float64]
    class_names: tuple[str, ...]
    ties: int = 0

    @property
    def magnitude(self) -> NDArray[np.float32]:
        """(H, W): the largest |d score / d pixel| of the channels."""
        found: NDArray[np.float32] = np.abs(self.gradient).max(axis=0)
        return found


@PROBES.register("saliency", title="Saliency")
def saliency(
    sight: Sight, *, split: str = "train", image: int = 1, step: int = 0, drawing: bytes = b"", of: str | int = LABEL
) -> Saliency | None:
    """How the score of a class would change with each pixel: the gradient, back through all layers as they predict.

    `of` is the class: its number, "label" for the image's own, "answer" for the one that the network names; a drawing
    has no label and takes the answer. None where the network reads no images. Raises DataError where there is no such
    image and LabelError for a class that there is not.
    """
    spec = sight.moment.network
    if len(spec.in_shape) != 3 or not spec.layers:
        return None
    chosen = one_image(sight, split=split, image=image, step=step, drawing=drawing)
    network = LayerByLayer(sight.network, sight.breathe)
    x = as_read(sight, chosen.pixels)
    scores = network.outputs(x)[spec.layers[-1].uid]
    ties = network.ties(x)
    target = _target(of, chosen, int(scores[:, 0].argmax()), len(scores))
    score, answer = float(scores[target, 0]), network.answers(scores)[:, 0].astype(np.float64)
    one = np.zeros_like(scores)
    one[target] = 1
    gradient = np.array(network.input_gradient(one)[..., 0], dtype=np.float32, order="C")
    names = class_words(sight.moment.class_names, len(answer))
    return Saliency(chosen, target, score, gradient, answer, names, ties)


def _target(of: str | int, chosen: OneImage, best: int, classes: int) -> int:
    if of == ANSWER or (of == LABEL and chosen.label is None):
        return best
    target = chosen.label if of == LABEL else of
    if not isinstance(target, int) or not 0 <= target < classes:
        raise LabelError(f"The class is {target!r}, and there are {classes:,} classes: it takes 0 to {classes - 1:,}.")
    return target
