"""Money and quantities: what a fill, a funding payment or an outside trade changes in wallets and positions."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from portfolio.book import Book
from portfolio.model.decimals import ZERO, money
from portfolio.model.fill import Cause, Fill, Funding, FundingShare, OutsideTrade
from portfolio.model.identifiers import UNASSIGNED, AccountId, StrategyId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import PriceSource
from portfolio.model.position import Key, Position
from portfolio.model.quote import MarkPrice
from portfolio.model.side import Side


def book_fill(book: Book, fill: Fill, now: datetime) -> None:
    """The execution is part of the books: position, wallets, and a first mark where the symbol had none."""
    key = Key(fill.account, fill.strategy, fill.symbol)
    instrument = book.setup.instrument(key)
    if book.mark_price(fill.account, fill.symbol) is None:
        book.marks.put((fill.account, fill.symbol), MarkPrice(fill.price, PriceSource.LAST, now))
    before = book.position(key)
    after = before.after(fill, instrument, _fee_in_settle(book, fill, instrument))
    book.positions.put(key, after)
    _settle(book, fill, instrument, after.realised - before.realised)
    book.history.fills.append(fill)
    touched = (fill.symbol, instrument.settle, fill.fee_currency, *((instrument.base,) if instrument.is_spot else ()))
    for name in dict.fromkeys(touched):
        book.stir(fill.account, name, fill.time)


def _settle(book: Book, fill: Fill, instrument: Instrument, realised: Decimal) -> None:
    """Spot exchanges coins; a contract pays what was realised. The fee leaves the wallet of its currency."""
    if instrument.is_spot:
        signed = fill.side.signed(fill.quantity)
        book.pay(fill.account, instrument.base, signed)
        book.pay(fill.account, instrument.quote, -instrument.value(signed, fill.price))
    else:
        book.pay(fill.account, instrument.settle, realised)
    book.pay(fill.account, fill.fee_currency, -fill.fee)


def _fee_in_settle(book: Book, fill: Fill, instrument: Instrument) -> Decimal:
    """Coins count at the price they were bought at, a third currency at the rates of now."""
    fee = instrument.fee_in_settle(fill.fee, fill.fee_currency, fill.price)
    if fee is not None:
        return fee
    rate, settle_rate = (book.rate(fill.account, currency) for currency in (fill.fee_currency, instrument.settle))
    return money(fill.fee * rate / settle_rate) if rate and settle_rate else ZERO


def book_funding(book: Book, account: AccountId, funding: Funding) -> list[FundingShare]:
    """The payment is booked, to each strategy by what it holds; the rest is nobody's.

    A payment is proportional to the net quantity, so the shares of what strategies hold apart add up to it.
    """
    where = (account, funding.symbol)
    book.funded.put(where, max(book.funded.get(where) or funding.time, funding.time))
    book.pay(account, funding.currency, funding.amount)
    book.stir(account, funding.currency, funding.time)
    shares = [
        FundingShare(
            account=account,
            strategy=strategy,
            symbol=funding.symbol,
            amount=amount,
            currency=funding.currency,
            rate=funding.rate,
            price=funding.price,
            time=funding.time,
        )
        for strategy, amount in _apportioned(book, account, funding.symbol, funding.amount)
    ]
    for share in shares:
        key = Key(account, share.strategy, funding.symbol)
        position = book.position(key)
        book.positions.put(key, replace(position, funding=position.funding + share.amount))
    book.history.fundings.extend(shares)
    return shares


def _apportioned(
    book: Book, account: AccountId, symbol: Symbol, amount: Decimal
) -> Iterator[tuple[StrategyId, Decimal]]:
    net, rest = book.net(account, symbol), amount
    for key, position in _holders(book, account, symbol):
        if net and key.strategy != UNASSIGNED:
            share = money(amount * position.quantity / net)
            rest -= share
            yield key.strategy, share
    if rest:
        yield UNASSIGNED, rest


def book_outside_trade(book: Book, account: AccountId, outside: OutsideTrade, now: datetime) -> list[Fill]:
    """The trade is booked: to whom it closed something for, where the venue did so by itself; else to nobody.

    What a liquidation closes beyond what is held on that side is nobody's too. Protection can be told before what it
    closed: then that is the only strategy's that trades the symbol. Coins that somebody sold on spot
    are those that no strategy holds, and then theirs: nobody can hold what is not there.
    """
    fills: list[Fill] = []
    fee, parts = outside.trade.fee, _closed_by(book, account, outside)
    for strategy, quantity in parts.items():
        is_last = len(fills) == len(parts) - 1
        own_fee = fee if is_last else money(outside.trade.fee * quantity / outside.trade.quantity)
        fee -= own_fee
        own_id = f"{outside.trade.trade_id}:{strategy}" if fills else outside.trade.trade_id
        fill = _part_of(outside, account, strategy, quantity, own_fee, own_id)
        book_fill(book, fill, now)
        fills.append(fill)
    return fills


def _closed_by(book: Book, account: AccountId, outside: OutsideTrade) -> dict[StrategyId, Decimal]:
    parts: dict[StrategyId, Decimal] = {}
    rest, left = outside.trade.quantity, _taken_from_holders(book, account, outside)
    for key, position in _closed_first(book, account, outside):
        if left and outside.side.signed(left) * position.quantity < 0:
            parts[key.strategy] = min(left, abs(position.quantity))
            left -= parts[key.strategy]
            rest -= parts[key.strategy]
    if rest:
        owner = book.setup.only_trader(account, outside.symbol) if outside.cause is Cause.PROTECTION else UNASSIGNED
        parts[owner] = parts.get(owner, ZERO) + rest
    return parts


def _closed_first(book: Book, account: AccountId, outside: OutsideTrade) -> list[tuple[Key, Position]]:
    """The holdings in the order that they are closed in: what a strategy protects, before what is nobody's."""
    is_own = outside.cause is Cause.PROTECTION
    return sorted(_holders(book, account, outside.symbol), key=lambda item: is_own and item[0].strategy == UNASSIGNED)


