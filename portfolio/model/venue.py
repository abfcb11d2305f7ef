"""What a venue says of an account by itself: its orders, positions and balances, and what is wrong with the venue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import OrderStatus, OrderType, TimeInForce
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """An order as its venue describes it. `client_order_id` is None for one that was placed without.

    `protects` is true for one that the venue made by itself, to close the position whoever holds it.
    """

    client_order_id: ClientOrderId | None
    venue_order_id: str
    symbol: Symbol
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    reduce_only: bool
    time_in_force: TimeInForce
    status: OrderStatus
    filled: Decimal = ZERO
    protects: bool = False

    @property
    def known_as(self) -> ClientOrderId:
        """What the desk calls it: by its client order id, else by the venue's own."""
        return self.client_order_id or self.venue_order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePosition:
    """`quantity` is signed and never zero; `entry_price` None where the venue does not tell."""

    symbol: Symbol
    quantity: Decimal
    entry_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the account owns of a currency, unrealised profit not counted. Of it `in_orders` is locked by spot orders,
    `in_margin` by contracts, as far as the venue tells."""

    currency: str
    amount: Decimal
    in_orders: Decimal = ZERO
    in_margin: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """An account at one moment: every order that rests, and, where the venue keeps books of its own, all that is held.

    `positions` are of contracts. Both are None for a venue whose books are the desk's: paper.
    """

    orders: tuple[VenueOrder, ...]
    positions: tuple[VenuePosition, ...] | None = None
    balances: tuple[Balance, ...] | None = None


class Condition(StrEnum):
    """How a venue, or one symbol of it, can be traded. WORKING ends every other."""

    WORKING = "WORKING"
    STREAM_DOWN = "STREAM_DOWN"
    UNREACHABLE = "UNREACHABLE"
    MAINTENANCE = "MAINTENANCE"
    RATE_LIMITED = "RATE_LIMITED"
    CLOCK_SKEWED = "CLOCK_SKEWED"
    KEY_REFUSED = "KEY_REFUSED"
    DELISTED = "DELISTED"
    CLOSED = "CLOSED"
    PRICES_STALE = "PRICES_STALE"

    @property
    def forbids_risk(self) -> bool:
        """True while nothing that adds risk may be sent. Without a stream the desk polls, and still knows all; without
        current prices the age of each says what may be."""
        return self not in (Condition.WORKING, Condition.STREAM_DOWN, Condition.PRICES_STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueCondition:
    """The condition from now on: of the whole account, or of one symbol. `detail` is the venue's own word for it."""

    condition: Condition
    detail: str = ""
    symbol: Symbol | None = None


class ForeignOrders(StrEnum):
    """What becomes of orders at the venue that are not the desk's: REPORT tells of each once, IGNORE of none; ADOPT
    takes them into the books, as nobody's."""

    REPORT = "report"
    IGNORE = "ignore"
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True)
class Standing:
    """A venue's condition, or a symbol's, and since when."""

    condition: Condition
    detail: str
    since: datetime | None


WORKING = Standing(Condition.WORKING, "", None)
