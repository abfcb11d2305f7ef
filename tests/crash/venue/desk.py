"""A desk at a simulated venue of its own, each a process: what every test here begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.books import Books
from tests.crash.venue.alerts import MARKETS, configuration
from tests.crash.venue.books import VenueBooks, differences
from tests.crash.venue.nursery import Nursery
from tests.crash.venue.scan import leaks
from tests.crash.venue.server_process import ForkedServer
from tests.servers import TOKEN, Answer, eventually, free_port
from tests.simulators.bybit import RemoteBybit

READY_WITHIN_S = 60.0
SETTLED_WITHIN_S = 40.0


@dataclass(slots=True)
class VenueDesk:
    server: ForkedServer
    venue: RemoteBybit

    def start(self) -> None:
        self.server.begin()
        self.server.wait_until_ready(READY_WITHIN_S)

    def alert(self, **fields: Any) -> Answer:
        """At the market, without a price, unless `fields` say otherwise."""
        return self.server.alert(**{"price": None, **fields})

    def flatten(self) -> None:
        """Nothing is held and nothing rests."""
        for number, symbol in enumerate(MARKETS):
            answer = self.alert(id=f"end-{number}", symbol=symbol, action="flat", quantity=None)
            assert answer.status in (200, 202), answer
        eventually(lambda: not self.server.get("positions")["items"], SETTLED_WITHIN_S, every_s=0.2)

    def look(self) -> tuple[Books, VenueBooks]:
        venue = VenueBooks.read(self.venue.control("state"))
        return Books.read(self.server.database), venue

    def settle(self, within_s: float = SETTLED_WITHIN_S) -> tuple[Books, VenueBooks]:
        """The books and the venue's, which agree."""
        found: list[tuple[Books, VenueBooks]] = []

        def agree() -> bool:
            found[:] = [self.look()]
            return not differences(*found[0])

        try:
            eventually(agree, within_s, every_s=0.3)
        except AssertionError:
            raise AssertionError(differences(*self.look())[:10]) from None
        return found[0]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Newest first."""
        return [event for event in self.server.get("events?limit=1000")["items"] if event["kind"] == kind]


@contextmanager
def venue_desk(folder: Path, nursery: Nursery, **settings: Any) -> Iterator[VenueDesk]:
    """Nothing secret was written or said by the end of it."""
    with RemoteBybit() as venue:
        folder.mkdir(parents=True, exist_ok=True)
        server = ForkedServer(folder, nursery=nursery, port=free_port())
        server.configuration.write_text(
            configuration(port=server.port, token=TOKEN, rest_url=venue.rest_url, ws_url=venue.ws_url, **settings)
        )
        server.configuration.chmod(0o600)
        for symbol, market in MARKETS.items():
            venue.control("price", symbol=symbol, bid=str(market.centre), ask=str(market.centre + market.tick))
        desk = VenueDesk(server, venue)
        try:
            yield desk
            assert not (found := leaks(server, venue)), found
        finally:
            server.kill()
