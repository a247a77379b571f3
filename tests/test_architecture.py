"""The laws of the house, read from the imports: who may know whom, and what is written nowhere."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
QT = ("PySide6", "shiboken6")
WINDOW = ("fishlab.ui.main_window", "fishlab.ui.app")
VIEWS = ("fishlab.ui.panels", "fishlab.ui.plots", "fishlab.ui.benches")

# Who -> whom it must not import.
FORBIDDEN = {
    "fishlab.core": (*QT, "pyqtgraph", "fishlab.ui", "fishlab.cli"),
    "fishlab.ui.panels": WINDOW,
    "fishlab.ui.plots": (*WINDOW, "fishlab.ui.panels"),
    "fishlab.ui.benches": (*WINDOW, "fishlab.ui.panels"),
    "fishlab.ui.widgets": (*WINDOW, *VIEWS),
    "fishlab.ui.document": (*WINDOW, *VIEWS, "fishlab.ui.widgets"),
    "fishlab.ui.session": (*WINDOW, *VIEWS, "fishlab.ui.widgets"),
    "fishlab.ui.work": (*WINDOW, *VIEWS, "fishlab.ui.widgets", "fishlab.ui.session"),
    "fishlab.ui.ways": (*WINDOW, *VIEWS, "fishlab.ui.widgets", "fishlab.ui.session"),
    "fishlab.ui.run_mail": (*WINDOW, *VIEWS, "fishlab.ui.widgets", "fishlab.ui.session"),
    "fishlab.ui.drawn_digit": (*WINDOW, *VIEWS, "fishlab.ui.widgets", "fishlab.ui.session"),
}
KNOW_PYQTGRAPH = ("fishlab.ui.plots", "fishlab.ui.app")
KNOWS_KINDS = ("fishlab.core.registry",)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def breaches(module: str, source: str) -> list[str]:
    """What the source of the module does against the laws, one sentence each."""
    tree = ast.parse(source)
    imported = set(imports(tree))
    forbidden = [names for who, names in FORBIDDEN.items() if within(module, who)]
    found = [f"imports {name}" for name in sorted(imported) for names in forbidden if within(name, *names)]
    if not within(module, *KNOW_PYQTGRAPH) and any(within(name, "pyqtgraph") for name in imported):
        found.append("imports pyqtgraph")
    found += [f"a panel that imports the panel {name}" for name in sorted(other_panels(module, imported))]
    if within(module, "fishlab.core") and any(called(node, "print") for node in ast.walk(tree)):
        found.append("prints")
    if not within(module, *KNOWS_KINDS):
        found += [f"asks for a kind in line {line}" for line in questions_of_kind(tree)]
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide who knows whom"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def other_panels(module: str, imported: set[str]) -> set[str]:
    def panel(name: str) -> str | None:
        match = re.match(r"fishlab\.ui\.panels\.(\w+)", name)
        return match[1] if match else None

    own = panel(module)
    return {other for other in map(panel, imported) if own and other and other != own}


def called(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def questions_of_kind(tree: ast.AST) -> Iterator[int]:
    """Lines that compare something called kind with a literal string, or match on it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(map(is_kind, sides)) and any(map(holds_string, sides)):
                yield node.lineno
        elif isinstance(node, ast.Match) and is_kind(node.subject):
            yield node.lineno


def is_kind(node: ast.AST) -> bool:
    """Whether it is called kind, and is not that of a NumPy dtype."""
    if isinstance(node, ast.Attribute):
        return node.attr == "kind" and not is_dtype(node.value)
    return isinstance(node, ast.Name) and node.id == "kind"


def is_dtype(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute | ast.Call) and "dtype" in ast.unparse(node)


def holds_string(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(holds_string, node.elts))
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "fishlab").rglob("*.py"))
}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_keeps_the_laws_of_the_house(module: str) -> None:
    assert breaches(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("fishlab.core.network", "from PySide6.QtCore import QObject"),
        ("fishlab.core.layers.affine", "from fishlab.ui import document"),
        ("fishlab.core.training", "print('epoch 1')"),
        ("fishlab.ui.panels.data", "import pyqtgraph as pg"),
        ("fishlab.ui.panels.data", "from fishlab.ui.panels.training import TrainingPanel"),
        ("fishlab.ui.panels.data", "from fishlab.ui.panels import training"),
        ("fishlab.ui.panels.data", "from fishlab.ui.main_window import MainWindow"),
        ("fishlab.ui.widgets.badge", "from fishlab.ui.plots.curves import Curves"),
        ("fishlab.ui.document", "def later():\n    from fishlab.ui.panels import data"),
        ("fishlab.core.shapes", "ok = layer.kind == 'affine'"),
        ("fishlab.ui.panels.data", "ok = kind in ('affine', 'relu')"),
        ("fishlab.cli", "match spec.kind:\n    case 'affine': pass"),
    ],
)
def test_a_breach_is_found(module: str, source: str) -> None:
    assert breaches(module, source) != []


def test_what_the_laws_allow_is_not_a_breach() -> None:
    source = "import pyqtgraph\nfrom fishlab.ui.widgets import badge\nok = a.kind == b.kind"
    assert breaches("fishlab.ui.plots.curves", source) == []
    assert breaches("fishlab.core.losses", "ok = a.dtype.kind in 'iu' or np.dtype(b).kind == 'f'") == []
    assert breaches("fishlab.ui.panels.network", "from fishlab.ui.panels.network.card import Card") == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "fishlab").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_look_at_the_machine_needs_nothing_installed() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import fishlab.ui.environment; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True).stdout
    strange = {name.partition(".")[0] for name in loaded.split()} - sys.stdlib_module_names - {"fishlab", "__main__"}
    assert {name for name in strange if not name.startswith("__")} == set()


# Spelt so that this file does not find itself.
UNWANTED = re.compile(r"(?<![\w.])/(?:work|root|tmp/fl)/|pypi\.[o]rg|pythonhosted\.[o]rg|anaconda\.[o]rg")
TEXT = {".py", ".md", ".toml", ".lock", ".txt", ".json", ".svg", ".qss", ".ts", ".yml", ".yaml", ".cfg", ".ini", ""}
FOLDERS = ("fishlab", "tests", "resources", "docs", "benchmarks", ".ci")


def text_files() -> Iterator[Path]:
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    for path in (*ROOT.iterdir(), *inside):
        if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
            yield path


def test_no_file_names_a_machine_path_or_a_package_registry() -> None:
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in text_files()}
    assert ROOT / "requirements.lock" in texts
    assert [f"{path.relative_to(ROOT)}: {m[0]}" for path, text in texts.items() for m in UNWANTED.finditer(text)] == []
