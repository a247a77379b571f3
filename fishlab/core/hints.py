"""Hints: what is visibly wrong with a run, by what it has measured, and what would mend it.

    hint = find_hint(Evidence(history, project))        the gravest, or None

Every rule is a pure function of the evidence and stated in its docstring. They are slow to speak: a hint where
nothing is wrong is worse than none. Losses are means over WINDOW batches and are compared with chance: the loss of
a network that gives each class the same answer, whatever it sees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from fishlab.core import remedies
from fishlab.core.history import History, Table
from fishlab.core.losses import LOSSES
from fishlab.core.probes.activations import Activations, Outputs
from fishlab.core.remedies import Remedy
from fishlab.core.spec import ProjectSpec

WINDOW = 50  # batches
SETTLED = 2 * WINDOW  # before that a run finds its feet
LONG = 4 * WINDOW  # long enough to have learned something

WORSE = 1.2  # times chance
FLAT = 0.96  # of chance
RISEN, RISE = 1.5, 0.15  # times the best, and by so much of chance
DEAD = 0.9  # of the units of a layer
SMALL_UPDATE, LARGE_UPDATE = 2e-4, 0.03  # of the weights in a step; 0.001 is usual
STUCK = 0.95  # of the loss of the batches before
GAP, ERRORS = 0.05, 3.0  # of all images, and standard errors of the validation's accuracy
GAP_EPOCHS = 3
BEHIND, LOSS_RISEN, LEARNED_ON = 0.16, 1.2, 0.5  # chance of as few right; times the least validation, training loss

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hint:
    """`kind` is its name, `text` what is seen, in a sentence; the first of the `remedies` is the likeliest."""

    kind: str
    text: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What is known of a run: its numbers, the project it learns, why it ended, and, if somebody looked, its units."""

    history: History
    project: ProjectSpec
    ended: str = ""
    activations: Activations | None = None

    @property
    def losses(self) -> Floats:
        """The loss of each batch since the last change by hand: what was before it may be mended."""
        return self._since(self.history.steps, "loss")

    def _since(self, table: Table, name: str) -> Floats:
        marks = self.history.marks
        since = marks[-1].x if marks else 0.0
        return table.column(name)[np.searchsorted(table.column("x"), since, side="right") :]

    @property
    def chance(self) -> float:
        """The loss of a network that knows how many classes there are and nothing else."""
        return LOSSES[self.project.network.loss.kind].item.chance(self.project.network.classes)

    def recent(self, windows: int = 1) -> float:
        """The mean loss of the last windows."""
        return float(self.losses[-windows * WINDOW :].mean())

    @property
    def update(self) -> float:
        """The usual share of the weights that the last measured steps changed; NaN where too few were measured."""
        ratios = self._since(self.history.metrics, "update_ratio")[-WINDOW:]
        return float(np.median(ratios)) if len(ratios) >= 5 else math.nan


def find_hint(evidence: Evidence) -> Hint | None:
    """The gravest thing that is wrong, with remedies under which the network still fits together; None at best."""
    if evidence.project.network.classes < 2:
        return None
    for rule in RULES:
        hint = rule(evidence)
        if hint is not None:
            return Hint(hint.kind, hint.text, tuple(filter(remedies.works, hint.remedies)))
    return None


# -- rules, the gravest first ------------------------------------------------------------------------------------------
def diverged(evidence: Evidence) -> Hint | None:
    """The run ended because a number was no longer finite."""
    if evidence.ended != "diverged":
        return None
    cures = (*remedies.scaled(evidence.project), remedies.slower(evidence.project, afresh=True))
    return Hint("diverged", "The numbers grew beyond all bounds: the steps are too long.", cures)


