"""A screen: rules that must all hold, and the markets of which they do."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.prices.screening.rates import Rates
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.rule import Sight
from portfolio.prices.screening.screen import Candidate, Match, Missing, Screen, first_look, judge, strongest_first
from portfolio.prices.ticker import Ticker
from tests.sights import NOW, D, candles, sight, ticker

RISING, LIQUID, HOURLY = rule_of("change:at_least=5%"), rule_of("volume:at_least=1000000"), "change:over=1h,at_least=5%"
RULES = (
    "change:at_least=5%",
    "volume:at_least=1000000",
    "spread:at_most=1%",
    "distance:of=high,at_most=2%",
    "new_high:over=1h",
)


def screen(*rules: Any) -> Screen:
    made = tuple((MADE.get(rule) or rule_of(rule)) if isinstance(rule, str) else rule for rule in rules)
    return Screen(id="movers", venues=("binance",), rules=made)


def looked(wanted: Screen, *tickers: Ticker) -> list[Candidate | Missing | str]:
    return list(first_look(wanted, tickers, NOW, Rates()))


def test_every_rule_must_hold() -> None:
    both = screen(RISING, LIQUID)
    assert isinstance(judge(both, sight(ticker())), Match)
    assert judge(both, sight(ticker(volume_24h="1"))) == "AVAX/USDT"
    assert judge(both, sight(ticker(change_24h="0.01"))) == "AVAX/USDT"


def test_a_match_says_why_in_one_line() -> None:
    match = judge(screen(RISING, LIQUID), sight(ticker(change_24h="0.052")))
    assert isinstance(match, Match)
    assert match.says == "AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h"


def test_candles_are_only_asked_for_where_the_cheap_rules_hold() -> None:
    wanted = screen(HOURLY, LIQUID)
    found = looked(wanted, ticker("AVAX/USDT"), ticker("DUST/USDT", volume_24h="1"))
    assert [type(each) for each in found] == [Candidate, str]
    assert found[1] == "DUST/USDT"
    assert isinstance(found[0], Candidate)
    assert [stretch.period for stretch in found[0].stretches] == [timedelta(minutes=1)]


def test_the_same_candles_are_asked_for_once() -> None:
    (found,) = looked(screen(HOURLY, "change:over=1h,at_least=6%,direction=up"), ticker())
    assert isinstance(found, Candidate)
    assert len(found.stretches) == 1


def test_a_market_that_does_not_match_is_not_called_missing_for_what_else_it_lacks() -> None:
    assert looked(screen(RISING, "spread:at_most=1%"), ticker(bid=None, ask=None, change_24h="0.01")) == ["AVAX/USDT"]


def test_what_cannot_be_judged_says_by_what() -> None:
    assert looked(screen(RISING, LIQUID), ticker(volume_24h=None)) == [
        Missing("AVAX/USDT", "nothing to judge volume by")
    ]


@pytest.mark.parametrize(
    ("given_", "why"),
    [
        ({"venue_time": NOW - timedelta(seconds=61)}, "STALE: 61.0 s old, the limit is 60 s"),
        ({"received_at": NOW - timedelta(seconds=90), "venue_time": None}, "STALE: 90.0 s old, the limit is 60 s"),
        ({"bid": None}, "ONE_SIDED: no bid"),
        ({"ask": None}, "ONE_SIDED: no ask"),
        ({"bid": "11"}, "CROSSED: bid 11 is not below ask 10.51"),
        ({"bid": "10.51"}, "CROSSED: bid 10.51 is not below ask 10.51"),
    ],
)
def test_a_ticker_that_cannot_be_trusted_matches_nothing(given_: dict[str, Any], why: str) -> None:
    assert looked(screen(RISING), ticker(**given_)) == [Missing("AVAX/USDT", why)]


def test_a_venue_that_tells_no_bids_and_asks_can_be_screened_by_the_rest() -> None:
    assert isinstance(looked(screen(RISING), ticker(bid=None, ask=None))[0], Candidate)


def test_the_strongest_is_first() -> None:
    seen = [ticker(name, change_24h=change) for name, change in (("A/B", "0.06"), ("B/B", "-0.2"), ("C/B", "0.06"))]
    matches = [judge(screen(RISING), sight(each)) for each in reversed(seen)]
    assert [m.symbol for m in strongest_first(m for m in matches if isinstance(m, Match))] == ["B/B", "A/B", "C/B"]


# --- invariants ----------------------------------------------------------------------------------------------------

numbers = st.none() | st.decimals("-0.5", "200", places=4)
tickers = st.builds(
    lambda **said: ticker("AVAX/USDT", **said),
    **dict.fromkeys(("bid", "ask", "last", "change_24h", "high_24h", "low_24h", "volume_24h"), numbers),
)
ALL = [*RULES, "change:over=7d,at_least=1%", "distance:of=low,over=30d,at_most=99%", "new_low:over=20d"]
MADE = {text: rule_of(text) for text in ALL}
FIGURES = {
    "change": ("change_24h", "last"),
    "volume": ("volume_24h",),
    "spread": ("bid", "ask"),
    "distance": ("last",),
    "new_high": ("last",),
    "new_low": ("last",),
}


def with_history(seen: Ticker, rules: Sequence[str], price: Decimal) -> Sight:
    """Every candle that any of the rules asks for, at one price."""
    needed = [need for rule in rules for need in MADE[rule].needs(seen, NOW)]
    history = {
        need.period: candles(need.period, need.since, (need.until - need.since) // need.period, str(price))
        for need in sorted(needed, key=lambda need: need.until - need.since)
    }
    return Sight(ticker=seen, now=NOW, history=history)


@settings(deadline=None)
@given(seen=tickers, rule=st.sampled_from(ALL))
def test_no_rule_matches_on_missing_figures(seen: Ticker, rule: str) -> None:
    lacking = all if MADE[rule].kind == "change" else any  # a change may be the venue's, or by its last price
    if lacking(getattr(seen, name) is None for name in FIGURES[MADE[rule].kind]):
        assert MADE[rule].judge(with_history(seen, ALL, D(10))) is None


@settings(deadline=None)
@given(seen=tickers, rule=st.sampled_from(ALL))
def test_no_rule_that_needs_candles_matches_without_them(seen: Ticker, rule: str) -> None:
    if MADE[rule].needs(seen, NOW):
        assert MADE[rule].judge(sight(seen)) is None


@settings(deadline=None)
@given(seen=tickers, rules=st.lists(st.sampled_from(RULES), min_size=2, max_size=4, unique=True), price=st.integers(1))
def test_the_order_of_rules_does_not_change_what_matches(seen: Ticker, rules: list[str], price: int) -> None:
    known = with_history(seen, rules, D(price))
    outcomes = set()
    for order in permutations(rules):
        match = judge(screen(*order), known)
        outcomes.add(frozenset(match.findings) if isinstance(match, Match) else type(match))
    assert len(outcomes) == 1


@settings(deadline=None)
@given(seen=tickers, rules=st.lists(st.sampled_from(RULES), min_size=1, max_size=4, unique=True), price=st.integers(1))
def test_the_first_look_drops_nothing_that_would_match(seen: Ticker, rules: list[str], price: int) -> None:
    (glance,) = looked(screen(*rules), seen)
    match = judge(screen(*rules), with_history(seen, rules, D(price)))
    assert not isinstance(match, Match) or isinstance(glance, Candidate | Missing)
    if isinstance(match, Match) and isinstance(glance, Missing):
        assert glance.why.startswith(("ONE_SIDED", "CROSSED"))
