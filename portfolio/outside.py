"""What a venue did without an order of ours: liquidations, foreign trades, funding."""

from portfolio.book import FLAT
from portfolio.booking import recount_exits
from portfolio.closing import continue_flattening
from portfolio.counting import count
from portfolio.guarding import end_opening, end_protection
from portfolio.ledger import book_funding, book_outside_trade
from portfolio.limits.limit import Occurrence
from portfolio.model.account import TradingState, TradingStatus
from portfolio.model.command import ReportFunding, ReportOutsideTrade
from portfolio.model.event import Event, EventKind
from portfolio.model.fill import Cause, Fill, OutsideTrade
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.position import Key, Position
from portfolio.model.scope import Scope
from portfolio.operating import cancel_entries
from portfolio.turn import Turn

LIQUIDATION = "LIQUIDATION"
_EVENTS = {
    Cause.LIQUIDATION: EventKind.POSITION_LIQUIDATED,
    Cause.PROTECTION: EventKind.PROTECTION_TRADED,
    Cause.FOREIGN: EventKind.FOREIGN_TRADE_BOOKED,
}


def book_trade(turn: Turn, command: ReportOutsideTrade) -> None:
    """The trade is booked, once. After a liquidation the account only reduces, until somebody has looked, and its
    entries are being cancelled."""
    is_news = book_outside(turn, command.account, command.trade)
    if is_news and command.trade.cause is Cause.LIQUIDATION:
        _stop_opening(turn, Scope(command.account))


def book_outside(turn: Turn, account: AccountId, outside: OutsideTrade) -> bool:
    """The trade is in the books with all that follows; False where it was there already, or nobody knows its terms."""
    if turn.is_booked(account, outside.trade.trade_id) or not is_configured(turn, account, outside.symbol):
        return False
    before = turn.book.positions.as_dict()
    for fill in book_outside_trade(turn.book, account, outside, turn.now):
        key = Key(fill.account, fill.strategy, fill.symbol)
        turn.record(_EVENTS[outside.cause], key, fill.trade_id, **_figures(fill))
        if _takes_loss(turn, key, outside.cause, before.get(key) or FLAT):
            count(turn.book, turn.limits, Occurrence.LOSS_TAKEN, key, turn.now)
        if outside.cause is Cause.PROTECTION:
            _end_entry(turn, key, outside)
        recount_exits(turn.book, key)
        end_protection(turn, key)
        continue_flattening(turn, key)
    return True


def _takes_loss(turn: Turn, key: Key, cause: Cause, before: Position) -> bool:
    """A liquidation is one; so is protection that closes for less than it was opened for."""
    is_loss = cause is Cause.PROTECTION and turn.book.position(key).is_loss_after(before)
    return cause is Cause.LIQUIDATION or is_loss


def _end_entry(turn: Turn, key: Key, outside: OutsideTrade) -> None:
    """What the venue closed of the entry's was all of it; what that still fills is closed at once."""
    known = turn.book.attachments.get(key)
    entry = turn.book.orders.get(known.entry) if known else None
    if entry is not None and entry.side is not outside.side:
        end_opening(turn, entry)


def is_configured(turn: Turn, account: AccountId, symbol: Symbol, **facts: object) -> bool:
    """True where the terms of the symbol are known. Otherwise nothing of it can be booked, and an event says so once
    while the process lives."""
    if symbol in turn.book.setup.accounts[account].instruments:
        return True
    if (account, symbol) not in turn.book.unconfigured:
        turn.book.unconfigured.put((account, symbol), turn.now)
        event = Event(
            kind=EventKind.FOREIGN_POSITION_FOUND, time=turn.now, account=account, symbol=symbol, detail=facts
        )
        turn.book.record(event)
    return False


def book_funding_payment(turn: Turn, command: ReportFunding) -> None:
    """The payment is in the wallet and in the positions that it is for, once."""
    if not is_configured(turn, command.account, command.funding.symbol) or _is_paid(turn, command):
        return
    for share in book_funding(turn.book, command.account, command.funding):
        key = Key(share.account, share.strategy, share.symbol)
        turn.record(
            EventKind.FUNDING_BOOKED,
            key,
            amount=str(share.amount),
            currency=share.currency,
            rate=str(share.rate),
            price=str(share.price),
        )


def _is_paid(turn: Turn, command: ReportFunding) -> bool:
    """True for a payment that is booked. One that is older than the newest may have been missed: the store knows."""
    account, symbol, time = command.account, command.funding.symbol, command.funding.time
    newest = turn.book.funded.get((account, symbol))
    if newest is None or time > newest:
        return False
    fresh = turn.book.history.fundings
    is_fresh = any((share.account, share.symbol, share.time) == (account, symbol, time) for share in fresh)
    return is_fresh or time in turn.news.fundings or not command.funding.amount


def _figures(fill: Fill) -> dict[str, str]:
    return {
        "side": fill.side.value,
        "quantity": str(fill.quantity),
        "price": str(fill.price),
        "fee": str(fill.fee),
        "fee_currency": fill.fee_currency,
    }


def _stop_opening(turn: Turn, scope: Scope) -> None:
    if turn.book.status_of(scope) is TradingStatus.ACTIVE:
        turn.book.states.put(scope, TradingState(TradingStatus.REDUCING, LIQUIDATION, turn.now))
    cancel_entries(turn, scope)