def _taken_from_holders(book: Book, account: AccountId, outside: OutsideTrade) -> Decimal:
    """How much of the trade closes holdings, if there are such."""
    instrument = book.setup.accounts[account].instruments[outside.symbol]
    if outside.cause in (Cause.LIQUIDATION, Cause.PROTECTION):
        return outside.trade.quantity
    if not instrument.is_spot or outside.side is Side.BUY:
        return ZERO
    held = (book.position(key).quantity for key in book.spot_holdings(account, instrument.base))
    idle = book.wallet(account, instrument.base) - sum((q for q in held if q > 0), ZERO)
    return max(ZERO, outside.trade.quantity - max(ZERO, idle))


def _part_of(
    outside: OutsideTrade, account: AccountId, strategy: StrategyId, quantity: Decimal, fee: Decimal, own_id: str
) -> Fill:
    """The strategy's part of the trade. The first part has the trade's own id, by which a repeat is known."""
    trade = outside.trade
    return Fill(
        trade_id=own_id,
        client_order_id=None,
        account=account,
        strategy=strategy,
        symbol=outside.symbol,
        side=outside.side,
        quantity=quantity,
        price=trade.price,
        fee=fee,
        fee_currency=trade.fee_currency,
        source=trade.source,
        time=trade.time,
    )


def _holders(book: Book, account: AccountId, symbol: Symbol) -> list[tuple[Key, Position]]:
    """Every holding of the symbol that is not flat, the largest first."""
    held = [
        (key, position)
        for key, position in book.positions.items()
        if key.account == account and key.symbol == symbol and position.quantity
    ]
    return sorted(held, key=lambda item: (-abs(item[1].quantity), item[0].strategy))
