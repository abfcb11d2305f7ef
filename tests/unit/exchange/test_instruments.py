"""The instruments that ship with the paper account."""

from decimal import Decimal

import pytest

from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.instrument import Family, Instrument, family_of, parse_symbol


def test_bitcoin_and_ether_have_the_documented_steps() -> None:
    bitcoin, ether = COMMON_INSTRUMENTS["BTC/USDT:USDT"], COMMON_INSTRUMENTS["ETH/USDT:USDT"]
    assert (bitcoin.lot, bitcoin.tick) == (Decimal("0.001"), Decimal("0.1"))
    assert (ether.lot, ether.tick) == (Decimal("0.01"), Decimal("0.01"))


def test_the_majors_are_there() -> None:
    majors = "SOL XRP BNB DOGE ADA AVAX LINK DOT LTC BCH TRX TON SUI NEAR APT ARB OP ATOM UNI FIL"
    assert {f"{base}/USDT:USDT" for base in majors.split()} <= COMMON_INSTRUMENTS.keys()


@pytest.mark.parametrize("instrument", COMMON_INSTRUMENTS.values(), ids=COMMON_INSTRUMENTS)
def test_each_has_sound_terms_that_its_symbol_tells(instrument: Instrument) -> None:
    assert parse_symbol(instrument.symbol) == (instrument.base, instrument.quote, instrument.settle)
    assert instrument.family is family_of(instrument.symbol)
    assert instrument.contract_size == 1
    assert instrument.min_quantity == instrument.lot > 0
    assert instrument.tick > 0
    assert 0 < instrument.maintenance_margin < 1 / instrument.max_leverage


@pytest.mark.parametrize(
    ("family", "quote", "min_cost", "leverages"),
    [(Family.SPOT, "USDT", 5, {1}), (Family.LINEAR, "USDT", 5, {50, 100}), (Family.INVERSE, "USD", 1, {100})],
)
def test_those_of_a_family_are_alike(family: Family, quote: str, min_cost: int, leverages: set[int]) -> None:
    alike = [instrument for instrument in COMMON_INSTRUMENTS.values() if instrument.family is family]
    assert {instrument.quote for instrument in alike} == {quote}
    assert {instrument.min_cost for instrument in alike} == {min_cost}
    assert {instrument.max_leverage for instrument in alike} == leverages
