"""What was committed is what is read: every table, in a new connection, and nothing of a batch that failed."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.storage.database import reader_engine
from app.storage.errors import ConstraintViolated, DatabaseRefused, StorageUnavailable
from app.storage.reading import Reader
from app.storage.schema import metadata
from app.storage.store import Store
from app.storage.writing import Batch
from portfolio.book import Book, key_of
from portfolio.model.attachment import Attached, Attachment, AttachmentState
from portfolio.model.command import (
    Envelope,
    FinishReconciliation,
    Flatten,
    Halt,
    Mark,
    ReceiveSignal,
    ReportFunding,
    ReportOrder,
    TakeWalletSnapshot,
)
from portfolio.model.decision import Decision
from portfolio.model.fill import Funding, OrderReport, Trade
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.position import Key, Position
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.signal import Action, MarketPosition
from portfolio.model.venue import Balance
from portfolio.model.worth import AssetWorth
from tests.fakes import order
from tests.integration.conftest import Desk, FaultyStore
from tests.properties.model import ETH, PAPER, PRICES, REAL, SETUP, START

PRUNING = {"brought_forward", "prunings"}
WORTH = (
    AssetWorth(account=PAPER, currency="BTC", amount=Decimal("0.1"), value=Decimal("6000.000000000001")),
    AssetWorth(account=PAPER, currency="DUST", amount=Decimal(1), value=None),
)
VENUES = {"instruments", "venues"}
"""Written when a process starts, not by commands."""


async def fill_every_table(desk: Desk) -> None:
    desk.quotes.put(PAPER, ETH, PRICES[ETH])
    rounded = desk.engine.book.wallet(PAPER, "USDT") + Decimal("0.000000005")
    await desk.engine.execute(FinishReconciliation(PAPER, balances=(Balance(currency="USDT", amount=rounded),)))
    bought = await desk.engine.receive(desk.alert(alert_id="a"))
    assert isinstance(bought, Decision)
    order_id = bought.orders[0].client_order_id
    trades = [
        Trade(
            trade_id=trade_id,
            quantity=Decimal("0.3"),
            price=Decimal("100.123456789"),
            fee=Decimal("-0.000000001"),
            fee_currency="USDT",
            source=PriceSource.QUOTE,
            time=START,
        )
        for trade_id in ("t-1", "t-2")
    ]
    status = OrderStatus.PARTIALLY_FILLED
    await desk.engine.execute(
        ReportOrder(
            PAPER, OrderReport(client_order_id=order_id, status=status, trades=tuple(trades), venue_order_id="v")
        )
    )
    paid = Funding(
        symbol=ETH,
        amount=Decimal("-0.000000006"),
        currency="USDT",
        rate=Decimal("0.000000001"),
        price=Decimal(10),
        time=START,
    )
    await desk.engine.execute(ReportFunding(PAPER, paid))
    await desk.engine.receive(desk.alert("target", Action.LONG, market_position=MarketPosition.LONG, time=START))
    await desk.engine.receive(desk.alert("reverse", Action.LONG, order_type=OrderType.LIMIT, price=Decimal(99)))
    _attach(desk.engine.book)
    await desk.engine.execute(TakeWalletSnapshot("USDT", WORTH, {"EUR": Decimal("0.9")}))
    await desk.engine.execute(Halt(Scope(REAL)))
    await desk.engine.execute(Flatten("flatten", Scope(PAPER)))


def _attach(book: Book) -> None:
    """A live order has taken a stop along, which its venue is asked to take away."""
    order = book.live_orders_in(PORTFOLIO)[-1]
    attached = Attached(stop_loss=Decimal("0.000000001"))
    book.put_order(order.but(attached=attached))
    book.attachments.put(key_of(order), Attachment(order.client_order_id, attached, AttachmentState.LEAVING))


async def test_the_book_is_read_as_it_was_written_from_every_table(desk: Desk) -> None:
    await fill_every_table(desk)
    empty = [name for name in metadata.tables.keys() - PRUNING - VENUES if not desk.row_count(name)]
    assert empty == []
    assert FaultyStore(desk.path).load_book(SETUP).contents() == desk.engine.book.contents()
    assert desk.engine.book.trades.as_dict() == {next(iter(desk.engine.book.trades)): ("t-1", "t-2")}


async def test_the_last_snapshot_of_the_wallet_is_read_as_it_was_taken(desk: Desk) -> None:
    reader = Reader(reader_engine(desk.path))
    assert await reader.last_wallet_snapshot() is None
    for rate in ("0.8", "0.9"):
        await desk.engine.execute(TakeWalletSnapshot("USDT", WORTH, {"EUR": Decimal(rate)}))

    kept = await reader.last_wallet_snapshot()
    await reader.close()

    assert kept is not None
    assert (kept.currency, kept.assets, kept.rates) == ("USDT", WORTH, {"EUR": Decimal("0.9")})
    assert kept.total == Decimal("6000.000000000001")
    assert kept.time.tzinfo is not None


async def test_numbers_and_times_are_kept_as_plain_text(desk: Desk) -> None:
    await fill_every_table(desk)
    with sqlite3.connect(desk.path) as connection:
        rows = connection.execute("SELECT price, fee, time FROM fills ORDER BY id").fetchall()
    assert rows[0] == ("100.123456789", "-0.000000001", "2026-03-02T12:00:00.000000+00:00")


@pytest.mark.parametrize(("quantity", "is_refused"), [("0", False), ("1", True)])
def test_what_the_configuration_has_forgotten_may_only_be_flat(database: Path, quantity: str, is_refused: bool) -> None:
    store, key = FaultyStore(database), Key(PAPER, "follow", ETH)
    book: Book = store.load_book(SETUP)
    book.positions.put(key, Position(quantity=Decimal(quantity), realised=Decimal(5)))
    store.commit(Batch(((Envelope(1, Mark(), START), None),), book.take_changes()))
    without = {symbol: terms for symbol, terms in SETUP.accounts[PAPER].instruments.items() if symbol != ETH}
    accounts = {PAPER: replace(SETUP.accounts[PAPER], instruments=without)}
    if is_refused:
        with pytest.raises(DatabaseRefused, match="does not know"):
            FaultyStore(database).load_book(replace(SETUP, accounts=accounts))
        return
    loaded = FaultyStore(database).load_book(replace(SETUP, accounts=accounts))
    assert (loaded.positions.items(), loaded.equity(Scope(PAPER))) == ([], 10_000)
    assert FaultyStore(database).load_book(SETUP).position(key).realised == 5


def test_every_term_of_an_order_is_kept(database: Path) -> None:
    store = FaultyStore(database)
    book: Book = store.load_book(SETUP)
    stop = order(
        account=PAPER,
        symbol=ETH,
        order_type=OrderType.STOP_LIMIT,
        price=Decimal("99.95"),
        stop_price=Decimal("100.05"),
        post_only=True,
        time_in_force=TimeInForce.GTD,
        expires_at=START + timedelta(days=2, microseconds=1),
        triggered=True,
        reduce_only=True,
        is_exit=True,
        status=OrderStatus.OPEN,
    )
    book.put_order(stop)
    store.commit(Batch(((Envelope(1, Mark(), START), None),), book.take_changes()))
    assert FaultyStore(database).load_book(SETUP).orders.as_dict() == {"A-1": stop}


def marked(store: Store, seq: int) -> Batch:
    book: Book = store.load_book(SETUP)
    return Batch(((Envelope(seq, Mark(), START), None),), book.take_changes())


def test_a_batch_that_contradicts_what_is_there_leaves_nothing(database: Path) -> None:
    store = FaultyStore(database)
    store.commit(marked(store, 1))
    book = store.load_book(SETUP)
    envelopes = tuple((Envelope(seq, Mark(), START), None) for seq in (2, 1))
    with pytest.raises(ConstraintViolated):
        store.commit(Batch(envelopes, book.take_changes()))
    assert (store.has(1), store.has(2), store.last_seq()) == (True, False, 1)


def test_a_locked_database_is_unavailable_and_works_again_once_it_is_free(database: Path) -> None:
    store = FaultyStore(database)
    batch = marked(store, 1)
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable, match="locked"):
        store.commit(batch)
    other.execute("ROLLBACK")
    other.close()
    store.commit(marked(store, 1))
    assert store.last_seq() == 1


def test_a_process_that_stops_before_the_commit_leaves_nothing(database: Path) -> None:
    store = FaultyStore(database)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.commit(marked(store, 1), stop)
    store.close()
    assert FaultyStore(database).last_seq() == 0


async def test_a_repeat_is_known_for_as_long_as_its_window(desk: Desk) -> None:
    alert = desk.alert(alert_id="a")
    first = await desk.engine.receive(alert)
    assert isinstance(first, Decision)
    await desk.engine.load()
    again = await desk.engine.receive(ReceiveSignal("other", alert.signal, START))
    assert isinstance(again, Decision)
    assert (again.duplicate, again.signal_id) == (True, first.signal_id)
    assert desk.row_count("signals") == 1
    await desk.engine.execute(Halt(PORTFOLIO))
