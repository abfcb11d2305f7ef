"""What it takes to reach one account at a venue: where, by which key, how to trade. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portfolio.model.decimals import ONE
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument

VENUES = ("bybit", "bitmex")
"""The venues that can be configured, by ccxt's ids."""

ATTACHING = frozenset({"bybit"})
"""Those that take an entry's stop and take-profit together with it."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A venue trades no more since `day`. `instead` is what to use, as the configuration names it."""

    day: date
    instead: str

    def __str__(self) -> str:
        return f"closed on {self.day}; use {self.instead} instead"


CLOSED: Mapping[str, Closure] = MappingProxyType({"bitmex": Closure(date(2026, 9, 23), 'venue = "bybit"')})
"""Venues that closed: their history is kept, and nothing that adds risk is sent there."""


class Environment(StrEnum):
    """TESTNET trades play money, LIVE trades real money."""

    TESTNET = "testnet"
    LIVE = "live"


class MarginMode(StrEnum):
    """CROSS margin is shared by all positions of an account, ISOLATED belongs to one."""

    CROSS = "cross"
    ISOLATED = "isolated"


class Credential:
    """Text that only `reveal` shows: no repr, no log, no JSON and no traceback has it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Credential(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credential) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccess:
    """One account at one venue. `symbols` are those that strategies trade there: their quotes and leverage count.

    `held` are the terms of those that the account has positions or orders in, told by the venue before: it is asked for
    these even where it lists them no more.

    `rest_url` and `ws_url` take the place of the venue's own addresses. With a `rest_url` and no `ws_url` there is no
    stream, and the venue is polled. `dead_mans_switch_s` None leaves the venue's cancel-all-after off.
    """

    account: AccountId
    venue: str
    environment: Environment
    api_key: Credential = field(repr=False)
    api_secret: Credential = field(repr=False)
    rest_url: str | None = None
    ws_url: str | None = None
    symbols: frozenset[Symbol] = frozenset()
    held: Mapping[Symbol, Instrument] = field(default_factory=dict)
    leverage: Decimal = ONE
    margin_mode: MarginMode = MarginMode.CROSS
    recv_window_s: float = 3.0
    send_timeout_s: float = 5.0
    dead_mans_switch_s: float | None = None

    @property
    def has_stream(self) -> bool:
        return self.rest_url is None or self.ws_url is not None
