"""The canonical alert: its fields and what each of them says."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.intake.fields import Unreadable, boolean, choice, comment, identifier, moment, number, positive, word
from app.intake.protection import read_level, take_profits
from app.intake.reading import Entries, Reading
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.protection import Level, TakeProfit
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
        "stop_loss",
        "take_profit",
        "take_profits",
        "reduce_only",
        "post_only",
        "time_in_force",
        "expires_at",
        "market_position",
        "position_size",
        "prev_market_position",
        "prev_position_size",
        "time",
        "comment",
    }
)
_LATER_ORDER_TYPES = frozenset({"trailing_stop", "take_profit_limit"})
_REDUCING = frozenset({Action.CLOSE, Action.FLAT})
_RELATIVE = frozenset({SizeType.PERCENT_OF_EQUITY, SizeType.PERCENT_OF_POSITION, SizeType.RISK_PERCENT})

_action = choice({action.value: action for action in Action} | {"exit": Action.CLOSE})
_size_type = choice({kind.value: kind for kind in SizeType})
_supported_order_type = choice(
    {kind.value: kind for kind in OrderType}
    | {"stop_market": OrderType.STOP, "take_profit_market": OrderType.TAKE_PROFIT}
)
_time_in_force = choice({force.value.lower(): force for force in TimeInForce})
_market_position = choice({position.value: position for position in MarketPosition})


@dataclass(slots=True, kw_only=True)
class Terms:
    """What an alert says, symbol and strategy aside. `action` is None only where a fault was found."""

    alert_id: str | None
    action: Action | None
    size: Size | None
    order_type: OrderType
    price: Decimal | None
    stop_price: Decimal | None
    stop_loss: Level | None
    take_profit: Level | None
    take_profits: tuple[TakeProfit, ...]
    reduce_only: bool
    post_only: bool
    time_in_force: TimeInForce
    expires_at: datetime | None
    market_position: MarketPosition | None
    position_size: Decimal | None
    prev_market_position: MarketPosition | None
    prev_position_size: Decimal | None
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
    prev_market_position = reading.optional("prev_market_position", _market_position)
    return Terms(
        alert_id=reading.optional("id", identifier),
        action=action,
        size=_read_size(reading, action),
        order_type=reading.optional("order_type", _order_type) or OrderType.MARKET,
        price=reading.optional("price", positive),
        stop_price=reading.optional("stop_price", positive),
        stop_loss=read_level(reading, "stop_loss"),
        take_profit=read_level(reading, "take_profit"),
        take_profits=reading.optional("take_profits", take_profits) or (),
        reduce_only=reading.optional("reduce_only", boolean) or False,
        post_only=reading.optional("post_only", boolean) or False,
        time_in_force=reading.optional("time_in_force", _time_in_force) or TimeInForce.GTC,
        expires_at=reading.optional("expires_at", moment),
        market_position=market_position,
        position_size=_read_position_size(reading, "position_size", market_position),
        prev_market_position=prev_market_position,
        prev_position_size=_read_prev_position_size(reading, prev_market_position),
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


def _order_type(value: Any) -> OrderType:
    if word(value) in _LATER_ORDER_TYPES:
        raise Unreadable(f"is not supported yet; {', '.join(OrderType)} are", "NOT_SUPPORTED")
    return _supported_order_type(value)


def _read_prev_position_size(reading: Reading, position: MarketPosition | None) -> Decimal | None:
    """The signed size before the alert; TradingView's own name for it is never signed, and says nothing alone."""
    size = _read_position_size(reading, "prev_position_size", position)
    is_unsigned = reading.spelled("prev_position_size") == "prev_market_position_size"
    return None if is_unsigned and position is None else size


def _read_position_size(reading: Reading, field: str, position: MarketPosition | None) -> Decimal | None:
    """The signed size of a position that there shall be, or was; one without a sign takes that of `position`."""
    size = reading.optional(field, number)
    if size is None or position is None:
        return size
    if position is MarketPosition.SHORT:
        size = size.copy_abs().copy_negate()
    agrees = {MarketPosition.LONG: size > 0, MarketPosition.SHORT: size < 0, MarketPosition.FLAT: size == 0}
    if not agrees[position]:
        beside = field.replace("position_size", "market_position")
        reading.wrong(field, f"disagrees with {beside} {position}")
    return size
