"""What the driver raises where an answer is lost: the class does not tell whether the order was taken."""

from typing import Any

import ccxt
import pytest

from tests.bitmex.drivers import driver_of
from tests.simulators.bitmex import BitmexSimulator
from tests.simulators.bitmex.faults import ALL

SYMBOL = "BTC/USD:BTC"
SEEN: dict[str, tuple[type[Exception] | None, int]] = {
    "silence_after": (ccxt.RequestTimeout, 1),
    "reset_after": (ccxt.ExchangeNotAvailable, 1),
    "html_502_after": (ccxt.ExchangeNotAvailable, 1),
    "json_500_after": (ccxt.ExchangeError, 1),
    "json_504_after": (ccxt.ExchangeError, 1),
    "truncated_after": (ccxt.BaseError, 1),
    "html_200_after": (None, 1),
    "empty_200_after": (None, 1),
    "silence_before": (ccxt.RequestTimeout, 0),
    "reset_before": (ccxt.ExchangeNotAvailable, 0),
    "overloaded": (ccxt.ExchangeNotAvailable, 0),
    "unavailable": (ccxt.ExchangeNotAvailable, 0),
    "too_many": (ccxt.DDoSProtection, 0),
    "too_many_untold": (ccxt.DDoSProtection, 0),
    "late": (ccxt.ExchangeNotAvailable, 1),
}


@pytest.mark.parametrize("fault", ALL)
async def test_each_fault_is_what_it_says(fault: str):
    raised, accepted = SEEN[fault]
    async with BitmexSimulator() as venue, driver_of(venue, timeout=300) as driver:
        venue.set_price("XBTUSD", "65000")
        venue.faults.late_s = 0.1
        await driver.load_markets()
        venue.faults.next(fault)
        if raised is None:
            assert (await _send(driver))["id"] is None
        else:
            with pytest.raises(raised):
                await _send(driver)
        assert venue.venue.arrived == {"one": 1}
        assert venue.venue.accepted.get("one", 0) == accepted
        assert venue.faults.happened == {fault: 1}


async def test_what_arrives_after_its_time_is_not_taken():
    async with BitmexSimulator() as venue, driver_of(venue, timeout=300) as driver:
        venue.set_price("XBTUSD", "65000")
        await driver.load_markets()
        venue.faults.next("late")
        venue.faults.late_s = 0.1
        driver.options["recvWindow"] = 0
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await _send(driver)
        assert venue.venue.accepted == {}


async def _send(driver: Any) -> Any:
    return await driver.create_order(SYMBOL, "limit", "buy", 100, 60000, {"clOrdID": "one"})
