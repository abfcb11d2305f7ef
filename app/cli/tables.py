"""Tables that stay whole: where the screen is narrow, the least needed columns go, and nothing is cut."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.cells import Cell, Item, change, number, text

PIPED_WIDTH = 120
_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """What to show of `key`, and how. Of columns with a `drop`, the highest goes first."""

    title: str
    key: str
    cell: Cell = text
    drop: int = 0
    is_right: bool = False

    @property
    def is_numeric(self) -> bool:
        return self.is_right or self.cell in (number, change)


def console() -> Console:
    """Standard output; wide where it is not a screen, so that a file or a pipe gets every column."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def print_table(columns: Sequence[Column], items: Sequence[Item], *, title: str = "", empty: str = "") -> None:
    """The items as rows under an optional title, or one line where there are none."""
    screen = console()
    if title and (items or empty):
        screen.print(Text(title, "bold"))
    if not items:
        if empty:
            screen.print(Text(empty, "dim"))
        return
    screen.print(table_of(columns, items, screen.width))


def table_of(columns: Sequence[Column], items: Sequence[Item], width: int) -> Table:
    """The items as rows, with as many columns as there is room for."""
    rows = [[column.cell(item.get(column.key)) for column in columns] for item in items]
    return _table(columns, rows, _fitting(columns, rows, width))


def print_text(*lines: Text | str) -> None:
    screen = console()
    for line in lines:
        screen.print(line)


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Text]], shown: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for place in shown:
        justify = "right" if columns[place].is_numeric else "left"
        table.add_column(columns[place].title, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    return table


def _fitting(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> list[int]:
    """The places of the columns to show: those with something in them, as many as the width has room for."""
    places = [place for place in range(len(columns)) if not columns[place].drop or any(row[place] for row in rows)]
    widths = {place: _width(columns[place], (row[place] for row in rows)) for place in places}
    while sum(widths[place] + _GAP for place in places) - _GAP > width:
        droppable = [place for place in places if columns[place].drop]
        if not droppable:
            break
        places.remove(max(droppable, key=lambda place: columns[place].drop))
    return places


def _width(column: Column, cells: Iterable[Text]) -> int:
    return max(len(column.title), *(cell.cell_len for cell in cells))
