"""When an order trades against an outside price, and at what: no book of others' orders, no randomness."""

from collections.abc import Iterator
from decimal import Decimal

from exchange.ticket import MarketPrice, Ticket
from portfolio.model.decimals import ONE, ceil_to, floor_to
from portfolio.model.instrument import Instrument
from portfolio.model.order import OrderType
from portfolio.model.side import Side


def triggers(ticket: Ticket, price: MarketPrice) -> bool:
    """True once the market is at the stop: a stop waits for a worse price, a take-profit for a better one."""
    if ticket.stop_price is None:
        return False
    market = price.for_side(ticket.side)
    waits_for_rise = (ticket.side is Side.BUY) is (ticket.order_type is not OrderType.TAKE_PROFIT)
    return market >= ticket.stop_price if waits_for_rise else market <= ticket.stop_price


def reaches(ticket: Ticket, price: MarketPrice) -> bool:
    """True while the market is at the order's limit or better."""
    if ticket.price is None:
        return False
    market = price.for_side(ticket.side)
    return market <= ticket.price if ticket.side is Side.BUY else market >= ticket.price


def slipped(ticket: Ticket, instrument: Instrument, price: Decimal, slippage: Decimal) -> Decimal:
    """The price moved against the order, to the next tick; exactly the price where there is no slippage."""
    if not slippage:
        return price
    if ticket.side is Side.BUY:
        return ceil_to(price * (1 + slippage), instrument.tick)
    return max(instrument.tick, floor_to(price * (1 - slippage), instrument.tick))


def slices(quantity: Decimal, instrument: Instrument, ratio: Decimal) -> Iterator[Decimal]:
    """The quantity in parts of the given share of it, in whole lots; the last is what is left."""
    if ratio == ONE or not quantity:
        yield from (quantity,) if quantity else ()
        return
    part = max(instrument.lot, floor_to(quantity * ratio, instrument.lot))
    left = quantity
    while left > part:
        yield part
        left -= part
    yield left
