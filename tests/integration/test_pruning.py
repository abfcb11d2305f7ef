"""`db prune`: what goes is in the export, what stays adds up, and the desk does not notice."""

import gzip
import json
import shutil
import sqlite3
from collections import namedtuple
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.replay import ReplayRefused, replay
from app.storage.checking import examine_all
from app.storage.database import DatabaseLock
from app.storage.errors import DatabaseLocked, DatabaseRefused
from app.storage.pruning import export as export_module
from app.storage.pruning import remove as remove_module
from app.storage.pruning.export import ExportFailed
from app.storage.pruning.prune import Pruned, allowed, count_prunable, prune
from app.storage.pruning.remove import PruneStopped, vacuum
from app.storage.questions import Windows
from portfolio.limits.chain import LimitChain
from portfolio.model.command import ReportOrder
from portfolio.model.decision import Decision
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.order import OrderStatus, OrderType, PriceSource
from portfolio.model.signal import Action, Size
from tests.ageing import age
from tests.integration.conftest import Desk, FaultyStore
from tests.properties.model import BTC, CONFIGURATION, PAPER, PRICES, SETUP, START, scoped_limits

Usage = namedtuple("Usage", "total used free")
YEAR = timedelta(days=365)
LATER = START - YEAR + timedelta(days=1)


async def trade(desk: Desk, action: Action = Action.BUY, *, fills: str = "1", **said: object) -> str:
    """An alert, its order, and as much of it executed."""
    decision = await desk.engine.receive(desk.alert(action=action, **said))
    assert isinstance(decision, Decision)
    order_id = decision.orders[0].client_order_id
    await execute(desk, order_id, fills)
    return order_id


async def execute(desk: Desk, order_id: str, quantity: str) -> None:
    executed = Trade(
        trade_id=f"{order_id}-{desk.row_count('fills')}",
        quantity=Decimal(quantity),
        price=PRICES[BTC] + desk.row_count("fills"),
        fee=Decimal("0.05"),
        fee_currency="USDT",
        source=PriceSource.QUOTE,
        time=START,
    )
    report = OrderReport(client_order_id=order_id, status=OrderStatus.PARTIALLY_FILLED, trades=(executed,))
    await desk.engine.execute(ReportOrder(PAPER, report))


@pytest.fixture
async def old(desk: Desk) -> Desk:
    """Bought four times and sold once a year ago, then bought once more; the position is what all of it came to."""
    for number in range(4):
        await trade(desk, alert_id=f"old-{number}")
    await trade(desk, Action.SELL, alert_id="old-sale")
    age(desk.path, YEAR)
    await trade(desk, alert_id="new")
    return desk


def pruned(desk: Desk, folder: Path, **given: object) -> Pruned:
    return prune(desk.path, SETUP, LATER, folder, START, lambda _: None, **given)  # type: ignore[arg-type]


def exported(done: Pruned, table: str) -> list[dict[str, object]]:
    assert done.folder is not None
    with gzip.open(done.folder / f"{table}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


async def test_old_trails_go_into_the_export_and_the_books_still_add_up(old: Desk, tmp_path: Path) -> None:
    everything = {table: old.row_count(table) for table in ("orders", "fills", "signals", "journal", "events")}
    book = FaultyStore(old.path).load_book(SETUP).contents()
    done = pruned(old, tmp_path / "history")
    for table, count in everything.items():
        assert done.rows[table] == len(exported(done, table)) > 0
        assert old.row_count(table) == count - done.rows[table]
    assert {row["alert_id"] for row in exported(done, "signals")} == {f"old-{n}" for n in range(4)} | {"old-sale"}
    assert old.row_count("orders") == 1
    assert examine_all(old.path, SETUP).findings == ()
    assert FaultyStore(old.path).load_book(SETUP).contents() == book


async def test_without_what_was_brought_forward_they_would_not(old: Desk, tmp_path: Path) -> None:
    pruned(old, tmp_path)
    with sqlite3.connect(old.path) as connection:
        connection.execute("DELETE FROM brought_forward")
    assert {finding.check for finding in examine_all(old.path, SETUP).findings} == {"positions"}


async def test_the_desk_goes_on_as_if_nothing_had_happened(old: Desk, tmp_path: Path) -> None:
    pruned(old, tmp_path)
    await trade(old, Action.SELL, alert_id="after", size=Size(Decimal(2)), fills="2")
    assert examine_all(old.path, SETUP).findings == ()
    again = await old.engine.receive(old.alert(alert_id="new"))
    assert isinstance(again, Decision)
    assert again.duplicate


async def test_exported_rows_are_exact_and_for_their_owner_only(old: Desk, tmp_path: Path) -> None:
    with sqlite3.connect(old.path) as connection:
        prices = [price for (price,) in connection.execute("SELECT price FROM fills ORDER BY id LIMIT 5")]
    done = pruned(old, tmp_path)
    assert [row["price"] for row in exported(done, "fills")] == prices
    assert done.folder is not None
    assert done.folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in done.folder.iterdir()} == {0o600}
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"] == done.rows


async def test_behind_an_old_order_still_at_work_its_holding_keeps_everything(desk: Desk, tmp_path: Path) -> None:
    first = await trade(desk, alert_id="before")
    resting = await trade(desk, alert_id="resting", order_type=OrderType.LIMIT, price=Decimal(99), fills="0.3")
    after = await trade(desk, alert_id="after")
    age(desk.path, YEAR)
    await trade(desk, alert_id="new")
    done = pruned(desk, tmp_path)
    assert [row["client_order_id"] for row in exported(done, "orders")] == [first]
    with sqlite3.connect(desk.path) as connection:
        assert {resting, after} < {i for (i,) in connection.execute("SELECT client_order_id FROM orders")}
    await execute(desk, resting, "0.7")
    assert examine_all(desk.path, SETUP).findings == ()


