"""PyTorch the way it is usually written: the same stack, the same batches, its own defaults for threads."""

from __future__ import annotations

import itertools
import shutil
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

from benchmarks.torch_stack import torch_loss, torch_optimizer, torch_stack
from fishlab.core.data.dataset import Dataset, ImageSet
from fishlab.core.network import Network
from fishlab.core.spec import ProjectSpec


def _tensors(image_set: ImageSet) -> tuple[torch.Tensor, torch.Tensor]:
    """Images and labels, not copied: they are only read, whatever the warning says."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return torch.from_numpy(image_set.images), torch.from_numpy(image_set.labels)


class TorchEngine:
    """One network at a time; `manner` is eager, tuned (a fused optimizer), channels_last or compile."""

    def __init__(self, manner: str) -> None:
        self._manner = manner
        if manner == "compile" and not any(map(shutil.which, ("cc", "gcc", "clang", "cl"))):
            raise RuntimeError("torch.compile needs a C++ compiler, and there is none here.")

    def load(self, project: ProjectSpec, data: Dataset) -> dict[str, Any]:
        """Build the module with FishLab's first weights, and its optimizer."""
        network, training = project.network, project.training
        self._module = torch_stack(network, Network(network).arrays())
        if self._manner == "channels_last":
            self._module = self._module.to(memory_format=torch.channels_last)
        self._call: Callable[..., Any] = self._compiled() if self._manner == "compile" else self._module
        self._loss = torch_loss(network.loss)
        self._optimizer = torch_optimizer(training.optimizer, self._module, fused=self._manner == "tuned")
        self._train, self._test = _tensors(data.train), _tensors(data.test)
        self._indices = self._batches(training.batch_size)
        self._module.train()
        self.step()
        return {"way": f"{torch.get_num_threads()} threads"}

    def _compiled(self) -> Callable[..., Any]:
        torch.compiler.reset()  # what was compiled for the network before
        return torch.compile(self._module)

    def _batches(self, size: int) -> Iterator[torch.Tensor]:
        """A new order each epoch, cut into batches of one size."""
        for _ in itertools.count():
            yield from torch.randperm(len(self._train[0])).split(size)[: len(self._train[0]) // size]

    def _scaled(self, images: torch.Tensor) -> torch.Tensor:
        x = images.float().mul_(1 / 255)
        return x.contiguous(memory_format=torch.channels_last) if self._manner == "channels_last" else x

    def step(self) -> None:
        """One batch: gathered, learned from, its loss read."""
        chosen = next(self._indices)
        x, labels = self._scaled(self._train[0][chosen]), self._train[1][chosen]
        self._optimizer.zero_grad()
        loss = self._loss(self._call(x), labels)
        loss.backward()
        self._optimizer.step()
        loss.item()

    def evaluate(self, batch: int | None = None) -> float:
        """Loss and accuracy over the test images in batches of this size."""
        images, labels = self._test
        loss, correct, size = 0.0, 0, batch or 1000
        self._module.eval()
        with torch.no_grad():
            for begin in range(0, len(labels), size):
                wanted = labels[begin : begin + size]
                scores = self._module(self._scaled(images[begin : begin + size]))
                loss += self._loss(scores, wanted).item() * len(wanted)
                correct += int((scores.argmax(1) == wanted).sum())
        self._module.train()
        return correct / len(labels)

    def close(self) -> None:
        """Nothing runs on."""

    @staticmethod
    def about() -> dict[str, str]:
        """PyTorch and the kernels it runs on."""
        kernels = torch.backends.cpu.get_cpu_capability()
        onednn, mkl = torch.backends.mkldnn.is_available(), torch.backends.mkl.is_available()
        libraries = [name for name, there in (("oneDNN", onednn), ("MKL", mkl)) if there] or ["no MKL, no oneDNN"]
        return {
            "PyTorch": torch.__version__,
            "kernels of PyTorch": f"{kernels}, {' and '.join(libraries)}, {torch.get_num_threads()} threads",
        }
