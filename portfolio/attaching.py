"""What an entry takes along to its venue, so that its position is never bare, and when the desk's legs relieve it."""

from dataclasses import replace
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.model.attachment import Attached, Attachment, AttachmentState
from portfolio.model.decimals import ZERO
from portfolio.model.order import RESTING, Order, OrderType
from portfolio.model.position import Key
from portfolio.protecting import legs_of


def attached_to(book: Book, entry: Order) -> Attached | None:
    """The stop, and the take-profit where there is but one, for all that the entry opens; None where they stay here.

    What a venue attaches closes whole positions: it fits an entry that is alone on its symbol, and finds it flat.
    """
    if not book.setup.attaches(entry.account, entry.symbol):
        return None
    legs = [leg for leg in legs_of(book, entry) if leg.is_waiting and leg.side is not entry.side]
    if not legs or not _is_alone(book, entry):
        return None
    stops = [leg for leg in legs if leg.order_type is OrderType.STOP]
    goals = [leg for leg in legs if leg.order_type is OrderType.TAKE_PROFIT]
    attached = Attached(_price_for_all(entry, stops), _price_for_all(entry, goals))
    return attached if attached.stop_loss is not None or (attached.take_profit is not None and not stops) else None


def _price_for_all(entry: Order, legs: list[Order]) -> Decimal | None:
    """Where a leg closes all that the entry opens, if there is one leg only."""
    guard = legs[0].guard if len(legs) == 1 else None
    is_for_all = guard is not None and (guard.start, guard.end, guard.whole) == (ZERO, entry.quantity, entry.quantity)
    return legs[0].stop_price if is_for_all else None


def _is_alone(book: Book, entry: Order) -> bool:
    """True where nothing is held of the symbol, and nothing else may open any of it."""
    key = key_of(entry)
    if book.position(key).quantity or book.net(entry.account, entry.symbol):
        return False
    live = book.live_orders_of(entry.account, entry.symbol)
    if any(not order.reduce_only and order.client_order_id != entry.client_order_id for order in live):
        return False
    known = book.attachments.get(key)
    return known is None or known.entry == entry.client_order_id or is_gone(book, key, known)


def is_gone(book: Book, key: Key, known: Attachment) -> bool:
    """True once the position is closed: the venue takes away by itself what was attached to it.

    Not where it was asked to: that request could still take away what comes next.
    """
    return known.state is not AttachmentState.LEAVING and not _lives(book, known) and not book.position(key).quantity


def _lives(book: Book, known: Attachment) -> bool:
    entry = book.orders.get(known.entry)
    return entry is not None and entry.is_live


def is_relieved(book: Book, key: Key, known: Attachment) -> bool:
    """True once the entry has ended, and whatever the desk itself has to protect with rests as it should."""
    if _lives(book, known):
        return False
    legs = [leg for leg in bracket_of(book, key, known) if _has_twin(leg, known)]
    return all(leg.status in RESTING and leg.guard and leg.guard.wanted is leg.guard.asked is None for leg in legs)


def _has_twin(leg: Order, known: Attachment) -> bool:
    """True where what is attached does what the leg does."""
    prices = {OrderType.STOP: known.attached.stop_loss, OrderType.TAKE_PROFIT: known.attached.take_profit}
    is_of_entry = leg.guard is not None and leg.guard.entry == known.entry != leg.client_order_id
    return is_of_entry and prices.get(leg.order_type) is not None


def is_covered(book: Book, leg: Order) -> bool:
    """True where the venue holds ready what the leg was for."""
    known = book.attachments.get(key_of(leg))
    stays = known is not None and known.state in (AttachmentState.NEEDED, AttachmentState.KEPT)
    return known is not None and stays and _has_twin(leg, known)


def bracket_of(book: Book, key: Key, known: Attachment) -> list[Order]:
    """The live legs of the entry, which may have ended."""
    live = book.live_orders(key)
    return [o for o in live if o.guard is not None and o.guard.entry == known.entry != o.client_order_id]


def give_up(book: Book, key: Key) -> None:
    """What is attached goes as soon as it can."""
    known = book.attachments.get(key)
    if known is not None and known.state is not AttachmentState.LEAVING:
        book.attachments.put(key, replace(known, state=AttachmentState.UNWANTED))


def give_up_with(book: Book, leg: Order) -> None:
    """The same, for a leg that a person does not want any more."""
    known = book.attachments.get(key_of(leg))
    if known is not None and _has_twin(leg, known):
        give_up(book, key_of(leg))


def keep_for(book: Book, leg: Order) -> None:
    """A leg has ended that was not to: where it is the last of its kind, what the venue has stays in its place."""
    key = key_of(leg)
    known = book.attachments.get(key)
    if known is None or known.state is not AttachmentState.NEEDED or leg.guard is None or leg.cancel_requested:
        return
    has_failed = leg.guard.entry == known.entry != leg.client_order_id and not leg.is_live and leg.remaining > 0
    if has_failed and not any(other.order_type is leg.order_type for other in bracket_of(book, key, known)):
        book.attachments.put(key, replace(known, state=AttachmentState.KEPT))
