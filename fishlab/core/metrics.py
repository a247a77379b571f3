"""What a confusion matrix says of each class: precision, recall and F1; and what can be said of answers, such as how
their confidence goes with their being right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import DataError, LabelError
from fishlab.core.events import Score
from fishlab.core.layers.base import Array


@dataclass(frozen=True)
class ClassScore:
    """One class. `precision`: of the images seen as it, the share that are. `recall`: of the images that are, the share
    seen as it. `f1` is their harmonic mean, `support` how many images are of the class. A share of nothing is 0.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassScores:
    """Every class, and over all of them: the plain means (macro), and the share of all images that were right."""

    classes: tuple[ClassScore, ...]
    precision: float
    recall: float
    f1: float
    accuracy: float


def class_scores(confusion: NDArray[np.intp]) -> ClassScores:
    """From counts (K, K), rows the class an image is of, columns the class seen in it (see `confusion_matrix`).

    precision = right / seen, recall = right / there, F1 = 2 right / (seen + there), which is 2 P R / (P + R).
    Raises DataError where there is no image at all, or as many rows as columns are not there.
    """
    if np.ndim(confusion) != 2 or np.shape(confusion)[0] != np.shape(confusion)[1]:
        raise DataError(
            f"The confusion matrix is {np.shape(confusion)}: it takes (K, K), as `confusion_matrix` makes it."
        )
    right, seen, there = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    if not there.sum():
        raise DataError("There are no images to score: the confusion matrix is empty.")
    precision, recall, f1 = _shares(right, seen), _shares(right, there), _shares(2 * right, seen + there)
    classes = tuple(map(ClassScore, precision.tolist(), recall.tolist(), f1.tolist(), there.tolist()))
    macro = (float(precision.mean()), float(recall.mean()), float(f1.mean()))
    return ClassScores(classes, *macro, float(right.sum() / there.sum()))


def _shares(parts: Array, wholes: Array) -> NDArray[np.float64]:
    """parts / wholes, and 0 where there is no whole."""
    return np.divide(parts, wholes, out=np.zeros(len(parts)), where=wholes > 0)


def top_accuracy(answers: Array, labels: Array, k: int) -> float:
    """The share of images whose label is among the `k` largest answers. answers (N, K), labels (N,).

    Of equal answers the first counts as larger, as it does for `argmax`. Raises DataError where there are no images, or
    labels and answers do not go together.
    """
    answers, labels = _scored(answers, labels)
    if not 1 <= k <= answers.shape[1]:
        raise DataError(f"The {k} largest of {answers.shape[1]} answers cannot be taken: k is 1 to {answers.shape[1]}.")
    order = np.argsort(-answers, axis=1, kind="stable")[:, :k]
    return float((order == labels[:, None]).any(axis=1).mean())


def score_answers(answers: Array, labels: Array) -> Score:
    """Accuracy of answers (N, K), and their cross entropy: the mean of -log of what the label (N,) was given.

    An answer of nothing or less counts as the smallest number above it. Raises DataError where there are no images, or
    labels and answers do not go together.
    """
    answers, labels = _scored(answers, labels)
    given = answers.astype(np.float64)[np.arange(len(labels)), labels]
    loss = -float(np.log(np.maximum(given, np.finfo(np.float64).tiny)).mean())
    correct = int((np.argmax(answers, axis=1) == labels).sum())
    return Score(loss, correct / len(labels), correct, len(labels))


@dataclass(frozen=True, eq=False)
class Calibration:
    """How sure the answers are against how often they are right, in B bins of equal width.

    `edges` (B + 1,); of the images in each bin `counts` (B,), their mean `confidence` (B,) and the share that is right,
    `accuracy` (B,), both 0 where there is none. `error` is the expected calibration error (ECE), `largest` that of the
    worst bin, `excess` the mean confidence above the accuracy: more than 0 is too sure of itself.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.intp]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: float
    largest: float
    excess: float


def calibration(confidence: Array, correct: Array, bins: int = 15) -> Calibration:
    """From the probability (N,) of the class that was seen in each image, and whether (N,) that was right.

    ECE = sum over the bins of count / N times |accuracy - confidence|. A confidence on an edge belongs to the bin below
    it, as (a, b] says. Raises DataError where there are no images, they do not go together, or are no probabilities.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", 2017 (ECE, 15
    bins); M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
    2015.
    """
    confidence, correct = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    if not confidence.size:
        raise DataError("There are no images to score.")
    if confidence.shape != correct.shape or confidence.ndim != 1:
        raise DataError(f"Confidences {confidence.shape} and answers {correct.shape} are not both (N,): one an image.")
    if not (confidence.min() >= 0 and confidence.max() <= 1 + 1e-6):
        raise DataError("A confidence is not between 0 and 1: it takes the probability of the class that was seen.")
    places = np.clip(np.ceil(confidence * bins).astype(np.intp) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    sure = _shares(np.bincount(places, confidence, bins), counts)
    right = _shares(np.bincount(places, correct, bins), counts)
    gaps = np.abs(right - sure)
    return Calibration(
        np.linspace(0, 1, bins + 1), counts, sure, right, float((counts * gaps).sum() / counts.sum()),
        float(gaps[counts > 0].max()), float(confidence.mean() - correct.mean()),
    )  # fmt: skip


def _scored(answers: Array, labels: Array) -> tuple[Array, Array]:
    """Answers (N, K) and labels (N,) as arrays that go together; raises DataError where they do not."""
    answers, labels = np.asarray(answers), np.asarray(labels)
    if not labels.size:
        raise DataError("There are no images to score.")
    if answers.ndim != 2 or labels.shape != answers.shape[:1] or labels.dtype.kind not in "iu":
        raise LabelError(
            f"Answers {answers.shape} and labels {labels.shape} of {labels.dtype} do not go together: they are (N, K) "
            "and whole numbers (N,)."
        )
    refuse_strange(labels, answers.shape[1])
    return answers, labels


def refuse_strange(labels: Array, classes: int) -> None:
    """Raise LabelError for a label that none of so many classes has."""
    strange = labels[(labels < 0) | (labels >= classes)]
    if strange.size:
        raise LabelError(f"A label is {strange[0]}, and there are {classes:,} classes: it takes 0 to {classes - 1:,}.")
