"""Every seam of the house as a small protocol, declared where it is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from portfolio.model.effect import ShowPrice
from portfolio.model.fill import OrderReport, VenueReport
from portfolio.model.identifiers import AccountId, ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.intent import Wishes
from portfolio.model.order import Order
from portfolio.model.quote import Quote
from portfolio.model.side import Side
from portfolio.model.signal import Signal, Size
from portfolio.model.venue import Survey


class View(Protocol):
    """What a strategy may see: its own holding of one symbol at one moment, read-only."""

    @property
    def now(self) -> datetime: ...

    @property
    def instrument(self) -> Instrument: ...

    @property
    def position(self) -> Decimal:
        """Signed contracts held."""

    @property
    def in_flight(self) -> Decimal:
        """Signed contracts of `moving_orders`: what the position will be soon, less what it is."""

    @property
    def reducible(self) -> Decimal:
        """Unsigned contracts of the position that no live exit order claims yet."""

    @property
    def live_orders(self) -> tuple[Order, ...]:
        """Every order of the holding that can still trade, oldest first."""

    @property
    def moving_orders(self) -> tuple[Order, ...]:
        """The live market orders: sent, about to be, or waiting for another. When others trade nobody knows."""

    @property
    def price(self) -> Decimal | None:
        """The reference price of the moment; None where none is known."""

    def entries(self, side: Side) -> int:
        """Orders that built up the position towards `side`, and live ones that may still add to it."""

    @property
    def has_unknown(self) -> bool:
        """True while an order of this account and symbol has an unknown outcome."""

    @property
    def equity(self) -> Decimal: ...

    @property
    def default_size(self) -> Size | None:
        """The strategy's configured sizing."""

    @property
    def max_age_s(self) -> Decimal:
        """How long an alert counts as current, in seconds."""

    def quantity_of(self, size: Size) -> Decimal | None:
        """The unsigned contracts that `size` is now, in whole lots; None without a reference price."""


@runtime_checkable
class Strategy(Protocol):
    """Decides what an alert should do. Its state is a value passed in and out, never an attribute."""

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        """What the alert asks for, given what is held. An exception denies the alert and pauses the strategy."""

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        """What an order's change of status asks for. Return `Wishes()` where nothing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The venue may or may not have acted: only a look-up will tell.

    `lapses_in_s` is how long from now the venue could still take what was sent; its absence later is proof.
    """

    reason: str
    lapses_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unsent:
    """Nothing left, or the venue surely took none of it: it may be tried again, not before `pause_s` have passed."""

    reason: str
    pause_s: float = 0.0


class Exchange(Protocol):
    """One account at a venue. Every call ends within its own time-out; a definite refusal is a report.

    An answer is Unknown where the venue could not be asked, or what it said is no proof.
    """

    at_once: int
    """How many requests may be under way together."""

    async def send(self, order: Order) -> OrderReport | Unknown | Unsent: ...

    async def cancel(self, order: Order) -> OrderReport | Unknown: ...

    async def amend(self, order: Order) -> OrderReport | Unknown:
        """The order at the venue is as `order` says: quantity and prices. The report says whether it was `amended`."""

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> Unknown | None:
        """None once the venue closes nothing of the symbol by itself, nor what `entry`, where it `rests`, still fills.

        For what is `attached` to orders only. `lapses_in_s` is how long an answer that was lost may still do so.
        """

    async def look_up(self, order: Order) -> OrderReport | None | Unknown:
        """What the venue knows of the order; None is proof that it has never accepted it."""

    async def survey(self) -> Survey | Unknown:
        """Everything that rests and is held now."""

    async def history(self, since: datetime) -> list[VenueReport] | Unknown:
        """Every execution and payment since then, oldest first; each may have been told before."""

    async def run(self, news: Callable[[], None]) -> None:
        """Listens to the venue until cancelled; `news` is called whenever there is something to `collect`."""

    async def gap(self) -> None:
        """Returns once something may have been missed, so that a survey is due."""

    def show_price(self, price: ShowPrice) -> None:
        """A price the book has seen; a real venue knows better and ignores it."""

    def pass_time(self, now: datetime) -> None:
        """It is `now`: orders expire and funding falls due. A real venue has a clock of its own and ignores it."""

    def collect(self) -> list[VenueReport]:
        """Reports that were not an answer to a call, oldest first; each is told once."""


class QuoteSource(Protocol):
    def latest(self, account: AccountId, symbol: Symbol) -> Quote | None:
        """The newest quote with its age now; None where there has never been one."""

    def all(self) -> tuple[Quote, ...]: ...
