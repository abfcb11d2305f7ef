"""POST /api/v1/preview: what the webhook would answer to an alert, and why, step by step; nothing comes of it."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from app.intake.body import parse_body
from app.intake.explanation import Explanation, explain
from app.intake.refusal import Refused
from app.intake.secrets import Secret, redacted, secret_matches, take_secret
from app.intake.translate import translate
from app.service import Service
from app.web.problems import Problem, problem_body, problem_of
from app.web.webhook import conflict_problem, decision_body, decision_status
from portfolio.exposure import Exposure
from portfolio.model.check import Check
from portfolio.model.command import ReceiveSignal
from portfolio.model.decision import Decision
from portfolio.model.errors import AccountNotReady
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.order import OrderStatus
from portfolio.model.signal import Signal
from portfolio.rehearsal import Rehearsed, Tried
from portfolio.reply import SignalConflict

Item = dict[str, Any]
SIGNAL_ID = "PREVIEW"
SHORTEST_MASKED = 8
_NOT_SHOWN = frozenset({"content", "content_hash", "family", "strategy"})


async def preview_item(service: Service, raw: bytes) -> Item:
    """Every step, as far as the alert gets. Raises NotStored where it cannot be told."""
    hidden: tuple[Secret, ...] = service.keyring.hidden
    try:
        presented, body = take_secret(parse_body(raw))
    except Refused as error:
        return redacted(_item(_refusal(error)), hidden)  # type: ignore[no-any-return]
    clean = redacted(body, hidden)
    masked = (*hidden, *(text for text in presented if len(text) >= SHORTEST_MASKED))
    reading = _reading(explain(clean), _secret_state(presented, service.keyring.webhook))
    try:
        signal = translate(clean, service.desk)
    except Refused as error:
        return _item(redacted(_refusal(error), masked), reading=redacted(reading, masked))
    command = ReceiveSignal(SIGNAL_ID, signal, service.clock())
    rehearsed = await service.engine.rehearse(command)
    reading |= {"signal": _signal_item(signal), "strategy": _strategy_item(service, signal, explain(clean))}
    return _item(_answer(rehearsed), reading=redacted(reading, masked), **_steps(service, signal, rehearsed))


def _item(would_answer: Item, **steps: Any) -> Item:
    """Every step is there, null where the alert did not get so far."""
    names = ("reading", "repeat", "checks", "reference", "wishes", "orders", "position", "exposure", "events")
    return {"would_answer": would_answer, **{name: steps.get(name) for name in names}}


def _refusal(error: Refused) -> Item:
    return {"status": error.status, "body": problem_body(problem_of(error))}


def _answer(rehearsed: Rehearsed) -> Item:
    """Status and body that the webhook would answer with."""
    match rehearsed.reply:
        case Decision() as decision:
            return {"status": decision_status(decision), "body": decision_body(decision)}
        case SignalConflict() as conflict:
            problem = conflict_problem(conflict)
        case AccountNotReady() as error:
            problem = Problem(503, "NOT_RECONCILED", str(error))
    return {"status": problem.status, "body": problem_body(problem)}


# --- how it is read ----------------------------------------------------------------------------------------------


def _secret_state(presented: tuple[str, ...], expected: Sequence[Secret]) -> str:
    if not presented:
        return "none"
    return "right" if any(secret_matches(text, expected) for text in presented) else "wrong"


def _reading(explanation: Explanation, secret: str) -> Item:
    return {
        "family": explanation.family,
        "secret": secret,
        "fields": [{"field": f.field, "key": f.key, "value": f.value} for f in explanation.fields],
        "ignored_keys": list(explanation.ignored),
        "strategy": None,
        "signal": None,
    }


def _signal_item(signal: Signal) -> Item:
    """What the fields mean, those left out aside."""
    shown = {field.name: getattr(signal, field.name) for field in fields(signal) if field.name not in _NOT_SHOWN}
    size = shown.pop("size")
    shown["id"] = shown.pop("alert_id")
    if size is not None:
        shown |= {"quantity": size.amount, "quantity_type": size.kind}
    return {name: value for name, value in shown.items() if value is not None}


def _strategy_item(service: Service, signal: Signal, explanation: Explanation) -> Item:
    known = next(strategy for strategy in service.settings.strategies if strategy.id == signal.strategy)
    setup = service.setup.strategies[signal.strategy]
    named = explanation.has("strategy")
    return {
        "id": setup.id,
        "kind": known.kind,
        "account": setup.account,
        "why": "named by the alert" if named else f"the only one that trades {signal.symbol}",
        "sizing": {"quantity": setup.sizing.amount, "quantity_type": setup.sizing.kind} if setup.sizing else None,
    }


# --- what comes of it --------------------------------------------------------------------------------------------


def _steps(service: Service, signal: Signal, rehearsed: Rehearsed) -> Item:
    reply = rehearsed.reply
    steps: Item = {"repeat": _repeat_item(service, signal, reply)}
    if isinstance(reply, SignalConflict) or (isinstance(reply, Decision) and reply.duplicate):
        return steps
    arrival = reply.checks[0].checks if isinstance(reply, Decision) and reply.checks else ()
    return steps | {
        "checks": [_check_item(check) for check in arrival],
        "reference": rehearsed.reference._asdict() if rehearsed.reference else None,
        "wishes": _wishes_item(rehearsed.wishes) if rehearsed.wishes else None,
        "orders": [_tried_item(tried, reply) for tried in rehearsed.tried],
        "position": {"symbol": signal.symbol, "now": rehearsed.position, "if_filled": rehearsed.if_filled},
        "exposure": [
            {"scope": str(change.scope), "before": _exposure(change.before), "after": _exposure(change.after)}
            for change in rehearsed.exposures
        ],
        "events": [{"kind": event.kind, "detail": dict(event.detail)} for event in rehearsed.events],
    }


def _repeat_item(service: Service, signal: Signal, reply: Any) -> Item:
    """By what the desk would know the alert again, and whether it does."""
    webhook, by_id = service.settings.webhook, signal.alert_id is not None
    is_repeat = isinstance(reply, Decision) and reply.duplicate
    is_conflict = isinstance(reply, SignalConflict)
    return {
        "known_by": "id" if by_id else "content",
        "id": signal.alert_id,
        "window_s": webhook.id_window_s if by_id else webhook.dedup_window_s,
        "repeat": is_repeat,
        "conflict": is_conflict,
        "of": reply.signal_id if is_repeat or is_conflict else None,
    }


def _check_item(check: Check) -> Item:
    return check._asdict()


def _wishes_item(wishes: Wishes) -> Item:
    return {
        "orders": [_intent_item(intent) for intent in wishes.orders],
        "cancel": wishes.cancel,
        "flatten": wishes.flatten,
        "ignored": wishes.ignored,
        "denied": wishes.denied,
    }


def _intent_item(intent: OrderIntent) -> Item:
    shown = {field.name: getattr(intent, field.name) for field in fields(intent)}
    size = shown.pop("size")
    return {
        "side": shown.pop("side"),
        "quantity": size.amount,
        "quantity_type": size.kind,
        "type": shown.pop("order_type"),
        **shown,
    }


def _tried_item(tried: Tried, reply: Any) -> Item:
    order = tried.order
    decided = {known.client_order_id: known for known in reply.orders} if isinstance(reply, Decision) else {}
    known = decided.get(order.client_order_id)
    return {
        "client_order_id": order.client_order_id,
        "side": order.side,
        "type": order.order_type,
        "asked": tried.asked,
        "quantity": order.quantity,
        "price": order.price,
        "stop_price": order.stop_price,
        "reduce_only": order.reduce_only,
        "post_only": order.post_only,
        "time_in_force": order.time_in_force,
        "expires_at": order.expires_at,
        "reservation_price": order.reservation_price,
        "is_exit": order.is_exit,
        "after": order.after,
        "status": known.status if known else OrderStatus.DENIED,
        "checks": [_check_item(check) for check in tried.checks],
    }


def _exposure(exposure: Exposure) -> Item:
    return {"gross": exposure.gross, "net": exposure.net, "orders": exposure.orders}
