"""What an alert would come to: decided by the real core on a twin of the book, which nobody keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

from portfolio.book import Book
from portfolio.exposure import Exposure, exposure_of
from portfolio.limits.chain import LimitChain
from portfolio.limits.proposal import Proposal
from portfolio.manager import PortfolioManager
from portfolio.model.check import Check
from portfolio.model.command import Envelope, ReceiveSignal
from portfolio.model.decimals import ZERO
from portfolio.model.decision import Decision
from portfolio.model.errors import AccountNotReady
from portfolio.model.event import Event
from portfolio.model.intent import Wishes
from portfolio.model.order import Order, OrderStatus
from portfolio.model.position import Key
from portfolio.model.quote import Reference
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.signal import Signal
from portfolio.ports import Strategy, View
from portfolio.pricing import reference_for
from portfolio.protecting import waits_to_protect
from portfolio.reply import SignalConflict
from portfolio.setup import Setup

RehearsedReply: TypeAlias = Decision | SignalConflict | AccountNotReady


@dataclass(frozen=True, slots=True)
class Tried:
    """An order on trial: as it was drafted, the quantity before rounding, and what every control said."""

    order: Order
    asked: Decimal
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class ExposureChange:
    """A scope's worst case before and after, with every order that would be live."""

    scope: Scope
    before: Exposure
    after: Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """`wishes` is None where the strategy was not asked, or failed. `if_filled` is the position once every order that
    would be placed is filled."""

    reply: RehearsedReply
    key: Key
    reference: Reference | None
    wishes: Wishes | None
    tried: tuple[Tried, ...]
    position: Decimal
    if_filled: Decimal
    exposures: tuple[ExposureChange, ...]
    events: tuple[Event, ...]


def rehearse(twin: Book, limits: LimitChain, envelope: Envelope, command: ReceiveSignal) -> Rehearsed:
    """What `PortfolioManager.handle` would answer. The twin must have been made by `twin_for`, and is spent."""
    key = _key_of(twin.setup, command.signal)
    scopes = (PORTFOLIO, Scope(key.account), Scope(key.account, key.strategy), Scope(key.account, symbol=key.symbol))
    before = [exposure_of(twin, scope) for scope in scopes]
    position = twin.position(key).quantity
    watched = _WatchedLimits(limits)
    reply = _reply(PortfolioManager(twin, watched), envelope)
    overheard = twin.setup.strategies[key.strategy].strategy
    assert isinstance(overheard, _Overheard)
    return Rehearsed(
        reply=reply,
        key=key,
        reference=reference_for(twin, limits, envelope, key, command.signal, command.received_at),
        wishes=overheard.wishes,
        tried=tuple(watched.tried),
        position=position,
        if_filled=position + _to_be_filled(twin, reply),
        exposures=tuple(
            ExposureChange(scope, known, exposure_of(twin, scope)) for scope, known in zip(scopes, before, strict=True)
        ),
        events=tuple(twin.history.events),
    )


def twin_for(book: Book, signal: Signal) -> Book:
    """The book once more, where the signal's strategy can be overheard. The book itself is as it was."""
    known = book.setup.strategies[signal.strategy]
    overheard = replace(known, strategy=_Overheard(known.strategy))
    return book.twin(replace(book.setup, strategies={**book.setup.strategies, known.id: overheard}))


class _Overheard:
    """A strategy that answers as it always does; the answer is noted."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.goes_to_result = getattr(strategy, "goes_to_result", False)
        self.wishes: Wishes | None = None

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        wishes = self._strategy.on_signal(signal, view, state)
        self.wishes = wishes if isinstance(wishes, Wishes) else None
        return wishes

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return self._strategy.on_order(order, view, state)


class _WatchedLimits(LimitChain):
    """The chain as it is; every order that it tries is noted."""

    def __init__(self, limits: LimitChain) -> None:
        super().__init__(limits.all())
        self.tried: list[Tried] = []

    def checks(self, proposal: Proposal) -> tuple[Check, ...]:
        checks = super().checks(proposal)
        self.tried.append(Tried(proposal.order, proposal.asked, checks))
        return checks


def _reply(manager: PortfolioManager, envelope: Envelope) -> RehearsedReply:
    try:
        reply = manager.handle(envelope).reply
    except AccountNotReady as error:
        return error
    assert isinstance(reply, Decision | SignalConflict)
    return reply


def _key_of(setup: Setup, signal: Signal) -> Key:
    strategy = setup.strategies[signal.strategy]
    return Key(strategy.account, strategy.id, signal.symbol)


def _to_be_filled(twin: Book, reply: RehearsedReply) -> Decimal:
    """The signed contracts of the orders that would be placed now, what protects them aside; none for a repeat, whose
    orders are of the past."""
    if not isinstance(reply, Decision) or reply.duplicate:
        return ZERO
    known = (twin.orders[order.client_order_id] for order in reply.orders)
    placed = (order for order in known if order.status is not OrderStatus.DENIED and not waits_to_protect(order))
    return sum((order.side.signed(order.quantity) for order in placed), ZERO)
