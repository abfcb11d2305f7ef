"""The status of the desk on one screen."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from app.cli.cells import Item, change, coins, number, state, time
from app.cli.failure import printable
from app.cli.listings import STRATEGIES
from app.cli.request import Answer
from app.cli.tables import Column, print_table, print_text


def compared(known: Any) -> Text:
    """When the account was compared with its venue last, and what came of it where that is not that they agree."""
    if not known:
        return Text("never", "yellow")
    when = time(known["time"])
    return when if known["result"] == "SETTLED" else Text.assemble(when, " ", state(known["result"]))


def prices(known: Item) -> Text:
    """Where prices come from, the age of the oldest, and how many there are none of."""
    shown = Text(printable(known["source"]))
    if known["oldest_s"] is not None:
        shown.append(f" {float(known['oldest_s']):.1f} s")
    if known["priced"] < known["watched"]:
        shown.append(f" {known['priced']}/{known['watched']}", "yellow")
    return shown


ACCOUNTS = (
    Column("account", "account"),
    Column("state", "state", state),
    Column("venue", "place"),
    Column("works", "condition", state),
    Column("books", "reconciliation", state, drop=2),
    Column("compared", "reconciled", compared, drop=6),
    Column("prices", "prices", prices, drop=4),
    Column("equity", "equity", number),
    Column("today", "day_change", change),
    Column("unrealised", "unrealised", change, drop=1),
    Column("gross", "gross_exposure", number),
    Column("net", "net_exposure", number, drop=3),
    Column("wallets", "balances", coins, drop=5),
)
VENUES = (
    Column("account", "account"),
    Column("symbol", "symbol"),
    Column("venue", "condition", state),
    Column("detail", "detail"),
    Column("since (UTC)", "since", time),
)
DIFFERENCES = (
    Column("account", "account"),
    Column("differs", "name"),
    Column("venue", "venue", number),
    Column("book", "book", number),
)
STATES = (
    Column("scope", "scope"),
    Column("state", "state", state),
    Column("cause", "cause"),
    Column("since (UTC)", "since", time),
)


def print_status(answer: Answer) -> None:
    """State and equity first, then accounts, strategies and what is not ACTIVE."""
    data = answer.data
    print_text(_heading(data), _equity(data), "")
    print_table(ACCOUNTS, [{**account, "place": _place(account)} for account in data["accounts"]])
    _print_rest(VENUES, _troubled(data["accounts"]))
    _print_rest(DIFFERENCES, _differing(data["accounts"]))
    print_text("")
    print_table(STRATEGIES.columns, data["strategies"])
    _print_rest(STATES, data["states"])


def _place(account: Item) -> str:
    return f"{account['venue']} ({account['environment']})" if account["environment"] else str(account["venue"])


def _print_rest(columns: Sequence[Column], rows: list[Item]) -> None:
    """What there is not always."""
    if rows:
        print_text("")
        print_table(columns, rows)


def _troubled(accounts: list[Item]) -> list[Item]:
    """Venues and symbols that are not simply WORKING."""
    every = [{"account": account["account"], **item} for account in accounts for item in account["conditions"]]
    return [item for item in every if item["condition"] != "WORKING"]


def _differing(accounts: list[Item]) -> list[Item]:
    """What an account's venue and the book say otherwise."""
    known = [account for account in accounts if account["reconciled"]]
    return [
        {"account": account["account"], **item} for account in known for item in account["reconciled"]["differences"]
    ]


def _heading(data: Item) -> Text:
    ready = Text("ready", "green") if data["ready"] else Text("not ready", "yellow")
    work = Text(f"positions {data['positions']}, live orders {data['live_orders']}")
    return Text("  ").join([state(data["state"]), ready, work])


def _equity(data: Item) -> Text:
    parts = [
        Text.assemble("equity ", (number(data["equity"]).plain, "bold"), f" {data['currency']}"),
        Text.assemble("today ", change(data["day_change"])),
        Text.assemble("exposure ", number(data["gross_exposure"])),
        Text.assemble("peak ", number(data["peak"])),
    ]
    return Text("  ").join(parts)