def rising(evidence: Evidence) -> Hint | None:
    """Something had been learned, and the loss is RISEN times its best window, and by RISE of chance above it."""
    losses = evidence.losses
    if len(losses) < SETTLED + WINDOW:
        return None
    sums = np.cumsum(np.concatenate([[0.0], losses]))
    best = float(((sums[WINDOW:] - sums[:-WINDOW]) / WINDOW).min())
    now = evidence.recent()
    if best > FLAT * evidence.chance or now < max(RISEN * best, best + RISE * evidence.chance):
        return None
    text = f"The loss is rising: it was down at {best:.3g} and is {now:.3g}. The steps are too long."
    return Hint("rising", text, (remedies.slower(evidence.project, afresh=True),))


def worse_than_chance(evidence: Evidence) -> Hint | None:
    """After SETTLED batches the loss is over WORSE times chance."""
    if len(evidence.losses) < SETTLED or evidence.recent() <= WORSE * evidence.chance:
        return None
    text = f"The loss is {evidence.recent():.3g}; answering without looking would give {evidence.chance:.3g}. " \
           "The steps are too long."  # fmt: skip
    cures = (*remedies.scaled(evidence.project), remedies.slower(evidence.project, afresh=True))
    return Hint("rate_high", text, cures)


def dead(evidence: Evidence) -> Hint | None:
    """Of the units of one layer DEAD or more passed nothing on, for no image that was looked at."""
    if evidence.activations is None or len(evidence.losses) < SETTLED or evidence.recent() < RISE * evidence.chance:
        return None
    worst = max(evidence.activations.rows, key=_silent_share, default=None)
    if worst is None or _silent_share(worst) < DEAD:
        return None
    silent, count = len(worst.units.silent or ()), worst.units.count
    text = f"{silent:,} of the {count:,} units of {worst.histogram.number} {worst.histogram.title} pass nothing on, " \
           f"for any of {evidence.activations.images:,} images. They no longer learn."  # fmt: skip
    project = evidence.project
    if remedies.begins_at_zero(project):
        return Hint("dead", text, tuple(remedies.other_start(project)))
    others = (remedies.slower(project, afresh=True), *remedies.leaky(project), *remedies.other_start(project))
    if evidence.update < SMALL_UPDATE:  # then it is not the steps that killed them
        others = (*remedies.other_start(project), *remedies.normalized(project), *others)
    return Hint("dead", text, (*remedies.scaled(project), *others)[:2])


def flat(evidence: Evidence) -> Hint | None:
    """After LONG batches the last two windows are still within FLAT of chance."""
    if len(evidence.losses) < LONG or min(evidence.recent(), evidence.recent(2)) < FLAT * evidence.chance:
        return None
    project, small = evidence.project, evidence.update < SMALL_UPDATE
    text = f"After {len(evidence.losses):,} batches the loss is still {evidence.recent():.3g}, as without looking: " \
           "nothing is being learned."  # fmt: skip
    if remedies.begins_at_zero(project):
        return Hint("flat", text, tuple(remedies.other_start(project)))
    known = chain(remedies.scaled(project), remedies.other_start(project), remedies.rectified(project))
    others = chain(remedies.normalized(project), remedies.faster(project))
    cures = tuple(remedies.faster(project) if small else chain(known, others))
    return Hint("flat", text, cures[:2])


def jumping(evidence: Evidence) -> Hint | None:
    """Steps change over LARGE_UPDATE of the weights, the loss is high, and no lower than in the windows before."""
    if len(evidence.losses) < LONG or not evidence.update > LARGE_UPDATE:
        return None
    before, now = float(evidence.losses[-LONG:-SETTLED].mean()), evidence.recent(2)
    if now < STUCK * before or now < 2 * RISE * evidence.chance:
        return None
    text = f"The loss jumps about {now:.3g} and falls no further: each step changes {evidence.update:.0%} " \
           "of the weights."  # fmt: skip
    return Hint("jumping", text, (remedies.slower(evidence.project), *remedies.normalized(evidence.project)))


