"""Public prices as frames: tickers and the best bid and ask, as snapshots and as what has changed."""

import time
from functools import partial
from typing import Any

import orjson

from portfolio.model.decimals import plain
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.market import ticker_told
from tests.simulators.bybit.stream import Streams
from tests.simulators.bybit.venue import Venue

DEPTHS = ("1", "50", "200", "1000")
_SIZE = "25"
REPEAT_BEST_AFTER_S = 3.0


class Quotes:
    """As on Bybit, depth 1 comes as snapshots only, repeated every three seconds while nothing changes."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._updates: dict[tuple[str, str], int] = {}
        self._shown: dict[tuple[str, str], tuple[str, str]] = {}
        self._told_s: dict[tuple[str, str], float] = {}
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
        self._told_s[key] = time.monotonic()
        kind = "snapshot" if listing.is_spot else "delta"
        streams.publish_public(listing.category, f"tickers.{listing.id}", partial(self._ticker, listing, kind))
        for depth in DEPTHS:
            topic = f"orderbook.{depth}.{listing.id}"
            streams.publish_public(listing.category, topic, partial(self._change, listing, depth))
        price = self._venue.price(listing)
        self._shown[key] = (plain(price.bid), plain(price.ask))

    def repeat(self) -> None:
        """To be called every second: tickers go out once more, and best prices that have not changed for long."""
        streams = self.streams
        assert streams is not None
        now_s = time.monotonic()
        for listing in self._venue.listings.values():
            kind = "snapshot" if listing.is_spot else "delta"
            streams.publish_public(
                listing.category,
                f"tickers.{listing.id}",
                partial(self._ticker, listing, kind),
            )
            key = (listing.category, listing.id)
            if now_s - self._told_s.get(key, 0) >= REPEAT_BEST_AFTER_S:
                self._told_s[key] = now_s
                topic = f"orderbook.1.{listing.id}"
                streams.publish_public(listing.category, topic, partial(self._book, listing, "1"))

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
        if depth == "1" or not bid:
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
