"""What can be traded at a real venue: as it tells, else as it told the last time; and where an account is."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.desk import build_desk, symbols_of
from app.settings import Settings, load_settings
from app.storage import migrating, rows, schema
from app.storage.database import writer_engine
from app.storage.errors import DatabaseRefused
from app.storage.preparing import prepare
from app.storage.venues import Place, load_held, load_instruments, require_same_places, save_instruments
from app.venues import SymbolsUnknown, VenueUnknown, access_of, instruments_known, places_of, remembered
from exchange.checkup import Trouble
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.instrument import Instrument
from portfolio.model.order import OrderStatus
from portfolio.model.position import Key, Position
from portfolio.model.venue import Condition
from tests.fakes import order
from tests.unit.app.test_settings_venues import BYBIT, DESK, STRATEGY

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BTC, SPOT, SOL = "BTC/USDT:USDT", "BTC/USDT", "SOL/USDT:USDT"
DOWN = Trouble(Condition.UNREACHABLE, "no answer within 5 s")


def told(*symbols: str, **changes: Decimal) -> dict[str, Instrument]:
    return {symbol: replace(COMMON_INSTRUMENTS[symbol], **changes) for symbol in symbols}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "quartermaster.toml"
    path.write_text(DESK + BYBIT + STRATEGY)
    found = load_settings(path, {})
    prepare(found.database_path)
    return found


def test_a_real_account_begins_with_nothing_and_believes_no_alert(settings: Settings) -> None:
    account = build_desk(settings, {"main": told(BTC)})[0].accounts["main"]
    assert (account.balances, account.trusts_signal_price) == ({}, False)
    assert account.instruments == told(BTC)


def test_an_alerts_names_mean_what_strategies_list(settings: Settings) -> None:
    """The venue has the spot pair as well, and nobody chose that."""
    setup, _ = build_desk(settings, {"main": told(BTC, SPOT, SOL)})
    names = symbols_of(settings, setup)
    spellings = ("BTCUSDT.P", "BYBIT:BTCUSDT.P", "BTCUSDT", "BTC/USDT:USDT", "XBTUSDT")
    assert [names.resolve(name) for name in spellings] == [BTC] * 5
    assert names.resolve("BTC/USDT") == SPOT
    assert names.resolve("SOLUSDT") == SOL


def test_names_are_known_before_the_venue_was_asked(settings: Settings) -> None:
    setup, _ = build_desk(settings)
    assert setup.accounts["main"].instruments == {}
    assert symbols_of(settings, setup).resolve("BYBIT:BTCUSDT.P") == BTC


def test_what_a_venue_tells_is_remembered_exactly(settings: Settings) -> None:
    exact = told(BTC, lot=Decimal("0.00100"), maintenance_margin=Decimal("0.0000000000000000001"))
    assert instruments_known(settings, {"main": exact}, NOW) == {"main": exact}
    assert remembered(settings) == {"main": exact}


def test_the_newest_terms_count_and_what_is_delisted_stays(settings: Settings) -> None:
    instruments_known(settings, {"main": told(BTC, SOL)}, NOW)
    newer = told(BTC, tick=Decimal("0.5"))
    assert instruments_known(settings, {"main": newer}, NOW) == {"main": newer | told(SOL)}
    assert remembered(settings)["main"] == newer | told(SOL)


def test_a_venue_that_is_down_is_known_from_the_last_time(settings: Settings) -> None:
    instruments_known(settings, {"main": told(BTC)}, NOW)
    assert instruments_known(settings, {"main": DOWN}, NOW) == {"main": told(BTC)}


def test_a_first_start_needs_the_venue(settings: Settings) -> None:
    with pytest.raises(VenueUnknown, match=r"account main: bybit \(testnet\) is UNREACHABLE: no answer within 5 s; "):
        instruments_known(settings, {"main": DOWN}, NOW)


def test_a_symbol_that_the_venue_never_had_is_a_fault_with_the_nearest(settings: Settings) -> None:
    with pytest.raises(SymbolsUnknown) as caught:
        instruments_known(settings, {"main": told(SPOT, SOL)}, NOW)
    (fault,) = caught.value.faults
    assert fault.startswith(
        "strategies.trend.symbols: bybit (testnet) has no BTC/USDT:USDT; the nearest it has: BTC/USDT"
    )


def test_a_symbol_that_the_venue_has_no_more_does_not_keep_the_desk_from_starting(settings: Settings) -> None:
    instruments_known(settings, {"main": told(BTC, SOL)}, NOW)
    assert BTC in instruments_known(settings, {"main": told(SOL)}, NOW)["main"]


def test_nothing_is_remembered_without_a_database(tmp_path: Path) -> None:
    assert load_instruments(tmp_path / "none.db") == {}
    (tmp_path / "empty.db").touch()
    assert load_instruments(tmp_path / "empty.db") == {}


def test_what_an_account_has_something_in_is_known_with_its_terms(settings: Settings) -> None:
    path, terms = settings.database_path, told(BTC, SPOT, SOL, "ETH/USDT:USDT")
    assert load_held(path) == {}
    save_instruments(path, "main", terms, NOW)
    assert load_held(path) == {}
    flat, held = Position(), Position(quantity=Decimal(-1), cost=Decimal(-100))
    resting, ended = order("A-1", symbol=SOL), order("A-2", symbol="ETH/USDT:USDT", status=OrderStatus.FILLED)
    with writer_engine(path).begin() as connection:
        positions = [(Key("main", "trend", BTC), held), (Key("main", "trend", SPOT), flat), (Key("b", "c", BTC), held)]
        connection.execute(insert(schema.positions), [rows.position_row(*position) for position in positions])
        connection.execute(insert(schema.orders), [rows.order_row(known) for known in (resting, ended)])
    assert load_held(path) == {"main": {symbol: terms[symbol] for symbol in (BTC, SOL)}}
    assert access_of(settings, settings.accounts[0], load_held(path)["main"]).held.keys() == {BTC, SOL}


def test_an_account_stays_where_it_is(settings: Settings) -> None:
    path = settings.database_path
    assert places_of(settings) == {"main": Place("bybit", "testnet")}
    require_same_places(path, places_of(settings))
    require_same_places(path, places_of(settings) | {"other": Place("paper")})
    with pytest.raises(
        DatabaseRefused, match=r"account main is at bybit \(testnet\) in the database, and at bybit \(live\)"
    ):
        require_same_places(path, {"main": Place("bybit", "live")})
    with pytest.raises(DatabaseRefused, match="account other is at paper in the database"):
        require_same_places(path, {"third": Place("paper"), "other": Place("bybit", "testnet")})
    require_same_places(path, {"third": Place("bybit", "testnet")})


def test_accounts_of_an_older_database_are_paper(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.touch(0o600)
    migrating.upgrade(path, "0004")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO wallets VALUES ('main', 'USDT', '10000')")
    assert load_instruments(path) == {}
    prepare(path)
    with pytest.raises(DatabaseRefused, match="account main is at paper in the database"):
        require_same_places(path, {"main": Place("bybit", "testnet")})


def test_a_thousand_instruments_are_remembered_at_once(settings: Settings) -> None:
    many = {f"C{n}/USDT:USDT": replace(COMMON_INSTRUMENTS[BTC], symbol=f"C{n}/USDT:USDT") for n in range(1000)}
    save_instruments(settings.database_path, "main", many, NOW)
    assert load_instruments(settings.database_path) == {"main": many}
