"""What a layer, a network and a run cost, in numbers and in words."""

import math

from PySide6.QtCore import QCoreApplication

from fishlab.core.free_memory import free_bytes
from fishlab.core.memory import training_bytes
from fishlab.core.shapes import BYTES, LayerReport, NetworkReport
from fishlab.core.spec import ProjectSpec
from fishlab.ui.numbers import bytes_text, count_text, duration_text
from fishlab.ui.panels.inspector.facts import Fact

DASH = "—"
_PASSES = 3  # forward; backward to the weights; backward to the input


def layer_costs(report: LayerReport, batch: int) -> tuple[Fact, ...]:
    """Weights, multiply-adds for one image, bytes of one batch of its output; a dash for what is not known yet."""
    return (
        Fact(_tr("Weights"), _weights_value(report), "" if report.branches else _weights_note(report)),
        Fact(_tr("Mult-adds"), _mult_adds_value(report), _product(report.mult_adds)),
        Fact(_tr("Output"), _output_value(report, batch), _tr("batch of {n}").format(n=f"{batch:,}")),
    )


def network_costs(report: NetworkReport) -> tuple[Fact, ...]:
    """Parameters, their bytes, multiply-adds for one image."""
    known = report.ok
    return (
        Fact(_tr("Parameters"), f"{report.weights:,}" if known else DASH),
        Fact(_tr("Memory"), bytes_text(report.weights * BYTES) if known else DASH, _tr("parameters")),
        Fact(_tr("Mult-adds"), count_text(report.mult_adds) if known else DASH, _tr("each")),
    )


def run_costs(
    project: ProjectSpec, report: NetworkReport, images: int | None, speed: float | None = None
) -> tuple[Fact, ...]:
    """What an epoch over `images` takes, a dash for what is not known; the time only at a known `speed`, images/s."""
    batch, about = project.training.batch_size, _tr("about")
    steps = Fact(_tr("Steps"), DASH)
    if images:
        steps = Fact(_tr("Steps"), f"{math.ceil(images / batch):,}", f"{images:,} / {batch:,}")
    work = count_text(_PASSES * report.mult_adds * images) if images and report.ok else DASH
    facts = (
        steps,
        Fact(_tr("Parameters"), f"{report.weights:,}" if report.ok else DASH),
        _memory(project, report, images),
        Fact(_tr("Mult-adds"), work, about if work != DASH else ""),
    )
    return (*facts, Fact(_tr("Time"), duration_text(images / speed), about)) if images and speed else facts


def _memory(project: ProjectSpec, report: NetworkReport, images: int | None) -> Fact:
    """About what training takes besides the images, against what is free; a batch is never larger than its set."""
    if not report.ok:
        return Fact(_tr("Memory"), DASH)
    needed, free = training_bytes(project, report, images or project.training.batch_size), free_bytes()
    if free is None or needed <= free:
        return Fact(_tr("Memory"), bytes_text(needed), _tr("about"))
    return Fact(_tr("Memory"), bytes_text(needed), _tr("free: {size}").format(size=bytes_text(free)), warns=True)


def _weights_value(report: LayerReport) -> str:
    if report.out_shape is None and not report.parameters:
        return DASH
    return f"{report.weights:,}" if report.weights else _tr("none")


def _weights_note(report: LayerReport) -> str:
    return " + ".join("·".join(map(str, info.shape)) for info in report.parameters if info.role != "state")


def _mult_adds_value(report: LayerReport) -> str:
    """Those of a block are its layers'."""
    if report.out_shape is None:
        return DASH
    work = sum(math.prod(one.mult_adds) for one in report.walk() if one.mult_adds)
    return count_text(work) if work else _tr("none")


def _output_value(report: LayerReport, batch: int) -> str:
    return DASH if report.out_shape is None else bytes_text(math.prod(report.out_shape) * batch * BYTES)


def _product(factors: tuple[int, ...]) -> str:
    return "·".join(map(str, factors))


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspector", text)
