"""From a wish to a quantity: never more than was asked, never a price worse than its owner's limit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from portfolio.model.decimals import HUNDRED, ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.order import OrderType
from portfolio.model.quote import Reference
from portfolio.model.side import Side
from portfolio.model.signal import BY_RISK, Size, SizeType


class Priced(Protocol):
    """What of an order, or of the wish for one, its reservation price depends on."""

    @property
    def side(self) -> Side: ...

    @property
    def order_type(self) -> OrderType: ...

    @property
    def stop_price(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What sizes are worked out from.

    `price` is the reference; `rate` turns the settle currency into the portfolio's, in which `equity` is the account's.
    `entry` is where the order would trade where that is not the reference, `stop` where a protective stop would lie.
    What is None is not known.
    """

    instrument: Instrument
    price: Decimal | None
    rate: Decimal | None
    equity: Decimal
    position: Decimal
    stop: Decimal | None = None
    entry: Decimal | None = None


def quantity_of(size: Size, basis: Basis) -> Decimal | None:
    """The unsigned quantity `size` asks for, before rounding; None where it needs something that is not known.

    A size by risk is the quantity whose loss, from the entry to the stop, is the amount: amount / loss per unit. Fees
    and slippage come on top.
    """
    match size.kind:
        case SizeType.UNITS:
            return size.amount
        case SizeType.PERCENT_OF_POSITION:
            return abs(basis.position) * size.amount / HUNDRED
        case SizeType.NOTIONAL | SizeType.RISK:
            worth = size.amount
        case SizeType.PERCENT_OF_EQUITY | SizeType.RISK_PERCENT:
            worth = max(ZERO, basis.equity) * size.amount / HUNDRED
    if not basis.price or not basis.rate:
        return None
    if size.kind in BY_RISK:
        return _quantity_at_risk(worth / basis.rate, basis.entry or basis.price, basis)
    return basis.instrument.quantity_worth(worth / basis.rate, basis.price)


def _quantity_at_risk(worth: Decimal, price: Decimal, basis: Basis) -> Decimal | None:
    loss = basis.instrument.loss_per_unit(price, basis.stop) if basis.stop else ZERO
    return worth / loss if loss else None


def reservation_price(
    order: Priced, price: Decimal | None, reference: Reference, allowance: Decimal, instrument: Instrument
) -> Decimal:
    """The price an order is held against limits at: what it may cost in the worst case that is allowed for.

    A market buy may run up by `allowance`; a market sell counts at the higher of bid and mark; a limit at the higher
    of its price and the reference; a stop at the higher of its stop and the reference, run up by `allowance`. Inverse
    contracts count for more the lower the price, so theirs is the mirror image. `price` is the limit in whole ticks.
    """
    side = order.side
    if order.order_type.has_limit and price is not None:
        return instrument.worse(price, reference.for_side(side))
    if order.order_type.has_stop and order.stop_price is not None:
        return instrument.worsened(instrument.worse(order.stop_price, reference.for_side(side)), allowance)
    runs_away = Side.SELL if instrument.is_inverse else Side.BUY
    if side is runs_away:
        return instrument.worsened(reference.for_side(side), allowance)
    return instrument.worse(reference.for_side(side), reference.mark)
