"""What all venues' ways of talking have in common."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Protocol

import orjson

from tests.simulators.public.market import Market
from tests.simulators.public.past import Bar
from tests.simulators.public.sight import PLAIN, Sight

MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `sight` is how its answer sees the markets."""

    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Any = None
    sight: Sight = PLAIN

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, (default,))[0]

    def number(self, name: str, default: int) -> int:
        text = self.one(name)
        return int(text) if text.lstrip("-").isdigit() else default


class Refused(Exception):
    """Answered as the venue answers what it does not do."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


class Link(Protocol):
    """One client's stream. `topics` are the channels it has subscribed to, by a market's symbol."""

    path: str
    topics: dict[str, set[str]]

    def join(self, channel: str, market: Market) -> None: ...

    def leave(self, channel: str, market: Market) -> None: ...

    def say(self, frame: Any) -> None: ...

    def show(self, channel: str, market: Market, frame: Any) -> None: ...


Handler = Callable[[Asked], Any]


class Wire(ABC):
    """A venue's own words. `routes` are patterns of paths with what answers them: what is listed by `keeps` is the same
    for the same request until a price of the venue changes. `unrepeated` channels tell changes only.
    `everything` is the query for all markets."""

    venue: ClassVar[str]
    too_many: ClassVar[Any] = {"message": "Too Many Requests"}
    unavailable: ClassVar[tuple[int, Any]] = (503, {"message": "Service Unavailable"})
    keeps: ClassVar[frozenset[str]] = frozenset()
    unrepeated: ClassVar[frozenset[str]] = frozenset()
    everything: ClassVar[str] = ""

    def __init__(self, markets: Iterable[Market], now_ms: Callable[[], int]) -> None:
        self.markets = tuple(markets)
        self.now_ms = now_ms
        for market in self.markets:
            market.id = self.market_id(market)
        self.by_id = {market.id: market for market in self.markets}
        self._routes: list[tuple[re.Pattern[str], str, Handler]] = []
        for pattern, handler in self.routes().items():
            expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
            self._routes.append((re.compile(expression), pattern, handler))

    # --- what a venue says ---------------------------------------------------------------------------------------

    @abstractmethod
    def market_id(self, market: Market) -> str: ...

    @abstractmethod
    def routes(self) -> dict[str, Handler]: ...

    @abstractmethod
    def hear(self, link: Link, message: Any) -> None:
        """What a client says on its stream is done."""

    @abstractmethod
    def frame(self, channel: str, market: Market, sight: Sight, *, is_first: bool = False) -> Any:
        """What the channel tells of the market; None where it has nothing to say."""

    def greeting(self) -> Any:
        """What a client hears first; None is nothing."""
        return None

    def endpoint(self, path: str, body: Any) -> str:
        """What requests are counted, delayed and failed by."""
        return path

    def no_route(self, asked: Asked) -> Refused:
        return Refused(404, {"error": f"no such path: {asked.path}"})

    # --- what all do alike ---------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> tuple[int, bytes, bool]:
        """Status, body, and whether the body stays the same until a price changes."""
        for expression, pattern, handler in self._routes:
            if found := expression.fullmatch(asked.path):
                query = {**asked.query, **{name: (value,) for name, value in found.groupdict().items()}}
                named = Asked(path=asked.path, query=query, body=asked.body, sight=asked.sight)
                try:
                    return 200, orjson.dumps(handler(named)), pattern in self.keeps
                except Refused as refused:
                    return refused.status, orjson.dumps(refused.body), False
        unknown = self.no_route(asked)
        return unknown.status, orjson.dumps(unknown.body), False

    def row(self, kind: str, market: Market, sight: Sight, make: Callable[[Market, Sight], Any]) -> Any:
        """A market's part of an answer, kept encoded as long as its quote is as it was."""
        if not sight.is_plain:
            return make(market, sight)
        kept = market.rows.get(kind)
        if kept is None:
            kept = market.rows[kind] = orjson.Fragment(orjson.dumps(make(market, sight)))
        return kept

    def bars(self, market: Market, sight: Sight, period_s: int, first_s: int | None, count: int) -> list[Bar]:
        """Of the market's past, which ends in its last price; without a `first_s` the latest ones."""
        now_s, said = time.time(), sight(market).last
        last = said if isinstance(said, Decimal) else market.past.hour_ago
        newest_s = int(now_s) // period_s * period_s
        begins = newest_s - (count - 1) * period_s if first_s is None else max(first_s, newest_s - 5000 * period_s)
        return market.past.bars(
            last=last,
            decimals=market.decimals,
            volume=market.volume,
            now_s=now_s,
            period_s=period_s,
            first_s=begins,
            count=count,
        )

    def subscribe(self, link: Link, channel: str, market: Market, *, is_told: bool = True) -> None:
        """From now on; what is known already comes at once."""
        link.join(channel, market)
        if is_told and (frame := self.frame(channel, market, self.sight_of(channel), is_first=True)) is not None:
            link.show(channel, market, frame)

    sight_of: Callable[[str], Sight] = staticmethod(lambda channel: PLAIN)
