"""FishLab works from a built wheel as it does from a checkout: the code, the resources and the command."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fishlab.core.resources import resource_path

ROOT = Path(__file__).resolve().parents[1]


def python(*words: object, **variables: str) -> str:
    command = [sys.executable, *map(str, words)]
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"} | variables
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=Path(sys.executable).anchor)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, ROOT)
    (built,) = folder.glob("fishlab-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FishLab from the wheel and nothing else; what it depends on comes from the running environment."""
    folder = tmp_path_factory.mktemp("installed")
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder


@pytest.mark.slow
def test_a_wheel_holds_the_package_with_its_resources_and_nothing_beside_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].removesuffix(".dist-info").split("-")[0] for name in names} == {"fishlab"}
    packed = {name.removeprefix("fishlab/resources/") for name in names if name.startswith("fishlab/resources/")}
    folder = ROOT / "resources"
    lying = [path for path in folder.rglob("[!.]*") if path.is_file()]
    assert packed == {path.relative_to(folder).as_posix() for path in lying}


@pytest.mark.slow
def test_resources_are_found_from_an_installed_wheel(installed: Path) -> None:
    code = "from fishlab.core.resources import resource_path as r; print(r('icons')); print(*r('icons').iterdir())"
    folder, files = python("-c", code, PYTHONPATH=str(installed)).splitlines()
    assert Path(folder) == installed / "fishlab" / "resources" / "icons"
    assert files.split()


@pytest.mark.slow
def test_the_command_works_from_an_installed_wheel(installed: Path) -> None:
    report = json.loads(python("-m", "fishlab", "doctor", "--json", PYTHONPATH=str(installed)))
    assert report["ok"], report
    assert list((installed / "bin").glob("fishlab*")) or list((installed / "Scripts").glob("fishlab*"))


def test_resources_are_found_from_a_checkout() -> None:
    assert resource_path("icons") == ROOT / "resources" / "icons"
    assert any(resource_path("icons").iterdir())


def test_a_resource_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="icons/no such picture"):
        resource_path("icons", "no such picture")


def test_every_dependency_is_in_the_lock_file_with_its_hashes() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    entries = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    locked = {entry.split("==")[0].lower() for entry in entries if "==" in entry}
    names = {requirement.split(">")[0].split("=")[0].lower() for requirement in wanted}
    assert names <= locked
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
