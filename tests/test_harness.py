"""The ground under the other tests: nobody's own settings, no screen, and the real MNIST by name only."""

import os
import tempfile
from pathlib import Path

import platformdirs
import pytest

pytest_plugins = ["pytester"]

NEEDS_MNIST = "def test_it(mnist_dir):\n    assert mnist_dir.name == 'mnist'\n"


@pytest.fixture
def suite(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> pytest.Pytester:
    pytester.makeconftest((request.path.parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(NEEDS_MNIST)
    return pytester


def test_no_test_sees_the_home_of_the_person_who_runs_it() -> None:
    places = [Path.home(), platformdirs.user_config_path("fishlab"), platformdirs.user_cache_path("fishlab")]
    temporary = Path(tempfile.gettempdir()).resolve()
    assert [place for place in places if not place.resolve().is_relative_to(temporary)] == []


def test_nothing_is_shown_on_a_screen() -> None:
    assert os.environ["QT_QPA_PLATFORM"] in ("offscreen", "minimal")


def test_without_the_real_mnist_a_test_that_needs_it_is_skipped_by_name(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FISHLAB_DATA_DIR", raising=False)
    result = suite.runpytest_subprocess("-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs the real MNIST: set FISHLAB_DATA_DIR"])


def test_a_relative_data_folder_counts_from_the_root_of_the_project(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    (suite.path.parent / "elsewhere" / "mnist").mkdir(parents=True)
    monkeypatch.setenv("FISHLAB_DATA_DIR", "elsewhere")
    suite.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
