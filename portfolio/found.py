"""Orders that rest at a venue and that the book does not know as live."""

from dataclasses import dataclass, field

from portfolio.booking import order_event, reduce_symbol
from portfolio.comparing import TWICE, Look
from portfolio.foreign import facts_of, is_expected, tell_of
from portfolio.model.decimals import ZERO
from portfolio.model.difference import Difference, DifferenceKind
from portfolio.model.effect import CancelAtVenue
from portfolio.model.event import EventKind
from portfolio.model.identifiers import UNASSIGNED, AccountId, ClientOrderId, StrategyId, has_our_form
from portfolio.model.order import Order, OrderStatus, PriceSource
from portfolio.model.position import Key
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope
from portfolio.model.venue import ForeignOrders, VenueOrder
from portfolio.sizing import reservation_price
from portfolio.turn import Turn

ENDED_ORDER = "ENDED_ORDER"


@dataclass(slots=True)
class Found:
    foreign: list[VenueOrder] = field(default_factory=list)
    adopted: list[ClientOrderId] = field(default_factory=list)
    ended: list[ClientOrderId] = field(default_factory=list)


def take_in(look: Look) -> Found:
    """Each order is known from now on for what it is: ours and ended, ours and lost, or somebody else's."""
    turn, account, found = look.turn, look.account, Found()
    earlier = {known.order.client_order_id: known.order for known in turn.news.orders}
    for order in look.command.orders:
        known = turn.book.orders.get(order.known_as) or earlier.get(order.known_as)
        if known is not None:
            if not known.is_live and _end(look, order, known):
                found.ended.append(order.known_as)
        elif (strategy := _adopter(turn, account, order)) is not None:
            found.adopted.append(_adopt(turn, Key(account, strategy, order.symbol), order))
        elif not is_expected(turn, account, order) and _policy(turn, account) is not ForeignOrders.IGNORE:
            tell_of(turn, account, order.known_as, order.symbol, status=order.status, **facts_of(order))
            found.foreign.append(order)
    return found


def _end(look: Look, there: VenueOrder, order: Order) -> bool:
    """An order that has ended never opens again: one that rests all the same, in two looks, is cancelled."""
    seen = Difference(
        kind=DifferenceKind.ORDER, name=there.known_as, venue=there.quantity - there.filled, book=ZERO
    ).after(look.known(DifferenceKind.ORDER, there.known_as))
    look.differences.append(seen)
    if seen.seen < TWICE:
        return False
    turn = look.turn
    if seen.seen == TWICE:
        facts = {**facts_of(there), "ended": order.status.value}
        turn.book.record(order_event(EventKind.ENDED_ORDER_FOUND, order, turn.now, **facts))
        reduce_symbol(turn.book, Scope(order.account, symbol=order.symbol), ENDED_ORDER, turn.now)
    venue_order_id = there.venue_order_id or order.venue_order_id
    turn.effects.append(CancelAtVenue(order.but(cancel_requested=True, venue_order_id=venue_order_id)))
    return True


def _policy(turn: Turn, account: AccountId) -> ForeignOrders:
    return turn.book.setup.accounts[account].foreign_orders


def _adopter(turn: Turn, account: AccountId, order: VenueOrder) -> StrategyId | None:
    """Whose the order becomes: with an id in our form the strategy's that trades the symbol, if there is but one.

    Nobody's is what a venue made by itself: it closes the position whoever holds it, and goes with it.
    """
    terms = turn.book.setup.accounts[account].instruments
    if order.symbol not in terms or order.filled >= order.quantity or order.protects:
        return None
    if order.client_order_id is not None and has_our_form(order.client_order_id):
        return turn.book.setup.only_trader(account, order.symbol)
    return UNASSIGNED if _policy(turn, account) is ForeignOrders.ADOPT else None


def _adopt(turn: Turn, key: Key, there: VenueOrder) -> ClientOrderId:
    """The order is in the books with what remains of it: what it traded before is booked without it, or was before."""
    instrument = turn.book.setup.instrument(key)
    price = turn.book.mark_price(key.account, key.symbol) or there.price or there.stop_price or ZERO
    reference = Reference.single(price, PriceSource.VENUE, None)
    reserved = reservation_price(there, there.price, reference, turn.limits.allowance(key), instrument)
    order = Order(
        client_order_id=there.known_as,
        origin=there.known_as,
        signal_id=None,
        account=key.account,
        strategy=key.strategy,
        symbol=key.symbol,
        side=there.side,
        order_type=there.order_type,
        quantity=there.quantity - there.filled,
        price=there.price,
        reduce_only=there.reduce_only,
        is_exit=there.reduce_only and turn.book.setup.enforces_reduce_only(key),
        time_in_force=there.time_in_force,
        status=OrderStatus.OPEN,
        reference_price=price,
        reference_source=PriceSource.VENUE,
        reservation_price=reserved if price else ZERO,
        created_at=turn.now,
        updated_at=turn.now,
        send_by=turn.now,
        venue_order_id=there.venue_order_id,
        sent_at=turn.now,
        stop_price=there.stop_price,
    )
    turn.book.put_order(order, "found at the venue")
    turn.book.record(order_event(EventKind.ORDER_ADOPTED, order, turn.now, **facts_of(there)))
    return order.client_order_id
