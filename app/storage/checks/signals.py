"""Each decision can be read, is the signal's own, and its orders are there."""

from collections.abc import Iterator, Sequence

import orjson
from pydantic import ValidationError
from sqlalchemy import RowMapping, select

from app.storage import rows
from app.storage.checks.finding import Finding, Looked
from app.storage.checks.pages import pages
from app.storage.schema import orders, signals
from portfolio.model.decision import Decision

CHECK = "signals"


def check_signals(looked: Looked) -> Iterator[Finding]:
    for page in pages(looked.connection, signals):
        decisions = [(row, _decision(row)) for row in page]
        stored = _stored_orders(looked, [d for _, d in decisions if isinstance(d, Decision)])
        for row, decision in decisions:
            for message in _faults(row, decision, stored):
                yield Finding(CHECK, row["signal_id"], message)


def _decision(row: RowMapping) -> Decision | str:
    """The decision, or what is wrong with it."""
    try:
        orjson.loads(row["content"])
        return rows.decision_from(row["decision"])
    except ValidationError as error:
        return f"its decision cannot be read: {error.error_count()} faults, the first: {error.errors()[0]['msg']}"
    except orjson.JSONDecodeError as error:
        return f"its content cannot be read: {error}"


def _stored_orders(looked: Looked, decisions: Sequence[Decision]) -> set[str]:
    wanted = [order.client_order_id for decision in decisions for order in decision.orders]
    query = select(orders.c.client_order_id).where(orders.c.client_order_id.in_(wanted))
    return set(looked.connection.execute(query).scalars())


def _faults(row: RowMapping, decision: Decision | str, stored: set[str]) -> Iterator[str]:
    if isinstance(decision, str):
        yield decision
        return
    if decision.signal_id != row["signal_id"] or decision.status != row["status"]:
        yield f"is {row['status']}, its decision is {decision.status} for {decision.signal_id}"
    for order in decision.orders:
        if order.client_order_id not in stored:
            yield f"decided on the order {order.client_order_id}, which is not there"
