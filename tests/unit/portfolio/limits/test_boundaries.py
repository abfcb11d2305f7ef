"""Each limit just under, at and just over its boundary, in every scope it can be set in."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from portfolio.model.decision import Outcome
from portfolio.model.order import OrderType
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, FOLLOW, MAIN, Desk, codes

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]
in_every_scope = pytest.mark.parametrize("scope", SCOPES, ids=str)

WORTH_1000 = {
    "max_order_notional": "1000",
    "max_position": "1000",
    "max_exposure": "1000",
    "max_net_exposure": "1000",
    "max_leverage": "0.1",
}


@dataclass(frozen=True)
class Tried:
    """What the desk said to an alert under one limit."""

    code: str
    desk: Desk

    def denies(self, action: str, size: str, *, scope: Scope, value: str, **fields: object) -> bool:
        """True where the one reason of a denial is this limit, with its figure; False where the alert is accepted."""
        decision = self.desk.alert(action, size, **fields)
        if decision.status is Outcome.ACCEPTED:
            return False
        reasons = [r for r in decision.reasons if r.code == self.code]
        assert [(r.value, r.scope) for r in reasons] == [(Decimal(value), str(scope))]
        return True


def under(scope: Scope, key: str, text: str) -> Tried:
    return Tried(key.upper(), Desk(limits={scope: {key: text}}))


@in_every_scope
@pytest.mark.parametrize("key", WORTH_1000)
@pytest.mark.parametrize(("quantity", "denied"), [("9.999", False), ("10", False), ("10.001", True)])
def test_a_market_sell_counts_at_the_mark(scope: Scope, key: str, quantity: str, denied: bool) -> None:
    value = "0.10001" if key == "max_leverage" else "1000.1"
    assert under(scope, key, WORTH_1000[key]).denies("sell", quantity, scope=scope, value=value) is denied


@pytest.mark.parametrize("key", WORTH_1000)
@pytest.mark.parametrize(("quantity", "denied"), [("9.9", False), ("9.901", True)])
def test_a_market_buy_counts_one_per_cent_above_the_ask(key: str, quantity: str, denied: bool) -> None:
    value = "0.1000001" if key == "max_leverage" else "1000.001"
    assert under(MAIN, key, WORTH_1000[key]).denies("buy", quantity, scope=MAIN, value=value) is denied


@pytest.mark.parametrize("key", WORTH_1000)
@pytest.mark.parametrize(("quantity", "denied"), [("10", False), ("10.001", True)])
def test_a_limit_buy_counts_at_its_own_price_where_that_is_higher(key: str, quantity: str, denied: bool) -> None:
    value = "0.10001" if key == "max_leverage" else "1000.1"
    tried = under(MAIN, key, WORTH_1000[key])
    assert tried.denies("buy", quantity, order_type=OrderType.LIMIT, scope=MAIN, value=value) is denied


@in_every_scope
@pytest.mark.parametrize(("resting", "denied"), [(0, False), (1, False), (2, True)])
def test_the_number_of_live_orders_is_limited(scope: Scope, resting: int, denied: bool) -> None:
    tried = under(scope, "max_open_orders", "2")
    for _ in range(resting):
        tried.desk.rest("buy", "1")
    assert tried.denies("buy", "1", scope=scope, value="3") is denied


@in_every_scope
@pytest.mark.parametrize(("price", "denied"), [("101.9", False), ("102", False), ("102.1", True), ("97.9", True)])
def test_a_limit_price_keeps_near_the_market(scope: Scope, price: str, denied: bool) -> None:
    tried = under(scope, "price_collar", "2%")
    tried.desk.quote("100")
    assert tried.denies("buy", "1", price=price, order_type=OrderType.LIMIT, scope=scope, value="0.021") is denied


@pytest.mark.parametrize(("price", "denied"), [("102", False), ("103", True)])
def test_a_market_orders_alert_may_not_have_seen_another_market(price: str, denied: bool) -> None:
    tried = under(MAIN, "price_collar", "2%")
    tried.desk.quote("100")
    assert tried.denies("buy", "1", price=price, scope=MAIN, value="0.03") is denied


@pytest.mark.parametrize(("ask", "denied"), [("103", False), ("105", True)])
def test_a_market_order_without_a_price_is_held_against_the_spread(ask: str, denied: bool) -> None:
    tried = under(MAIN, "price_collar", "0.02")
    tried.desk.quote("100", ask)
    value = str(Decimal(105) / Decimal("102.5") - 1)
    assert tried.denies("buy", "1", price=None, scope=MAIN, value=value) is denied


@in_every_scope
@pytest.mark.parametrize(("age_s", "denied"), [("9.999", False), ("10", False), ("10.001", True)])
def test_an_old_quote_opens_nothing(scope: Scope, age_s: str, denied: bool) -> None:
    tried = under(scope, "max_quote_age_s", "10")
    tried.desk.quote("100", age_s=age_s)
    assert tried.denies("buy", "1", price=None, scope=scope, value="10.001") is denied


@in_every_scope
@pytest.mark.parametrize("key", ["max_daily_loss", "max_drawdown"])
@pytest.mark.parametrize(("mark", "denied"), [("90.1", False), ("90", False), ("89.9", True)])
def test_a_loss_beyond_the_limit_opens_nothing_more(scope: Scope, key: str, mark: str, denied: bool) -> None:
    tried = under(scope, key, "100")
    tried.desk.hold("10")
    assert tried.denies("buy", "1", price=mark, scope=scope, value="101") is denied


def test_a_denial_lists_every_control_that_refused_with_its_limit_and_value() -> None:
    rows = {PORTFOLIO: {"max_exposure": "650"}, MAIN: {"max_order_notional": "25%"}, FOLLOW: {"max_leverage": "0.05"}}
    decision = Desk(limits=rows).alert("sell", "30")
    assert decision.status is Outcome.DENIED
    assert [(r.code, r.limit, r.value, r.scope) for r in decision.reasons] == [
        ("MAX_EXPOSURE", 650, 3000, "portfolio"),
        ("MAX_ORDER_NOTIONAL", 2500, 3000, "account main"),
        ("MAX_LEVERAGE", Decimal("0.05"), Decimal("0.3"), "strategy follow"),
    ]
    assert decision.orders[0].status == "DENIED"


def test_an_accepted_order_keeps_the_figures_that_let_it_pass() -> None:
    decision = Desk(limits={MAIN: {"max_exposure": "1000"}}).alert("sell", "1")
    figures = {check.code: (check.passed, check.limit, check.value) for check in decision.checks[1].checks}
    assert figures["MAX_EXPOSURE"] == (True, 1000, 100)
    assert figures["INSUFFICIENT_MARGIN"] == (True, 10_000, 10)


def test_nothing_is_limited_where_nothing_is_set() -> None:
    assert codes(Desk().alert("sell", "900")) == []


def test_what_an_entry_on_its_way_will_have_turned_round_is_not_there_to_be_reduced(desk_of_ten: Desk) -> None:
    """2 held and 12 being sold come to 10 short: 2 more, sold meanwhile, would be 12 short."""
    desk = desk_of_ten
    desk.hold("2")
    assert desk.alert("sell", "12").status is Outcome.ACCEPTED
    assert codes(desk.alert("sell", "2")) == ["MAX_POSITION"]
    assert desk.alert("close").status is Outcome.ACCEPTED  # its venue never lets it open anything


def test_an_entry_that_rests_leaves_what_is_held_to_be_reduced(desk_of_ten: Desk) -> None:
    desk = desk_of_ten
    desk.hold("2")
    assert desk.alert("sell", "10", order_type=OrderType.LIMIT, price="100").status is Outcome.ACCEPTED
    assert desk.alert("sell", "2").status is Outcome.ACCEPTED


@pytest.fixture
def desk_of_ten() -> Desk:
    """Ten of them are worth what may be held."""
    return Desk(limits={MAIN: {"max_position": "1000"}})
