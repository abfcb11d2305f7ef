"""What a venue says of an account and its key when it is asked before anything is traded. Standard library only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Protocol

from portfolio.model.identifiers import Symbol
from portfolio.model.venue import Balance, Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRights:
    """What the key may do. None is what the venue does not tell."""

    can_trade: bool | None = None
    can_withdraw: bool | None = None
    read_only: bool | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueCheckup:
    """An account as its venue describes it.

    `skew_s` is the venue's clock less ours. `missing` are the symbols asked for that cannot be traded there, each with
    the nearest that can, the nearest first. `margin_mode` is `cross`, `isolated` or the venue's own word for another;
    `detail` is the venue's own word.
    """

    skew_s: float
    key: KeyRights = KeyRights()
    hedge_mode: bool | None = None
    margin_mode: str | None = None
    balances: tuple[Balance, ...] = ()
    missing: Mapping[Symbol, tuple[Symbol, ...]] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The venue could not be asked, or refused: its condition, and its own word for it without any secret."""

    condition: Condition
    detail: str


class Checked(Protocol):
    """A connection to one account that can be checked before it trades."""

    async def check_up(self, symbols: frozenset[Symbol]) -> VenueCheckup | Trouble:
        """What the venue tells of the account, its key and these symbols. Nothing is changed there."""

    async def close(self) -> None: ...


def missing_among(symbols: frozenset[Symbol], known: Collection[Symbol]) -> dict[Symbol, tuple[Symbol, ...]]:
    """The symbols that are not known, each with up to three that are: of the same coin first, then the most alike."""
    return {symbol: _nearest(symbol, known) for symbol in sorted(symbols) if symbol not in known}


def _nearest(symbol: Symbol, known: Collection[Symbol]) -> tuple[Symbol, ...]:
    base = symbol.partition("/")[0]
    same = [other for other in known if other.partition("/")[0] == base]
    matches = [*get_close_matches(symbol, same, 3), *get_close_matches(symbol, known, 3)]
    return tuple(dict.fromkeys(matches))[:3]
