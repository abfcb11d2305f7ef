"""The instruments that ship with the paper account."""

from decimal import Decimal

import pytest

from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.instrument import Instrument, parse_symbol


def test_bitcoin_and_ether_have_the_documented_steps() -> None:
    bitcoin, ether = COMMON_INSTRUMENTS["BTC/USDT:USDT"], COMMON_INSTRUMENTS["ETH/USDT:USDT"]
    assert (bitcoin.lot, bitcoin.tick) == (Decimal("0.001"), Decimal("0.1"))
    assert (ether.lot, ether.tick) == (Decimal("0.01"), Decimal("0.01"))


def test_the_majors_are_there() -> None:
    majors = "SOL XRP BNB DOGE ADA AVAX LINK DOT LTC BCH TRX TON SUI NEAR APT ARB OP ATOM UNI FIL"
    assert {f"{base}/USDT:USDT" for base in majors.split()} <= COMMON_INSTRUMENTS.keys()


@pytest.mark.parametrize("instrument", COMMON_INSTRUMENTS.values(), ids=lambda instrument: str(instrument.base))
def test_each_is_a_linear_contract_with_sound_terms(instrument: Instrument) -> None:
    assert parse_symbol(instrument.symbol) == (instrument.base, "USDT", "USDT")
    assert instrument.contract_size == 1
    assert instrument.min_quantity == instrument.lot > 0
    assert instrument.tick > 0
    assert instrument.min_cost == 5
    assert instrument.max_leverage in (50, 100)