async def test_a_dry_run_counts_and_changes_nothing(old: Desk, tmp_path: Path) -> None:
    before = old.path.read_bytes()
    counted = count_prunable(old.path, SETUP, LATER)
    assert old.path.read_bytes() == before
    assert counted.rows == pruned(old, tmp_path).rows


async def test_pruning_again_finds_nothing(old: Desk, tmp_path: Path) -> None:
    pruned(old, tmp_path / "one")
    done = pruned(old, tmp_path / "two")
    assert done.folder is None
    assert not (tmp_path / "two").exists()


async def test_stopped_after_any_transaction_the_books_add_up_and_the_next_finishes(
    old: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remove_module, "_TRAILS_AT_FIRST", 1)
    monkeypatch.setattr(remove_module, "_MOST", 1)
    stops = 0
    while True:
        naps = iter(range(2))

        def nap(_: float, naps: object = naps) -> None:
            if next(naps, None) is None:  # type: ignore[call-overload]
                raise KeyboardInterrupt

        try:
            prune(old.path, SETUP, LATER, tmp_path / str(stops), START, nap)
            break
        except KeyboardInterrupt:
            stops += 1
            assert examine_all(old.path, SETUP).findings == ()
    assert stops >= 3
    assert count_prunable(old.path, SETUP, LATER).rows == pruned(old, tmp_path / "last").rows
    assert old.row_count("orders") == 1
    assert examine_all(old.path, SETUP).findings == ()


async def test_an_order_that_changes_after_the_export_stays(old: Desk, tmp_path: Path, monkeypatch) -> None:
    """A late fill for an order of the export arrives before its trail is deleted."""
    with sqlite3.connect(old.path) as connection:
        (first,) = connection.execute("SELECT client_order_id FROM orders ORDER BY id LIMIT 1").fetchone()
    export = export_module._write_manifest

    def export_then_change(*given: object) -> None:
        export(*given)  # type: ignore[arg-type]
        with sqlite3.connect(old.path) as connection:
            connection.execute("UPDATE orders SET updated_at = ? WHERE client_order_id = ?", (START.isoformat(), first))

    monkeypatch.setattr(export_module, "_write_manifest", export_then_change)
    with pytest.raises(PruneStopped, match="has changed since"):
        pruned(old, tmp_path)
    assert old.row_count("orders") == 6
    assert examine_all(old.path, SETUP).findings == ()


@pytest.mark.parametrize("free", [0, export_module.RESERVE_BYTES - 1])
async def test_an_export_never_takes_the_last_room(old: Desk, tmp_path: Path, monkeypatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, free))
    with pytest.raises(ExportFailed, match="on another disk"):
        pruned(old, tmp_path / "history")
    assert list((tmp_path / "history").iterdir()) == []
    assert old.row_count("orders") == 6


async def test_an_export_that_cannot_be_read_back_prunes_nothing(old: Desk, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(export_module, "_lines_in", lambda path: 0)
    with pytest.raises(ExportFailed, match="instead of"):
        pruned(old, tmp_path / "history")
    assert list((tmp_path / "history").iterdir()) == []
    assert old.row_count("orders") == 6


async def test_a_symbol_that_is_no_longer_configured_keeps_its_history(old: Desk, tmp_path: Path) -> None:
    with sqlite3.connect(old.path) as connection:
        for table in ("fills", "orders", "positions"):
            connection.execute(f"UPDATE {table} SET symbol = 'OLD/USDT:USDT'")
    assert pruned(old, tmp_path).rows["fills"] == 0


async def test_two_at_once_are_refused(old: Desk, tmp_path: Path) -> None:
    lock = DatabaseLock(old.path.with_name(old.path.name + ".prune"))
    lock.acquire()
    with pytest.raises(DatabaseLocked, match="another prune"):
        pruned(old, tmp_path)
    lock.release()


async def test_an_old_schema_is_refused(old: Desk, tmp_path: Path) -> None:
    with sqlite3.connect(old.path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(DatabaseRefused, match="db upgrade"):
        pruned(old, tmp_path)


async def test_a_replay_of_what_was_pruned_is_refused(old: Desk, tmp_path: Path) -> None:
    pruned(old, tmp_path)
    with pytest.raises(ReplayRefused, match="was pruned"):
        replay(old.path, SETUP, LimitChain(scoped_limits()), CONFIGURATION)


async def test_space_is_given_back(old: Desk, tmp_path: Path) -> None:
    with sqlite3.connect(old.path) as connection:
        connection.execute("UPDATE journal SET envelope = hex(randomblob(50000))")
    pruned(old, tmp_path)
    with sqlite3.connect(old.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = old.path.stat().st_size
    vacuum(old.path)
    assert old.path.stat().st_size < before / 2
    assert examine_all(old.path, SETUP).findings == ()


def test_what_windows_and_days_still_need_is_never_old() -> None:
    windows = Windows(timedelta(days=3), timedelta(seconds=30))
    assert allowed(START, START, windows) == START - timedelta(days=3)
    assert allowed(START, START, Windows(timedelta(1), timedelta(seconds=1))) == START - timedelta(days=1)
    assert allowed(START - YEAR, START, windows) == START - YEAR
