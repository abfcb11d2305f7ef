"""What is traded: contract terms, precision and minimums of one symbol on one account."""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.decimals import ZERO, ceil_to, floor_to, money
from portfolio.model.identifiers import Symbol
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A linear contract: its value is quantity x contract_size x price, in the `settle` currency.

    `lot` is the step of quantities, `tick` the step of prices; a minimum of zero is none.
    """

    symbol: Symbol
    base: str
    quote: str
    settle: str
    contract_size: Decimal
    lot: Decimal
    tick: Decimal
    min_quantity: Decimal = ZERO
    min_cost: Decimal = ZERO
    max_leverage: Decimal = Decimal(100)

    def value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """The signed value of a signed quantity at `price`, in the settle currency."""
        return money(quantity * self.contract_size * price)

    def quantity_worth(self, value: Decimal, price: Decimal) -> Decimal:
        """The quantity, not yet rounded, that is worth `value` at `price`."""
        return value / (self.contract_size * price)

    def rounded_quantity(self, quantity: Decimal) -> Decimal:
        """The quantity in whole lots, never more than asked."""
        return floor_to(quantity, self.lot)

    def rounded_price(self, side: Side, price: Decimal) -> Decimal:
        """A limit price in whole ticks, never worse for its owner: a buy is not raised, a sell not lowered."""
        return floor_to(price, self.tick) if side is Side.BUY else ceil_to(price, self.tick)


def parse_symbol(symbol: Symbol) -> tuple[str, str, str] | None:
    """Base, quote and settle of a unified linear symbol `BASE/QUOTE:SETTLE`; None for any other text."""
    pair, colon, settle = symbol.partition(":")
    base, slash, quote = pair.partition("/")
    if not (colon and slash and base and quote and settle) or quote != settle:
        return None
    return base, quote, settle
