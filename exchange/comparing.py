"""Whether the order that a venue shows under an id is the one that was sent under it."""

from portfolio.model.order import Order
from portfolio.model.venue import VenueOrder

AMENDED = frozenset({"quantity", "stop price"})


def difference(order: Order, found: VenueOrder) -> str:
    """In what they differ, each as sent and as found; empty where they do not."""
    sent: dict[str, object] = {"symbol": order.symbol, "side": order.side.value, "quantity": order.quantity}
    there: dict[str, object] = {"symbol": found.symbol, "side": found.side.value, "quantity": found.quantity}
    if order.reduce_only and found.quantity < order.quantity:
        del sent["quantity"]  # a venue cuts such an order to the position
    sent["price"], there["price"] = order.price if order.order_type.has_limit else None, found.price
    if order.guard is not None:
        sent.pop("quantity", None)  # such an order is amended while it rests, and may just have been
    elif order.order_type.has_stop and found.stop_price is not None:
        sent["stop price"], there["stop price"] = order.stop_price, found.stop_price
    if order.guard is not None:  # it follows what it protects: an amendment may have overtaken the question
        sent = {name: value for name, value in sent.items() if name not in AMENDED}
    return ", ".join(f"{name}: sent {sent[name]}, found {there[name]}" for name in sent if sent[name] != there[name])
