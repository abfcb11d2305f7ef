"""An account: a wallet on paper, or at a real venue with a key of its own."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.settings.limits import Limits
from app.settings.nearest import nearest
from app.settings.table import Table
from app.settings.urls import RestUrl, StreamUrl
from app.settings.values import (
    ApiKey,
    Currency,
    File,
    Hours,
    Identifier,
    Positive,
    Ratio,
    ReceiveWindow,
    ReconcileEvery,
    Seconds,
    SendTimeout,
    Share,
    SignedRatio,
    SwitchAfter,
    Text,
    Truth,
    choice_of,
    wrong,
)
from exchange.connection import ATTACHING, VENUES, Environment, MarginMode
from exchange.known import known_venues
from portfolio.model.instrument import parse_symbol
from portfolio.model.venue import ForeignOrders

PAPER = "paper"


def _venue(value: Any) -> str:
    if not isinstance(value, str) or not value:
        wrong('expected text such as "paper"')
    if value != PAPER and value not in VENUES:
        wrong(f'unknown venue, the nearest known one is "{nearest(value, (PAPER, *VENUES))}"')
    return str(value)


def _feed(value: Any) -> str:
    if not isinstance(value, str) or not value:
        wrong('expected a venue whose prices count, such as "binance"')
    if value not in known_venues():
        wrong(f'ccxt knows no such venue, the nearest is "{nearest(value, known_venues())}"')
    return str(value)


def _symbol(value: Any) -> str:
    if not isinstance(value, str) or parse_symbol(value) is None:
        wrong('expected a symbol such as "BTC/USDT" (spot), "BTC/USDT:USDT" (linear) or "BTC/USD:BTC" (inverse)')
    return str(value)


class FeeCurrency(StrEnum):
    QUOTE = "quote"
    BASE = "base"


class Fees(Table):
    """`spot` is the currency that a spot buy pays its fee in: the quote, or the coins it buys."""

    maker: Ratio = Decimal("0.0002")
    taker: Ratio = Decimal("0.00055")
    spot: Annotated[FeeCurrency, BeforeValidator(choice_of(FeeCurrency))] = FeeCurrency.QUOTE


class InstrumentSettings(Table):
    """Terms of a contract or spot pair; what is left out keeps the shipped terms of that symbol.

    `funding_rate` is what longs pay to shorts at each interval; left out, the account's.
    """

    symbol: Annotated[str, BeforeValidator(_symbol)]
    contract_size: Positive | None = None
    lot: Positive | None = None
    tick: Positive | None = None
    min_quantity: Positive | None = None
    max_quantity: Positive | None = None
    min_cost: Positive | None = None
    max_leverage: Positive | None = None
    maintenance_margin: Ratio | None = None
    funding_rate: SignedRatio | None = None


class AccountSettings(Table):
    """What stands below `leverage` is for a real venue only, or for paper only: `app.settings.venues` sees to that.

    `fill_ratio` is the share of an order that is filled at a time; 1 fills it at once.
    `funding_rate` counts for every contract without one of its own, every `funding_interval_h` hours from 00:00 UTC.
    `dead_mans_switch_s` None leaves the venue's cancel-all-after off; `attach_protection` counts where the venue can do
    that. `feed` is the venue at whose prices a paper account trades; None takes them from alerts and from those who
    post them.
    """

    id: Identifier
    venue: Annotated[str, BeforeValidator(_venue)]
    send_within_s: Seconds = Decimal(30)
    leverage: Positive = Decimal(1)
    limits: Limits = Limits()
    # a real venue
    environment: Annotated[Environment, BeforeValidator(choice_of(Environment))] = Environment.TESTNET
    api_key: ApiKey | None = None
    api_secret: ApiKey | None = None
    api_key_file: File | None = None
    api_secret_file: File | None = None
    confirm_live: Text | None = None
    margin_mode: Annotated[MarginMode, BeforeValidator(choice_of(MarginMode))] = MarginMode.CROSS
    foreign_orders: Annotated[ForeignOrders, BeforeValidator(choice_of(ForeignOrders))] = ForeignOrders.REPORT
    attach_protection: Truth = True
    reconcile_every_s: ReconcileEvery = Decimal(60)
    dead_mans_switch_s: SwitchAfter | None = None
    recv_window_s: ReceiveWindow = Decimal(3)
    send_timeout_s: SendTimeout = Decimal(5)
    rest_url: RestUrl | None = None
    ws_url: StreamUrl | None = None
    # paper
    feed: Annotated[str, BeforeValidator(_feed)] | None = None
    balances: Mapping[Currency, Positive] = Field(default_factory=dict)
    fees: Fees = Fees()
    slippage: Ratio = Decimal(0)
    fill_ratio: Share = Decimal(1)
    funding_rate: SignedRatio = Decimal(0)
    funding_interval_h: Hours = 8
    instruments: tuple[InstrumentSettings, ...] = ()

    @property
    def is_paper(self) -> bool:
        return self.venue == PAPER

    @property
    def attaches_protection(self) -> bool:
        """True where entries take their stop along to the venue."""
        return self.attach_protection and self.venue in ATTACHING
