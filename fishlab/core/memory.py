"""How much memory a run takes, and how much there is: asked before any of it is taken.

A system that promises more memory than it has ends the program without a word when the promise is called in.
"""

from __future__ import annotations

import math

import numpy as np

from fishlab.core.augmentation import rooms as rooms_of
from fishlab.core.errors import TrainingError
from fishlab.core.free_memory import free_bytes
from fishlab.core.network import learning_keys, parameter_keys
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.parallel.way import ONE, SHARING, Way
from fishlab.core.shapes import NetworkReport, infer
from fishlab.core.spec import MATRIX, WHITENED, ProjectSpec

_KEPT = 2  # of every weight: its value, and the one it began with
_CHECKPOINTS = 2  # automatic ones, to go on from and to verify from
_HELPER = 50 * 10**6  # a process with its interpreter and NumPy
_ROOMS = 3  # for every output: itself, its gradient, and room to work such as the unfolded windows


def weight_bytes(project: ProjectSpec, report: NetworkReport, workers: int = 1) -> int:
    """About what the weights take while they learn, with their copies and the optimizer's memory.

    A weight that learns has a gradient with every worker, and its last good value; the best epoch is one more copy.
    A checkpoint has the weights and the optimizer's memory once more.
    """
    slots = len(OPTIMIZERS[project.training.optimizer.kind].item.slots)
    infos = parameter_keys(report)
    learning = sum(infos[key].size for key in learning_keys(project.network, report))
    copies = learning * (slots + workers + 1) + report.weights * (_KEPT + project.training.wants_best)
    copies += _CHECKPOINTS * (learning * slots + report.weights)
    return number_bytes(project) * copies


def image_bytes(project: ProjectSpec, report: NetworkReport) -> int:
    """About what one image of a batch takes: every output with room to work."""
    outputs = math.prod(project.network.in_shape) + sum(math.prod(layer.out_shape or (0,)) for layer in report.walk())
    return number_bytes(project) * _ROOMS * outputs + _prepared_bytes(project)


def _prepared_bytes(project: ProjectSpec) -> int:
    """About what changing and whitening one image of a batch takes."""
    rooms = rooms_of(project.data.augmentation) + (project.data.scaling in WHITENED)
    return number_bytes(project) * rooms * math.prod(project.network.in_shape)


def number_bytes(project: ProjectSpec) -> int:
    """What one number takes in the precision of the training."""
    return np.dtype(project.training.precision).itemsize


def training_bytes(
    project: ProjectSpec, report: NetworkReport, images: int, way: Way = ONE, itemsize: int = 1
) -> int:
    """About what training on `images` images takes besides the images themselves, of `itemsize` bytes a number."""
    batch = min(project.training.batch_size, images)
    matrix = number_bytes(project) * way.workers * _whitening_size(project)
    shared = images * itemsize * math.prod(project.network.in_shape)
    helpers = _HELPER * (way.workers - 1) + shared if way.kind in SHARING else 0
    return weight_bytes(project, report, way.workers) + batch * image_bytes(project, report) + helpers + matrix


def _whitening_size(project: ProjectSpec) -> int:
    return math.prod(project.network.in_shape) ** 2 if project.data.scaling in MATRIX else 0


def helper_fits(shared: int) -> bool:
    """Whether there is memory for one more process that is a help and no need, which shares so many bytes."""
    free = free_bytes()
    return free is None or _HELPER + shared <= free


def refuse_too_large(project: ProjectSpec, images: int, way: Way = ONE, itemsize: int = 1) -> None:
    """Raise TrainingError where a run over `images` images takes more memory than there is."""
    free, report = free_bytes(), infer(project.network)
    needed = training_bytes(project, report, images, way, itemsize)
    if free is None or needed <= free:
        return
    image = image_bytes(project, report)
    weights = needed - min(project.training.batch_size, images) * image
    raise TrainingError(
        f"This run needs about {_gigabytes(needed)} of memory, and {_gigabytes(free)} are free: "
        f"{_gigabytes(weights)} for {report.weights:,} parameters, {_gigabytes(needed - weights)} for a batch of "
        f"{min(project.training.batch_size, images):,} images. {_way_out((free - weights) // image)}"
    )


def _way_out(images_that_fit: int) -> str:
    if images_that_fit < 1:
        return "Use smaller layers."
    return f"Use a batch size of {_rounded(images_that_fit):,} or less, or smaller layers."


def _gigabytes(count: int) -> str:
    return f"{count / 10**9:,.1f} GB"


def _rounded(count: int) -> int:
    """`count` down to its leading digit, a number to type."""
    digits = str(count)
    return int(digits[0] + "0" * (len(digits) - 1))
