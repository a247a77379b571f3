"""How each kind of augmentation is written: one function a kind, which names a function of the snippets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec, in_use
from fishlab.core.augmentation.base import Tonal
from fishlab.core.augmentation.many import FOR_EACH_IMAGE, ManySpec
from fishlab.core.exchange.code.tables import PYTHON, Table
from fishlab.core.exchange.code.text import Made, made

changes: Table[Callable[[Any], Made]] = Table(AUGMENTATIONS, PYTHON)


@changes("rotate")
def _rotate(spec: Any) -> Made:
    return made("rotate", degrees=spec.degrees)


@changes("shift")
def _shift(spec: Any) -> Made:
    return made("shift", pixels=spec.pixels, whole=spec.whole)


@changes("scale")
def _scale(spec: Any) -> Made:
    return made("scale", share=spec.share)


@changes("shear")
def _shear(spec: Any) -> Made:
    return made("shear", slant=spec.slant)


@changes("crop")
def _crop(spec: Any) -> Made:
    return made("crop", share=spec.share)


@changes("flip")
def _flip(spec: Any) -> Made:
    return made("flip", horizontal=spec.horizontal, vertical=spec.vertical)


@changes("elastic")
def _elastic(spec: Any) -> Made:
    return made("elastic", alpha=spec.alpha, sigma=spec.sigma)


@changes("brightness")
def _brightness(spec: Any) -> Made:
    return made("brightness", brightness=spec.brightness, contrast=spec.contrast)


@changes("noise")
def _noise(spec: Any) -> Made:
    return made("noise", deviation=spec.deviation)


def augmented(specs: Sequence[AugmentationSpec]) -> str:
    """The function that changes images at random; empty where nothing does."""
    used = in_use(specs)
    if not used:
        return ""
    chances = [_chance(spec, number) for number, spec in enumerate(used)]
    lines = [
        "def augmented(images, step):",
        '    """Images (N, C, H, W) of a batch changed at random, as FishLab changes them."""',
        *(['    rng = stream("augment", step)'] if "rng" in chances else []),
    ]
    tonal = [issubclass(AUGMENTATIONS[spec.kind].item, Tonal) for spec in used]
    lines += ["    mapping = Mapping(images.shape)"] if not all(tonal) else []
    lines += ["    tones = []"] if any(tonal) else []
    for spec, chance, is_tonal in zip(used, chances, tonal, strict=True):
        found = changes[spec.kind](spec)
        if is_tonal:
            lines.append(f"    tones.append({found.after(chance, 'images.shape').call})")
        else:
            lines.append(f"    {found.after('mapping', chance).call}")
    placed = "images.astype(np.float32)" if all(tonal) else "mapping.sample(images)"
    if not any(tonal):
        return "\n".join([*lines, f"    return {placed}"])
    white = "    white = 255 if images.dtype == np.uint8 else 1"
    return "\n".join([*lines, white, f"    return toned({placed}, tones, white)"])


def _chance(spec: AugmentationSpec, number: int) -> str:
    """What is drawn from: the generator of all, or one of its own."""
    own = isinstance(spec, ManySpec) and spec.draws == FOR_EACH_IMAGE
    return f'Levels(stream("augment", step, {number}))' if own else "rng"


def batch(specs: Sequence[AugmentationSpec]) -> str:
    """The expression for the images of a batch."""
    return 'augmented(x[batch], len(losses))' if in_use(specs) else "x[batch]"
