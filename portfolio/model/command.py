"""Every change of state is one of these commands, decided one after the other by the one writer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.decision import Decision
from portfolio.model.fill import Funding, OrderReport, OutsideTrade
from portfolio.model.identifiers import AccountId, ClientOrderId, SignalId
from portfolio.model.notice import Notice
from portfolio.model.order import Order
from portfolio.model.quote import Quote
from portfolio.model.scope import Scope
from portfolio.model.signal import Signal
from portfolio.model.venue import Balance, VenueCondition, VenueOrder, VenuePosition
from portfolio.model.worth import AssetWorth


@dataclass(frozen=True, slots=True)
class ReceiveSignal:
    """An alert arrived. `received_at` is when its request did."""

    signal_id: SignalId
    signal: Signal
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A venue, or the sender on its behalf, said something of an order."""

    account: AccountId
    report: OrderReport


@dataclass(frozen=True, slots=True)
class ReportOutsideTrade:
    """A venue traded on the account without an order of ours: a liquidation, or somebody else's order."""

    account: AccountId
    trade: OutsideTrade


@dataclass(frozen=True, slots=True)
class ReportFunding:
    """A venue paid or took funding for a position."""

    account: AccountId
    funding: Funding


@dataclass(frozen=True, slots=True)
class ReportCondition:
    """A venue, or a symbol of it, can be traded as the condition says from now on."""

    account: AccountId
    condition: VenueCondition


@dataclass(frozen=True, slots=True)
class ReportUnresolved:
    """An order's outcome is still unknown after `seconds`: its venue was asked again and again."""

    account: AccountId
    client_order_id: ClientOrderId
    seconds: int


@dataclass(frozen=True, slots=True)
class ReportDetached:
    """A venue has taken away what it closed a position by itself with, or never had it."""

    account: AccountId
    entry: ClientOrderId


@dataclass(frozen=True, slots=True)
class NotePrices:
    """The markets are worth telling of: a screen has matched, venues disagree."""

    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class TakeWalletSnapshot:
    """Write down what the accounts are worth in `currency`, as valued by public prices; `rates` are what one of that is
    worth in other currencies."""

    currency: str
    assets: tuple[AssetWorth, ...]
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Mark:
    """Value every holding at the envelope's quotes; turn the day, watch losses, take a snapshot when one is due."""


@dataclass(frozen=True, slots=True)
class Halt:
    scope: Scope
    cause: str = "operator"


@dataclass(frozen=True, slots=True)
class Resume:
    scope: Scope


@dataclass(frozen=True, slots=True)
class Flatten:
    """Halt, cancel every order and close every position of the scope; `command_id` is what its orders stem from."""

    command_id: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class CancelOrder:
    client_order_id: ClientOrderId


@dataclass(frozen=True, slots=True)
class FinishReconciliation:
    """The venue was asked about every live order: `reports` are of those it has, `absent` are provably not there.

    `orders` are those resting there that the desk did not know as live when it asked; `positions` and `balances` all
    that the venue says is held, None where it keeps no books of its own. `asked_at` is when the desk began to ask: what
    has happened since cannot be compared, and the account's history has been read until then.
    """

    account: AccountId
    reports: tuple[OrderReport, ...] = ()
    absent: tuple[ClientOrderId, ...] = ()
    orders: tuple[VenueOrder, ...] = ()
    positions: tuple[VenuePosition, ...] | None = None
    balances: tuple[Balance, ...] | None = None
    asked_at: datetime | None = None

    @property
    def tells_holdings(self) -> bool:
        """True where the venue keeps books of its own, which those of the desk are to agree with."""
        return self.positions is not None or self.balances is not None


@dataclass(frozen=True, slots=True)
class FailReconciliation:
    account: AccountId
    error: str


Command: TypeAlias = (
    ReceiveSignal
    | ReportOrder
    | ReportOutsideTrade
    | ReportFunding
    | ReportCondition
    | ReportUnresolved
    | ReportDetached
    | NotePrices
    | TakeWalletSnapshot
    | Mark
    | Halt
    | Resume
    | Flatten
    | CancelOrder
    | FinishReconciliation
    | FailReconciliation
)
COMMANDS: dict[str, type[Command]] = {
    kind.__name__: kind
    for kind in (
        ReceiveSignal,
        ReportOrder,
        ReportOutsideTrade,
        ReportFunding,
        ReportCondition,
        ReportUnresolved,
        ReportDetached,
        NotePrices,
        TakeWalletSnapshot,
        Mark,
        Halt,
        Resume,
        Flatten,
        CancelOrder,
        FinishReconciliation,
        FailReconciliation,
    )
}


@dataclass(frozen=True, slots=True)
class EarlierSignal:
    """What was decided before for the same id, or for the same content within the window."""

    content_hash: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class EarlierOrder:
    """An order that has ended and left the book, with the executions already booked for it."""

    order: Order
    trade_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EarlierNews:
    """What the store knows of what a venue tells: orders that have ended and left the book, executions that are booked,
    foreign orders that were told of, and the times of payments that are booked."""

    orders: tuple[EarlierOrder, ...] = ()
    trade_ids: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    fundings: tuple[datetime, ...] = ()


NO_NEWS = EarlierNews()
Earlier: TypeAlias = EarlierSignal | EarlierOrder | EarlierNews


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command with everything its decision depends on, stored as it is, for replay."""

    seq: int
    command: Command
    now: datetime
    quotes: tuple[Quote, ...] = ()
    earlier: Earlier | None = None
