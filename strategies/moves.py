"""The few moves every strategy is made of: from what is held, and on its way, to what is wanted."""

from dataclasses import replace
from decimal import Decimal

from portfolio import gaps
from portfolio.model.check import Reason
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.order import OrderType
from portfolio.model.protection import Protection
from portfolio.model.side import Side
from portfolio.model.signal import BY_RISK, Action, Signal, Size
from portfolio.ports import View
from portfolio.protecting import parts

NOTHING_TO_CLOSE = "NOTHING_TO_CLOSE"
NOTHING_TO_CANCEL = "NOTHING_TO_CANCEL"
SUPERSEDED = gaps.SUPERSEDED
ALREADY_THERE = "ALREADY_THERE"
NO_SIZE = "NO_SIZE"
NOT_SUPPORTED = "NOT_SUPPORTED"
NO_STOP = "NO_STOP"
NO_REFERENCE_PRICE = "NO_REFERENCE_PRICE"


def ignored(code: str, message: str) -> Wishes:
    return Wishes(ignored=Reason(code, message))


def denied(code: str, message: str) -> Wishes:
    return Wishes(denied=Reason(code, message))


def expected_position(view: View) -> Decimal:
    """The signed position once every order on its way is filled."""
    return view.position + view.in_flight


def last_moving(view: View) -> ClientOrderId | None:
    """The order that must have ended before the expected position is the real one."""
    moving = view.moving_orders
    return moving[-1].client_order_id if moving else None


def _is_dust(quantity: Decimal, view: View) -> bool:
    """True for nothing, and for coins that fees left over, less than a lot; of a contract all can be closed."""
    return not (view.instrument.rounded_quantity(abs(quantity)) if view.instrument.is_spot else quantity)


def protect(held: Decimal, protection: Protection | None, view: View) -> tuple[OrderIntent, ...]:
    """Orders that protect the signed position, as it is held now; a distance counts from the price of the moment."""
    if protection is None or not held or (view.price is None and protection.is_relative):
        return ()
    side, price = Side.towards(-held), view.price or Decimal(0)
    return tuple(part.intent(side, price) for part in parts(protection, abs(held), view.instrument))


def reduction(view: View, quantity: Decimal) -> OrderIntent:
    """A reduce-only market order against the expected position, after what is on its way and instead of what rests."""
    return OrderIntent(
        side=Side.towards(-expected_position(view)),
        size=Size(quantity),
        reduce_only=True,
        after=last_moving(view),
        replaces_exits=True,
    )


def entry(signal: Signal, side: Side, size: Size, *, after_previous: bool = False) -> OrderIntent:
    """An order as the alert describes it."""
    return OrderIntent(
        side=side,
        size=size,
        order_type=signal.order_type,
        price=signal.price if signal.order_type.has_limit else None,
        stop_price=signal.stop_price,
        reduce_only=signal.reduce_only,
        post_only=signal.post_only,
        time_in_force=signal.time_in_force,
        expires_at=signal.expires_at,
        after_previous=after_previous,
        protection=signal.protection,
    )


def lacks_stop(signal: Signal, size: Size | None) -> Wishes | None:
    """The refusal of a size by risk where the alert does not say where the stop lies."""
    if size is None or size.kind not in BY_RISK or signal.stop_loss is not None:
        return None
    return denied(NO_STOP, f"a quantity by {size.kind} needs to know where the stop lies: send `stop_loss`")


def close(signal: Signal, view: View) -> Wishes:
    """Reduce by the alert's quantity, else close everything, what is still on its way included."""
    expected = expected_position(view)
    if _is_dust(expected, view):
        return ignored(NOTHING_TO_CLOSE, "there is no position to close")
    asked = view.quantity_of(signal.size) if signal.size else abs(expected)
    if asked is None:
        return denied(NO_REFERENCE_PRICE, "the quantity cannot be computed without a price")
    closing = reduction(view, min(asked, abs(expected)))
    if signal.order_type is OrderType.MARKET:
        return Wishes(orders=(replace(closing, time_in_force=signal.time_in_force),))
    described = entry(signal, closing.side, closing.size)
    return Wishes(orders=(replace(described, reduce_only=True, after=closing.after, protection=None),))


def flat(signal: Signal, view: View) -> Wishes:
    """Cancel the strategy's orders and close everything at the market, whatever fills in between."""
    if signal.order_type is not OrderType.MARKET:
        return denied(NOT_SUPPORTED, f"flat trades at the market; for a {signal.order_type} order send close")
    if _is_dust(view.position, view) and not view.live_orders:
        return ignored(NOTHING_TO_CLOSE, "there is no position and no order")
    return Wishes(flatten=True)


def cancel(view: View) -> Wishes:
    if not view.live_orders:
        return ignored(NOTHING_TO_CANCEL, "no order of the strategy is live on this symbol")
    return Wishes(cancel=True)


def leave(signal: Signal, view: View) -> Wishes | None:
    """What every strategy makes of close, flat and cancel; None for an alert that may want more."""
    match signal.action:
        case Action.CLOSE:
            return close(signal, view)
        case Action.FLAT:
            return flat(signal, view)
        case Action.CANCEL:
            return cancel(view)
    return None


def side_of(signal: Signal) -> Side:
    """The direction of an entry."""
    return Side.BUY if signal.action in (Action.BUY, Action.LONG) else Side.SELL


def open_after_closing(signal: Signal, view: View, side: Side, size: Size) -> Wishes:
    """Trade towards `side`; an opposite position is closed first, and the opening waits until that is filled."""
    expected = expected_position(view)
    if expected * side.signed(Decimal(1)) >= 0:
        return Wishes(orders=(entry(signal, side, size),))
    closing = reduction(view, abs(expected))
    return Wishes(orders=(closing, entry(signal, side, size, after_previous=True)))


def move_to(view: View, wanted: Decimal, protection: Protection | None = None) -> tuple[OrderIntent, ...]:
    """Market orders from the expected position to the signed `wanted`; nothing where it is there already.

    The protection is then of all that is held.
    """
    expected = expected_position(view)
    if _is_dust(wanted - expected, view):
        return ()
    whole = replace(protection, quantity=abs(wanted)) if protection and wanted else None
    if expected * wanted >= 0 and abs(wanted) > abs(expected):
        return (OrderIntent(side=Side.towards(wanted), size=Size(abs(wanted - expected)), protection=whole),)
    kept = wanted if expected * wanted > 0 else Decimal(0)
    closing = reduction(view, abs(expected - kept))
    if kept or not wanted:
        return (replace(closing, protection=whole),)
    opening = OrderIntent(side=Side.towards(wanted), size=Size(abs(wanted)), after_previous=True, protection=whole)
    return (closing, opening)
