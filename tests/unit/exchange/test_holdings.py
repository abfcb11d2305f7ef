"""What is held and what executions come to: a moment apart is nothing, a difference that lasts is a lost execution."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import holdings as holdings_module
from exchange.dialects.dialect import HoldingsNews
from exchange.holdings import SUSPECT_AFTER_S, Holdings
from portfolio.model.fill import Cause, Funding, OutsideTrade, Trade
from portfolio.model.order import PriceSource
from portfolio.model.side import Side
from tests.fakes import BTC, NOW
from tests.unit.exchange.test_expected import Time

SPOT = "BTC/USDT"
TICKS = 6


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def holdings(clock: Time) -> Holdings:
    return Holdings(clock)


def held(quantity: int, symbol: str = BTC) -> HoldingsNews:
    return HoldingsNews(positions=((symbol, Decimal(quantity)),))


def lies(**coins: int) -> HoldingsNews:
    return HoldingsNews(coins=tuple((coin, Decimal(amount)) for coin, amount in coins.items()))


def executed(name: int, quantity: int = 1, symbol: str = BTC) -> list[Any]:
    side = Side.BUY if quantity > 0 else Side.SELL
    trade = Trade(
        trade_id=str(name),
        quantity=Decimal(abs(quantity)),
        price=Decimal(1),
        fee=Decimal(0),
        fee_currency="USDT",
        source=PriceSource.VENUE,
        time=NOW,
    )
    return [OutsideTrade(symbol=symbol, side=side, cause=Cause.FOREIGN, trade=trade)]


def is_suspect(holdings: Holdings, clock: Time) -> bool:
    """Once it has lasted, and once only."""
    found = []
    for _ in range(4 * TICKS):
        found.append(holdings.take_suspects())
        clock.now_s += SUSPECT_AFTER_S / TICKS
    assert not any(found[:TICKS])
    return sum(found) == 1


def begun(holdings: Holdings, clock: Time) -> None:
    """Something was traded before, and all agrees."""
    holdings.note(executed(0))
    holdings.take(held(1))
    holdings.take(lies(USDT=1000, BTC=2))
    assert not holdings.take_suspects()
    clock.now_s += 60
    assert not holdings.take_suspects()


@pytest.mark.parametrize("is_position_first", [True, False])
def test_a_position_that_an_execution_explains_is_none(holdings: Holdings, clock: Time, is_position_first: bool):
    begun(holdings, clock)
    told = [lambda: holdings.take(held(3)), lambda: holdings.note(executed(1, 2))]
    for tell in told if is_position_first else told[::-1]:
        tell()
        assert not holdings.take_suspects()
        clock.now_s += 1
    assert not is_suspect(holdings, clock)


def test_a_position_that_no_execution_explains_is_suspect_once(holdings: Holdings, clock: Time):
    begun(holdings, clock)
    holdings.take(held(3))
    assert is_suspect(holdings, clock)
    assert not is_suspect(holdings, clock)
    holdings.take(held(4))
    holdings.note(executed(1))
    assert not is_suspect(holdings, clock)


def test_an_execution_among_others_that_was_lost_is_noticed(holdings: Holdings, clock: Time):
    """Others of the symbol are told all the time."""
    begun(holdings, clock)
    for number in range(1, 20):
        if number != 7:
            holdings.note(executed(number))
        holdings.take(held(1 + number))
        clock.now_s += 0.2
        if holdings.take_suspects():
            break
    assert clock.now_s - 60 == pytest.approx(6 * 0.2 + SUSPECT_AFTER_S, abs=0.4)


def test_an_execution_that_is_told_twice_counts_once(holdings: Holdings, clock: Time):
    begun(holdings, clock)
    for _ in range(3):
        holdings.note(executed(1))
    holdings.take(held(2))
    assert not is_suspect(holdings, clock)


def test_at_first_sight_a_position_needs_some_execution(holdings: Holdings, clock: Time):
    holdings.take(held(3))
    holdings.note(executed(1))
    assert not is_suspect(holdings, clock)
    holdings.begin()
    holdings.take(held(4))
    assert is_suspect(holdings, clock)


def test_after_a_survey_the_first_execution_that_is_lost_is_noticed_too(holdings: Holdings, clock: Time):
    holdings.note(executed(1))
    holdings.survey({BTC: Decimal(1)})
    holdings.take(held(2))
    assert is_suspect(holdings, clock)
    holdings.take(held(1, "ETH/USDT:USDT"))
    assert is_suspect(holdings, clock), "it was not among those that were held"


def test_a_deposit_is_suspect_and_a_trade_or_funding_is_not(holdings: Holdings, clock: Time):
    begun(holdings, clock)
    holdings.take(lies(USDT=900, BTC=2))
    holdings.note(executed(1))
    assert not is_suspect(holdings, clock)
    funding = Funding(symbol=BTC, amount=Decimal(1), currency="USDT", rate=Decimal(1), price=Decimal(1), time=NOW)
    holdings.note([funding])
    holdings.take(lies(USDT=901, BTC=2))
    assert not is_suspect(holdings, clock)
    holdings.take(lies(USDT=951, BTC=2))
    assert is_suspect(holdings, clock)


def test_a_lost_execution_on_spot_is_noticed_by_its_coin_while_others_trade(holdings: Holdings, clock: Time):
    begun(holdings, clock)
    holdings.take(lies(USDT=900, BTC=3))
    holdings.note(executed(1, symbol="ETH/USDT"))
    assert is_suspect(holdings, clock)


def test_it_forgets_what_is_long_ago(holdings: Holdings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(holdings_module, "MOST_REMEMBERED", 10)
    for number in range(100):
        holdings.note(executed(number))
    assert len(holdings._trades) == 10


@given(st.lists(st.tuples(st.integers(-5, 5).filter(bool), st.booleans(), st.booleans()), max_size=30))
def test_whatever_is_told_in_whatever_order_only_what_is_missing_is_suspect(steps: list[tuple[int, bool, bool]]):
    clock = Time()
    holdings, size = Holdings(clock), 1
    begun(holdings, clock)
    for number, (quantity, is_position_first, is_lost) in enumerate(steps, 1):
        size += quantity
        told = [lambda size=size: holdings.take(held(size))]
        if not is_lost:
            told.append(lambda number=number, quantity=quantity: holdings.note(executed(number, quantity)))
        for tell in told if is_position_first else told[::-1]:
            tell()
        assert is_suspect(holdings, clock) is is_lost
