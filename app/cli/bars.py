"""Every limit as a bar: how much of it is used now, the fullest first."""

from decimal import Decimal
from typing import Any

from rich.text import Text

from app.cli.cells import Item, number, state, text
from app.cli.request import Answer
from app.cli.tables import Column, console, print_table, print_text

WIDE, NARROW = 20, 10
NARROW_BELOW = 100
NEARLY, HALF = Decimal("0.8"), Decimal("0.5")
_FULL, _TIGHT, _EASY = "bold red", "yellow", "green"


def print_limits(answer: Answer) -> None:
    """Those with a use now by their share of it; then those that only look at orders, as configured."""
    items = answer.data["items"]
    print_table(COLUMNS, [_row(item) for item in sorted(items, key=_fullness, reverse=True)], empty="no limits")
    if any(item["tripped"] for item in items):
        print_text(Text("* this limit brought it about; `quartermaster resume` begins anew", "dim"))


def bar(share: Decimal | None, *, exceeded: bool) -> Text:
    """As wide as the screen has room for; in plain ASCII where it cannot draw blocks, or is none."""
    screen = console()
    has_blocks = screen.is_terminal and screen.encoding.lower().startswith("utf")
    full, empty = ("█", "░") if has_blocks else ("#", ".")
    width = NARROW if screen.width < NARROW_BELOW else WIDE
    filled = width if exceeded else min(width, int((share or Decimal(0)) * width))
    filled = max(filled, 1) if share else filled
    return Text(full * filled + empty * (width - filled), _colour(share, exceeded=exceeded))


def _colour(share: Decimal | None, *, exceeded: bool) -> str:
    if exceeded or (share or 0) >= NEARLY:
        return _FULL
    return _TIGHT if (share or 0) >= HALF else _EASY


def _fullness(item: Item) -> tuple[bool, bool, Decimal]:
    use = item["use"]
    return (use is not None, bool(use and use["exceeded"]), Decimal(use["share"] or 0) if use else Decimal(0))


def _row(item: Item) -> Item:
    use = item["use"] or {}
    share = Decimal(use["share"]) if use.get("share") is not None else None
    return {
        "code": item["code"],
        "scope": item["scope"],
        "bar": bar(share, exceeded=use["exceeded"]) if use else None,
        "share": _percent(share, use) if use else None,
        "value": use.get("value"),
        "most": use.get("most") or item["limit"],
        "symbol": use.get("symbol"),
        "state": _marked(item),
    }


def _percent(share: Decimal | None, use: Item) -> str:
    if share is None:
        return "over" if use["exceeded"] else "0%"
    if 0 < share < Decimal("0.01"):
        return "<1%"
    return f"{int(share * 100)}%{' over' if use['exceeded'] else ''}"


def _marked(item: Item) -> str | None:
    if item["state"] == "ACTIVE":
        return None
    return f"{item['state']}*" if item["tripped"] else str(item["state"])


def _drawn(value: Any) -> Text:
    return value if isinstance(value, Text) else Text()


COLUMNS = (
    Column("scope", "scope"),
    Column("limit", "code"),
    Column("used", "bar", _drawn, drop=1),
    Column("", "share"),
    Column("now", "value", number),
    Column("at most", "most", number),
    Column("in", "symbol", text, drop=3),
    Column("state", "state", state, drop=2),
)
