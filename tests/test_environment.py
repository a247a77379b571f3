"""What Qt needs of the machine is known before Qt is imported."""

import sys

import pytest

from fishlab.ui import environment

ABSENT = "libnothing-of-the-kind.so.0"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="system libraries matter on Linux only")


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A Debian that lacks libGL; the commands given to it."""
    commands: list[str] = []
    monkeypatch.setattr(environment, "_is_debian", lambda: True)
    monkeypatch.setattr(environment, "_loads", lambda soname: soname != "libGL.so.1" or "install" in " ".join(commands))
    monkeypatch.setattr(environment.subprocess, "run", lambda words, **options: commands.append(" ".join(words)))
    return commands


def test_a_library_that_the_loader_does_not_find_is_missing() -> None:
    assert environment.missing_libraries([ABSENT, "libc.so.6"]) == [ABSENT]


def test_root_on_debian_gets_the_packages_installed_after_being_told(
    apt: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment.os, "geteuid", lambda: 0)
    assert environment.ensure_libraries()
    assert apt == ["apt-get update -q", "apt-get install -y libgl1"]
    assert "Installing them: apt-get install -y libgl1" in capsys.readouterr().err


def test_anyone_else_gets_the_exact_command(
    apt: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    assert not environment.ensure_libraries()
    assert apt == []
    assert capsys.readouterr().err.endswith("sudo apt-get install -y libgl1\n")


def test_on_another_linux_the_libraries_are_named(apt: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_is_debian", lambda: False)
    assert "libGL.so.1" in environment.explain(environment.missing_libraries())


@pytest.mark.parametrize(
    ("display", "platform", "cursor_needed"), [(":0", "", True), ("", "", False), (":0", "offscreen", False)]
)
def test_only_an_x11_window_needs_the_xcb_libraries(
    monkeypatch: pytest.MonkeyPatch, display: str, platform: str, cursor_needed: bool
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert ("libxcb-cursor.so.0" in environment.needed_libraries()) is cursor_needed


def test_a_display_is_told_by_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not environment.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert environment.has_display()