def slow(evidence: Evidence) -> Hint | None:
    """After LONG batches the loss is over half of chance, and steps change less than SMALL_UPDATE of the weights."""
    if len(evidence.losses) < LONG or not evidence.update < SMALL_UPDATE or evidence.recent() < evidence.chance / 2:
        return None
    text = f"The loss falls too slowly: each step changes only {evidence.update:.2g} of the weights."
    return Hint("rate_low", text, tuple(remedies.faster(evidence.project)))


def gap(evidence: Evidence) -> Hint | None:
    """In each of the last GAP_EPOCHS epochs validation is GAP behind training, and surely so: see `_surely_behind`.

    Its loss has been lower before, too: what is learned now helps with the training images alone.
    """
    epochs = evidence.history.epochs
    if len(epochs) < GAP_EPOCHS + 1 or len(evidence.losses) < WINDOW:
        return None
    train, validation = (epochs.column(f"{part}_accuracy")[-GAP_EPOCHS:] for part in ("train", "validation"))
    losses = epochs.column("validation_loss")
    count = max(1.0, _validated(evidence))
    if not (_surely_behind(train, validation, count) or (_turned(epochs) and _likely_behind(train, validation, count))):
        return None
    if losses[-1] <= losses.min():
        return None
    text = f"Of the training images {train[-1]:.1%} are right, of the validation images {validation[-1]:.1%}: " \
           "the network learns by heart."  # fmt: skip
    return Hint("gap", text, tuple(_against_overfitting(evidence.project))[:2])


def _surely_behind(train: Floats, validation: Floats, count: float) -> bool:
    """By GAP, and by ERRORS standard errors of the validation; False where there was none."""
    error = np.sqrt(validation * (1 - validation) / count)
    return bool((train - validation > np.maximum(GAP, ERRORS * error)).all())


def _likely_behind(train: Floats, validation: Floats, count: float) -> bool:
    """Were validation just GAP behind, so few of it were right by chance in one case of six."""
    pairs = zip(train.tolist(), validation.tolist(), strict=True)
    return all(share == share and _chance(round(share * count), round(count), right - GAP) < BEHIND
               for right, share in pairs)  # fmt: skip


def _turned(epochs: Table) -> bool:
    """For GAP_EPOCHS epochs the validation loss is LOSS_RISEN times its least, since when training's fell by half.

    That needs no number of images: the same few are measured in every epoch, so what wavers is the network alone.
    """
    train, validation = (epochs.column(f"{part}_loss") for part in ("train", "validation"))
    if not np.isfinite(validation).all():
        return False
    least = int(validation.argmin())
    since = len(validation) - 1 - least
    risen = (validation[-GAP_EPOCHS:] > LOSS_RISEN * validation[least]).all()
    return bool(since >= GAP_EPOCHS and risen and train[-1] < LEARNED_ON * train[least])


def _chance(right: int, count: int, share: float) -> float:
    """How likely `right` or fewer of `count` are right where each is with this probability (binomial)."""
    if not 0 < share < 1:
        return float(share <= 0)
    several = range(min(right, count) + 1)
    logs = [math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
            + k * math.log(share) + (count - k) * math.log1p(-share) for k in several]  # fmt: skip
    return math.fsum(map(math.exp, logs))


RULES: tuple[Callable[[Evidence], Hint | None], ...] = (
    diverged, rising, worse_than_chance, dead, flat, jumping, slow, gap,
)  # fmt: skip


# -- parts -------------------------------------------------------------------------------------------------------------
def _silent_share(outputs: Outputs) -> float:
    return len(outputs.units.silent or ()) / max(1, outputs.units.count)


def _validated(evidence: Evidence) -> float:
    """How many images validate, from how many are learned in an epoch and the share that was set aside."""
    steps = evidence.history.steps
    learned = float(steps.column("images")[steps.column("x") <= 1].sum())
    share = evidence.project.data.validation
    return learned * share / (1 - share)


def _against_overfitting(project: ProjectSpec) -> Iterator[Remedy]:
    yield from remedies.all_images(project)
    yield from remedies.varied(project)
    yield from remedies.dropout(project)
    yield from remedies.decay(project)
