"""`fishlab train --from FILE`: a new training that begins with what another has learned."""

import argparse
import dataclasses
from collections.abc import Mapping

from fishlab.core.checkpoint import Checkpoint
from fishlab.core.data.dataset import Dataset
from fishlab.core.errors import FishLabError, TrainingError
from fishlab.core.files import open_project
from fishlab.core.layers.base import Array
from fishlab.core.spec import ProjectSpec
from fishlab.core.transfer import freeze_features, replace_head


def add_transfer_options(parser: argparse.ArgumentParser) -> None:
    """--from, --freeze and --head."""
    parser.add_argument("--from", dest="source", metavar="FILE", help="begin a new training with these weights")
    parser.add_argument("--freeze", action="store_true", help="with --from: only the last layer learns")
    parser.add_argument("--head", action="store_true", help="with --from: a new last layer for these data")


def read_source(chosen: argparse.Namespace) -> tuple[ProjectSpec, Checkpoint] | None:
    """The project to begin from, with its model; None where --from is not given. Raises FishLabError for nonsense."""
    if chosen.source is None:
        if chosen.what is None:
            raise FishLabError("Say what to train: a template, a project, or --from and a project to begin from.")
        if chosen.freeze or chosen.head:
            raise FishLabError(f"{'--freeze' if chosen.freeze else '--head'} goes with --from and a trained project.")
        return None
    if chosen.what is not None:
        raise FishLabError(f"Either “{chosen.what}” is trained, or a new network from “{chosen.source}”: name one.")
    project, model = open_project(chosen.source)
    if model is None:
        raise TrainingError(f"“{chosen.source}” holds a network that has not been trained. “fishlab train” trains it.")
    return project.replace(network=model.project.network), model


def transferred(
    project: ProjectSpec, model: Checkpoint, dataset: Dataset, chosen: argparse.Namespace
) -> tuple[ProjectSpec, Mapping[str, Array]]:
    """The project as it begins, and its first weights."""
    if chosen.head:
        return replace_head(project, model, len(dataset.class_names), freeze=chosen.freeze)
    network = freeze_features(project.network) if chosen.freeze else project.network
    return dataclasses.replace(project, network=network), model.weights
