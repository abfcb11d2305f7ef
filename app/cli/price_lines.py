"""Prices for a pipe: rows as lines as they come, or JSON."""

import sys
from collections.abc import Mapping
from typing import Any, Self

from app.cli.cells import time as time_of_day
from app.cli.perform import print_body
from app.cli.price_cells import BEST, cells, gap_line, size_line
from app.cli.price_state import Shown, codes_of, has_price
from app.codec import to_json

_WIDTHS = {"market": 22, "bid": -17, "ask": -17, "last": -17, "change": -9, "spread": -11, "age": -8}
_TITLES = {"change": "24 h", "state": ""}
_UNFINISHED = {"NO_PRICE", "NO_RATE"}


class _Display:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()


class RowLines(_Display):
    """A line for each row once it has its price, and each symbol's gap at the end; watched, a line for each change.

    Which is the best is known at the end only: the gap says it. A row whose rate was another once every venue had
    answered, or whose change was known later, comes again before it.
    """

    def __init__(self, shown: Shown, *, is_watched: bool) -> None:
        self._shown = shown
        self._is_watched = is_watched
        self._told: dict[tuple[str, str], object] = {}
        self._is_summed_up = False
        self._write(_line("symbol", "venue", {name: _TITLES.get(name, name) for name in (*_WIDTHS, "state")}))

    def show(self, answer: Mapping[str, Any]) -> None:
        is_complete = self._shown.is_complete
        items = self._shown.items if is_complete and not self._is_summed_up else answer["items"]
        for item in items:
            for row in item["rows"]:
                if is_complete or (has_price(row) and not _UNFINISHED & codes_of(row)):
                    self._tell(item["symbol"], row)
        if is_complete and not self._is_summed_up:
            self._is_summed_up = True
            for item in self._shown.items:
                told = self._shown.at_size(item["symbol"])
                for line in (gap_line(item), *([size_line(told)] if told else [])):
                    self._write(f"{item['symbol']:<14}{line.plain}")

    def _tell(self, symbol: str, row: Mapping[str, Any]) -> None:
        place = (symbol, row["venue"])
        said = (row["bid"], row["ask"], row["last"], row["change_24h"] is None, sorted(codes_of(row)))
        if self._told.get(place) == said or (place in self._told and not (self._is_watched or self._shown.is_complete)):
            return
        self._told[place] = said
        shown = {name: cell.plain.rstrip(f"{BEST} ") for name, cell in cells(row, 0.0).items()}
        self._write(_line(symbol, row["venue"], shown))

    def _write(self, line: str) -> None:
        moment = f"{time_of_day(self._shown.time).plain:<10}" if self._is_watched else ""
        sys.stdout.write(f"{moment}{line}\n")
        sys.stdout.flush()


class JsonLines(_Display):
    """Every answer on a line of its own: the whole first, then what changes."""

    def show(self, answer: Mapping[str, Any]) -> None:
        if answer["items"] or answer["venues"]:
            print_body(to_json(answer))


class WholeJson(_Display):
    """One answer, once it is complete."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def show(self, _: Mapping[str, Any]) -> None:
        if self._shown.is_complete:
            print_body(to_json(self._shown.whole()))


def _line(symbol: str, venue: str, columns: Mapping[str, str]) -> str:
    """Columns stay where they are, whatever comes later; a longer text moves the rest of its line only."""
    aligned = (
        f"{columns[name]:>{-width}}" if width < 0 else f"{columns[name]:<{width}}" for name, width in _WIDTHS.items()
    )
    return f"{symbol:<14}{venue:<12}{''.join(aligned)}  {columns['state']}".rstrip()
