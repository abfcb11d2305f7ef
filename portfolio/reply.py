"""What a caller is told once its command is on disk."""

from dataclasses import dataclass
from typing import TypeAlias

from portfolio.model.account import TradingStatus
from portfolio.model.decision import Decision
from portfolio.model.difference import Difference
from portfolio.model.identifiers import ClientOrderId, SignalId
from portfolio.model.order import Order
from portfolio.model.venue import VenueOrder, VenuePosition


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a comparison with a venue found. Until it is `settled` the venue is to be asked again soon.

    `differences` wait for a second look, `adjusted` have been booked. Of the orders that rest there, `foreign` are not
    the desk's, `adopted` have joined its books, `ended` had ended in them and are being cancelled. `unknown` are
    positions in symbols without terms. `not_compared` are the symbols and currencies of which something is on its way.
    """

    settled: bool
    differences: tuple[Difference, ...] = ()
    adjusted: tuple[Difference, ...] = ()
    foreign: tuple[VenueOrder, ...] = ()
    adopted: tuple[ClientOrderId, ...] = ()
    ended: tuple[ClientOrderId, ...] = ()
    unknown: tuple[VenuePosition, ...] = ()
    not_compared: tuple[str, ...] = ()


Reply: TypeAlias = Decision | SignalConflict | StateChanged | Reconciled | Order | None
