"""`db check`: a sound database has no findings, and each way of being unsound has one."""

import sqlite3
from pathlib import Path

import pytest

from app.storage.checking import examine_all
from app.storage.errors import DatabaseRefused
from tests.integration.conftest import Desk
from tests.integration.test_replay import record
from tests.properties.model import SETUP


@pytest.fixture
async def sound(desk: Desk) -> Path:
    """A desk's day, and nothing wrong with it."""
    await record(desk)
    assert examine_all(desk.path, SETUP).findings == ()
    return desk.path


def found(path: Path, statement: str) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        assert connection.execute(statement).rowcount > 0
    return [(finding.check, finding.message) for finding in examine_all(path, SETUP).findings]


FILLED = "client_order_id IN (SELECT client_order_id FROM fills)"


@pytest.mark.parametrize(
    ("statement", "check", "said"),
    [
        ("UPDATE positions SET quantity = '2' WHERE quantity != '0'", "positions", "quantity is 2; its fills"),
        ("UPDATE positions SET realised = '7'", "positions", "realised is 7"),
        ("UPDATE positions SET fees = '7'", "positions", "fees is 7"),
        ("DELETE FROM positions WHERE quantity != '0'", "positions", "quantity is 0"),
        ("UPDATE fills SET price = '99'", "positions", "lead to 99"),
        ("UPDATE wallets SET amount = '10001' WHERE account = 'paper'", "wallets", "the wallet has 10001; its"),
        (
            f"UPDATE orders SET filled = '0.5' WHERE {FILLED}",
            "orders",
            "says that 0.5 is filled, its fills",
        ),
        (f"UPDATE orders SET cost = '5' WHERE {FILLED}", "orders", "says that it cost 5"),
        (f"UPDATE orders SET quantity = '3' WHERE {FILLED}", "orders", "is FILLED with 1 of 3"),
        (f"UPDATE orders SET side = 'sell' WHERE {FILLED}", "orders", "has the fill t-1 of"),
        (f"UPDATE orders SET live = 1 WHERE {FILLED}", "orders", "is FILLED and marked as live"),
        (f"UPDATE orders SET status = 'CANCELED' WHERE {FILLED}", "orders", "its history says FILLED"),
        (f"UPDATE orders SET status = 'LOST' WHERE {FILLED}", "orders", "cannot be read"),
        ("UPDATE orders SET live = 0 WHERE live", "orders", "marked as ended"),
        ("DELETE FROM order_transitions WHERE previous IS NULL", "orders", "but was None"),
        ("UPDATE order_transitions SET status = 'REJECTED' WHERE status = 'FILLED'", "orders", "its history says"),
        ("UPDATE order_transitions SET previous = 'DENIED' WHERE status = 'FILLED'", "orders", "went from DENIED"),
        (f"DELETE FROM orders WHERE {FILLED}", "references", "names what orders does not have"),
        ("DELETE FROM orders WHERE NOT live", "signals", "which is not there"),
        ("DELETE FROM signals WHERE alert_id = 'a'", "references", "names what signals does not have"),
        ("UPDATE signals SET decision = '{}'", "signals", "its decision cannot be read"),
        ("UPDATE signals SET content = 'x'", "signals", "its content cannot be read"),
        ("UPDATE signals SET status = 'ignored'", "signals", "is ignored, its decision is accepted"),
        ("UPDATE trading_states SET status = 'ASLEEP'", "book", "'ASLEEP' is not a valid TradingStatus"),
        ("UPDATE positions SET symbol = 'X/USDT:USDT' WHERE quantity != '0'", "book", "does not know"),
        ("UPDATE alembic_version SET version_num = '0001'", "schema", "`quartermaster db upgrade`"),
    ],
)
async def test_what_is_wrong_is_found(sound: Path, statement: str, check: str, said: str) -> None:
    findings = found(sound, statement)
    assert [c for c, message in findings if c == check and said in message], findings


async def test_a_damaged_file_is_found(sound: Path) -> None:
    with sqlite3.connect(sound) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'fills'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with sound.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert {finding.check for finding in examine_all(sound, SETUP).findings} == {"integrity"}


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_text("not a database, but text that is long enough to look like one" * 20, encoding="utf-8")
    with pytest.raises(DatabaseRefused):
        examine_all(path, SETUP)


async def test_many_findings_are_cut_off(sound: Path) -> None:
    """The other checks still have their say."""
    with sqlite3.connect(sound) as connection:
        names = [(f"gone-{number}",) for number in range(300)]
        moment = "'2026-01-01T00:00:00+00:00'"
        columns = "(client_order_id, status, time, reason)"
        connection.executemany(f"INSERT INTO order_transitions {columns} VALUES (?, 'PENDING', {moment}, '')", names)
        connection.execute("UPDATE signals SET status = 'ignored'")
    findings = examine_all(sound, SETUP).findings
    by_check = [finding.check for finding in findings]
    assert (by_check.count("references"), "signals" in by_check) == (20, True)
