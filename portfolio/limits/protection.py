"""A stop lies where a position loses, a take-profit where it gains: one on the wrong side would trade at once."""

from collections.abc import Iterator
from decimal import Decimal

from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.order import OrderType
from portfolio.model.protection import Level, Protection, price_at
from portfolio.model.side import Side

NO_STOP = "NO_STOP"
WRONG_SIDE_STOP = "WRONG_SIDE_STOP"
WRONG_SIDE_TAKE_PROFIT = "WRONG_SIDE_TAKE_PROFIT"


def protection_checks(proposal: Proposal) -> Iterator[Check]:
    """What the order's protection is held against, and the order itself if it protects what is held.

    Of an order that waits for its entry, the entry was asked; one that is tried again may be overtaken by the market,
    and then has to trade.
    """
    order = proposal.order
    if proposal.lacks_stop:
        message = "a quantity by risk needs to know where the stop lies: send `stop_loss`"
        yield Check(NO_STOP, "order", False, None, None, message)
    if proposal.protection is not None and (order.reduce_only or not order.is_exit):
        keeps_long = (order.side is Side.BUY) is not order.reduce_only
        yield from _checks(proposal.protection, "", _entry_price(proposal), keeps_long=keeps_long)
    elif proposal.is_new and order.reduce_only and order.order_type.has_stop and order.after is None:
        is_goal = order.order_type is OrderType.TAKE_PROFIT
        own = Protection(take_profit=order.stop_price) if is_goal else Protection(order.stop_price)
        yield from _checks(own, "stop_price", _market_price(proposal), keeps_long=order.side is Side.SELL)


def _checks(protection: Protection, field: str, price: Decimal | None, *, keeps_long: bool) -> Iterator[Check]:
    """A long's stop lies below the price and its take-profit above, a short's the other way round."""
    if protection.stop_loss is not None:
        yield _check(WRONG_SIDE_STOP, field or "stop_loss", protection.stop_loss, price, below=keeps_long)
    for goal in protection.goals:
        yield _check(WRONG_SIDE_TAKE_PROFIT, field or "take_profit", goal.price, price, below=not keeps_long)


def _check(code: str, field: str, level: Level, price: Decimal | None, *, below: bool) -> Check:
    """Without a price nothing can be said, and nothing is opened either."""
    side = "below" if below else "above"
    if price is None:
        return Check(code, "order", True, None, str(level), "there is no price to hold it against")
    protects_at = price_at(level, price, above=not below)
    if protects_at <= 0:
        return Check(code, "order", False, ZERO, protects_at, f"{field} would lie at or below zero")
    passed = protects_at < price if below else protects_at > price
    message = f"{field} lies {side} the price" if passed else f"{field} has to lie {side} the price, {price}"
    return Check(code, "order", passed, price, protects_at, message)


def _entry_price(proposal: Proposal) -> Decimal | None:
    """Where the order would trade: at its limit or stop, else at the reference."""
    order, reference = proposal.order, proposal.reference
    own = order.price if order.order_type.has_limit else order.stop_price
    return own or (reference.for_side(order.side) if reference else None)


def _market_price(proposal: Proposal) -> Decimal | None:
    """Where the market was last. The price of an alert for a stop may be that stop itself."""
    return proposal.book.mark_price(proposal.order.account, proposal.order.symbol)
