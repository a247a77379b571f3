"""How the epochs of a training are written: the order of the images, the rates, and what is kept of the best one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fishlab.core.exchange.code.tables import PYTHON, Table
from fishlab.core.exchange.code.text import literal
from fishlab.core.schedules import SCHEDULES, ScheduleSpec
from fishlab.core.spec import TrainingSpec

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


def best_begins(training: TrainingSpec) -> list[str]:
    """What `train` knows of the best epoch before the first."""
    if training.patience:
        return ["    best_loss, best_epoch = np.inf, 0"]
    return ["    best_loss = np.inf"] if training.keep_best else []


def epoch_lines(training: TrainingSpec, loss: str) -> list[str]:
    """What `train` says after an epoch; the weights of the best one, by the `loss` of its scores, are saved."""
    lines = [
        '        report = f"epoch {epoch + 1}: loss {np.mean(losses[-steps:]):.4f}"',
        "        scores = scores_of(network, x_val)",
        '        print(f"{report}, validation accuracy {np.mean(scores.argmax(axis=1) == t_val):.4f}")',
    ]
    if training.wants_best:
        lines += [f"        val_loss = {loss}", "        if val_loss < best_loss:"]
        lines.append("            best_loss, best_epoch = val_loss, epoch" if training.patience else BETTER)
        lines.append('            save(network, "best")')
    if training.patience:
        lines += ["        if epoch - best_epoch >= PATIENCE:  # early stopping", "            break"]
    return lines


BETTER = "            best_loss = val_loss"
UNVALIDATED = '        print(f"epoch {epoch + 1}: loss {np.mean(losses[-steps:]):.4f}")'
