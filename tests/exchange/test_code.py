"""Code in both dialects: it covers all there is, is clean Python, and no name in a project gets out of its quotes."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from code_cases import BUILT, STACKS, conditions, odd_ones, stack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_runs import layer

from fishlab.core.errors import NetworkError
from fishlab.core.exchange import EXPORTS, ExchangeError, Subject, silent
from fishlab.core.exchange.code import (
    changes,
    common,
    epochs,
    numpy_layers,
    numpy_training,
    starts,
    torch_layers,
    torch_training,
)
from fishlab.core.exchange.code.assembly import FOR_OTHERS
from fishlab.core.exchange.code.numpy_file import BOOK, numpy_source
from fishlab.core.exchange.code.parts import library, uses_of
from fishlab.core.exchange.code.tables import Table
from fishlab.core.exchange.code.text import literal
from fishlab.core.exchange.code.torch_file import torch_source
from fishlab.core.exchange.model import imported_model
from fishlab.core.layers import LayerSpec
from fishlab.core.losses import LOSSES
from fishlab.core.network import Network
from fishlab.core.spec import NetworkSpec, ProjectSpec
from fishlab.core.templates import TEMPLATES

ROOT = Path(__file__).parents[2]
SOURCES: dict[str, Callable[[Subject, Path], str]] = {"numpy": numpy_source, "torch": torch_source}
dialects = pytest.mark.parametrize("dialect", SOURCES)
TABLES = {
    "numpy layers": numpy_layers.writes,
    "numpy losses": numpy_training.losses,
    "numpy optimizers": numpy_training.optimizers,
    "torch layers": torch_layers.writes,
    "torch losses": torch_training.losses,
    "torch optimizers": torch_training.optimizers,
    "initial values": starts.initial,
    "augmentations": changes.changes,
    "schedules": epochs.courses,
}


# -- all there is ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_writer_for_every_registered_kind(name: str) -> None:
    table: Table[Callable[..., object]] = TABLES[name]
    assert [kind for kind in table.registry.kinds() if kind not in table.writers] == []


@dialects
def test_a_layer_of_one_s_own_is_refused_by_its_name(dialect: str, own_layer: LayerSpec, tmp_path: Path) -> None:
    subject = Subject(ProjectSpec(network=NetworkSpec(layers=(layer("flatten"), own_layer, layer("affine", units=10)))))
    with pytest.raises(ExchangeError, match=r"“My own” cannot be written as (NumPy|PyTorch) code"):
        EXPORTS[dialect].item.write(subject, tmp_path / "own.py", silent)
    assert list(tmp_path.iterdir()) == []


@dialects
def test_a_network_that_cannot_be_built_is_refused_and_nothing_is_written(dialect: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError):
        EXPORTS[dialect].item.write(Subject(ProjectSpec()), tmp_path / "none.py", silent)
    assert list(tmp_path.iterdir()) == []


@dialects
def test_code_and_weights_do_not_take_one_name(dialect: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"“net\.npz” is the name of the weights"):
        EXPORTS[dialect].item.write(Subject(TEMPLATES["gates"].item()), tmp_path / "net.npz", silent)
    assert list(tmp_path.iterdir()) == []


# -- clean Python ------------------------------------------------------------------------------------------------------
@cache
def subjects() -> dict[str, Subject]:
    found = {kind: Subject(TEMPLATES[kind].item()) for kind in BUILT}
    found |= {f"stack_{seed}": Subject(ProjectSpec(network=stack(seed))) for seed in STACKS}
    return found | {name: Subject(project) for name, project in conditions().items()}


@pytest.mark.slow
@dialects
def test_what_is_written_is_clean_python_with_nothing_unused(dialect: str, tmp_path: Path) -> None:
    for name, subject in subjects().items():
        path = tmp_path / f"{name}.py"
        path.write_text(SOURCES[dialect](subject, path), encoding="utf-8")
        assert unused(path.read_text(encoding="utf-8")) == [], name
    assert_clean(tmp_path)


def assert_clean(folder: Path) -> None:
    """Ruff finds nothing in the files of a folder."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), folder]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def deep(levels: int) -> LayerSpec:
    """Blocks within blocks, each with a long name, around a frozen layer with four parameters."""
    inner = layer("batch_normalization", name="frozen " * 11, frozen=True)
    for level in range(levels):
        kind, others = ("residual", ((),)) if level % 2 else ("parallel", ())
        inner = layer(kind, name=f"level {level} " * 8, branches=((inner,), *others))
    return inner


