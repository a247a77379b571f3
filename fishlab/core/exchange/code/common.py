"""What the files of both dialects say of a project: its settings, its first weights, its rates and its data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fishlab import __version__
from fishlab.core.data.dataset import DIGITS
from fishlab.core.data.scaling import Scaling
from fishlab.core.exchange.code.stack import Named
from fishlab.core.exchange.code.tables import PYTHON, Table
from fishlab.core.exchange.code.text import comment, listing, literal, plain
from fishlab.core.exchange.formats import Subject
from fishlab.core.initializers import INITIALIZERS
from fishlab.core.layers import LAYERS
from fishlab.core.schedules import SCHEDULES, ScheduleSpec
from fishlab.core.spec import DataSpec, TrainingSpec


def docstring(subject: Subject, summary: str, path: Path) -> str:
    """The first lines of a file."""
    name = plain(subject.trained.network.name, 50) or "A network"
    file, weights = plain(path.name, 50), plain(path.with_suffix(".npz").name, 50)
    model = subject.model
    what = f"trained on {plain(model.data_name, 50)}" if model else "which it begins with"
    return (
        f'"""{name}: a network and its training, {summary}.\n\n'
        f"Written by FishLab {__version__}. Its weights, {what}, are in {weights}.\n\n"
        f"    python {file} DATA          measures it on the test images\n"
        f"    python {file} DATA train    trains it from the beginning\n\n"
        f'DATA is {DATA[loader(subject.trained.data)]}.\n"""'
    )


DATA = {
    "load_mnist": "a folder with the four files of MNIST, or of a set like it",
    "load_npz": "an .npz file with x_train, y_train, x_test and y_test",
}


# -- settings ----------------------------------------------------------------------------------------------------------
def settings(subject: Subject) -> dict[str, str]:
    """The constants of a file by name, each with its line; a file has those that it uses."""
    project, training = subject.trained, subject.trained.training
    scaling = scaling_of(subject)
    values: dict[str, Any] = {
        "SEED": training.seed,
        "IN_SHAPE": project.network.in_shape,
        "SCALE": scaling.scale,
        "SHIFT": scaling.shift,
        "EPSILON": project.data.epsilon,
        "SUBSET": project.data.subset or None,
        "VALIDATION": project.data.validation,
        "BATCH_SIZE": training.batch_size,
        "EPOCHS": training.epochs,
        "LEARNING_RATE": training.optimizer.learning_rate,
        "WEIGHT_DECAY": training.weight_decay,
        "MAX_NORM": training.max_norm,
        "CLIP_NORM": training.clip_norm,
        "PATIENCE": training.patience,
    }
    lines = {name: f"{name} = {FRACTIONS.get(value) or literal(value)}" for name, value in values.items()}
    lines["DTYPE"] = f"DTYPE = np.{training.precision}"
    lines["WEIGHTS"] = 'WEIGHTS = Path(__file__).with_suffix(".npz")'
    lines["SCALING"] = "SCALING = {}  # what is found from the images"
    lines["CLASS_NAMES"] = listing("CLASS_NAMES", map(literal, class_names(subject)))
    return lines


FRACTIONS = {1 / 255: "1 / 255", 1 / 12: "1 / 12"}


def class_names(subject: Subject) -> Sequence[str]:
    """What the classes are called; numbers where nobody has named them."""
    count = subject.trained.network.classes
    names = subject.model.class_names if subject.model else DIGITS
    return names if len(names) == count else [str(number) for number in range(count)]


def scaling_of(subject: Subject) -> Scaling:
    """What becomes of a grey level: as the model learned it, else as far as it can be told without images."""
    if subject.model:
        return subject.model.scaling
    data = subject.project.data
    levels = data.scaling != "raw" and loader(data) == "load_mnist"
    return Scaling(1 / 255 if levels else 1.0, 0.0)


FINDERS = {
    "standard": "find_scaling(x, groups=1)",
    "channels": "find_scaling(x, groups=IN_SHAPE[0])",
    "pixels": "find_scaling(x, groups=x[0].size)",
    "whitened": "find_whitening(x, EPSILON)",
}


def finder(subject: Subject) -> str:
    """The expression for what a training finds from its images; empty where nothing is, or a model knows it."""
    return "" if subject.model else FINDERS.get(subject.project.data.scaling, "")


def is_whitened(subject: Subject) -> bool:
    """Whether arrays belong to the scaling."""
    return scaling_of(subject).whitening is not None or bool(finder(subject))


