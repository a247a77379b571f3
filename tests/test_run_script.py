"""run.py: two commands on a machine that has nothing but Python."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from fishlab.ui import environment

ROOT = Path(__file__).resolve().parents[1]


class Machine:
    """Stands in for the processes that run.py starts: notes their commands, fails where it is told to."""

    def __init__(self, script: ModuleType) -> None:
        self.script = script
        self.commands: list[list[str]] = []
        self.fails_at: str | None = None
        self.code = 1
        self.error: type[BaseException] | None = None
        self.interpreter_inside: str | None = None

    def call(self, command: list[str], **_options: object) -> int:
        self.commands.append(command)
        if self.fails_at in command:
            if self.error:
                raise self.error
            return self.code
        if command[-1] == str(self.script.ENV):
            self.script.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            self.script.PYTHON.touch()
            self.interpreter_inside = self.script.interpreter()
        return 0

    def ran(self, word: str) -> bool:
        return any(word in command for command in self.commands)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py, taken to believe that it lies in an empty project."""
    spec = importlib.util.spec_from_file_location("run_script", ROOT / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("ROOT", "ENV", "PYTHON", "STAMP", "LOCK"):
        monkeypatch.setattr(module, name, tmp_path / getattr(module, name).relative_to(ROOT))
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_text("as it is", encoding="utf-8")
    for name in ("tests/core/test_one.py", "tests/ui/test_two.py", "tests/ui/test_three.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("@pytest.mark.alone" if "two" in name else "", encoding="utf-8")
    return module


@pytest.fixture
def machine(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(script)
    monkeypatch.setattr(script.subprocess, "call", machine.call)
    monkeypatch.setattr(script.os, "execv", lambda path, command: machine.call(command))
    monkeypatch.setattr(script, "interpreter_inside", lambda: machine.interpreter_inside)
    monkeypatch.setattr(environment, "ensure_libraries", lambda: True)
    monkeypatch.setenv("DISPLAY", ":0")
    return machine


def test_the_first_call_makes_the_environment_and_the_second_starts_at_once(
    script: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main([]) == 0
    assert capsys.readouterr().out == "Making the environment…\nInstalling (once, about a minute)…\n"
    assert machine.ran("--require-hashes")
    machine.commands.clear()
    assert script.main([]) == 0
    assert [command[1:] for command in machine.commands] == [["-m", "fishlab"]]


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements.lock"])
def test_a_change_of_what_is_wanted_installs_again(script: ModuleType, machine: Machine, changed: str) -> None:
    script.main([])
    machine.commands.clear()
    (script.ROOT / changed).write_text("otherwise", encoding="utf-8")
    script.main([])
    assert machine.ran("install")
    assert not machine.ran("--clear")


def test_another_interpreter_makes_the_environment_anew(
    script: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.main([])
    machine.commands.clear()
    monkeypatch.setattr(sys, "base_prefix", "/another/python")
    script.main([])
    assert machine.ran("--clear")


@pytest.mark.parametrize("step", ["--require-hashes", "--no-build-isolation"])
def test_an_interrupted_install_is_begun_anew(script: ModuleType, machine: Machine, step: str) -> None:
    machine.fails_at, machine.error = step, KeyboardInterrupt
    assert script.main([]) == 130
    assert not script.is_ready()
    machine.fails_at = None
    machine.commands.clear()
    assert script.main([]) == 0
    assert machine.ran("--clear")
    assert script.is_ready()


def test_a_failing_pip_ends_in_a_sentence_and_is_tried_again(
    script: ModuleType, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.fails_at = "--require-hashes"
    assert script.main([]) == 1
    assert "pip could not install what FishLab needs" in capsys.readouterr().err
    machine.fails_at = None
    assert script.main([]) == 0
    assert script.is_ready()


def test_without_venv_the_environment_is_made_by_virtualenv(script: ModuleType, machine: Machine) -> None:
    machine.fails_at = "venv"
    assert script.main([]) == 0
    assert [command[-1] for command in machine.commands[1:3]] == ["virtualenv", str(script.ENV)]
    assert machine.ran("--require-hashes")


def test_without_venv_and_without_pip_the_person_is_told_what_to_install(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script.subprocess, "call", lambda command, **options: 1)
    assert script.main([]) == 1
    assert "This Python has no working venv" in capsys.readouterr().err


def test_an_old_interpreter_is_told_so_in_one_sentence(
    script: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    assert script.main([]) == 1
    assert capsys.readouterr().err.startswith("FishLab needs Python 3.11 or newer; this is Python 3.8")
    assert machine.commands == []


def test_old_interpreters_can_read_the_script_as_far_as_that_sentence() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("failing", ["ruff", "mypy", "pytest"])
def test_whichever_check_fails_all_are_run_and_the_end_is_not_zero(
    script: ModuleType, machine: Machine, failing: str
) -> None:
    script.main([])
    assert script.main(["test"]) == 0
    machine.fails_at = failing
    machine.commands.clear()
    assert script.main(["test", "-k", "word"]) == 1
    assert [command[2] for command in machine.commands] == ["ruff", "mypy", "pytest"]
    assert machine.commands[-1][3:] == ["-k", "word"]


def expressions(machine: Machine) -> list[str]:
    return [command[4] for command in machine.commands if "pytest" in command]


def test_tests_run_beside_each_other_on_all_processors_and_then_those_that_must_be_alone(
    script: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.os, "sched_getaffinity", lambda _: {0, 1, 5}, raising=False)
    assert script.main(["test"]) == 0
    together, alone = machine.commands[-2:]
    assert together[2:7] == ["pytest", "-m", "not alone", "-n", "3"]
    assert alone[2:] == ["pytest", "-m", "alone", str(Path("tests/ui/test_two.py"))]


def test_folders_are_run_in_the_same_way_and_a_second_pass_is_made_where_they_hold_a_test_for_it(
    script: ModuleType, machine: Machine
) -> None:
    assert script.main(["test", "tests/core", "tests/ui", "-m", "not slow"]) == 0
    assert expressions(machine) == ["(not slow) and not alone", "(not slow) and alone"]
    assert machine.commands[-2][-2:] == ["tests/core", "tests/ui"]
    machine.commands.clear()
    assert script.main(["test", "tests/core"]) == 0
    assert expressions(machine) == ["not alone"]


@pytest.mark.parametrize(
    ("folders", "without"), [(["tests/core"], True), (["tests/core", "tests/ui"], False), ([], False)]
)
def test_the_core_alone_is_tested_without_qt(
    script: ModuleType, machine: Machine, folders: list[str], without: bool
) -> None:
    assert script.main(["test", *folders]) == 0
    call = next(command for command in machine.commands if "not alone" in command)
    assert ("no:pytest-qt" in call) == without


@pytest.mark.parametrize(("here", "taken"), [(1, 1), (4, 4), (64, 4)])
def test_a_test_process_for_each_processor_and_four_at_most(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, here: int, taken: int
) -> None:
    monkeypatch.setattr(script.os, "sched_getaffinity", lambda _: set(range(here)), raising=False)
    assert script.workers() == taken
    monkeypatch.delattr(script.os, "sched_getaffinity")
    monkeypatch.setattr(script.os, "cpu_count", lambda: here)
    assert script.workers() == taken


def test_an_expression_of_marks_counts_in_both_passes(script: ModuleType, machine: Machine) -> None:
    assert script.main(["test", "-m", "slow or not slow"]) == 0
    assert expressions(machine) == ["(slow or not slow) and not alone", "(slow or not slow) and alone"]


@pytest.mark.parametrize(
    ("fails_at", "code", "end"),
    [("not alone", 1, 1), ("alone", 1, 1), ("not alone", 5, 0), ("alone", 5, 0), ("pytest", 5, 1), ("alone", 2, 1)],
)
def test_a_pass_without_tests_fails_only_where_the_other_has_none_either(
    script: ModuleType, machine: Machine, fails_at: str, code: int, end: int
) -> None:
    script.main([])
    machine.fails_at, machine.code = fails_at, code
    assert script.main(["test"]) == end
    assert len(expressions(machine)) == 2


@pytest.mark.parametrize(
    "words", [["tests/core/test_one.py"], ["tests/core", "-x"], ["-x"], ["-m", "slow", "-k", "word"]]
)
def test_other_words_for_the_tests_are_given_to_one_call(
    script: ModuleType, machine: Machine, words: list[str]
) -> None:
    assert script.main(["test", *words]) == 0
    assert [command[2:] for command in machine.commands if "pytest" in command] == [["pytest", *words]]


def test_other_words_go_to_the_command_line(script: ModuleType, machine: Machine) -> None:
    script.main(["train", "TwoLayerNet", "-o", "a name.fishlab"])
    assert machine.commands[-1] == [str(script.PYTHON), "-m", "fishlab", "train", "TwoLayerNet", "-o", "a name.fishlab"]


def test_without_a_display_the_tour_is_given_and_that_is_said(
    script: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "has_display", lambda: False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert script.main([]) == 0
    assert machine.commands[-1][-2:] == ["tour", "fishlab-tour"]
    assert script.os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert "There is no display here" in capsys.readouterr().out


def test_where_qt_cannot_load_nothing_is_started(
    script: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ensure_libraries", lambda: False)
    assert script.main([]) == 1
    assert script.main(["test"]) == 1
    assert not machine.ran("fishlab")
    assert not machine.ran("pytest")
