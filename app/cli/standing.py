"""The status of the desk on one screen."""

from rich.text import Text

from app.cli.cells import Item, change, coins, number, state, text, time
from app.cli.listings import STRATEGIES
from app.cli.request import Answer
from app.cli.tables import Column, print_table, print_text

ACCOUNTS = (
    Column("account", "account"),
    Column("state", "state", state),
    Column("venue", "place"),
    Column("works", "condition", state),
    Column("books", "reconciliation", state, drop=2),
    Column("compared (UTC)", "reconciled_at", time, drop=5),
    Column("equity", "equity", number),
    Column("today", "day_change", change),
    Column("unrealised", "unrealised", change, drop=1),
    Column("gross", "gross_exposure", number),
    Column("net", "net_exposure", number, drop=3),
    Column("wallets", "balances", coins, drop=4),
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
    _print_conditions(data["accounts"])
    print_text("")
    print_table(STRATEGIES.columns, data["strategies"])
    if data["states"]:
        print_text("")
        print_table(STATES, data["states"])


def _place(account: Item) -> str:
    return f"{account['venue']} ({account['environment']})" if account["environment"] else str(account["venue"])


def _print_conditions(accounts: list[Item]) -> None:
    """What is wrong with venues, in their own words."""
    for account in accounts:
        for item in account["conditions"]:
            subject = f"account {account['account']}" + (f", {item['symbol']}" if item["symbol"] else "")
            since = Text.assemble(" since ", time(item["since"])) if item["since"] else Text()
            print_text(Text.assemble(text(subject), ": ", state(item["condition"]), since, "  ", text(item["detail"])))


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
