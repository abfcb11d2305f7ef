"""What a test may do to the world, in this process or by `POST /_control/<name>` with the arguments as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portfolio.model.decimals import plain
from tests.simulators.public.edge import Latency
from tests.simulators.public.faults import Fault
from tests.simulators.public.market import Market
from tests.simulators.public.quote import Level

if TYPE_CHECKING:
    from tests.simulators.public.server import PublicSimulator

Told = dict[str, Any]
_SIZES = ("bid_size", "ask_size")


class Control:
    """Each public method is a route. Symbols are unified ones, numbers may be text."""

    def __init__(self, simulator: "PublicSimulator") -> None:
        self._simulator = simulator

    def call(self, name: str, arguments: Mapping[str, Any]) -> Told:
        """The named method's answer. Raises LookupError for a name that is none, TypeError for wrong arguments."""
        if name.startswith("_") or name == "call" or not hasattr(self, name):
            raise LookupError(f"no such control: {name}")
        return getattr(self, name)(**arguments) or {}

    # --- the markets ---------------------------------------------------------------------------------------------

    def price(self, venue: str, symbol: str, bid: Any, ask: Any = None, last: Any = None, **sizes: Any) -> None:
        """Exactly this, until told otherwise: `last` is between bid and ask unless told, `bid_size` and `ask_size`
        stay. The walk leaves the market alone afterwards."""
        if unknown := set(sizes) - set(_SIZES):
            raise TypeError(f"price has no {', '.join(sorted(unknown))}")
        best = _number(bid)
        more = {name: _number(value) for name, value in sizes.items()}
        if last is not None:
            more["last"] = _number(last)
        self._world.put(self._market(venue, symbol), best, best if ask is None else _number(ask), **more)

    def book(self, venue: str, symbol: str, bids: Sequence[Any], asks: Sequence[Any]) -> None:
        """The whole order book, pairs of price and quantity, the best first; a side may be empty."""
        self._world.pave(self._market(venue, symbol), _levels(bids), _levels(asks))

    def history(
        self,
        venue: str,
        symbol: str,
        change_1h: Any = None,
        change_24h: Any = None,
        change_7d: Any = None,
        high: Any = None,
        low: Any = None,
        volume: Any = None,
    ) -> None:
        """What the price did until now, as fractions (0.05 is +5 %) of the present last price; `high` and `low` are
        prices of the last 24 hours, `volume` that of 24 hours in the base currency."""
        market = self._market(venue, symbol)
        last, past = Decimal(market.quote.last or 0), market.past
        changes = {"hour_ago": change_1h, "day_ago": change_24h, "week_ago": change_7d}
        prices = {
            name: round(last / (1 + _number(change)), market.decimals)
            for name, change in changes.items()
            if change is not None
        }
        past = replace(past, **prices)
        extremes = {"high": max(last, past.hour_ago, past.day_ago), "low": min(last, past.hour_ago, past.day_ago)}
        told = {name: _number(value) for name, value in (("high", high), ("low", low)) if value is not None}
        if volume is not None:
            market.volume = _number(volume)
        self._world.remember(market, replace(past, **(extremes | told if prices or told else {})))

    def walk(self, every_s: float = 1.0, steps: int = 0) -> None:
        """All prices that nobody has set move that often, 0 is never; `steps` are taken at once."""
        self._simulator.pace.walk_s = every_s
        for _ in range(steps):
            self._world.walk()

    def repeat(self, every_s: float = 1.0) -> None:
        """Streams tell again what has not changed, that often; 0 is never."""
        self._simulator.pace.repeat_s = every_s

    def quotes(self, venue: str) -> Told:
        """What the venue says of each market."""
        return {
            symbol: {
                name: plain(value) if isinstance(value := getattr(market.quote, name), Decimal) else value
                for name in ("bid", "ask", "bid_size", "ask_size", "last", "open", "high", "low", "volume")
            }
            for symbol, market in self._world.markets[venue].items()
        }

    # --- the wire ------------------------------------------------------------------------------------------------

    def latency(self, seconds: float, venue: str = "*", endpoint: str = "*") -> None:
        """Each answer takes that long from now on, counted from its request's arrival."""
        self._known(venue)
        self._simulator.edge.latencies.append(Latency(venue, endpoint, float(seconds)))

    def fault(self, kind: str, venue: str = "*", **more: Any) -> None:
        """See faults.py for the kinds; `times=None` is without end, `probability` and `seed` draw."""
        self._known(venue)
        fault = Fault(kind=kind, venue=venue, **more)
        if kind == "frozen":
            everything = (market for markets in self._world.markets.values() for market in markets.values())
            now_ms = self._simulator.now_ms()
            fault.held = {(market.venue, market.symbol): replace(market.quote, time_ms=now_ms) for market in everything}
        self._simulator.faults.add(fault)

    def clear_faults(self, venue: str = "*", kind: str = "*") -> None:
        self._simulator.faults.clear(venue, kind)

    def streams(self, do: str, venue: str = "*") -> None:
        """`cut` the connections, or `silence` them (they stay open, nothing is sent or answered), or `speak` again."""
        self._known(venue)
        if do == "cut":
            self._simulator.streams.cut(venue)
        elif do in ("silence", "speak"):
            self._simulator.streams.silence(venue, is_silent=do == "silence")
        else:
            raise TypeError("do: cut, silence or speak")

    def down(self, venue: str, is_down: bool = True) -> None:
        """Every connection to the venue is reset, streams too, until it is up again."""
        self._known(venue)
        names = self._world.markets if venue == "*" else (venue,)
        for name in names:
            (self._simulator.down.add if is_down else self._simulator.down.discard)(name)
        if is_down:
            self._simulator.streams.cut(venue)

    # --- looking -------------------------------------------------------------------------------------------------

    def counters(self, venue: str = "*", by_target: bool = False) -> Told:
        """By venue: requests, how many are under way, and how many were at once at most; in total, and by endpoint or
        by target, the query included."""
        return self._simulator.counters.told(venue, by_target=by_target)

    def requests(self, venue: str = "*") -> Told:
        """The latest 10,000 with their times."""
        return {
            "requests": [
                {"venue": item.venue, "endpoint": item.endpoint, "target": item.target, "at_s": item.at_s,
                 "took_s": item.took_s}
                for item in self._simulator.counters.entries
                if venue in ("*", item.venue)
            ]
        }  # fmt: skip

    def reset_counters(self) -> None:
        self._simulator.counters.forget()

    def summary(self) -> Told:
        """Streams and faults."""
        streams = self._simulator.streams
        return {
            "streams": {
                venue: {
                    "opened": opened,
                    "open": sum(link.wire.venue == venue for link in streams.links),
                    "topics": sorted(
                        f"{channel} {symbol}"
                        for link in streams.links
                        if link.wire.venue == venue
                        for symbol, channels in link.topics.items()
                        for channel in channels
                    ),
                }
                for venue, opened in streams.opened.items()
            },
            "faults": [
                {"kind": item.kind, "venue": item.venue, "endpoint": item.endpoint, "struck": item.struck}
                for item in self._simulator.faults.all
            ],
        }

    @property
    def _world(self) -> Any:
        return self._simulator.world

    def _market(self, venue: str, symbol: str) -> Market:
        market: Market = self._world.market(venue, symbol)
        return market

    def _known(self, venue: str) -> None:
        if venue != "*" and venue not in self._world.markets:
            raise LookupError(f"no such venue: {venue}; there are {', '.join(self._world.markets)}")


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


def _levels(levels: Sequence[Any]) -> tuple[Level, ...]:
    return tuple((_number(price), _number(quantity)) for price, quantity in levels)
