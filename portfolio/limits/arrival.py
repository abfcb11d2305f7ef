"""Controls on the alert as a whole, before any order of it: its age, its symbol, its strategy."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Protocol

from portfolio.book import Book
from portfolio.model.check import Check
from portfolio.model.signal import Action, Signal
from portfolio.setup import StrategySetup


@dataclass(frozen=True, slots=True)
class Arrival:
    """A signal that has just reached its strategy."""

    signal: Signal
    strategy: StrategySetup
    book: Book
    now: datetime

    @property
    def scope(self) -> str:
        return f"strategy {self.strategy.id}"


class ArrivalControl(Protocol):
    def check(self, arrival: Arrival) -> Check: ...


class SignalFresh:
    """STALE_SIGNAL: |now - the alert's own time| is within `max_age_s`, past and future alike."""

    code: ClassVar[str] = "STALE_SIGNAL"

    def check(self, arrival: Arrival) -> Check:
        most = arrival.book.setup.max_age_s
        if arrival.signal.time is None or arrival.signal.action is Action.CANCEL:
            return Check(self.code, "webhook", True, most, None, "the alert is not bound to a time")
        age_s = abs(Decimal(str((arrival.now - arrival.signal.time).total_seconds())))
        passed = age_s <= most
        message = f"the alert is {'recent' if passed else 'too old, or from the future'} (seconds)"
        return Check(self.code, "webhook", passed, most, age_s, message)


class SymbolAllowed:
    code: ClassVar[str] = "SYMBOL_NOT_ALLOWED"

    def check(self, arrival: Arrival) -> Check:
        symbol = arrival.signal.symbol
        passed = arrival.strategy.trades(symbol)
        allowed = ", ".join(sorted(arrival.strategy.symbols)) or "all"
        message = f"strategy {arrival.strategy.id} {'trades' if passed else 'does not trade'} the symbol"
        return Check(self.code, arrival.scope, passed, allowed, symbol, message)


class StrategyRunning:
    code: ClassVar[str] = "STRATEGY_PAUSED"

    def check(self, arrival: Arrival) -> Check:
        passed = not arrival.book.is_paused(arrival.strategy.account, arrival.strategy.id)
        message = "the strategy runs" if passed else "the strategy is paused after an error; `resume` it"
        return Check(self.code, arrival.scope, passed, None, None, message)


ARRIVAL_CONTROLS: tuple[ArrivalControl, ...] = (SignalFresh(), SymbolAllowed(), StrategyRunning())
