"""Lists in pages, newest first: the cursor names the first and last row of the page that it ends.

As on Bybit a cursor comes with every page that has rows, so the page after the last one is empty.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote

from tests.simulators.bybit.answers import Refused

T = TypeVar("T")


def page(newest_first: Iterable[T], number: Callable[[T], int], cursor: str, limit: int) -> tuple[list[T], str]:
    """The rows after the cursor, and the cursor of the next page."""
    below = _below(cursor)
    rows: list[T] = []
    for row in newest_first:
        if below is None or number(row) < below:
            rows.append(row)
            if len(rows) == limit:
                break
    if not rows:
        return rows, ""
    return rows, quote(f"{number(rows[0])}:1,{number(rows[-1])}:1", safe="")


def limit_of(params: Any, default: int, most: int) -> int:
    text = str(params.get("limit") or default)
    if not text.isdigit() or int(text) < 1:
        raise Refused(10001, "params error: limit invalid")
    return min(int(text), most)


def _below(cursor: str) -> int | None:
    if not cursor:
        return None
    try:
        return int(cursor.replace("%2C", ",").replace("%3A", ":").rpartition(",")[2].partition(":")[0])
    except ValueError:
        raise Refused(10001, "params error: cursor invalid") from None
