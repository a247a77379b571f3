"""Typed errors. Every message says what happened, what was expected and how to mend it."""

from __future__ import annotations


class FishLabError(Exception):
    """The base of every error that FishLab raises on purpose; its text may be shown to a person as it is."""


class FieldError(FishLabError):
    """A value that a hyper-parameter cannot take."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SpecError(FishLabError):
    """A description of a network or project that cannot be read: unknown kind, missing or extra entries."""


class UnknownKindError(SpecError):
    """A kind that no registry entry carries; `noun` is what the registry calls its things, such as "layer"."""

    def __init__(self, message: str, noun: str = "") -> None:
        super().__init__(message)
        self.noun = noun


class NetworkError(FishLabError):
    """A network that cannot be built, because a layer does not fit; the text is the first problem's sentence."""


class DataError(FishLabError):
    """A data set that is missing, damaged or of the wrong form."""


class LabelError(DataError, IndexError):
    """A label or a target that names no class of the scores that it belongs to."""


class ArrayError(DataError, ValueError):
    """Arrays of another shape or number type than images and labels have."""


class FileFormatError(FishLabError):
    """A file that is not what it says it is: damaged, too new, hostile."""


class TrainingError(FishLabError):
    """Training that cannot start, or cannot go on."""


class UnfitError(TrainingError):
    """Images of another shape, or of more classes, than the network was made for; `fit_network` changes the network."""


class Cancelled(FishLabError):
    """Raised inside long work when the person asked to stop it."""
