"""`change`: the price has risen or fallen by so much."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.rule import Stretch
from tests.sights import NOW, D, candle, found, sight, ticker

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AN_HOUR_AGO = datetime(2026, 11, 21, 8, 7, tzinfo=NOW.tzinfo)
A_WEEK_AGO = datetime(2026, 11, 14, 9, 0, tzinfo=NOW.tzinfo)


@pytest.mark.parametrize(
    ("change", "direction", "holds"),
    [
        ("0.05", "up", True),
        ("0.0499", "up", False),
        ("-0.06", "up", False),
        ("-0.05", "down", True),
        ("0.06", "down", False),
        ("-0.051", "either", True),
        ("0.051", "either", True),
        ("0.01", "either", False),
    ],
)
def test_the_venue_s_own_change_of_a_day_is_held_against_the_least(change: str, direction: str, holds: bool) -> None:
    rule = rule_of(f"change:at_least=5%,direction={direction}")
    assert found(rule, sight(ticker(change_24h=change))).holds is holds


def test_a_change_reads_with_its_sign_and_time() -> None:
    assert found(rule_of("change:at_least=5%"), sight(ticker(change_24h="0.0523"))).says == "+5.2 % in 24 h"
    assert found(rule_of("change:at_least=5%"), sight(ticker(change_24h="-0.12"))).says == "-12 % in 24 h"


def test_a_change_that_the_venue_tells_asks_for_no_candles() -> None:
    assert rule_of("change:at_least=5%").needs(ticker(), NOW) == ()


@pytest.mark.parametrize(
    ("over", "period", "since", "until"),
    [
        ("1h", MINUTE, AN_HOUR_AGO, AN_HOUR_AGO + 3 * MINUTE),
        ("7d", HOUR, A_WEEK_AGO, A_WEEK_AGO + 7 * 24 * HOUR / 20),
    ],
)
def test_another_time_asks_for_the_candles_of_its_beginning(
    over: str, period: timedelta, since: datetime, until: datetime
) -> None:
    assert rule_of(f"change:over={over},at_least=5%").needs(ticker(), NOW) == (Stretch(period, since, until),)


def test_a_day_is_counted_from_candles_where_the_venue_does_not_tell() -> None:
    rule, silent = rule_of("change:at_least=5%"), ticker(change_24h=None)
    (stretch,) = rule.needs(silent, NOW)
    assert stretch.since == datetime(2026, 11, 20, 9, 0, tzinfo=NOW.tzinfo)
    seen = sight(silent, candle(stretch.since, "8.4"), period=stretch.period)
    assert found(rule, seen).figure == D("0.25")


def test_the_change_is_from_the_first_price_of_that_time_to_the_last() -> None:
    known = [candle(AN_HOUR_AGO - MINUTE, "5"), candle(AN_HOUR_AGO, "10"), candle(AN_HOUR_AGO + MINUTE, "50")]
    finding = found(rule_of("change:over=1h,at_least=5%"), sight(ticker(), *known, period=MINUTE))
    assert (finding.figure, finding.holds, finding.says) == (D("0.05"), True, "+5 % in 1 h")


def test_a_market_that_rested_then_counts_from_its_next_trade_if_that_was_soon() -> None:
    rule = rule_of("change:over=1h,at_least=5%")
    soon, late = candle(AN_HOUR_AGO + 2 * MINUTE, "10"), candle(AN_HOUR_AGO + 3 * MINUTE, "10")
    assert found(rule, sight(ticker(), soon, period=MINUTE)).figure == D("0.05")
    assert rule.judge(sight(ticker(), late, period=MINUTE)) is None


@pytest.mark.parametrize("last", [None, "0"])
def test_without_a_last_price_nobody_can_say(last: str | None) -> None:
    rule = rule_of("change:over=1h,at_least=5%")
    assert rule.judge(sight(ticker(last=last), candle(AN_HOUR_AGO, "10"), period=MINUTE)) is None


def test_the_stronger_change_is_the_larger_one_in_the_wanted_direction() -> None:
    either, down = rule_of("change:at_least=5%"), rule_of("change:at_least=5%,direction=down")
    falling = sight(ticker(change_24h="-0.3"))
    assert found(either, falling).strength == Decimal("0.3") == found(down, falling).strength
