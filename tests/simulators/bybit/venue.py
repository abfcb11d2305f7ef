"""The account and everything the venue knows of it; trading and the world's events work on this."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from exchange.engine import MatchingEngine
from exchange.ledger import Ledger, VenueState
from exchange.ticket import MarketPrice
from portfolio.model.decimals import ONE
from portfolio.model.instrument import Instrument
from portfolio.model.order import PriceSource
from portfolio.model.position import Position
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.clock import VenueClock
from tests.simulators.bybit.exposure import ExposureWatch
from tests.simulators.bybit.instruments import START_PRICES, Listing, listings
from tests.simulators.bybit.orders import ExecutionRecord, OrderRecord

Publish = Callable[[str, list[dict[str, Any]]], None]
MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.00055")


@dataclass(slots=True)
class Terms:
    """The engine's VenueTerms, where a test may change the share that fills at once."""

    instruments: dict[str, Instrument]
    maker_fee: Decimal = MAKER_FEE
    taker_fee: Decimal = TAKER_FEE
    slippage: Decimal = Decimal(0)
    leverage: Decimal = Decimal(1000)
    fill_ratio: Decimal = ONE
    base_fees: bool = True
    funding_interval_h: int = 8


@dataclass(slots=True)
class LogEntry:
    """A line of the transaction log: money that came or went."""

    sequence: int
    kind: str
    category: str
    symbol: str
    currency: str
    change: Decimal
    balance: Decimal
    time_ms: int
    funding: Decimal | None = None
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    side: str = "None"
    trade_id: str = ""


@dataclass(slots=True)
class Split:
    """How what an order takes is cut: `pieces` executions, `delay_s` apart."""

    pieces: int = 1
    delay_s: float = 0


class Venue:
    def __init__(self, clock: VenueClock, balances: dict[str, Decimal]) -> None:
        self.clock = clock
        self.listings = {(item.category, item.id): item for item in listings()}
        self.by_symbol = {item.instrument.symbol: item for item in self.listings.values()}
        self.terms = Terms({symbol: item.instrument for symbol, item in self.by_symbol.items()})
        self.state = VenueState(wallets=dict(balances))
        self.engine = MatchingEngine(self.terms, self.state)  # type: ignore[arg-type]
        self.ledger = Ledger(self.terms, self.state)  # type: ignore[arg-type]
        self.orders: dict[str, OrderRecord] = {}
        self.links: dict[str, OrderRecord] = {}
        self.open: dict[str, OrderRecord] = {}
        self.reductions: dict[str, OrderRecord] = {}
        self.open_spot: dict[str, OrderRecord] = {}
        self.untriggered: dict[str, OrderRecord] = {}
        self.ended: list[OrderRecord] = []
        self.booked: dict[str, Position] = {}
        self.executions: list[ExecutionRecord] = []
        self.log: list[LogEntry] = []
        self.accepted: Counter[str] = Counter()
        self.exposure = ExposureWatch()
        self.split = Split()
        self.is_hedged = False
        self.margin_mode = "REGULAR_MARGIN"
        self.sequence = 10_000_000
        self.publish: Publish = lambda _topic, _rows: None
        self.hears: Callable[[str], bool] = lambda _topic: False
        self.on_price: Callable[[Listing], None] = lambda _listing: None
        for listing in self.listings.values():
            bid, ask = START_PRICES[listing.instrument.base]
            self.state.prices[listing.instrument.symbol] = MarketPrice(Decimal(bid), Decimal(ask), PriceSource.QUOTE)
            self.set_leverage(listing, listing.leverage)

    def set_leverage(self, listing: Listing, leverage: Decimal) -> None:
        """The engine carries positions of this symbol with that leverage from now on."""
        if not listing.is_spot:
            listing.leverage = leverage
            listing.instrument = replace(listing.instrument, max_leverage=leverage)
            self.terms.instruments[listing.instrument.symbol] = listing.instrument

    def price(self, listing: Listing) -> MarketPrice:
        return self.state.prices[listing.instrument.symbol]

    def listing(self, category: str | None, market_id: str | None) -> Listing:
        """The listed symbol. Raises Refused."""
        if category not in ("linear", "inverse", "spot"):
            raise Refused(10001, "params error: Category is invalid" if category else "params error: category is empty")
        found = self.listings.get((category, market_id or ""))
        if found is None:
            raise (
                Refused(170121, "Invalid symbol.")
                if category == "spot"
                else Refused(10001, f"params error: symbol invalid {market_id or ''}".rstrip())
            )
        return found

    def next_sequence(self) -> int:
        self.sequence += 1
        return self.sequence
