"""What has been told of prices so far, put together from answers that each tell what is new."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from app.prices.asking import Question

Row = Mapping[str, Any]
_NOWHERE = {"NOT_LISTED", "OTHER_ASSET"}
_DOWN = "SOURCE_DOWN"


class Shown:
    """`is_complete` once every venue has answered or failed."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._items: dict[str, Mapping[str, Any]] = {}
        self._taken_s: dict[str, float] = {}
        self._venues: dict[str, Mapping[str, Any]] = {}
        self._at_size: Mapping[str, Any] | None = None
        self.is_complete = False
        self.time = ""

    def take(self, answer: Mapping[str, Any]) -> None:
        """What is newer takes the place of what was."""
        for item in answer["items"]:
            self._items[item["symbol"]] = item
            self._taken_s[item["symbol"]] = time.monotonic()
        for venue in answer["venues"]:
            self._venues[venue["venue"]] = venue
        self.is_complete, self.time = answer["complete"], answer["time"]
        self._at_size = answer.get("at_size", self._at_size)

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """In the order asked."""
        return [self._items[symbol] for symbol in self._question.symbols if symbol in self._items]

    def whole(self) -> dict[str, Any]:
        """All of it in the shape of one answer."""
        return {
            "items": self.items,
            "venues": list(self._venues.values()),
            "time": self.time,
            "complete": self.is_complete,
            "next": None,
            **({} if self._at_size is None else {"at_size": self._at_size}),
        }

    def at_size(self, symbol: str) -> tuple[str, Mapping[str, Any] | None] | None:
        """The size, and the best pair of venues at it; None where no size was asked for."""
        if self._at_size is None:
            return None
        pairs = [pair for pair in self._at_size["items"] if pair["symbol"] == symbol and pair["at_size"]]
        return f"{self._at_size['size']} {self._at_size['size_currency']}", pairs[0] if pairs else None

    def elapsed_s(self, symbol: str) -> float:
        """Since the symbol's rows were told: so much older they are."""
        return time.monotonic() - self._taken_s[symbol]

    def troubles(self) -> list[str]:
        """A line for each venue that has not answered, and for each that does not trade what others do."""
        return [*self._failed_venues(), *self._not_listed()]

    def unpriced(self) -> list[str]:
        """A line for each symbol without any price."""
        places = ", ".join(self._question.venues)
        return [f"{symbol} {why} {places}" for symbol, why in self._without_price()]

    def _failed_venues(self) -> Iterator[str]:
        for venue in self._venues.values():
            if venue["status"] not in ("LIVE", "UNKNOWN"):
                detail = f": {venue['detail']}" if venue["detail"] else ""
                yield f"{venue['venue']} {venue['status']}{detail}"

    def _not_listed(self) -> Iterator[str]:
        nowhere = {symbol for symbol, _ in self._without_price()}
        for item in self.items:
            if item["symbol"] not in nowhere:
                yield from (f"{row['venue']}: {reason_of(row)}" for row in item["rows"] if _NOWHERE & codes_of(row))

    def _without_price(self) -> Iterator[tuple[str, str]]:
        for item in self.items:
            if not any(has_price(row) for row in item["rows"]):
                listed = [row for row in item["rows"] if not _NOWHERE & codes_of(row)]
                yield item["symbol"], "has no price now at any of" if listed else "is traded at none of"


def has_price(row: Row) -> bool:
    return any(row[name] is not None for name in ("bid", "ask", "last"))


def codes_of(row: Row) -> set[str]:
    return {label["code"] for label in row["labels"]}


def reason_of(row: Row) -> str:
    """The labels in one line."""
    return "; ".join(label["reason"] if label["code"] == _DOWN else _told(label) for label in row["labels"])


def _told(label: Mapping[str, str]) -> str:
    return f"{label['code']}: {label['reason']}" if label["code"] not in _NOWHERE else label["reason"]
