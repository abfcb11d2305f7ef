"""The decision on a signal, from its arrival to the answer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from portfolio.carrying import STRATEGY_ERROR, Carried, consult
from portfolio.gaps import SUPERSEDED
from portfolio.limits.arrival import ARRIVAL_CONTROLS, Arrival, SignalFresh, StrategyRunning
from portfolio.missed import Compared, compare
from portfolio.model.account import Readiness
from portfolio.model.check import Check, Reason
from portfolio.model.command import EarlierSignal, ReceiveSignal
from portfolio.model.decision import DecidedOrder, Decision, OrderChecks, Outcome
from portfolio.model.errors import AccountNotReady
from portfolio.model.event import EventKind
from portfolio.model.gap import Gap
from portfolio.model.identifiers import AccountId, SignalId, leg_id
from portfolio.model.intent import Wishes
from portfolio.model.order import PriceSource
from portfolio.model.position import Key
from portfolio.model.protection import price_at
from portfolio.model.signal import Signal
from portfolio.ordering import Occasion
from portfolio.pricing import last_price, mark_from_signal, reference_for
from portfolio.reply import SignalConflict
from portfolio.turn import Turn
from portfolio.view import BookView

SignalReply: TypeAlias = Decision | SignalConflict
_EVENTS = {
    Outcome.ACCEPTED: EventKind.SIGNAL_ACCEPTED,
    Outcome.DENIED: EventKind.SIGNAL_DENIED,
    Outcome.IGNORED: EventKind.SIGNAL_IGNORED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a strategy is asked; with `refused` checks whatever it wants is denied."""

    signal: Signal
    occasion: Occasion
    view: BookView
    refused: tuple[Check, ...]


def decide(turn: Turn, command: ReceiveSignal) -> SignalReply:
    """The signal is decided once: a repeat gets the first answer, the same id with other content a conflict."""
    signal = command.signal
    setup = turn.book.setup.strategies[signal.strategy]
    key = Key(setup.account, setup.id, signal.symbol)
    if isinstance(turn.envelope.earlier, EarlierSignal):
        return _answer_repeat(turn, command, key, turn.envelope.earlier)
    arrival = Arrival(signal, setup, turn.book, turn.now)
    checks = {type(control): control.check(arrival) for control in ARRIVAL_CONTROLS}
    refused = tuple(check for check in checks.values() if not check.passed)
    if checks[SignalFresh].passed:
        turn.effects += mark_from_signal(turn.book, turn.limits, turn.envelope, key, signal)
    occasion = _occasion(turn, command, key)
    view = BookView(turn.book, key, occasion.reference, turn.now, _stop_price(signal, occasion), occasion.entry_price)
    compared = Compared(signal) if refused else compare(signal, setup, view)
    asked = Asked(compared.signal, occasion, view, (*refused, *compared.refused))
    wishes, carried = Wishes(ignored=compared.ignored), Carried()
    if checks[StrategyRunning].passed and compared.ignored is None:
        wishes, carried = _consult(turn, asked)
    _require_ready(turn, setup.account, carried)
    gap = None if wishes.ignored is not None and wishes.ignored.code == SUPERSEDED else compared.gap
    decision = _conclude(command.signal_id, signal, wishes, carried, (*checks.values(), *compared.refused), gap)
    if gap is not None:
        figures = {"expected": gap.expected, "actual": gap.actual, "gap": gap.kind.value}
        turn.record(EventKind.POSITION_GAP_FOUND, key, command.signal_id, **figures, on_gap=setup.on_gap.value)
    codes = [reason.code for reason in decision.reasons]
    turn.record(_EVENTS[decision.status], key, command.signal_id, orders=len(decision.orders), codes=codes)
    return decision


