"""Symbols and venues as people spell them."""

import pytest

from app.prices.asking import MOST_SYMBOLS, WronglyAsked, read_symbol, symbols_in, venues_in

KNOWN = ("binance", "coinbase", "kraken", "okx")


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("BTC/USDT", "BTC/USDT"),
        ("btc/usdt", "BTC/USDT"),
        ("BTC-USDT", "BTC/USDT"),
        ("btc_usdt", "BTC/USDT"),
        ("btc/usdt:usdt", "BTC/USDT:USDT"),
        ("BTC/USDT:USDT-261225", "BTC/USDT:USDT-261225"),
        ("kPEPE/USDC:USDC", "kPEPE/USDC:USDC"),
        ("1000SATS/USDT", "1000SATS/USDT"),
    ],
)
def test_a_spelling_that_can_only_mean_one_symbol_is_understood(text: str, symbol: str) -> None:
    assert read_symbol(text) == symbol


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("BTCUSDT", "is not a symbol such as BTC/USDT; did you mean BTC/USDT?"),
        ("ethusd", "is not a symbol such as BTC/USDT; did you mean ETH/USD?"),
        ("BTC//USDT", "is not a symbol such as BTC/USDT"),
        ("BTC/BTC", "is not a symbol such as BTC/USDT"),
        ("a b/c", "is not a symbol such as BTC/USDT"),
        ("BTC/USDT\n", "is not a symbol such as BTC/USDT"),
        ("ВТС/USDT", "is not a symbol such as BTC/USDT"),  # noqa: RUF001 - Cyrillic letters that look Latin
    ],
)
def test_any_other_is_refused_with_what_may_have_been_meant(text: str, told: str) -> None:
    with pytest.raises(WronglyAsked) as caught:
        read_symbol(text)
    assert str(caught.value).startswith(told)
    assert caught.value.value == text


def test_each_is_asked_once_in_the_order_given() -> None:
    assert symbols_in(["eth/usdt", " BTC/USDT ", "", "ETH/USDT"]) == ("ETH/USDT", "BTC/USDT")
    assert venues_in(["Kraken", "okx", "kraken", ""], KNOWN, "unknown") == ("kraken", "okx")


def test_an_unknown_venue_is_told_with_the_nearest() -> None:
    with pytest.raises(WronglyAsked, match=r"^is not configured; did you mean binance\?$"):
        venues_in(["binanse"], KNOWN, "is not configured")


def test_nobody_asks_for_everything_at_once() -> None:
    with pytest.raises(WronglyAsked, match="at most 100 at once"):
        symbols_in([f"A{number}/USDT" for number in range(MOST_SYMBOLS + 1)])
