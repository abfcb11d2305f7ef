"""What a screen has told of before, so that each match is told once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from portfolio.model.identifiers import Symbol
from portfolio.prices.screening.screen import Match
from portfolio.prices.ticker import Venue

Place: TypeAlias = tuple[Venue, Symbol]


@dataclass(frozen=True, slots=True)
class Told:
    """When a match was told of, and whether it has ended since."""

    at: datetime
    has_ended: bool = False


class Recall:
    """Of one screen. What could not be judged counts as it was before."""

    def __init__(self, again_after: timedelta, told: Iterable[tuple[Place, datetime]] = ()) -> None:
        self._again_after = again_after
        self._told: dict[Place, Told] = {}
        for place, at in told:
            known = self._told.get(place)
            self._told[place] = Told(max(at, known.at) if known else at)

    def news(self, matches: Collection[Match], ended: Iterable[Place], now: datetime) -> list[Match]:
        """The matches to tell of now, in their order; they count as told. `ended` are markets that do not match."""
        for place in ended:
            if place in self._told:
                self._told[place] = replace(self._told[place], has_ended=True)
        fresh = [match for match in matches if self._is_news((match.venue, match.symbol), now)]
        self._told |= {(match.venue, match.symbol): Told(now) for match in fresh}
        return fresh

    def _is_news(self, place: Place, now: datetime) -> bool:
        known = self._told.get(place)
        return known is None or (known.has_ended and now - known.at >= self._again_after)
