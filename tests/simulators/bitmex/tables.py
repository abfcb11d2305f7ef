"""The queries that every table of the venue understands: filter, symbol, times, count, start, reverse."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.simulators.bitmex.refusal import invalid

MOST_ROWS, USUAL_ROWS = 500, 100


def select(rows: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Oldest first unless `reverse`; 100 rows unless `count` says otherwise, never more than 500."""
    found = [row for row in rows if _matches(row, query)]
    if query.get("reverse", "false") == "true":
        found.reverse()
    start, count = _whole(query, "start", 0), _whole(query, "count", USUAL_ROWS)
    if count > MOST_ROWS:
        raise invalid(f"count must be <= {MOST_ROWS}")
    return found[start : start + count]


def _matches(row: dict[str, Any], query: Mapping[str, str]) -> bool:
    wanted = _filter(query)
    if (symbol := query.get("symbol")) and row.get("symbol") != symbol:
        return False
    time = _time(row["timestamp"])
    since, until = wanted.pop("startTime", query.get("startTime")), wanted.pop("endTime", query.get("endTime"))
    if (since and time < _time(since)) or (until and time > _time(until)):
        return False
    if wanted.pop("open", False) and row.get("ordStatus") not in ("New", "PartiallyFilled"):
        return False
    return all(_is_in(row.get(name), value) for name, value in wanted.items())


def _filter(query: Mapping[str, str]) -> dict[str, Any]:
    try:
        wanted = json.loads(query.get("filter") or "{}")
    except ValueError:
        raise invalid("Invalid filter: not JSON") from None
    if not isinstance(wanted, dict):
        raise invalid("Invalid filter: not an object")
    return wanted


def _is_in(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list) else value == wanted


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise invalid("Invalid time") from None


def _whole(query: Mapping[str, str], name: str, usual: int) -> int:
    value = query.get(name, str(usual))
    if not value.isdigit():
        raise invalid(f"Invalid {name}")
    return int(value)
