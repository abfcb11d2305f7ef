"""Stored rows as the API shows them: decimals as text, names as in the public contract."""

from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar, cast

import orjson

from app.storage.reading import StoredRow, Trail
from app.web.answers import (
    CheckItem,
    EventItem,
    FillItem,
    OrderItem,
    SignalItem,
    SignalTrail,
    StepItem,
    TransitionItem,
)

T = TypeVar("T")


def order_item(row: StoredRow) -> OrderItem:
    return {
        "client_order_id": row["client_order_id"],
        "signal_id": row["signal_id"],
        "account": row["account"],
        "strategy": row["strategy"],
        "symbol": row["symbol"],
        "side": row["side"],
        "type": row["order_type"],
        "quantity": row["quantity"],
        "price": row["price"],
        "stop_price": row["stop_price"],
        "status": row["status"],
        "filled": row["filled"],
        "average_price": row["cost"] / row["filled"] if row["filled"] else None,
        "reduce_only": row["reduce_only"],
        "post_only": row["post_only"],
        "time_in_force": row["time_in_force"],
        "expires_at": row["expires_at"],
        "triggered": row["triggered"],
        "after": row["after"],
        "attached": row["attached"],
        "reference_price": row["reference_price"],
        "reference_source": row["reference_source"],
        "venue_order_id": row["venue_order_id"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "sent_at": row["sent_at"],
        "reasons": row["reasons"],
    }


def transition_item(row: StoredRow) -> TransitionItem:
    return _columns(TransitionItem, row)


def fill_item(row: StoredRow) -> FillItem:
    return _columns(FillItem, row)


def event_item(row: StoredRow) -> EventItem:
    return _columns(EventItem, row)


def signal_item(row: StoredRow) -> SignalItem:
    decision = orjson.loads(row["decision"])
    return {
        "signal_id": row["signal_id"],
        "id": row["alert_id"],
        "account": row["account"],
        "strategy": row["strategy"],
        "symbol": row["symbol"],
        "action": row["action"],
        "family": row["family"],
        "status": row["status"],
        "received_at": row["received_at"],
        "decided_at": row["decided_at"],
        "orders": decision["orders"],
        "reasons": decision["reasons"],
        "canceled": decision["canceled"],
        "gap": decision.get("gap"),
    }


def trail_item(trail: Trail) -> SignalTrail:
    """The whole story of a signal, each step with its milliseconds since the one before."""
    return {
        **signal_item(trail.signal),
        "body": orjson.loads(trail.signal["content"]),
        "checks": [
            {"client_order_id": order_id or None, "checks": [_check(check) for check in checks]}
            for order_id, checks in trail.signal["checks"]
        ],
        "orders": [order_item(row) for row in trail.orders],
        "transitions": [transition_item(row) for row in trail.transitions],
        "fills": [fill_item(row) for row in trail.fills],
        "events": [event_item(row) for row in trail.events],
        "timeline": timeline(trail),
    }


def timeline(trail: Trail) -> list[StepItem]:
    """What happened when, in order, with the milliseconds since the step before."""
    steps = [(trail.signal["received_at"], "received"), (trail.signal["decided_at"], trail.signal["status"])]
    steps += [(o["sent_at"], f"{o['client_order_id']} sent") for o in trail.orders if o["sent_at"] is not None]
    steps += [(fill["time"], f"{fill['client_order_id']} traded") for fill in trail.fills]
    steps += [(t["time"], f"{t['client_order_id']} {t['status']}") for t in trail.transitions if t["previous"]]
    items: list[StepItem] = []
    before = steps[0][0]
    for time, what in sorted(steps, key=itemgetter(0)):
        elapsed = Decimal(str((time - before).total_seconds())) * 1000
        items.append({"time": time, "what": what, "ms": elapsed.quantize(Decimal("0.001"))})
        before = time
    return items


def _check(check: Sequence[Any]) -> CheckItem:
    code, scope, passed, limit, value = check
    return {"code": code, "scope": scope, "passed": passed, "limit": limit, "value": value}


def _columns(kind: type[T], row: StoredRow) -> T:
    """The columns that the item has, as they are."""
    return cast(T, {name: row[name] for name in kind.__annotations__})
