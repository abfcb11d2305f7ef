"""What [prices] may say, and what there is to say where it cannot be."""

from decimal import Decimal
from pathlib import Path

import ccxt
import pytest

from app.settings import ConfigurationError, load_settings
from app.settings.prices import PriceSettings
from exchange.known import known_venues
from portfolio.prices.assets import Assets

DESK = """
[server]
api_token = "0123456789abcdef-token"
[webhook]
secret = "0123456789abcdef-secret"
[[accounts]]
id = "main"
venue = "paper"
balances = { USDT = 1000 }
[[strategies]]
id = "trend"
kind = "follow"
symbols = ["BTC/USDT:USDT"]
"""


def prices_in(folder: Path, text: str, **environment: str) -> PriceSettings:
    path = folder / "quartermaster.toml"
    path.write_text(DESK + text, encoding="utf-8")
    return load_settings(path, {f"QUARTERMASTER_PRICES__{name}": value for name, value in environment.items()}).prices


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        prices_in(folder, text)
    return caught.value.faults


def test_nothing_need_be_said_of_prices(tmp_path: Path) -> None:
    prices = prices_in(tmp_path, "")
    assert prices.venues == ("binance", "coinbase", "kraken")
    assert prices.symbols == ()


def test_the_known_venues_are_those_of_ccxt() -> None:
    assert set(known_venues()) == set(ccxt.exchanges)


def test_all_of_it_can_come_from_the_environment(tmp_path: Path) -> None:
    prices = prices_in(
        tmp_path, "", VENUES="okx,kraken", SYMBOLS="BTC/USDT,ETH/USDT", EXCHANGES__KRAKEN__TAKER_FEE="0.1%"
    )
    assert prices.venues == ("okx", "kraken")
    assert prices.symbols == ("BTC/USDT", "ETH/USDT")
    assert prices.exchanges[0].taker_fee == Decimal("0.001")


def test_a_venues_code_can_stand_for_another_coin(tmp_path: Path) -> None:
    prices = prices_in(tmp_path, '[prices.assets]\n"kraken:LUNA" = "LUNC"')

    assert Assets.spelt(prices.assets).of("kraken", "LUNA") == "LUNC"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[prices]\nvenues = ["binanse"]',
            'prices.venues.#1: ccxt knows no such venue, the nearest is "binance", got "binanse"',
        ),
        ("[prices]\nvenues = []", 'prices.venues: at least one venue is needed, such as ["binance"]'),
        ('[prices]\nvenues = ["okx", "okx"]', 'prices.venues.#2: listed twice, got "okx"'),
        (
            '[prices]\nsymbols = ["BTCUSDT"]',
            'prices.symbols.#1: not a unified symbol, the nearest common one is "BTC/USDT", got "BTCUSDT"',
        ),
        ('[prices]\nsymbols = ["A/B", "A/B"]', 'prices.symbols.#2: listed twice, got "A/B"'),
        ('[prices.assets]\nLUNA = "LUNC"', 'prices.assets.LUNA: expected a venue and its code, such as "kraken:LUNA"'),
        (
            '[prices.assets]\n"krakan:LUNA" = "LUNC"',
            'prices.assets."krakan:LUNA": ccxt knows no such venue, the nearest is "kraken", got "krakan"',
        ),
        (
            '[prices.discrepancies]\nrearm_below = "1%"',
            "prices.discrepancies.rearm_below: must not be above alert_above, which is 0.005, got 0.01",
        ),
        (
            '[prices.discrepancies]\nalert_above = "10%"',
            "prices.discrepancies.alert_above: must be below absurd_above, which is 0.1, got 0.1",
        ),
        (
            '[[prices.exchanges]]\nid = "krakan"',
            "prices.exchanges.krakan.id: is no venue of prices, a screen or a feed, "
            'the nearest is "kraken", got "krakan"',
        ),
        (
            '[[prices.exchanges]]\nid = "kraken"\n[[prices.exchanges]]\nid = "kraken"',
            'prices.exchanges.kraken.id: used twice, got "kraken"',
        ),
        (
            '[[prices.exchanges]]\nid = "kraken"\nws_url = "ws://127.0.0.1:9"',
            "prices.exchanges.kraken.rest_url: required with ws_url",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == (fault,)


@pytest.mark.parametrize("text", ["prices = 5", 'prices = { venues = 5, symbols = 7, exchanges = "x" }'])
def test_what_is_no_table_is_told_without_falling_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(f"{text}\n{DESK}", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, {})
    assert caught.value.faults
    assert all(fault.startswith("prices") for fault in caught.value.faults)
