"""The venues that the contract is held against: the paper exchange, and simulators that the real drivers speak to."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from unittest.mock import patch

from exchange.bucket import Rate
from exchange.connection import Credential, Environment, VenueAccess
from exchange.dialects.bitmex import BitmexDialect
from exchange.gateway import Gateway
from exchange.instruments import COMMON_INSTRUMENTS
from exchange.ledger import VenueState, VenueTerms
from exchange.limiter import Group
from exchange.paper import PaperExchange
from exchange.quotes import QuoteBoard
from portfolio.model.effect import ShowPrice
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import PriceSource
from portfolio.model.position import Position
from tests.contract.subject import ASK, BID, INVERSE, LINEAR, TAKER, Subject, at_work
from tests.environments import has_bitmex
from tests.simulators.bitmex import BitmexSimulator
from tests.simulators.bitmex.contracts import SYMBOLS
from tests.simulators.bybit import API_KEY, API_SECRET, BybitSimulator

Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Subject]]
_LEVERAGE = Decimal(10)
_BALANCES = {"USDT": Decimal(100_000), "BTC": Decimal(1)}


# --- paper -------------------------------------------------------------------------------------------------------


class PaperVenue:
    """The paper exchange has no wire on which anything could be lost."""

    name = "paper"

    def __init__(self) -> None:
        self._state = VenueState(wallets=dict(_BALANCES))
        self.exchange = self._made(Decimal(1))

    def _made(self, fill_ratio: Decimal) -> PaperExchange:
        terms = VenueTerms(
            instruments=COMMON_INSTRUMENTS,
            maker_fee=Decimal("0.0002"),
            taker_fee=TAKER[self.name],
            slippage=Decimal(0),
            leverage=_LEVERAGE,
            fill_ratio=fill_ratio,
        )
        return PaperExchange(terms, self._state, lambda: datetime.now(UTC))

    def show(self, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        self.exchange.show_price(ShowPrice("main", symbol, bid, ask, PriceSource.QUOTE))

    def split(self, pieces: int) -> None:
        self.exchange._engine._terms = self._made(Decimal(1) / pieces)._engine._terms

    def held(self, symbol: Symbol) -> Decimal:
        return self._state.positions.get(symbol, Position()).quantity

    def accepted(self, order_id: ClientOrderId) -> int:
        return int(order_id in self.exchange._known)

    def lose_answer(self) -> None:
        raise NotImplementedError

    def lose_request(self) -> None:
        raise NotImplementedError


@asynccontextmanager
async def paper() -> AsyncIterator[Subject]:
    venue = PaperVenue()
    for symbol in (LINEAR, INVERSE):
        venue.show(symbol, BID, ASK)
    yield Subject(venue, venue.exchange, COMMON_INSTRUMENTS)


# --- venues with a wire ------------------------------------------------------------------------------------------


def _access(venue: str, key: str, secret: str, **terms: Any) -> VenueAccess:
    return VenueAccess(
        account="main",
        venue=venue,
        environment=Environment.TESTNET,
        api_key=Credential(key),
        api_secret=Credential(secret),
        symbols=frozenset({LINEAR, INVERSE}),
        leverage=_LEVERAGE,
        **terms,
    )


class BybitVenue:
    name = "bybit"

    def __init__(self, simulator: BybitSimulator) -> None:
        self._simulator = simulator

    def show(self, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        self._simulator.control.price(symbol, bid, ask)

    def split(self, pieces: int) -> None:
        self._simulator.control.split(pieces)

    def held(self, symbol: Symbol) -> Decimal:
        return self._simulator.venue.ledger.held(symbol)

    def accepted(self, order_id: ClientOrderId) -> int:
        return self._simulator.venue.accepted[order_id]

    def lose_answer(self) -> None:
        self._simulator.control.fault("reset_after_accept", "/v5/order/create")

    def lose_request(self) -> None:
        self._simulator.control.fault("reset_before_accept", "/v5/order/create")


@asynccontextmanager
async def bybit() -> AsyncIterator[Subject]:
    balances = {coin: str(amount) for coin, amount in _BALANCES.items()}
    async with BybitSimulator(balances=balances) as simulator:
        venue = BybitVenue(simulator)
        for symbol in (LINEAR, INVERSE):
            venue.show(symbol, BID, ASK)
        access = _access("bybit", API_KEY, API_SECRET, rest_url=simulator.rest_url, ws_url=simulator.ws_url)
        async with at_work(venue, Gateway(access, QuoteBoard())) as subject:
            yield subject


class BitmexVenue:
    name = "bitmex"

    def __init__(self, simulator: BitmexSimulator) -> None:
        self._simulator = simulator

    def show(self, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        self._simulator.set_price(SYMBOLS[symbol].wire, bid, ask)

    def split(self, pieces: int) -> None:
        self._simulator.venue.change_terms(fill_ratio=Decimal(1) / pieces)

    def held(self, symbol: Symbol) -> Decimal:
        return self._simulator.venue.ledger.held(symbol)

    def accepted(self, order_id: ClientOrderId) -> int:
        return self._simulator.venue.accepted.get(order_id, 0)

    def lose_answer(self) -> None:
        self._simulator.faults.next("reset_after")

    def lose_request(self) -> None:
        self._simulator.faults.next("reset_before")


@asynccontextmanager
async def bitmex() -> AsyncIterator[Subject]:
    """Asked more often than the real one would bear, so that nobody has to wait."""
    simulated = BitmexSimulator(balances=dict(_BALANCES), per_minute=60_000, per_second=1000)
    rates = dict.fromkeys(Group, Rate(per_second=100, burst=100))
    with patch.multiple(BitmexDialect, polls_every_s=0.5, rates=rates):
        async with simulated as simulator:
            venue = BitmexVenue(simulator)
            for symbol in (LINEAR, INVERSE):
                venue.show(symbol, BID, ASK)
            access = _access("bitmex", simulator.key.id, simulator.key.secret, rest_url=simulator.rest_url)
            async with at_work(venue, Gateway(access, QuoteBoard())) as subject:
                yield subject


DISTANT: dict[str, Open] = {"bybit": bybit, **({"bitmex": bitmex} if has_bitmex() else {})}
"""Venues with a wire between: BitMEX where this ccxt still knows it."""

ALL: dict[str, Open] = {"paper": paper, **DISTANT}
