"""What the accounts own by the book: free, locked, and not yet realised."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from portfolio.book import Book
from portfolio.exposure import initial_margin
from portfolio.model.account import Wallet
from portfolio.model.command import TakeWalletSnapshot
from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import AccountId
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.venue import Balance
from portfolio.model.worth import WalletPart, WalletSnapshot
from portfolio.turn import Turn


def owned_by(book: Book, accounts: Iterable[AccountId]) -> list[WalletPart]:
    """A part for each currency that an account has, has locked, or has yet to realise something in.

    Where the venue tells what is locked, it is that at least: it knows of orders that the desk does not.
    """
    return [part for account in accounts for part in _parts(book, account)]


def note_snapshot(turn: Turn, command: TakeWalletSnapshot) -> None:
    """What the accounts are worth is written down; nothing else changes."""
    snapshot = WalletSnapshot(
        time=turn.now, currency=command.currency, assets=command.assets, rates=dict(command.rates)
    )
    turn.book.history.wallet_snapshots.append(snapshot)


def _parts(book: Book, account: AccountId) -> list[WalletPart]:
    balances = {wallet.currency: amount for wallet, amount in book.wallets.items() if wallet.account == account}
    unrealised = _unrealised(book, account)
    in_orders = _in_orders(book, account)
    settles = {book.setup.instrument(key).settle for key in _contracts(book, account)}
    in_margin = {settle: initial_margin(book, account, settle) for settle in settles}
    parts = []
    for currency in sorted({*balances, *unrealised, *in_margin}):
        total = balances.get(currency, ZERO)
        told = book.locked.get(Wallet(account, currency)) or Balance(currency=currency, amount=total)
        part = WalletPart(
            account=account,
            currency=currency,
            total=total,
            in_orders=min(max(in_orders.get(currency, ZERO), told.in_orders), max(ZERO, total)),
            in_margin=max(in_margin.get(currency, ZERO), told.in_margin),
            unrealised=unrealised.get(currency, ZERO),
        )
        parts.append(part)
    return [part for part in parts if part.total or part.unrealised or part.in_margin]


def _contracts(book: Book, account: AccountId) -> list[Key]:
    return [key for key in book.holdings(Scope(account)) if not book.setup.instrument(key).is_spot]


def _unrealised(book: Book, account: AccountId) -> dict[str, Decimal]:
    """Of contracts alone: what a coin is worth today is in its own price already."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for key in _contracts(book, account):
        sums[book.setup.instrument(key).settle] += book.unrealised(key)
    return dict(sums)


def _in_orders(book: Book, account: AccountId) -> dict[str, Decimal]:
    """What live spot orders could take from each balance; protective orders for the same coins count once each, and
    together at most the balance."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for order in book.live_orders_in(Scope(account)):
        instrument = book.setup.accounts[account].instruments[order.symbol]
        if not instrument.is_spot or order.is_waiting:
            continue
        if order.side is Side.SELL:
            sums[instrument.base] += order.most_remaining
        elif order.reservation_price:
            sums[instrument.quote] += instrument.value(order.most_remaining, order.reservation_price)
    return dict(sums)
