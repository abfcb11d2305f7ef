"""The story of one signal: what came, what each control said, what was ordered and traded, and when."""

import json
from typing import Any

from rich.text import Text

from app.cli.cells import Item, moment_of, number, precise_time, state, text
from app.cli.decision import gap_told
from app.cli.listings import FILLS, ORDERS
from app.cli.request import Answer
from app.cli.tables import Column, console, print_table, print_text


def verdict(passed: Any) -> Text:
    """A tick or a cross."""
    return Text("✓", "green") if passed else Text("✗", "bold red")


CHECKS = (
    Column("", "passed", verdict),
    Column("check", "code"),
    Column("scope", "scope"),
    Column("value", "value", number),
    Column("limit", "limit", number),
)
TRANSITIONS = (
    Column("order", "client_order_id"),
    Column("time (UTC)", "time", precise_time),
    Column("from", "previous", state),
    Column("to", "status", state),
    Column("reason", "reason"),
)
TIMELINE = (
    Column("time (UTC)", "time", precise_time),
    Column("+ ms", "ms", number),
    Column("what", "what"),
)


def print_trail(answer: Answer) -> None:
    data = answer.data
    print_text(_heading(data), _origin(data), "")
    _print_body(data["body"])
    for group in data["checks"]:
        subject = f" of {group['client_order_id']}" if group["client_order_id"] else " of the signal"
        print_text("")
        print_table(CHECKS, group["checks"], title=f"Checks{subject}")
    _print_section("Orders", ORDERS.columns, data["orders"])
    _print_section("Transitions", TRANSITIONS, data["transitions"])
    _print_section("Fills", FILLS.columns, data["fills"])
    if gap := data.get("gap"):
        print_text("", Text.assemble(("Gap  ", "bold"), text(gap_told(gap))))
    if data["canceled"]:
        print_text("", Text.assemble(("Cancelled  ", "bold"), text(data["canceled"])))
    _print_section("Timeline", TIMELINE, data["timeline"])


def _heading(data: Item) -> Text:
    parts = [text(data["signal_id"]), state(data["status"]), text(data["action"]), text(data["symbol"])]
    parts[0].stylize("bold")
    return Text("  ").join(parts)


def _origin(data: Item) -> Text:
    """Whose it is, and when it came, with the day: everything below shows times only."""
    moment = moment_of(data["received_at"])
    came = moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else data["received_at"]
    alert = f"alert {data['id']}, " if data["id"] is not None else ""
    owner = f"strategy {data['strategy']}, account {data['account']}"
    return text(f"{alert}{data['family']}, {owner}, received {came}")


def _print_body(body: Any) -> None:
    print_text(Text("Body", "bold"))
    shown = json.dumps(body, indent=2, ensure_ascii=False).splitlines()
    screen = console()
    for line in shown:
        screen.print(Text.assemble("  ", text(line)), soft_wrap=True)


def _print_section(title: str, columns: tuple[Column, ...] | Any, items: list[Item]) -> None:
    if items:
        print_text("")
        print_table(columns, items, title=title)
