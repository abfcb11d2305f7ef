"""What is traded: contract terms, precision and minimums of one symbol on one account."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portfolio.model.decimals import ONE, ZERO, ceil_to, floor_to, money
from portfolio.model.identifiers import Symbol
from portfolio.model.side import Side


class Family(StrEnum):
    """How quantity and price make money: SPOT moves coins; LINEAR settles in the quote, INVERSE in the base."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Quantities are coins on spot and contracts otherwise; `settle` is the currency of cost, profit and margin.

    `lot` is the step of quantities, `tick` the step of prices; a minimum or maximum of zero is none.
    `maintenance_margin` is the share of the notional that must be left before a venue liquidates; `funding_rate` is
    what longs pay to shorts at each interval, as a share of the notional (negative: shorts pay).
    """

    symbol: Symbol
    base: str
    quote: str
    settle: str
    family: Family = Family.LINEAR
    contract_size: Decimal
    lot: Decimal
    tick: Decimal
    min_quantity: Decimal = ZERO
    max_quantity: Decimal = ZERO
    min_cost: Decimal = ZERO
    max_leverage: Decimal = Decimal(100)
    maintenance_margin: Decimal = Decimal("0.005")
    funding_rate: Decimal = ZERO

    @property
    def is_spot(self) -> bool:
        return self.family is Family.SPOT

    @property
    def is_inverse(self) -> bool:
        return self.family is Family.INVERSE

    def value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """What a signed quantity is worth to its owner at `price`, in the settle currency: profit is its change.

        Spot and linear: quantity x contract_size x price. Inverse: -quantity x contract_size / price, so that a long
        of USD contracts earns coins when the price rises (BitMEX and Bybit: Q x (1/entry - 1/exit)).
        """
        if not quantity:
            return ZERO
        if self.family is Family.INVERSE:
            return money(-quantity * self.contract_size / price)
        return money(quantity * self.contract_size * price)

    def notional(self, quantity: Decimal, price: Decimal) -> Decimal:
        """The signed exposure of a signed quantity at `price`, in the settle currency; positive for a long."""
        value = self.value(quantity, price)
        return -value if self.family is Family.INVERSE else value

    def quote_value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """What a quantity is worth in the quote currency, in which minimums are told."""
        return quantity * self.contract_size if self.family is Family.INVERSE else self.value(quantity, price)

    def fee_in_settle(self, fee: Decimal, currency: str, price: Decimal) -> Decimal | None:
        """What a fee in `currency` is worth in the settle currency, coins at the price they were traded at; None where
        that depends on the rates of the time."""
        if currency == self.settle or not fee:
            return fee
        if currency != self.base:
            return None
        return self.value(fee, price) if self.is_spot else money(fee * price)

    def quantity_worth(self, notional: Decimal, price: Decimal) -> Decimal:
        """The quantity, not yet rounded, whose notional at `price` is that much of the settle currency."""
        if self.family is Family.INVERSE:
            return notional * price / self.contract_size
        return notional / (self.contract_size * price)

    def loss_per_unit(self, entry: Decimal, stop: Decimal) -> Decimal:
        """What one unit of quantity loses, in the settle currency, when `entry` becomes `stop`; never negative."""
        return abs(self.value(ONE, entry) - self.value(ONE, stop))

    def average_price(self, quantity: Decimal, cost: Decimal) -> Decimal | None:
        """The price at which the signed `quantity` is worth its signed `cost`; None when flat."""
        if not quantity or not cost:
            return None
        if self.family is Family.INVERSE:
            return -quantity * self.contract_size / cost
        return cost / (quantity * self.contract_size)

    def worse(self, price: Decimal, other: Decimal) -> Decimal:
        """The price of the two at which a position counts for more, whatever its side."""
        return min(price, other) if self.family is Family.INVERSE else max(price, other)

    def worsened(self, price: Decimal, allowance: Decimal) -> Decimal:
        """The price moved by the share `allowance` to where a position counts for more."""
        return price * (1 - allowance if self.family is Family.INVERSE else 1 + allowance)

    def rounded_quantity(self, quantity: Decimal) -> Decimal:
        """The quantity in whole lots, never more than asked."""
        return floor_to(quantity, self.lot)

    def rounded_price(self, side: Side, price: Decimal) -> Decimal:
        """A limit price in whole ticks, never worse for its owner: a buy is not raised, a sell not lowered."""
        return floor_to(price, self.tick) if side is Side.BUY else ceil_to(price, self.tick)


def parse_symbol(symbol: Symbol) -> tuple[str, str, str] | None:
    """Base, quote and settle of a unified symbol: `BTC/USDT` on spot, `BTC/USDT:USDT` linear, `BTC/USD:BTC` inverse.

    Spot settles in its quote. None for any other text.
    """
    pair, colon, settle = symbol.partition(":")
    base, slash, quote = pair.partition("/")
    if not (slash and base and quote) or base == quote or "/" in quote:
        return None
    if not colon:
        return base, quote, quote
    return (base, quote, settle) if settle in (base, quote) else None


def family_of(symbol: Symbol) -> Family:
    """The family that a well-formed unified symbol says."""
    pair, colon, settle = symbol.partition(":")
    if not colon:
        return Family.SPOT
    return Family.INVERSE if settle == pair.partition("/")[0] else Family.LINEAR
