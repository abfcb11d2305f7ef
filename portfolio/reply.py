"""What a caller is told once its command is on disk."""

from dataclasses import dataclass
from typing import TypeAlias

from portfolio.model.account import TradingStatus
from portfolio.model.decision import Decision
from portfolio.model.identifiers import SignalId
from portfolio.model.order import Order


@dataclass(frozen=True, slots=True)
class SignalConflict:
    """The alert's id is taken by another content; `signal_id` is the one that has it."""

    signal_id: SignalId
    alert_id: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The state the scope is in now, and what within it is still not ACTIVE, as (scope, state)."""

    status: TradingStatus
    still: tuple[tuple[str, TradingStatus], ...] = ()


Reply: TypeAlias = Decision | SignalConflict | StateChanged | Order | None
