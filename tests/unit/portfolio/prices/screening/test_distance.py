"""`distance`: the price is that near to its high or its low."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.rule import Sight, Stretch
from tests.sights import NOW, D, candle, candles, found, sight, ticker

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=NOW.tzinfo)
TEN_DAYS = Stretch(DAY, MIDNIGHT - 10 * DAY, MIDNIGHT)
TODAY = Stretch(QUARTER, MIDNIGHT, datetime(2026, 11, 21, 9, 0, tzinfo=NOW.tzinfo))


@pytest.mark.parametrize(
    ("of", "at_most", "figure", "holds", "says"),
    [
        ("high", "1%", "0.01", True, "1 % below the 24 h high"),
        ("high", "0.99%", "0.01", False, "1 % below the 24 h high"),
        ("low", "10%", "0.1", True, "10 % above the 24 h low"),
        ("low", "9%", "0.1", False, "10 % above the 24 h low"),
    ],
)
def test_a_day_s_high_and_low_are_the_venue_s_own(of: str, at_most: str, figure: str, holds: bool, says: str) -> None:
    seen = ticker(last="99", high_24h="100", low_24h="90")
    rule = rule_of(f"distance:of={of},at_most={at_most}")
    assert rule.needs(seen, NOW) == ()
    finding = found(rule, sight(seen))
    assert (finding.figure, finding.holds, finding.says) == (D(figure), holds, says)


def test_the_last_price_may_be_the_extreme_itself() -> None:
    assert found(rule_of("distance:of=high,at_most=1%"), sight(ticker(last="11", high_24h="10.6"))).figure == 0


def test_a_day_is_looked_up_in_candles_where_the_venue_does_not_tell() -> None:
    rule, silent = rule_of("distance:of=high,at_most=1%"), ticker(last="99", high_24h=None)
    (stretch,) = rule.needs(silent, NOW)
    assert stretch == Stretch(QUARTER, TODAY.until - DAY, TODAY.until)
    known = list(candles(QUARTER, stretch.since, 96, "95"))
    known[50] = candle(known[50].start, "95", high="110")
    assert found(rule, sight(silent, *known, period=QUARTER)).figure == D("0.1")


def test_days_are_whole_ones_and_what_the_venue_tells_of_today() -> None:
    rule, seen = rule_of("distance:of=high,over=10d,at_most=1%"), ticker(last="99", high_24h="100")
    assert rule.needs(seen, NOW) == (TEN_DAYS,)
    known = candles(DAY, TEN_DAYS.since, 10, "90")
    assert found(rule, sight(seen, *known, period=DAY)).figure == D("0.01")
    higher = (*known[:4], candle(known[4].start, "90", high="198"), *known[5:])
    assert found(rule, sight(seen, *higher, period=DAY)).figure == D("0.5")


def test_today_is_looked_up_as_well_where_the_venue_does_not_tell() -> None:
    rule, silent = rule_of("distance:of=low,over=10d,at_most=1%"), ticker(last="100", low_24h=None)
    assert rule.needs(silent, NOW) == (TEN_DAYS, TODAY)
    history = {
        DAY: candles(DAY, TEN_DAYS.since, 10, "120"),
        QUARTER: (candle(MIDNIGHT - QUARTER, "1"), candle(MIDNIGHT, "90", low="80")),
    }
    assert found(rule, Sight(ticker=silent, now=NOW, history=history)).figure == D("0.25")


@pytest.mark.parametrize("given", [{"last": None}, {"high_24h": "0"}, {"high_24h": None}, {"last": "0"}])
def test_without_a_price_or_an_extreme_nobody_can_say(given: dict[str, str | None]) -> None:
    assert rule_of("distance:of=high,at_most=50%").judge(sight(ticker(**given))) is None


def test_the_nearer_is_the_stronger() -> None:
    rule = rule_of("distance:of=high,at_most=50%")
    near, far = (found(rule, sight(ticker(last=last, high_24h="100"))) for last in ("99", "80"))
    assert near.strength > far.strength
    assert far.strength == Decimal("-0.2")
