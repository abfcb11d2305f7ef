"""The proof with its true times: the request has expired, two seconds more, and two reads are empty."""

import time

from portfolio.ports import Unknown
from tests.simulators.bybit import BybitSimulator
from tests.venues.desks import CREATE, desk_at, order


async def test_an_order_is_absent_only_when_its_request_has_expired_and_two_reads_were_empty(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False, recv_window_s=3.0, send_timeout_s=0.3) as desk:
        venue.control.fault("reset_before_accept", CREATE)
        sent_at_s = time.monotonic()
        assert isinstance(await desk.gateway.send(order("a-1")), Unknown)
        assert await desk.resolved(order("a-1"), within_s=8) is None
        assert 5.4 <= time.monotonic() - sent_at_s < 6.5
        assert desk.received(CREATE) == 1
