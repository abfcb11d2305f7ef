"""The book from the store, as it was at the last commit."""

from decimal import Decimal

from sqlalchemy import Connection, select

from app.storage import rows, schema
from app.storage.errors import DatabaseRefused
from app.storage.questions import trade_ids
from portfolio.book import Book, key_of
from portfolio.model.account import Snapshot, Wallet
from portfolio.model.order import PriceSource
from portfolio.model.position import Key
from portfolio.model.quote import MarkPrice
from portfolio.setup import Setup


def load_book(connection: Connection, setup: Setup) -> Book:
    """Accounts that the store does not know start with their configured balances.

    What was traded and is flat stays in the store alone once the configuration has forgotten the instrument.
    """
    book = Book(setup)
    _load_wallets(connection, book)
    for row in connection.execute(select(schema.positions)).mappings():
        key, position = rows.key_from(row), rows.position_from(row)
        if position.quantity:
            _require_instrument(setup, key, "a position")
        if _is_configured(setup, key):
            book.positions.load(key, position)
    _load_marks_and_states(connection, book)
    _load_what_holdings_want(connection, book)
    _load_orders(connection, book)
    return book


def _load_wallets(connection: Connection, book: Book) -> None:
    """A wallet without a currency is from the time when an account had one only, the portfolio's."""
    stored = connection.execute(select(schema.wallets)).mappings()
    known = {Wallet(row["account"], row["currency"]): row["amount"] for row in stored}
    for account in book.setup.accounts.values():
        own = {wallet: amount for wallet, amount in known.items() if wallet.account == account.id}
        for wallet, amount in own.items():
            book.wallets.load(wallet, amount)
        nameless = Wallet(account.id, "")
        if nameless in own:
            book.wallets.put(Wallet(account.id, book.setup.currency), own[nameless])
            book.wallets.remove(nameless)
        if not own:
            for currency, amount in account.balances.items():
                book.wallets.put(Wallet(account.id, currency), amount)


def _is_configured(setup: Setup, key: Key) -> bool:
    account = setup.accounts.get(key.account)
    return account is not None and key.symbol in account.instruments


def _require_instrument(setup: Setup, key: Key, what: str) -> None:
    """A holding that the configuration has forgotten would escape every limit."""
    if not _is_configured(setup, key):
        raise DatabaseRefused(
            f"the database has {what} in {key.symbol} on account {key.account}, which the configuration does not know: "
            "put the account and its instrument back, and close it first"
        )


def _load_marks_and_states(connection: Connection, book: Book) -> None:
    for row in connection.execute(select(schema.marks)).mappings():
        mark = MarkPrice(row["price"], PriceSource(row["source"]), row["time"])
        book.marks.load((row["account"], row["symbol"]), mark)
    for row in connection.execute(select(schema.funded)).mappings():
        book.funded.load((row["account"], row["symbol"]), row["time"])
    for row in connection.execute(select(schema.reconciliations)).mappings():
        book.reconciliations.load(row["account"], rows.reconciliation_from(row))
    for row in connection.execute(select(schema.trading_states)).mappings():
        book.states.load(rows.scope_from(row), rows.state_from(row))
    for row in connection.execute(select(schema.baselines)).mappings():
        scope = rows.scope_from(row)
        book.baselines.load(scope, rows.baseline_from(row))
        snapshot = _last_snapshot(connection, rows.scope_row(scope))
        if snapshot is not None:
            book.snapshots.load(scope, snapshot)


def _load_what_holdings_want(connection: Connection, book: Book) -> None:
    for row in connection.execute(select(schema.strategy_states)).mappings():
        book.strategy_states.load(row["strategy"], row["state"])
    for row in connection.execute(select(schema.flattenings)).mappings():
        book.flattenings.load(rows.key_from(row), rows.flattening_from(row))
    for row in connection.execute(select(schema.attachments)).mappings():
        book.attachments.load(rows.key_from(row), rows.attachment_from(row))
    for row in connection.execute(select(schema.tallies)).mappings():
        book.tallies.load((rows.scope_from(row), row["name"]), rows.tally_from(row))


def _last_snapshot(connection: Connection, scope: rows.Row) -> Snapshot | None:
    table = schema.equity_snapshots
    query = select(table).where(*(table.c[name] == part for name, part in scope.items()))
    row = connection.execute(query.order_by(table.c.id.desc()).limit(1)).mappings().first()
    return Snapshot(row["time"], row["equity"]) if row else None


def _load_orders(connection: Connection, book: Book) -> None:
    query = select(schema.orders).where(schema.orders.c.live).order_by(schema.orders.c.id)
    live = [rows.order_from(row) for row in connection.execute(query).mappings()]
    trades = trade_ids(connection, [order.client_order_id for order in live if order.filled != Decimal(0)])
    for order in live:
        _require_instrument(book.setup, key_of(order), "a live order")
        book.load_order(order, trades.get(order.client_order_id, ()))
