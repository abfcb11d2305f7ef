"""The shape of what comparing the books with those of venues has found."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

from app.shapes import Exact
from app.web.answers import DifferenceItem
from portfolio.model.account import Readiness
from portfolio.model.order import OrderStatus, OrderType
from portfolio.model.side import Side


class ForeignOrderItem(TypedDict):
    client_order_id: str | None
    venue_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Exact
    filled: Exact
    price: Exact | None
    stop_price: Exact | None
    status: OrderStatus


class StrangePositionItem(TypedDict):
    symbol: str
    quantity: Annotated[Exact, Field(description="Signed.")]


class ReconciliationItem(TypedDict):
    account: str
    venue: str
    environment: str | None
    settled: Annotated[bool, Field(description="Whether the books agree with the venue's now.")]
    reason: Annotated[str | None, Field(description="Why they do not, where that is known.")]
    reconciliation: Readiness
    time: Annotated[datetime | None, Field(description="Of the last comparison.")]
    adjusted: Annotated[list[DifferenceItem], Field(description="What has been booked because the venue has it so.")]
    differences: Annotated[list[DifferenceItem], Field(description="What waits for a second look.")]
    foreign: Annotated[list[ForeignOrderItem], Field(description="Orders there that are not the desk's.")]
    adopted: Annotated[list[str], Field(description="Orders that have joined the books.")]
    ended: Annotated[list[str], Field(description="Orders that rest there and had ended here; they are cancelled.")]
    unknown: Annotated[list[StrangePositionItem], Field(description="Positions in symbols without terms.")]
    not_compared: Annotated[list[str], Field(description="Symbols and currencies with something on its way.")]


class ReconcileAnswer(TypedDict):
    accounts: list[ReconciliationItem]
