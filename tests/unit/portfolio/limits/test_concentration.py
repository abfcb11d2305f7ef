"""One base asset, under whatever symbols and accounts, is a share of the equity at most."""

from decimal import Decimal

import pytest

from portfolio.limits.limit import Use
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, account, codes, instrument, strategy

USDC = "BTC/USDC:USDT"
SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]
TERMS = {symbol: instrument(symbol) for symbol in (BTC, ETH, USDC)}


def limited(scope: Scope = MAIN, share: str = "10%") -> Desk:
    accounts = (account(instruments=TERMS), account("two", instruments=TERMS))
    return Desk(*accounts, strategy(), strategy("other", account="two"), limits={scope: {"max_concentration": share}})


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize("share", ["10%", "0.1"])
@pytest.mark.parametrize(("worth", "denied"), [("999.9", False), ("1000", False), ("1000.1", True)])
def test_a_share_of_equity_and_no_more(scope: Scope, share: str, worth: str, denied: bool) -> None:
    wide = scope.account is None
    desk = limited(scope, "5%" if wide else share)
    decision = desk.alert("sell", str(Decimal(worth) / 100))
    value = Decimal(worth) / (20_000 if wide else 10_000)
    expected = [("MAX_CONCENTRATION", Decimal("0.05") if wide else Decimal("0.1"), value, str(scope))] if denied else []
    assert [(r.code, r.limit, r.value, r.scope) for r in decision.reasons] == expected


def test_symbols_with_the_same_base_count_together() -> None:
    desk = limited()
    desk.hold("6")
    assert codes(desk.alert("sell", "4.001", symbol=USDC)) == ["MAX_CONCENTRATION"]
    assert codes(desk.alert("sell", "4", symbol=USDC)) == []


def test_another_base_counts_by_itself() -> None:
    desk = limited()
    desk.hold("10", price="99")
    assert codes(desk.alert("sell", "10", symbol=ETH)) == []


def test_accounts_count_together_for_the_portfolio() -> None:
    desk = limited(PORTFOLIO, "5%")
    desk.hold("6")
    assert codes(desk.alert("sell", "4.001", symbol=USDC, strategy="other")) == ["MAX_CONCENTRATION"]
    assert codes(desk.alert("sell", "4", symbol=USDC, strategy="other")) == []


def test_orders_on_their_way_and_in_doubt_count() -> None:
    desk = limited()
    desk.place("sell", "3")
    desk.report(desk.place("sell", "3"), "UNKNOWN")
    assert codes(desk.alert("sell", "4.001", symbol=USDC)) == ["MAX_CONCENTRATION"]


def test_a_close_passes() -> None:
    desk = limited()
    desk.hold("9")
    desk.mark("200")
    assert codes(desk.alert("sell", "1", price="200")) == []
    assert codes(desk.alert("buy", "1", price="200")) == ["MAX_CONCENTRATION"]


def test_without_equity_anything_is_too_much() -> None:
    desk = limited(share="600%")
    desk.hold("500")
    desk.mark("79")
    assert "MAX_CONCENTRATION" in codes(desk.alert("buy", "1", price=None))
    (item,) = desk.limits.all()
    assert item.use(desk.book, desk.now) == Use(Decimal("Infinity"), Decimal(6))


def test_what_is_used_is_told_of_the_base_that_has_most() -> None:
    desk = limited()
    desk.hold("1")
    desk.hold("1", symbol=USDC)
    desk.hold("1.5", symbol=ETH)
    (item,) = desk.limits.all()
    assert item.use(desk.book, desk.now) == Use(Decimal("0.02"), Decimal("0.1"))
