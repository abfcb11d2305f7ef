"""What is said of two ways to do the same work."""

import pytest

from app.prices.timing import Compared, Lap, Pair, Request, Timing

ONE, OTHER = Request("binance", "BTC/USDT"), Request("kraken", "BTC/USD")


def lap(wall_s: float, one_s: float, other_s: float, fault: str = "") -> Lap:
    return Lap((Timing(ONE, one_s), Timing(OTHER, other_s, fault)), wall_s, cpu_s=0.01)


def test_the_bound_is_the_sum_of_the_latencies_over_the_longest() -> None:
    pair = Pair(lap(0.4, 0.1, 0.3), lap(0.32, 0.1, 0.3))
    assert pair.bound == pytest.approx(4 / 3)
    assert pair.speed_up == pytest.approx(0.4 / 0.32)
    assert pair.share == pytest.approx(0.9375)


def test_a_pair_counts_only_where_everything_was_answered_both_times() -> None:
    good, bad = lap(0.4, 0.1, 0.3), lap(0.4, 0.1, 0.3, "TIMED_OUT: no answer within 5 s")
    assert [Pair(*each).is_whole for each in ((good, good), (good, bad), (bad, good))] == [True, False, False]


def test_medians_are_told_of_each_request_and_of_all() -> None:
    pairs = tuple(Pair(lap(wall_s, 0.1, wall_s - 0.1), lap(wall_s / 2, 0.1, wall_s / 2)) for wall_s in (0.4, 0.3, 0.9))
    compared = Compared((ONE, OTHER), pairs)
    assert compared.alone_s == 0.4
    assert compared.speed_up == 2
    assert compared.latencies_s(OTHER) == (pytest.approx(0.3), 0.2)
