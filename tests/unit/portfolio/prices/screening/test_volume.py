"""`volume`: so much has been traded in 24 hours."""

import pytest

from portfolio.prices.screening.rates import rates_of
from portfolio.prices.screening.registry import rule_of
from tests.sights import NOW, D, found, sight, ticker

RATES = rates_of([ticker("BTC/USDT", bid="60000", ask="60000"), ticker("EUR/USDT", bid="1.25", ask="1.25")])


@pytest.mark.parametrize(("volume", "holds"), [("1000000", True), ("999999.99", False)])
def test_the_volume_is_in_the_market_s_quote_currency(volume: str, holds: bool) -> None:
    finding = found(rule_of("volume:at_least=1000000"), sight(ticker(volume_24h=volume)))
    assert (finding.figure, finding.holds) == (D(volume), holds)


def test_a_volume_reads_short_with_its_currency() -> None:
    assert found(rule_of("volume:at_least=1"), sight(ticker())).says == "12.3 M USDT in 24 h"


def test_a_volume_is_converted_by_the_venue_s_own_prices() -> None:
    rule = rule_of("volume:at_least=1000000,currency=EUR")
    finding = found(rule, sight(ticker("ETH/BTC", volume_24h="25"), rates=RATES))
    assert (finding.figure, finding.holds, finding.says) == (D(1_200_000), True, "1.2 M EUR in 24 h")


def test_without_a_rate_nobody_can_say() -> None:
    rule = rule_of("volume:at_least=1,currency=JPY")
    assert rule.judge(sight(ticker(), rates=RATES)) is None


def test_without_a_volume_nobody_can_say() -> None:
    assert rule_of("volume:at_least=1").judge(sight(ticker(volume_24h=None))) is None


def test_its_ticker_is_enough() -> None:
    assert rule_of("volume:at_least=1").needs(ticker(), NOW) == ()
