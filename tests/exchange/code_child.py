"""What runs exported files: a program of its own, with Python, NumPy (or PyTorch) and nothing of FishLab.

python -I -S code_child.py PACKAGES FOLDER: every FOLDER/*.in.npz says what is asked of the file of that name; what it
answers is written to FOLDER/*.out.npz. `images` are to be predicted, with `labels` their gradient is found too;
`train_images` and `train_labels` are to be trained on.
"""

import importlib.util
import sys
import warnings
from pathlib import Path

packages, folder = sys.argv[1:]
sys.path.insert(0, packages)

import numpy as np  # noqa: E402

warnings.simplefilter("error")


def load(path):
    """The file as a module; its program does not run."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class OfTheBook:
    """How the NumPy files are asked."""

    def __init__(self, module):
        self.module = module

    def scores(self, network, images):
        return network.predict(self.module.scaled(images))

    def gradient(self, network, images, labels):
        grads = network.gradient(self.module.scaled(images), labels)
        return network.last_layer.loss, grads

    def params(self, network):
        return network.params


class OfPyTorch(OfTheBook):
    """How the PyTorch files are asked."""

    def scores(self, network, images):
        return network.eval()(self.module.tensor(images))

    def gradient(self, network, images, labels):
        network.train()
        network.zero_grad()
        loss = self.module.loss(network(self.module.tensor(images)), self.module.torch.from_numpy(labels))
        loss.backward()
        return loss, {key: value.grad for key, value in network.named_parameters() if value.grad is not None}

    def params(self, network):
        return network.state_dict()


def answer(module, asked):
    """What the file makes of what it is asked."""
    dialect = OfPyTorch(module) if hasattr(module, "torch") else OfTheBook(module)
    found, network = {}, module.build_network(module.load_params())
    if "images" in asked:
        found["scores"] = dialect.scores(network, asked["images"])
        found["answers"] = module.predict(network, asked["images"])
    if "labels" in asked:
        found["loss"], grads = dialect.gradient(network, asked["images"], asked["labels"])
        found |= {f"grad {key}": grad for key, grad in grads.items()}
    if "train_images" in asked:
        network = module.build_network(module.initial_params())
        start = {f"start {key}": as_array(value).copy() for key, value in dialect.params(network).items()}
        found["losses"] = module.train(network, asked["train_images"], asked["train_labels"])
        found |= start | {f"end {key}": value for key, value in dialect.params(network).items()}
    return {key: as_array(value) for key, value in found.items()}


def as_array(value):
    """NumPy's array, also of PyTorch's tensor."""
    return value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)


for name in ("fishlab", "PySide6", "safetensors"):
    if importlib.util.find_spec(name) is not None:
        sys.exit(f"{name} is within reach")
for given in sorted(Path(folder).glob("*.in.npz")):
    module = load(given.with_name(given.name.replace(".in.npz", ".py")))
    with np.load(given) as asked:
        np.savez(given.with_name(given.name.replace(".in.", ".out.")), **answer(module, dict(asked)))
