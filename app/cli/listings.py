"""Which columns each collection shows, and which of them a narrow screen goes without."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from app.cli.cells import change, codes, details, number, state, text, time
from app.cli.request import Answer
from app.cli.tables import Column, print_table, print_text


@dataclass(frozen=True, slots=True)
class Listing:
    """`name` is the collection's in the API."""

    name: str
    columns: Sequence[Column]


def holder(value: Any) -> Text:
    """The strategy, or the account as a whole."""
    return Text("(account)", "dim") if value is None else text(value)


SIGNALS = Listing(
    "signals",
    (
        Column("time (UTC)", "received_at", time, drop=2),
        Column("signal", "signal_id"),
        Column("id", "id", drop=3),
        Column("symbol", "symbol"),
        Column("action", "action"),
        Column("status", "status", state),
        Column("reasons", "reasons", codes, drop=1),
        Column("strategy", "strategy", drop=4),
        Column("account", "account", drop=5),
    ),
)
ORDERS = Listing(
    "orders",
    (
        Column("time (UTC)", "created_at", time, drop=1),
        Column("order", "client_order_id"),
        Column("symbol", "symbol"),
        Column("side", "side", state),
        Column("type", "type", drop=4),
        Column("quantity", "quantity", number),
        Column("stop", "stop_price", number, drop=3),
        Column("limit", "price", number, drop=3),
        Column("filled", "filled", number, drop=2),
        Column("at", "average_price", number, drop=2),
        Column("status", "status", state),
        Column("strategy", "strategy", drop=5),
        Column("account", "account", drop=6),
    ),
)
FILLS = Listing(
    "fills",
    (
        Column("time (UTC)", "time", time),
        Column("order", "client_order_id"),
        Column("symbol", "symbol"),
        Column("side", "side", state),
        Column("quantity", "quantity", number),
        Column("price", "price", number),
        Column("fee", "fee", number, drop=1),
        Column("", "fee_currency", drop=2),
        Column("strategy", "strategy", drop=3),
        Column("account", "account", drop=4),
    ),
)
POSITIONS = Listing(
    "positions",
    (
        Column("symbol", "symbol"),
        Column("strategy", "strategy", holder),
        Column("quantity", "quantity", number),
        Column("entry", "entry_price", number),
        Column("mark", "mark", number),
        Column("value", "notional", number, drop=1),
        Column("unrealised", "unrealised", change),
        Column("realised", "realised", change, drop=3),
        Column("fees", "fees", number, drop=4),
        Column("funding", "funding", change, drop=5),
        Column("in", "currency", drop=2),
        Column("liquidation", "liquidation_price", number, drop=4),
        Column("account", "account", drop=6),
    ),
)
STRATEGIES = Listing(
    "strategies",
    (
        Column("strategy", "strategy"),
        Column("kind", "kind"),
        Column("account", "account"),
        Column("state", "state", state),
        Column("profit", "profit", change),
        Column("symbols", "symbols"),
    ),
)
EVENTS = Listing(
    "events",
    (
        Column("time (UTC)", "time", time),
        Column("event", "kind"),
        Column("origin", "origin", drop=2),
        Column("symbol", "symbol", drop=3),
        Column("strategy", "strategy", drop=4),
        Column("account", "account", drop=5),
        Column("detail", "detail", details, drop=1),
    ),
)


def print_listing(listing: Listing, answer: Answer) -> None:
    """The page as a table, and how to see the next one."""
    print_table(listing.columns, answer.data["items"], empty=f"no {listing.name}")
    if answer.data["next"] is not None:
        print_text(Text(f"more: --before {answer.data['next']}", "dim"))
