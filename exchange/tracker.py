"""Ends of orders held back until every execution is known: an end that comes first would make the rest late fills."""

from collections.abc import Iterable
from decimal import Decimal

from exchange.dialects.dialect import OrderNews
from portfolio.model.decimals import ZERO
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import TRANSITIONS
from portfolio.model.venue import VenueOrder

MOST_REMEMBERED = 10_000


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


class Tracker:
    """Executions and ends by client order id, in whatever order they come."""

    def __init__(self) -> None:
        self._executed: dict[ClientOrderId, dict[str, Decimal]] = {}
        self._ends: dict[ClientOrderId, OrderNews] = {}

    @property
    def incomplete(self) -> list[tuple[Symbol, ClientOrderId]]:
        """Orders that have ended with executions that were not told yet."""
        return [(news.order.symbol, order_id) for order_id, news in self._ends.items()]

    def take_order(self, news: OrderNews) -> OrderReport | None:
        """The report to pass on now; None while executions are missing."""
        order_id = id_of(news.order)
        if not is_final(news):
            return None if order_id in self._ends else report_of(news)
        if self._sum(order_id) >= news.order.filled:
            self._forget(order_id)
            return report_of(news)
        self._ends[order_id] = news
        return None

    def take_executions(self, report: OrderReport) -> list[OrderReport]:
        """The executions, and the order's end where they were the last it waited for."""
        order_id = report.client_order_id
        known = self._executed.setdefault(order_id, {})
        known.update({trade.trade_id: trade.quantity for trade in report.trades})
        if len(self._executed) > MOST_REMEMBERED:
            del self._executed[next(iter(self._executed))]
        end = self._ends.get(order_id)
        if end is None or self._sum(order_id) < end.order.filled:
            return [report]
        self._forget(order_id)
        return [report_of(end, report.trades)]

    def _sum(self, order_id: ClientOrderId) -> Decimal:
        return sum(self._executed.get(order_id, {}).values(), ZERO)

    def _forget(self, order_id: ClientOrderId) -> None:
        self._executed.pop(order_id, None)
        self._ends.pop(order_id, None)
