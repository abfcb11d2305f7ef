"""`new_high` and `new_low`: the price is beyond all that it was."""

from datetime import datetime, timedelta

import pytest

from portfolio.prices.candle import Candle
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.rule import Stretch
from tests.sights import NOW, D, candle, candles, found, sight, ticker

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=NOW.tzinfo)
TWENTY = Stretch(DAY, MIDNIGHT - 20 * DAY, MIDNIGHT)
KNOWN = candles(DAY, TWENTY.since, 20, "100")


def spiked(**given: str) -> tuple[Candle, ...]:
    return (*KNOWN[:7], candle(KNOWN[7].start, "100", **given), *KNOWN[8:])


@pytest.mark.parametrize(
    ("last", "figure", "holds", "says"),
    [
        ("126", "0.05", True, "5 % above the 20 d high"),
        ("120", "0", False, "0 % from the 20 d high"),
        ("90", "-0.25", False, "25 % from the 20 d high"),
    ],
)
def test_a_new_high_is_above_every_day_before_today(last: str, figure: str, holds: bool, says: str) -> None:
    seen = sight(ticker(last=last), *spiked(high="120"), period=DAY)
    finding = found(rule_of("new_high:over=20d"), seen)
    assert (finding.figure, finding.holds, finding.says) == (D(figure), holds, says)


@pytest.mark.parametrize(
    ("last", "figure", "holds", "says"),
    [
        ("76", "0.05", True, "5 % below the 20 d low"),
        ("80", "0", False, "0 % from the 20 d low"),
        ("100", "-0.25", False, "25 % from the 20 d low"),
    ],
)
def test_a_new_low_is_below_every_day_before_today(last: str, figure: str, holds: bool, says: str) -> None:
    finding = found(rule_of("new_low:over=20d"), sight(ticker(last=last), *spiked(low="80"), period=DAY))
    assert (finding.figure, finding.holds, finding.says) == (D(figure), holds, says)


@pytest.mark.parametrize("kind", ["new_high", "new_low"])
def test_whole_days_before_today_are_asked_for(kind: str) -> None:
    assert rule_of(f"{kind}:over=20d").needs(ticker(), NOW) == (TWENTY,)


def test_hours_are_looked_up_in_shorter_candles() -> None:
    (stretch,) = rule_of("new_high:over=1h").needs(ticker(), NOW)
    assert stretch == Stretch(timedelta(minutes=1), NOW.replace(hour=8, second=0), NOW.replace(second=0))


@pytest.mark.parametrize("kind", ["new_high", "new_low"])
@pytest.mark.parametrize(
    "known", [KNOWN[2:], KNOWN[:-2], ()], ids=["a younger market", "an answer cut short", "no answer"]
)
def test_days_that_are_missing_at_either_end_leave_it_open(kind: str, known: tuple[Candle, ...]) -> None:
    assert rule_of(f"{kind}:over=20d").judge(sight(ticker(last="5000"), *known, period=DAY)) is None


@pytest.mark.parametrize("kind", ["new_high", "new_low"])
@pytest.mark.parametrize("last", [None, "0"])
def test_without_a_last_price_nobody_can_say(kind: str, last: str | None) -> None:
    assert rule_of(f"{kind}:over=20d").judge(sight(ticker(last=last), *KNOWN, period=DAY)) is None
