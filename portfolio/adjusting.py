"""What the desk's books lack of its venue's is booked, never silently, and never as profit."""

from collections.abc import Iterator
from decimal import Decimal

from portfolio.booking import recount_exits
from portfolio.closing import continue_flattening
from portfolio.guarding import end_protection
from portfolio.ledger import book_fill
from portfolio.model.decimals import ZERO
from portfolio.model.difference import Difference, DifferenceKind
from portfolio.model.event import Event, EventKind
from portfolio.model.fill import Fill
from portfolio.model.identifiers import UNASSIGNED, AccountId, StrategyId
from portfolio.model.order import PriceSource
from portfolio.model.position import Key
from portfolio.model.side import Side
from portfolio.model.transfer import Transfer, TransferKind
from portfolio.turn import Turn


def adjust_position(turn: Turn, account: AccountId, difference: Difference) -> None:
    """The book's net of the symbol is the venue's; each strategy's part of the way there is a fill without an order."""
    assert difference.price is not None
    for strategy, quantity in _shares(turn, account, difference):
        _book_part(turn, Key(account, strategy, difference.name), quantity, difference.price, difference)


def adjust_balance(turn: Turn, account: AccountId, difference: Difference) -> None:
    """The wallet is the venue's: money came or left. Coins that are gone cannot be held by a strategy any more."""
    _transfer(turn, account, difference, TransferKind.TRANSFER)
    _cut_coins(turn, account, difference.name)


def open_wallet(turn: Turn, account: AccountId, difference: Difference) -> None:
    """What the account has at its venue is what it begins with."""
    _transfer(turn, account, difference, TransferKind.OPENING)


def _transfer(turn: Turn, account: AccountId, difference: Difference, kind: TransferKind) -> None:
    _pay(turn, account, difference.name, difference.amount, kind)
    detail = {
        "kind": kind.value,
        "currency": difference.name,
        "before": str(difference.book),
        "after": str(difference.venue),
        "difference": str(difference.amount),
    }
    turn.book.record(Event(kind=EventKind.BALANCE_ADJUSTED, time=turn.now, account=account, detail=detail))


def correct_rounding(turn: Turn, account: AccountId, difference: Difference) -> None:
    """The wallet is the venue's; so little needs no event."""
    _pay(turn, account, difference.name, difference.amount, TransferKind.ROUNDING)


def _pay(turn: Turn, account: AccountId, currency: str, amount: Decimal, kind: TransferKind) -> None:
    if amount:
        transfer = Transfer(account=account, currency=currency, amount=amount, kind=kind, time=turn.now)
        turn.book.transfer(transfer)


def _shares(turn: Turn, account: AccountId, difference: Difference) -> Iterator[tuple[StrategyId, Decimal]]:
    """Signed quantities, which add up to the difference.

    What closes something is first taken from what is nobody's, then from the holder, where there is but one: no
    strategy keeps what does not exist. All else is nobody's.
    """
    rest, symbol = difference.amount, difference.name
    held = {key.strategy: p.quantity for key, p in turn.book.positions.items() if key[::2] == (account, symbol)}
    own = held.pop(UNASSIGNED, ZERO)
    holders = [strategy for strategy, quantity in held.items() if quantity]
    nobodys = _closing(own, rest)
    rest -= nobodys
    if rest and len(holders) == 1:
        closed = _closing(held[holders[0]], rest)
        rest -= closed
        if closed:
            yield holders[0], closed
    if nobodys + rest:
        yield UNASSIGNED, nobodys + rest


def _closing(held: Decimal, change: Decimal) -> Decimal:
    """What of the change brings `held` towards zero."""
    return min(abs(held), abs(change)).copy_sign(change) if held * change < 0 else ZERO


def _book_part(turn: Turn, key: Key, quantity: Decimal, price: Decimal, difference: Difference) -> None:
    side = Side.towards(quantity)
    fill = Fill(
        trade_id=f"adjustment-{turn.envelope.seq}-{key.symbol}-{key.strategy}",
        client_order_id=None,
        account=key.account,
        strategy=key.strategy,
        symbol=key.symbol,
        side=side,
        quantity=abs(quantity),
        price=price,
        fee=ZERO,
        fee_currency=turn.book.setup.instrument(key).settle,
        source=PriceSource.VENUE,
        time=turn.now,
    )
    book_fill(turn.book, fill, turn.now)
    turn.record(
        EventKind.POSITION_ADJUSTED,
        key,
        fill.trade_id,
        venue=str(difference.venue),
        book=str(difference.book),
        difference=str(difference.amount),
        side=side.value,
        quantity=str(abs(quantity)),
        price=str(price),
    )
    recount_exits(turn.book, key)
    end_protection(turn, key)
    continue_flattening(turn, key)


def _cut_coins(turn: Turn, account: AccountId, coin: str) -> None:
    """Holdings of the coin on spot are no more than there is of it; what they seem to have been paid for it never came.

    What is nobody's goes first, then the largest.
    """
    held = {key: turn.book.position(key).quantity for key in turn.book.spot_holdings(account, coin)}
    total = sum(held.values(), ZERO)
    there = min(total, max(ZERO, turn.book.wallet(account, coin)))
    lacking = total - there
    for key in sorted(held, key=lambda key: (key.strategy != UNASSIGNED, -held[key], key)):
        cut = min(lacking, held[key])
        price = turn.book.mark_price(account, key.symbol)
        if cut <= 0 or price is None:
            continue
        instrument = turn.book.setup.instrument(key)
        difference = Difference(kind=DifferenceKind.POSITION, name=key.symbol, venue=there, book=total)
        _book_part(turn, key, -cut, price, difference)
        _pay(turn, account, coin, cut, TransferKind.COVER)
        _pay(turn, account, instrument.quote, -instrument.value(cut, price), TransferKind.COVER)
        lacking -= cut
