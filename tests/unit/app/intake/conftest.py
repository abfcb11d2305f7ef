"""A small desk that alerts are read against."""

from decimal import Decimal

import pytest

from app.intake.desk import Desk
from app.intake.symbols import SymbolMap
from portfolio.model.instrument import Instrument
from portfolio.model.signal import Size
from portfolio.ports import Strategy
from portfolio.setup import AccountSetup, Setup, StrategySetup

BTC = "BTC/USDT:USDT"
ETH = "ETH/USDT:USDT"
SOL = "SOL/USDT:USDT"


class Silent:
    """A strategy that wants nothing."""

    def on_signal(self, signal, view, state):
        raise NotImplementedError

    def on_order(self, order, view, state):
        raise NotImplementedError


def _instrument(symbol: str) -> Instrument:
    base = symbol.partition("/")[0]
    return Instrument(
        symbol=symbol,
        base=base,
        quote="USDT",
        settle="USDT",
        contract_size=Decimal(1),
        lot=Decimal("0.001"),
        tick=Decimal("0.1"),
    )


def _account(name: str, *symbols: str) -> AccountSetup:
    return AccountSetup(
        id=name,
        balances={"USDT": Decimal(10000)},
        instruments={symbol: _instrument(symbol) for symbol in symbols},
        leverage=Decimal(1),
        send_within_s=Decimal(30),
        trusts_signal_price=True,
    )


def _strategy(name: str, account: str, *symbols: str, sizing: Size | None = None) -> StrategySetup:
    silent: Strategy = Silent()
    return StrategySetup(id=name, account=account, strategy=silent, symbols=frozenset(symbols), sizing=sizing)


@pytest.fixture(scope="session")
def desk() -> Desk:
    """`trend` trades BTC; `sized` and `other` both trade ETH, `sized` with a sizing; SOL is on another account."""
    strategies = [
        _strategy("trend", "main", BTC),
        _strategy("sized", "main", ETH, sizing=Size(Decimal(5))),
        _strategy("other", "main", ETH),
        _strategy("sol-only", "second", "DOGE/USDT:USDT"),
    ]
    setup = Setup(
        currency="USDT",
        max_age_s=Decimal(300),
        accounts={"main": _account("main", BTC, ETH), "second": _account("second", SOL)},
        strategies={strategy.id: strategy for strategy in strategies},
    )
    return Desk(SymbolMap({"MYBTC": BTC, "GONE": "XRP/USDT:USDT"}, {BTC, ETH, SOL}), setup)