def _require_ready(turn: Turn, account: AccountId, carried: Carried) -> None:
    """Raises AccountNotReady for new risk on an account that was never reconciled: nothing of it may be stored."""
    adds_risk = any(not placed.order.is_exit for placed in carried.placed)
    if adds_risk and (turn.book.readiness.get(account) or Readiness.STARTING) is Readiness.STARTING:
        raise AccountNotReady(f"account {account} is not reconciled with its venue yet")


def _answer_repeat(turn: Turn, command: ReceiveSignal, key: Key, earlier: EarlierSignal) -> SignalReply:
    first = earlier.decision
    if earlier.content_hash == command.signal.content_hash:
        turn.record(EventKind.SIGNAL_REPEATED, key, first.signal_id, alert_id=command.signal.alert_id)
        return first.repeated()
    turn.record(EventKind.SIGNAL_CONFLICTED, key, first.signal_id, alert_id=command.signal.alert_id)
    return SignalConflict(first.signal_id, command.signal.alert_id or "")


def _occasion(turn: Turn, command: ReceiveSignal, key: Key) -> Occasion:
    signal = command.signal
    reference = reference_for(turn.book, turn.limits, turn.envelope, key, signal, command.received_at)
    is_own = reference is not None and reference.source is PriceSource.SIGNAL
    is_elsewhere = signal.order_type.has_limit or (signal.order_type.has_stop and signal.price is None)
    return Occasion(
        key=key,
        origin=command.signal_id,
        signal_id=command.signal_id,
        now=turn.now,
        reference=reference,
        signal_price=signal.price,
        market_reference=last_price(turn.book, key) if is_own and is_elsewhere else None,
        stop_loss=signal.stop_loss,
        entry_price=signal.entry_price,
    )


def _stop_price(signal: Signal, occasion: Occasion) -> Decimal | None:
    """Where the alert's stop would lie, were its order traded now."""
    level, entry = signal.stop_loss, occasion.entry_price or (occasion.reference.mark if occasion.reference else None)
    if level is None or entry is None:
        return level if isinstance(level, Decimal) else None
    return price_at(level, entry, above=signal.is_short)


def _consult(turn: Turn, asked: Asked) -> tuple[Wishes, Carried]:
    """What the strategy wants and what came of it; nothing, with the reason, where it fails."""
    signal = asked.signal
    setup = turn.book.setup.strategies[signal.strategy]
    state = turn.book.strategy_states.get(signal.strategy) or {}
    consulted = consult(
        turn,
        asked.occasion,
        lambda: setup.strategy.on_signal(signal, asked.view, state),
        lambda leg: leg_id(asked.occasion.origin, leg),
        asked.refused,
    )
    failed = Reason(STRATEGY_ERROR, "the strategy failed and is paused", None, setup.id)
    return consulted or (Wishes(denied=failed), Carried())


def _conclude(
    signal_id: SignalId,
    signal: Signal,
    wishes: Wishes,
    carried: Carried,
    arrival: tuple[Check, ...],
    gap: Gap | None,
) -> Decision:
    reasons = [check.as_reason() for check in arrival if not check.passed]
    reasons += [wishes.denied] if wishes.denied else []
    reasons += [reason for placed in carried.placed for reason in placed.order.reasons]
    sent = any(not placed.is_denied for placed in carried.placed) or bool(carried.canceled)
    if sent:
        status = Outcome.ACCEPTED
    elif reasons:
        status = Outcome.DENIED
    else:
        status = Outcome.IGNORED
        reasons = [wishes.ignored or Reason("NOTHING_TO_DO", "the strategy wants nothing, or it is under way already")]
    return Decision(
        signal_id=signal_id,
        status=status,
        family=signal.family,
        orders=tuple(DecidedOrder.of(placed.order) for placed in carried.placed),
        reasons=tuple(dict.fromkeys(reasons)),
        checks=(
            OrderChecks("", arrival),
            *(OrderChecks(placed.order.client_order_id, placed.checks) for placed in carried.placed),
        ),
        canceled=carried.canceled,
        gap=gap,
    )
