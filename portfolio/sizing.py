"""From a wish to a quantity: never more than was asked, never a price worse than its owner's limit."""

from decimal import Decimal

from portfolio.model.decimals import HUNDRED
from portfolio.model.instrument import Instrument
from portfolio.model.order import OrderType
from portfolio.model.quote import Reference
from portfolio.model.side import Side
from portfolio.model.signal import Size, SizeType


def quantity_of(
    size: Size, instrument: Instrument, price: Decimal | None, equity: Decimal, position: Decimal
) -> Decimal | None:
    """The unsigned quantity `size` asks for, before rounding; None where it needs a price and there is none.

    `equity` is the account's, in the portfolio's currency; per cents are of it, or of the absolute `position`.
    """
    match size.kind:
        case SizeType.UNITS:
            return size.amount
        case SizeType.PERCENT_OF_POSITION:
            return abs(position) * size.amount / HUNDRED
        case SizeType.NOTIONAL:
            worth = size.amount
        case SizeType.PERCENT_OF_EQUITY:
            worth = max(Decimal(0), equity) * size.amount / HUNDRED
    return instrument.quantity_worth(worth, price) if price else None


def reservation_price(
    order_type: OrderType, side: Side, price: Decimal | None, reference: Reference, allowance: Decimal
) -> Decimal:
    """The price an order is held against limits at: what it may cost in the worst case that is allowed for.

    A market buy may run up by `allowance`; a market sell counts at the higher of bid and mark; a limit at the higher
    of its price and the reference.
    """
    if order_type is OrderType.LIMIT and price is not None:
        return max(price, reference.for_side(side))
    if side is Side.BUY:
        return reference.ask * (1 + allowance)
    return max(reference.bid, reference.mark)
