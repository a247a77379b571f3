"""Long series become short ones that still tell the truth. The module is the plots', but knows no Qt."""

import subprocess
import sys

import numpy as np
import pytest
from instructions import instructions

from fishlab.ui.plots import axis
from fishlab.ui.plots.decimate import MOST_CALM, MOST_RAW, envelope, finite, means


def series(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(1, count + 1) / 550, np.random.default_rng(0).normal(size=count)


@pytest.mark.parametrize("count", [0, 1, 2, 1999, 2000, 2001, 20_000, 131_073])
def test_points_stay_within_their_number(count: int) -> None:
    x, y = series(count)
    for log in (False, True):
        for points, most in ((envelope(x, y, log=log), MOST_RAW), (means(x, y, log=log), MOST_CALM)):
            assert len(points[0]) == len(points[1]) <= most
            assert len(points[0]) == min(count, most) or count > most
            assert np.all(np.diff(points[0]) >= 0)


def test_every_peak_is_still_in_the_envelope() -> None:
    x, y = series(20_000)
    y[12_345], y[3_210] = 50.0, -50.0
    for log in (False, True):
        _, kept = envelope(x, y, log=log)
        assert kept.max() == 50.0 and kept.min() == -50.0
        assert set(kept) <= set(y)


def test_what_is_drawn_of_the_past_stands_still_while_the_series_grows() -> None:
    x, y = series(20_000)
    for log in (False, True):
        before, after = envelope(x[:19_000], y[:19_000], log=log), envelope(x, y, log=log)
        same = len(before[0]) - 2
        np.testing.assert_array_equal(before[1][:same], after[1][:same])
        before, after = means(x[:19_000], y[:19_000], log=log), means(x, y, log=log)
        np.testing.assert_array_equal(before[1][:-1], after[1][: len(before[1]) - 1])


def test_numbers_that_are_not_finite_are_taken_out() -> None:
    x, y = series(5_000)
    y[::7] = np.nan
    y[1::7] = np.inf
    kept = finite(x, y)
    assert np.isfinite(kept).all() and len(kept[0]) == 5_000 - 715 - 715
    assert kept[1].tolist() == [value for value in y.tolist() if np.isfinite(value)]


def test_each_point_of_the_calm_line_is_the_mean_of_all_since_the_one_before() -> None:
    x, y = series(100_000)
    for log in (False, True):
        xs, ys = means(x, y, log=log)
        ends = np.searchsorted(x, xs) + 1
        assert ends[-1] == len(x)
        begin = 0
        for end, mean in zip(ends, ys, strict=True):
            assert mean == pytest.approx(y[begin:end].mean(), abs=1e-12)
            begin = end


def test_a_logarithmic_axis_keeps_the_first_hundred_apart_where_a_linear_one_has_a_few() -> None:
    x, y = series(100_000)
    first = x[99]
    few, many = (envelope(x, y, log=log)[0] for log in (False, True))
    assert len(set(few[few <= first])) == 1
    assert len(set(many[many <= first])) > 50


@pytest.mark.parametrize("shorten", [envelope, means])
@pytest.mark.parametrize("log", [False, True])
def test_a_million_batches_are_a_few_calls_of_numpy_as_five_thousand_are(shorten, log: bool) -> None:
    def work(count: int) -> int:
        x, y = series(count)
        shorten(x, y, log=log)  # what is imported when it is first needed
        return instructions(lambda: shorten(x, y, log=log))

    assert work(1_000_000) < 1.5 * work(5_000) < 1500


@pytest.mark.slow
def test_it_knows_no_qt() -> None:
    code = "import sys, fishlab.ui.plots.decimate, fishlab.ui.plots.mosaic; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.partition(".")[0] for name in loaded} & {"PySide6", "pyqtgraph"}


# -- where numbers stand on an axis --------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 2, 5, 7, 13, 20, 100, 1234])
def test_epochs_have_few_whole_numbers(epochs: int) -> None:
    ticks = axis.epoch_ticks(epochs)
    assert 2 <= len(ticks) <= axis.ACROSS
    assert ticks[0][0] == 0 and ticks[-1][0] <= epochs
    assert epochs == 1 or all(value == round(value) for value, _ in ticks)


def test_the_axis_grows_by_whole_epochs() -> None:
    assert [axis.epochs_shown(x) for x in (0.0, 0.3, 1.0, 1.0018, 12.4)] == [1, 1, 1, 2, 13]


@pytest.mark.parametrize(("low", "high"), [(0.003, 2.3), (1.9, 2.4), (0.05, 0.07), (1e-7, 5.0), (0.0, 1.0), (20, 9000)])
def test_a_loss_has_numbers_on_its_logarithmic_axis(low: float, high: float) -> None:
    bottom, top = axis.log_range(low, high)
    ticks = axis.log_ticks(bottom, top)
    assert bottom <= np.log10(max(low, axis.FLOOR)) and np.log10(high) <= top
    assert 1 <= len(ticks) <= axis.UPWARDS
    assert all(read(text) == pytest.approx(10**value, rel=0.01) for value, text in ticks)


def read(text: str) -> float:
    """A number as an axis writes it: '1,000', '0.05', '10⁻⁸', '2·10⁻⁵'."""
    factor, power, exponent = text.replace(",", "").rpartition("10")
    raised = exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    if power and exponent and raised != exponent:
        return float(factor.rstrip("·") or 1) * 10.0 ** int(raised)
    return float(text.replace(",", ""))


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.94, 0.998), (0.1, 0.56), (0.0, 0.1), (0.991, 0.9912), (0.0, 1.0), (0.0, 0.0), (1.0, 1.0), (0.1, 0.1)],
)
def test_an_accuracy_has_round_percentages_within_0_and_100(low: float, high: float) -> None:
    bottom, top = axis.percent_range(low, high)
    ticks = axis.percent_ticks(bottom, top)
    assert bottom <= low and high <= top <= 1.1
    assert 2 <= len(ticks) <= axis.UPWARDS + 1
    assert all(0 <= value <= 1 for value, _ in ticks)


def test_signed_numbers_carry_a_true_minus() -> None:
    assert [text for _, text in axis.symmetric_ticks(0.45)] == ["−0.4", "−0.2", "0", "+0.2", "+0.4"]
