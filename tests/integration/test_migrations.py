"""The migrations lead exactly to the schema that the code declares."""

import sqlite3
from decimal import Decimal
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.storage.database import SCHEMA_HEAD, writer_engine
from app.storage.migrating import upgrade
from app.storage.preparing import prepare
from app.storage.schema import metadata
from app.storage.writing import Batch
from portfolio.model.account import Wallet
from portfolio.model.command import Envelope, Mark
from portfolio.model.position import Key
from portfolio.model.scope import PORTFOLIO
from tests.integration.conftest import FaultyStore
from tests.properties.model import BTC, PAPER, REAL, SETUP, START

TIME = "2026-03-02T11:00:00.000000+00:00"
FIRST_SCHEMA = f"""
INSERT INTO accounts VALUES ('{PAPER}', '9876.5');
INSERT INTO positions (account, strategy, symbol, quantity, cost, realised, fees)
    VALUES ('{PAPER}', 'follow', '{BTC}', '3', '300', '-123.5', '1');
INSERT INTO orders (client_order_id, origin, signal_id, account, strategy, symbol, side, order_type, quantity, price,
    reduce_only, is_exit, time_in_force, status, live, reference_price, reference_source, reservation_price,
    created_at, updated_at, send_by, filled, cost, cancel_requested, reasons)
    VALUES ('A-1', 'A', 'A', '{PAPER}', 'follow', '{BTC}', 'buy', 'limit', '3', '100', 0, 0, 'GTC', 'PARTIALLY_FILLED',
        1, '100', 'signal', '100', '{TIME}', '{TIME}', '{TIME}', '1', '100', 0, '[]'),
    ('A-2', 'A', 'A', '{PAPER}', 'follow', '{BTC}', 'buy', 'market', '9', NULL, 0, 0, 'GTC', 'DENIED',
        0, '100', 'signal', '100', '{TIME}', '{TIME}', '{TIME}', '0', '0', 0, '[]');
INSERT INTO fills (account, trade_id, client_order_id, strategy, symbol, side, quantity, price, fee, fee_currency,
    source, time)
    VALUES ('{PAPER}', 't-1', 'A-1', 'follow', '{BTC}', 'buy', '1', '100', '1', 'USDT', 'signal', '{TIME}');
"""


def test_an_upgraded_database_has_the_declared_schema(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    prepare(path)
    with writer_engine(path).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_upgraded_database_is_like_one_created_at_once(tmp_path: Path) -> None:
    """Columns, keys and indexes with their conditions: what the comparison above does not look at."""
    upgraded, created = tmp_path / "upgraded.db", tmp_path / "created.db"
    prepare(upgraded)
    metadata.create_all(writer_engine(created))
    assert columns(upgraded) == columns(created)
    assert indexes(upgraded) == indexes(created)


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as connection:
        return {name: sorted(connection.execute(f"PRAGMA table_info({name})")) for name in metadata.tables}


def indexes(path: Path) -> set[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with sqlite3.connect(path) as connection:
        return {(name, " ".join(sql.split())) for name, sql in connection.execute(query)}


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    prepare(path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO wallets VALUES ('main', 'USDT', '1')")
    before = path.read_bytes()
    prepare(path)
    assert path.read_bytes() == before
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA_HEAD,)]
        assert connection.execute("SELECT * FROM wallets").fetchall() == [("main", "USDT", "1")]


def test_a_database_of_the_first_schema_opens_with_everything_kept(tmp_path: Path) -> None:
    """An account, a position, an order that rests half filled, its fill, a denied one: wallets and stops came later."""
    path = tmp_path / "desk.db"
    upgrade(path, "0001")
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST_SCHEMA)
    prepare(path)
    book = FaultyStore(path).load_book(SETUP)
    assert book.wallets.as_dict() == {
        Wallet(PAPER, "USDT"): Decimal("9876.5"),
        Wallet(REAL, "USDT"): SETUP.accounts[REAL].balances["USDT"],
    }
    held = book.position(Key(PAPER, "follow", BTC))
    assert (held.quantity, held.cost, held.realised, held.fees, held.funding) == (3, 300, Decimal("-123.5"), 1, 0)
    (order,) = book.live_orders_in(PORTFOLIO)
    assert (order.client_order_id, order.status, order.filled, order.remaining) == ("A-1", "PARTIALLY_FILLED", 1, 2)
    assert (order.stop_price, order.post_only, order.expires_at, order.triggered) == (None, False, None, False)
    assert book.trades["A-1"] == ("t-1",)
    with sqlite3.connect(path) as connection:
        fills = connection.execute("SELECT trade_id, client_order_id, quantity FROM fills").fetchall()
        assert fills == [("t-1", "A-1", "1")]
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)


def test_the_nameless_wallet_of_then_is_written_back_as_the_portfolios(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    upgrade(path, "0001")
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST_SCHEMA)
    prepare(path)
    store = FaultyStore(path)
    book = store.load_book(SETUP)
    store.commit(Batch(((Envelope(8, Mark(), START), None),), book.take_changes()))
    with sqlite3.connect(path) as connection:
        wallets = connection.execute("SELECT account, currency, amount FROM wallets ORDER BY account").fetchall()
    assert wallets == [(PAPER, "USDT", "9876.5"), (REAL, "USDT", "10000")]
    assert store.load_book(SETUP).contents() == book.contents()
