"""The shape of every answer: held by the type checker where it is made, shown to callers as the OpenAPI description."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeVar

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12

from app.shapes import Exact
from portfolio.model.account import Readiness, ReconciliationResult, TradingStatus
from portfolio.model.decision import Outcome
from portfolio.model.difference import DifferenceKind
from portfolio.model.event import EventKind
from portfolio.model.gap import GapKind
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.signal import Action
from portfolio.model.venue import Condition

T = TypeVar("T")
Figure = Annotated[Decimal | str | None, WithJsonSchema({"type": ["string", "null"], "examples": ["2000"]})]
Object = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]


class Page(TypedDict, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: Annotated[str | None, Field(description="Pass it as `before` for what follows; null at the end.")]


# --- signals -------------------------------------------------------------------------------------------------------


class ReasonItem(TypedDict):
    code: Annotated[str, Field(examples=["MAX_ORDER_NOTIONAL"])]
    message: str
    limit: Figure
    value: Figure
    scope: str | None


class DecidedOrderItem(TypedDict):
    """An order as it was decided; its later life is in the orders."""

    client_order_id: str
    account: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Exact
    price: Exact | None
    status: OrderStatus
    stop_price: NotRequired[Exact | None]


class GapItem(TypedDict):
    """An alert expects another position than there is: one was missed."""

    expected: Annotated[str, Field(examples=["long 0.01"])]
    actual: Annotated[str, Field(examples=["flat"])]
    kind: GapKind


class DecisionAnswer(TypedDict):
    signal_id: str
    status: Outcome
    family: Annotated[str, Field(examples=["canonical", "plain"])]
    orders: list[DecidedOrderItem]
    reasons: list[ReasonItem]
    canceled: Annotated[list[str], Field(description="Orders asked to end.")]
    duplicate: Annotated[bool, Field(description="True where this is the answer to the same alert before.")]
    gap: GapItem | None


class SignalItem(TypedDict):
    signal_id: str
    id: Annotated[str | None, Field(description="The alert's own.")]
    account: str
    strategy: str
    symbol: str
    action: Action
    family: str
    status: Outcome
    received_at: datetime
    decided_at: datetime
    orders: list[DecidedOrderItem]
    reasons: list[ReasonItem]
    canceled: list[str]
    gap: GapItem | None


class CheckItem(TypedDict):
    code: str
    scope: str
    passed: bool
    limit: Figure
    value: Figure


class ChecksItem(TypedDict):
    client_order_id: Annotated[str | None, Field(description="Null for those of the alert as a whole.")]
    checks: list[CheckItem]


class StepItem(TypedDict):
    time: datetime
    what: str
    ms: Annotated[Exact, Field(description="Since the step before.")]


# --- orders --------------------------------------------------------------------------------------------------------


class AttachedItem(TypedDict):
    stop_loss: Exact | None
    take_profit: Exact | None


class OrderItem(TypedDict):
    client_order_id: str
    signal_id: str | None
    account: str
    strategy: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Exact
    price: Exact | None
    stop_price: Exact | None
    status: OrderStatus
    filled: Exact
    average_price: Exact | None
    reduce_only: bool
    post_only: bool
    time_in_force: TimeInForce
    expires_at: datetime | None
    triggered: bool
    after: Annotated[str | None, Field(description="The order that this one waits for.")]
    attached: Annotated[AttachedItem | None, Field(description="The protection that it took along to its venue.")]
    reference_price: Exact
    reference_source: PriceSource
    venue_order_id: str | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    reasons: list[ReasonItem]


class TransitionItem(TypedDict):
    client_order_id: str
    previous: OrderStatus | None
    status: OrderStatus
    time: datetime
    reason: str


class FillItem(TypedDict):
    account: str
    trade_id: str
    client_order_id: Annotated[str | None, Field(description="Null for what the venue did by itself.")]
    strategy: str
    symbol: str
    side: Side
    quantity: Exact
    price: Exact
    fee: Annotated[Exact, Field(description="Negative for a rebate.")]
    fee_currency: str
    source: PriceSource
    time: datetime


class EventItem(TypedDict):
    id: int
    time: datetime
    kind: EventKind
    origin: Annotated[str | None, Field(description="The signal or command it belongs to.")]
    client_order_id: str | None
    account: str | None
    strategy: str | None
    symbol: str | None
    detail: Object


class OrderStory(OrderItem):
    transitions: list[TransitionItem]
    fills: list[FillItem]


class SignalTrail(TypedDict):
    """Everything that came of one signal."""

    signal_id: str
    id: str | None
    account: str
    strategy: str
    symbol: str
    action: Action
    family: str
    status: Outcome
    received_at: datetime
    decided_at: datetime
    orders: list[OrderItem]
    reasons: list[ReasonItem]
    canceled: list[str]
    gap: GapItem | None
    body: Annotated[Object, Field(description="The alert without its secret.")]
    checks: list[ChecksItem]
    transitions: list[TransitionItem]
    fills: list[FillItem]
    events: list[EventItem]
    timeline: list[StepItem]


# --- what is true now ----------------------------------------------------------------------------------------------


class Figures(TypedDict):
    equity: Exact
    unrealised: Exact
    day_start: Exact
    day_change: Exact
    peak: Exact
    gross_exposure: Exact
    net_exposure: Exact


class DifferenceItem(TypedDict):
    kind: DifferenceKind
    name: Annotated[str, Field(description="A symbol, a currency or a client order id.")]
    venue: Annotated[Exact, Field(description="What the venue has of it.")]
    book: Annotated[Exact, Field(description="What the desk's books have of it.")]
    amount: Annotated[Exact, Field(description="What the desk's books lack.")]
    price: Annotated[Exact | None, Field(description="What a position is adjusted at.")]


class VenueItem(TypedDict):
    """How the account's venue, or one symbol of it, can be traded."""

    condition: Condition
    detail: Annotated[str, Field(description="The venue's own word for it.")]
    since: Annotated[datetime | None, Field(description="Null while it has been so since the desk began.")]
    symbol: Annotated[str | None, Field(description="Null for the whole account.")]


