"""What a paper account needs of the venue at whose prices it trades, and what that venue says of it."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.desk import OLDEST_QUOTE_S, build_desk
from app.feeds import fed_accounts, fed_instruments, feeds_of, symbols_quoted, terms_of
from app.settings import ConfigurationError, Settings, load_settings
from app.storage.preparing import prepare
from app.venues import SymbolsUnknown, VenueUnknown, remembered
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.instrument import Family, parse_symbol
from portfolio.model.position import Key
from portfolio.prices.market import Market
from portfolio.prices.source import SourceState, SourceStatus
from tests.unit.app.test_settings_venues import BYBIT, DESK

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAPER = '[[accounts]]\nid = "main"\nvenue = "paper"\nbalances = {{ {balances} }}\nfeed = "{feed}"\n'
STRATEGY = '[[strategies]]\nid = "trend"\nkind = "follow"\nsymbols = [{symbols}]\n'
SPOT, PERPETUAL, INVERSE, PEPE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "PEPE/USDT"
DOWN = SourceState(venue="binance", status=SourceStatus.UNREACHABLE, detail="connection refused")


def text(*symbols: str, feed: str = "binance", balances: str = 'USDT = "1000"', also: str = "") -> str:
    listed = ", ".join(f'"{symbol}"' for symbol in symbols)
    return DESK + PAPER.format(feed=feed, balances=balances) + also + STRATEGY.format(symbols=listed)


def load(folder: Path, *symbols: str, **parts: str) -> Settings:
    path = folder / "quartermaster.toml"
    path.write_text(text(*symbols, **parts))
    return load_settings(path, {})


def begun(folder: Path, *symbols: str, **parts: str) -> Settings:
    """With a database that can remember."""
    settings = load(folder, *symbols, **parts)
    prepare(settings.database_path)
    return settings


def faults_of(folder: Path, *symbols: str, **parts: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, *symbols, **parts)
    return caught.value.faults


def market(symbol: str, **terms: Any) -> Market:
    parsed = parse_symbol(symbol)
    assert parsed is not None
    base, quote, settle = parsed
    known: dict[str, Any] = {"lot": Decimal("0.5"), "tick": Decimal("0.25"), **terms}
    return Market(
        venue="binance", symbol=symbol, base=base, quote=quote, settle=settle if ":" in symbol else None, **known
    )


def markets(*symbols: str, **terms: Any) -> dict[str, Market]:
    return {symbol: market(symbol, **terms) for symbol in symbols}


# --- the configuration -------------------------------------------------------------------------------------------


def test_an_account_without_a_feed_has_none(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(text(SPOT).replace('feed = "binance"\n', ""))
    settings = load_settings(path, {})
    assert (fed_accounts(settings), feeds_of(settings)) == ({}, ())
    account = build_desk(settings)[0].accounts["main"]
    assert (account.trusts_signal_price, account.feed) == (True, None)


def test_a_venue_that_ccxt_does_not_know_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert faults_of(tmp_path, SPOT, feed="binanse") == (
        'accounts.main.feed: ccxt knows no such venue, the nearest is "binance", got "binanse"',
    )


def test_a_real_venue_tells_its_own_prices(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(f'{DESK}{BYBIT}feed = "binance"\n{STRATEGY.format(symbols=f"{chr(34)}{PERPETUAL}{chr(34)}")}')
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, {})
    assert caught.value.faults == ('accounts.main.feed: is for venue = "paper"; bybit tells its own prices',)


def test_strategies_have_to_say_what_is_to_be_watched(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == (
        'strategies.trend.symbols: required where the account has a feed: what it trades, such as ["BTC/USDT:USDT"]',
    )


def test_any_symbol_may_be_listed_that_looks_like_one(tmp_path: Path) -> None:
    assert load(tmp_path, "WIF/FDUSD").strategies[0].symbols == ("WIF/FDUSD",)
    assert faults_of(tmp_path, "WIFUSDT")[0].startswith("strategies.trend.symbols.#1: not a unified symbol")


def test_no_alerts_price_counts_and_no_old_one(tmp_path: Path) -> None:
    setup, limits = build_desk(load(tmp_path, SPOT))
    assert not setup.accounts["main"].trusts_signal_price
    assert limits.oldest_quote_s(Key("main", "trend", SPOT)) == OLDEST_QUOTE_S


@pytest.mark.parametrize(
    "also", ['limits = { max_quote_age_s = "60" }\n', '[portfolio.limits]\nmax_quote_age_s = "60"\n']
)
def test_how_old_a_price_may_be_is_as_configured_where_it_is(tmp_path: Path, also: str) -> None:
    _, limits = build_desk(load(tmp_path, SPOT, also=also))
    assert limits.oldest_quote_s(Key("main", "trend", SPOT)) == 60


# --- what is watched ---------------------------------------------------------------------------------------------


def quoted(settings: Settings, known: set[str], coins: tuple[str, ...] = ()) -> list[str]:
    return symbols_quoted(settings, settings.accounts[0], coins, known)


def test_what_is_traded_is_watched_and_no_more_where_that_says_it_all(tmp_path: Path) -> None:
    settings = load(tmp_path, SPOT, PERPETUAL, INVERSE)
    assert quoted(settings, {SPOT, PERPETUAL, INVERSE, "USDC/USDT"}) == [INVERSE, SPOT, PERPETUAL]


def test_a_quote_currency_is_valued_by_its_own_pair(tmp_path: Path) -> None:
    settings = load(tmp_path, "SOL/BTC")
    assert quoted(settings, {"SOL/BTC", "BTC/USDT", "SOL/USDT", "BTC/USDC"}) == ["SOL/BTC", "BTC/USDT", "SOL/USDT"]


def test_coins_in_the_wallets_are_valued_too(tmp_path: Path) -> None:
    settings = load(tmp_path, SPOT, balances='USDT = "1000", ETH = "2"')
    assert quoted(settings, {SPOT, "ETH/USDT", "XRP/USDT"}, ("XRP",)) == [SPOT, "ETH/USDT", "XRP/USDT"]


def test_another_portfolio_currency_is_reached_over_a_dollar(tmp_path: Path) -> None:
    settings = load(tmp_path, SPOT, also='[portfolio]\ncurrency = "EUR"\n')
    assert quoted(settings, {SPOT, "EUR/USDT", "ETH/EUR"}) == [SPOT, "EUR/USDT"]


# --- what can be traded ------------------------------------------------------------------------------------------


def test_the_terms_are_the_markets_where_nobody_else_says_them(tmp_path: Path) -> None:
    settings = begun(tmp_path, PEPE, SPOT)
    told = fed_instruments(settings, {"binance": markets(PEPE, SPOT, "ETH/USDT")}, NOW)
    instruments = build_desk(settings, told)[0].accounts["main"].instruments
    assert (instruments[PEPE].lot, instruments[PEPE].tick, instruments[PEPE].family) == (
        Decimal("0.5"),
        Decimal("0.25"),
        Family.SPOT,
    )
    assert instruments[SPOT] == COMMON_INSTRUMENTS[SPOT]
    assert remembered(settings) == told == {"main": {s: terms_of(market(s)) for s in (SPOT, PEPE)}}


def test_configured_terms_come_first(tmp_path: Path) -> None:
    own = f'instruments = [{{ symbol = "{PEPE}", lot = 1000, tick = "0.01" }}]\n'
    settings = begun(tmp_path, PEPE, also=own)
    told = fed_instruments(settings, {"binance": markets(PEPE)}, NOW)
    assert build_desk(settings, told)[0].accounts["main"].instruments[PEPE].lot == 1000


def test_a_contracts_size_and_minimums_are_its_markets(tmp_path: Path) -> None:
    terms = terms_of(market("WIF/USDT:USDT", contract_size=Decimal(10), min_quantity=Decimal(2), min_cost=Decimal(5)))
    assert terms is not None
    assert (terms.contract_size, terms.min_quantity, terms.min_cost) == (10, 2, 5)
    assert (terms.family, terms.settle) == (Family.LINEAR, "USDT")


def test_a_symbol_that_the_venue_never_had_is_told_with_the_nearest(tmp_path: Path) -> None:
    settings = begun(tmp_path, "PEPPE/USDT")
    with pytest.raises(SymbolsUnknown) as caught:
        fed_instruments(settings, {"binance": markets(PEPE, SPOT)}, NOW)
    assert caught.value.faults == (
        "strategies.trend.symbols: binance has no PEPPE/USDT; the nearest it has: PEPE/USDT",
    )


def test_shipped_terms_do_not_stand_for_a_market_that_the_venue_has_not(tmp_path: Path) -> None:
    settings = begun(tmp_path, PERPETUAL)
    with pytest.raises(SymbolsUnknown) as caught:
        fed_instruments(settings, {"binance": markets(SPOT)}, NOW)
    assert "binance has no BTC/USDT:USDT; the nearest it has: BTC/USDT" in caught.value.faults[0]


def test_a_market_without_steps_needs_them_from_the_configuration(tmp_path: Path) -> None:
    settings = begun(tmp_path, PEPE)
    with pytest.raises(SymbolsUnknown) as caught:
        fed_instruments(settings, {"binance": markets(PEPE, lot=None)}, NOW)
    assert caught.value.faults == (
        "strategies.trend.symbols: binance does not tell the lot and tick of PEPE/USDT: add them as "
        "[[accounts.instruments]]",
    )


def test_a_market_that_closed_since_is_known_from_before(tmp_path: Path) -> None:
    settings = begun(tmp_path, PEPE)
    first = fed_instruments(settings, {"binance": markets(PEPE)}, NOW)
    assert fed_instruments(settings, {"binance": markets(SPOT)}, NOW) == first


def test_a_feed_that_is_down_does_not_keep_the_desk_from_starting(tmp_path: Path) -> None:
    settings = begun(tmp_path, PERPETUAL)
    assert fed_instruments(settings, {"binance": DOWN}, NOW) == {"main": {}}


def test_a_feed_that_is_down_is_known_from_the_last_time(tmp_path: Path) -> None:
    settings = begun(tmp_path, PEPE)
    told = fed_instruments(settings, {"binance": markets(PEPE)}, NOW)
    assert fed_instruments(settings, {"binance": DOWN}, NOW) == told


def test_a_feed_that_was_never_reached_has_not_told_how_its_own_symbols_are_traded(tmp_path: Path) -> None:
    settings = begun(tmp_path, PEPE, PERPETUAL)
    with pytest.raises(VenueUnknown) as caught:
        fed_instruments(settings, {"binance": DOWN}, NOW)
    assert str(caught.value) == (
        "account main: its feed binance is UNREACHABLE: connection refused; it has never told how PEPE/USDT can be "
        "traded: start again when it answers"
    )
