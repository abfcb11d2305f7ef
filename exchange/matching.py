"""A matching engine for one symbol against an outside price: no book of others' orders, no randomness."""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.decimals import ceil_to, floor_to
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order, OrderType, PriceSource
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True)
class MarketPrice:
    bid: Decimal
    ask: Decimal
    source: PriceSource

    def for_side(self, side: Side) -> Decimal:
        """What an order of that side gets at once."""
        return self.ask if side is Side.BUY else self.bid


@dataclass(frozen=True, slots=True)
class Match:
    """An execution: `is_maker` where the order had been resting."""

    price: Decimal
    source: PriceSource
    is_maker: bool


def match_on_arrival(
    order: Order, instrument: Instrument, price: MarketPrice | None, slippage: Decimal
) -> Match | None:
    """A market order trades at its decision's price, worse by the slippage; a limit order if the market is there.

    None for an order that rests.
    """
    if order.order_type is OrderType.MARKET:
        return Match(_slipped(order, instrument, slippage), order.reference_source, is_maker=False)
    if price is not None and _reaches(order, price):
        return Match(price.for_side(order.side), price.source, is_maker=False)
    return None


def match_resting(order: Order, price: MarketPrice) -> Match | None:
    """A resting limit order trades at its own price once the market reaches it."""
    if order.price is None or not _reaches(order, price):
        return None
    return Match(order.price, price.source, is_maker=True)


def _reaches(order: Order, price: MarketPrice) -> bool:
    if order.price is None:
        return False
    return price.ask <= order.price if order.side is Side.BUY else price.bid >= order.price


def _slipped(order: Order, instrument: Instrument, slippage: Decimal) -> Decimal:
    """Against the order, to the next tick; exactly the price where there is no slippage."""
    if not slippage:
        return order.reference_price
    if order.side is Side.BUY:
        return ceil_to(order.reference_price * (1 + slippage), instrument.tick)
    return max(instrument.tick, floor_to(order.reference_price * (1 - slippage), instrument.tick))
