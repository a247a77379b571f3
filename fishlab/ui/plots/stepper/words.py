"""What the stepper says of a step and of a number, in sentences and sums."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from fishlab.core.layers import LAYERS
from fishlab.core.layers.base import shape_text
from fishlab.core.layers.pooling import MaxPooling
from fishlab.core.stepper import LayerTrace, Trace
from fishlab.core.stepper.links import LARGEST, MEAN, ONE, PRODUCTS, Link
from fishlab.ui.layer_words import summary_text
from fishlab.ui.numbers import loss_text, significant
from fishlab.ui.plots.stepper.steps import BACKWARD, LOSS, Step
from fishlab.ui.plots.things import things

SHOWN = 3  # terms of a sum that are written out
EXACT = 6  # digits of a result
OF_IMAGE = ("x", "out", "dout", "dx")  # tensors that have a row for each image


def title_of(layer: LayerTrace) -> str:
    """'1 Convolution'."""
    return f"{layer.number} {layer.title}"


def step_words(trace: Trace, step: Step) -> str:
    """What happens in a step, in a sentence."""
    layer = trace.layer(step.uid)
    if step.way == LOSS or layer is None:
        return loss_words(trace)
    name = f"{title_of(layer)}, {summary_text(layer.spec)}"
    if step.way == BACKWARD:
        if layer.dx is None:
            return _tr("{name}: backward, from dout to the gradients; nothing before it needs a dx").format(name=name)
        words = _tr("{name}: backward, dout {out} becomes dx {x}")
    else:
        words = _tr("{name}: forward, x {x} becomes out {out}")
    return words.format(name=name, x=shape_text(layer.x.shape), out=shape_text(layer.out.shape))


def loss_words(trace: Trace) -> str:
    """What the loss makes of the scores."""
    loss, share = trace.loss, ""
    if not trace.alone:
        share = _tr("; the mean of all {n} images is {mean}").format(n=trace.count, mean=loss_text(loss.mean))
    words = _tr("{title}: label {label}, the loss of this image is {own}{share}")
    words, share = (_called(trace, part) for part in (words, share))
    return words.format(title=loss.title, label=loss.label, own=loss_text(loss.own), share=share)


def batch_words(trace: Trace) -> str:
    """Which step of the run this is, and which image."""
    words = _tr("step {step}, training image {index}") if trace.alone else _tr("step {step}, training image {index}, "
                                                                                "a batch of {count}")  # fmt: skip
    return _called(trace, words).format(step=f"{trace.step:,}", index=f"{trace.number:,}", count=f"{trace.count:,}")


def _called(trace: Trace, words: str) -> str:
    """The words, with what goes through called what it is."""
    return things(trace.layers[0].x.shape if trace.layers else ()).called(words)


def fused_words(trace: Trace, layer: LayerTrace) -> str:
    """That layers run as one, and whether they come to the same bits one by one; empty where they do not."""
    together = [one for uid in layer.fused if (one := trace.layer(uid)) is not None]
    if not together:
        return ""
    listed = ", ".join(one.title for one in together)
    differ = {name: value for name, value in layer.apart.items() if value}
    same = _tr("{names} run as one in training; here one by one, which gives the same bits.")
    if not differ:
        return same.format(names=listed)
    words = _tr("{names} run as one in training; here one by one, which gives the same bits but for {differing}. "
                "The gradients of the weights are the training's own.")  # fmt: skip
    each = _tr("{name} (up to {value} apart)")
    if "dx" in differ and any(issubclass(LAYERS[one.spec.kind].item, MaxPooling) for one in together):
        words += " " + _tr("Where two numbers of a pooling window are equal up to a rounding, either may count as the "
                           "largest and get the gradient.")  # fmt: skip
    said = ", ".join(each.format(name=name, value=significant(value, 1)) for name, value in differ.items())
    return words.format(names=listed, differing=said)


def formulas(layer: LayerTrace, step: Step) -> str:
    """The book's formulas of a step, one a line."""
    kind = LAYERS[layer.spec.kind].item
    if step.way == BACKWARD:
        return "\n".join(one for one in kind.backward_formulas if layer.dx is not None or not one.startswith("dx = "))
    return f"out = {kind.formula}" if kind.formula else ""


def sum_words(found: Link, name: str, place: tuple[int, ...], row: tuple[int, int]) -> str:
    """A number and the sum that makes it: 'out[7, 0, 3, 5] = 0.41 = Σ of 25 products (0.9·0.3 + …) + b 0.01'.

    `row` is the number of the image in the batch, which comes first in the place, and how many there are.
    """
    image, count = row
    at = (image, *place) if name in OF_IMAGE else place
    head = f"{name}[{', '.join(map(str, at))}] = {significant(found.value, EXACT)}"
    if found.how == ONE and not found.part:
        return _tr("{head}, from {value}").format(head=head, value=significant(float(found.terms.sum()), EXACT))
    terms = _terms(found)
    if found.part and count > 1:
        part = significant(found.sum, EXACT)
        words = _tr("{head} over the {count} of the batch; this one adds {part}")
        return words.format(head=head, count=count, part=part) + (f" = {terms}" if found.how == PRODUCTS else "")
    return f"{head} = {terms}" if terms else head


def _terms(found: Link) -> str:
    if found.how == PRODUCTS:
        many = len(found.terms) > SHOWN
        largest = np.argsort(-np.abs(found.terms.prod(axis=1)))[:SHOWN] if many else np.arange(len(found.terms))
        listed = " + ".join(f"{_factor(a)}·{_factor(b)}" for a, b in found.terms[largest].tolist())
        plus = "" if found.plus is None else _tr(" + b {value}").format(value=_factor(found.plus))
        if not many:
            return f"{listed}{plus}"
        words = _tr("Σ of {n} products ({listed} + …)")
        return words.format(n=f"{len(found.terms):,}", listed=listed) + plus
    listed = ", ".join(significant(float(term), 3) for term in found.terms[: 3 * SHOWN])
    more = ", …" if len(found.terms) > 3 * SHOWN else ""
    return {LARGEST: f"max({listed}{more})", MEAN: f"mean({listed}{more})"}.get(found.how, "")


def _factor(value: float) -> str:
    """A number as a factor, in brackets where it is below zero."""
    text = significant(value, 3)
    return f"({text})" if value < 0 else text


def _tr(text: str) -> str:
    return QCoreApplication.translate("stepper", text)
