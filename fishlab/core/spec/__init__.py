"""What a person edits, as frozen values: network, data, training, and the three together as a project.

Every edit is a pure function from one value to the next. `to_dict` and `from_dict` turn them into JSON and back;
what is read is checked, and refused with a SpecError or FieldError.
"""

from fishlab.core.spec.data import GATES, MATRIX, SCALES, SOURCES, WHITENED, DataSpec
from fishlab.core.spec.network import (
    INPUT_UID,
    LOSS_UID,
    MOST_CLASSES,
    MOST_LAYERS,
    USUAL_CLASSES,
    NetworkSpec,
    Place,
)
from fishlab.core.spec.project import MOST_NOTES, ProjectSpec
from fishlab.core.spec.stacks import announced, each_layer, fresh_copies, numbered, walk
from fishlab.core.spec.training import DECAYS, PRECISIONS, SAMPLINGS, TrainingSpec

__all__ = [
    "DECAYS",
    "GATES",
    "INPUT_UID",
    "LOSS_UID",
    "MATRIX",
    "MOST_CLASSES",
    "MOST_LAYERS",
    "MOST_NOTES",
    "PRECISIONS",
    "SAMPLINGS",
    "SCALES",
    "SOURCES",
    "USUAL_CLASSES",
    "WHITENED",
    "DataSpec",
    "NetworkSpec",
    "Place",
    "ProjectSpec",
    "TrainingSpec",
    "announced",
    "each_layer",
    "fresh_copies",
    "numbered",
    "walk",
]
