"""Quotes by account and symbol, with their age by a monotonic clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.quote import Quote

_MILLISECOND = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class _Received:
    bid: Decimal
    ask: Decimal
    at_s: float
    number: int


class QuoteBoard:
    """The newest quote of each symbol, whoever brought it. Implements `portfolio.ports.QuoteSource`.

    `listener` hears of each.
    """

    listener: Callable[[AccountId, Symbol, Decimal, Decimal], None] | None = None

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._quotes: dict[tuple[AccountId, Symbol], _Received] = {}
        self.version = 0

    def put(self, account: AccountId, symbol: Symbol, bid: Decimal, ask: Decimal, age_s: float = 0.0) -> None:
        """The quote counts from now, less the age that it came with. `bid` must be positive and not above `ask`."""
        if not 0 < bid <= ask:
            raise ValueError(f"bid {bid} and ask {ask} are no quote")
        self.version += 1
        self._quotes[account, symbol] = _Received(bid, ask, self._monotonic() - age_s, self.version)
        if self.listener is not None:
            self.listener(account, symbol, bid, ask)

    def latest(self, account: AccountId, symbol: Symbol) -> Quote | None:
        received = self._quotes.get((account, symbol))
        return self._aged(account, symbol, received) if received else None

    def all(self) -> tuple[Quote, ...]:
        return tuple(self._aged(account, symbol, received) for (account, symbol), received in self._quotes.items())

    def _aged(self, account: AccountId, symbol: Symbol, received: _Received) -> Quote:
        age_s = Decimal(self._monotonic() - received.at_s).quantize(_MILLISECOND)
        return Quote(account, symbol, received.bid, received.ask, age_s, received.number)
