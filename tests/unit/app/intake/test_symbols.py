"""A name means one known symbol or none."""

import pytest

from app.intake.symbols import SymbolMap

LINEAR = "BTC/USDT:USDT"
INVERSE = "BTC/USD:BTC"
SPOT = "BTC/USDT"
DATED = "BTC/USDT:USDT-260626"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        (LINEAR, LINEAR),
        (SPOT, SPOT),
        (INVERSE, INVERSE),
        (DATED, DATED),
        ("BTCUSDT.P", LINEAR),
        ("BYBIT:BTCUSDT.P", LINEAR),
        ("MY_VENUE2:BTCUSDT.P", LINEAR),
        ("BTC-USDT-SWAP", LINEAR),
        ("OKX:BTC-USDT-SWAP", LINEAR),
        ("BTCUSDC.P", "BTC/USDC:USDC"),
        ("BTCUSD.P", INVERSE),
        ("BYBIT:BTCUSD.P", INVERSE),
        ("BTC-USD-SWAP", INVERSE),
        ("BITMEX:XBTUSD", INVERSE),
        ("BITMEX:XBTUSD.P", INVERSE),
        ("BITMEX:XBTUSDT", LINEAR),
        ("XBTUSD", INVERSE),
        ("BTCUSD", INVERSE),
        ("BTCUSDT", SPOT),
        ("BINANCE:BTCUSDT", SPOT),
        ("XBTUSDT", SPOT),
        ("BTC-USDT", SPOT),
        ("ETHUSDT", "ETH/USDT:USDT"),
        ("ETH/USDT", "ETH/USDT:USDT"),
        ("ETH-USDT", "ETH/USDT:USDT"),
        ("ETHBTC", "ETH/BTC"),
        ("ETHXBT", "ETH/BTC"),
    ],
)
def test_names_of_others_are_mapped(name, symbol):
    known = {LINEAR, INVERSE, SPOT, DATED, "BTC/USDC:USDC", "ETH/USDT:USDT", "ETH/BTC"}
    assert SymbolMap({}, known).resolve(name) == symbol


@pytest.mark.parametrize(
    "name",
    [
        *("", ":", "BTC", "btcusdt.p", " BTCUSDT.P", "BTCUSDT.P ", "BTCUSDT.P\n", "BYBIT: BTCUSDT.P", "BYBIT:"),
        *("ETHUSDT.P.P", "SOLUSDT.P", "SOL/USDT:USDT", ":BTCUSDT.P", "A:B:BTCUSDT.P", "BTC/USDT:BTCUSDT.P"),
        *("BTC/USDT:USDC", "\uff22TCUSDT.P", "É:BTCUSDT.P", "BTCUSD.P", "XBTUSD", "BTC-USDT-260626"),
    ],
)
def test_any_other_name_is_unknown(name):
    assert SymbolMap({}, {LINEAR, "ETH/USDT:USDT"}).resolve(name) is None


def test_a_name_never_leads_to_a_symbol_that_is_not_known():
    symbols = SymbolMap({"MINE": LINEAR, "GONE": "XRP/USDT:USDT"}, {LINEAR})
    assert symbols.resolve("MINE") == LINEAR
    assert symbols.resolve("GONE") is None


def test_the_users_own_names_win():
    symbols = SymbolMap(
        {"BTCUSDT": LINEAR, "BYBIT:BTCUSDT.P": SPOT, "ETHUSDT": "not known"}, {LINEAR, SPOT, "ETH/USDT"}
    )
    assert symbols.resolve("BTCUSDT") == LINEAR
    assert symbols.resolve("BINANCE:BTCUSDT") == LINEAR
    assert symbols.resolve("BYBIT:BTCUSDT.P") == SPOT
    assert symbols.resolve("BTCUSDT.P") == LINEAR
    assert symbols.resolve("ETHUSDT") is None


def test_a_pair_with_several_contracts_and_no_spot_is_not_guessed():
    symbols = SymbolMap({}, {"BTC/USD:BTC", "BTC/USD:USD"})
    assert symbols.resolve("BTCUSD") is None
    assert symbols.resolve("BTCUSD.P") == INVERSE


def test_a_linear_contract_in_dollars_is_not_what_the_name_of_an_inverse_one_means():
    assert SymbolMap({}, {"BTC/USD:USD"}).resolve("BTCUSD.P") is None


def test_a_name_that_two_pairs_share_is_not_guessed():
    assert SymbolMap({}, {"AB/CDE", "ABC/DE"}).resolve("ABCDE") is None


def test_a_dated_contract_has_no_short_name():
    assert SymbolMap({}, {DATED}).resolve("BTCUSDT") is None


@pytest.mark.parametrize("known", ["BTC", "/USDT", "BTC/", "BTC/USDT:", ""])
def test_an_odd_known_symbol_is_only_known_by_itself(known):
    assert SymbolMap({}, {known}).resolve(known) == known


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("BTCUSTD.P", "BTCUSDT.P"),
        ("btcusdt.p", "BTCUSDT.P"),
        ("BYBIT:BTCUSDT.PP", "BTCUSDT.P"),
        ("???", None),
        ("", None),
    ],
)
def test_a_name_that_is_nearly_right_gets_a_suggestion(name, nearest):
    assert SymbolMap({}, {LINEAR}).suggestion(name) == nearest
