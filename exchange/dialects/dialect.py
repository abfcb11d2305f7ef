"""What the gateway asks of a venue's dialect. A dialect knows a venue's words and no policy: it neither retries nor
decides what an error means for an order."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol, TypeAlias

from exchange.bucket import Rate
from exchange.checkup import KeyRights
from exchange.connection import MarginMode
from exchange.driver import Clock
from exchange.errors import VenueError
from exchange.limiter import Allowance, Group
from portfolio.model.fill import VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order
from portfolio.model.venue import Balance, VenueOrder, VenuePosition


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a venue tells of an account and its key; None where it does not say."""

    key: KeyRights
    hedge_mode: bool | None = None
    margin_mode: str | None = None


@dataclass(frozen=True, slots=True)
class BestPrices:
    """A symbol's best bid and ask, as the venue published them."""

    symbol: Symbol
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class OrderNews:
    """An order as it is now. `triggered` tells that the market has reached its stop price."""

    order: VenueOrder
    reason: str = ""
    triggered: bool = False


@dataclass(frozen=True, slots=True)
class HoldingsNews:
    """What is held of symbols, signed, and what lies in wallets, as it is now: both change with every trade too."""

    positions: tuple[tuple[Symbol, Decimal], ...] = ()
    coins: tuple[tuple[str, Decimal], ...] = ()


News: TypeAlias = OrderNews | HoldingsNews | BestPrices | VenueReport
"""What one frame of a stream tells."""


class Ask(Protocol):
    """Sends one request through the limiter. Raises VenueError for every outcome but a sound answer, which has to come
    within `within_s` of the request's leaving, or the account's own time-out."""

    async def __call__(
        self,
        group: Group,
        request: Callable[[], Awaitable[Any]],
        *,
        urgent: bool = False,
        within_s: float | None = None,
    ) -> Any: ...


class Dialect(Protocol):
    """One account's language. It is made of the ccxt driver, an `Ask` that every request goes through, and the clock.

    Every coroutine raises VenueError. What cannot be read raises KeyError, TypeError, ValueError or ArithmeticError.
    """

    rates: ClassVar[Mapping[Group, Rate]]
    address_rate: ClassVar[Rate | None]
    """What all accounts at one address may ask together; None where the venue counts accounts alone."""
    options: ClassVar[Mapping[str, Any]]
    has_stream: ClassVar[bool]
    polls_every_s: ClassVar[float]
    """How often the whole account is asked for while no stream tells of it: four requests, and prices twice."""

    # --- what an answer says ---------------------------------------------------------------------------------------

    def judge(self, status: int, headers: Mapping[str, str], answer: Any) -> VenueError | None:
        """What a whole answer amounts to; None where it is a sound yes. `answer` is None where it is no JSON."""

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """What the venue says of its own limits."""

    def time_of(self, headers: Mapping[str, str], answer: Any) -> datetime | None:
        """The venue's clock when it answered."""

    # --- what there is ---------------------------------------------------------------------------------------------

    async def load(self, symbols: Iterable[Symbol], held: Mapping[Symbol, Instrument]) -> None:
        """The markets are known. Later queries are about `symbols`, and about `held`, which may be listed no more."""

    def instruments(self) -> dict[Symbol, Instrument]:
        """Everything of the loaded markets that can be traded."""

    def delisted(self) -> frozenset[Symbol]:
        """Loaded markets that the venue trades no more, or not now."""

    async def prepare(self, symbols: Sequence[Symbol], leverage: Decimal, margin_mode: MarginMode) -> None:
        """Leverage and margin mode of the symbols are as configured."""

    async def probe(self, within_s: float) -> None:
        """A small signed request was answered in time: the venue is there, and the key is good."""

    async def account_facts(self) -> AccountFacts: ...

    # --- orders ----------------------------------------------------------------------------------------------------

    async def create(self, order: Order) -> str:
        """The venue has taken the order; answers the venue's id."""

    async def amend(self, order: Order) -> None:
        """The venue has taken the order's quantity and prices as they are now."""

    async def cancel(self, order: Order) -> None:
        """The venue has taken the wish to end the order."""

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> None:
        """The position has no stop and no take-profit of the venue's own, nor gets one by what `entry` still fills."""

    async def find(self, order: Order) -> OrderNews | None:
        """The order as the venue has it, resting or ended; None for an empty answer, which alone proves nothing."""

    async def executions_of(self, symbol: Symbol, order_id: ClientOrderId) -> list[VenueReport]:
        """What the order has traded so far."""

    # --- the account -----------------------------------------------------------------------------------------------

    async def open_orders(self) -> list[OrderNews]:
        """Every order that rests, whoever placed it."""

    async def positions(self) -> list[VenuePosition]: ...

    async def balances(self) -> list[Balance]: ...

    async def executions(self, since: datetime) -> list[VenueReport]:
        """Trades by order, outside trades and funding since then, oldest first."""

    async def best_prices(self, symbols: Sequence[Symbol]) -> list[BestPrices]: ...

    async def cancel_all_after(self, seconds: float) -> None:
        """The dead man's switch is set: the venue cancels every order unless this is said again in time."""

    # --- streams, where `has_stream` -------------------------------------------------------------------------------

    async def hear_account(self) -> None:
        """Subscribed to orders, executions, positions and balances until the link breaks, which raises."""

    async def hear_prices(self, symbols: Sequence[Symbol]) -> None:
        """Subscribed to best prices until the link breaks, which raises."""

    def news_of(self, url: str, message: Any) -> list[News] | None:
        """What a frame tells; None for one that ccxt has to see, such as the answer to a subscription."""

    def is_account_link_up(self, url: str, message: Any) -> bool:
        """True for the frame that says that orders and executions will be told from now on."""


class DialectKind(Protocol):
    """A class of dialects."""

    rates: Mapping[Group, Rate]
    address_rate: Rate | None
    options: Mapping[str, Any]

    def __call__(self, api: Any, ask: Ask, clock: Clock) -> Dialect: ...
