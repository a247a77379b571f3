"""Numbers in words: one way to write each, and none that a reader has to decode."""

import math

import pytest

from fishlab.ui.numbers import bytes_text, count_text, loss_text, percent_text, plain, short_count, significant


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (7, "7 B"), (43_990, "44.0 kB"), (175_960, "176 kB"), (999_499, "999 kB"), (999_600, "1.0 MB"),
        (1_735_560, "1.7 MB"), (2_000_000_000, "2.0 GB"), (5_300_000_000_000, "5,300 GB"),
    ],
)  # fmt: skip
def test_bytes_have_a_decimal_only_where_it_says_something(count: int, words: str) -> None:
    assert bytes_text(count) == words


@pytest.mark.parametrize(
    ("count", "short", "long"),
    [
        (12, "12", "12"), (1_500, "1.5 k", "1,500"), (432_000, "432 k", "432,000"), (865_100, "865 k", "865,100"),
        (3_500_000, "3.5 M", "3.5 million"), (143_000_000_000, "143 G", "143 billion"),
    ],
)  # fmt: skip
def test_counts_are_short_in_letters_and_long_in_words(count: int, short: str, long: str) -> None:
    assert (short_count(count), count_text(count)) == (short, long)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.3, "0.30"), (0.094, "0.094"), (0.19449, "0.19"), (12.3, "12"), (-2_900.4, "−2,900"), (99_600.0, "1.0·10⁵"),
        (29_000_000.0, "2.9·10⁷"), (0.0000123, "1.2·10⁻⁵"), (0.0, "0"), (math.inf, "∞"), (-math.inf, "−∞"),
        (math.nan, "—"),
    ],
)  # fmt: skip
def test_a_measured_number_has_two_digits_and_no_letter_e(value: float, words: str) -> None:
    assert significant(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.3, "0.3"), (0.0001, "0.0001"), (20.0, "20"), (10_000.0, "10,000"), (1e7, "10⁷"), (-1e7, "−10⁷"),
        (2e-5, "2·10⁻⁵"), (120_000.0, "1.2·10⁵"), (1e-8, "10⁻⁸"), (0.0, "0"),
    ],
)  # fmt: skip
def test_a_round_number_is_as_short_as_it_can_be(value: float, words: str) -> None:
    assert plain(value) == words


def test_a_loss_keeps_four_decimals_where_a_loss_usually_is() -> None:
    words = [loss_text(value) for value in (2.3025, 0.03613, 0.00012, 1e-8, 25.07, 2_936.4, 1.23e7)]
    assert words == ["2.3025", "0.0361", "0.00012", "1.0·10⁻⁸", "25.1", "2,940", "1.23·10⁷"]


def test_a_share_is_percent_with_a_space() -> None:
    assert percent_text(0.98956) == "98.96 %"
    assert percent_text(0.3, 0) == "30 %"
