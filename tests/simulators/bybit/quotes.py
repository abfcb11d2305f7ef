"""Public prices as frames: tickers and the best bid and ask, as snapshots and as what has changed."""

from typing import Any

import orjson

from portfolio.model.decimals import plain
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.market import ticker_told
from tests.simulators.bybit.stream import Streams
from tests.simulators.bybit.venue import Venue

DEPTHS = ("1", "50", "200", "1000")
_SIZE = "25"


class Quotes:
    """Depth 1 is repeated while nothing changes, as Bybit does every three seconds."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._updates: dict[tuple[str, str], int] = {}
        self._shown: dict[tuple[str, str], tuple[str, str]] = {}
        self.streams: Streams | None = None

    def snapshot(self, category: str, topic: str) -> bytes | None:
        """What a subscription begins with, if anything; None where the topic does not exist."""
        kind, _, rest = topic.partition(".")
        depth, _, name = rest.rpartition(".")
        listing = self._venue.listings.get((category, name))
        if listing is None:
            return None
        if kind == "tickers" and not depth:
            return self._ticker(listing, "snapshot")
        if kind == "orderbook" and depth in DEPTHS:
            return self._book(listing, depth)
        return b"" if kind == "publicTrade" else None

    def changed(self, listing: Listing) -> None:
        """The price has moved: whoever listens gets what is new."""
        streams = self.streams
        if streams is None:
            return
        key = (listing.category, listing.id)
        self._updates[key] = self._updates.get(key, 1000) + 1
        kind = "snapshot" if listing.is_spot else "delta"
        streams.publish_public(listing.category, f"tickers.{listing.id}", lambda: self._ticker(listing, kind))
        for depth in DEPTHS:
            topic = f"orderbook.{depth}.{listing.id}"
            streams.publish_public(listing.category, topic, lambda depth=depth: self._change(listing, depth))
        price = self._venue.price(listing)
        self._shown[key] = (plain(price.bid), plain(price.ask))

    def repeat(self) -> None:
        """Every price goes out once more, unchanged."""
        streams = self.streams
        assert streams is not None
        for listing in self._venue.listings.values():
            kind = "snapshot" if listing.is_spot else "delta"
            streams.publish_public(
                listing.category,
                f"tickers.{listing.id}",
                lambda listing=listing, kind=kind: self._ticker(listing, kind),
            )
            topic = f"orderbook.1.{listing.id}"
            streams.publish_public(listing.category, topic, lambda listing=listing: self._book(listing, "1"))

    def _ticker(self, listing: Listing, kind: str) -> bytes:
        venue = self._venue
        told = ticker_told(venue, listing)
        if kind == "delta":
            names = ("symbol", "bid1Price", "bid1Size", "ask1Price", "ask1Size", "lastPrice", "markPrice")
            told = {name: told[name] for name in names}
        elif listing.is_spot:
            told = {name: value for name, value in told.items() if "1" not in name}
        return self._frame(f"tickers.{listing.id}", kind, told)

    def _book(self, listing: Listing, depth: str) -> bytes:
        price = self._venue.price(listing)
        sides = {"b": [[plain(price.bid), _SIZE]], "a": [[plain(price.ask), _SIZE]]}
        return self._book_frame(listing, depth, "snapshot", sides)

    def _change(self, listing: Listing, depth: str) -> bytes:
        """The levels that went, with size 0, and those that came."""
        price, key = self._venue.price(listing), (listing.category, listing.id)
        bid, ask = self._shown.get(key, ("", ""))
        new_bid, new_ask = plain(price.bid), plain(price.ask)
        if not bid:
            return self._book(listing, depth)
        bids = ([[bid, "0"]] if bid != new_bid else []) + [[new_bid, _SIZE]]
        asks = ([[ask, "0"]] if ask != new_ask else []) + [[new_ask, _SIZE]]
        return self._book_frame(listing, depth, "delta", {"b": bids, "a": asks})

    def _book_frame(self, listing: Listing, depth: str, kind: str, sides: dict[str, Any]) -> bytes:
        update = self._updates.get((listing.category, listing.id), 1000)
        data = {"s": listing.id, **sides, "u": update, "seq": self._venue.sequence}
        return self._frame(f"orderbook.{depth}.{listing.id}", kind, data)

    def _frame(self, topic: str, kind: str, data: dict[str, Any]) -> bytes:
        now_ms = self._venue.clock.now_ms()
        return orjson.dumps(
            {"topic": topic, "type": kind, "ts": now_ms, "cts": now_ms, "cs": self._venue.sequence, "data": data}
        )
