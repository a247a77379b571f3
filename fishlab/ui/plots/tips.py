"""What the pointer is told of each control of the instruments: what it is, its unit and range, what it begins with."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget


def give_tips(instrument: QWidget) -> None:
    """Give the controls of an instrument their tooltips, by object name."""
    tips = _tips()
    for part in instrument.findChildren(QWidget):
        if part.objectName() in tips:
            part.setToolTip(tips[part.objectName()])


def _tips() -> dict[str, str]:
    return _digit() | _answers() | _inside() | _data() | _images() | _steps()


def _digit() -> dict[str, str]:
    return {
        "try.label": _tr("The class under which the drawing is kept: at first the answer"),
        "try.keep": _tr("Keep the drawing as this digit. On the pad a key from 0 to 9 does the same."),
    }


def _answers() -> dict[str, str]:
    split = _tr("What is answered: the validation set at first; the test set only on request (chapter 6.5)")
    return {
        **{f"live.{name}.split": split for name in ("confusion", "mistakes", "scores")},
        "live.mistakes.label": _tr("Only mistakes with what is of this class; at first of any"),
        "live.mistakes.seen": _tr("Only mistakes where this class was seen; at first any"),
        "live.mistakes.order": _tr("The surest mistakes first, or the closest ones"),
        "live.scores.what": _tr("Precision and recall of each class, or how far confidence can be trusted"),
        "live.scores.order": _tr("Classes in order, or the worst first"),
    }


def _inside() -> dict[str, str]:
    return {
        "live.curves.quantity": _tr("What is drawn over the epochs; at first the loss (chapter 4.2)"),
        "live.histograms.what": _tr("Weights at first; biases, gradients, or outputs (chapter 6.2)"),
        "live.histograms.when": _tr("Now, or along the run: as a heat map, or as a ridge, one outline for each moment"),
        "live.filter_bank.channel": _tr("Of filters with several channels: their mean at first, all, or one"),
        "live.cost.order": _tr("Layers in order, or the dearest first"),
    }


def _data() -> dict[str, str]:
    return {
        "live.data.view": _tr("The data, their averages, how many there are, or what scaling and augmentation do"),
        "live.data.part": _tr("What is learned from, what validates, or what is there to test, sealed until asked for"),
        "live.data.class": _tr("Only what is of this class; at first all"),
        "live.data.number": _tr("The number of each, from 1 in the order of the file, the same in all views"),
        "live.data.scaling": _tr("A scaling to try on these; the project keeps its own (chapter 3.6)"),
    }


def _images() -> dict[str, str]:
    part = _tr("Images to learn from at first, or those set aside to validate")
    number = _tr("The number of the image, from 1 in the order of the file, the same in all views; arrows go on")
    return {
        **{f"live.{name}.part": part for name in ("maps", "saliency", "excite")},
        **{f"live.{name}.image": number for name in ("maps", "saliency")},
        "live.maps.before": _tr("The image before (Page Up)"),
        "live.maps.next": _tr("The next image (Page Down)"),
        "live.excite.unit": _tr("Which channel or unit of the layer, from 1 (Page Up, Page Down)"),
        "live.saliency.class": _tr("The class whose score is followed back: at first the label of the image"),
        "live.saliency.kind": _tr("How strong the slope is, or with its sign: orange raises the score, blue lowers it"),
    }


def _steps() -> dict[str, str]:
    return {
        "live.stepper.image": _tr("Which one of the batch is shown, from 1; its number in the data stands above"),
        "live.stepper.im2col": _tr("Show a convolution as the product of matrices that it is (chapter 7.4)"),
        "live.gradient_check.numbers": _tr("How many numbers of each gradient are moved, 20 to 200; more take longer"),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("Tips", text)
