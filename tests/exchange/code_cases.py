"""Networks and trainings that both dialects of code are tried on."""

from __future__ import annotations

from typing import Any

from code_kit import Case, to_predict
from small_runs import layer, project

from benchmarks.stacks import random_stack
from fishlab.core.augmentation import AUGMENTATIONS, AugmentationSpec
from fishlab.core.augmentation.many import ManySpec
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS
from fishlab.core.losses import LOSSES
from fishlab.core.optimizers import OPTIMIZERS
from fishlab.core.schedules import SCHEDULES
from fishlab.core.shapes import infer
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.spec.data import SCALES
from fishlab.core.templates import TEMPLATES

STACKS = range(900, 924)
BUILT = [kind for kind in TEMPLATES.kinds() if infer(TEMPLATES[kind].item().network).ok]


def draws(spec: NetworkSpec) -> bool:
    return any(LAYERS[one.kind].item.uses_rng for one in spec.walk())


def stack(seed: int) -> NetworkSpec:
    """A generated stack; every third one with frozen layers, every second one without Dropout."""
    spec = random_stack(seed, small=True)
    if seed % 2:
        spec = spec.remove(*(one.uid for one in spec.walk() if LAYERS[one.kind].item.uses_rng))
    if seed % 3 == 0:
        spec = spec.with_layers(one.replace(frozen=number % 2 == 0) for number, one in enumerate(spec.layers))
    return spec


def conditions() -> dict[str, ProjectSpec]:
    """Trainings in which something else is set each time."""
    smooth = [layer("flatten"), layer("affine", units=12), layer("tanh"), layer("affine", units=10)]
    found: dict[str, ProjectSpec] = {}

    def add(name: str, layers: Any = None, **values: Any) -> None:
        found[name] = project(layers or smooth, precision="float64", **{"epochs": 2, **values})

    for kind in OPTIMIZERS.kinds():
        add(f"optimizer_{kind}", optimizer=kind, weight_decay=0.1)
        add(f"l1_{kind}", optimizer=kind, weight_decay=0.01, decay_kind="l1")
    for kind in SCHEDULES.kinds():
        add(f"schedule_{kind}", schedule=SCHEDULES[kind].item(), optimizer="sgd")
        add(f"warm_up_{kind}", schedule=SCHEDULES[kind].item(warm_up=0.7), optimizer="momentum")
    for kind in INITIALIZERS.kinds():
        add(f"initial_{kind}", [layer("flatten"), layer("affine", units=12, init=kind), layer("affine", units=10)])
    add("cosine_of_a_length", schedule=SCHEDULES["cosine"].item(length=1, floor=0.1, warm_up=0.25))
    add("step_often", schedule=SCHEDULES["step"].item(every=1, gamma=0.3))
    add("clipped", clip_norm=0.05, weight_decay=0.1)
    add("barely_clipped", clip_norm=1e6)
    add("max_norm", decay_kind="max_norm", max_norm=0.7, weight_decay=0.1)
    add("by_chance", sampling="replacement")
    add("patient", patience=1, epochs=6, optimizer="sgd", rate=5.0)
    add("last_only", keep_best=False)
    convolved = [
        layer("convolution", filters=3, kernel_size=(3, 3), init="orthogonal", bias=False),
        layer("batch_normalization"),
        layer("sigmoid"),
        layer("average_pool"),
        layer("flatten"),
        layer("affine", units=10),
    ]
    add("convolved", convolved, decay_kind="max_norm", max_norm=0.7)
    frozen = [one.replace(frozen=True) for one in convolved[:2]]
    add("half_frozen", [*frozen, *convolved[2:]], weight_decay=0.1)
    flat = found["clipped"].training.replace(clip_norm=0.0, optimizer=OPTIMIZERS["sgd"].item.Spec(learning_rate=0.01))
    for name, kinds in augmentations().items():
        data = found["clipped"].data.replace(augmentation=kinds)
        found[f"augmented_{name}"] = found["clipped"].replace(data=data, training=flat)
    for scaling in SCALES:
        found[f"scaled_{scaling}"] = found["clipped"].replace(data=found["clipped"].data.replace(scaling=scaling))
    narrow = found["clipped"].replace(data=found["clipped"].data.replace(subset=60, validation=0.0, scaling="unit"))
    found["a_subset"] = narrow.replace(training=narrow.training.replace(keep_best=False))
    return found


def augmentations() -> dict[str, tuple[AugmentationSpec, ...]]:
    """Every kind by itself, and all of them in two orders, one of which is switched off."""
    each = {entry.kind: entry.item.Spec() for entry in AUGMENTATIONS}
    each["shift"] = each["shift"].replace(whole=True)
    each["flip"] = each["flip"].replace(vertical=0.3)
    every = tuple(each.values())
    backwards = (each["shift"].replace(whole=False), each["crop"].replace(enabled=False), *reversed(every))
    before = tuple(spec.replace(draws=1) if isinstance(spec, ManySpec) else spec for spec in every)
    together = {"all": every, "all_backwards": backwards, "all_as_before": before}
    return {kind: (one,) for kind, one in each.items()} | together


def a_loss_each() -> list[Case]:
    """Every loss, in both precisions, with a setting of its own where it has one."""
    specs = [entry.item.Spec() for entry in LOSSES] + [LOSSES["softmax_cross_entropy"].item.Spec(label_smoothing=0.2)]
    return [
        to_predict(f"loss_{number}_{precision}", NetworkSpec(in_shape=(5,), classes=3, loss=spec,
                   layers=(layer("affine", units=3),)), precision, labels=True)
        for number, spec in enumerate(specs) for precision in ("float32", "float64")
    ]  # fmt: skip


def odd_ones() -> list[Case]:
    """Layers that the stacks leave out, on images that are not square."""
    dropped = layer("dropout", rate=0.3, scaled="predicting")
    softened = layer("upsampling", factor=(2, 3))
    between = {"upsampling": softened, "dropout": dropped, "softmax": layer("softmax"), "leaky": layer("leaky_relu")}
    return [
        to_predict(
            f"odd_{name}",
            NetworkSpec(in_shape=(2, 3, 4), layers=(one, layer("flatten"), layer("affine", units=10))),
            "float64",
            labels=not LAYERS[one.kind].item.uses_rng,
        )
        for name, one in between.items()
    ]
