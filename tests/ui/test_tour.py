"""The tour is the whole program in one walk: if it arrives, building, training, drawing, saving and opening work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_tour_builds_trains_recognises_saves_and_opens_again(own_home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures of the tour"
    environment = {name: value for name, value in os.environ.items() if name != "FISHLAB_DATA_DIR"}
    walk = subprocess.run(
        [sys.executable, "-W", "error", "-m", "fishlab", "tour", str(folder)],
        capture_output=True, text=True, timeout=500, env=environment,
    )  # fmt: skip
    assert walk.returncode == 0, walk.stderr
    assert "Traceback" not in walk.stderr
    report = json.loads((folder / "tour.json").read_text(encoding="utf-8"))
    assert report["layers"] == ["convolution", "relu", "max_pool", "flatten", "affine", "relu", "affine"]
    assert report["block"] == [["convolution"], []]
    assert report["data"] == "Drawn digits"
    assert report["accuracy"] > 0.93
    assert report["recognised"] == report["drawn"] == 5
    assert report["epochs_after_reopening"] == report["epochs"] + 1
    assert len(list(folder.glob("*.png"))) >= 10


def test_a_tour_into_a_file_is_refused_in_a_sentence(own_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    walk = subprocess.run(
        [sys.executable, "-m", "fishlab", "tour", str(file)], capture_output=True, text=True, timeout=60
    )
    assert walk.returncode == 2
    assert "needs a folder" in walk.stderr
    assert file.read_text() == "mine"
