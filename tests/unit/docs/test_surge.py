"""The example of docs/adding-a-rule.md, tested as its author would."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from docs.examples.surge import Surge
from portfolio.prices.candle import Candle
from portfolio.prices.screening.registry import RULES, rule_of
from portfolio.prices.screening.rule import Finding
from tests.sights import NOW, candles, sight, ticker

HOUR = timedelta(hours=1)
NINE = NOW.replace(minute=0, second=0, microsecond=0)
QUIET = candles(HOUR, NINE - 25 * HOUR, 25)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "surge", Surge)


def judged(volume: str, hours: tuple[Candle, ...] = QUIET) -> Finding | None:
    """What `surge:times=3` says where the last of these hours saw that volume, and each other 1."""
    loud = (*hours[:-1], replace(hours[-1], volume=Decimal(volume)))
    return rule_of("surge:times=3").judge(sight(ticker(), *loud, period=HOUR))


@pytest.mark.parametrize(("volume", "holds"), [("3", True), ("2.9", False)])
def test_the_last_hour_is_held_against_the_day_before(volume: str, holds: bool) -> None:
    finding = judged(volume)
    assert finding is not None
    assert (finding.holds, finding.figure) == (holds, Decimal(volume))


def test_it_says_how_many_times() -> None:
    finding = judged("4.25")
    assert finding is not None
    assert finding.says == "4.2 times the usual volume"


def test_an_hour_that_is_missing_leaves_it_open() -> None:
    assert judged("9", QUIET[1:]) is None


def test_the_running_hour_is_not_asked_for() -> None:
    (stretch,) = rule_of("surge:times=3").needs(ticker(), NOW)
    assert (stretch.since, stretch.until) == (NINE - 25 * HOUR, NINE)


def test_less_than_usual_is_no_surge() -> None:
    with pytest.raises(ValueError, match="rule 'surge:times=1': times must be above 1"):
        rule_of("surge:times=1")