@dialects
def test_deep_blocks_and_long_names_keep_to_the_width(dialect: str, tmp_path: Path) -> None:
    layers = (layer("flatten"), deep(8), layer("affine", units=300))
    project = ProjectSpec(network=NetworkSpec(name="long " * 30, in_shape=(1, 2, 2), classes=300, layers=layers))
    names = tuple(f"class {number} " * 5 for number in range(298))
    model = imported_model(project, Network(project.network).arrays(), class_names=(*names, "x" * 300, "🐟" * 40))
    path = tmp_path / f"{'long' * 20}.py"
    path.write_text(SOURCES[dialect](Subject(project, model), path), encoding="utf-8")
    assert_clean(tmp_path)


def unused(source: str) -> list[str]:
    """Definitions of a file that nothing in it comes to."""
    names = {
        name
        for node in ast.parse(source).body
        for name in ([node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef) else [])
        + [one.id for one in getattr(node, "targets", ()) if isinstance(one, ast.Name)]
    }
    used = uses_of(source)
    return sorted(names - used - set(FOR_OTHERS))


@pytest.mark.slow
@pytest.mark.parametrize(("dialect", "modules"), [("numpy", (*BOOK, *common.SNIPPETS)), ("torch", ("modules",))])
def test_every_snippet_is_used_by_some_file(dialect: str, modules: tuple[str, ...]) -> None:
    wanted = set(library(*modules).parts)
    for subject in [*subjects().values(), *special_subjects()]:
        wanted -= uses_of(SOURCES[dialect](subject, Path("x.py")))
    assert wanted == set()


def special_subjects() -> list[Subject]:
    """What neither templates nor stacks nor conditions have."""
    rows = (layer("affine", units=10),)
    kinds = ("squared_error", "binary_cross_entropy", "softmax_cross_entropy")
    losses = [LOSSES[kind].item.Spec() for kind in kinds]
    losses.append(losses[-1].replace(label_smoothing=0.1))
    found = [Subject(ProjectSpec(network=NetworkSpec(in_shape=(4,), layers=rows, loss=loss))) for loss in losses]
    return [*found, *(case.subject for case in odd_ones())]


def test_literals_are_what_they_stand_for() -> None:
    for value in (1, -3, 0.1, 1e-7, "plain", 'quo"ted', "it's", "new\nline", "\u202e", (1,), (2, 0.5), (), True, None):
        assert ast.literal_eval(literal(value)) == value


# -- names that want to get out ----------------------------------------------------------------------------------------
NASTY = ['"""', "'''", "\\", '\\"', "\n", "\r\n", "\x0c", "\u2028", "\x00", "\ud800", "\u202e", "#", "{x}", "🐟", "%s",
         '"""\nimport os\nos.system("trace")\n"""', "\nbreak_out()\n", "');break_out();('"]  # fmt: skip
names = st.one_of(st.sampled_from(NASTY), st.text(max_size=80), st.lists(st.sampled_from(NASTY)).map("".join)).map(
    lambda text: text[:80]
)


def named(network: str, first: str, classes: tuple[str, str]) -> Subject:
    """A project whose names are these."""
    block = layer("residual", name=first[::-1], branches=((layer("relu", name=first),), ()))
    layers = (layer("flatten"), layer("affine", units=2, name=first), block)
    project = ProjectSpec(network=NetworkSpec(name=network, in_shape=(1, 2, 2), classes=2, layers=layers))
    weights = Network(project.network).arrays()
    return Subject(project, imported_model(project, weights, class_names=classes))


def bones(source: str) -> str:
    """The tree of a file without its texts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.slow
@dialects
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(network=names, first=names, classes=st.tuples(names, names))
def test_no_name_gets_out_of_its_quotes(dialect: str, network: str, first: str, classes: tuple[str, str]) -> None:
    source = SOURCES[dialect](named(network, first, classes), Path(f"{network}.py"))
    source.encode("utf-8")
    plain = SOURCES[dialect](named("Plain", "first", ("no", "yes")), Path("plain.py"))
    assert bones(source) == bones(plain)
    assert class_names(source) == classes


def class_names(source: str) -> tuple[str, ...]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLASS_NAMES":
            return ast.literal_eval(node.value)
    raise AssertionError("no class names")