class ReconciledItem(TypedDict):
    """The last comparison with the venue."""

    time: datetime
    result: ReconciliationResult
    differences: Annotated[list[DifferenceItem], Field(description="What is to be looked at again.")]


class PricesItem(TypedDict):
    """Where the account's prices come from, and how fresh they are."""

    source: Annotated[str, Field(description="A venue, or `alerts`: what they bring and what is posted.")]
    detail: Annotated[str, Field(description="Why a feed tells nothing; empty while it does.")]
    watched: Annotated[int, Field(description="Symbols that are kept fresh.")]
    priced: Annotated[int, Field(description="Those of them that have a price.")]
    oldest_s: Annotated[Exact | None, Field(description="Seconds since the oldest of these prices was true.")]
    oldest: Annotated[str | None, Field(description="The symbol that it is of.")]


class AccountItem(Figures):
    account: str
    venue: Annotated[str, Field(examples=["paper", "bybit"])]
    environment: Annotated[str | None, Field(description="`testnet` or `live`; null on paper.")]
    condition: Condition
    conditions: Annotated[list[VenueItem], Field(description="Of the account, then of symbols that differ from it.")]
    state: TradingStatus
    reconciliation: Readiness
    reconciled: Annotated[ReconciledItem | None, Field(description="Null before the first.")]
    currency: str
    balance: Annotated[Exact, Field(description="The wallets in the portfolio's currency.")]
    balances: Annotated[dict[str, Exact], Field(description="Each wallet in its own currency.")]
    unpriced: Annotated[list[str], Field(description="Currencies that no price is known for.")]
    prices: PricesItem


class StrategyItem(TypedDict):
    strategy: str
    kind: str
    account: str
    symbols: list[str]
    state: TradingStatus
    paused: bool
    shared: Annotated[bool, Field(description="Whether others trade its symbols on the account too.")]
    profit: Exact
    gross_exposure: Exact


class StateItem(TypedDict):
    scope: str
    state: TradingStatus
    cause: str
    since: datetime


class StatusAnswer(Figures):
    state: TradingStatus
    ready: bool
    currency: str
    accounts: list[AccountItem]
    strategies: list[StrategyItem]
    states: Annotated[list[StateItem], Field(description="Scopes that are not ACTIVE, or paused.")]
    live_orders: int
    positions: int


class PositionItem(TypedDict):
    account: str
    strategy: Annotated[str | None, Field(description="Null for what the account holds of the symbol.")]
    symbol: str
    quantity: Annotated[Exact, Field(description="Signed.")]
    entry_price: Exact | None
    liquidation_price: Annotated[Exact | None, Field(description="Where the position would be closed by force.")]
    mark: Exact
    mark_source: PriceSource | None
    mark_time: datetime | None
    currency: Annotated[str, Field(description="What the figures below are in.")]
    notional: Exact
    unrealised: Exact
    realised: Exact
    fees: Exact
    funding: Exact


class UseItem(TypedDict):
    """What the limit would see now, with every live order counted, and the most it admits."""

    value: Annotated[Exact | None, Field(description="Null where it cannot be told.")]
    most: Exact
    share: Exact | None
    symbol: Annotated[str | None, Field(description="The one that the figure is of.")]
    exceeded: bool


class LimitItem(TypedDict):
    code: str
    scope: str
    account: str | None
    strategy: str | None
    symbol: str | None
    limit: Annotated[str, Field(examples=["2000", "25%"])]
    use: Annotated[UseItem | None, Field(description="Null for a limit that only looks at orders.")]
    state: TradingStatus
    tripped: bool


# --- what was done -------------------------------------------------------------------------------------------------


class StillItem(TypedDict):
    scope: str
    state: TradingStatus


class StateAnswer(TypedDict):
    state: TradingStatus
    still: Annotated[list[StillItem], Field(description="What within the scope is still not ACTIVE.")]


class CancelAnswer(TypedDict):
    client_order_id: str
    status: OrderStatus


class QuoteAnswer(TypedDict):
    symbol: str
    accounts: list[str]


class HealthAnswer(TypedDict):
    status: Literal["ok"]


class ReadyAnswer(TypedDict):
    ready: bool


class WouldAnswer(TypedDict):
    status: int
    body: Annotated[Object, Field(description="What the webhook would answer: a decision or a problem.")]


class PreviewExposure(TypedDict):
    gross: Exact
    net: Exact
    orders: int


class PreviewExposures(TypedDict):
    scope: str
    before: PreviewExposure
    after: PreviewExposure


class PreviewPosition(TypedDict):
    symbol: str
    now: Exact
    if_filled: Exact


class PreviewCheck(CheckItem):
    message: str


class PreviewAnswer(TypedDict):
    """Each step, null where the alert does not get so far."""

    would_answer: WouldAnswer
    reading: Object | None
    repeat: Object | None
    checks: list[PreviewCheck] | None
    reference: Object | None
    wishes: Object | None
    orders: list[Object] | None
    position: PreviewPosition | None
    exposure: list[PreviewExposures] | None
    events: list[Object] | None


# --- what went wrong -----------------------------------------------------------------------------------------------


class FieldProblem(TypedDict):
    field: str
    value: Annotated[str | None, Field(description="Cut at 64 characters; no secret's.")]
    message: str


class ProblemAnswer(TypedDict):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="Stable.", examples=["INVALID_FIELD"])]
    errors: list[FieldProblem]
