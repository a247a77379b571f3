"""The engine and the experiment: standard library and NumPy, no window.

What scripts and notebooks need most can be imported from here; it is loaded when it is asked for.

    from fishlab.core import fit
    result = fit("TwoLayerNet", epochs=3)
    print(result.accuracy)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fishlab.core.checkpoint import Checkpoint
    from fishlab.core.data.dataset import DATASETS, Dataset, ImageSet, load_dataset
    from fishlab.core.data.prepare import Prepared, prepare
    from fishlab.core.ensemble import Ensemble
    from fishlab.core.errors import FishLabError
    from fishlab.core.evaluation import answers, confusion_matrix, evaluate, evaluate_now, finish, predictions
    from fishlab.core.events import EpochDone, Finished, StepDone
    from fishlab.core.files import open_project, save_project
    from fishlab.core.fitting import fit_network
    from fishlab.core.layers import LAYERS
    from fishlab.core.losses import LOSSES
    from fishlab.core.metrics import class_scores, score_answers, top_accuracy
    from fishlab.core.network import Network
    from fishlab.core.notebook import Fitted, fit
    from fishlab.core.numeric import gradient_check, numerical_gradient
    from fishlab.core.optimizers import OPTIMIZERS
    from fishlab.core.parallel.way import Way
    from fishlab.core.schedules import SCHEDULES
    from fishlab.core.shapes import infer
    from fishlab.core.spec import DataSpec, NetworkSpec, ProjectSpec, TrainingSpec
    from fishlab.core.templates import TEMPLATES, find_template
    from fishlab.core.training import Trainer, train
    from fishlab.core.transfer import freeze_features, replace_head

_MODULES = {
    "checkpoint": ("Checkpoint",),
    "data.dataset": ("DATASETS", "Dataset", "ImageSet", "load_dataset"),
    "data.prepare": ("Prepared", "prepare"),
    "ensemble": ("Ensemble",),
    "errors": ("FishLabError",),
    "evaluation": ("answers", "confusion_matrix", "evaluate", "evaluate_now", "finish", "predictions"),
    "events": ("EpochDone", "Finished", "StepDone"),
    "files": ("open_project", "save_project"),
    "fitting": ("fit_network",),
    "layers": ("LAYERS",),
    "losses": ("LOSSES",),
    "metrics": ("class_scores", "score_answers", "top_accuracy"),
    "network": ("Network",),
    "notebook": ("Fitted", "fit"),
    "numeric": ("gradient_check", "numerical_gradient"),
    "optimizers": ("OPTIMIZERS",),
    "parallel.way": ("Way",),
    "schedules": ("SCHEDULES",),
    "shapes": ("infer",),
    "spec": ("DataSpec", "NetworkSpec", "ProjectSpec", "TrainingSpec"),
    "templates": ("TEMPLATES", "find_template"),
    "training": ("Trainer", "train"),
    "transfer": ("freeze_features", "replace_head"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "DATASETS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "TEMPLATES",
    "Checkpoint",
    "DataSpec",
    "Dataset",
    "Ensemble",
    "EpochDone",
    "Finished",
    "FishLabError",
    "Fitted",
    "ImageSet",
    "Network",
    "NetworkSpec",
    "Prepared",
    "ProjectSpec",
    "StepDone",
    "Trainer",
    "TrainingSpec",
    "Way",
    "answers",
    "class_scores",
    "confusion_matrix",
    "evaluate",
    "evaluate_now",
    "find_template",
    "finish",
    "fit",
    "fit_network",
    "freeze_features",
    "gradient_check",
    "infer",
    "load_dataset",
    "numerical_gradient",
    "open_project",
    "predictions",
    "prepare",
    "replace_head",
    "save_project",
    "score_answers",
    "top_accuracy",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
