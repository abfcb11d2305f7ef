"""What a venue's report asks of the past: orders that have left the book, executions and foreign orders known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.storage.questions import Answers, Payment, Questions
from portfolio.book import Book
from portfolio.model.command import (
    NO_NEWS,
    Command,
    Earlier,
    EarlierNews,
    EarlierOrder,
    FinishReconciliation,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
)
from portfolio.model.fill import OrderReport
from portfolio.model.identifiers import AccountId, ClientOrderId
from portfolio.reporting import is_another


@dataclass(frozen=True, slots=True)
class Told:
    """What a command tells of an account: reports of orders, orders that rest, executions without an order, and
    payments."""

    account: AccountId
    reports: Sequence[OrderReport] = ()
    resting: Sequence[ClientOrderId] = ()
    trade_ids: Sequence[str] = ()
    payments: Sequence[Payment] = ()


def ask(command: Command, book: Book) -> Questions:
    """What has to be looked up before the command is decided; nothing for a report of an order that is at hand."""
    told = _told(command)
    if told is None:
        return Questions()
    unknown = {report.client_order_id for report in told.reports} | {*told.resting}
    unknown = {order_id for order_id in unknown if order_id not in book.orders}
    return Questions(
        order_ids=frozenset(unknown),
        trade_ids=frozenset((told.account, trade_id) for trade_id in _doubtful(told, book)),
        foreign=frozenset((told.account, order_id) for order_id in unknown),
        fundings=frozenset(payment for payment in told.payments if _is_late(payment, book)),
    )


def answer_to(command: Command, book: Book, answers: Answers) -> Earlier | None:
    """What the answers say to the command; None where that is nothing."""
    told = _told(command)
    if told is None:
        return None
    booked = tuple(i for i in dict.fromkeys(_doubtful(told, book)) if (told.account, i) in answers.trade_ids)
    reported = [report.client_order_id for report in told.reports]
    known = {i: answers.orders[i] for i in (*reported, *told.resting) if i not in book.orders and i in answers.orders}
    earlier = {order_id: _with(order, booked) for order_id, order in known.items()}
    if isinstance(command, ReportOrder) and earlier:
        return earlier[command.report.client_order_id]
    foreign = tuple(i for i in dict.fromkeys((*reported, *told.resting)) if (told.account, i) in answers.foreign)
    paid = tuple(payment[-1] for payment in told.payments if payment in answers.fundings)
    news = EarlierNews(tuple(earlier.values()), booked, foreign, paid)
    return news if news != NO_NEWS else None


def _told(command: Command) -> Told | None:
    match command:
        case ReportOrder(account=account, report=report):
            return Told(account, (report,))
        case ReportOutsideTrade(account=account, trade=outside):
            return Told(account, trade_ids=(outside.trade.trade_id,))
        case ReportFunding(account=account, funding=paid):
            return Told(account, payments=((account, paid.symbol, paid.time),))
        case FinishReconciliation(account=account, reports=reports, orders=orders):
            return Told(account, reports, tuple(order.known_as for order in orders))
    return None


def _is_late(payment: Payment, book: Book) -> bool:
    """True for one that is not newer than all that are booked for its symbol: a repeat, or it was missed."""
    account, symbol, time = payment
    newest = book.funded.get((account, symbol))
    return newest is not None and time <= newest


def _doubtful(told: Told, book: Book) -> list[str]:
    """Executions that may be booked, but not as those of an order at hand, which knows its own."""
    doubtful = list(told.trade_ids)
    for report in told.reports:
        order = book.orders.get(report.client_order_id)
        if order is None or order.is_adopted or is_another(order, report):
            doubtful += [trade.trade_id for trade in report.trades]
    return doubtful


def _with(earlier: EarlierOrder, booked: tuple[str, ...]) -> EarlierOrder:
    """Executions that were booked without the order count as its own: they are not to be booked again."""
    return replace(earlier, trade_ids=tuple(dict.fromkeys((*earlier.trade_ids, *booked)))) if booked else earlier
