"""What stands beside the title of a folded group of settings: its values in a few words."""

from PySide6.QtCore import QCoreApplication

from fishlab.core.spec import PRECISIONS, SAMPLINGS, TrainingSpec


def stopping(training: TrainingSpec) -> str:
    """When the run ends before its last epoch, and what is kept."""
    if training.patience:
        return _tr("after {n} epochs").format(n=training.patience)
    return _tr("best is kept") if training.keep_best else _tr("off")


def numbers(training: TrainingSpec) -> str:
    """The seed, and what is not as usual of the digits and the order of the images."""
    usual = TrainingSpec()
    words = [_tr("seed {n}").format(n=training.seed)]
    if training.precision != usual.precision:
        words.append(PRECISIONS[training.precision])
    if training.sampling != usual.sampling:
        words.append(SAMPLINGS[training.sampling])
    return ", ".join(words)


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspector", text)
