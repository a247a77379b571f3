"""The measuring is right: engines answer, the plain way is the same network, ratios are taken round by round."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.engine import nets, processes
from benchmarks.engine.__main__ import main
from benchmarks.engine.book import BookEngine, softmax_loss
from benchmarks.engine.nets import NETS, convolutions, with_training
from benchmarks.engine.parts import AUTO, described, has_images
from benchmarks.engine.report import BEGIN, END, page, replaced, write
from benchmarks.engine.rounds import EAGER, Spread, compare, take_turns
from benchmarks.engine.worker import timed
from benchmarks.engine.workers import EngineError, Worker, pins, started
from fishlab.core.network import Network, parameter_key
from fishlab.core.spec import ProjectSpec

FEW = (300, 100)
needs_torch = pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")


def spread(value: float) -> dict[str, float]:
    return {"median": value, "low": 0.9 * value, "high": 1.1 * value}


def entry(ms: float, ratio: float, **more: Any) -> dict[str, Any]:
    return {"ms": spread(ms), "ratio": spread(ratio), **more}


def some_results(training: float = 0.30, inference: float = 0.4, memory: float = 210.0) -> dict[str, Any]:
    """What a run of N3, memory, contention, series and stacks gives."""
    eager = entry(10.0, 1.0, images_per_second=10_000)
    ours = entry(3.0, 0.3, images_per_second=33_333, way="processes:2")
    net = {
        "engines": {EAGER: {"way": "2 threads"}, "torch:compile": {"error": "no compiler"}, AUTO: {"way": "threads:2"}},
        "training": {EAGER: entry(10.0, 1.0), AUTO: entry(10 * training, training)},
        "inference": {f"{EAGER} 100": entry(500, 1), "fishlab": entry(500 * inference, inference)}
        | {"best": f"{EAGER} 100"},
        "idle_share": 0.002,
        "rounds": 9,
    }
    return {
        "command": "python -m benchmarks.engine",
        "pins": ["OMP_NUM_THREADS"],
        "machine": {"processor": "a fast one"},
        "training": {"N3": net},
        "memory": {"N3": {EAGER: 600.0, "fishlab:one": memory, "fishlab:processes:2": None}},
        "series": {"batch size": {"100": {EAGER: eager, AUTO: ours}}},
        "contention": {"N3": {EAGER: spread(1.5), "fishlab:processes:2": spread(1.1)}},
        "stacks": {
            "1": {"layers": "1 × 9 × 9: Flatten", EAGER: eager, AUTO: ours},
            "2": {"layers": "the slow one", EAGER: eager, AUTO: entry(16, 1.6, way="one")},
        },
    }


# -- the page --------------------------------------------------------------------------------------------------------
def test_the_page_says_for_each_aim_whether_it_is_reached() -> None:
    text = page(some_results())
    assert "| N3, a training step | ≤ 0.35 | 0.30 | yes |" in text
    assert "| N3, inference | ≤ 0.25 | 0.40 | **no** |" in text
    assert "| peak memory of any way, MB | ≤ 350 | 210 | yes |" in text
    assert "| slowest generated stack | ≤ 1.50 | 1.60 | **no** |" in text


def test_the_page_names_the_slowest_stack_and_what_could_not_run() -> None:
    text = page(some_results())
    assert "The slowest beside PyTorch is 2, 1.60: the slow one." in text
    assert "torch.compile: no compiler" in text
    assert "OMP_NUM_THREADS of the environment left out" in text


def test_a_value_that_is_printed_as_the_aim_reaches_it() -> None:
    assert "≤ 0.35 | 0.35 | yes |" in page(some_results(training=0.3549))
    assert "≤ 0.35 | 0.36 | **no** |" in page(some_results(training=0.3551))


def test_what_was_written_by_hand_survives_a_new_measurement(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"# Ours\n\n{BEGIN}\nold numbers\n{END}\n\n## Limits\nBy hand.\n", encoding="utf-8")
    write(path, some_results())
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n") and text.endswith("\n\n## Limits\nBy hand.\n")
    assert "old numbers" not in text and "a fast one" in text
    write(path, some_results())
    assert path.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="no marks"):
        replaced("# All by hand\n", "numbers")


def test_the_page_compares_with_the_best_of_pytorch_and_with_the_book() -> None:
    results = some_results()
    trained = results["training"]["N3"]["training"]
    trained["torch:channels_last"] = entry(7.5, 0.75)
    trained["book"] = entry(60.0, 6.0)
    text = page(results)
    assert "| FishLab to PyTorch's best | 0.40 |" in text
    assert "| the book's way to FishLab (asked) | 20.0 (15) |" in text


def test_numbers_from_a_busy_machine_are_not_to_be_trusted() -> None:
    assert "do not trust" not in page(some_results() | {"others": 0.01})
    text = page(some_results() | {"others": 0.31})
    assert "**Other programs took 31% of the processors" in text
    assert "| N3, a training step | ≤ 0.35 | 0.30 | busy machine |" in text
    assert "≤ 350 | 210 | yes |" in text


# -- turns and ratios ------------------------------------------------------------------------------------------------
def test_ratios_are_taken_round_by_round() -> None:
    found = compare({EAGER: [10.0, 20.0, 40.0], AUTO: [5.0, 10.0, 40.0]})
    assert found[AUTO]["ratio"]["median"] == 0.5
    assert found[EAGER]["ratio"] == {"median": 1.0, "low": 1.0, "high": 1.0}


def test_without_pytorch_there_are_times_and_no_ratios() -> None:
    assert set(compare({AUTO: [1.0, 2.0]})[AUTO]) == {"ms"}


def test_quartiles_are_those_of_the_rounds() -> None:
    assert Spread.of([1.0, 2.0, 3.0, 4.0, 5.0]) == Spread(3.0, 2.0, 4.0)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)


def test_every_round_begins_with_another_engine() -> None:
    order: list[str] = []
    turns = {name: lambda name=name: order.append(name) or 1.0 for name in "abc"}
    assert take_turns(turns, 2) == {"a": [1.0, 1.0], "b": [1.0, 1.0], "c": [1.0, 1.0]}
    assert order == ["a", "b", "c", "b", "c", "a"]


def test_a_slow_machine_gets_fewer_rounds_but_three() -> None:
    assert take_turns({"a": lambda: 1.0}, 9, patience=0.0) == {"a": [1.0, 1.0, 1.0]}


def test_the_first_step_of_a_turn_is_not_counted() -> None:
    calls: list[int] = []
    found = timed(lambda: calls.append(1), 0.0)
    assert found["steps"] == len(calls) - 1 >= 3


# -- what is measured ------------------------------------------------------------------------------------------------
def test_the_images_are_the_same_in_every_process_and_have_the_ink_of_digits() -> None:
    first, again = (nets.dataset((1, 9, 7), 2500, 10) for _ in range(2))
    assert np.array_equal(first.train.images, again.train.images)
    assert np.array_equal(first.train.labels, again.train.labels)
    assert 0.1 < np.count_nonzero(first.train.images) / first.train.images.size < 0.3
    assert not np.array_equal(first.train.images[:10], first.test.images)


@pytest.mark.parametrize("name", NETS)
def test_the_plain_way_is_the_same_network(name: str) -> None:
    project, data = NETS[name].project, nets.dataset((1, 28, 28), 20, 10)
    layers = tuple(layer for layer in project.network.layers if layer.kind != "dropout")  # its masks are drawn apart
    network = Network(project.network.with_layers(layers), dtype=np.float64)
    book = BookEngine()
    book.load(project.replace(network=network.spec), data)
    x, labels = data.test.images / 255.0, data.test.labels
    for layer, spec in zip(book._layers, network.spec.layers, strict=True):
        for key in layer.params:
            layer.params[key] = network.parameters[parameter_key(spec.uid, key)].value.copy()
    loss, dout = softmax_loss(book._forward(x, training=True), labels)
    for layer in reversed(book._layers):
        dout = layer.backward(dout)
    network.begin_step(0)
    ours, _ = network.gradient_step(np.ascontiguousarray(np.moveaxis(x, 0, -1)), labels)
    assert loss == pytest.approx(ours, rel=1e-5)  # the book adds 1e-7 inside the logarithm
    for layer, spec in zip(book._layers, network.spec.layers, strict=True):
        for key, grad in layer.grads.items():
            np.testing.assert_allclose(grad, network.parameters[parameter_key(spec.uid, key)].grad, atol=1e-12)


def test_only_where_layers_with_weights_take_images_their_order_of_axes_matters() -> None:
    assert [has_images(NETS[name].project.network) for name in NETS] == [False, False, True, True, True]


def test_a_stack_is_described_by_its_input_and_layers() -> None:
    text = described(convolutions(1, 8))
    assert text.startswith("1 × 28 × 28: Convolution (8 filters 3 × 3, padding 1), ReLU, Convolution")
    assert text.endswith("Affine (10 units)")


# -- processes -------------------------------------------------------------------------------------------------------
@pytest.fixture
def small() -> ProjectSpec:
    return with_training(nets.dense(1, 8), batch=32)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("engine", ["fishlab:one", "book", pytest.param("torch:eager", marks=needs_torch)])
def test_an_engine_in_its_process_learns_and_evaluates_when_it_has_its_turn(engine: str, small: ProjectSpec) -> None:
    with started([engine], FEW) as workers:
        answer = workers[engine].load(small)
        before = workers[engine].ask("evaluate")["accuracy"]
        found = workers[engine].ask("steps", seconds=0.2)
        assert answer["about"] and answer["way"]
        assert found["steps"] >= 3 and 0 < found["median_ms"] < 1000
        assert workers[engine].ask("evaluate")["accuracy"] > before
        assert workers[engine].ask("burn", on=True) == workers[engine].ask("burn", on=False) == {}


def test_an_engine_says_what_it_cannot_do_and_goes_on(small: ProjectSpec) -> None:
    with started(["fishlab:sideways"], FEW) as workers:
        worker = workers["fishlab:sideways"]
        with pytest.raises(EngineError, match="sideways"):
            worker.load(small)
        assert worker.ask("burn", on=False) == {}
        worker.close()
        with pytest.raises(EngineError, match="ended"):
            worker.load(small)


@pytest.mark.skipif(os.name != "posix", reason="memory is not measured on Windows")
def test_memory_and_processor_time_of_a_worker_are_seen_until_it_ends(small: ProjectSpec) -> None:
    worker = Worker("fishlab:one", FEW)
    with processes.PeakMemory(worker.pid) as peak:
        worker.load(small)
    assert processes.tree(worker.pid)[0] == worker.pid
    assert worker.pid in processes.tree(os.getpid())
    worker.close()
    assert peak.megabytes is not None and 20 < peak.megabytes < 500
    assert worker.pid not in processes.tree(os.getpid())


def test_variables_that_choose_kernels_or_threads_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "MKL_DEBUG_CPU_TYPE", "FISHLAB_DATA_DIR"):
        monkeypatch.setenv(name, "1")
    assert {"OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "MKL_DEBUG_CPU_TYPE"} <= set(pins())
    assert "FISHLAB_DATA_DIR" not in pins()


@pytest.mark.slow
def test_the_command_prints_its_tables_and_writes_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    short = ["--rounds", "1", "--seconds", "0.01", "--quick", "--workers", "1", "--only", "N1", "contention"]
    assert main([*short, "--output", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "## A training step" in printed and "## Beside a busy window" in printed
    assert printed.strip() in path.read_text(encoding="utf-8")
