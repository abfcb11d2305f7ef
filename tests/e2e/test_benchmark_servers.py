"""What measures need beside the desk itself: the server it is compared with, and the desk without request limits."""

import http.client
from pathlib import Path

from tests.benchmarks.alerts import SYMBOL, market_alerts
from tests.benchmarks.load import drive
from tests.benchmarks.servers import SECRET, NoOp, VenueDesk
from tests.benchmarks.stores import expect_filled
from tests.simulators.bybit import RemoteBybit


def test_the_route_that_does_nothing_answers(tmp_path: Path) -> None:
    with NoOp(tmp_path, 300) as noop:
        connection = http.client.HTTPConnection("127.0.0.1", noop.port, timeout=10)
        connection.request("POST", "/webhook", b"{}")
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (202, 300)


def test_the_desk_without_request_limits_trades_at_once_and_tells_its_commits(tmp_path: Path) -> None:
    with RemoteBybit(lifetime_s=120) as venue:
        venue.control("price", symbol=SYMBOL, bid="65000", ask="65000.1")
        desk = VenueDesk(tmp_path / "desk", venue, unlimited=True)
        with desk:
            alerts = market_alerts(30, SECRET)
            drive(desk.port, alerts.requests, 30)
            expect_filled(desk.store, alerts.ids)
        accepted = venue.control("state")["accepted"]
        assert sorted(accepted.values()) == [1] * 30
    assert desk.commits_s()
    assert all(took_s > 0 for took_s in desk.commits_s())