def scaled(subject: Subject) -> str:
    """The function that prepares images for the network."""
    line = "images.astype(DTYPE) * DTYPE(SCALE) + DTYPE(SHIFT)"
    if is_whitened(subject):
        line = f"whitened({line})"
    return (
        "def scaled(images):\n"
        '    """Images (N, ...) as the network learns from them (chapter 3.6)."""\n'
        f"    return {line}"
    )


LOADERS = dict.fromkeys(("auto", "mnist", "digits", "fashion_mnist", "kmnist"), "load_mnist")


def loader(data: DataSpec) -> str:
    """The function that reads images: MNIST's files, or an .npz file for all else."""
    return LOADERS.get(data.source, "load_npz")


# -- initial values ----------------------------------------------------------------------------------------------------
initial: Table[Callable[[Named, str], str]] = Table(INITIALIZERS, PYTHON)


@initial("he")
def _he(named: Named, rng: str) -> str:
    return f"he({rng}, {literal(named.info.shape)}, fan_in={named.info.fan_in})"


@initial("xavier")
def _xavier(named: Named, rng: str) -> str:
    return f"xavier({rng}, {literal(named.info.shape)}, fan_in={named.info.fan_in})"


@initial("glorot")
def _glorot(named: Named, rng: str) -> str:
    info = named.info
    return f"glorot({rng}, {literal(info.shape)}, fan_in={info.fan_in}, fan_out={info.fan_out})"


@initial("he_uniform")
def _he_uniform(named: Named, rng: str) -> str:
    return f"uniform({rng}, {literal(named.info.shape)}, variance=2 / {named.info.fan_in})"


@initial("xavier_uniform")
def _xavier_uniform(named: Named, rng: str) -> str:
    return f"uniform({rng}, {literal(named.info.shape)}, variance=1 / {named.info.fan_in})"


@initial("glorot_uniform")
def _glorot_uniform(named: Named, rng: str) -> str:
    info = named.info
    return f"uniform({rng}, {literal(info.shape)}, variance=2 / {info.fan_in + info.fan_out})"


@initial("orthogonal")
def _orthogonal(named: Named, rng: str) -> str:
    return f"orthogonal({rng}, {literal(named.info.shape)}, unit_axis={named.info.out_axis})"


@initial("normal")
def _normal(named: Named, rng: str) -> str:
    spec: Any = named.spec
    return f"normal({rng}, {literal(named.info.shape)}, std={literal(spec.std)})"


@initial("zero")
def _zero(named: Named, rng: str) -> str:
    return f"zeros({literal(named.info.shape)})"


FILLS = {"zero": "zeros", "one": "ones"}


def initial_params(named: Sequence[Named], name_of: Callable[[Named], str]) -> str:
    """The function that draws the weights a training begins with."""
    lines = ["def initial_params():", '    """The weights a training begins with (chapter 6.2)."""', "    return {"]
    for one in named:
        value = _first_value(one) + (".T" if one.turned else "")
        lines.append(f"        {literal(name_of(one))}: {value},")
    return "\n".join([*lines, "    }"])


def _first_value(named: Named) -> str:
    if named.info.init in FILLS:
        return f"{FILLS[named.info.init]}({literal(named.info.shape)})"
    spec: Any = named.spec
    return initial[spec.init](named, f'stream("init", {named.layer}, {named.place})')


# -- rates -------------------------------------------------------------------------------------------------------------
courses: Table[Callable[[Any, str], str]] = Table(SCHEDULES, PYTHON)


@courses("constant")
def _constant(spec: Any, x: str) -> str:
    return "1.0"


@courses("step")
def _step(spec: Any, x: str) -> str:
    return f"step_down({x}, every={spec.every}, gamma={literal(spec.gamma)})"


@courses("exponential")
def _exponential(spec: Any, x: str) -> str:
    return f"exponential({x}, gamma={literal(spec.gamma)})"


@courses("cosine")
def _cosine(spec: Any, x: str) -> str:
    left = f"epochs - {literal(spec.warm_up)}" if spec.warm_up else "epochs"
    length = literal(max(0.0, spec.length - spec.warm_up)) if spec.length else left
    return f"cosine({x}, length={length}, floor={literal(spec.floor)})"


@courses("inverse_time")
def _inverse_time(spec: Any, x: str) -> str:
    return f"inverse_time({x}, decay={literal(spec.decay)})"


