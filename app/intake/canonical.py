"""The canonical alert: its fields and what each of them says."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.intake.fields import Unreadable, boolean, choice, comment, identifier, moment, number, positive, word
from app.intake.reading import Entries, Reading
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.signal import Action, MarketPosition, Size, SizeType

FAMILY = "canonical"
FIELDS = frozenset(
    {
        "id",
        "strategy",
        "symbol",
        "action",
        "quantity",
        "quantity_type",
        "order_type",
        "price",
        "stop_price",
        "reduce_only",
        "time_in_force",
        "market_position",
        "position_size",
        "prev_market_position",
        "time",
        "comment",
    }
)
_LATER_ORDER_TYPES = frozenset({"stop", "stop_limit", "stop_market", "trailing_stop", "take_profit"})
_REDUCING = frozenset({Action.CLOSE, Action.FLAT})
_RELATIVE = frozenset({SizeType.PERCENT_OF_EQUITY, SizeType.PERCENT_OF_POSITION})

_action = choice({action.value: action for action in Action} | {"exit": Action.CLOSE})
_size_type = choice({kind.value: kind for kind in SizeType})
_supported_order_type = choice({kind.value: kind for kind in OrderType})
_market_position = choice({position.value: position for position in MarketPosition})


@dataclass(slots=True, kw_only=True)
class Terms:
    """What an alert says, symbol and strategy aside. `action` is None only where a fault was found."""

    alert_id: str | None
    action: Action | None
    size: Size | None
    order_type: OrderType
    price: Decimal | None
    reduce_only: bool
    time_in_force: TimeInForce
    market_position: MarketPosition | None
    position_size: Decimal | None
    prev_market_position: MarketPosition | None
    time: datetime | None
    comment: str | None

    @property
    def tells_target(self) -> bool:
        """True where the alert says which position there shall be, so that it needs no quantity."""
        return self.position_size is not None or self.market_position is MarketPosition.FLAT


def canonical_entries(body: dict[str, Any]) -> Entries:
    """The body's canonical fields; every other key is left out."""
    return {key: ((key, value),) for key, value in body.items() if key in FIELDS}


def read_terms(reading: Reading) -> Terms:
    """Everything the canonical fields say; what is wrong with them is kept in `reading`."""
    action = reading.required("action", _action)
    market_position = reading.optional("market_position", _market_position)
    price = reading.optional("price", positive)
    return Terms(
        alert_id=reading.optional("id", identifier),
        action=action,
        size=_read_size(reading, action),
        order_type=_read_order_type(reading),
        price=price,
        reduce_only=reading.optional("reduce_only", boolean) or False,
        time_in_force=reading.optional("time_in_force", _time_in_force) or TimeInForce.GTC,
        market_position=market_position,
        position_size=_read_position_size(reading, market_position),
        prev_market_position=reading.optional("prev_market_position", _market_position),
        time=reading.optional("time", moment),
        comment=reading.optional("comment", comment),
    )


class _Quantity(NamedTuple):
    amount: Decimal
    is_percent: bool


def _quantity(value: Any) -> _Quantity:
    if isinstance(value, str) and value.endswith("%"):
        return _Quantity(positive(value[:-1]), is_percent=True)
    return _Quantity(positive(value), is_percent=False)


def _read_size(reading: Reading, action: Action | None) -> Size | None:
    """How much, if the alert says so: a bare percentage is of the position where it is closed, else of equity."""
    quantity = reading.optional("quantity", _quantity)
    kind = reading.optional("quantity_type", _size_type)
    if kind is not None and not reading.has("quantity"):
        reading.wrong("quantity_type", "needs a quantity")
    if quantity is None:
        return None
    if kind is None and not quantity.is_percent:
        return Size(quantity.amount)
    if kind is None:
        kind = SizeType.PERCENT_OF_POSITION if action in _REDUCING else SizeType.PERCENT_OF_EQUITY
    elif quantity.is_percent and kind not in _RELATIVE:
        reading.wrong("quantity", f"is a percentage, but quantity_type is {kind}")
    return Size(quantity.amount, kind)


def _read_order_type(reading: Reading) -> OrderType:
    if reading.has("stop_price"):
        reading.wrong("stop_price", "is not supported yet", "NOT_SUPPORTED")
    order_type = reading.optional("order_type", _order_type) or OrderType.MARKET
    if order_type is OrderType.LIMIT and not reading.has("price"):
        reading.missing("price", "is missing: a limit order needs it", "MISSING_FIELD")
    return order_type


def _order_type(value: Any) -> OrderType:
    if word(value) in _LATER_ORDER_TYPES:
        raise Unreadable("is not supported yet; market and limit are", "NOT_SUPPORTED")
    return _supported_order_type(value)


def _time_in_force(value: Any) -> TimeInForce:
    if word(value) != "gtc":
        raise Unreadable("is not supported yet; GTC is", "NOT_SUPPORTED")
    return TimeInForce.GTC


def _read_position_size(reading: Reading, market_position: MarketPosition | None) -> Decimal | None:
    """The signed size of the position there shall be; one without a sign takes that of `market_position`."""
    size = reading.optional("position_size", number)
    if size is None or market_position is None:
        return size
    if market_position is MarketPosition.SHORT:
        size = size.copy_abs().copy_negate()
    agrees = {MarketPosition.LONG: size > 0, MarketPosition.SHORT: size < 0, MarketPosition.FLAT: size == 0}
    if not agrees[market_position]:
        reading.wrong("position_size", f"disagrees with market_position {market_position}")
    return size
