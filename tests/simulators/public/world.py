"""The market world: a price for each coin, what every venue makes of it, and what was there before."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from math import floor, log10
from random import Random
from typing import Any

from portfolio.model.decimals import ONE
from tests.simulators.public.coins import MONEY, Coin, coins
from tests.simulators.public.listing import VENUES, Terms, pairs, terms_of
from tests.simulators.public.market import Market
from tests.simulators.public.past import DAY_S, Past
from tests.simulators.public.quote import Level, Quote
from tests.simulators.public.stamps import NOW_MS

BEST_LEVEL_USD = 20_000
WALK_STEP = 0.0001


class World:
    """The same seed makes the same world, and the same walk through it."""

    def __init__(self, *, seed: int = 1, coin_count: int = 12, venues: Sequence[str] = VENUES) -> None:
        self._seed = seed
        self._random = Random(f"walk {seed}")
        self._coins = {coin.code: coin for coin in (*coins(coin_count), *MONEY)}
        self.usd = {code: coin.usd for code, coin in self._coins.items()}
        self.codes = tuple(coin.code for coin in coins(coin_count))
        self.markets: dict[str, dict[str, Market]] = {}
        self.changed: Callable[[Market], None] = lambda market: None
        for venue in venues:
            listed = (self._market(venue, *pair) for pair in pairs(venue, self.codes))
            self.markets[venue] = {market.symbol: market for market in listed}

    def market(self, venue: str, symbol: str) -> Market:
        if venue not in self.markets:
            raise LookupError(f"no such venue: {venue}; there are {', '.join(self.markets)}")
        if symbol not in self.markets[venue]:
            raise LookupError(f"{venue} does not list {symbol}")
        return self.markets[venue][symbol]

    # --- what happens --------------------------------------------------------------------------------------------

    def show(self, market: Market, **news: Any) -> None:
        """The market is as told from now on; what is not told stays."""
        market.quote = self._dated(market, replace(market.quote, **news))
        market.revision += 1
        market.rows.clear()
        self.changed(market)

    def put(self, market: Market, bid: Decimal, ask: Decimal, **more: Any) -> None:
        """The best prices; `last` is between them unless told. The walk leaves the market alone afterwards."""
        market.is_pinned = True
        last = more.pop("last", None) or round((bid + ask) / 2, market.decimals)
        self.show(market, bid=bid, ask=ask, last=last, bids=(), asks=(), **more)

    def pave(self, market: Market, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> None:
        """The whole order book, the best level first."""
        market.is_pinned = True
        best_bid, best_ask = bids[0] if bids else (None, None), asks[0] if asks else (None, None)
        self.show(
            market,
            bid=best_bid[0], bid_size=best_bid[1], ask=best_ask[0], ask_size=best_ask[1], bids=bids, asks=asks,
        )  # fmt: skip

    def remember(self, market: Market, past: Past) -> None:
        market.past = past
        self.show(market)

    def walk(self) -> None:
        """Every coin's price takes a step, and each market that nobody has set follows."""
        for code in self.codes:
            self.usd[code] *= 1 + self._random.gauss(0, WALK_STEP)
        for markets in self.markets.values():
            for market in markets.values():
                if not market.is_pinned:
                    bid, ask, last = self._prices(market)
                    self.show(market, bid=bid, ask=ask, last=last)

    # --- how it begins -------------------------------------------------------------------------------------------

    def _market(self, venue: str, base: str, quote: str, settle: str | None) -> Market:
        terms, coin = terms_of(venue, base, quote), self._coins[base]
        price = self.usd[base] / self.usd[quote] * (1 + terms.offset)
        decimals = _decimals(price, terms)
        turnover = max(coin.volume * terms.share * (1 if quote in ("USD", "USDT") else 0.1), 1000)
        lot_decimals = min(8, max(0, floor(log10(max(self.usd[base], 1e-4))) + 2))
        size = round(Decimal(str(BEST_LEVEL_USD / self.usd[base])), lot_decimals)
        past = self._past(coin, price, decimals)
        market = Market(
            venue=venue,
            symbol=f"{base}/{quote}" + (f":{settle}" if settle else ""),
            base=base,
            quote_currency=quote,
            settle=settle,
            contract_size=_contract(venue, self.usd[base]) if settle else ONE,
            base_name=coin.name,
            decimals=decimals,
            lot_decimals=lot_decimals,
            factor=1 + terms.offset,
            past=past,
            volume=round(Decimal(str(turnover / self.usd[base])), lot_decimals),
            quote=Quote(
                bid=None, ask=None, bid_size=size, ask_size=size, last=past.day_ago, open=past.day_ago,
                high=past.high, low=past.low, volume=Decimal(0), midnight=past.day_ago,
            ),
        )  # fmt: skip
        bid, ask, last = self._prices(market)
        market.quote = self._dated(market, replace(market.quote, bid=bid, ask=ask, last=last))
        return market

    def _past(self, coin: Coin, price: float, decimals: int) -> Past:
        """Drawn by coin, so that venues agree on what happened but for their own offset."""
        random = Random(f"past {self._seed} {coin.code}")
        scale = 0.02 if coin not in MONEY else 0.0002
        hour, day, week = (price / (1 + random.gauss(0, scale * far)) for far in (0.4, 1.5, 3.5))
        high, low = max(price, hour, day) * (1 + scale), min(price, hour, day) * (1 - scale)
        told = [round(Decimal(str(value)), decimals) for value in (hour, day, week, high, low)]
        return Past(hour_ago=told[0], day_ago=told[1], week_ago=told[2], high=told[3], low=told[4])

    def _prices(self, market: Market) -> tuple[Decimal, Decimal, Decimal]:
        middle = self.usd[market.base] / self.usd[market.quote_currency] * market.factor
        half = max(
            middle * terms_of(market.venue, market.base, market.quote_currency).spread / 2, float(market.tick) / 2
        )
        bid = round(Decimal(str(middle - half)), market.decimals)
        return bid, max(round(Decimal(str(middle + half)), market.decimals), bid + market.tick), bid

    def _dated(self, market: Market, quote: Quote) -> Quote:
        """With the figures of the day that follow from its past and its last price."""
        last = quote.last if isinstance(quote.last, Decimal) else market.past.hour_ago
        past = market.past.spanning(last)
        midnight = past.at(time.time() % DAY_S, last, market.decimals)
        return replace(
            quote, open=past.day_ago, high=past.high, low=past.low, volume=market.volume, midnight=midnight,
            time_ms=NOW_MS,
        )  # fmt: skip


def _contract(venue: str, usd: float) -> Decimal:
    """OKX's are a power of ten of the coin, worth some hundred dollars; elsewhere a contract is the coin."""
    return ONE.scaleb(floor(log10(800 / usd))) if venue == "okx" else ONE


def _decimals(price: float, terms: Terms) -> int:
    return min(terms.most_decimals, max(0, terms.digits - 1 - floor(log10(price))))