def rate_factor(schedule: ScheduleSpec) -> str:
    """The function that says what share of the learning rate a step has; empty where it is always all of it."""
    warm_up, course = schedule.warm_up, courses[schedule.kind]
    if course(schedule, "x") == "1.0" and not warm_up:
        return ""
    arguments = "x, epochs, step" if warm_up else "x, epochs"
    lines = [
        f"def rate_factor({arguments}):",
        '    """The share of the learning rate for a step that begins x epochs into a run of so many (chapter 6.1)."""',
    ]
    if warm_up:
        lines += [
            f"    if x < {literal(warm_up)}:  # warm-up: the rate climbs, and a step has that of its end",
            f"        return min(1.0, (x + step) / {literal(warm_up)})",
        ]
    x = f"x - {literal(warm_up)}" if warm_up else "x"
    return "\n".join([*lines, f"    return {course(schedule, x)}"])


def order(training: TrainingSpec) -> str:
    """The expression for the order in which an epoch goes through the images."""
    return ORDERS[training.sampling]


ORDERS = {
    "permutation": 'stream("shuffle", epoch).permutation(len(x))',
    "replacement": 'stream("shuffle", epoch).integers(len(x), size=len(x))',
}


def rate(training: TrainingSpec) -> str:
    """The expression for the rate of a step; empty where it is always the same."""
    if not rate_factor(training.schedule):
        return ""
    arguments = "epoch + step / steps, epochs" + (", 1 / steps" if training.schedule.warm_up else "")
    return f"LEARNING_RATE * rate_factor({arguments})"


# -- the end of an epoch -----------------------------------------------------------------------------------------------
def best_begins(training: TrainingSpec) -> list[str]:
    """What `train` knows of the best epoch before the first."""
    if training.patience:
        return ["    best_loss, best_epoch = np.inf, 0"]
    return ["    best_loss = np.inf"] if training.keep_best else []


def epoch_lines(training: TrainingSpec) -> list[str]:
    """What `train` says after an epoch; the weights of the best one are saved."""
    lines = [
        '        report = f"epoch {epoch + 1}: loss {np.mean(losses[-steps:]):.4f}"',
        '        print(f"{report}, validation accuracy {accuracy(network, x_val, t_val):.4f}")',
    ]
    if training.wants_best:
        lines += ["        val_loss = mean_loss(network, x_val, t_val)", "        if val_loss < best_loss:"]
        lines.append("            best_loss, best_epoch = val_loss, epoch" if training.patience else BETTER)
        lines.append('            save(network, "best")')
    if training.patience:
        lines += ["        if epoch - best_epoch >= PATIENCE:  # early stopping", "            break"]
    return lines


BETTER = "            best_loss = val_loss"
UNVALIDATED = '        print(f"epoch {epoch + 1}: loss {np.mean(losses[-steps:]):.4f}")'


LOAD_PARAMS = '''\
def load_params():
    """The weights beside this file."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if not name.startswith("scaling")}'''

ACCURACY = '''\
def accuracy(network, images, t):
    """The share of images that are recognised."""
    return np.mean(predict(network, images).argmax(axis=1) == t)'''


def main(data: DataSpec) -> str:
    """The function that the file runs as a program."""
    return MAIN.replace("LOADER", loader(data))


MAIN = '''\
def main():
    """What this file does as a program."""
    place, *wishes = arguments()
    x_train, t_train, x_test, t_test = LOADER(place)
    network = build_network(load_params())
    if "train" in wishes:
        network = build_network(initial_params())
        train(network, x_train, t_train)
        save(network, "trained")
    print(f"accuracy on {len(t_test):,} test images: {accuracy(network, x_test, t_test):.4f}")
    for number, name in enumerate(CLASS_NAMES):
        own = t_test == number
        if own.any():
            print(f"    {name}: {accuracy(network, x_test[own], t_test[own]):.4f}")'''


# -- what differs ------------------------------------------------------------------------------------------------------
def remarks(subject: Subject) -> list[str]:
    """What a training by this file does otherwise than FishLab, in sentences."""
    project, said = subject.trained, []
    if not subject.model and loader(project.data) == "load_npz":
        said.append("Numbers are taken as they are; grey levels of 0 to 255 want a SCALE of 1 / 255.")
    if any(LAYERS[layer.kind].item.uses_rng for layer in project.network.walk()):
        said.append("Dropout draws other masks than FishLab does, so that a training with it is another one.")
    return said


def remark_lines(said: Sequence[str]) -> str:
    """The sentences as comments."""
    return "\n".join(comment(f"Note: {sentence}") for sentence in said)
