"""Ends of orders held back until every execution is known: an end that comes first would make the rest late fills.

What the venue says was filled in part is waited for too: executions that nobody tells are asked for.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchange.dialects.dialect import OrderNews
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import TRANSITIONS
from portfolio.model.venue import VenueOrder

MOST_REMEMBERED = 10_000
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 30.0
PART_WAIT_S = 1.0
LONGEST_PART_WAIT_S = 8.0


def report_of(news: OrderNews, trades: tuple[Trade, ...] = ()) -> OrderReport:
    """What the venue says of one of its orders. One without a client order id goes by the venue's."""
    order = news.order
    return OrderReport(
        client_order_id=id_of(order),
        status=order.status,
        venue_order_id=order.venue_order_id,
        trades=trades,
        reason=news.reason,
        triggered=news.triggered,
        order=order,
    )


def id_of(order: VenueOrder) -> ClientOrderId:
    return order.client_order_id or order.venue_order_id


def is_final(news: OrderNews) -> bool:
    return news.order.status not in TRANSITIONS


def traded(trades: Iterable[Trade]) -> Decimal:
    """What different executions add up to; one that is told twice counts once."""
    return sum({trade.trade_id: trade.quantity for trade in trades}.values(), ZERO)


@dataclass(slots=True)
class _End:
    """An end that waits for executions, and when they are to be asked for."""

    news: OrderNews
    due_s: float
    wait_s: float = FIRST_WAIT_S


@dataclass(slots=True)
class _Part:
    """An order that goes on, of which the venue says that more was filled than its executions come to."""

    symbol: Symbol
    filled: Decimal
    due_s: float
    wait_s: float = PART_WAIT_S


class Tracker:
    """Executions and ends by client order id, in whatever order they come."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._executed: dict[ClientOrderId, dict[str, Decimal]] = {}
        self._ends: dict[ClientOrderId, _End] = {}
        self._parts: dict[ClientOrderId, _Part] = {}
        self._told: dict[ClientOrderId, Decimal] = {}

    def take_due(self) -> list[tuple[Symbol, ClientOrderId]]:
        """Orders with executions that nobody has told, to be asked for now; then later and later, and where the order
        goes on until reconciliation looks after it."""
        now = self._monotonic()
        return [*self._ends_due(now), *self._parts_due(now)]

    def _ends_due(self, now: float) -> list[tuple[Symbol, ClientOrderId]]:
        due = [end for end in self._ends.values() if end.due_s <= now]
        for end in due:
            end.wait_s = min(end.wait_s * 2, LONGEST_WAIT_S)
            end.due_s = now + end.wait_s
        return [(end.news.order.symbol, id_of(end.news.order)) for end in due]

    def _parts_due(self, now: float) -> list[tuple[Symbol, ClientOrderId]]:
        due = [(order_id, part) for order_id, part in self._parts.items() if part.due_s <= now]
        for order_id, part in due:
            part.wait_s *= 2
            part.due_s = now + part.wait_s
            if part.wait_s > LONGEST_PART_WAIT_S:
                del self._parts[order_id]
        return [(part.symbol, order_id) for order_id, part in due]

    def take_order(self, news: OrderNews) -> OrderReport | None:
        """The report to pass on now; None while executions are missing, and for what came after the order's end."""
        order_id = id_of(news.order)
        if not is_final(news):
            if order_id in self._ends or order_id in self._told:
                return None
            self._expect_part(news.order)
            return report_of(news)
        if news.order.filled <= self._told.get(order_id, -ONE):
            return None
        if self._sum(order_id) >= news.order.filled:
            self._end(order_id, news)
            return report_of(news)
        self._ends.setdefault(order_id, _End(news, self._monotonic() + FIRST_WAIT_S)).news = news
        self._parts.pop(order_id, None)
        return None

    def _expect_part(self, order: VenueOrder) -> None:
        """Executions that come to what was filled are told, or will be asked for."""
        order_id, known = id_of(order), self._parts.get(id_of(order))
        if self._sum(order_id) >= max(order.filled, known.filled if known else ZERO):
            self._parts.pop(order_id, None)
        elif known is None:
            self._parts[order_id] = _Part(order.symbol, order.filled, self._monotonic() + PART_WAIT_S)
        else:
            known.filled = max(known.filled, order.filled)

    def take_executions(self, report: OrderReport) -> list[OrderReport]:
        """The executions, and the order's end where they were the last it waited for."""
        order_id = report.client_order_id
        if order_id in self._told and order_id not in self._ends:
            return [report]
        known = self._executed.setdefault(order_id, {})
        known.update({trade.trade_id: trade.quantity for trade in report.trades})
        if len(self._executed) > MOST_REMEMBERED:
            del self._executed[next(iter(self._executed))]
        end, part = self._ends.get(order_id), self._parts.get(order_id)
        if part is not None and self._sum(order_id) >= part.filled:
            del self._parts[order_id]
        if end is None and report.order is not None:
            self._expect_part(report.order)
        if end is None or self._sum(order_id) < end.news.order.filled:
            return [report]
        self._end(order_id, end.news)
        return [report_of(end.news, report.trades)]

    def _sum(self, order_id: ClientOrderId) -> Decimal:
        return sum(self._executed.get(order_id, {}).values(), ZERO)

    def _end(self, order_id: ClientOrderId, news: OrderNews) -> None:
        self._executed.pop(order_id, None)
        self._ends.pop(order_id, None)
        self._parts.pop(order_id, None)
        self._told[order_id] = news.order.filled
        if len(self._told) > MOST_REMEMBERED:
            del self._told[next(iter(self._told))]
