"""The most that could have been held at any moment, as only the venue can see it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import ZERO, plain
from portfolio.model.side import Side
from tests.simulators.bybit.orders import OrderRecord


@dataclass(slots=True)
class SymbolExposure:
    """Quantities and values in the quote currency; `open_*` are of orders that may add to a position."""

    held: Decimal = ZERO
    contract_value: Decimal = ZERO
    open_quantity: dict[Side, Decimal] = field(default_factory=lambda: {Side.BUY: ZERO, Side.SELL: ZERO})
    open_value: dict[Side, Decimal] = field(default_factory=lambda: {Side.BUY: ZERO, Side.SELL: ZERO})
    worst_quantity: Decimal = ZERO
    worst_value: Decimal = ZERO

    def now(self) -> tuple[Decimal, Decimal]:
        """Quantity and value if every open order of the worse side were filled, and none of the other."""
        value = self.held * self.contract_value
        quantity = max(abs(self.held + self.open_quantity[Side.BUY]), abs(self.held - self.open_quantity[Side.SELL]))
        worth = max(abs(value + self.open_value[Side.BUY]), abs(value - self.open_value[Side.SELL]))
        return quantity, worth


class ExposureWatch:
    def __init__(self) -> None:
        self._symbols: dict[str, SymbolExposure] = {}
        self._counted: dict[str, tuple[str, Side, Decimal, Decimal]] = {}
        self._worth_now: dict[str, Decimal] = {}
        self._total = ZERO
        self.worst_total = ZERO

    def see_order(self, order: OrderRecord, price: Decimal | None) -> None:
        """The order as it is now counts, and no longer as it was."""
        if counted := self._counted.pop(order.order_id, None):
            self._add(*counted, -1)
        at = order.price or order.trigger_price or price
        if order.is_open and not order.reduce_only and at and order.remaining:
            instrument = order.listing.instrument
            value = abs(instrument.quote_value(order.remaining, at))
            counted = (instrument.symbol, order.side, order.remaining, value)
            self._counted[order.order_id] = counted
            self._add(*counted, 1)

    def see_position(self, symbol: str, held: Decimal, contract_value: Decimal) -> None:
        """`contract_value` is what one unit is worth in the quote currency."""
        item = self._of(symbol)
        item.held, item.contract_value = held, contract_value

    def measure(self, symbol: str) -> None:
        """The worst so far includes this moment."""
        item = self._of(symbol)
        quantity, worth = item.now()
        item.worst_quantity = max(item.worst_quantity, quantity)
        item.worst_value = max(item.worst_value, worth)
        self._total += worth - self._worth_now.get(symbol, ZERO)
        self._worth_now[symbol] = worth
        self.worst_total = max(self.worst_total, self._total)

    def told(self) -> dict[str, Any]:
        symbols = {
            symbol: {
                "held": plain(item.held),
                "open_buys": plain(item.open_quantity[Side.BUY]),
                "open_sells": plain(item.open_quantity[Side.SELL]),
                "worst_quantity": plain(item.worst_quantity),
                "worst_value": plain(item.worst_value),
            }
            for symbol, item in self._symbols.items()
        }
        return {"symbols": symbols, "worst_total_value": plain(self.worst_total)}

    def _of(self, symbol: str) -> SymbolExposure:
        return self._symbols.setdefault(symbol, SymbolExposure())

    def _add(self, symbol: str, side: Side, quantity: Decimal, value: Decimal, sign: int) -> None:
        item = self._of(symbol)
        item.open_quantity[side] += sign * quantity
        item.open_value[side] += sign * value
