"""Worst-case exposure: positions at their marks plus whatever live orders could still add.

Formulas: max(|P + O+|, |P - O-|) per account and symbol, as in the FIA's pre-trade control guide (2015), and at least
what rests on either side: closing P is never denied, and what rests may trade afterwards. Gross exposure is their sum,
net exposure the larger of the two sums of signed notionals. Margin is asked for the first alone, as venues do.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from portfolio.book import Book
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.position import Key
from portfolio.model.scope import Scope


class Exposure(NamedTuple):
    """Notionals in the portfolio's currency, at reservation prices, unsigned."""

    gross: Decimal
    net: Decimal
    orders: int


def exposure_of(book: Book, scope: Scope) -> Exposure:
    """What the scope holds and could come to hold through the orders that are live now."""
    gross = highest = lowest = ZERO
    orders = 0
    for keys in _netted(book.holdings(scope)):
        high, low, worst, count = _extremes(book, keys)
        rate = book.settle_rate(keys[0]) or ZERO
        if rate != ONE:
            high, low, worst = high * rate, low * rate, worst * rate
        gross += worst
        highest += high
        lowest += low
        orders += count
    return Exposure(gross, max(abs(highest), abs(lowest)), orders)


def initial_margin(book: Book, account: AccountId, settle: str) -> Decimal:
    """What the account's contracts in `settle` tie up at worst: each one's gross notional over its leverage."""
    needed, leverage = ZERO, book.setup.accounts[account].leverage
    contracts = [key for key in book.holdings(Scope(account)) if _is_margined_in(book, key, settle)]
    for keys in _netted(contracts):
        high, low, _, _ = _extremes(book, keys)
        needed += max(abs(high), abs(low)) / min(leverage, book.setup.instrument(keys[0]).max_leverage)
    return needed


def margin_balance(book: Book, account: AccountId, settle: str) -> Decimal:
    """What backs the account's contracts in `settle`: free coins and the unrealised profit of these contracts."""
    keys = [key for key in book.positions if key.account == account and _is_margined_in(book, key, settle)]
    return sum((book.unrealised(key) for key in keys), free_balance(book, account, settle))


def free_balance(book: Book, account: AccountId, currency: str) -> Decimal:
    """The wallet less what live spot buys could spend of it."""
    spent = ZERO
    for key in book.holdings(Scope(account)):
        instrument = book.setup.instrument(key)
        if instrument.is_spot and instrument.quote == currency:
            spent += book.reservation(key).buys
    return book.wallet(account, currency) - spent


def _is_margined_in(book: Book, key: Key, settle: str) -> bool:
    instrument = book.setup.instrument(key)
    return instrument.settle == settle and not instrument.is_spot


def _netted(keys: Iterable[Key]) -> Iterable[list[Key]]:
    """The holdings that their venue nets, together."""
    netted: dict[tuple[AccountId, Symbol], list[Key]] = {}
    for key in keys:
        netted.setdefault((key.account, key.symbol), []).append(key)
    return netted.values()


def _extremes(book: Book, keys: list[Key]) -> tuple[Decimal, Decimal, Decimal, int]:
    """The signed notional if every order that buys is filled and none that sells, the other way round, the largest that
    there can be, and how many orders.

    In the settle currency. Exits bring a strategy's position towards zero at most; one at the market may have done so
    already, before what was filled and told since, and counts in whole until it is told of. No limit stops them, so
    that what rests may trade after the position that it would have reduced was closed: it counts from zero at least.
    """
    high = low = resting_buys = resting_sells = ZERO
    orders = 0
    for key in keys:
        reserved, held = book.reservation(key), book.notional(key)
        closing = min(reserved.exit_notional, abs(held))
        high += held + reserved.buys + max(closing if held < 0 else ZERO, reserved.exit_buys)
        low += held - reserved.sells - max(closing if held > 0 else ZERO, reserved.exit_sells)
        resting_buys += reserved.resting_buys
        resting_sells += reserved.resting_sells
        orders += reserved.orders
    return high, low, max(abs(high), abs(low), resting_buys, resting_sells), orders
