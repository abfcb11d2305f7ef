"""The answer to an alert, for people."""

from collections.abc import Mapping

from rich.text import Text

from app.cli.cells import number, state, text
from app.cli.request import Answer
from app.cli.tables import Column, print_table, print_text

ORDERS = (
    Column("order", "client_order_id"),
    Column("symbol", "symbol"),
    Column("side", "side", state),
    Column("type", "type", drop=1),
    Column("quantity", "quantity", number),
    Column("price", "price", number, drop=2),
    Column("status", "status", state),
    Column("account", "account", drop=3),
)
REASONS = (
    Column("reason", "code"),
    Column("scope", "scope", drop=1),
    Column("value", "value", number),
    Column("limit", "limit", number),
    Column("message", "message", drop=2),
)
ADVICE = "docs/troubleshooting.md"


def print_decision(answer: Answer) -> None:
    """Status, orders and reasons, and where each reason is explained."""
    data = answer.data
    repeat = Text("  (a repeat: this alert was decided before, and nothing was done again)", "yellow")
    print_text(Text.assemble(state(data["status"]), "  ", text(data["signal_id"]), repeat if data["duplicate"] else ""))
    print_table(ORDERS, data["orders"])
    print_table(REASONS, data["reasons"])
    for code in dict.fromkeys(reason["code"] for reason in data["reasons"]):
        print_text(Text(f"what to do: {ADVICE}#{code.lower()}", "dim"))
    if gap := data.get("gap"):
        print_text(Text.assemble("gap: ", text(gap_told(gap))))
    if data.get("canceled"):
        print_text(Text.assemble("cancelled: ", text(data["canceled"])))


def gap_told(gap: Mapping[str, str]) -> str:
    """What was missed, in words."""
    return f"{gap['kind']}: the alert expected {gap['expected']}, there was {gap['actual']}"
