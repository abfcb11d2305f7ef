"""What the decisions of a batch need to know about the past: one query for each kind of question that was asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import BindParameter, Connection, bindparam, select

from app.storage import rows
from app.storage.schema import events, fills, fundings, orders, signals
from portfolio.model.command import EarlierOrder, EarlierSignal
from portfolio.model.event import EventKind
from portfolio.model.identifiers import AccountId, ClientOrderId, StrategyId, Symbol

Payment: TypeAlias = tuple[AccountId, Symbol, datetime]
"""What tells a funding payment from every other."""

_s = signals.c
_since = _s.received_at >= bindparam("since")
_wanted: BindParameter[Any] = bindparam("wanted", expanding=True)
_BY_ALERT_ID = (
    select(_s.strategy, _s.alert_id, _s.content_hash, _s.decision)
    .where(_s.alert_id.is_not(None), _s.alert_id.in_(_wanted), _since)
    .order_by(_s.id)
)
_BY_CONTENT = (
    select(_s.content_hash, _s.decision)
    .where(_s.alert_id.is_(None), _s.content_hash.in_(_wanted), _since)
    .order_by(_s.id)
)
_ORDERS = select(orders).where(orders.c.client_order_id.in_(_wanted))
_BOOKED = select(fills.c.account, fills.c.trade_id).where(fills.c.trade_id.in_(_wanted))
_TOLD_OF = select(events.c.account, events.c.origin).where(
    events.c.origin.in_(_wanted), events.c.kind == EventKind.FOREIGN_ORDER_REPORTED
)
_TRADES_OF = (
    select(fills.c.client_order_id, fills.c.trade_id).where(fills.c.client_order_id.in_(_wanted)).order_by(fills.c.id)
)
"""Written once: to build a query anew costs three times what it takes to run it, for every alert and report."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Alert ids per strategy, hashes of alerts without an id, orders that the book does not hold any more, executions
    that may be booked already, foreign orders that may have been told of, and payments that may be booked."""

    alert_ids: frozenset[tuple[StrategyId, str]] = frozenset()
    contents: frozenset[str] = frozenset()
    order_ids: frozenset[ClientOrderId] = frozenset()
    trade_ids: frozenset[tuple[AccountId, str]] = frozenset()
    foreign: frozenset[tuple[AccountId, ClientOrderId]] = frozenset()
    fundings: frozenset[Payment] = frozenset()

    def __bool__(self) -> bool:
        asked = (self.alert_ids, self.contents, self.order_ids, self.trade_ids, self.foreign, self.fundings)
        return any(asked)


@dataclass(slots=True)
class Answers:
    by_alert_id: dict[tuple[StrategyId, str], EarlierSignal] = field(default_factory=dict)
    by_content: dict[str, EarlierSignal] = field(default_factory=dict)
    orders: dict[ClientOrderId, EarlierOrder] = field(default_factory=dict)
    trade_ids: frozenset[tuple[AccountId, str]] = frozenset()
    foreign: frozenset[tuple[AccountId, ClientOrderId]] = frozenset()
    fundings: frozenset[Payment] = frozenset()


@dataclass(frozen=True, slots=True)
class Windows:
    """For how long an id is unique, and for how long a content without an id is."""

    ids: timedelta
    contents: timedelta


def answer(connection: Connection, questions: Questions, windows: Windows, now: datetime) -> Answers:
    answers = Answers()
    if questions.alert_ids:
        answers.by_alert_id = _by_alert_id(connection, questions.alert_ids, now - windows.ids)
    if questions.contents:
        answers.by_content = _by_content(connection, questions.contents, now - windows.contents)
    if questions.order_ids:
        answers.orders = _orders(connection, questions.order_ids)
    if questions.trade_ids:
        answers.trade_ids = questions.trade_ids & _booked(
            connection, sorted({known for _, known in questions.trade_ids})
        )
    if questions.foreign:
        answers.foreign = questions.foreign & _told_of(connection, sorted({known for _, known in questions.foreign}))
    if questions.fundings:
        answers.fundings = questions.fundings & _paid(connection, questions.fundings)
    return answers


def _by_alert_id(
    connection: Connection, wanted: frozenset[tuple[StrategyId, str]], since: datetime
) -> dict[tuple[StrategyId, str], EarlierSignal]:
    found = connection.execute(_BY_ALERT_ID, {"wanted": [alert_id for _, alert_id in wanted], "since": since})
    return {
        (row.strategy, row.alert_id): EarlierSignal(row.content_hash, rows.decision_from(row.decision))
        for row in found
        if (row.strategy, row.alert_id) in wanted
    }


def _by_content(connection: Connection, wanted: frozenset[str], since: datetime) -> dict[str, EarlierSignal]:
    found = connection.execute(_BY_CONTENT, {"wanted": list(wanted), "since": since})
    return {row.content_hash: EarlierSignal(row.content_hash, rows.decision_from(row.decision)) for row in found}


def _orders(connection: Connection, wanted: Iterable[ClientOrderId]) -> dict[ClientOrderId, EarlierOrder]:
    found = [rows.order_from(row) for row in connection.execute(_ORDERS, {"wanted": list(wanted)}).mappings()]
    trades = trade_ids(connection, [order.client_order_id for order in found])
    return {o.client_order_id: EarlierOrder(o, trades.get(o.client_order_id, ())) for o in found}


def _booked(connection: Connection, wanted: list[str]) -> frozenset[tuple[AccountId, str]]:
    found: set[tuple[AccountId, str]] = set()
    for part in _parts(wanted):
        found.update((row.account, row.trade_id) for row in connection.execute(_BOOKED, {"wanted": part}))
    return frozenset(found)


def _told_of(connection: Connection, wanted: list[ClientOrderId]) -> frozenset[tuple[AccountId, ClientOrderId]]:
    """By an event, whose origin is the foreign order."""
    found: set[tuple[AccountId, ClientOrderId]] = set()
    for part in _parts(wanted):
        found.update((row.account, row.origin) for row in connection.execute(_TOLD_OF, {"wanted": part}))
    return frozenset(found)


def _paid(connection: Connection, wanted: frozenset[Payment]) -> frozenset[Payment]:
    """Without an index: it is a short table, and asked for what is late only."""
    f = fundings.c
    query = select(f.account, f.symbol, f.time).where(f.time.in_({time for _, _, time in wanted}))
    return frozenset((row.account, row.symbol, row.time) for row in connection.execute(query))


def trade_ids(connection: Connection, wanted: list[ClientOrderId]) -> dict[ClientOrderId, tuple[str, ...]]:
    """The executions booked for each of these orders, oldest first."""
    trades: dict[ClientOrderId, tuple[str, ...]] = {}
    for part in _parts(wanted):
        for order_id, trade_id in connection.execute(_TRADES_OF, {"wanted": part}):
            trades[order_id] = (*trades.get(order_id, ()), trade_id)
    return trades


def _parts(wanted: list[str]) -> Iterator[list[str]]:
    """As many as a statement takes."""
    for start in range(0, len(wanted), 500):
        yield wanted[start : start + 500]
