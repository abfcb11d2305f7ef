"""What the book keeps of accounts and scopes: readiness, trading states and the baselines of losses."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portfolio.model.identifiers import AccountId


class Wallet(NamedTuple):
    """Where an account keeps one currency."""

    account: AccountId
    currency: str


class Readiness(StrEnum):
    """Whether an account's book has been compared with its venue since the process began."""

    STARTING = "STARTING"
    RECONCILED = "RECONCILED"
    FAILED = "FAILED"


class TradingStatus(StrEnum):
    """ACTIVE trades; REDUCING takes reductions and cancels; HALTED also cancels what would add risk."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


SEVERITY = {TradingStatus.ACTIVE: 0, TradingStatus.REDUCING: 1, TradingStatus.HALTED: 2}


@dataclass(frozen=True, slots=True)
class TradingState:
    """`cause` is `operator` or the code of what tripped it; `paused` marks a strategy whose own code failed."""

    status: TradingStatus
    cause: str
    since: datetime
    paused: bool = False


OPERATOR = "operator"


class ReconciliationResult(StrEnum):
    """SETTLED: the books agree; UNSETTLED: something differs and is looked at again; FAILED: the venue did not tell."""

    SETTLED = "SETTLED"
    UNSETTLED = "UNSETTLED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The last comparison of an account with its venue. `history_until` is up to when the venue's history is booked,
    `begun_at` where it begins: what was before is in what the account began with. Both are None for an account that was
    never compared with a venue's own books."""

    time: datetime
    result: ReconciliationResult
    history_until: datetime | None = None
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a scope's equity is measured against: where the UTC day began and the highest it has been."""

    day: date
    day_start: Decimal
    peak: Decimal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A scope's equity at a moment."""

    time: datetime
    equity: Decimal
