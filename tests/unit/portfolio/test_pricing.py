"""Which price a decision is made at, and what becomes the mark."""

from dataclasses import replace
from decimal import Decimal

import pytest

from portfolio.model.command import Mark
from portfolio.model.effect import ShowPrice
from portfolio.model.order import PriceSource
from tests.fakes import BTC, ETH, HELD, MAIN, Desk, account, codes, ids, quote


def reference(desk: Desk, price: str | None = "100", **fields: object) -> tuple[Decimal, str]:
    """The price and the source that the alert's order was decided at."""
    order_id = ids(desk.alert("buy", "1", price=price, **fields))[0]
    decided = desk.order(order_id)
    return decided.reference_price, decided.reference_source.value


def aged(age_s: str, **terms: object) -> Desk:
    """A desk whose quotes are stale from 10 seconds on, with one that old."""
    desk = Desk(account(**terms), limits={MAIN: {"max_quote_age_s": "10"}})
    desk.quote("99", "101", age_s=age_s)
    return desk


def test_a_fresh_quote_counts_before_the_alerts_price() -> None:
    assert reference(aged("10"), "120") == (101, "quote")


def test_on_paper_the_alerts_price_counts_before_a_stale_quote() -> None:
    assert reference(aged("11"), "120") == (120, "signal")


def test_at_a_real_venue_a_stale_quote_counts_and_opens_nothing() -> None:
    desk = aged("11", trusts_signal_price=False)
    assert reference(desk, "120") == (101, "quote")
    assert codes(desk.alert("buy", "1", price="120")) == ["MAX_QUOTE_AGE_S"]


def test_without_an_age_limit_a_quote_never_goes_stale() -> None:
    desk = Desk()
    desk.quote("100", age_s="9999")
    assert reference(desk, "120") == (100, "quote")


def test_without_quote_or_alert_price_there_is_the_last_price() -> None:
    desk = Desk()
    desk.hold("1", price="77")
    assert reference(desk, None) == (77, "last")


def test_without_any_price_there_is_none() -> None:
    assert reference(Desk(), None) == (0, "last")


def test_an_alerts_price_ages_from_its_receipt_whatever_the_alert_says() -> None:
    desk = Desk(limits={MAIN: {"max_quote_age_s": "10"}})
    assert codes(desk.alert("buy", "1", time=desk.now)) == []


def test_a_price_whose_age_nobody_knows_is_too_old() -> None:
    desk = Desk(limits={MAIN: {"max_quote_age_s": "10"}})
    desk.hold("1")
    assert codes(desk.alert("buy", "1", price=None)) == ["NO_REFERENCE_PRICE", "MAX_QUOTE_AGE_S"]


def test_quotes_of_other_symbols_and_accounts_do_not_count() -> None:
    desk = Desk()
    desk.quote("50", symbol=ETH)
    desk.quote("60", on="other")
    assert reference(desk, "120") == (120, "signal")


# --- marks -------------------------------------------------------------------------------------------------------


def mark(desk: Desk) -> Decimal | None:
    return desk.book.mark_price("main", BTC)


def test_a_quote_marks_its_symbol_at_the_middle_and_is_shown_to_the_venue() -> None:
    desk = Desk()
    desk.quote("99", "102")
    desk.mark()
    assert mark(desk) == Decimal("100.5")
    assert [(shown.bid, shown.ask, shown.source) for shown in desk.shown] == [(99, 102, PriceSource.QUOTE)]


def test_the_same_quote_is_shown_once() -> None:
    desk = Desk()
    desk.mark("99")
    desk.mark()
    assert len(desk.shown) == 1


def test_a_quote_older_than_the_mark_changes_nothing() -> None:
    desk = Desk()
    desk.mark("100")
    desk.quote("90", age_s="5")
    desk.mark()
    assert mark(desk) == 100


def test_on_paper_a_market_alerts_price_becomes_the_mark_before_its_own_decision() -> None:
    desk = Desk(limits={MAIN: {"max_position": "1000"}})
    desk.hold("5")
    assert [reason.value for reason in desk.alert("sell", "20", price="150").reasons] == [2250]
    assert mark(desk) == 150
    assert desk.shown[-1].source is PriceSource.SIGNAL


def test_a_limit_alerts_price_is_no_mark() -> None:
    desk = Desk()
    desk.rest("buy", "1", price="90")
    assert mark(desk) is None


def test_an_alerts_price_is_no_mark_beside_a_fresh_quote() -> None:
    desk = Desk()
    desk.quote("100")
    desk.place("buy", "1", price="120")
    assert mark(desk) == 100


def test_an_alerts_price_replaces_a_stale_mark() -> None:
    desk = aged("11")
    desk.alert("buy", "1", price="120")
    assert mark(desk) == 120


def test_a_fill_marks_a_symbol_that_has_no_mark() -> None:
    desk = Desk()
    desk.fill(desk.rest("buy", "1", price="90"), price="90")
    assert mark(desk) == 90
    assert desk.book.notional(HELD) == 90


@pytest.mark.parametrize(("bid", "price", "decided"), [(None, "120", 120), ("130", "120", 130)])
def test_a_leg_that_is_released_is_decided_at_the_newest_price(bid: str | None, price: str, decided: int) -> None:
    desk = Desk()
    desk.hold("1")
    close, opening = ids(desk.alert("reverse"))
    desk.wait(seconds=1)
    assert codes(desk.alert("buy", "0.001", price=price)) == ["BELOW_MINIMUM"]
    if bid:
        desk.quote(bid)
    desk.fill(close)
    assert desk.order(opening).reference_price == decided


def shown(desk: Desk) -> list[Decimal]:
    """The prices that a paper exchange gets to see once everything is valued."""
    return [effect.bid for effect in desk.handle(Mark()).effects if isinstance(effect, ShowPrice)]


def test_a_quote_counts_once_however_its_age_is_rounded() -> None:
    """Its receipt, worked out from its age, falls a millisecond later the second time."""
    desk = Desk()
    desk.quotes["main", BTC] = replace(quote("100"), number=7)
    assert shown(desk) == [100]
    desk.wait(milliseconds=3)
    desk.quotes["main", BTC] = replace(quote("100", age_s="0.002"), number=7)
    assert shown(desk) == []
    desk.quotes["main", BTC] = replace(quote("101", age_s="0.003"), number=8)
    assert shown(desk) == [101]
