"""At which mark a venue would close what an account holds of a contract, the margin being cross, by settle currency.

Linear: (B - C) / (|q| x m - q), with q in coins; Binance's formula for USD-M contracts under cross margin, without its
amounts by bracket. Inverse: (q + |q| x m) / (B - C), with q in the quote; the same condition with value -q / price.
B is the wallet with the unrealised profit of the other contracts less their maintenance margin, C the position's cost,
m its maintenance margin rate.
"""

from decimal import Decimal

from portfolio.book import Book
from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.position import Key, Position
from portfolio.model.side import Side


def liquidation_price(book: Book, account: AccountId, symbol: Symbol, entering: Side | None = None) -> Decimal | None:
    """The mark at which the account's net position would be closed, all other marks unchanged; None where none would.

    Wallets back contracts in their own currency only, and coins that a live spot order would spend still do. With
    `entering` every live entry of that side counts as filled, at its reservation price.
    """
    terms = book.setup.accounts[account].instruments
    instrument = terms[symbol]
    if instrument.is_spot:
        return None
    positions = {
        other: position
        for other, position in book.net_positions(account).items()
        if terms[other].settle == instrument.settle and not terms[other].is_spot
    }
    own, backing = positions.pop(symbol, Position()), book.wallet(account, instrument.settle)
    if entering is not None:
        before, own = own, _with_entries(book, account, instrument, own, entering)
        backing += own.realised - before.realised
    for other, position in positions.items():
        backing += _left_over(book, account, other, position)
    return price_without_margin(instrument, own, backing)


def price_without_margin(instrument: Instrument, position: Position, backing: Decimal) -> Decimal | None:
    """The price at which `backing` and the position's profit come down to its maintenance margin."""
    held = position.quantity * instrument.contract_size
    maintained = abs(held) * instrument.maintenance_margin
    equity = backing - position.cost
    above, below = (held + maintained, equity) if instrument.is_inverse else (equity, maintained - held)
    if not held or not below:
        return None
    price = above / below
    return price if price > 0 else None


def _with_entries(book: Book, account: AccountId, instrument: Instrument, position: Position, side: Side) -> Position:
    for order in book.live_orders_of(account, instrument.symbol):
        if order.side is side and not order.is_exit and order.reservation_price:
            position = position.traded(side.signed(order.most_remaining), order.reservation_price, instrument)
    return position


def _left_over(book: Book, account: AccountId, symbol: Symbol, position: Position) -> Decimal:
    """What another position adds to the backing: its unrealised profit less its maintenance margin."""
    instrument, mark = book.setup.instrument(Key(account, "", symbol)), book.mark_price(account, symbol)
    if not position.quantity or mark is None:
        return ZERO if position.quantity else -position.cost
    maintenance = abs(instrument.notional(position.quantity, mark)) * instrument.maintenance_margin
    return position.unrealised(mark, instrument) - maintenance
