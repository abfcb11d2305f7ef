"""Prices on a terminal: tables that fill as venues answer, and go on changing in place."""

from collections.abc import Mapping
from typing import Any, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from app.cli.cells import text
from app.cli.price_cells import cells, gap_line, size_line
from app.cli.price_state import Shown
from app.cli.tables import Column, console, table_of

REFRESHES_PER_S = 4


def _same(value: Any) -> Text:
    return value if isinstance(value, Text) else text(value)


COLUMNS = (
    Column("venue", "venue", _same),
    Column("market", "market", _same, drop=1),
    Column("bid", "bid", _same, is_right=True),
    Column("ask", "ask", _same, is_right=True),
    Column("last", "last", _same, drop=2, is_right=True),
    Column("24 h", "change", _same, drop=3, is_right=True),
    Column("spread", "spread", _same, drop=4, is_right=True),
    Column("age", "age", _same, is_right=True),
    Column("", "state", _same),
)


class Screen:
    """A context manager: within it the terminal shows what is known, and afterwards what was known last."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._live = Live(
            get_renderable=self._tables,
            console=console(),
            refresh_per_second=REFRESHES_PER_S,
            vertical_overflow="visible",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, _: Mapping[str, Any]) -> None:
        """It is seen at once: the first row is what somebody waits for."""
        self._live.refresh()

    def _tables(self) -> RenderableType:
        parts: list[RenderableType] = []
        for item in self._shown.items:
            elapsed_s = self._shown.elapsed_s(item["symbol"])
            rows = [cells(row, elapsed_s) for row in item["rows"]]
            parts += [Text(item["symbol"], "bold"), table_of(COLUMNS, rows, self._live.console.width)]
            told = self._shown.at_size(item["symbol"])
            parts += [gap_line(item), *([size_line(told)] if told else []), Text()]
        return Group(*parts[:-1])
