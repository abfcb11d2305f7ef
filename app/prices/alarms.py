"""Differences between venues, watched: each is told once it is large enough, and once it is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Context, Decimal

from app.prices.comparing import Comparison, weigh
from app.prices.desk import PriceDesk
from app.prices.supervising import supervised
from app.settings.prices import DiscrepancySettings
from portfolio.model.command import Command, NotePrices
from portfolio.model.decimals import ZERO, plain
from portfolio.model.identifiers import Symbol
from portfolio.model.notice import Notice, NoticeKind
from portfolio.prices.alarm import Alarm
from portfolio.prices.arming import Arm, Ended, Thresholds, Turn
from portfolio.prices.differing import differing
from portfolio.prices.discrepancy import Discrepancy, PairKey

LOOK_AGAIN_S = 1.0
LEAST_PAUSE_S = 0.1
SHARE_PLACES = 6
DIGITS = 12
WEIGH_AGAIN_S = 1.0
"""Order books are asked for at most so often for one symbol: a difference may stay for hours."""


@dataclass(slots=True, kw_only=True)
class Alarms:
    """`told` is what was told before this process began; `tell` takes what is to be told now. `last` is the last look
    at each symbol."""

    desk: PriceDesk
    settings: DiscrepancySettings
    told: Callable[[], Awaitable[Mapping[PairKey, Arm]]]
    tell: Callable[[Command], None]
    clock: Callable[[], datetime]
    last: dict[Symbol, Comparison] = field(default_factory=dict)
    _alarm: Alarm | None = None

    async def run(self) -> None:
        """Watches the configured symbols until cancelled; without one, or with one venue alone, there is none to do."""
        if self.desk.settings.symbols and len(self.desk.venues) > 1:
            await supervised("the watch for discrepancies", self._watch)

    @property
    def open(self) -> Mapping[PairKey, Arm]:
        """Those that were told and are not over."""
        return self._alarm.open() if self._alarm else {}

    async def _watch(self) -> None:
        rules = Thresholds(
            alert_above=self.settings.alert_above,
            rearm_below=self.settings.rearm_below,
            cooldown=timedelta(seconds=float(self.settings.cooldown_s)),
        )
        self._alarm = alarm = self._alarm or Alarm(rules, await self.told())
        async with asyncio.TaskGroup() as tasks:
            for symbol in self.desk.settings.symbols:
                tasks.create_task(self._watch_one(symbol, alarm))

    async def _watch_one(self, symbol: Symbol, alarm: Alarm) -> None:
        """No symbol waits for the order books of another."""
        weighed_s = -WEIGH_AGAIN_S
        with self.desk.following(self.desk.question([symbol])) as follower:
            while True:
                await follower.changes(LOOK_AGAIN_S)
                seen = self._seen(symbol)
                worth = self._worth_weighing(seen.found, alarm)
                if worth and time.monotonic() - weighed_s >= WEIGH_AGAIN_S:
                    weighed_s = time.monotonic()
                    seen = await weigh(self.desk, seen, worth)
                self.last[symbol] = seen
                self._tell(alarm.look(seen.offers, seen.found, self.clock()), seen)
                await asyncio.sleep(LEAST_PAUSE_S)

    def _seen(self, symbol: Symbol) -> Comparison:
        (offered,) = self.desk.offers([symbol], self.desk.venues)
        size = self.desk.glance().amount(self.settings.size, self.desk.currency, symbol)
        return Comparison(offers=offered, found=tuple(differing(offered, self.desk.terms, ZERO)), size=size)

    def _worth_weighing(self, found: Iterable[Discrepancy], alarm: Alarm) -> list[Discrepancy]:
        """Those whose best prices cross what would be told, or would be told to be over."""
        is_open = alarm.open()
        return [
            pair
            for pair in found
            if not pair.labels
            and pair.gap.net > (self.settings.rearm_below if pair.key in is_open else self.settings.alert_above)
        ]

    def _tell(self, turns: Iterable[Turn], seen: Comparison) -> None:
        pairs = {pair.key: pair for pair in seen.found}
        notices = tuple(_ended(turn) if isinstance(turn, Ended) else _found(pairs[turn.key], self) for turn in turns)
        if notices:
            self.tell(NotePrices(notices))


def _found(pair: Discrepancy, watched: Alarms) -> Notice:
    assert pair.at_size is not None, pair.key
    detail = {
        "buy_at": pair.buy.venue,
        "sell_at": pair.sell.venue,
        "net": _share(pair.at_size.net),
        "gross": _share(pair.at_size.gross),
        "size": plain(watched.settings.size),
        "size_currency": watched.desk.currency,
        "buy_price": _figure(pair.at_size.buy_price),
        "sell_price": _figure(pair.at_size.sell_price),
        "profit": _figure(pair.at_size.profit),
        "currency": pair.buy.currency,
        "buy_market": pair.buy.market.symbol if pair.buy.market else "",
        "sell_market": pair.sell.market.symbol if pair.sell.market else "",
    }
    return Notice(kind=NoticeKind.DISCREPANCY_FOUND, symbol=pair.symbol, detail=detail)


def _ended(turn: Ended) -> Notice:
    symbol, buy_at, sell_at = turn.key
    detail = {
        "buy_at": buy_at,
        "sell_at": sell_at,
        "peak": _share(turn.peak),
        "cause": turn.cause.value,
        "found_at": turn.opened_at.isoformat(),
        "lasted_s": str(round((turn.at - turn.opened_at).total_seconds())),
    }
    return Notice(kind=NoticeKind.DISCREPANCY_ENDED, symbol=symbol, detail=detail)


def _share(fraction: Decimal) -> str:
    return plain(round(fraction, SHARE_PLACES))


def _figure(number: Decimal) -> str:
    """To as many digits as mean something."""
    return plain(+number.normalize(Context(prec=DIGITS)))
